"""What every rule needs: checked limits and counts, and the integrand on many points."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from calcml.typing import RealArray
from calcml.validation import real_number

Integrand = Callable[[Any], Any]


def interval(a: float, b: float) -> tuple[float, float]:
    """Return (a, b - a) or raise for limits that are not finite."""
    low, high = real_number("a", a), real_number("b", b)
    if np.isnan(low) or np.isnan(high):
        raise ValueError(f"limits must be numbers, got a={a}, b={b}")
    if np.isinf(low) or np.isinf(high):
        raise ValueError(
            f"limits must be finite, got a={a}, b={b}; substitute x = t/(1 - t**2) (or x = a +"
            " t/(1 - t)) to map to a finite interval, or use scipy.integrate.quad"
        )
    width = high - low
    if np.isinf(width):
        raise ValueError(f"b - a overflows for a={a}, b={b}; integrate over a shorter interval")
    return low, width


def finite(value: float | np.floating[Any]) -> float:
    """Return the value of an integral, or raise if it overflowed."""
    if not np.isfinite(value):
        raise ValueError("the integral overflows; scale f down")
    return float(value)


def values(f: Integrand, x: RealArray) -> RealArray:
    """Evaluate ``f`` at all points in one call if it takes arrays, else point by point."""
    with np.errstate(all="ignore"):  # what overflows or is undefined is reported below
        try:
            y = np.asarray(f(x))
        except (TypeError, ValueError):
            y = np.empty(0)
        if y.shape != x.shape:
            y = np.asarray([f(float(t)) for t in x])
    if y.shape != x.shape:
        raise ValueError(f"f must return one number a point, got shape {y.shape[1:]} at one point")
    if y.dtype.kind not in "fiub":
        raise ValueError(f"f must return real numbers, got {y.dtype}; integrate its parts apart")
    bad = ~np.isfinite(y)
    if np.any(bad):
        raise ValueError(
            f"f is not finite: f({x[bad][0]:.17g}) = {y[bad][0]}; integrate a transformed function"
            " without the singularity, or keep the point out by splitting the interval"
        )
    return y.astype(float)
