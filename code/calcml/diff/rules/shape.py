"""Rules of functions that move entries without changing them.

All are linear, so each is its own JVP, and the VJP moves the entries back; where one entry was
copied to several places, what comes back is added.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from calcml.diff.rules.registry import RULES, linear, multilinear
from calcml.typing import Array

Shape = tuple[int, ...]


def unbroadcast(g: Array, shape: Shape) -> Array:
    """Sum ``g`` down to ``shape``: the transpose of broadcasting ``shape`` up to ``g.shape``.

    Examples
    --------
    >>> unbroadcast(np.ones((4, 2, 3)), (2, 1))
    array([[12.],
           [12.]])
    """
    if g.shape == shape:
        return g
    extra = g.ndim - len(shape)
    if extra:
        g = np.add.reduce(g, axis=0 if extra == 1 else tuple(range(extra)))
    stretched = [i for i, n in enumerate(g.shape) if n != shape[i]]
    if not stretched:
        return g
    axis = stretched[0] if len(stretched) == 1 else tuple(stretched)
    return np.add.reduce(g, axis=axis, keepdims=True)


def getitem(x: Array, index: Any) -> Array:
    """Return ``x[index]``."""
    return x[index]


def scatter(g: Array, index: Any, shape: Shape) -> Array:
    """Return zeros of the given shape with ``g`` added at ``index``: the transpose of indexing."""
    out = np.zeros(shape, g.dtype)
    add_at(out, index, g)
    return out


def scattered(*pieces: Array, indices: Sequence[Any], shape: Shape) -> Array:
    """Return zeros of the given shape with each of ``pieces`` added at its index."""
    out = np.zeros(shape, np.result_type(*pieces))
    for g, index in zip(pieces, indices, strict=True):
        add_at(out, index, g)
    return out


def add_at(out: Array, index: Any, g: Array) -> None:
    """Add ``g`` to ``out[index]`` in place, as often as an entry is named there."""
    if all(_names_once(i) for i in (index if isinstance(index, tuple) else (index,))):
        out[index] += g
    elif 64 < out.size < 4 * g.size and out.itemsize <= 8:  # counting by place is quicker
        places = np.arange(out.size).reshape(out.shape)[index]
        weights = np.broadcast_to(g, places.shape)
        sums = np.bincount(places.ravel(), weights.ravel(), minlength=out.size)
        out += sums.reshape(out.shape)
    else:
        np.add.at(out, index, g)


def _names_once(i: Any) -> bool:
    """Whether one component of an index names no entry twice: unless it is an integer array."""
    if i is None or i is Ellipsis or isinstance(i, slice | int | np.integer):
        return True
    return isinstance(i, np.ndarray) and i.dtype == bool


def restore_axes(g: Array, x: Array, axis: Any, keepdims: Any) -> Array:
    """Give ``g``, the reduction of ``x`` over ``axis``, the shape that broadcasts with ``x``."""
    if keepdims or g.shape == x.shape:
        return g
    if axis is None:
        return g
    gone = [a % x.ndim for a in (axis if isinstance(axis, tuple) else (axis,))]
    return g.reshape([1 if i in gone else n for i, n in enumerate(x.shape)])


def concatenated(*arrays: Array, axis: int) -> Array:
    """Return ``np.concatenate(arrays, axis)``, with the arrays as arguments of their own."""
    return np.concatenate(arrays, axis)


def _cut(g: Array, _y: Array, *arrays: Array, axis: int) -> list[Array]:
    """Cut ``g`` into pieces as long as the arrays that were joined."""
    axis %= g.ndim
    ends = accumulate(a.shape[axis] for a in arrays)
    before = (slice(None),) * axis
    return [
        g[(*before, slice(end - a.shape[axis], end))] for a, end in zip(arrays, ends, strict=True)
    ]


multilinear(getitem, lambda g, _y, _x, index: RULES[scatter](g, index, _x.shape)).name = "x[index]"
multilinear(scatter, lambda g, _y, _x, index, shape: g[index])
multilinear(np.reshape, lambda g, _y, _x, shape=None, order="C": np.reshape(g, _x.shape, order))
multilinear(np.broadcast_to, lambda g, _y, _x, shape: unbroadcast(g, _x.shape))
multilinear(
    np.transpose,
    lambda g, _y, _x, axes=None: np.transpose(g, axes if axes is None else _inverse(axes, _x.ndim)),
)
multilinear(np.swapaxes, lambda g, _y, _x, i, j: np.swapaxes(g, i, j))
multilinear(np.moveaxis, lambda g, _y, _x, source, target: np.moveaxis(g, target, source))
multilinear(np.roll, lambda g, _y, _x, shift, axis=None: np.roll(g, np.negative(shift), axis))
multilinear(np.rot90, lambda g, _y, _x, k=1, axes=(0, 1): np.rot90(g, -k, axes))
multilinear(np.copy, lambda g, _y, _x, order="K", subok=False: g)
linear(concatenated, _cut)
linear(scattered, lambda g, _y, *_pieces, indices, shape: [g[index] for index in indices])


def _inverse(axes: Any, ndim: int) -> Any:
    return np.argsort([a % ndim for a in axes])
