"""Methods that use second derivatives: Newton and Newton-CG."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from calcml.optimize.line_search import NOISE
from calcml.optimize.problem import Objective, Stop, start
from calcml.optimize.result import PATIENCE, Callback, Iterate, Result, iterate
from calcml.optimize.search import armijo_step, wolfe_step
from calcml.typing import FloatArray

__all__ = ["newton", "newton_cg"]


def newton(
    f: Callable[[FloatArray], Any],
    x0: ArrayLike,
    *,
    damped: bool = True,
    gtol: float = 1e-6,
    maxiter: int = 1_000,
    callback: Callback | None = None,
    grad: Callable[[FloatArray], ArrayLike] | None = None,
    hess: Callable[[FloatArray], ArrayLike] | None = None,
    keep_path: bool = True,
) -> Result:
    r"""Newton's method, :math:`x_{k+1} = x_k - t_k H_k^{-1} \nabla f(x_k)`.

    :math:`H_k = \nabla^2 f(x_k)` where that is positive definite. Elsewhere its eigenvalues
    :math:`\lambda` are replaced by :math:`|\lambda|`, which turns the step, drawn to saddles and
    maxima, into a descent direction. The step length :math:`t_k` is found by Armijo backtracking
    from 1. Where :math:`H_k = 0`, a Wolfe search goes along the negative gradient.

    Parameters
    ----------
    f, x0, gtol, maxiter, callback, grad, keep_path
        See `calcml.optimize`.
    damped : bool
        With False, the pure iteration: the Hessian as it is and always :math:`t_k = 1`. It finds
        stationary points of any kind, or none.
    hess : callable, optional
        ``x -> Hessian``; by default from `calcml.diff`.

    Returns
    -------
    Result

    Raises
    ------
    TypeError, ValueError
        If an argument is unusable; see `calcml.optimize`.

    Notes
    -----
    Converges quadratically to a minimizer with positive definite Hessian, linearly where the
    Hessian is singular there. Started exactly on a saddle it stays, as every method does that stops
    at a zero gradient; see `calcml.optimize.critical_point`. Cost an iteration: one Hessian, one
    gradient, one or more values, and :math:`O(n^3)`. Source: Nocedal and Wright (2006), sections
    3.3 and 3.4; absolute eigenvalues: Dauphin et al. (2014).

    Examples
    --------
    Correct digits double in every step:

    >>> result = newton(lambda x: x - np.log(x), 0.5, gtol=1e-12)
    >>> 1 - result.path
    array([5.00000000e-01, 2.50000000e-01, 6.25000000e-02, 3.90625000e-03,
           1.52587891e-05, 2.32830644e-10, 0.00000000e+00])
    """
    x = start(x0)

    def method(objective: Objective, first: Iterate) -> Iterator[Iterate]:
        x, fun, g = first
        while True:
            H = objective.hess(x)
            if not np.isfinite(H).all():
                raise Stop("nonfinite", "the Hessian has entries that are not finite")
            if damped and not H.any():  # no curvature: nothing says how long a step should be
                x, fun, g = wolfe_step(objective, x, fun, g, -g, first=True)
            elif damped:
                _, (x, fun, g) = armijo_step(objective, x, fun, g, _descent_direction(H, g))
            else:
                x = x + _pure_direction(H, g)
                fun, g = objective.value_and_grad(x)
            yield x, fun, g

    return iterate(
        method,
        Objective(f, x, grad, hess),
        x,
        gtol=gtol,
        maxiter=maxiter,
        callback=callback,
        keep_path=keep_path,
        patience=PATIENCE if damped else None,
    )


def _pure_direction(H: FloatArray, g: FloatArray) -> FloatArray:
    try:
        return np.asarray(np.linalg.solve(H, -g), dtype=np.float64)
    except np.linalg.LinAlgError:
        raise Stop("singular", "the Hessian is singular; use damped=True") from None


def _descent_direction(H: FloatArray, g: FloatArray) -> FloatArray:
    """Newton's direction if H is positive definite, else that of |H|."""
    try:
        np.linalg.cholesky(H)
        p = np.asarray(np.linalg.solve(H, -g), dtype=np.float64)
        if g @ p < 0:
            return p
    except np.linalg.LinAlgError:
        pass
    eigenvalues, vectors = np.linalg.eigh(H)
    size = np.abs(eigenvalues)
    return np.asarray(-vectors @ ((vectors.T @ g) / np.maximum(size, 1e-8 * size.max())))


