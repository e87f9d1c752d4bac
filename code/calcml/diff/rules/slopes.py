"""Slopes that a rule cannot say in one line without losing digits.

Each is a function with a rule of its own, so that second derivatives are as good as first ones.
Where a slope is told by a function's value ``y``, in whose rounding it would vanish, it takes the
plain argument, too, and is differentiated in ``y`` alone: one of the two says everything.
"""

from __future__ import annotations

from math import pi

import numpy as np

from calcml.diff.core import Rule, unwrap
from calcml.diff.rules.registry import elementwise
from calcml.typing import Array

FLAT = 1 / 64  # below this, ``1 - y²`` has lost more digits than the argument's rounding costs


def _squared_sech(y: Array, x: Array) -> Array:
    if y.ndim == 0:
        s = 1 - y * y
        return s if s > FLAT else _sech(x) ** 2
    s = np.multiply(y, y, order="C")
    np.subtract(1, s, out=s)
    entries = s.ravel()  # a view, by the order
    places = (entries < FLAT).nonzero()[0]
    if places.size:
        entries[places] = _sech(x.ravel()[places]) ** 2
    return s


def _sech(x: Array) -> Array:
    e = np.exp(-np.abs(x))
    return 2 * e / (1 + e * e)


#: ``1 - y²`` where ``y = tanh x``; by exponentials where ``y`` is nearly ±1.
squared_sech = elementwise(_squared_sech, lambda t, _s, y, _x: t * (-2 * y))


def through_tanh(t: Array, y: Array, x: Array) -> Array:
    """Return ``t (1 - y²)`` where ``y = tanh x``."""
    if type(t) is type(y) is np.ndarray and t.dtype == y.dtype and t.shape == y.shape:
        slope = _squared_sech(y, unwrap(x))  # nothing is traced: one array is enough
        slope *= t
        return slope
    return t * squared_sech(y, unwrap(x))


#: ``1 - x²``, whose factors and whose slope lose no digit.
one_minus_square = elementwise(lambda x: (1 - x) * (1 + x), lambda t, _y, x: t * (-2 * x))


def length(a: Array, b: Array) -> Array:
    """Return ``√(a² + b²)``, and 1 for the vector 0."""
    r = np.hypot(a, b)
    return np.where(r == 0, 1, r).astype(r.dtype)


def _cosine(a: Array, b: Array) -> Array:
    return a / length(a, b)


#: The cosine ``a / √(a² + b²)`` of the direction of the vector ``(a, b)``; 0 for the vector 0.
cosine: Rule = elementwise(
    _cosine,
    lambda t, _c, a, b: t * (cosine(b, a) * (cosine(b, a) / length(a, b))),
    lambda t, c, a, b: -t * (c * (cosine(b, a) / length(a, b))),
)


def _sinc(x: Array) -> Array:
    """``sin(πx) / πx``, to the last digits near its zeros too, where NumPy's has none."""
    n = np.round(x)
    z = np.where(x == 0, 1, x)
    found: Array = np.where(x == 0, 1, (1 - 2 * (n % 2)) * np.sin(pi * (x - n)) / (pi * z))
    return found.astype(x.dtype)


def _sinc_slope(x: Array) -> Array:
    near = np.abs(x) < 0.5
    u = (pi * np.where(near, x, 0)) ** 2
    series: Array = 1.0
    for k in range(11, 0, -1):
        series = 1 - u / (2 * k * (2 * k + 3)) * series
    z = np.where(near, 1, x)
    far = (np.cos(pi * (z - 2 * np.round(z / 2))) - _sinc(z)) / z
    return np.where(near, -(pi**2) / 3 * x * series, far).astype(x.dtype)


def _sinc_curvature(slope: Array, x: Array) -> Array:
    """``-π² sinc x - 2 slope / x``, from ``(x sinc x)'' = -π² x sinc x``."""
    near = np.abs(unwrap(x)) < 1e-8
    return -(pi**2) * sinc(x) - 2 * np.where(near, -(pi**2) / 3, slope / np.where(near, 1, x))


#: ``(cos πx - sinc x) / x``; by its Taylor series near 0, where that cancels.
sinc_slope: Rule = elementwise(_sinc_slope, lambda t, s, x: t * _sinc_curvature(s, x))
sinc: Rule = elementwise(_sinc, lambda t, _y, x: t * sinc_slope(x))


def _exponential_moment(n: Array, x: Array) -> Array:
    near = np.abs(x) < 1
    u = np.where(near, x, 0)
    series: Array = 1 / (18 + n + 1)
    for k in range(17, -1, -1):
        series = 1 / (k + n + 1) + u / (k + 1) * series
    # By eᶻ/z - n/z times the one before; the last factor could overflow alone.
    z = np.minimum(np.where(near, 1, x), 1.9 * np.log(np.finfo(x.dtype).max)).astype(x.dtype)
    scale = np.exp(np.maximum(z, 0) / 2)
    power = np.exp(np.where(z > 0, z / 2, z))
    moment = power / z - 1 / (z * scale)
    for k in range(1, int(np.max(n)) + 1):
        moment = np.where(k <= n, power / z - k * (moment / z), moment)
    moment = moment * scale
    return np.where(near, series, moment).astype(x.dtype)


#: ``∫₀¹ sⁿ exp(xs) ds`` for an integer ``n``; its derivative in ``x`` is the next.
exponential_moment: Rule = elementwise(
    _exponential_moment, None, lambda t, _y, n, x: t * exponential_moment(n + 1, x)
)
