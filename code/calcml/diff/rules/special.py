"""Rules of ``scipy.special``, read when a program that uses SciPy calls one of its functions.

The derivatives are those of the NIST *Digital Library of Mathematical Functions*, https://dlmf.nist.gov.
"""

from __future__ import annotations

from collections.abc import Callable
from math import pi, sqrt

import numpy as np
from scipy import special as sp

from calcml.diff.core import Rule, unwrap
from calcml.diff.rules.registry import KINKS, RULES, elementwise
from calcml.diff.rules.scalar import LN2, LN10, cast
from calcml.diff.rules.slopes import exponential_moment
from calcml.typing import Array

ROOT_2, ROOT_PI, ROOT_2PI = sqrt(2), sqrt(pi), sqrt(2 * pi)


def _bell(x: Array) -> Array:
    with np.errstate(over="ignore"):  # of x², whose exponential is then rightly 0
        return np.exp(-x * x)


#: ``exp(-x²)``.
bell = elementwise(_bell, lambda t, y, x: t * (-2 * (x * y)))


def _tail_ratio(n: Array, v: Array) -> Array:
    """``Gₙ₊₁ / Gₙ = (n + 1)/(v + (n + 2)/(v + …))``: the next from the one after (DLMF, 7.9.1)."""
    ratio = np.sqrt(n + 120.0).astype(v.dtype)
    for k in range(120, 0, -1):
        ratio = (n + k) / (v + ratio)
    return ratio


def _tail_moment(n: Array, v: Array) -> Array:
    far = np.maximum(v, FAR)
    moment = last = ROOT_PI / ROOT_2 * sp.erfcx(v / ROOT_2)
    for k in range(int(np.max(n))):
        near = (k * last if k else 1) - np.minimum(v, FAR) * moment
        after = np.where(v > FAR, moment * _tail_ratio(np.asarray(k), far), near)
        last, moment = moment, np.where(k < n, after, moment)
    return moment.astype(v.dtype)


FAR = 2.0  # where the recurrence of the moments loses digits, and their fraction converges
#: ``Gₙ = ∫₀^∞ sⁿ exp(-s²/2 - vs) ds`` for an integer ``n``; its derivative in ``v`` is ``-Gₙ₊₁``.
tail_moment: Rule = elementwise(_tail_moment, None, lambda t, _y, n, v: -t * tail_moment(n + 1, v))


def _hazard_excess(x: Array) -> Array:
    far = _tail_ratio(np.asarray(0), np.maximum(-x, FAR))
    return np.where(x < -FAR, far, x + _hazard(np.maximum(x, -FAR))).astype(x.dtype)


def _hazard(x: Array) -> Array:
    left, middle, right = np.minimum(x, -FAR), np.clip(x, -FAR, 0), np.maximum(x, 0)
    far = _tail_ratio(np.asarray(0), -left) - left
    near = ROOT_2 / ROOT_PI / sp.erfcx(-middle / ROOT_2)
    positive = bell(right / ROOT_2) / ROOT_2PI / sp.ndtr(right)
    return np.where(x < -FAR, far, np.where(x < 0, near, positive)).astype(x.dtype)


#: ``φ(x) / Φ(x)``, the derivative of ``log Φ``; nearly ``-x`` far to the left.
hazard: Rule = elementwise(_hazard, lambda t, h, x: t * (-h * hazard_excess(x)))
#: ``x + φ(x) / Φ(x)``, which cancels far to the left.
hazard_excess: Rule = elementwise(_hazard_excess, lambda t, e, x: t * (1 - hazard(x) * e))


def _inverse_density(y: Array, p: Array) -> Array:
    tail = np.minimum(p, 1 - p)
    return (ROOT_PI / ROOT_2 * sp.erfcx(np.abs(y) / ROOT_2) / tail).astype(y.dtype)


#: ``1 / φ(y)`` where ``p = Φ(y)``; by ``p``, since ``y²`` would carry the rounding of ``y``.
inverse_density = elementwise(_inverse_density, lambda t, d, y, _p: t * (y * d))


def _inverse_bell(y: Array, x: Array) -> Array:
    return (sp.erfcx(np.abs(y)) / np.minimum(x, 2 - x)).astype(y.dtype)


#: ``exp(y²)`` where ``x = erfc y``.
inverse_bell = elementwise(_inverse_bell, lambda t, d, y, _x: t * (2 * y * d))

