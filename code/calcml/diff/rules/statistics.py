"""Statistics and running sums, told in terms of sums, extremes and sorting."""

from __future__ import annotations

from typing import Any

import numpy as np

from calcml.diff.rules.registry import RULES, rewrites
from calcml.diff.rules.scalar import cast, safe_sqrt
from calcml.typing import Array


def rows_along(x: Array, axis: Any) -> Array:
    """Return ``x`` with the axes in question moved to the end and made one; all, for None."""
    axes = range(x.ndim) if axis is None else [i % x.ndim for i in np.atleast_1d(axis)]
    kept = [i for i in range(x.ndim) if i not in axes]
    n = int(np.prod([x.shape[i] for i in axes]))
    return np.transpose(x, [*kept, *axes]).reshape([x.shape[i] for i in kept] + [n])


@rewrites(np.var)
def _var(
    a: Array,
    axis: Any = None,
    dtype: None = None,
    out: None = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    where: Any = True,
    mean: Array | None = None,
    correction: float | None = None,
) -> Array:
    deviation = a - (np.mean(a, axis=axis, keepdims=True, where=where) if mean is None else mean)
    total = np.sum(deviation * deviation, axis=axis, keepdims=keepdims, where=where)
    count: Any = a.size // max(total.size, 1)
    if where is not True:
        count = np.sum(np.broadcast_to(where, a.shape), axis=axis, keepdims=keepdims)
    return total / (count - (ddof if correction is None else correction))


@rewrites(np.std)
def _std(a: Array, *args: Any, **kwargs: Any) -> Array:
    return safe_sqrt(_var(a, *args, **kwargs))


@rewrites(np.average)
def _average(
    a: Array,
    axis: Any = None,
    weights: Array | None = None,
    returned: bool = False,
    *,
    keepdims: bool = False,
) -> Any:
    if weights is None:
        mean = np.mean(a, axis=axis, keepdims=keepdims)
        return (mean, np.full(mean.shape, a.size / mean.size)) if returned else mean
    if np.shape(weights) != np.shape(a):
        weights = np.reshape(
            weights, [-1 if i == axis % np.ndim(a) else 1 for i in range(np.ndim(a))]
        )
    total = np.sum(np.broadcast_to(weights, np.shape(a)), axis=axis, keepdims=keepdims)
    mean = np.sum(a * weights, axis=axis, keepdims=keepdims) / total
    return (mean, total) if returned else mean


@rewrites(np.ptp)
def _ptp(a: Array, axis: Any = None, out: None = None, keepdims: bool = False) -> Array:
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)


@rewrites(np.median)
def _median(
    a: Array,
    axis: Any = None,
    out: None = None,
    overwrite_input: bool = False,
    keepdims: bool = False,
) -> Array:
    return np.quantile(a, 0.5, axis=axis, keepdims=keepdims)


def _data(a: Any) -> Array:
    """The numbers that a level is sought of, which may be a list where the level is traced."""
    return a if hasattr(a, "dtype") else np.asarray(a, float)


@rewrites(np.percentile)
def _percentile(a: Array, q: Any, *args: Any, **kwargs: Any) -> Array:
    return np.quantile(a, np.true_divide(q, _data(a).dtype.type(100)), *args, **kwargs)


@rewrites(np.quantile)
def _quantile(a: Array, q: Any, axis: Any = None, *args: Any, **kwargs: Any) -> Array:
    a = _data(a)
    rows = rows_along(a, axis)
    return _quantiles(rows, np.full(rows.shape[:-1], rows.shape[-1]), a, q, axis, *args, **kwargs)


def _quantiles(
    rows: Array,
    counts: Array,
    a: Array,
    q: Any,
    axis: Any,
    out: None = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
) -> Array:
    """Of the ``counts`` first entries of each sorted row, by lines between neighbors."""
    if method != "linear":
        raise NotImplementedError(
            f"np.quantile has no derivative by method {method!r}; use 'linear'"
        )
    if isinstance(q, int | float):
        q = a.dtype.type(q)
    counts = counts.astype(getattr(q, "dtype", None) or np.asarray(q).dtype)
    place = np.multiply(np.reshape(q, -1), counts[..., None] - 1)
    base = np.clip(np.floor(place), 0, np.maximum(counts[..., None] - 2, 0))
    low, share = base.astype(int), place - base
    high = np.minimum(low + 1, rows.shape[-1] - 1)
    ordered = np.sort(rows, axis=-1)
    ends = [np.take_along_axis(ordered, k, -1) for k in (low, high)]
    quantiles = np.moveaxis(ends[0] + share * (ends[1] - ends[0]), -1, 0)
    gone = range(a.ndim) if axis is None else [i % a.ndim for i in np.atleast_1d(axis)]
    kept = [1 if i in gone else n for i, n in enumerate(a.shape) if keepdims or i not in gone]
    return quantiles.reshape([*np.shape(q), *kept])


# Without the entries that are not a number.


@rewrites(np.nansum)
def _nansum(a: Array, axis: Any = None, **kwargs: Any) -> Array:
    return np.sum(np.where(np.isnan(a), 0, a), axis=axis, **kwargs)


@rewrites(np.nanprod)
def _nanprod(a: Array, axis: Any = None, **kwargs: Any) -> Array:
    return np.prod(np.where(np.isnan(a), 1, a), axis=axis, **kwargs)


@rewrites(np.nanmax)
def _nanmax(a: Array, axis: Any = None, **kwargs: Any) -> Array:
    return np.max(np.where(np.isnan(a), -np.inf, a), axis=axis, **kwargs)


