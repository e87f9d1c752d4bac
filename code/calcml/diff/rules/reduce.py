"""Rules of sums, products, extremes and running sums along axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from calcml.diff.core import Tracer, unwrap
from calcml.diff.rules.registry import RULES, define, multilinear, rewrites
from calcml.diff.rules.shape import restore_axes
from calcml.typing import Array


def _count(x: Array, axis: Any) -> int:
    """How many entries of ``x`` go into one entry of its reduction over ``axis``."""
    whole = axis is None or x.ndim == 0
    return int(x.size if whole else np.prod([x.shape[a] for a in np.atleast_1d(axis)]))


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
    lambda g, _y, _x, axis=None, dtype=None, out=None, keepdims=False: _spread(
        g, _x, axis, keepdims
    ),
)
multilinear(
    np.mean,
    lambda g, _y, _x, axis=None, dtype=None, out=None, keepdims=False: (
        _spread(g, _x, axis, keepdims) / _count(_x, axis)
    ),
)


def _shares(x: Array, y: Array, axis: Any, keepdims: Any) -> Array:
    """Equal weights, with sum 1, on the entries of ``x`` that equal the extreme ``y``."""
    x, y = unwrap(x), unwrap(y)
    ties = x == restore_axes(y, x, axis, keepdims)
    if np.count_nonzero(ties) == y.size:
        return ties
    return ties / np.add.reduce(ties, axis=axis, keepdims=True, dtype=x.dtype)


def _weighted(t: Array, weights: Array) -> Array:
    """``t`` times weights, and 0 where the weight is 0, also if ``t`` is infinite there."""
    return np.where(weights, t if weights.dtype == bool else t * weights, 0)


def _extreme_jvp(
    t: Array, y: Array, x: Array, axis: Any = None, out: None = None, keepdims: Any = False
) -> Array:
    return np.sum(_weighted(t, _shares(x, y, axis, keepdims)), axis=axis, keepdims=keepdims)


def _extreme_vjp(
    g: Array, y: Array, x: Array, axis: Any = None, out: None = None, keepdims: Any = False
) -> Array:
    return _weighted(restore_axes(g, x, axis, keepdims), _shares(x, y, axis, keepdims))


define(np.max, _extreme_jvp, _extreme_vjp)
define(np.min, _extreme_jvp, _extreme_vjp)


@rewrites(np.amax)
def _amax(a: Array, *args: Any, **kwargs: Any) -> Array:
    return np.max(a, *args, **kwargs)


@rewrites(np.amin)
def _amin(a: Array, *args: Any, **kwargs: Any) -> Array:
    return np.min(a, *args, **kwargs)


def _shares_of_exp(x: Array, axis: Any, exp: np.ufunc) -> Array:
    """``eˣ / Σ eˣ``: of -∞ alone all 0, of some +∞ equal shares, which sum to 1."""
    plain = unwrap(x)
    top = np.max(plain, axis=axis, keepdims=True)
    if np.all(np.isfinite(top)):
        weights = exp(x - top)
    else:
        infinite = np.isinf(top)
        first = infinite & (plain == top) & (top > 0)
        weights = np.where(
            infinite, first, exp(np.where(infinite, 0, x) - np.where(infinite, 0, top))
        )
    total = np.sum(weights, axis=axis, keepdims=True)
    return weights / np.where(unwrap(total) == 0, 1, total)


def log_sum_exp(x: Array, axis: Any = 0, keepdims: bool = False) -> Array:
    """Return ``log Σ eˣ`` along axes."""
    reduce: Any = np.logaddexp.reduce
    return reduce(x, axis=axis, keepdims=keepdims)


def log_sum_exp2(x: Array, axis: Any = 0, keepdims: bool = False) -> Array:
    """Return ``log₂ Σ 2ˣ`` along axes."""
    reduce: Any = np.logaddexp2.reduce
    return reduce(x, axis=axis, keepdims=keepdims)


for _f, _exp in ((log_sum_exp, np.exp), (log_sum_exp2, np.exp2)):
    define(
        _f,
        lambda t, _y, x, axis=0, keepdims=False, exp=_exp: np.sum(
            t * _shares_of_exp(x, axis, exp), axis=axis, keepdims=keepdims
        ),
        lambda g, _y, x, axis=0, keepdims=False, exp=_exp: (
            restore_axes(g, x, axis, keepdims) * _shares_of_exp(x, axis, exp)
        ),
    )


def _others(x: Array, axis: Any) -> Array:
    """For each entry, the product of the others in its reduction; by no division, so 0 is fine."""
    if x.ndim == 0:
        return np.ones_like(x)
    axes = range(x.ndim) if axis is None else [a % x.ndim for a in np.atleast_1d(axis)]
    order = [i for i in range(x.ndim) if i not in axes] + list(axes)
    moved = np.transpose(x, order)
    rows = moved.reshape(*moved.shape[: x.ndim - len(axes)], _count(x, axes))
    one = np.ones_like(rows[..., :1])
    before = np.cumprod(np.concatenate([one, rows[..., :-1]], axis=-1), axis=-1)
    after = np.cumprod(np.concatenate([one, rows[..., :0:-1]], axis=-1), axis=-1)
    return np.transpose((before * after[..., ::-1]).reshape(moved.shape), np.argsort(order))


define(
    np.prod,
    lambda t, _y, x, axis=None, dtype=None, out=None, keepdims=False: np.sum(
        t * _others(x, axis), axis=axis, keepdims=keepdims
    ),
    lambda g, _y, x, axis=None, dtype=None, out=None, keepdims=False: (
        restore_axes(g, x, axis, keepdims) * _others(x, axis)
    ),
)


def _reverse_cumsum(g: Array, axis: int) -> Array:
    return np.flip(np.cumsum(np.flip(g, axis), axis), axis)


multilinear(
    np.cumsum,
    lambda g, _y, _x, axis=None, dtype=None, out=None: _reverse_cumsum(
        g, 0 if axis is None else axis
    ).reshape(_x.shape),
)


def _rows(x: Array, axis: int | None) -> list[Array]:
    """The slices of ``x`` along ``axis``, in order; its entries where ``axis`` is None."""
    return list(x.reshape(-1) if axis is None or x.ndim == 0 else np.moveaxis(x, axis, 0))


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

# On a plain array, the method takes a shorter way than the function.
RULES[np.sum].compute = lambda x, *args, **kwargs: x.sum(*args, **kwargs)
RULES[np.mean].compute = lambda x, *args, **kwargs: x.mean(*args, **kwargs)
RULES[np.max].compute = lambda x, *args, **kwargs: x.max(*args, **kwargs)
RULES[np.min].compute = lambda x, *args, **kwargs: x.min(*args, **kwargs)
