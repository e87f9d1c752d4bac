"""The augmented Lagrangian method for equality and inequality constraints."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from calcml.constrained.equality import sqp_step
from calcml.constrained.kkt import ConstrainedResult, Function, Jacobian, Point, Problem
from calcml.optimize.problem import Array, start
from calcml.optimize.quasi_newton import bfgs
from calcml.optimize.result import Callback, check_limits, told_to_stop

__all__ = ["augmented_lagrangian"]


def augmented_lagrangian(
    f: Function,
    x0: ArrayLike,
    *,
    equality: Function | None = None,
    inequality: Function | None = None,
    penalty: float | None = None,
    tol: float = 1e-8,
    maxiter: int = 60,
    callback: Callback | None = None,
    grad: Jacobian | None = None,
    equality_jac: Jacobian | None = None,
    inequality_jac: Jacobian | None = None,
) -> ConstrainedResult:
    r"""Minimize f(x) subject to h(x) = 0 and g(x) ≤ 0 by the method of multipliers.

    Each iteration minimizes, by `calcml.optimize.bfgs`, the augmented Lagrangian

    .. math::

       f(x) + \lambda^\top h + \frac\rho2 \|h\|^2
       + \frac{1}{2\rho} \sum_i \bigl(\max(0, \mu_i + \rho g_i)^2 - \mu_i^2\bigr),

    then updates :math:`\lambda \leftarrow \lambda + \rho h`,
    :math:`\mu \leftarrow \max(0, \mu + \rho g)`, and raises :math:`\rho` tenfold unless the
    constraints' error has fallen to a quarter. Near a solution Newton steps on the KKT system of
    the constraints with :math:`\mu_i > 0` follow; they are kept only if the KKT residual falls.

    Parameters
    ----------
    f, x0, callback, grad
        See `calcml.optimize`; the callback is called after each outer iteration.
    equality, inequality : callable, optional
        h and g; each returns a number or an array. A bound such as x ≥ 0 is written g(x) = -x.
    penalty : float, optional
        First ρ; by default it balances f(x0) and the squared violation at x0.
    tol : float
        Stop when `kkt_residual` is at most ``tol``.
    maxiter : int
        Largest number of outer iterations.
    equality_jac, inequality_jac : callable, optional
        Jacobians of h and g, outputs by inputs; by default from `calcml.diff`.

    Returns
    -------
    ConstrainedResult
        ``nit`` counts outer iterations, ``nfev`` all calls of f. If x is not near a KKT point,
        ``success`` is False and ``status`` says why.

    Raises
    ------
    TypeError, ValueError
        If an argument is unusable, or a function is not finite at ``x0``.

    Notes
    -----
    Multipliers are prices: :math:`-\lambda_i` is the rate at which the minimum changes when
    :math:`h_i = 0` becomes :math:`h_i = \varepsilon`, with the sign of :math:`L = f + \lambda^\top h
    + \mu^\top g`. Sources: Hestenes (1969); Powell (1969); Rockafellar (1973); Birgin and Martínez
    (2014), algorithm 4.1.

    Examples
    --------
    The point of the half plane x + y ≥ 2 nearest to (0, 1):

    >>> result = augmented_lagrangian(
    ...     lambda x: x[0] ** 2 + (x[1] - 1) ** 2, [0.0, 0.0], inequality=lambda x: 2 - x[0] - x[1]
    ... )
    >>> result.x.round(6), result.mu.round(6), result.success
    (array([0.5, 1.5]), array([1.]), True)
    """
    check_limits(tol=tol, maxiter=maxiter)
    x = start(x0)
    problem = Problem(
        f,
        x,
        equality=equality,
        inequality=inequality,
        grad=grad,
        equality_jac=equality_jac,
        inequality_jac=inequality_jac,
    )
    here = problem.at(x.ravel())
    if not here.finite():
        raise ValueError("f, the constraints and their derivatives must be finite at x0")
    if penalty is None:
        violation = np.sum(here.h**2) + np.sum(np.maximum(here.g, 0.0) ** 2)
        penalty = float(np.clip(10 * max(1.0, abs(here.fun)) / max(1.0, violation / 2), 1.0, 1e4))
    elif not 0 < penalty < np.inf:
        raise ValueError(f"penalty must be positive and finite, got {penalty}")
    state = _State(problem, here, np.zeros(here.h.size), np.zeros(here.g.size), penalty)
    path, stopped = [here.x], False
    while state.residual > tol and len(path) <= maxiter and state.rho <= 1e14 and not stopped:
        state.minimize(min(1e-2, 0.1 * state.residual, 10.0 ** -len(path)))
        state.polish(tol)
        path.append(state.here.x)
        stopped = told_to_stop(callback, problem.objective.f.point(state.here.x))
    return state.report(path, tol, maxiter, stopped, x.shape)


@dataclass
class _State:
    """Where the method stands: a point, multipliers, a penalty parameter."""

    problem: Problem
    here: Point
    lam: Array
    mu: Array
    rho: float
    error: float = np.inf
    sizes: Array = field(init=False)  # largest norm of each constraint gradient so far

    def __post_init__(self) -> None:
        self.sizes = np.zeros(self.lam.size + self.mu.size)
        self.remember()

    @property
    def residual(self) -> float:
        return self.here.kkt(self.lam, self.mu)

    def remember(self) -> None:
        rows = np.concatenate([self.here.Jh, self.here.Jg])
        self.sizes = np.maximum(self.sizes, np.linalg.norm(rows, axis=1))

    def shifted(self, point: Point) -> Array:
        """The multipliers of g that the augmented Lagrangian has at a point."""
        return np.maximum(0.0, self.mu + self.rho * point.g)

    def value(self, x: Array) -> float:
        at = self.problem.at(x.ravel())
        equal = self.lam @ at.h + 0.5 * self.rho * (at.h @ at.h)
        shifted = self.shifted(at)
        return float(at.fun + equal + (shifted @ shifted - self.mu @ self.mu) / (2 * self.rho))

    def gradient(self, x: Array) -> Array:
        at = self.problem.at(x.ravel())
        return at.grad + at.Jh.T @ (self.lam + self.rho * at.h) + at.Jg.T @ self.shifted(at)

    def minimize(self, gtol: float) -> None:
        """One outer iteration: minimize over x, then update multipliers and penalty."""
        inner = bfgs(
            self.value, self.here.x, grad=self.gradient, gtol=gtol, maxiter=500, keep_path=False
        )
        there = self.problem.at(inner.x)
        if inner.status in ("unbounded", "nonfinite") or not there.finite():
            self.rho *= 10  # the penalty does not hold f yet: start again from the same point
            return
        self.here = there
        error = np.concatenate([np.abs(there.h), np.abs(np.maximum(there.g, -self.mu / self.rho))])
        self.lam = self.lam + self.rho * there.h
        self.mu = self.shifted(there)
        self.remember()
        worst = float(error.max(initial=0.0))
        if worst > 0.25 * self.error:
            self.rho *= 10
        self.error = worst

    def polish(self, tol: float) -> None:
        """Newton steps on the KKT system of the active constraints, as long as they pay."""
        for _ in range(10):
            before = self.residual
            if before <= tol or before > 1.0:
                return
            here, active = self.here, self.mu > 0
            H = self.problem.lagrangian_hessian(here.x, self.lam, self.mu)
            c = np.concatenate([here.h, here.g[active]])
            J = np.concatenate([here.Jh, here.Jg[active]])
            if not np.isfinite(H).all():
                return
            p, weights = sqp_step(here.grad, c, J, H)
            there = self.problem.at(here.x + p)
            mu = np.zeros_like(self.mu)
            mu[active] = np.maximum(0.0, weights[self.lam.size :])
            lam = weights[: self.lam.size]
            largest = np.abs(np.concatenate([self.lam, self.mu])).max(initial=1.0)
            grown = np.abs(weights).max(initial=0.0) > 10 * largest
            if grown or not there.finite() or there.kkt(lam, mu) > 0.5 * before:
                return
            self.here, self.lam, self.mu = there, lam, mu

    def diverged(self) -> bool:
        """Whether multipliers outweigh the gradient of f, in units of their constraints."""
        weight = np.abs(np.concatenate([self.lam, self.mu])) * self.sizes
        return bool(weight.max(initial=0.0) > 1e5 * max(np.abs(self.here.grad).max(), 1e-8))

    def report(
        self, path: list[Array], tol: float, maxiter: int, stopped: bool, shape: tuple[int, ...]
    ) -> ConstrainedResult:
        here, residual = self.here, self.residual
        violation = here.violation()
        infeasible = np.concatenate([here.Jh.T @ here.h, here.Jg.T @ np.maximum(here.g, 0.0)])
        if self.diverged() and violation > max(tol, 1e-4):
            status = "infeasible"
            message = (
                f"a constraint stays violated by {violation:.2e}; the problem may be infeasible"
            )
        elif self.diverged():
            status = "no_multipliers"
            message = (
                "the multipliers grow without bound, so x is not near a KKT point: the gradients "
                "of the active constraints vanish or become dependent there"
            )
        elif residual <= tol:
            status, message = "converged", f"the KKT conditions hold to {tol = :g}"
        elif stopped:
            status, message = "callback", "the callback asked to stop"
        else:
            status, message = "maxiter", f"no convergence in {len(path) - 1} outer iterations"
        objective = self.problem.objective
        return ConstrainedResult(
            x=here.x.reshape(shape).copy(),
            fun=here.fun,
            grad=here.grad.reshape(shape).copy(),
            nit=len(path) - 1,
            nfev=objective.nfev,
            success=status == "converged",
            status=status,
            message=f"{message} (KKT residual {residual:.3g})",
            path=np.stack(path).reshape(-1, *shape),
            njev=objective.njev,
            nhev=objective.nhev,
            lam=self.lam,
            mu=self.mu,
            kkt_residual=residual,
        )
