"""Functions that join, repeat and reshape arrays, told in terms of few that have rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from calcml.diff.core import unwrap
from calcml.diff.rules.registry import RULES, rewrites
from calcml.diff.rules.scalar import cast
from calcml.diff.rules.shape import concatenated, scatter
from calcml.typing import Array


@rewrites(np.reshape)
def _reshape(a: Array, shape: Any, order: Any = "C", *, copy: bool | None = None) -> Array:
    if order == "A":
        order = "F" if unwrap(a).flags.fnc else "C"
    if copy is False:
        np.reshape(unwrap(a), shape, order, copy=False)  # which raises where it must copy
    y = RULES[np.reshape](a, shape, order)
    return np.copy(y) if copy else y


@rewrites(np.ravel)
def _ravel(a: Array, order: Any = "C") -> Array:
    if order != "K":
        return np.reshape(a, -1, order)
    places = np.empty_like(unwrap(a), int)  # laid out in memory like it
    places[...] = np.arange(a.size).reshape(a.shape)
    return np.reshape(a, -1)[places.ravel("K")]


@rewrites(np.expand_dims)
def _expand_dims(a: Array, axis: Any) -> Array:
    axes = (axis,) if np.ndim(axis) == 0 else tuple(axis)
    places = normalize_axis_tuple(axes, a.ndim + len(axes))
    return a[tuple(None if i in places else slice(None) for i in range(a.ndim + len(axes)))]


@rewrites(np.squeeze)
def _squeeze(a: Array, axis: Any = None) -> Array:
    return np.reshape(a, np.squeeze(np.empty(a.shape, bool), axis).shape)


@rewrites(np.atleast_1d)
def _atleast_1d(*arys: Array) -> Any:
    raised = tuple(a if np.ndim(a) >= 1 else np.reshape(a, (1,)) for a in arys)
    return raised[0] if len(raised) == 1 else raised


@rewrites(np.atleast_2d)
def _atleast_2d(*arys: Array) -> Any:
    raised = tuple(a if np.ndim(a) >= 2 else np.reshape(a, (1, -1)) for a in arys)
    return raised[0] if len(raised) == 1 else raised


@rewrites(np.atleast_3d)
def _atleast_3d(a: Array) -> Array:
    return a if np.ndim(a) >= 3 else np.atleast_2d(a)[..., None]


@rewrites(np.matrix_transpose, np.linalg.matrix_transpose)
def _matrix_transpose(x: Array, /) -> Array:
    return np.swapaxes(x, -1, -2)


@rewrites(np.rollaxis)
def _rollaxis(a: Array, axis: int, start: int = 0) -> Array:
    axis, start = axis % a.ndim, start + a.ndim if start < 0 else start
    return np.moveaxis(a, axis, start - (axis < start))


@rewrites(np.flip)
def _flip(m: Array, axis: Any = None) -> Array:
    axes = range(m.ndim) if axis is None else [i % m.ndim for i in np.atleast_1d(axis)]
    return m[tuple(slice(None, None, -1) if i in axes else slice(None) for i in range(m.ndim))]


@rewrites(np.flipud)
def _flipud(m: Array) -> Array:
    return np.flip(m, 0)


@rewrites(np.fliplr)
def _fliplr(m: Array) -> Array:
    return np.flip(m, 1)


@rewrites(np.broadcast_arrays)
def _broadcast_arrays(*args: Array, subok: bool = False) -> tuple[Array, ...]:
    shape = np.broadcast_shapes(*map(np.shape, args))
    return tuple(np.broadcast_to(a, shape) for a in args)


@rewrites(np.astype)
def _astype(x: Array, dtype: Any, /, *, copy: bool = True, device: None = None) -> Array:
    kind = np.dtype(dtype).kind
    if kind == "c":
        raise TypeError(f"only real arrays are differentiated; got astype({np.dtype(dtype)})")
    return RULES[cast](x, np.dtype(dtype)) if kind == "f" else unwrap(x).astype(dtype)


@rewrites(np.full_like)
def _full_like(
    a: Array,
    fill_value: Any,
    dtype: Any = None,
    order: Any = "K",
    subok: bool = True,
    shape: Any = None,
) -> Array:
    plain = np.empty_like(unwrap(a), dtype=dtype, shape=shape)
    return np.broadcast_to(np.astype(fill_value + plain.dtype.type(0), plain.dtype), plain.shape)


# Joining and repeating.


@rewrites(np.concatenate)
def _concatenate(
    arrays: Sequence[Array], axis: int | None = 0, out: None = None, **_: Any
) -> Array:
    if axis is None:
        return np.concatenate([np.reshape(a, -1) for a in arrays])
    pieces = (a if hasattr(a, "ndim") else np.asarray(a) for a in arrays)
    return RULES[concatenated](*pieces, axis=axis)


@rewrites(np.stack)
def _stack(arrays: Sequence[Array], axis: int = 0, out: None = None, **_: Any) -> Array:
    return np.concatenate([np.expand_dims(a, axis) for a in arrays], axis)


@rewrites(np.unstack)
def _unstack(x: Array, /, *, axis: int = 0) -> tuple[Array, ...]:
    return tuple(np.moveaxis(x, axis, 0))


@rewrites(np.vstack)
def _vstack(tup: Sequence[Array], **_: Any) -> Array:
    return np.concatenate([np.atleast_2d(a) for a in tup], 0)


@rewrites(np.hstack)
def _hstack(tup: Sequence[Array], **_: Any) -> Array:
    arrays = [np.atleast_1d(a) for a in tup]
    return np.concatenate(arrays, 0 if arrays[0].ndim == 1 else 1)


@rewrites(np.column_stack)
def _column_stack(tup: Sequence[Array]) -> Array:
    return np.concatenate([a if np.ndim(a) == 2 else np.reshape(a, (-1, 1)) for a in tup], 1)


@rewrites(np.dstack)
def _dstack(tup: Sequence[Array]) -> Array:
    return np.concatenate([_atleast_3d(a) for a in tup], 2)


@rewrites(np.append)
def _append(arr: Array, values: Array, axis: int | None = None) -> Array:
    return np.concatenate([np.atleast_1d(arr), np.atleast_1d(values)], axis)


@rewrites(np.insert)
def _insert(arr: Array, obj: Any, values: Any, axis: int | None = None) -> Array:
    if axis is None:
        arr, axis = np.reshape(arr, -1), 0
    axis %= arr.ndim
    values = RULES[cast](values, arr.dtype)
    new = np.reshape(values, (1,) * (arr.ndim - np.ndim(values)) + np.shape(values))
    new = np.moveaxis(new, 0, axis) if np.ndim(obj) == 0 else new
    count = new.shape[axis] if np.ndim(obj) == 0 else len(obj)
    shape = [count if i == axis else n for i, n in enumerate(arr.shape)]
    both = np.concatenate([arr, np.broadcast_to(new, shape)], axis)
    n = arr.shape[axis]
    return np.take(both, np.insert(np.arange(n), obj, np.arange(n, n + count)), axis)


@rewrites(np.block)
def _block(arrays: Any) -> Array:
    return _assemble(arrays, _nesting(arrays))


def _nesting(arrays: Any) -> int:
    return 1 + _nesting(arrays[0]) if isinstance(arrays, list) else 0


def _assemble(arrays: Any, depth: int) -> Array:
    if not isinstance(arrays, list):
        return arrays
    parts = [_assemble(a, depth - 1) for a in arrays]
    rank = max(depth, *map(np.ndim, parts))
    raised = [np.reshape(a, (1,) * (rank - np.ndim(a)) + np.shape(a)) for a in parts]
    return np.concatenate(raised, -depth)


@rewrites(np.repeat)
def _repeat(a: Array, repeats: Any, axis: int | None = None) -> Array:
    if axis is None:
        return np.repeat(np.reshape(a, -1), repeats, 0)
    a = np.atleast_1d(a)
    axis %= a.ndim
    if np.ndim(repeats):
        return np.take(a, np.repeat(np.arange(a.shape[axis]), repeats), axis)
    shape = a.shape
    copies = np.broadcast_to(
        np.expand_dims(a, axis + 1), (*shape[: axis + 1], int(repeats), *shape[axis + 1 :])
    )
    return copies.reshape(*shape[:axis], shape[axis] * int(repeats), *shape[axis + 1 :])


@rewrites(np.tile)
def _tile(A: Array, reps: Any) -> Array:
    times = tuple(int(r) for r in np.atleast_1d(reps))
    rank = max(A.ndim, len(times))
    shape = (1,) * (rank - A.ndim) + A.shape
    times = (1,) * (rank - len(times)) + times
    spread = np.reshape(A, [k for n in shape for k in (1, n)])
    copies = np.broadcast_to(spread, [k for r, n in zip(times, shape, strict=True) for k in (r, n)])
    return copies.reshape([r * n for r, n in zip(times, shape, strict=True)])


@rewrites(np.resize)
def _resize(a: Array, new_shape: Any) -> Array:
    size = int(np.prod(new_shape))
    return np.reshape(np.reshape(a, -1)[np.arange(size) % a.size], new_shape)


@rewrites(np.pad)
def _pad(array: Array, pad_width: Any, mode: Any = "constant", **kwargs: Any) -> Array:
    if isinstance(pad_width, dict):
        pad_width = [pad_width.get(i, pad_width.get(i - array.ndim, 0)) for i in range(array.ndim)]
        pad_width = [np.broadcast_to(pair, 2) for pair in pad_width]
    if mode == "constant":
        widths = np.broadcast_to(pad_width, (array.ndim, 2))
        shape = tuple(
            int(n + before + after) for n, (before, after) in zip(array.shape, widths, strict=True)
        )
        inside = tuple(
            slice(int(b), int(b) + n) for n, (b, _) in zip(array.shape, widths, strict=True)
        )
        frame: Array = np.pad(np.zeros(array.shape, array.dtype), pad_width, **kwargs)
        return RULES[scatter](array, inside, shape) + frame
    if mode in ("edge", "reflect", "symmetric", "wrap"):
        places = np.arange(array.size).reshape(array.shape)
        return np.reshape(array, -1)[np.pad(places, pad_width, mode, **kwargs)]
    raise NotImplementedError(
        f"np.pad has no derivative in mode {mode!r}; use 'constant', 'edge', 'reflect', "
        "'symmetric' or 'wrap'"
    )


@rewrites(np.meshgrid)
def _meshgrid(
    *xi: Array, copy: bool = True, sparse: bool = False, indexing: str = "xy"
) -> tuple[Array, ...]:
    n = len(xi)
    place = [1 - i if indexing == "xy" and n > 1 and i < 2 else i for i in range(n)]
    spread = [
        np.reshape(x, [-1 if j == place[i] else 1 for j in range(n)]) for i, x in enumerate(xi)
    ]
    return tuple(spread) if sparse else np.broadcast_arrays(*spread)


@rewrites(np.apply_along_axis)
def _apply_along_axis(func1d: Any, axis: int, arr: Array, *args: Any, **kwargs: Any) -> Array:
    axis = normalize_axis_index(axis, arr.ndim)
    rows = np.moveaxis(arr, axis, -1)
    results = [func1d(rows[place], *args, **kwargs) for place in np.ndindex(rows.shape[:-1])]
    stacked = np.stack(results).reshape(rows.shape[:-1] + np.shape(results[0]))
    added = range(arr.ndim - 1, stacked.ndim)
    return np.moveaxis(stacked, added, range(axis, axis + len(added)))
