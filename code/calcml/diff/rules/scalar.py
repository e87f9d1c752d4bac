"""Rules of functions that act entry by entry.

Each line holds one function ``y = f(x)`` and its derivative applied to ``t``. The Jacobian of an
entrywise function is diagonal, hence its own transpose: the one line serves forward mode, where
``t`` is a tangent, and reverse mode, where it is a cotangent.

An underscore marks what a derivative does not use. It shows what reverse mode must remember:
``exp`` its value, ``sin`` its argument, ``+`` nothing.
"""

from __future__ import annotations

from math import log, pi
from typing import Any

import numpy as np

from calcml.diff.core import Tracer, corner, unwrap
from calcml.diff.rules.registry import RULES, define_outputs, elementwise, multilinear, rewrites
from calcml.diff.rules.slopes import cosine, one_minus_square, sinc_slope, through_tanh
from calcml.typing import Array

LN2, LN10 = log(2.0), log(10.0)  # Python floats: a NumPy one would turn float32 into float64


def _turns(y: Array, a: Array, b: Array) -> Array:
    """How often ``b`` was taken from ``a`` to leave ``y``; ``a / b`` may round to one more."""
    return np.rint((unwrap(a) - unwrap(y)) / unwrap(b))


# Arithmetic.
elementwise(np.add, lambda t, _y, _a, _b: t, lambda t, _y, _a, _b: t)
elementwise(np.subtract, lambda t, _y, _a, _b: t, lambda t, _y, _a, _b: -t)
elementwise(np.multiply, lambda t, _y, _a, b: t * b, lambda t, _y, a, _b: t * a)
elementwise(np.divide, lambda t, _y, _a, b: t / b, lambda t, y, _a, b: -t * y / b)
elementwise(np.remainder, lambda t, _y, _a, _b: t, lambda t, _y, a, b: -t * np.floor_divide(a, b))
elementwise(np.fmod, lambda t, _y, _a, _b: t, lambda t, y, a, b: -t * _turns(y, a, b))
_remainder = {0: lambda t, _y, _qr, _a, _b: t, 1: lambda t, _y, qr, _a, _b: -t * qr[0]}
define_outputs(np.divmod, None, (_remainder, _remainder), elementwise=True)
_fraction = {0: lambda t, _y, _parts, _x: t}
define_outputs(np.modf, (_fraction, _fraction), None, elementwise=True)
_mantissa = {0: lambda t, _y, parts, _x: np.ldexp(t, -parts[1])}
define_outputs(np.frexp, (_mantissa, _mantissa), None, elementwise=True)
elementwise(np.negative, lambda t, _y, _x: -t)
elementwise(np.positive, lambda t, _y, _x: t)
elementwise(np.reciprocal, lambda t, y, _x: -t * y * y)
elementwise(np.square, lambda t, _y, x: t * (2 * x))
elementwise(np.sqrt, lambda t, y, _x: t / (2 * y))
elementwise(np.cbrt, lambda t, y, _x: t / (3 * y * y))


def _power_in_base(t: Array, _y: Array, x: Array, p: Array) -> Array:
    """``p x^(p-1) t``, which is 0 and not 0·∞ where ``p = 0``, also at ``x = 0``."""
    if isinstance(p, float | int):  # a known exponent, the usual case, needs no np.where
        return t * 0.0 if p == 0 else t * (2 * x) if p == 2 else t * (p * x ** (p - 1))
    return t * (p * x ** np.where((p == 0) & (x == 0), 1, p - 1))


def _power_in_exponent(t: Array, y: Array, x: Array, _p: Array) -> Array:
    """``xᵖ log(x) t``, which is 0 and not 0·∞ where ``x = 0``."""
    if isinstance(x, float | int) and x > 0:  # a Python float leaves the type of t as it is
        return t * (y * log(x))
    return t * (y * np.log(np.where(x == 0, 1, x)))


elementwise(np.power, _power_in_base, _power_in_exponent)
elementwise(np.float_power, _power_in_base, _power_in_exponent)

# Exponentials and logarithms.
elementwise(np.exp, lambda t, y, _x: t * y)
elementwise(np.exp2, lambda t, y, _x: t * (y * LN2))
elementwise(np.expm1, lambda t, _y, x: t * np.exp(x))
elementwise(np.log, lambda t, _y, x: t / x)
elementwise(np.log2, lambda t, _y, x: t / LN2 / x)
elementwise(np.log10, lambda t, _y, x: t / LN10 / x)
elementwise(np.log1p, lambda t, _y, x: t / (1 + x))