# The error function and the normal distribution.
elementwise(sp.erf, lambda t, _y, x: t * (2 / ROOT_PI * bell(x)))
elementwise(sp.erfc, lambda t, _y, x: t * (-2 / ROOT_PI * bell(x)))
elementwise(sp.erfcx, lambda t, _y, x: t * (-2 / ROOT_PI * tail_moment(1, ROOT_2 * x)))
elementwise(sp.erfinv, lambda t, y, _x: t * (ROOT_PI / 2 * np.exp(y * y)))
elementwise(sp.erfcinv, lambda t, y, x: t * (-ROOT_PI / 2 * inverse_bell(y, unwrap(x))))
elementwise(sp.ndtr, lambda t, _y, x: t * (bell(x / ROOT_2) / ROOT_2PI))
elementwise(sp.log_ndtr, lambda t, _y, x: t * hazard(x))
elementwise(sp.ndtri, lambda t, y, p: t * inverse_density(y, unwrap(p)))


def _dawsn_slope(x: Array) -> Array:
    """By the asymptotic series ``-Σ (2k - 1)!! / (2x²)ᵏ`` far out (DLMF, 7.12)."""
    far = np.abs(x) > 6.5
    u = 1 / np.where(far, x, 6.5) / np.where(far, x, 6.5) / 2
    series: Array = 0.0
    for k in range(30, 0, -1):
        series = (2 * k - 1) * u * (1 + series)
    return np.where(far, -series, 1 - 2 * np.where(far, 0, x) * sp.dawsn(x)).astype(x.dtype)


#: The slope ``1 - 2x F(x)`` of Dawson's integral ``F``.
dawsn_slope: Rule = elementwise(_dawsn_slope, lambda t, s, x: t * (-2 * (sp.dawsn(x) + x * s)))
elementwise(sp.dawsn, lambda t, _y, x: t * dawsn_slope(x))

# The logistic function.
logistic_density = elementwise(
    lambda x: sp.expit(x) * sp.expit(-x), lambda t, y, x: t * (-y * np.tanh(x / 2))
)
elementwise(sp.expit, lambda t, _y, x: t * logistic_density(x))
elementwise(sp.logit, lambda t, _y, x: t / x + t / (1 - x))
elementwise(sp.log_expit, lambda t, _y, x: t * sp.expit(-x))

# Powers and logarithms with their limits at zero.
elementwise(sp.expm1, lambda t, _y, x: t * np.exp(x))
elementwise(sp.exp10, lambda t, y, _x: t * (y * LN10))
elementwise(sp.exp2, lambda t, y, _x: t * (y * LN2))
elementwise(sp.exprel, lambda t, _y, x: t * exponential_moment(1, x))
elementwise(sp.cbrt, lambda t, y, _x: t / (3 * y * y))
elementwise(sp.log1p, lambda t, _y, x: t / (1 + x))
elementwise(
    sp.xlogy,
    lambda t, _y, x, z: t * np.log(np.where((x == 0) & (z == 0), 1, z)),
    lambda t, _y, x, z: t * (x / np.where(x == 0, 1, z)),
)
elementwise(
    sp.xlog1py,
    lambda t, _y, x, z: t * np.log1p(np.where((x == 0) & (z == -1), 0, z)),
    lambda t, _y, x, z: t * (x / np.where(x == 0, 1, 1 + z)),
)
KINKS[sp.xlogy] = lambda x, z: [np.where((unwrap(x) == 0) & (unwrap(z) == 0), x, 1)]
KINKS[sp.xlog1py] = lambda x, z: [np.where((unwrap(x) == 0) & (unwrap(z) == -1), x, 1)]
elementwise(sp.entr, lambda t, _y, x: t * (-1 - np.log(x)))
elementwise(
    sp.rel_entr,
    lambda t, _y, x, z: t * (1 + 2 * np.log(np.sqrt(x) / np.sqrt(z))),  # x / z could overflow
    lambda t, _y, x, z: -t * (x / z),
)
elementwise(
    sp.boxcox,
    lambda t, _y, x, p: t * x ** (p - 1),
    lambda t, _y, x, p: t * (np.log(x) ** 2 * exponential_moment(1, p * np.log(x))),
)
elementwise(
    sp.boxcox1p,
    lambda t, _y, x, p: t * np.exp((p - 1) * np.log1p(x)),
    lambda t, _y, x, p: t * (np.log1p(x) ** 2 * exponential_moment(1, p * np.log1p(x))),
)

# Losses.
elementwise(
    sp.huber,
    lambda t, _y, delta, r: t * np.maximum(np.abs(r) - delta, 0),
    lambda t, _y, delta, r: t * np.clip(r, -delta, delta),
)

