"""The two searches on a function of one variable, phi(t) = f(x + t p)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from calcml.validation import count, real_number

__all__ = ["NOISE", "LineSearch", "armijo", "wolfe"]

NOISE = 1e-10  # differences of f that are smaller, relatively, are left to the slope


@dataclass(frozen=True)
class LineSearch:
    """What a line search found.

    Attributes
    ----------
    step : float
        The step t; 0 if no trial had sufficient decrease.
    fun : float
        Function value there.
    nfev : int
        Number of evaluations of f; of phi if that is what was given.
    success : bool
        Whether the step satisfies the conditions asked for.
    message : str
        What happened, in words.
    """

    step: float
    fun: float
    nfev: int
    success: bool
    message: str


class _Trial(NamedTuple):
    t: float
    value: float
    slope: float


def armijo(
    phi: Callable[[float], float],
    dphi: Callable[[float], float],
    value: float,
    slope: float,
    *,
    step: float = 1.0,
    c1: float = 1e-4,
    shrink: float = 0.5,
    maxiter: int = 60,
) -> LineSearch:
    """`backtracking` on a function of one variable with phi(0) = value and dphi(0) = slope.

    ``dphi(t)`` is asked for only where values differ by rounding error.

    Examples
    --------
    >>> armijo(lambda t: (1 - t) ** 2, lambda t: 2 * (t - 1), 1.0, -2.0, step=4.0).step
    1.0
    """
    _check(value, slope, step, c1, maxiter)
    if not 0 < shrink < 1:
        raise ValueError(f"shrink must lie in (0, 1), got {shrink}")
    t = float(step)
    for k in range(1, maxiter + 1):
        trial = phi(t)
        if abs(trial - value) <= NOISE * abs(value):
            sufficient = dphi(t) <= (2 * c1 - 1) * slope
        else:
            sufficient = trial <= value + c1 * t * slope
        if sufficient:
            return LineSearch(t, trial, k, True, "sufficient decrease")
        t *= shrink
    return LineSearch(0.0, value, maxiter, False, f"no decrease down to a step of {t / shrink:.2e}")


def wolfe(
    phi: Callable[[float], tuple[float, float]],
    value: float,
    slope: float,
    *,
    step: float = 1.0,
    c1: float = 1e-4,
    c2: float = 0.9,
    maxiter: int = 40,
) -> LineSearch:
    """`strong_wolfe` on a function of one variable: ``phi(t) -> (value, slope)``.

    Examples
    --------
    >>> wolfe(lambda t: ((t - 3) ** 2, 2 * (t - 3)), 9.0, -6.0, c2=0.1).step
    3.0
    """
    _check(value, slope, step, c1, maxiter)
    if not c1 < c2 < 1:
        raise ValueError(f"c2 must lie in (c1, 1) = ({c1}, 1), got {c2}")
    noise = NOISE * abs(value)
    # `best` has sufficient decrease and the lowest value so far, and its slope points to `other`,
    # the far end of an interval that holds good steps (None until one is bracketed).
    best, other = _Trial(0.0, value, slope), None
    widths = [np.inf, np.inf]  # of that interval, before the last trials
    t = float(step)
    for k in range(1, maxiter + 1):
        trial = _Trial(t, *phi(t))
        if trial.value == -np.inf:
            return LineSearch(t, trial.value, k, False, "f is unbounded below along p")
        too_high = trial.value > value + c1 * t * slope + noise
        if not np.isfinite(trial.slope) or not trial.value <= best.value + noise or too_high:
            other = trial
        elif abs(trial.slope) <= -c2 * slope:
            return LineSearch(t, trial.value, k, True, "strong Wolfe conditions hold")
        else:
            if other is None:
                turned = trial.slope >= 0
                other = best if turned else None
            elif trial.slope * (other.t - best.t) >= 0:
                other = best
            best = trial
        if other is None:
            t = _extrapolate(best, slope)
            continue
        width = abs(other.t - best.t)
        if width <= 1e-14 * max(best.t, other.t):
            break
        halve = width > 0.66 * widths[-2]  # interpolation has not paid twice in a row
        t = 0.5 * (best.t + other.t) if halve else _interpolate(best, other)
        widths.append(width)
    step = best.t if best.value < value else 0.0
    return LineSearch(step, best.value, k, False, "no step meets the strong Wolfe conditions")


def _extrapolate(best: _Trial, slope: float) -> float:
    """Where the slope would vanish if it went on changing as it did, between 2 and 10 times t."""
    change = (best.slope - slope) / best.t
    guess = best.t - best.slope / change if change > 0 else np.inf
    return float(min(max(guess, 2 * best.t), 10 * best.t))


def _interpolate(a: _Trial, b: _Trial) -> float:
    """The next trial: where the cubic through both is lowest; near a if b is not finite."""
    width = b.t - a.t
    if not (np.isfinite(b.value) and np.isfinite(b.slope)):
        return a.t + 0.1 * width
    with np.errstate(all="ignore"):
        return a.t + _cubic_minimizer(a, b, width) * width


def _cubic_minimizer(a: _Trial, b: _Trial, width: float) -> float:
    """Where between a and b the cubic is lowest, as a fraction; 1/2 if it is not in between."""
    theta = 3 * (a.value - b.value) / width + a.slope + b.slope
    scale = max(abs(theta), abs(a.slope), abs(b.slope))
    radicand = (theta / scale) ** 2 - (a.slope / scale) * (b.slope / scale)
    gamma = float(np.copysign(scale * np.sqrt(max(radicand, 0.0)), width))
    ratio = np.divide(gamma - a.slope + theta, 2 * gamma - a.slope + b.slope)
    return float(ratio) if 0 < ratio < 1 else 0.5


def _check(value: float, slope: float, step: float, c1: float, maxiter: int) -> None:
    if not (np.isfinite(value) and np.isfinite(slope)):
        raise ValueError(f"f and its gradient must be finite at x, got f = {value}, slope {slope}")
    if slope >= 0:
        raise ValueError(
            f"p must be a descent direction, but the slope of f along it is {slope:.3g}; "
            "check the sign of p and of grad"
        )
    if not 0 < real_number("step", step) < np.inf:
        raise ValueError(f"step must be positive and finite, got {step}")
    if not 0 < real_number("c1", c1) < 1:
        raise ValueError(f"c1 must lie in (0, 1), got {c1}")
    count("maxiter", maxiter, 1)