def newton_cg(
    f: Callable[[FloatArray], Any],
    x0: ArrayLike,
    *,
    gtol: float = 1e-6,
    maxiter: int = 1_000,
    callback: Callback | None = None,
    grad: Callable[[FloatArray], ArrayLike] | None = None,
    hess: Callable[[FloatArray], ArrayLike] | None = None,
    hvp: Callable[[FloatArray, FloatArray], ArrayLike] | None = None,
    keep_path: bool = True,
) -> Result:
    r"""Newton's method in a trust region, with Hessian-vector products alone.

    Each iteration minimizes the quadratic model

    .. math:: m(p) = f(x) + \nabla f(x)^\top p + \tfrac12 p^\top \nabla^2 f(x)\, p,
       \qquad \|p\| \le \Delta,

    approximately by conjugate gradients, which stop when the gradient of m has shrunk by
    :math:`\min(\tfrac12, \sqrt{\|\nabla f\|})`, when p leaves the region, or when the curvature is
    negative; then p goes on to the boundary. The radius :math:`\Delta` follows the ratio of the
    actual to the predicted decrease.

    Parameters
    ----------
    f, x0, gtol, maxiter, callback, grad, keep_path
        See `calcml.optimize`.
    hess : callable, optional
        ``x -> Hessian``.
    hvp : callable, optional
        ``(x, v) -> Hessian(x) v``; by default from ``hess``, or from `calcml.diff`.

    Returns
    -------
    Result

    Raises
    ------
    TypeError, ValueError
        If an argument is unusable; see `calcml.optimize`.

    Notes
    -----
    Converges superlinearly; negative curvature leads away from saddles. Cost an iteration: one
    Hessian-vector product a CG step, one value, and a gradient if the step is accepted. Memory: a
    few vectors. Source: Steihaug (1983); Nocedal and Wright (2006), algorithms 4.1 and 7.2.

    Examples
    --------
    >>> result = newton_cg(lambda x: np.sum(np.cosh(x - np.arange(3.0))), np.zeros(3))
    >>> result.x.round(6), result.success
    (array([0., 1., 2.]), True)
    """
    x = start(x0)

    def method(objective: Objective, first: Iterate) -> Iterator[Iterate]:
        x, fun, g = first
        radius = max(1.0, float(np.linalg.norm(x)))
        while True:
            p, predicted = _steihaug(objective, x, g, radius)
            size = float(np.linalg.norm(p))
            fun_new, g_new = objective.value_and_grad(x + p)
            ratio = _agreement(fun, fun_new, float(g @ p), float(g_new @ p), predicted)
            if not ratio >= 0.25:
                radius = 0.25 * size
            elif ratio > 0.75 and size > 0.99 * radius:
                radius *= 2
            if ratio > 1e-4:
                x, fun, g = x + p, fun_new, g_new
                yield x, fun, g
            elif size <= 1e-15 * float(np.linalg.norm(x)) or size == 0:
                raise Stop("stalled", "no step lowers f: rounding error, or a wrong derivative")

    return iterate(
        method,
        Objective(f, x, grad, hess, hvp),
        x,
        gtol=gtol,
        maxiter=maxiter,
        callback=callback,
        keep_path=keep_path,
        patience=PATIENCE,
    )


def _agreement(fun: float, fun_new: float, slope: float, slope_new: float, model: float) -> float:
    """Actual over predicted decrease; within rounding error of f, by the trapezoidal rule."""
    actual = fun - fun_new
    if abs(actual) <= NOISE * abs(fun):
        actual = -0.5 * (slope + slope_new)
    return float(actual / model) if np.isfinite(actual) and model > 0 else -np.inf


def _steihaug(
    objective: Objective, x: FloatArray, g: FloatArray, radius: float
) -> tuple[FloatArray, float]:
    """Minimize the model in the ball by truncated CG; return the step and the model's decrease."""
    size = float(np.linalg.norm(g))
    tolerance = min(0.5, np.sqrt(size)) * size
    p, r, d = np.zeros_like(g), g, -g
    for _ in range(2 * g.size):
        Hd = objective.hvp(x, d)
        if not np.isfinite(Hd).all():
            raise Stop("nonfinite", "a Hessian-vector product is not finite")
        curvature, rr = float(d @ Hd), float(r @ r)
        longest = _to_boundary(p, d, radius)
        t = rr / curvature if curvature > 0 else np.inf
        p, r = p + min(t, longest) * d, r + min(t, longest) * Hd
        if t >= longest or np.linalg.norm(r) <= tolerance:
            break
        d = -r + (r @ r) / rr * d
    return p, float(-0.5 * p @ (g + r))


def _to_boundary(p: FloatArray, d: FloatArray, radius: float) -> float:
    """The t >= 0 with norm(p + t d) = radius."""
    a, b, c = float(d @ d), float(p @ d), float(p @ p) - radius**2
    root = np.sqrt(max(b * b - a * c, 0.0))
    return float(-c / (b + root)) if b > 0 else float((root - b) / a)