# The gamma function and its derivatives.

polygamma: Rule = elementwise(sp.polygamma, None, lambda t, _y, n, x: t * polygamma(n + 1, x))


def _trigamma(x: Array) -> Array:
    """By reflection to the left of 0, where SciPy has none (DLMF, 5.15.6)."""
    left = unwrap(x) < 0
    right = polygamma(1, np.where(left, 1 - x, x))
    if not np.any(left):
        return right
    sine = np.sin(pi * np.where(left, x - np.round(x), 0.5))
    return np.where(left, (pi / sine) ** 2 - right, right)


elementwise(sp.gamma, lambda t, y, x: t * (y * sp.psi(x)))
elementwise(sp.gammaln, lambda t, _y, x: t * sp.psi(x))
elementwise(sp.loggamma, lambda t, _y, x: t * sp.psi(x))
elementwise(sp.psi, lambda t, _y, x: t * _trigamma(x))
elementwise(
    sp.beta,
    lambda t, y, a, b: t * (y * (sp.psi(a) - sp.psi(a + b))),
    lambda t, y, a, b: t * (y * (sp.psi(b) - sp.psi(a + b))),
)
elementwise(
    sp.betaln,
    lambda t, _y, a, b: t * (sp.psi(a) - sp.psi(a + b)),
    lambda t, _y, a, b: t * (sp.psi(b) - sp.psi(a + b)),
)

# Their distributions; in the parameters there is no closed form.
elementwise(
    sp.gammainc, None, lambda t, _y, a, x: t * np.exp(sp.xlogy(a - 1, x) - x - sp.gammaln(a))
)
elementwise(
    sp.gammaincc, None, lambda t, _y, a, x: -t * np.exp(sp.xlogy(a - 1, x) - x - sp.gammaln(a))
)
elementwise(
    sp.betainc,
    None,
    None,
    lambda t, _y, a, b, x: t * np.exp(sp.xlogy(a - 1, x) + sp.xlog1py(b - 1, -x) - sp.betaln(a, b)),
)

# Bessel functions.


def _at_most_double(x: Array) -> Array:
    """``x`` in a type that SciPy computes in."""
    return RULES[cast](x, np.float64) if x.dtype.itemsize > 8 else x


def _order_1(bessel: Callable[..., Array], x: Array) -> Array:
    """``J₁`` or ``I₁``; near 0 by the first term, since SciPy's lose digits towards underflow."""
    near = np.abs(unwrap(x)) < 1e-8
    return np.where(near, x / 2, bessel(np.where(near, 1, x)))


def _order_2(bessel: Callable[..., Array], x: Array) -> Array:
    """``J₂`` or ``I₂``, likewise: SciPy's are 0 or no numbers where ``x²`` underflows."""
    near = np.abs(unwrap(x)) < 1e-8
    return np.where(near, x * x / 8, bessel(2, np.where(near, 1, np.abs(x))))


elementwise(sp.j0, lambda t, _y, x: -t * _order_1(sp.j1, x))
elementwise(sp.j1, lambda t, _y, x: t * ((sp.j0(x) - _order_2(sp.jv, x)) / 2))
elementwise(sp.i0, lambda t, _y, x: t * sp.i1(x))
elementwise(np.i0, lambda t, _y, x: t * sp.i1(_at_most_double(x)))
elementwise(sp.i0e, lambda t, y, x: t * (sp.i1e(x) - np.sign(x) * y))
elementwise(sp.i1e, lambda t, y, x: t * ((sp.i0e(x) + _order_2(sp.ive, x)) / 2 - np.sign(x) * y))
elementwise(
    sp.ive,
    None,
    lambda t, y, v, x: t * ((sp.ive(v - 1, x) + sp.ive(v + 1, x)) / 2 - np.sign(x) * y),
)
elementwise(sp.k0, lambda t, _y, x: -t * sp.k1(x))
elementwise(sp.k1, lambda t, y, x: -t * (sp.k0(x) + y / x))
elementwise(sp.i1, lambda t, _y, x: t * ((sp.i0(x) + _order_2(sp.iv, x)) / 2))
elementwise(sp.jv, None, lambda t, _y, v, x: t * ((sp.jv(v - 1, x) - sp.jv(v + 1, x)) / 2))
elementwise(sp.iv, None, lambda t, _y, v, x: t * ((sp.iv(v - 1, x) + sp.iv(v + 1, x)) / 2))
