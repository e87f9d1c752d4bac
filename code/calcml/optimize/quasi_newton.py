"""Methods that learn curvature from gradients: BFGS and its limited-memory form."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from calcml.optimize.problem import Objective, Stop, start
from calcml.optimize.result import PATIENCE, Callback, Iterate, Result, iterate
from calcml.optimize.search import wolfe_step
from calcml.typing import FloatArray

__all__ = ["bfgs", "lbfgs"]


def bfgs(
    f: Callable[[FloatArray], Any],
    x0: ArrayLike,
    *,
    gtol: float = 1e-6,
    maxiter: int = 2_000,
    callback: Callback | None = None,
    grad: Callable[[FloatArray], ArrayLike] | None = None,
    keep_path: bool = True,
) -> Result:
    r"""BFGS: steps :math:`-H_k \nabla f(x_k)` with an inverse Hessian learned from gradients.

    With :math:`s = x_{k+1} - x_k`, :math:`y = \nabla f(x_{k+1}) - \nabla f(x_k)`,
    :math:`\rho = 1/y^\top s`,

    .. math:: H_{k+1} = (I - \rho s y^\top) H_k (I - \rho y s^\top) + \rho s s^\top,

    the matrix closest to :math:`H_k` that satisfies the secant equation :math:`H y = s`. Step
    lengths satisfy the strong Wolfe conditions, so that :math:`y^\top s > 0` keeps H positive
    definite.

    Parameters
    ----------
    f, x0, gtol, maxiter, callback, grad, keep_path
        See `calcml.optimize`.

    Returns
    -------
    Result

    Raises
    ------
    TypeError, ValueError
        If an argument is unusable; see `calcml.optimize`.

    Notes
    -----
    Converges superlinearly. Cost: one value and gradient a trial of the line search (mostly one an
    iteration) and :math:`O(n^2)`. Source: Nocedal and Wright (2006), algorithm 6.1; first scaling
    (6.20).

    Examples
    --------
    >>> rosenbrock = lambda x: 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2
    >>> result = bfgs(rosenbrock, [-1.2, 1.0])
    >>> result.x.round(6), result.success
    (array([1., 1.]), True)
    """
    x = start(x0)

    def method(objective: Objective, first: Iterate) -> Iterator[Iterate]:
        x, fun, g = first
        H, fresh = np.eye(x.size), True
        while True:
            p = -H @ g
            try:
                if not g @ p < 0:
                    raise Stop("stalled", "rounding error has spoiled the inverse Hessian")
                x_new, fun_new, g_new = wolfe_step(objective, x, fun, g, p, first=fresh)
            except Stop:
                if fresh:
                    raise
                H, fresh = np.eye(x.size), True  # forget the curvature, and try steepest descent
                continue
            s, y = x_new - x, g_new - g
            x, fun, g = x_new, fun_new, g_new
            yield x, fun, g
            if s @ y > 1e-14 * np.linalg.norm(s) * np.linalg.norm(y):
                if fresh:
                    H *= (s @ y) / (y @ y)
                _update(H, s, y)
                fresh = False

    return iterate(
        method,
        Objective(f, x, grad),
        x,
        gtol=gtol,
        maxiter=maxiter,
        callback=callback,
        keep_path=keep_path,
        patience=PATIENCE,
    )


def _update(H: FloatArray, s: FloatArray, y: FloatArray) -> None:
    """The BFGS formula, multiplied out so that it costs O(n²), in place."""
    sy, Hy = s @ y, H @ y
    H += (1 + (y @ Hy) / sy) / sy * np.outer(s, s)
    H -= (np.outer(Hy, s) + np.outer(s, Hy)) / sy


def lbfgs(
    f: Callable[[FloatArray], Any],
    x0: ArrayLike,
    *,
    memory: int = 10,
    gtol: float = 1e-6,
    maxiter: int = 10_000,
    callback: Callback | None = None,
    grad: Callable[[FloatArray], ArrayLike] | None = None,
    keep_path: bool = True,
) -> Result:
    r"""L-BFGS: BFGS from the last ``memory`` pairs (s, y) only, without a matrix.

    Starts each step from :math:`H = (s^\top y / y^\top y) I` and applies the stored updates in the
    two-loop recursion.

    Parameters
    ----------
    f, x0, gtol, maxiter, callback, grad, keep_path
        See `calcml.optimize`.
    memory : int
        Number of pairs kept, at least 1.

    Returns
    -------
    Result

    Raises
    ------
    TypeError, ValueError
        If an argument is unusable; see `calcml.optimize`.

    Notes
    -----
    Cost: one value and gradient a trial of the line search, and 4n·memory multiplications an
    iteration. Source: Nocedal (1980); Nocedal and Wright (2006), algorithms 7.4 and 7.5.

    Examples
    --------
    >>> result = lbfgs(lambda x: np.sum((x - np.arange(4)) ** 4), np.zeros(4), gtol=1e-9)
    >>> result.x.round(2)
    array([0., 1., 2., 3.])
    """
    if memory < 1:
        raise ValueError(f"memory must be at least 1, got {memory}")
    x = start(x0)

    def method(objective: Objective, first: Iterate) -> Iterator[Iterate]:
        x, fun, g = first
        pairs: deque[tuple[FloatArray, FloatArray]] = deque(maxlen=memory)
        while True:
            p = -_two_loop(pairs, g)
            try:
                x_new, fun_new, g_new = wolfe_step(objective, x, fun, g, p, first=not pairs)
            except Stop:
                if not pairs:
                    raise
                pairs.clear()  # forget the curvature, and try steepest descent
                continue
            s, y = x_new - x, g_new - g
            x, fun, g = x_new, fun_new, g_new
            yield x, fun, g
            if s @ y > 1e-14 * np.linalg.norm(s) * np.linalg.norm(y):
                pairs.append((s, y))

    return iterate(
        method,
        Objective(f, x, grad),
        x,
        gtol=gtol,
        maxiter=maxiter,
        callback=callback,
        keep_path=keep_path,
        patience=PATIENCE,
    )


def _two_loop(pairs: deque[tuple[FloatArray, FloatArray]], g: FloatArray) -> FloatArray:
    """Multiply g by the inverse Hessian that the pairs stand for."""
    q, weights = g.copy(), []
    for s, y in reversed(pairs):
        weights.append((s @ q) / (s @ y))
        q -= weights[-1] * y
    if pairs:
        s, y = pairs[-1]
        q *= (s @ y) / (y @ y)
    for (s, y), weight in zip(pairs, reversed(weights), strict=True):
        q += (weight - (y @ q) / (s @ y)) * s
    return q
