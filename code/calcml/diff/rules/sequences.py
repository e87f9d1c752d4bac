"""Functions on points in a row, told in terms of indexing: differences, spacings, interpolation."""

from __future__ import annotations

from typing import Any

import numpy as np

from calcml.diff.core import Tracer, corner, unwrap
from calcml.diff.rules.indexing import along
from calcml.diff.rules.registry import RULES, rewrites
from calcml.diff.rules.scalar import cast
from calcml.typing import Array


@rewrites(np.diff)
def _diff(a: Array, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Array:
    axis %= np.ndim(a)
    ends = [e for e in (prepend, append) if e is not None]
    if ends:
        shape = [1 if i == axis else m for i, m in enumerate(np.shape(a))]
        edges = [
            [] if e is None else [np.broadcast_to(e, shape) if np.ndim(e) == 0 else e]
            for e in (prepend, append)
        ]
        a = np.concatenate([*edges[0], a, *edges[1]], axis)
    for _ in range(n):
        a = a[along(axis, slice(1, None))] - a[along(axis, slice(None, -1))]
    return a


@rewrites(np.linspace)
def _linspace(
    start: Array,
    stop: Array,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: None = None,
    axis: int = 0,
) -> Any:
    share = _shares(start, stop, num, endpoint)
    points = np.moveaxis(start * (1 - share) + stop * share, 0, axis)
    return (points, (stop - start) / max(num - bool(endpoint), 1)) if retstep else points


def _shares(start: Array, stop: Array, num: int, endpoint: bool) -> Array:
    """How far along each of ``num`` points lies, on a first axis of its own."""
    kind = np.result_type(unwrap(start), unwrap(stop), 0.0)
    share = np.linspace(0.0, 1.0, num, endpoint, dtype=kind)
    return share.reshape(-1, *(1,) * np.ndim(start + stop))


@rewrites(np.geomspace)
def _geomspace(
    start: Array,
    stop: Array,
    num: int = 50,
    endpoint: bool = True,
    dtype: None = None,
    axis: int = 0,
) -> Array:
    ratio = stop / start
    share = np.linspace(0, 1, num, endpoint).reshape(-1, *(1,) * np.ndim(ratio))
    return np.moveaxis(start * ratio**share, 0, axis)


@rewrites(np.logspace)
def _logspace(
    start: Array,
    stop: Array,
    num: int = 50,
    endpoint: bool = True,
    base: Array = 10.0,
    dtype: None = None,
    axis: int = 0,
) -> Array:
    return np.moveaxis(base ** np.linspace(start, stop, num, endpoint), 0, axis)


@rewrites(np.ediff1d)
def _ediff1d(ary: Array, to_end: Any = None, to_begin: Any = None) -> Array:
    steps = np.diff(np.reshape(ary, -1))
    ends = [
        RULES[cast](np.reshape(e, -1), steps.dtype) for e in (to_begin, to_end) if e is not None
    ]
    if not ends:
        return steps
    return np.concatenate([*ends[: to_begin is not None], steps, *ends[to_begin is not None :]])


@rewrites(np.gradient)
def _gradient(f: Array, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    if edge_order != 1:
        raise NotImplementedError("np.gradient has no derivative with edge_order=2; use 1")
    axes = range(f.ndim) if axis is None else [i % f.ndim for i in np.atleast_1d(axis)]
    spacings = varargs if len(varargs) == len(axes) else (*varargs, 1.0)[:1] * len(axes)
    slopes = tuple(_slope(f, h, i) for i, h in zip(axes, spacings, strict=True))
    return slopes[0] if len(slopes) == 1 else slopes


def _slope(f: Array, spacing: Any, axis: int) -> Array:
    """Differences along an axis: inside weighted by the steps beside, one-sided at the ends."""
    f = np.moveaxis(f, axis, -1)
    n = f.shape[-1]
    h = np.diff(spacing) if np.ndim(spacing) else np.full(n - 1, spacing, f.dtype)
    slopes = np.diff(f) / h
    left, right = h[:-1], h[1:]
    inside = (right * slopes[..., :-1] + left * slopes[..., 1:]) / (left + right)
    ends = [slopes[..., :1], inside, slopes[..., -1:]]
    return RULES[cast](np.moveaxis(np.concatenate(ends, -1), -1, axis), f.dtype)


@rewrites(np.interp)
def _interp(
    x: Array, xp: Any, fp: Array, left: Any = None, right: Any = None, period: None = None
) -> Array:
    if period is not None:
        raise TypeError("np.interp cannot be traced with period=; use np.remainder before")
    xp, fp = (z if isinstance(z, Tracer) else np.asarray(z) for z in (xp, fp))
    i = np.clip(np.searchsorted(unwrap(xp), unwrap(x), "right") - 1, 0, len(xp) - 2)
    low, high = xp[i], xp[i + 1]
    corner("np.interp", lambda x, *ends: [x - end for end in ends], x, low, high)
    share = (x - low) / (high - low)
    share = np.where(share < 0, 0, np.where(share > 1, 1, share))
    y = fp[i] + share * (fp[i + 1] - fp[i])
    y = y if left is None else np.where(unwrap(x < xp[0]), left, y)
    return y if right is None else np.where(unwrap(x > xp[-1]), right, y)


@rewrites(np.polyval)
def _polyval(p: Array, x: Array) -> Array:
    y = x * 0
    for coefficient in p:
        y = y * x + coefficient
    return y


@rewrites(np.vander)
def _vander(x: Array, N: int | None = None, increasing: bool = False) -> Array:
    powers = np.arange(len(x) if N is None else N)
    return x[:, None] ** (powers if increasing else powers[::-1])
