r"""How far to go along a descent direction: Armijo backtracking and the strong Wolfe conditions.

Along a direction p from x, the search sees a function of one variable,

.. math:: \varphi(t) = f(x + t p), \qquad \varphi'(t) = \nabla f(x + t p)^\top p,

and wants a step t > 0 with the *Armijo condition* (sufficient decrease)

.. math:: \varphi(t) \le \varphi(0) + c_1 t\, \varphi'(0),

and, for the *strong Wolfe conditions*, also with a slope that has flattened out,
:math:`|\varphi'(t)| \le c_2 |\varphi'(0)|`.

Near a minimum the differences of function values drown in their rounding errors long before the
slopes do. Where :math:`|\varphi(t) - \varphi(0)| \le 10^{-10} |\varphi(0)|`, sufficient decrease is
therefore judged by the slope, :math:`\varphi'(t) \le (2 c_1 - 1)\, \varphi'(0)`, which for a
quadratic is the same (Hager and Zhang 2005, the *approximate Wolfe conditions*).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calcml.diff import value_and_grad

__all__ = ["LineSearch", "armijo", "backtracking", "strong_wolfe", "wolfe"]

Array = NDArray[np.float64]
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


def backtracking(
    f: Callable[[Array], Any],
    x: ArrayLike,
    p: ArrayLike,
    *,
    grad: Callable[[Array], ArrayLike] | None = None,
    step: float = 1.0,
    c1: float = 1e-4,
    shrink: float = 0.5,
    maxiter: int = 60,
) -> LineSearch:
    r"""Shrink the step from ``step`` until the Armijo condition holds.

    Tries t = step, shrink·step, shrink²·step, … and returns the first with
    :math:`f(x + tp) \le f(x) + c_1 t \nabla f(x)^\top p`, or the same by the slope within rounding
    error. A trial where f is not finite counts as too long.

    Parameters
    ----------
    f : callable
        Scalar function of an array.
    x, p : array_like of one shape
        Where, and in which direction; p must point downhill.
    grad : callable, optional
        Gradient of f; by default from `calcml.diff`.
    step : float
        First step tried, positive.
    c1 : float
        Fraction of the predicted decrease asked for, in (0, 1).
    shrink : float
        Factor between trials, in (0, 1).
    maxiter : int
        Largest number of trials.

    Returns
    -------
    LineSearch

    Raises
    ------
    ValueError
        If shapes differ, f(x) or its gradient is not finite, p is not a descent direction, or a
        parameter lies outside its range.

    Notes
    -----
    Cost: one gradient, and one value a trial. Source: Armijo (1966); Nocedal and Wright (2006),
    algorithm 3.1.

    Examples
    --------
    The first step that does not overshoot x² from x = 1 too far is 1/2:

    >>> backtracking(lambda x: x @ x, np.array([1.0]), np.array([-2.0])).step
    0.5
    """
    line = _Line(f, x, p, grad)

    found = armijo(
        line.value_at,
        line.slope_at,
        line.value,
        line.slope,
        step=step,
        c1=c1,
        shrink=shrink,
        maxiter=maxiter,
    )
    return line.report(found)


def strong_wolfe(
    f: Callable[[Array], Any],
    x: ArrayLike,
    p: ArrayLike,
    *,
    grad: Callable[[Array], ArrayLike] | None = None,
    step: float = 1.0,
    c1: float = 1e-4,
    c2: float = 0.9,
    maxiter: int = 40,
) -> LineSearch:
    r"""Find a step that satisfies the strong Wolfe conditions.

    .. math::

       f(x + tp) \le f(x) + c_1 t \nabla f(x)^\top p, \qquad
       |\nabla f(x + tp)^\top p| \le c_2 |\nabla f(x)^\top p|.

    The step grows until an interval that contains such steps is bracketed, which is then narrowed
    by cubic interpolation. For smooth f that is bounded below along p such steps exist if
    :math:`0 < c_1 < c_2 < 1`.

    Parameters
    ----------
    f, x, p, grad, step, c1, maxiter
        As in `backtracking`.
    c2 : float
        How flat is flat enough, in (c1, 1): 0.9 for quasi-Newton methods, 0.1 for an almost exact
        search.

    Returns
    -------
    LineSearch
        If the conditions cannot be met, ``success`` is False and ``step`` the best trial with
        sufficient decrease, 0 if there was none.

    Raises
    ------
    ValueError
        As `backtracking`.

    Notes
    -----
    Cost: one value and gradient a trial. Source: Nocedal and Wright (2006), algorithms 3.5 and 3.6.

    Examples
    --------
    >>> found = strong_wolfe(lambda x: x @ x, np.array([1.0]), np.array([-1.0]), c2=0.1)
    >>> found.step, found.fun, found.nfev
    (1.0, 0.0, 2)
    """
    line = _Line(f, x, p, grad)
    found = wolfe(line.both_at, line.value, line.slope, step=step, c1=c1, c2=c2, maxiter=maxiter)
    return line.report(found)


class _Line:
    """The restriction of f to the line x + t p."""

    def __init__(
        self,
        f: Callable[[Array], Any],
        x: ArrayLike,
        p: ArrayLike,
        grad: Callable[[Array], ArrayLike] | None,
    ) -> None:
        self.x, self.p = np.asarray(x, dtype=np.float64), np.asarray(p, dtype=np.float64)
        if self.x.shape != self.p.shape:
            raise ValueError(
                f"p must have the shape of x, got p of shape {self.p.shape} and x of shape "
                f"{self.x.shape}"
            )
        self.f, self.nfev = f, 0
        self.grad = grad
        self.value, self.slope = self.both_at(0.0)

    def counted(self, x: Any) -> Any:
        self.nfev += 1
        return self.f(x)

    def value_at(self, t: float) -> float:
        with np.errstate(all="ignore"):
            return float(self.counted(self.x + t * self.p))

    def slope_at(self, t: float) -> float:
        return self.both_at(t)[1]

    def both_at(self, t: float) -> tuple[float, float]:
        x = self.x + t * self.p
        with np.errstate(all="ignore"):
            if self.grad is None:
                value, gradient = value_and_grad(self.counted)(x)
            else:
                value, gradient = self.counted(x), self.grad(x)
            return float(value), float(np.sum(np.asarray(gradient) * self.p))

    def report(self, found: LineSearch) -> LineSearch:
        return replace(found, nfev=self.nfev)


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
    t = step
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
    t = step
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
    if not 0 < step < np.inf:
        raise ValueError(f"step must be positive and finite, got {step}")
    if not 0 < c1 < 1:
        raise ValueError(f"c1 must lie in (0, 1), got {c1}")
    if maxiter < 1:
        raise ValueError(f"maxiter must be at least 1, got {maxiter}")
