r"""Minimizers of smooth functions, one interface for all.

``gradient_descent``, ``heavy_ball``, ``nesterov``, ``newton``, ``bfgs``, ``lbfgs`` and
``newton_cg`` minimize a scalar function ``f``; ``gauss_newton`` and ``levenberg_marquardt``
minimize half the sum of squares of a vector function. All return a `Result`. ``backtracking`` and
``strong_wolfe`` find how far to go along one direction (:mod:`calcml.optimize.line_search`), and
``classify_critical_point`` names where a run has ended.

Common parameters
-----------------
f : callable
    ``f(x) -> scalar``, for an array x shaped like ``x0``, which it must not change (the array is
    read-only). Written in plain NumPy it needs no derivatives from you.
x0 : array_like
    Starting point: a number or an array of any shape. Integers and float32 are converted to
    float64; what is empty, complex or not finite is refused.
gtol : float
    Stop when no entry of the gradient exceeds ``gtol`` in size, or ``gtol`` times the largest entry
    on the way where that is below 1: a function measured in small units is not minimized at once.
    ``success`` says that this holds, or that no step lowers ``f`` any more and no entry exceeds
    ``gtol``.
maxiter : int
    Largest number of iterations.
callback : callable, optional
    ``callback(x)`` is called after each iteration; if it returns True, the run stops there. No
    other value stops it, a number or an array that counts as true included.
grad : callable, optional
    ``grad(x)`` of the shape of ``x0``; by default computed by `calcml.diff`.
keep_path : bool
    Whether ``Result.path`` holds all iterates or the last alone.

A TypeError is raised if ``f`` does not return one real number or ``x0`` is not real; a ValueError
if a parameter is out of range, a derivative has the wrong size, or ``f`` is not finite at ``x0``.
Everything that happens later is reported in the `Result`: it never claims more than it has tested.
"""

from calcml.optimize.critical_point import classify_critical_point
from calcml.optimize.first_order import gradient_descent, heavy_ball, nesterov
from calcml.optimize.least_squares import gauss_newton, levenberg_marquardt
from calcml.optimize.line_search import backtracking, strong_wolfe
from calcml.optimize.quasi_newton import bfgs, lbfgs
from calcml.optimize.result import Result
from calcml.optimize.second_order import newton, newton_cg

__all__ = [
    "Result",
    "backtracking",
    "bfgs",
    "classify_critical_point",
    "gauss_newton",
    "gradient_descent",
    "heavy_ball",
    "lbfgs",
    "levenberg_marquardt",
    "nesterov",
    "newton",
    "newton_cg",
    "strong_wolfe",
]
