"""Rules of factorizations: Cholesky, eigenvalues, singular values, QR; for stacks of matrices.

``cholesky`` and ``eigh`` read one triangle of their argument, as NumPy documents, so their
gradients stand in that triangle alone. Vectors that belong to equal eigenvalues or singular values
have no derivative, and say so.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from calcml.diff.core import Derivative, Rule, must_be_smooth, unwrap
from calcml.diff.rules.registry import RULES, define, define_outputs, rewrites
from calcml.typing import Array


def _symmetric(t: Array, uplo: str) -> Array:
    """The symmetric matrix that a function sees which reads one triangle of ``t``."""
    half, strict = (np.tril(t), np.tril(t, -1)) if uplo == "L" else (np.triu(t), np.triu(t, 1))
    return half + strict.mT


def _triangle(s: Array, uplo: str) -> Array:
    """The transpose of :func:`_symmetric`: entries of both triangles add up in the one read."""
    return np.tril(s) + np.tril(s.mT, -1) if uplo == "L" else np.triu(s) + np.triu(s.mT, 1)


def _halved(x: Array) -> Array:
    """The lower triangle of ``x``, with its diagonal halved."""
    return np.tril(x) * (1 - np.eye(x.shape[-1], dtype=x.dtype) / 2)


def _cholesky_jvp(t: Array, y: Array, _a: Array) -> Array:
    inverse = np.linalg.inv(y)
    return y @ _halved(inverse @ _symmetric(t, "L") @ inverse.mT)


def _cholesky_vjp(g: Array, y: Array, _a: Array) -> Array:
    inverse = np.linalg.inv(y)
    return _triangle(inverse.mT @ _halved(y.mT @ np.tril(g)) @ inverse, "L")


define(np.linalg.cholesky, _cholesky_jvp, _cholesky_vjp)


# x / 0, read as 0 where x is 0 and as NaN elsewhere; its derivatives are the same of tangents.
_same: dict[int, Derivative] = {0: lambda t, _y, _x: _over_nothing(t)}
_over_nothing: Rule = Rule(
    lambda x: np.where(x == 0, x, np.nan).astype(x.dtype),
    _same,
    _same,
    elementwise=True,
    multilinear=True,
)


def _equal(w: Array) -> Array:
    """Which pairs of the values ``w`` are equal up to rounding."""
    w = unwrap(w)
    size = np.max(np.abs(w), axis=-1, initial=0)[..., None, None]
    return np.abs(w[..., None, :] - w[..., :, None]) <= 8 * np.finfo(w.dtype).eps * size


def _over_gaps(x: Array, w: Array, used: Array | None = None) -> Array:
    """``xᵢⱼ / (wⱼ - wᵢ)`` off the diagonal.

    Where two values are equal up to rounding, their vectors have no derivative: in forward mode
    they get NaN, which is gone if they are not used; in reverse mode ``used`` tells where they are.
    Derivatives of ``x`` there get NaN, too, even where ``x`` itself is 0.
    """
    gap = w[..., None, :] - w[..., :, None]
    equal = _equal(w)
    lost = equal & ~np.eye(w.shape[-1], dtype=bool)
    if used is not None and np.any(unwrap(used)[lost] != 0):
        raise ValueError(
            "eigenvectors or singular vectors of equal values are arbitrary within their plane and "
            "have no derivative; use the values alone, or a matrix whose values differ"
        )
    quotient = x * ~equal / np.where(equal, 1, gap)
    if not np.any(lost):
        return quotient
    return quotient + _over_nothing(np.where(lost, x if used is None else used, 0))


def refuse_hermitian(name: str, hermitian: bool) -> None:
    """Raise where a function would read one triangle of its argument only."""
    if hermitian:
        raise NotImplementedError(
            f"{name} cannot be traced with hermitian=True; use np.linalg.eigh"
        )


def _diagonal(x: Array) -> Array:
    return np.diagonal(x, axis1=-2, axis2=-1)


def _parting(slopes: Array, w: Array, *turns: Array) -> Array:
    """The slopes of the values ``w``, made NaN where equal values part, if a series is asked for.

    They part along vectors that nobody knows yet, and change places. ``turns`` are the derivatives
    of their vectors.
    """
    if not must_be_smooth(slopes):
        return slopes
    between = np.where(_equal(w), slopes[..., None, :] - slopes[..., :, None], 0)
    for lost in (_over_nothing(between), *turns):
        slopes = slopes + 0 * np.sum(lost, axis=-2)
    return slopes


def _values_jvp(t: Array, w: Array, v: Array, uplo: str) -> Array:
    x = v.mT @ _symmetric(t, uplo) @ v
    return _parting(_diagonal(x), w, _over_gaps(x, w))


# A = V diag(w) Vᵀ: dw = diag(Vᵀ dA V), dV = V (F ∘ Vᵀ dA V), Fᵢⱼ = 1 / (wⱼ - wᵢ).
define_outputs(
    np.linalg.eigh,
    (
        lambda t, w, wv, _a, UPLO="L": _values_jvp(t, w, wv[1], UPLO),
        lambda g, _w, wv, _a, UPLO="L": _triangle((wv[1] * g[..., None, :]) @ wv[1].mT, UPLO),
    ),
    (
        lambda t, v, wv, _a, UPLO="L": v @ _over_gaps(v.mT @ _symmetric(t, UPLO) @ v, wv[0]),
        lambda g, v, wv, _a, UPLO="L": _triangle(
            v @ _over_gaps(v.mT @ g, wv[0], used=v.mT @ g) @ v.mT, UPLO
        ),
    ),
)


def _eigenvalues_jvp(t: Array, w: Array, a: Array, UPLO: Any = "L") -> Array:
    return _values_jvp(t, w, np.linalg.eigh(a, UPLO)[1], UPLO)


def _eigenvalues_vjp(g: Array, _w: Array, a: Array, UPLO: Any = "L") -> Array:
    v = np.linalg.eigh(a, UPLO)[1]
    return _triangle((v * g[..., None, :]) @ v.mT, UPLO)


define(np.linalg.eigvalsh, _eigenvalues_jvp, _eigenvalues_vjp)


def _skew(x: Array) -> Array:
    return x - x.mT


def _across(u: Array, x: Array, s: Array) -> Array:
    """The part of ``x`` orthogonal to the columns of ``u``, over ``s``; none if ``u`` is square."""
    return 0 if u.shape[-2] == u.shape[-1] else (x - u @ (u.mT @ x)) / s[..., None, :]


def _svd_u_jvp(t: Array, u: Array, usv: Any, a: Array) -> Array:
    _, s, vh = usv
    turn = (u.mT @ t @ vh.mT) * s[..., None, :]
    return u @ _over_gaps(turn + turn.mT, s * s) + _across(u, t @ vh.mT, s)


def _svd_u_vjp(g: Array, u: Array, usv: Any, a: Array) -> Array:
    _, s, vh = usv
    m = u.mT @ g
    turn = u @ (_over_gaps(_skew(m), s * s, used=m) * s[..., None, :])
    return (turn + _across(u, g, s)) @ vh


def _svd_s_jvp(t: Array, s: Array, usv: Any, a: Array) -> Array:
    u, _, vh = usv
    slopes = _diagonal(u.mT @ t @ vh.mT)
    if not must_be_smooth(slopes):
        return slopes
    kink = _over_nothing(np.where(unwrap(s) == 0, slopes, 0))  # no singular value is negative
    turns = _svd_u_jvp(t, u, usv, a), _svd_u_jvp(t.mT, vh.mT, (vh.mT, s, u.mT), a)
    return _parting(slopes + kink, s, *turns)


def thin_svd(a: Array) -> Any:
    """Return ``U, s, Vᵀ`` without the vectors that have no singular value."""
    return np.linalg.svd(a, full_matrices=False)


# A = U diag(s) Vᵀ, and V is the U of Aᵀ
# (Townsend, "Differentiating the singular value decomposition", 2016).
define_outputs(
    thin_svd,
    (_svd_u_jvp, _svd_u_vjp),
    (
        _svd_s_jvp,
        lambda g, _s, usv, _a: (usv[0] * g[..., None, :]) @ usv[2],
    ),
    (
        lambda t, vh, usv, a: _svd_u_jvp(t.mT, vh.mT, (vh.mT, usv[1], usv[0].mT), a).mT,
        lambda g, vh, usv, a: _svd_u_vjp(g.mT, vh.mT, (vh.mT, usv[1], usv[0].mT), a).mT,
    ),
)


def _right_solve(x: Array, r: Array) -> Array:
    """``X R⁻¹``."""
    return np.linalg.solve(r.mT, x.mT).mT


def _qr_turn(t: Array, q: Array, r: Array) -> tuple[Array, Array]:
    """``C = Qᵀ dA R⁻¹`` and the rotation ``Ω = Qᵀ dQ``, which is skew with C's lower triangle."""
    c = q.mT @ _right_solve(t, r)
    return c, _skew(np.tril(c, -1))


