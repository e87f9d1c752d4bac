"""The true slopes of entrywise functions, told in mpmath, and where to compare them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.special as sp
from mpmath import mp, mpf

from calcml.diff.rules import slopes, special
from calcml.diff.rules.scalar import positive_part

INF = float("inf")
ROOT_PI = lambda: mp.sqrt(mp.pi)  # noqa: E731  # to the precision at hand


@dataclass(frozen=True)
class Sweep:
    """The true slope of a function, and where to compare."""

    slope: Callable[[Any], Any]
    low: float = -INF
    high: float = INF
    near: tuple[float, ...] = ()
    digits: int = 60
    sized: bool = True  # whether the slope is nearly constant near 0: many digits show its change
    tiny: bool = True  # whether the smallest numbers are among the arguments
    #: How many units in the last place the error may have, for each 1 + condition number.
    units: float = 8.0
    second: float = 32.0
    #: The largest term of the slope, where it is a sum that may cancel: errors count beside it.
    terms: Callable[[Any], Any] | None = None
    reason: str = ""


def _log_ndtr_slope(x):
    if x < -1e10:  # the asymptotic series of the inverse Mills ratio
        return -x - 1 / x + 2 / x**3 - 10 / x**5 + 74 / x**7
    return mp.npdf(x) / (mp.erfc(-x / mp.sqrt(2)) / 2)


def _erfcx_slope(x):
    if x > 1e10:
        u = 1 / (2 * x * x)
        return -2 / ROOT_PI() * (u - 3 * u**2 + 15 * u**3 - 105 * u**4)
    return 2 * x * mp.exp(x * x) * mp.erfc(x) - 2 / ROOT_PI()


def _normal_quantile_density(p):
    """``1/φ(Φ⁻¹(p))`` by Newton's method on ``log Φ``, which is nearly quadratic."""
    q, sign = (p, -1) if p < 0.5 else (1 - p, 1)
    y = mpf(float(sp.ndtri_exp(float(mp.log(q)))))
    for _ in range(7):
        tail = mp.erfc(-y / mp.sqrt(2)) / 2
        y -= (mp.log(tail) - mp.log(q)) * tail / mp.npdf(y)
    return 1 / mp.npdf(sign * y)


def _erfc_quantile(x):
    q = x if x < 1 else 2 - x
    return mp.sqrt(mp.pi) / 2 * _normal_quantile_density(q / 2) / mp.sqrt(2 * mp.pi)


