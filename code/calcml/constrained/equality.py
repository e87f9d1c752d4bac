"""Newton's method on the KKT system of an equality-constrained problem (local SQP, globalized)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

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
from calcml.optimize.problem import Stop, start
from calcml.optimize.result import Callback, check_limits, told_to_stop
from calcml.typing import FloatArray

__all__ = ["newton_kkt", "null_space", "sqp_step"]


def newton_kkt(
    f: Function,
    x0: ArrayLike,
    equality: Function,
    *,
    lam0: ArrayLike | None = None,
    tol: float = 1e-8,
    maxiter: int = 200,
    callback: Callback | None = None,
    grad: Jacobian | None = None,
    jac: Jacobian | None = None,
    hess: Callable[[FloatArray, FloatArray], ArrayLike] | None = None,
) -> ConstrainedResult:
    r"""Minimize f(x) subject to h(x) = 0 by Newton's method on the KKT conditions.

    Each step solves

    .. math::

       \begin{pmatrix} \nabla^2_{xx} L & J^\top \\ J & 0 \end{pmatrix}
       \begin{pmatrix} p \\ \lambda_{k+1} \end{pmatrix}
       = -\begin{pmatrix} \nabla f \\ h \end{pmatrix}

    by splitting p into a shortest step to the linearized constraints and a Newton step along them.
    Where the Hessian of the Lagrangian is not positive definite along the constraints, the
    eigenvalues there are replaced by their absolute values, so that maxima and saddles do not
    attract. The step is shortened until the merit function :math:`f + \nu \|h\|`, with :math:`\nu =
    \tfrac32 \|\lambda_{k+1}\|`, decreases; once the KKT residual is below 1/100, a full step that
    lowers it is taken as it is.

    Parameters
    ----------
    f, x0, maxiter, callback, grad
        See `calcml.optimize`.
    equality : callable
        h: returns a number, an array or a list of such.
    lam0 : array_like, optional
        First multipliers; by default those that make the gradient of L smallest at x0.
    tol : float
        Stop when `kkt_residual` is at most ``tol``.
    jac : callable, optional
        ``jac(x) -> (m, n)`` Jacobian of h; by default from `calcml.diff`.
    hess : callable, optional
        ``hess(x, lam) -> (n, n)`` Hessian of the Lagrangian in x; by default from `calcml.diff`.

    Returns
    -------
    ConstrainedResult

    Raises
    ------
    TypeError, ValueError
        If an argument is unusable, or a function is not finite at ``x0``.

    Notes
    -----
    Converges quadratically in (x, λ) if the constraint gradients are independent and the Hessian of
    the Lagrangian is positive definite along them. Cost an iteration: one Hessian, one value,
    gradient and Jacobian a trial, and :math:`O(n^3)`. Source: Nocedal and Wright (2006), sections
    16.2, 18.1 and 18.4.

    Examples
    --------
    The point of the unit circle with the smallest x + y:

    >>> circle = lambda x: x @ x - 1
    >>> result = newton_kkt(lambda x: x[0] + x[1], [-1.0, 0.5], circle)
    >>> result.x.round(6), result.lam.round(6), result.success
    (array([-0.707107, -0.707107]), array([0.707107]), True)
    """
    check_limits(tol=tol, maxiter=maxiter)
    x = start(x0)
    problem = Problem(f, x, equality=equality, inequality=None, grad=grad, equality_jac=jac)
    here = problem.at(x.ravel())
    if not here.finite():
        raise ValueError("f, equality and their derivatives must be finite at x0")
    lam = _first_multipliers(here, lam0, problem.h.scale)
    none = np.zeros(0)
    path, status, scale = [here.x], "maxiter", Scale(here)
    message = f"no convergence in maxiter = {maxiter} iterations"
    try:
        while here.kkt(lam, none, scale.unit) > tol and len(path) <= maxiter:
            H = _hessian(problem, here, lam, hess)
            p, lam_new = sqp_step(here.grad, here.h, here.Jh, H)
            here, lam = _accept(problem, here, lam, p, lam_new)
            scale.see(here)
            path.append(here.x)
            if told_to_stop(callback, problem.objective.f.point(here.x)):
                raise Stop("callback", "the callback asked to stop")
    except Stop as stop:
        status, message = stop.status, stop.message
    residual = here.kkt(lam, none, scale.unit)
    if residual > tol and here.trapped():
        status, message = "infeasible", INFEASIBLE.format(here.violation())
    elif scale.excess(lam, none) > TOO_LARGE:
        status, message = "no_multipliers", NO_MULTIPLIERS
    elif residual <= tol:
        status, message = "converged", f"the KKT conditions hold to {tol = :g}"
    return ConstrainedResult(
        x=here.x.reshape(x.shape).copy(),
        fun=here.fun,
        grad=here.grad.reshape(x.shape).copy(),
        nit=len(path) - 1,
        nfev=problem.objective.nfev,
        success=status == "converged",
        status=status,
        message=f"{message} (KKT residual {residual:.3g})",
        path=np.stack(path).reshape(-1, *x.shape),
        njev=problem.objective.njev,
        nhev=problem.objective.nhev,
        lam=lam * problem.h.scale,
        mu=none,
        kkt_residual=problem.unscaled(here).kkt(lam * problem.h.scale, none),
    )


def _first_multipliers(here: Point, lam0: ArrayLike | None, scale: FloatArray) -> FloatArray:
    if lam0 is None:
        return np.asarray(np.linalg.lstsq(here.Jh.T, -here.grad, rcond=None)[0])
    lam = np.asarray(lam0, dtype=np.float64).ravel()
    if lam.size != here.h.size:
        raise ValueError(
            f"lam0 must hold one multiplier a constraint, {here.h.size}; got {lam.size}"
        )
    return lam / scale


def _hessian(
    problem: Problem,
    here: Point,
    lam: FloatArray,
    hess: Callable[[FloatArray, FloatArray], ArrayLike] | None,
) -> FloatArray:
    if hess is None:
        H = problem.lagrangian_hessian(here.x, lam, np.zeros(0))
    else:
        n = here.x.size
        point, weights = problem.objective.f.point(here.x), lam * problem.h.scale
        H = np.asarray(hess(point, weights), dtype=np.float64)
        if H.size != n * n:
            raise ValueError(f"hess must return {n} x {n} numbers, got shape {H.shape}")
        H = H.reshape(n, n)
        problem.objective.nhev += 1
    if not np.isfinite(H).all():
        raise Stop("nonfinite", "the Hessian of the Lagrangian is not finite")
    return H


def sqp_step(
    grad: FloatArray, c: FloatArray, J: FloatArray, H: FloatArray
) -> tuple[FloatArray, FloatArray]:
    r"""Minimize :math:`\nabla f^\top p + \tfrac12 p^\top H p` subject to :math:`c + Jp = 0`.

    Returns the step and the multipliers. Dependent constraints count once; if the linearized
    constraints contradict each other, p comes as near to them as possible.
    """
    U, s, Vt = np.linalg.svd(J)
    rank = _rank(s)
    normal, Z = Vt[:rank], Vt[rank:].T
    p = -normal.T @ ((U[:, :rank].T @ c) / s[:rank])
    if Z.size:
        values, vectors = np.linalg.eigh(Z.T @ H @ Z)
        size = np.abs(values)
        size = np.maximum(size, 1e-8 * float(size.max()) or 1.0)
        p = p - Z @ (vectors @ ((vectors.T @ (Z.T @ (grad + H @ p))) / size))
    lam = -U[:, :rank] @ ((normal @ (grad + H @ p)) / s[:rank])
    return np.asarray(p), np.asarray(lam)


def null_space(J: FloatArray) -> FloatArray:
    """An orthonormal basis, in columns, of the directions that no row of J sees."""
    _, s, Vt = np.linalg.svd(J)
    return np.asarray(Vt[_rank(s) :].T)


def _rank(singular_values: FloatArray) -> int:
    return int(np.count_nonzero(singular_values > 1e-12 * singular_values.max(initial=0.0)))


def _accept(
    problem: Problem, here: Point, lam: FloatArray, p: FloatArray, lam_new: FloatArray
) -> tuple[Point, FloatArray]:
    """Shorten the step until the merit function falls, unless it lowers a small KKT residual."""
    none = np.zeros(0)
    weight, violation = 1.5 * float(np.linalg.norm(lam_new)), float(np.linalg.norm(here.h))
    merit = here.fun + weight * violation
    slope = min(float(here.grad @ p) - weight * violation, 0.0)
    good = min(0.9 * here.kkt(lam, none), 1e-2)
    t = 1.0
    while t > 1e-14:
        there = problem.at(here.x + t * p)
        if there.finite():
            if t == 1 and there.kkt(lam_new, none) <= good:
                return there, lam_new
            if there.fun + weight * np.linalg.norm(there.h) <= merit + 1e-4 * t * slope:
                return there, lam + t * (lam_new - lam)
        t *= 0.5
    raise Stop("stalled", "no step lowers the merit function: rounding error, or infeasible")
