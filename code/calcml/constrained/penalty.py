"""The augmented Lagrangian method for equality and inequality constraints."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from calcml.constrained.equality import null_space, sqp_step
from calcml.constrained.kkt import (
    INFEASIBLE,
    NO_MULTIPLIERS,
    TOO_LARGE,
    ConstrainedResult,
    Function,
    Jacobian,
    Point,
    Problem,
    Scale,
)
from calcml.optimize.problem import start
from calcml.optimize.quasi_newton import bfgs
from calcml.optimize.result import Callback, check_limits, told_to_stop
from calcml.typing import FloatArray

__all__ = ["augmented_lagrangian"]


def augmented_lagrangian(
    f: Function,
    x0: ArrayLike,
    *,
    equality: Function | None = None,
    inequality: Function | None = None,
    penalty: float = 2.0,
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
        h and g; each returns a number, an array or a list of such. A bound such as x ≥ 0 is written
        g(x) = -x.
    penalty : float
        First ρ. Too small, and the first steps leave the constraints far behind; too large, and
        they hug them and miss better minima.
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
    :math:`h_i = 0` becomes :math:`h_i = \varepsilon`. A KKT point where f falls to second order
    along the constraints is left again. Sources: Hestenes (1969); Powell (1969); Rockafellar
    (1973); Birgin and Martínez (2014), algorithm 4.1.

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
    if not 0 < penalty < np.inf:
        raise ValueError(f"penalty must be positive and finite, got {penalty}")
    state = _State(problem, here, np.zeros(here.h.size), np.zeros(here.g.size), penalty)
    path, stopped = [here.x], False
    while len(path) <= maxiter and state.rho <= 1e14 and not stopped:
        if state.residual <= tol and not state.escape():
            break
        state.minimize(min(1e-2, 0.1 * state.residual) * state.scale.unit)
        state.polish(tol)
        path.append(state.here.x)
        stopped = told_to_stop(callback, problem.objective.f.point(state.here.x))
    return state.report(path, tol, maxiter, stopped, x.shape)


@dataclass
class _State:
    """Where the method stands: a point, multipliers, a penalty parameter."""

    problem: Problem
    here: Point
    lam: FloatArray
    mu: FloatArray
    rho: float
    error: float = np.inf
    escapes: int = 3  # how many saddles may still be left along negative curvature
    unbounded: bool = False  # whether the last inner minimization fell without limit
    scale: Scale = field(init=False)

    def __post_init__(self) -> None:
        self.scale = Scale(self.here)

    @property
    def residual(self) -> float:
        return self.here.kkt(self.lam, self.mu, self.scale.unit)

    def shifted(self, point: Point) -> FloatArray:
        """The multipliers of g that the augmented Lagrangian has at a point."""
        return np.maximum(0.0, self.mu + self.rho * point.g)

    def value(self, x: FloatArray) -> float:
        """The augmented Lagrangian, up to a constant."""
        at = self.problem.at(x.ravel())
        equal = self.lam @ at.h + 0.5 * self.rho * (at.h @ at.h)
        shifted = self.shifted(at)
        return float(at.fun + equal + shifted @ shifted / (2 * self.rho))

    def gradient(self, x: FloatArray) -> FloatArray:
        at = self.problem.at(x.ravel())
        return at.grad + at.Jh.T @ (self.lam + self.rho * at.h) + at.Jg.T @ self.shifted(at)

    def minimize(self, gtol: float) -> None:
        """One outer iteration: minimize over x, then update multipliers and penalty."""
        inner = bfgs(
            self.value, self.here.x, grad=self.gradient, gtol=gtol, maxiter=500, keep_path=False
        )
        there = self.problem.at(inner.x)
        pole = np.linalg.norm(there.grad) > 1e8 * max(1.0, self.scale.steepest)
        self.unbounded = (
            inner.status in ("unbounded", "nonfinite") or not there.finite() or bool(pole)
        )
        if self.unbounded:
            self.rho *= 10  # the penalty does not hold f yet: start again from the same point
            return
        self.here = there
        error = np.concatenate([np.abs(there.h), np.abs(np.maximum(there.g, -self.mu / self.rho))])
        self.lam = self.lam + self.rho * there.h
        self.mu = self.shifted(there)
        self.scale.see(there)
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
            if grown or not there.finite() or there.kkt(lam, mu, self.scale.unit) > 0.5 * before:
                return
            self.here, self.lam, self.mu = there, lam, mu

    def escape(self) -> bool:
        """Step off a KKT point where f falls to second order along the constraints, if it does."""
        here, strong = self.here, self.mu > 1e-6
        weak = (here.g > -1e-6) & ~strong
        H = self.problem.lagrangian_hessian(here.x, self.lam, self.mu)
        Z = null_space(np.concatenate([here.Jh, here.Jg[strong]]))
        if self.escapes == 0 or Z.size == 0 or not np.isfinite(H).all():
            return False
        values, vectors = np.linalg.eigh(Z.T @ H @ Z)
        d = Z @ vectors[:, 0]
        if values[0] > -1e-6 * max(1.0, float(np.abs(values).max())):
            return False
        for direction in (d, -d):
            if (here.Jg[weak] @ direction <= 1e-8).all():
                self.escapes -= 1
                size = 1e-2 * max(1.0, float(np.linalg.norm(here.x)))
                there = self.problem.at(here.x + size * direction)
                self.here = there if there.finite() else here
                return self.here is there
        return False

    def report(
        self,
        path: list[FloatArray],
        tol: float,
        maxiter: int,
        stopped: bool,
        shape: tuple[int, ...],
    ) -> ConstrainedResult:
        here, residual = self.here, self.residual
        excess = self.scale.excess(self.lam, self.mu)
        if residual <= tol:
            status, message = "converged", f"the KKT conditions hold to {tol = :g}"
            if excess > TOO_LARGE:
                status, message = "no_multipliers", NO_MULTIPLIERS
        elif stopped:
            status, message = "callback", "the callback asked to stop"
        elif here.trapped():
            status, message = "infeasible", INFEASIBLE.format(here.violation())
        elif self.unbounded:
            status, message = "unbounded", "f falls without limit, whatever the penalty"
        elif excess > 1e-2 * TOO_LARGE and self.rho > 1e6:
            status, message = "no_multipliers", NO_MULTIPLIERS
        else:
            status, message = "maxiter", f"no convergence in {len(path) - 1} outer iterations"
        objective = self.problem.objective
        lam, mu = self.lam * self.problem.h.scale, self.mu * self.problem.g.scale
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
            lam=lam,
            mu=mu,
            kkt_residual=self.problem.unscaled(here).kkt(lam, mu),
        )