CANCEL = "SciPy has no function for a difference of two of its values that cancels"
#: A range narrower than the domain has one of these reasons. Up to 1e30, 1e15, 1e8 and 1e6 the
#: function turns or bends as it does beyond, where mpmath would need ever more digits and time. At
#: 700 Bessel's I overflows and K is all but 0; at 1e-37 the second derivative of erfcinv overflows
#: in single precision. Left of −170 the gamma function, of −100 its logarithm's derivative, has
#: nothing but poles and numbers that underflow between them.
UNARY: dict[Callable[..., Any], Sweep] = {
    np.negative: Sweep(lambda x: mpf(-1)),
    np.positive: Sweep(lambda x: mpf(1)),
    np.reciprocal: Sweep(lambda x: -1 / x**2),
    np.square: Sweep(lambda x: 2 * x),
    np.sqrt: Sweep(lambda x: 1 / (2 * mp.sqrt(x)), 0),
    np.cbrt: Sweep(lambda x: 1 / (3 * mp.cbrt(abs(x)) ** 2)),
    np.exp: Sweep(mp.exp),
    np.exp2: Sweep(lambda x: mp.log(2) * mp.exp(x * mp.log(2))),
    np.expm1: Sweep(mp.exp),
    np.log: Sweep(lambda x: 1 / x, 0),
    np.log2: Sweep(lambda x: 1 / (x * mp.log(2)), 0),
    np.log10: Sweep(lambda x: 1 / (x * mp.log(10)), 0),
    np.log1p: Sweep(lambda x: 1 / (1 + x), -1),
    np.sin: Sweep(mp.cos, -1e30, 1e30, (np.pi / 2,), 150),
    np.cos: Sweep(lambda x: -mp.sin(x), -1e30, 1e30, (np.pi,), 150),
    np.tan: Sweep(lambda x: 1 / mp.cos(x) ** 2, -1e30, 1e30, (np.pi / 2, np.pi), 150),
    np.arcsin: Sweep(lambda x: 1 / mp.sqrt((1 - x) * (1 + x)), -1, 1),
    np.arccos: Sweep(lambda x: -1 / mp.sqrt((1 - x) * (1 + x)), -1, 1),
    np.arctan: Sweep(lambda x: 1 / (1 + x * x)),
    np.sinh: Sweep(mp.cosh),
    np.cosh: Sweep(mp.sinh),
    np.tanh: Sweep(lambda x: mp.sech(x) ** 2),
    np.arcsinh: Sweep(lambda x: 1 / mp.sqrt(1 + x * x)),
    np.arccosh: Sweep(lambda x: 1 / mp.sqrt((x - 1) * (x + 1)), 1),
    np.arctanh: Sweep(lambda x: 1 / ((1 - x) * (1 + x)), -1, 1),
    np.deg2rad: Sweep(lambda x: mp.pi / 180),
    np.radians: Sweep(lambda x: mp.pi / 180),
    np.rad2deg: Sweep(lambda x: 180 / mp.pi),
    np.degrees: Sweep(lambda x: 180 / mp.pi),
    np.sinc: Sweep(
        lambda x: (mp.cospi(x) - mp.sincpi(x)) / x, -1e15, 1e15, (0.5, 1, 0.1, 30, 1000), 150
    ),
    np.absolute: Sweep(mp.sign),
    np.fabs: Sweep(mp.sign),
    positive_part: Sweep(lambda x: mpf(x > 0)),
    np.conjugate: Sweep(lambda x: mpf(1)),
    np.real: Sweep(lambda x: mpf(1)),
    np.nan_to_num: Sweep(lambda x: mpf(1)),
    np.i0: Sweep(lambda x: mp.besseli(1, x), -700, 700),
    sp.erf: Sweep(lambda x: 2 / ROOT_PI() * mp.exp(-x * x)),
    sp.erfc: Sweep(lambda x: -2 / ROOT_PI() * mp.exp(-x * x)),
    sp.erfcx: Sweep(_erfcx_slope, near=(1.5, 3), digits=100),
    sp.erfinv: Sweep(lambda x: _erfc_quantile(1 - abs(x)), -1, 1, digits=60),
    sp.erfcinv: Sweep(lambda x: -_erfc_quantile(x), 1e-37, 2, (1,), sized=False),
    sp.ndtr: Sweep(mp.npdf),
    sp.log_ndtr: Sweep(_log_ndtr_slope, near=(-2.1, 1)),
    sp.ndtri: Sweep(_normal_quantile_density, 0, 1, (0.5,), sized=False),
    sp.dawsn: Sweep(
        lambda x: 1 - x * ROOT_PI() * mp.exp(-x * x) * mp.erfi(x),
        -1e30,
        1e30,
        (6.5, 0.924),
        150,
        units=32,
        second=INF,
        terms=lambda x: mpf(1) if abs(x) < 6.5 else mpf(0),
        reason=CANCEL,
    ),
    sp.expit: Sweep(lambda x: 1 / (4 * mp.cosh(x / 2) ** 2)),
    sp.logit: Sweep(lambda x: 1 / (x * (1 - x)), 0, 1, (0.5,)),
    sp.log_expit: Sweep(lambda x: 1 / (1 + mp.exp(x)), digits=350),
    sp.expm1: Sweep(mp.exp),
    sp.exp10: Sweep(lambda x: mp.log(10) * mp.exp(x * mp.log(10))),
    sp.exp2: Sweep(lambda x: mp.log(2) * mp.exp(x * mp.log(2))),
    sp.cbrt: Sweep(lambda x: 1 / (3 * mp.cbrt(abs(x)) ** 2)),
    sp.log1p: Sweep(lambda x: 1 / (1 + x), -1),
    sp.exprel: Sweep(lambda x: (x * mp.exp(x) - mp.exp(x) + 1) / x**2, near=(1, -1, 712)),
    sp.entr: Sweep(lambda x: -1 - mp.log(x), 0, near=(np.exp(-1),)),
    sp.gamma: Sweep(lambda x: mp.gamma(x) * mp.psi(0, x), -170, near=(1.4616, -1, -2), sized=False),
    sp.gammaln: Sweep(lambda x: mp.psi(0, x), 0, INF, near=(1.4616,), sized=False),
    sp.loggamma: Sweep(lambda x: mp.psi(0, x), 0, INF, near=(1.4616,), sized=False),
    sp.psi: Sweep(lambda x: mp.psi(1, x), -100, INF, near=(1, -0.5), sized=False),
    sp.j0: Sweep(lambda x: -mp.besselj(1, x), -1e8, 1e8),
    sp.j1: Sweep(lambda x: (mp.besselj(0, x) - mp.besselj(2, x)) / 2, -1e8, 1e8),
    sp.i0: Sweep(lambda x: mp.besseli(1, x), -700, 700),
    sp.i1: Sweep(lambda x: (mp.besseli(0, x) + mp.besseli(2, x)) / 2, -700, 700),
    sp.i0e: Sweep(
        lambda x: mp.exp(-abs(x)) * (mp.besseli(1, x) - mp.sign(x) * mp.besseli(0, x)),
        -1e6,
        1e6,
        second=INF,
        terms=lambda x: mp.exp(-abs(x)) * mp.besseli(0, x),
        reason=CANCEL,
    ),
    sp.i1e: Sweep(
        lambda x: (
            mp.exp(-abs(x))
            * ((mp.besseli(0, x) + mp.besseli(2, x)) / 2 - mp.sign(x) * mp.besseli(1, x))
        ),
        -1e6,
        1e6,
        second=INF,
        terms=lambda x: mp.exp(-abs(x)) * mp.besseli(0, x),
        reason=CANCEL,
    ),
    # SciPy's k1 itself is no number at the smallest subnormal, where it overflows.
    sp.k0: Sweep(lambda x: -mp.besselk(1, x), 0, 700, tiny=False),
    sp.k1: Sweep(lambda x: -mp.besselk(0, x) - mp.besselk(1, x) / x, 0, 700, tiny=False),
}


