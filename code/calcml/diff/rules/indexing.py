"""Functions that pick entries, told in terms of indexing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np

from calcml.diff.core import Tracer, corner, unwrap
from calcml.diff.rules.registry import RULES, rewrites
from calcml.diff.rules.scalar import cast
from calcml.diff.rules.shape import scatter
from calcml.typing import Array


def along(axis: int, index: Any) -> tuple[Any, ...]:
    """Return the index that applies ``index`` to ``axis`` and keeps the axes before it whole."""
    return (*(slice(None),) * axis, index)


@rewrites(np.take)
def _take(
    a: Array, indices: Any, axis: int | None = None, out: None = None, mode: Any = "raise"
) -> Array:
    if axis is None:
        return np.take(np.reshape(a, -1), indices, 0, mode=mode)
    n = a.shape[axis]
    chosen = np.asarray(indices)
    chosen = (
        np.clip(chosen, 0, n - 1) if mode == "clip" else chosen % n if mode == "wrap" else chosen
    )
    return a[along(axis % a.ndim, chosen)]


@rewrites(np.take_along_axis)
def _take_along_axis(arr: Array, indices: Any, axis: int | None = -1) -> Array:
    if axis is None:
        return np.reshape(arr, -1)[indices]
    grid: list[Any] = list(np.ogrid[tuple(slice(n) for n in arr.shape)])
    grid[axis] = indices
    return arr[tuple(grid)]


@rewrites(np.lib.stride_tricks.sliding_window_view)
def _sliding_window_view(
    x: Array, window_shape: Any, axis: Any = None, *, subok: bool = False, writeable: bool = False
) -> Array:
    if writeable:
        raise TypeError("in-place changes of a sliding_window_view cannot be traced; use a copy")
    sizes = np.atleast_1d(window_shape)
    axes = range(x.ndim) if axis is None else np.atleast_1d(axis)
    if len(sizes) != len(axes):
        raise ValueError(f"window_shape must have a size for each axis; got {window_shape}")
    ndim = x.ndim
    for size, each in zip(sizes, axes, strict=True):
        place = int(each) % ndim
        starts = np.arange(x.shape[place] - size + 1)
        x = np.moveaxis(x[along(place, starts[:, None] + np.arange(size))], place + 1, -1)
    return x


@rewrites(np.sort)
def _sort(a: Array, axis: int | None = -1, kind: Any = None, order: None = None, **_: Any) -> Array:
    if axis is None:
        return np.sort(np.reshape(a, -1))
    rows = _take_along_axis(a, np.argsort(unwrap(a), axis, "stable"), axis)
    corner("np.sort", lambda x: [np.diff(x, axis=axis)], rows)
    return rows


@rewrites(np.partition)
def _partition(
    a: Array, kth: Any, axis: int | None = -1, kind: Any = "introselect", order: None = None
) -> Array:
    if axis is None:
        return np.partition(np.reshape(a, -1), kth)
    corner("np.partition", lambda x: [np.diff(np.sort(x, axis), axis=axis)], a)
    return _take_along_axis(a, np.argpartition(unwrap(a), kth, axis), axis)


@rewrites(np.unique)
def _unique(ar: Array, *flags: bool, axis: None = None, **named: bool) -> Any:
    if axis is not None:
        raise NotImplementedError("np.unique has no derivative with axis=; flatten the array first")
    names = ("return_index", "return_inverse", "return_counts")
    corner("np.unique", lambda x: [np.diff(np.sort(x, None))], ar)
    asked: Any = {**dict(zip(names, flags, strict=False)), **named}
    found: Any = np.unique(unwrap(ar), **{**asked, "return_index": True})
    values = np.reshape(ar, -1)[found[1]]
    rest = found[1:] if asked.get("return_index") else found[2:]
    return (values, *rest) if rest else values


@rewrites(np.bincount)
def _bincount(x: Any, weights: Array, minlength: int = 0) -> Array:
    places = np.asarray(x)
    length = max(int(np.max(places, initial=-1)) + 1, minlength)
    return RULES[scatter](RULES[cast](weights, np.float64), places, (length,))


@rewrites(np.compress)
def _compress(condition: Any, a: Array, axis: int | None = None, out: None = None) -> Array:
    return np.take(np.atleast_1d(a), np.flatnonzero(condition), axis)


@rewrites(np.extract)
def _extract(condition: Any, arr: Array) -> Array:
    return np.reshape(arr, -1)[np.flatnonzero(condition)]


@rewrites(np.delete)
def _delete(arr: Array, obj: Any, axis: int | None = None) -> Array:
    if axis is None:
        return np.delete(np.reshape(arr, -1), obj, 0)
    return np.take(arr, np.delete(np.arange(arr.shape[axis]), obj), axis)


@rewrites(np.split)
def _split(ary: Array, indices_or_sections: Any, axis: int = 0) -> list[Array]:
    return _pieces(ary, np.split(np.arange(ary.shape[axis]), indices_or_sections), axis)


@rewrites(np.array_split)
def _array_split(ary: Array, indices_or_sections: Any, axis: int = 0) -> list[Array]:
    return _pieces(ary, np.array_split(np.arange(ary.shape[axis]), indices_or_sections), axis)


def _pieces(x: Array, places: list[Array], axis: int) -> list[Array]:
    """The entries of ``x`` at each run of successive places along ``axis``."""
    starts = [int(run[0]) if len(run) else 0 for run in places]
    runs = (slice(start, start + len(run)) for start, run in zip(starts, places, strict=True))
    return [x[along(axis % x.ndim, run)] for run in runs]


@rewrites(np.hsplit)
def _hsplit(ary: Array, indices_or_sections: Any) -> list[Array]:
    return np.split(ary, indices_or_sections, 1 if ary.ndim > 1 else 0)


@rewrites(np.vsplit)
def _vsplit(ary: Array, indices_or_sections: Any) -> list[Array]:
    return np.split(ary, indices_or_sections, 0)


@rewrites(np.dsplit)
def _dsplit(ary: Array, indices_or_sections: Any) -> list[Array]:
    return np.split(ary, indices_or_sections, 2)


@rewrites(np.diagonal)
def _diagonal(a: Array, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    a = np.moveaxis(a, (axis1, axis2), (-2, -1))
    i, j = _diagonal_places(a.shape[-2:], offset)
    return a[..., i, j]


def _diagonal_places(shape: Sequence[int], k: int) -> tuple[Any, Any]:
    """Rows and columns of the entries on the ``k``-th diagonal."""
    i = np.arange(max(0, min(shape[0], shape[1] - k) - max(0, -k))) + max(0, -k)
    return i, i + k


@rewrites(np.linalg.diagonal)
def _last_diagonal(x: Array, /, *, offset: int = 0) -> Array:
    return np.diagonal(x, offset, -2, -1)


@rewrites(np.trace)
def _trace(
    a: Array, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: None = None, out: None = None
) -> Array:
    return np.sum(np.diagonal(a, offset, axis1, axis2), axis=-1)


@rewrites(np.linalg.trace)
def _last_trace(x: Array, /, *, offset: int = 0, dtype: None = None) -> Array:
    return np.trace(x, offset, -2, -1)


@rewrites(np.diag)
def _diag(v: Array, k: int = 0) -> Array:
    if v.ndim == 2:
        return np.diagonal(v, k)
    n = len(v) + abs(k)
    return RULES[scatter](v, _diagonal_places((n, n), k), (n, n))


@rewrites(np.diagflat)
def _diagflat(v: Array, k: int = 0) -> Array:
    return np.diag(np.reshape(v, -1), k)


def _below(m: Array, k: int) -> Array:
    """Whether an entry of a matrix lies on or below the ``k``-th diagonal."""
    return np.tri(m.shape[-2] if m.ndim > 1 else len(m), m.shape[-1], k, bool)


@rewrites(np.tril)
def _tril(m: Array, k: int = 0) -> Array:
    return np.where(_below(m, k), m, 0)


@rewrites(np.triu)
def _triu(m: Array, k: int = 0) -> Array:
    return np.where(_below(m, k - 1), 0, m)


@rewrites(np.select)
def _select(condlist: Any, choicelist: Any, default: Any = 0) -> Array:
    chosen = default
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        chosen = np.where(condition, choice, chosen)
    return chosen


@rewrites(np.choose)
def _choose(a: Any, choices: Sequence[Array], out: None = None, mode: Any = "raise") -> Array:
    which = np.choose(unwrap(a), np.arange(len(choices)), mode=mode)  # also checks the bounds
    return reduce(
        lambda y, k: np.where(which == k, choices[k], y), range(1, len(choices)), choices[0]
    )


@rewrites(np.piecewise)
def _piecewise(x: Array, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Array:
    conditions = np.asarray(unwrap(condlist), bool)
    if conditions.ndim == np.ndim(x):  # a lone condition
        conditions = conditions[None]
    if len(funclist) == len(conditions) + 1:
        conditions = np.concatenate([conditions, ~np.any(conditions, axis=0, keepdims=True)])
    if len(funclist) != len(conditions):
        raise ValueError(
            f"np.piecewise with {len(conditions)} conditions needs as many functions, or one more; "
            f"got {len(funclist)}"
        )
    value: Array = np.zeros_like(unwrap(x))
    result: Array = value
    for condition, piece in zip(conditions, funclist, strict=True):
        count = int(np.count_nonzero(condition))
        if count:
            inside = piece(x[condition], *args, **kw) if callable(piece) else piece
            inside = RULES[cast](np.broadcast_to(inside, (count,)), x.dtype)
            value[condition] = unwrap(inside)
            result = np.where(condition, RULES[scatter](inside, condition, x.shape), result)
    return result.holding(value) if isinstance(result, Tracer) else value