def _share(a: Array, b: Array, logaddexp: np.ufunc, exp: np.ufunc) -> Array:
    """``eᵃ / (eᵃ + eᵇ)``; 0 where both are -∞, ½ where both are +∞."""
    tie = np.isinf(unwrap(a)) & (unwrap(a) == unwrap(b))
    if not np.any(tie):
        return exp(-logaddexp(0, b - a))
    gap = np.where(tie, 0, b) - np.where(tie, 0, a)
    return np.where(tie & np.isneginf(unwrap(a)), 0, exp(-logaddexp(0, gap)))


for _log_sum, _exp in ((np.logaddexp, np.exp), (np.logaddexp2, np.exp2)):
    elementwise(
        _log_sum,
        lambda t, _y, a, b, f=_log_sum, exp=_exp: t * _share(a, b, f, exp),
        lambda t, _y, a, b, f=_log_sum, exp=_exp: t * _share(b, a, f, exp),
    )

# Circular and hyperbolic functions.
elementwise(np.sin, lambda t, _y, x: t * np.cos(x))
elementwise(np.cos, lambda t, _y, x: -t * np.sin(x))
elementwise(np.tan, lambda t, y, _x: t * (1 + y * y))
elementwise(np.arcsin, lambda t, _y, x: t / np.sqrt(one_minus_square(x)))
elementwise(np.arccos, lambda t, _y, x: -t / np.sqrt(one_minus_square(x)))
elementwise(np.arctan, lambda t, _y, x: t / np.hypot(1, x) / np.hypot(1, x))
elementwise(np.sinh, lambda t, _y, x: t * np.cosh(x))
elementwise(np.cosh, lambda t, _y, x: t * np.sinh(x))
elementwise(np.tanh, through_tanh)
elementwise(np.arcsinh, lambda t, _y, x: t / np.hypot(1, x))
elementwise(np.arccosh, lambda t, _y, x: t / np.sqrt(x - 1) / np.sqrt(x + 1))
elementwise(np.arctanh, lambda t, _y, x: t / one_minus_square(x))
elementwise(  # of halves, since the length itself may overflow
    np.arctan2,
    lambda t, _y, a, b: t * (b / np.hypot(a / 2, b / 2) / 4 / np.hypot(a / 2, b / 2)),
    lambda t, _y, a, b: -t * (a / np.hypot(a / 2, b / 2) / 4 / np.hypot(a / 2, b / 2)),
)
elementwise(
    np.hypot,
    lambda t, _y, a, b: t * cosine(a, b),
    lambda t, _y, a, b: t * cosine(b, a),
)
elementwise(np.deg2rad, lambda t, _y, _x: t * (pi / 180))
elementwise(np.radians, lambda t, _y, _x: t * (pi / 180))
elementwise(np.rad2deg, lambda t, _y, _x: t * (180 / pi))
elementwise(np.degrees, lambda t, _y, _x: t * (180 / pi))


elementwise(np.sinc, lambda t, _y, x: t * sinc_slope(x))

# Kinks. At a tie of two arguments each takes half; |x| and relu have slope 0 at 0.
elementwise(np.absolute, lambda t, _y, x: t * np.sign(x))
elementwise(np.fabs, lambda t, _y, x: t * np.sign(x))
elementwise(
    np.copysign,
    lambda t, y, x, _s: t * np.where(np.signbit(x) == np.signbit(y), 1, -1).astype(y.dtype),
)


def wins(a: Array, y: Array) -> Array:
    """Whether the argument ``a`` of a maximum or minimum is its value ``y``."""
    return np.asarray(unwrap(a) == unwrap(y))


def _won(t: Array, a: Array, b: Array, y: Array) -> Array:
    """``t`` where ``a`` is the extreme ``y``, half of it where ``b`` is so, too, else 0."""
    won = np.where(wins(a, y), t, 0)
    tie = wins(a, b)
    return np.where(tie, won / 2, won) if tie.any() else won


for _extreme in (np.maximum, np.minimum, np.fmax, np.fmin):
    elementwise(
        _extreme,
        lambda t, y, a, b: _won(t, a, b, y),
        lambda t, y, a, b: _won(t, b, a, y),
    )


def positive_part(x: Array) -> Array:
    """Return ``max(x, 0)``; with slope 0 at 0, unlike ``np.maximum`` of two variables."""
    return np.maximum(x, 0)