@dataclass(frozen=True)
class Pair:
    """The true slopes of a function of two arguments, ``None`` where it has none."""

    slopes: tuple[Callable[[Any, Any], Any] | None, Callable[[Any, Any], Any] | None]
    #: Which pairs are in the domain.
    within: Callable[[Any, Any], Any] = lambda a, b: True
    units: float = 8.0
    #: For each argument the largest term of a slope that is a sum which may cancel.
    terms: Callable[[Any, Any], Any] | None = None
    reason: str = ""


def _both_positive(a, b):
    return (a > 0) & (b > 0)


def _known_length(a, b):
    return np.hypot(a, b) >= np.finfo(np.result_type(a)).tiny


def _known_direction(a, b):
    with np.errstate(all="ignore"):
        smaller = np.minimum(np.abs(a), np.abs(b)) / np.hypot(a / 2, b / 2)
    return _known_length(a, b) & (smaller >= 8 * np.finfo(a.dtype).tiny)


def _share(base):
    return lambda a, b: 1 / (1 + mp.exp((b - a) * mp.log(base)))


def _swapped(slope):
    return lambda a, b: slope(b, a)


def _few_turns(a, b):
    return np.abs(a) < np.abs(b) * 2.0**20


def _truncated(x):
    return mp.sign(x) * mp.floor(abs(x))


def _boxcox1p_in_power(x, p):
    with mp.workdps(mp.dps + 700):
        return _boxcox_in_power(1 + x, p)


def _boxcox_in_power(x, p):
    with mp.workdps(mp.dps + 700):
        u = p * mp.log(x)
        return mp.log(x) ** 2 * (u * mp.exp(u) - mp.exp(u) + 1) / u**2 if u else mp.log(x) ** 2 / 2


def _digammas(a, b):
    return mp.psi(0, a) - mp.psi(0, a + b)


def _power_is_normal(x, p):
    with np.errstate(all="ignore"):
        y = np.power(x, p)
        factor = np.power(x, p - 1)
    tiny = np.finfo(y.dtype).tiny
    return (x >= tiny) & (y >= tiny) & np.isfinite(y) & np.isfinite(factor)


def _slope_of_power(x, p):
    return (1 + abs(mp.log(x)) / 8) * x ** (p - 1) * max(1, abs(p))


