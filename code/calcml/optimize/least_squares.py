r"""Nonlinear least squares: Gauss-Newton and Levenberg-Marquardt.

Both minimize :math:`f(x) = \tfrac12 \|r(x)\|^2` with the Jacobian :math:`J` of the residuals alone:
:math:`\nabla f = J^\top r`, and :math:`J^\top J` stands for the Hessian, which is right up to
:math:`\sum_i r_i \nabla^2 r_i`.

**Stopping tests.** The size of :math:`J^\top r` depends on the units of every parameter and of the
data, so it cannot be compared with a fixed number. With the Gauss-Newton step :math:`p = -J^+ r`, a
run has converged at x if

* :math:`|J_j^\top r| \le` ``gtol`` :math:`\|J_j\| \|r\|` for every column :math:`J_j` of J: the
  residual is orthogonal to all that a parameter can do, which is :math:`\nabla f = 0` as an angle;
  or
* :math:`\|Dp\| \le` ``xtol`` :math:`\|Dx\|`, with D the norms of the columns of J: no digit that
  matters would change, which is how it ends where r itself goes to zero; or
* r = 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from calcml.optimize.line_search import NOISE, armijo
from calcml.optimize.problem import Stop, start
from calcml.optimize.residual import Linearization, Residual
from calcml.optimize.result import PATIENCE, Callback, Iterate, Result, check_limits, iterate
from calcml.typing import FloatArray

__all__ = ["gauss_newton", "levenberg_marquardt"]


def gauss_newton(
    residual: Callable[[FloatArray], Any],
    x0: ArrayLike,
    *,
    damped: bool = True,
    gtol: float = 1e-10,
    xtol: float = 1e-10,
    maxiter: int = 1_000,
    callback: Callback | None = None,
    jac: Callable[[FloatArray], ArrayLike] | None = None,
    keep_path: bool = True,
) -> Result:
    r"""Gauss-Newton: :math:`x_{k+1} = x_k + t_k p_k`, where :math:`p_k` minimizes
    :math:`\|r + Jp\|`.

    Parameters
    ----------
    residual : callable
        ``residual(x) -> array`` of any fixed shape, in plain NumPy.
    x0, maxiter, callback, keep_path
        See `calcml.optimize`.
    damped : bool
        With True, :math:`t_k` is found by Armijo backtracking from 1; with False it is 1.
    gtol, xtol : float
        Tolerances of the stopping tests, see `calcml.optimize.least_squares`.
    jac : callable, optional
        ``jac(x) -> (m, n)`` Jacobian, outputs by inputs; by default from `calcml.diff`.

    Returns
    -------
    Result
        ``fun`` is half the sum of squares, ``grad`` is :math:`J^\top r`.

    Raises
    ------
    TypeError, ValueError
        If an argument is unusable; see `calcml.optimize`.

    Notes
    -----
    Converges quadratically if r = 0 at the solution, else linearly, the faster the smaller r and
    its curvature. Where J loses rank it may fail; `levenberg_marquardt` does not. Cost an
    iteration: one Jacobian, one or more residuals, and :math:`O(mn^2)`. Source: Nocedal and Wright
    (2006), section 10.3.

    Examples
    --------
    >>> t, y = np.array([0.0, 1.0, 2.0]), np.array([2.0, 1.0, 0.5])
    >>> result = gauss_newton(lambda x: x[0] * np.exp(-x[1] * t) - y, [1.0, 0.5])
    >>> result.x.round(6), result.success
    (array([2.      , 0.693147]), True)
    """
    x = start(x0)
    problem = Residual(residual, x, jac)

    def method(problem: Residual, first: Iterate) -> Iterator[Iterate]:
        x, fun, g = first
        while True:
            p = problem.linearize(x).newton
            if damped:
                x = _armijo_point(problem, x, fun, g, p)
            else:
                x = x + p
            fun, g = problem.value_and_grad(x)
            yield x, fun, g

    return _run(method, problem, x, gtol, xtol, maxiter, callback, keep_path, damped)


def _armijo_point(
    problem: Residual, x: FloatArray, fun: float, g: FloatArray, p: FloatArray
) -> FloatArray:
    """Backtrack along p; residuals alone are computed at the points tried."""
    slope = float(g @ p)
    if not -np.inf < slope < 0:
        raise Stop("stalled", "rounding error: the Gauss-Newton step does not point downhill")
    points: dict[float, FloatArray] = {}

    def phi(t: float) -> float:
        points[t] = x + t * p
        return problem.value(points[t])

    found = armijo(phi, lambda t: float(problem.value_and_grad(points[t])[1] @ p), fun, slope)
    if not found.success:
        raise Stop("stalled", f"{found.message}: rounding error, or jac does not match residual")
    return points[found.step]


def levenberg_marquardt(
    residual: Callable[[FloatArray], Any],
    x0: ArrayLike,
    *,
    gtol: float = 1e-10,
    xtol: float = 1e-10,
    maxiter: int = 1_000,
    callback: Callback | None = None,
    jac: Callable[[FloatArray], ArrayLike] | None = None,
    keep_path: bool = True,
) -> Result:
    r"""Levenberg-Marquardt: Gauss-Newton in a trust region.

    Each step solves

    .. math:: \min_p \|r + Jp\| \quad\text{subject to}\quad \|Dp\| \le \Delta,
       \qquad\text{that is}\qquad (J^\top J + \lambda D^2)\, p = -J^\top r,

    with the :math:`\lambda \ge 0` that the radius :math:`\Delta` asks for, found to 10 % by
    Newton's method on the secular equation. D holds the largest norms of the columns of J so far,
    which makes the method independent of the units of the parameters. The radius follows the ratio
    of actual to predicted decrease.

    Parameters
    ----------
    residual : callable
        ``residual(x) -> array`` of any fixed shape, in plain NumPy.
    x0, maxiter, callback, keep_path
        See `calcml.optimize`.
    gtol, xtol : float
        Tolerances of the stopping tests, see `calcml.optimize.least_squares`.
    jac : callable, optional
        ``jac(x) -> (m, n)`` Jacobian, outputs by inputs; by default from `calcml.diff`.

    Returns
    -------
    Result
        ``fun`` is half the sum of squares, ``grad`` is :math:`J^\top r`; rejected steps are not
        counted as iterations.

    Raises
    ------
    TypeError, ValueError
        If an argument is unusable; see `calcml.optimize`.

    Notes
    -----
    Cost an iteration: one Jacobian, one singular value decomposition, :math:`O(mn^2)`, and one or
    more residuals. Sources: Levenberg (1944); Marquardt (1963); this form Moré (1978), "The
    Levenberg-Marquardt algorithm: implementation and theory".

    Examples
    --------
    >>> rosenbrock = lambda x: np.stack([10 * (x[1] - x[0] ** 2), 1 - x[0]])
    >>> result = levenberg_marquardt(rosenbrock, [-1.2, 1.0])
    >>> result.x, result.fun
    (array([1., 1.]), 0.0)
    """
    x = start(x0)
    problem = Residual(residual, x, jac)

    def method(problem: Residual, first: Iterate) -> Iterator[Iterate]:
        x, fun, g = first
        D = problem.linearize(x).scale
        radius = 100 * float(np.linalg.norm(D * x)) or 100.0
        damping, fresh = 0.0, True
        while True:
            here = problem.linearize(x)
            D = np.maximum(D, here.scale)
            subproblem = _TrustRegion(here, D)
            ratio = 0.0
            while ratio <= 1e-4:
                p, damping = subproblem.step(radius, damping)
                length = float(np.linalg.norm(D * p))
                if fresh:
                    radius, fresh = min(radius, length), False
                x_new = x + p
                actual = _decrease(problem, fun, g, p, x_new)
                ratio = actual / max(subproblem.decrease(p, damping), 1e-300)
                if ratio <= 0.25:
                    shrink = _shrink(actual, float(g @ p))
                    radius, damping = shrink * min(radius, 10 * length), damping / shrink
                elif ratio >= 0.75 or damping == 0:
                    radius, damping = 2 * length, 0.5 * damping
                if radius <= 1e-16 * float(np.linalg.norm(D * x)):
                    raise Stop("stalled", "no step lowers the sum of squares: rounding error")
            x = x_new
            fun, g = problem.value_and_grad(x)
            yield x, fun, g

    return _run(method, problem, x, gtol, xtol, maxiter, callback, keep_path, True)


class _TrustRegion:
    """The subproblem of `levenberg_marquardt` at one point, through the SVD of J D⁻¹."""

    def __init__(self, here: Linearization, D: FloatArray) -> None:
        self.J, self.D = here.J, D
        U, self.s, self.Vt = np.linalg.svd(here.J / D, full_matrices=False)
        self.c = -U.T @ here.r
        # A singular value is dropped with its vector only where both it and its share of r are
        # rounding error; a direction that has merely become flat must stay, or it stays for ever.
        noise = np.finfo(float).eps * max(here.J.shape)
        shared = np.abs(self.c) > noise * np.linalg.norm(here.r)
        self.kept = (self.s > noise * self.s.max()) | (shared & (self.s > 1e-290))

    def step(self, radius: float, damping: float) -> tuple[FloatArray, float]:
        """Return a step of length ``radius``, to 10 %, and its damping λ; or Gauss-Newton's step.

        ``damping`` is the last λ, from where the iteration for the new one starts.
        """
        s, c = self.s[self.kept], self.c[self.kept]
        q = c / s
        length = float(np.linalg.norm(q))
        if length <= 1.1 * radius:
            return self._unscaled(q), 0.0
        upper = float(np.linalg.norm(s * c)) / radius
        lower = (length - radius) / radius / float(np.sum((q / length / s) ** 2))
        damping = damping or min(lower, upper) or upper * radius / length
        for _ in range(10):
            q = s * c / (s * s + damping)
            length = float(np.linalg.norm(q))
            if abs(length - radius) <= 0.1 * radius:
                break
            if length > radius:
                lower = max(lower, damping)
            else:
                upper = min(upper, damping)
            slope = float(np.sum((q / length) ** 2 / (s * s + damping)))
            damping = min(max(lower, damping + (length - radius) / radius / slope), upper)
        return self._unscaled(q), damping

    def _unscaled(self, q: FloatArray) -> FloatArray:
        return np.asarray((self.Vt[self.kept].T @ q) / self.D)

    def decrease(self, p: FloatArray, damping: float) -> float:
        """The decrease of half the sum of squares that the linear model predicts."""
        Jp, Dp = self.J @ p, self.D * p
        return float(0.5 * (Jp @ Jp) + damping * (Dp @ Dp))


def _decrease(
    problem: Residual, fun: float, g: FloatArray, p: FloatArray, x_new: FloatArray
) -> float:
    """The decrease of f; within rounding error of f, by the trapezoidal rule from its slopes."""
    actual = fun - problem.value(x_new)
    if abs(actual) <= NOISE * fun:
        actual = -0.5 * float((g + problem.value_and_grad(x_new)[1]) @ p)
    return actual if np.isfinite(actual) else -np.inf


def _shrink(actual: float, slope: float) -> float:
    """The factor to the minimum of the parabola along p, between a half and a tenth."""
    return 0.5 if actual >= 0 or slope >= 0 else max(0.1, 0.5 * slope / (slope + actual))


def _run(
    method: Callable[[Residual, Iterate], Iterator[Iterate]],
    problem: Residual,
    x: FloatArray,
    gtol: float,
    xtol: float,
    maxiter: int,
    callback: Callback | None,
    keep_path: bool,
    damped: bool,
) -> Result:
    check_limits(gtol=gtol, xtol=xtol, maxiter=maxiter)
    return iterate(
        method,
        problem,
        x,
        gtol=gtol,
        maxiter=maxiter,
        callback=callback,
        keep_path=keep_path,
        patience=PATIENCE if damped else None,
        test=lambda now: problem.linearize(now[0]).test(gtol, xtol),
    )