relu = elementwise(positive_part, lambda t, _y, x: np.where(x > 0, t, 0))
relu.name = "np.maximum(x, 0)"
elementwise(
    np.where,
    None,
    lambda t, _y, condition, _a, _b: np.where(condition, t, 0),
    lambda t, _y, condition, _a, _b: np.where(condition, 0, t),
)
elementwise(
    np.nan_to_num,
    lambda t, _y, x, copy=True, nan=0.0, posinf=None, neginf=None: np.where(np.isfinite(x), t, 0),
)
elementwise(np.ldexp, lambda t, _y, _x, n: np.ldexp(t, n))

# Real numbers are all that is differentiated here; on them these do nothing.
elementwise(np.conjugate, lambda t, _y, _x: t)
elementwise(np.real, lambda t, _y, _x: t)


@rewrites(np.nan_to_num)
def _nan_to_num(
    x: Array, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None
) -> Array:
    if not copy:
        raise TypeError("in-place np.nan_to_num(x, copy=False) cannot be traced; leave copy= away")
    return RULES[np.nan_to_num](x, nan=nan, posinf=posinf, neginf=neginf)


@rewrites(np.imag)
def _imag(val: Array) -> Array:
    if val.dtype.kind == "c":
        raise TypeError("np.imag of a traced complex array cannot be traced; keep to real arrays")
    return np.zeros(val.shape, val.dtype)


@rewrites(np.real_if_close)
def _real_if_close(a: Array, tol: float = 100) -> Array:
    return a


@rewrites(np.copysign)
def _copysign(x1: Array, x2: Array) -> Array:
    return RULES[np.copysign](x1, unwrap(x2))


def _jumps(steps: Array, discont: Any, period: float) -> list[Array]:
    """How far steps are from those at which ``np.unwrap`` takes another turn."""
    half = period / 2
    turns = steps / period
    limit = half if discont is None else max(discont, half)
    return [steps - limit, steps + limit, turns - (np.floor(unwrap(turns)) + 0.5)]


@rewrites(np.unwrap)
def _unwrap(p: Array, discont: Any = None, axis: int = -1, *, period: float = 2 * pi) -> Array:
    plain = unwrap(p)
    corner("np.unwrap", lambda x: _jumps(np.diff(x, axis=axis), discont, period), p)
    return p + (np.unwrap(plain, discont, axis, period=period) - plain)


def cast(x: Array, dtype: np.dtype) -> Array:
    """Return ``x`` with entries of the type ``dtype``."""
    y: Array = np.asarray(x).astype(dtype)
    return y if y.ndim else y[()]


multilinear(cast, lambda g, _y, _x, dtype: RULES[cast](g, _x.dtype))


@rewrites(np.maximum)
def _maximum(a: Array, b: Array) -> Array:
    x = _beside_zero(a, b)
    return RULES[np.maximum](a, b) if x is None else relu(x)


@rewrites(np.minimum)
def _minimum(a: Array, b: Array) -> Array:
    x = _beside_zero(a, b)
    return RULES[np.minimum](a, b) if x is None else -relu(-x)


def _beside_zero(a: Array, b: Array) -> Array | None:
    """Return the one of two arguments that stands beside a plain zero, or zeros; broadcast."""
    for x, zero in ((a, b), (b, a)):
        if type(zero) in (float, int):
            return None if zero else x
        if not isinstance(zero, Tracer) and not np.any(zero):
            return x + zero
    return None


@rewrites(np.where)
def _where(condition: Any, *choices: Array) -> Any:
    return RULES[np.where](unwrap(condition), *choices) if choices else np.nonzero(condition)


@rewrites(np.clip)
def _clip(
    a: Array, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None
) -> Array:
    low, high = a_min if min is None else min, a_max if max is None else max
    for bound in (low, high):
        if bound is not None:
            corner("np.clip", lambda a, b: [a - b], a, bound)
    a = a if low is None else np.where(np.less_equal(a, low), low, a)
    return a if high is None else np.where(np.greater_equal(a, high), high, a)


def safe_sqrt(x: Array) -> Array:
    """``√x``, with derivative 0 at 0: there it is the root of a sum of squares at its minimum."""
    corner("the root of a sum of squares", lambda x: [x], x)
    positive = unwrap(x) > 0
    return np.where(positive, np.sqrt(np.where(positive, x, 1)), x * 0)