ROUNDED_POWER = (
    "p - 1 is rounded, which the power magnifies by log x; x**(p - 1) may overflow alone"
)
SUBNORMAL = (
    "where the value is a subnormal number it has few digits, and the slope has them from it"
)
PAIRS: dict[Callable[..., Any], Pair] = {
    np.add: Pair((lambda a, b: mpf(1), lambda a, b: mpf(1))),
    np.subtract: Pair((lambda a, b: mpf(1), lambda a, b: mpf(-1))),
    np.multiply: Pair((lambda a, b: b, lambda a, b: a)),
    np.divide: Pair(
        (lambda a, b: 1 / b, lambda a, b: -a / b**2),
        lambda a, b: np.abs(a) >= np.finfo(a.dtype).tiny * np.abs(b),
        reason=SUBNORMAL,
    ),
    np.arctan2: Pair(
        (lambda a, b: b / (a * a + b * b), lambda a, b: -a / (a * a + b * b)),
        _known_direction,
        reason=f"{SUBNORMAL}; so it is with the sine and cosine of the direction",
    ),
    np.hypot: Pair(
        (lambda a, b: a / mp.hypot(a, b), lambda a, b: b / mp.hypot(a, b)),
        _known_length,
        reason=SUBNORMAL,
    ),
    np.logaddexp: Pair((_share(mp.e), _swapped(_share(mp.e)))),
    np.logaddexp2: Pair((_share(2), _swapped(_share(2)))),
    **dict.fromkeys(
        [np.power, np.float_power],
        Pair(
            (lambda x, p: p * x ** (p - 1), lambda x, p: x**p * mp.log(x)),
            _power_is_normal,
            terms=_slope_of_power,
            reason=f"{SUBNORMAL}; {ROUNDED_POWER}",
        ),
    ),
    np.remainder: Pair((lambda a, b: mpf(1), lambda a, b: -mp.floor(a / b)), _few_turns),
    np.fmod: Pair((lambda a, b: mpf(1), lambda a, b: -_truncated(a / b)), _few_turns),
    sp.xlogy: Pair((lambda x, z: mp.log(z), lambda x, z: x / z), _both_positive),
    sp.xlog1py: Pair((lambda x, z: mp.log1p(z), lambda x, z: x / (1 + z)), _both_positive),
    sp.rel_entr: Pair((lambda x, z: 1 + mp.log(x / z), lambda x, z: -x / z), _both_positive, 16),
    sp.boxcox: Pair(
        (lambda x, p: x ** (p - 1), _boxcox_in_power),
        _power_is_normal,
        terms=_slope_of_power,
        reason=ROUNDED_POWER,
    ),
    sp.boxcox1p: Pair(
        (lambda x, p: (1 + x) ** (p - 1), _boxcox1p_in_power),
        lambda x, p: _power_is_normal(1 + x, p) & (x > 0),
        terms=lambda x, p: _slope_of_power(1 + x, p),
        reason=ROUNDED_POWER,
    ),
    sp.huber: Pair(
        (
            lambda d, r: max(abs(r) - d, mpf(0)),
            lambda d, r: r if abs(r) <= d else d * mp.sign(r),
        ),
        lambda d, r: d > 0,
    ),
    sp.betaln: Pair(
        (_digammas, _swapped(_digammas)),
        lambda a, b: np.minimum(a, b) >= np.finfo(a.dtype).tiny * 8,
        terms=lambda a, b: 1 + abs(mp.psi(0, a)) + abs(mp.psi(0, b)) + abs(mp.psi(0, a + b)),
        reason=CANCEL,
    ),
}


#: Rules that multiply by 0, ½, 1 or a power of two, or that others are told by.
EXACT = {
    *(np.maximum, np.minimum, np.fmax, np.fmin, np.where, np.copysign, np.ldexp),
}
#: Slopes that are swept in the functions whose they are, and functions with further parameters.
ELSEWHERE = {
    *(slopes.squared_sech.function, slopes.one_minus_square.function, slopes.cosine.function),
    *(slopes.sinc.function, slopes.sinc_slope.function, slopes.exponential_moment.function),
    *(special.bell.function, special.hazard.function, special.hazard_excess.function),
    *(special.tail_moment.function, special.inverse_density.function),
    *(special.inverse_bell.function, special.logistic_density.function),
    *(special.dawsn_slope.function, sp.polygamma, sp.jv, sp.iv, sp.ive),
    *(sp.gammainc, sp.gammaincc, sp.betainc, sp.beta),
}
