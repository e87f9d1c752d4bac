"""Rules of sums, products, extremes and running sums along axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from calcml.core import RULES, Array, Tracer, define, multilinear, strip
from calcml.rules.shape import restore_axes


def _count(x: Array, y: Array) -> int:
    """How many entries of ``x`` go into each entry of its reduction ``y``."""
    return int(x.size // max(y.size, 1))


def _spread(g: Array, x: Array, axis: Any, keepdims: Any) -> Array:
    """Copy ``g``, the reduction of something like ``x``, to every entry that went into it."""
    g = restore_axes(g, x, axis, keepdims)
    if isinstance(g, Tracer):
        return RULES[np.broadcast_to](g, x.shape)
    copies: Array = np.empty(x.shape, g.dtype)
    copies[...] = g
    return copies


multilinear(
    np.sum,
    lambda g, y, x, axis=None, dtype=None, out=None, keepdims=False: _spread(g, x, axis, keepdims),
)
multilinear(
    np.mean,
    lambda g, y, x, axis=None, dtype=None, out=None, keepdims=False: (
        _spread(g, x, axis, keepdims) / _count(x, y)
    ),
)


def _shares(x: Array, y: Array, axis: Any, keepdims: Any) -> Array:
    """Equal weights, with sum 1, on the entries of ``x`` that equal the extreme ``y``."""
    x, y = strip(x), strip(y)
    ties = x == restore_axes(y, x, axis, keepdims)
    if np.count_nonzero(ties) == y.size:
        return ties
    return ties / np.add.reduce(ties, axis=axis, keepdims=True, dtype=x.dtype)


def _extreme_jvp(
    t: Array, y: Array, x: Array, axis: Any = None, out: None = None, keepdims: Any = False
) -> Array:
    return np.sum(t * _shares(x, y, axis, keepdims), axis=axis, keepdims=keepdims)


def _extreme_vjp(
    g: Array, y: Array, x: Array, axis: Any = None, out: None = None, keepdims: Any = False
) -> Array:
    return restore_axes(g, x, axis, keepdims) * _shares(x, y, axis, keepdims)


define(np.max, _extreme_jvp, _extreme_vjp)
define(np.min, _extreme_jvp, _extreme_vjp)


def _running(x: Array, axis: int) -> tuple[Array, Array]:
    """Products of the entries before each entry of ``x`` along ``axis``, and of those after."""
    first = np.ones_like(np.take(x, [0], axis))
    rest = x.shape[axis] - 1
    before = np.cumprod(np.concatenate([first, np.take(x, range(rest), axis)], axis), axis)
    behind = np.concatenate([np.flip(np.take(x, range(1, rest + 1), axis), axis)], axis)
    after = np.flip(np.cumprod(np.concatenate([first, behind], axis), axis), axis)
    return before, after


def _others(x: Array, axis: Any) -> Array:
    """For each entry, the product of the others in its reduction; by no division, so 0 is fine."""
    if x.size == 0:
        return np.ones_like(x)
    axes = range(x.ndim) if axis is None else [a % x.ndim for a in np.atleast_1d(axis)]
    kept = [i for i in range(x.ndim) if i not in axes]
    order = [*kept, *axes]
    moved = np.transpose(x, order)
    before, after = _running(moved.reshape([x.shape[i] for i in kept] + [-1]), len(kept))
    return np.transpose((before * after).reshape(moved.shape), np.argsort(order))


define(
    np.prod,
    lambda t, y, x, axis=None, dtype=None, out=None, keepdims=False: np.sum(
        t * _others(x, axis), axis=axis, keepdims=keepdims
    ),
    lambda g, y, x, axis=None, dtype=None, out=None, keepdims=False: (
        restore_axes(g, x, axis, keepdims) * _others(x, axis)
    ),
)


def _reverse_cumsum(g: Array, axis: int) -> Array:
    return np.flip(np.cumsum(np.flip(g, axis), axis), axis)


multilinear(
    np.cumsum,
    lambda g, y, x, axis=None, dtype=None, out=None: (
        _reverse_cumsum(g, 0).reshape(x.shape) if axis is None else _reverse_cumsum(g, axis)
    ),
)


def _rows(x: Array, axis: int | None) -> list[Array]:
    """The slices of ``x`` along ``axis``, in order; its entries where ``axis`` is None."""
    return list(x.reshape(-1) if axis is None else np.moveaxis(x, axis, 0))


def _cumprod_jvp(
    t: Array, y: Array, x: Array, axis: int | None = None, dtype: None = None, out: None = None
) -> Array:
    """``ẏₖ = xₖ ẏₖ₋₁ + yₖ₋₁ tₖ``: the product rule, again and again; no division."""
    ts, ys, xs = _rows(t, axis), _rows(y, axis), _rows(x, axis)
    tangents = ts[:1]
    for k in range(1, len(xs)):
        tangents.append(xs[k] * tangents[-1] + ys[k - 1] * ts[k])
    return np.stack(tangents, axis or 0) if tangents else t.reshape(y.shape)


def _cumprod_vjp(
    g: Array, y: Array, x: Array, axis: int | None = None, dtype: None = None, out: None = None
) -> Array:
    """``x̄ₖ = yₖ₋₁ rₖ`` with ``rₖ = gₖ + xₖ₊₁ rₖ₊₁``: the same recurrence run from the end."""
    gs, ys, xs = _rows(g, axis), _rows(y, axis), _rows(x, axis)
    back = gs[-1:]
    for k in range(len(xs) - 2, -1, -1):
        back.append(gs[k] + xs[k + 1] * back[-1])
    back.reverse()
    out_rows = back[:1] + [ys[k - 1] * back[k] for k in range(1, len(xs))]
    return np.stack(out_rows, axis or 0).reshape(x.shape) if out_rows else g.reshape(x.shape)


define(np.cumprod, _cumprod_jvp, _cumprod_vjp)
