"""Cases of linear algebra and of the functions of SciPy."""

from __future__ import annotations

import numpy as np
import scipy.special as sp
from rule_cases import BROADCASTS, PLAIN_SHAPES, calls, inside, positive, real, regular, spd

from calcml.diff.core import unwrap
from calcml.diff.rules import slopes, special
from calcml.diff.rules.decomposition import tall_qr, thin_svd
from calcml.diff.rules.linalg import pinv
from calcml.diff.rules.registry import RULES

calls(
    np.linalg.solve,
    (np.linalg.solve, regular(3, 3), real(3)),
    (np.linalg.solve, regular(2, 2), real(2, 3)),
    (np.linalg.solve, regular(2, 2, 2), real(2, 1)),
    (np.linalg.solve, regular(2, 2, 2), real(2)),
    (np.linalg.solve, regular(2, 2), real(3, 2, 1)),
)
calls(np.linalg.inv, (np.linalg.inv, regular(3, 3)), (np.linalg.inv, regular(2, 2, 2)))
calls(np.linalg.det, (np.linalg.det, real(3, 3)), (np.linalg.det, real(2, 2, 2)))
calls(np.linalg.det, (np.linalg.det, np.array([[1.0, 2.0, 0.5], [2.0, 4.0, 1.0], [0.3, 1.0, 2.0]])))
calls(np.linalg.slogdet, (lambda x: np.linalg.slogdet(x)[1], real(3, 3)))
calls(np.linalg.slogdet, (lambda x: np.linalg.slogdet(x).logabsdet, real(2, 3, 3)))
calls(
    np.linalg.cholesky,
    (np.linalg.cholesky, spd(3, 3)),
    (lambda x: np.linalg.cholesky(x @ x.mT + np.eye(2)), real(2, 2, 2)),
    (lambda x: np.linalg.cholesky(x, upper=True), spd(3, 3)),
)


def _fixed_signs(v):
    """Eigenvectors with a positive first entry, so that they are functions of the matrix."""
    return v * np.sign(v[..., :1, :])


calls(
    np.linalg.eigh,
    (lambda a: np.linalg.eigh(a)[0], spd(3, 3)),
    (lambda a: _fixed_signs(np.linalg.eigh(a).eigenvectors), spd(3, 3)),
    (lambda a: np.linalg.eigh(a, UPLO="U")[0], spd(2, 2, 2)),
    (lambda a: _fixed_signs(np.linalg.eigh(a, "U")[1]), spd(2, 2, 2)),
    (lambda a: np.linalg.eigh(a=a, UPLO="L")[0], spd(2, 2)),
)
calls(
    np.linalg.eigvalsh,
    (np.linalg.eigvalsh, spd(3, 3)),
    (lambda a: np.linalg.eigvalsh(a, "U"), spd(3, 3)),
)
for _shape in [(3, 2), (2, 3), (2, 2), (2, 3, 2)]:
    calls(thin_svd, (lambda a: np.linalg.svd(a, full_matrices=False)[1], real(*_shape)))
    calls(
        thin_svd,
        (lambda a: _fixed_signs(np.linalg.svd(a, full_matrices=False)[0]), real(*_shape)),
        (lambda a: _fixed_signs(np.linalg.svd(a, full_matrices=False)[2].mT), real(*_shape)),
    )
calls(
    np.linalg.svd,
    (lambda a: (lambda u, s, v: u @ (s[:, None] ** 2 * v))(*np.linalg.svd(a)), real(2, 2)),
)
calls(np.linalg.svdvals, (np.linalg.svdvals, real(3, 2)))
calls(
    tall_qr, (lambda a: np.linalg.qr(a).Q, real(3, 2)), (lambda a: np.linalg.qr(a)[1], real(2, 2))
)
calls(
    tall_qr,
    (lambda a: np.linalg.qr(a).Q, real(2, 3, 2)),
    (lambda a: np.linalg.qr(a).R, real(2, 3, 2)),
)
calls(np.linalg.qr, (lambda a: np.linalg.qr(a, mode="r"), real(3, 2)))
calls(
    pinv,
    (np.linalg.pinv, real(3, 2)),
    (np.linalg.pinv, real(2, 3)),
    (np.linalg.pinv, real(2, 2, 3)),
)
calls(np.linalg.pinv, (np.linalg.pinv, regular(2, 2)))
calls(np.linalg.lstsq, (lambda a, b: np.linalg.lstsq(a, b)[0], real(3, 2), real(3)))
calls(np.linalg.lstsq, (lambda a, b: np.linalg.lstsq(a, b)[1], real(4, 2), real(4, 2, seed=1)))
calls(
    np.linalg.matrix_power,
    *((lambda a, n=n: np.linalg.matrix_power(a, n), regular(2, 2)) for n in (-2, 0, 1, 3, 5)),
)
calls(
    np.linalg.multi_dot,
    (lambda a, b, c: np.linalg.multi_dot([a, b, c]), real(2, 3), real(3, 2), real(2)),
)
calls(np.linalg.cond, (np.linalg.cond, real(3, 2)), (lambda a: np.linalg.cond(a, 1), regular(2, 2)))
calls(np.linalg.cond, (lambda a: np.linalg.cond(a, -2), regular(2, 2)))
for _ord in (None, 2, 1, np.inf, -np.inf, 3, 0.5, -1, 0):
    calls(np.linalg.norm, (lambda x, o=_ord: np.linalg.norm(x, o), real(4)))
    calls(
        np.linalg.norm, (lambda x, o=_ord: np.linalg.norm(x, o, axis=0, keepdims=True), real(2, 3))
    )