def _qr_q_jvp(t: Array, q: Array, qr: Any, _a: Array) -> Array:
    c, omega = _qr_turn(t, q, qr[1])
    return _right_solve(t, qr[1]) - q @ (c - omega)


def _qr_r_jvp(t: Array, r: Array, qr: Any, _a: Array) -> Array:
    c, omega = _qr_turn(t, qr[0], r)
    return (c - omega) @ r


def _qr_q_vjp(g: Array, q: Array, qr: Any, _a: Array) -> Array:
    return _right_solve(g - q @ _symmetric(g.mT @ q, "L"), qr[1].mT)


def _qr_r_vjp(g: Array, r: Array, qr: Any, _a: Array) -> Array:
    return _right_solve(qr[0] @ _symmetric(r @ g.mT, "L"), r.mT)


def tall_qr(a: Array) -> Any:
    """Return the reduced factors ``Q, R`` of a matrix with no more columns than rows."""
    if a.shape[-2] < a.shape[-1]:
        raise NotImplementedError(
            "np.linalg.qr has a derivative for matrices with no more columns than rows; got shape "
            f"{a.shape}; factor the leading square block instead"
        )
    return np.linalg.qr(a)


# Walter & Lehmann, "Algorithmic differentiation of linear algebra functions", 2010.
define_outputs(tall_qr, (_qr_q_jvp, _qr_q_vjp), (_qr_r_jvp, _qr_r_vjp))