@rewrites(np.nanmin)
def _nanmin(a: Array, axis: Any = None, **kwargs: Any) -> Array:
    return np.min(np.where(np.isnan(a), np.inf, a), axis=axis, **kwargs)


@rewrites(np.nancumsum)
def _nancumsum(a: Array, axis: int | None = None) -> Array:
    return np.cumsum(np.where(np.isnan(a), 0, a), axis)


@rewrites(np.nancumprod)
def _nancumprod(a: Array, axis: int | None = None) -> Array:
    return np.cumprod(np.where(np.isnan(a), 1, a), axis)


def _count(a: Array, axis: Any, keepdims: bool) -> Array:
    return np.sum(~np.isnan(a), axis=axis, keepdims=keepdims, dtype=a.dtype)


@rewrites(np.nanmean)
def _nanmean(a: Array, axis: Any = None, *, keepdims: bool = False) -> Array:
    return np.nansum(a, axis=axis, keepdims=keepdims) / _count(a, axis, keepdims)


@rewrites(np.nanvar)
def _nanvar(a: Array, axis: Any = None, *, ddof: float = 0, keepdims: bool = False) -> Array:
    deviation = np.where(np.isnan(a), 0, a - np.nanmean(a, axis=axis, keepdims=True))
    total = np.sum(deviation * deviation, axis=axis, keepdims=keepdims)
    return total / (_count(a, axis, keepdims) - ddof)


@rewrites(np.nanstd)
def _nanstd(a: Array, axis: Any = None, *, ddof: float = 0, keepdims: bool = False) -> Array:
    return safe_sqrt(np.nanvar(a, axis=axis, ddof=ddof, keepdims=keepdims))


@rewrites(np.nanquantile)
def _nanquantile(a: Array, q: Any, axis: Any = None, *args: Any, **kwargs: Any) -> Array:
    a = _data(a)
    rows = rows_along(a, axis)
    if rows.shape[-1] == 0:
        rows = np.full((*rows.shape[:-1], 1), np.nan, a.dtype)  # of nothing, NumPy says nan
    counts = np.sum(~np.isnan(rows), axis=-1)
    return _quantiles(rows, counts, a, q, axis, *args, **kwargs)


@rewrites(np.nanpercentile)
def _nanpercentile(a: Array, q: Any, *args: Any, **kwargs: Any) -> Array:
    return np.nanquantile(a, np.true_divide(q, _data(a).dtype.type(100)), *args, **kwargs)


@rewrites(np.nanmedian)
def _nanmedian(
    a: Array,
    axis: Any = None,
    out: None = None,
    overwrite_input: bool = False,
    keepdims: bool = False,
) -> Array:
    return np.nanquantile(a, 0.5, axis=axis, keepdims=keepdims)


# Of pairs and along curves.


def _variables(m: Array, rowvar: bool) -> Array:
    """The variables in the rows of a matrix, in double precision as NumPy has it."""
    rows = np.atleast_2d(m)
    rows = rows if rowvar or np.ndim(m) == 1 else rows.T
    return RULES[cast](rows, np.result_type(rows.dtype, np.float64))


@rewrites(np.cov)
def _cov(
    m: Array,
    y: Array | None = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Array | None = None,
    aweights: Array | None = None,
) -> Array:
    rows = _variables(m, rowvar)
    if y is not None:
        rows = np.concatenate([rows, _variables(y, rowvar)])
    ddof = int(not bias) if ddof is None else ddof
    counts = np.ones(rows.shape[1]) if fweights is None else fweights
    weights = counts if aweights is None else np.multiply(counts, aweights)
    total = np.sum(weights)
    centered = rows - (rows @ weights / total)[:, None]
    lost = ddof if aweights is None else ddof * np.sum(weights * np.asarray(aweights)) / total
    return np.squeeze((centered * weights) @ centered.T / (total - lost))


@rewrites(np.corrcoef)
def _corrcoef(x: Array, y: Array | None = None, rowvar: bool = True) -> Array:
    c = np.cov(x, y, rowvar=rowvar)
    if c.ndim == 0:
        return c / c
    scale = np.sqrt(np.diag(c))
    return c / scale[:, None] / scale


@rewrites(np.trapezoid)
def _trapezoid(y: Array, x: Array | None = None, dx: Any = 1.0, axis: int = -1) -> Array:
    if x is not None and np.ndim(x) == 1:
        x = np.reshape(x, [-1 if i == axis % np.ndim(y) else 1 for i in range(np.ndim(y))])
    step = dx if x is None else np.diff(x, axis=axis)
    y = np.moveaxis(y, axis, -1)
    step = step if np.ndim(step) == 0 else np.moveaxis(step, axis, -1)
    return np.sum(step * (y[..., 1:] + y[..., :-1]) / 2, axis=-1)


@rewrites(np.cumulative_sum)
def _cumulative_sum(
    x: Array, /, *, axis: int | None = None, include_initial: bool = False
) -> Array:
    x, axis = np.atleast_1d(x), axis or 0
    return _with_initial(x, np.cumsum(x, axis=axis), axis, 0.0, include_initial)


@rewrites(np.cumulative_prod)
def _cumulative_prod(
    x: Array, /, *, axis: int | None = None, include_initial: bool = False
) -> Array:
    x, axis = np.atleast_1d(x), axis or 0
    return _with_initial(x, np.cumprod(x, axis=axis), axis, 1.0, include_initial)


def _with_initial(x: Array, y: Array, axis: int, initial: float, include: bool) -> Array:
    if not include:
        return y
    first = np.full(
        [1 if i == axis % x.ndim else n for i, n in enumerate(x.shape)], initial, x.dtype
    )
    return np.concatenate([first, y], axis)
