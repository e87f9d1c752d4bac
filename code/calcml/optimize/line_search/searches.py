"""The two searches on a function of many variables, along a direction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from calcml.diff import value_and_grad
from calcml.optimize.line_search.conditions import LineSearch, armijo, wolfe
from calcml.typing import FloatArray

__all__ = ["backtracking", "strong_wolfe"]


def backtracking(
    f: Callable[[FloatArray], Any],
    x: ArrayLike,
    p: ArrayLike,
    *,
    grad: Callable[[FloatArray], ArrayLike] | None = None,
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
    f: Callable[[FloatArray], Any],
    x: ArrayLike,
    p: ArrayLike,
    *,
    grad: Callable[[FloatArray], ArrayLike] | None = None,
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
        f: Callable[[FloatArray], Any],
        x: ArrayLike,
        p: ArrayLike,
        grad: Callable[[FloatArray], ArrayLike] | None,
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
        value = self.f(x)
        if np.ndim(value) != 0:
            raise TypeError(f"f must return a scalar, got an array of shape {np.shape(value)}")
        return value

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