@rewrites(np.linalg.cholesky)
def _cholesky(a: Array, /, *, upper: bool = False) -> Array:
    rule = RULES[np.linalg.cholesky]
    return rule(a.mT).mT if upper else rule(a)


@rewrites(np.linalg.svd)
def _svd(
    a: Array, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False
) -> Any:
    refuse_hermitian("np.linalg.svd", hermitian)
    if compute_uv and full_matrices and a.shape[-1] != a.shape[-2]:
        raise NotImplementedError(
            f"np.linalg.svd of shape {a.shape} has no derivative with full_matrices=True: the "
            "surplus singular vectors are arbitrary; pass full_matrices=False"
        )
    u, s, vh = RULES[thin_svd](a)
    return np.linalg.svd(np.eye(1))._replace(U=u, S=s, Vh=vh) if compute_uv else s


@rewrites(np.linalg.svdvals)
def _svdvals(x: Array, /) -> Array:
    return RULES[thin_svd](x)[1]


@rewrites(np.linalg.qr)
def _qr(a: Array, mode: str = "reduced") -> Any:
    if mode not in ("reduced", "r"):
        raise NotImplementedError(f"np.linalg.qr has no derivative in mode {mode!r}; use 'reduced'")
    factors = RULES[tall_qr](a)
    return factors if mode == "reduced" else factors.R
