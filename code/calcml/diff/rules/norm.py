"""Norms of vectors and matrices, told in terms of sums, extremes and singular values.

The gradient of a norm at zero is taken to be zero, like the slope of ``|x|`` at 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from calcml.diff.core import corner, must_be_smooth, unwrap
from calcml.diff.rules.decomposition import thin_svd
from calcml.diff.rules.registry import RULES, rewrites
from calcml.diff.rules.scalar import safe_sqrt
from calcml.diff.rules.shape import restore_axes
from calcml.diff.rules.statistics import rows_along
from calcml.typing import Array


@rewrites(np.linalg.norm)
def _norm(x: Array, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Array:
    if ord is None or (axis is None and x.ndim == 1 and ord == 2):
        return safe_sqrt(np.sum(x * x, axis=axis, keepdims=keepdims))
    if axis is None:
        axis = tuple(range(x.ndim))
    axes = (axis,) if isinstance(axis, int | np.integer) else tuple(axis)
    if len(axes) == 1:
        return _vector_norm(x, ord, axes[0], keepdims)
    norm = _matrix_norm(np.moveaxis(x, axes, (-2, -1)), ord)
    return restore_axes(norm, x, axes, False) if keepdims else norm


def _vector_norm(x: Array, p: Any, axis: int, keepdims: bool) -> Array:
    where: Any = {"axis": axis, "keepdims": keepdims}
    if p == 2:
        return safe_sqrt(np.sum(x * x, **where))
    if p in (np.inf, -np.inf):
        return (np.max if p > 0 else np.min)(np.abs(x), **where)
    if p == 0:
        corner("the number of entries that are not 0", lambda x: [x], x)
        return np.sum(unwrap(x) != 0, **where).astype(x.dtype)
    total = np.sum(np.abs(x) ** p, **where)
    if p == 1:
        return total
    away = unwrap(total) > 0
    return np.where(away, np.where(away, total, 1) ** (1 / p), 0)


def _singular_values(x: Array) -> Array:
    """Singular values, with derivative zero where they are zero."""
    s = RULES[thin_svd](x)[1]
    return s if must_be_smooth(s) else np.where(unwrap(s) > 0, s, 0)


def _matrix_norm(x: Array, p: Any) -> Array:
    if p in ("fro", "f"):
        return safe_sqrt(np.sum(x * x, axis=(-2, -1)))
    if p == "nuc":
        return np.sum(_singular_values(x), axis=-1)
    if p in (2, -2):
        return _singular_values(x)[..., 0 if p == 2 else -1]
    sums = np.sum(np.abs(x), axis=-2 if abs(p) == 1 else -1)
    return (np.max if p > 0 else np.min)(sums, axis=-1)


@rewrites(np.linalg.vector_norm)
def _array_norm(
    x: Array,
    /,
    *,
    axis: Any = None,
    keepdims: bool = False,
    ord: Any = 2,
) -> Array:
    norm = _vector_norm(rows_along(x, axis), ord, -1, False)
    return restore_axes(norm, x, axis, False) if keepdims else norm


@rewrites(np.linalg.matrix_norm)
def _norm_of_matrices(x: Array, /, *, keepdims: bool = False, ord: Any = "fro") -> Array:
    norm = _matrix_norm(x, ord)
    return norm[..., None, None] if keepdims else norm