for _ord in (None, "fro", "nuc", 2, -2, 1, -1, np.inf, -np.inf):
    calls(np.linalg.norm, (lambda x, o=_ord: np.linalg.norm(x, o), real(2, 3)))
    calls(np.linalg.norm, (lambda x, o=_ord: np.linalg.norm(x, o, axis=(0, 2)), real(2, 2, 3)))
calls(np.linalg.norm, (np.linalg.norm, real(2, 2, 2)))
calls(np.linalg.vector_norm, (lambda x: np.linalg.vector_norm(x, ord=3), real(2, 2)))
calls(
    np.linalg.vector_norm, (lambda x: np.linalg.vector_norm(x, axis=-1, keepdims=True), real(2, 2))
)
calls(
    np.linalg.matrix_norm,
    (np.linalg.matrix_norm, real(2, 2, 3)),
    (lambda x: np.linalg.matrix_norm(x, ord=1), real(2, 3)),
)

_real = (sp.erf, sp.erfc, sp.erfcx, sp.expit, sp.log_expit, sp.ndtr, sp.log_ndtr, sp.expm1)
_real = (*_real, sp.exp2, sp.exp10, sp.exprel, sp.dawsn, sp.i0e, sp.i1e, np.i0)
_positive = (sp.gamma, sp.gammaln, sp.loggamma, sp.psi, sp.log1p, sp.entr, sp.cbrt, sp.k0, sp.k1)
_unit = (sp.logit, sp.ndtri, sp.erfcinv)
for _f in (*_real, sp.j0, sp.j1, sp.i0, sp.i1, *_positive, *_unit, sp.erfinv):
    for _shape in PLAIN_SHAPES:
        _x = (
            positive(*_shape) / 2.2
            if _f in _unit
            else positive(*_shape)
            if _f in _positive
            else real(*_shape)
        )
        calls(_f, (_f, inside(*_shape) if _f is sp.erfinv else _x))
for _f in (sp.xlogy, sp.xlog1py, sp.rel_entr, sp.betaln, sp.beta):
    calls(_f, *((_f, positive(*a, seed=1), positive(*b, seed=2)) for a, b in BROADCASTS))
calls(sp.jv, (lambda x: sp.jv(2.5, x), positive(3)))
calls(sp.polygamma, (lambda x: RULES[sp.polygamma](2, x), positive(3)))
calls(sp.iv, (lambda x: sp.iv(np.array([[0.0], [1.5]]), x), positive(3)))
calls(sp.ive, (lambda x: sp.ive(np.array([[0.0], [1.5]]), x), positive(3)))
calls(sp.exprel, (sp.exprel, 5 * real(4)))
calls(sp.psi, (sp.psi, real(5)))
calls(sp.log_ndtr, (sp.log_ndtr, 4 * real(5)))
for _f in (sp.boxcox, sp.boxcox1p):
    calls(_f, *((_f, positive(*a, seed=1), real(*b, seed=2)) for a, b in BROADCASTS))
calls(sp.huber, (sp.huber, positive(2, 1), real(5)))
for _f in (sp.gammainc, sp.gammaincc):
    calls(_f, (lambda x, f=_f: f(np.array([[1.0], [2.5]]), x), positive(3)))
calls(sp.betainc, (lambda x: sp.betainc(np.array([[1.0], [2.5]]), 1.5, x), positive(3) / 2.2))

# Slopes with rules of their own.
calls(
    slopes.squared_sech.function,
    (lambda x: slopes.squared_sech(np.tanh(x), unwrap(x)), 3 * real(5)),
)
calls(slopes.one_minus_square.function, (slopes.one_minus_square, real(3)))
calls(slopes.cosine.function, (slopes.cosine, real(3), real(2, 1, seed=1)))
calls(slopes.sinc.function, (slopes.sinc, 2 * real(6)))
calls(slopes.sinc_slope.function, (slopes.sinc_slope, 2 * real(6)))
for _n in (0, 1, 3):
    calls(
        slopes.exponential_moment.function,
        (lambda x, n=_n: slopes.exponential_moment(np.array(n), x), 3 * real(5)),
    )
    calls(
        special.tail_moment.function,
        (lambda x, n=_n: special.tail_moment(np.array(n), x), 2 * real(5)),
    )
for _rule in (special.bell, special.hazard, special.hazard_excess, special.logistic_density):
    calls(_rule.function, (_rule, 2 * real(5)))
calls(
    special.inverse_density.function,
    (lambda p: special.inverse_density(sp.ndtri(p), unwrap(p)), positive(3) / 2.2),
)
calls(
    special.inverse_bell.function,
    (lambda x: special.inverse_bell(sp.erfcinv(x), unwrap(x)), positive(3) / 1.1),
)
calls(special.dawsn_slope.function, (special.dawsn_slope, 4 * real(5)))
