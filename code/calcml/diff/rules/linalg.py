"""Rules of linear algebra, for stacks of matrices in the last two axes (Giles, 2008).

Written with ``X.mT``, the transpose of each matrix in a stack. Factorizations have a file of their
own, :mod:`calcml.diff.rules.decomposition`.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np

from calcml.diff.core import corner, unwrap
from calcml.diff.rules.decomposition import refuse_hermitian, thin_svd
from calcml.diff.rules.registry import RULES, define, define_outputs, rewrites
from calcml.diff.rules.shape import unbroadcast
from calcml.typing import Array


def _solve(a: Array, b: Array, vector: bool) -> Array:
    """Solve ``a x = b``, where ``b`` holds vectors in its last axis if ``vector``."""
    return np.linalg.solve(a, b[..., None])[..., 0] if vector else np.linalg.solve(a, b)


def _solve_vjp_a(g: Array, y: Array, a: Array, _b: Array) -> Array:
    vector = _b.ndim == 1
    w = _solve(a.mT, g, vector)
    return unbroadcast(-w[..., :, None] * y[..., None, :] if vector else -w @ y.mT, a.shape)


def _solve_jvp_a(t: Array, y: Array, a: Array, _b: Array) -> Array:
    vector = _b.ndim == 1
    return -_solve(a, (t @ y[..., None])[..., 0] if vector else t @ y, vector)


define(
    np.linalg.solve,
    {0: _solve_jvp_a, 1: lambda t, _y, a, _b: _solve(a, t, _b.ndim == 1)},
    {
        0: _solve_vjp_a,
        1: lambda g, _y, a, _b: unbroadcast(_solve(a.mT, g, _b.ndim == 1), _b.shape),
    },
)
define(np.linalg.inv, lambda t, y, _a: -(y @ t @ y), lambda g, y, _a: -(y.mT @ g @ y.mT))


def _cofactors(a: Array, y: Array) -> Array:
    """The gradient of the determinant ``y``: ``det(A) A⁻ᵀ``; by minors if ``A`` is singular."""
    if np.all(unwrap(y) != 0):
        return y[..., None, None] * np.linalg.inv(a).mT
    n = a.shape[-1]
    kept = np.array([[k for k in range(n) if k != i] for i in range(n)], dtype=int)
    minors = a[..., kept[:, None, :, None], kept[None, :, None, :]]
    signs = np.where(np.add.outer(np.arange(n), np.arange(n)) % 2, -1, 1)
    return signs.astype(a.dtype) * np.linalg.det(minors)


define(
    np.linalg.det,
    lambda t, y, a: np.sum(_cofactors(a, y) * t, axis=(-2, -1)),
    lambda g, y, a: g[..., None, None] * _cofactors(a, y),
)


# The sign of a determinant, and the logarithm of its size.
define_outputs(
    np.linalg.slogdet,
    None,
    (
        lambda t, _y, _out, a: np.sum(np.linalg.inv(a).mT * t, axis=(-2, -1)),
        lambda g, _y, _out, a: g[..., None, None] * np.linalg.inv(a).mT,
    ),
)


def pinv(a: Array, rcond: Any = None) -> Array:
    """Return the pseudoinverse ``A⁺``; differentiable where the rank does not change."""
    return np.linalg.pinv(a, rcond)


def _eye_minus(a: Array) -> Array:
    return np.eye(a.shape[-1], dtype=a.dtype) - a


# Golub & Pereyra, "The differentiation of pseudo-inverses and nonlinear least squares", 1973.
define(
    pinv,
    lambda t, p, a, rcond=None: (
        -p @ t @ p + p @ p.mT @ t.mT @ _eye_minus(a @ p) + _eye_minus(p @ a) @ t.mT @ p.mT @ p
    ),
    lambda g, p, a, rcond=None: (
        -p.mT @ g @ p.mT + _eye_minus(a @ p) @ g.mT @ p @ p.mT + p.mT @ p @ g.mT @ _eye_minus(p @ a)
    ),
)


def _deficient(a: Array, rcond: Any) -> list[Array]:
    lost = np.linalg.matrix_rank(unwrap(a), rcond) < min(a.shape[-2:])
    return [np.where(lost[..., None, None], a - unwrap(a), 1)]


@rewrites(np.linalg.pinv)
def _pinv(a: Array, rcond: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Array:
    refuse_hermitian("np.linalg.pinv", hermitian)
    rcond = unwrap(rcond if rtol is None else rtol)
    corner("np.linalg.pinv of a matrix without full rank", _deficient, a, rcond)
    return RULES[pinv](a, rcond)


@rewrites(np.linalg.lstsq)
def _lstsq(a: Array, b: Array, rcond: Any = None) -> Any:
    _, residuals, rank, _ = np.linalg.lstsq(unwrap(a), unwrap(b), rcond)
    x = (
        np.linalg.pinv(
            a, np.finfo(np.result_type(a)).eps * max(a.shape) if rcond is None else rcond
        )
        @ b
    )
    if residuals.size:
        residuals = np.sum((b - a @ x) ** 2, axis=0).reshape(residuals.shape)
    return x, residuals, rank, np.linalg.svdvals(a)


@rewrites(np.linalg.matrix_power)
def _matrix_power(a: Array, n: int) -> Array:
    if n < 0:
        return np.linalg.matrix_power(np.linalg.inv(a), -n)
    result = None
    while n:
        if n % 2:
            result = a if result is None else result @ a
        n //= 2
        a = a @ a if n else a
    return a * 0 + np.eye(a.shape[-1], dtype=a.dtype) if result is None else result


@rewrites(np.linalg.multi_dot)
def _multi_dot(arrays: Any, *, out: None = None) -> Array:
    return reduce(np.matmul, arrays)


@rewrites(np.linalg.cond)
def _cond(x: Array, p: Any = None) -> Array:
    if p in (None, 2, -2):
        s = RULES[thin_svd](x)[1]
        return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    singular = np.isinf(np.linalg.cond(unwrap(x), p))
    inverse = np.linalg.inv(np.where(singular[..., None, None], np.eye(x.shape[-1]), x))
    condition = np.linalg.norm(x, p, axis=(-2, -1)) * np.linalg.norm(inverse, p, axis=(-2, -1))
    return condition * np.where(singular, np.nan, 1)
