"""Methods that use gradients alone: gradient descent, heavy ball, Nesterov."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from calcml.optimize.problem import Objective, Stop, start
from calcml.optimize.result import PATIENCE, Callback, Iterate, Result, iterate
from calcml.optimize.search import armijo_step
from calcml.typing import FloatArray

__all__ = ["gradient_descent", "heavy_ball", "nesterov"]

Step = float | Callable[[int], float] | None


def gradient_descent(
    f: Callable[[FloatArray], Any],
    x0: ArrayLike,
    *,
    step: Step = None,
    gtol: float = 1e-6,
    maxiter: int = 10_000,
    callback: Callback | None = None,
    grad: Callable[[FloatArray], ArrayLike] | None = None,
    keep_path: bool = True,
) -> Result:
    r"""Gradient descent, :math:`x_{k+1} = x_k - \alpha_k \nabla f(x_k)`.

    Parameters
    ----------
    f, x0, gtol, maxiter, callback, grad, keep_path
        See `calcml.optimize`.
    step : float or callable, optional
        A fixed step :math:`\alpha`, or a schedule ``k -> step`` with k = 0, 1, …; then f may rise
        and even diverge, as theory says. By default each step is found by Armijo backtracking from
        twice the last one, the first from a move of length at most 1.

    Returns
    -------
    Result

    Raises
    ------
    TypeError, ValueError
        If an argument is unusable; see `calcml.optimize`.

    Notes
    -----
    For L-smooth f and :math:`\alpha = 1/L` each step lowers f by at least
    :math:`\|\nabla f\|^2 / 2L`; on a quadratic the error shrinks at the rate
    :math:`(\kappa - 1)/(\kappa + 1)` for the best fixed step :math:`2/(L + \mu)`. Cost: one
    gradient an iteration, and with backtracking one or two values. Source: Nocedal and Wright
    (2006), section 3.1; Nesterov (2018), section 1.2.3.

    Examples
    --------
    >>> result = gradient_descent(lambda x: x @ x, [4.0, -2.0], step=0.25)
    >>> result.path[:3, 0], result.success
    (array([4., 2., 1.]), True)
    """
    x = start(x0)
    rate = _schedule(step)

    def method(objective: Objective, first: Iterate) -> Iterator[Iterate]:
        x, fun, g = first
        t = 0.5 / max(1.0, float(np.linalg.norm(g)))
        for k in itertools.count():
            if rate is None:
                t, (x, fun, g) = armijo_step(objective, x, fun, g, -g, step=2 * t)
            else:
                x = x - rate(k) * g
                fun, g = objective.value_and_grad(x)
            yield x, fun, g

    return iterate(
        method,
        Objective(f, x, grad),
        x,
        gtol=gtol,
        maxiter=maxiter,
        callback=callback,
        keep_path=keep_path,
        patience=PATIENCE if rate is None else None,
    )


def heavy_ball(
    f: Callable[[FloatArray], Any],
    x0: ArrayLike,
    *,
    step: Step = None,
    momentum: float = 0.9,
    gtol: float = 1e-6,
    maxiter: int = 10_000,
    callback: Callback | None = None,
    grad: Callable[[FloatArray], ArrayLike] | None = None,
    keep_path: bool = True,
) -> Result:
    r"""Polyak's heavy ball, :math:`x_{k+1} = x_k - \alpha \nabla f(x_k) + \beta (x_k - x_{k-1})`.

    The ball starts at rest: :math:`x_{-1} = x_0`.

    Parameters
    ----------
    f, x0, gtol, maxiter, callback, grad, keep_path
        See `calcml.optimize`.
    step : float or callable, optional
        A fixed step :math:`\alpha`, or a schedule ``k -> step``. By default
        :math:`\alpha = 1.8 (1 - \beta)/L`, where L, nine tenths of that of the step before, is
        doubled until
        :math:`f(x_{k+1}) \le f(x_k) + \nabla f(x_k)^\top d + \tfrac L2 \|d\|^2` for the step d.
    momentum : float
        :math:`\beta`, in [0, 1).

    Returns
    -------
    Result

    Raises
    ------
    TypeError, ValueError
        If an argument is unusable; see `calcml.optimize`.

    Notes
    -----
    On a quadratic with curvatures in :math:`[\mu, L]` the best choice is
    :math:`\alpha = 4/(\sqrt L + \sqrt\mu)^2`, :math:`\beta = ((\sqrt\kappa - 1)/(\sqrt\kappa +
    1))^2`, with rate :math:`\sqrt\beta`. Beyond quadratics the same choice can cycle for ever
    (Lessard, Recht and Packard 2016, section 4.6); with the default step,
    :math:`f(x_k) + \tfrac{\beta}{2\alpha} \|x_k - x_{k-1}\|^2` falls as long as L stays the same.
    Cost: one gradient an iteration. Source: Polyak (1964); default step: Ochs, Chen, Brox and Pock
    (2014), "iPiano", algorithm 4.

    Examples
    --------
    >>> result = heavy_ball(lambda x: x @ x, [1.0], step=0.125, momentum=0.5)
    >>> result.path[:4, 0]
    array([1.      , 0.75    , 0.4375  , 0.171875])
    """
    x = start(x0)
    rate = _schedule(step)
    beta = _fraction("momentum", momentum)

    def method(objective: Objective, first: Iterate) -> Iterator[Iterate]:
        x, fun, g = first
        x_before, L = x, 1.0
        for k in itertools.count():
            drift = beta * (x - x_before)
            if rate is None:
                x_new, L = _under_bound(objective, x, fun, g, L, 1.8 * (1 - beta), drift)
            else:
                x_new = x - rate(k) * g + drift
            x_before, x = x, x_new
            fun, g = objective.value_and_grad(x)
            yield x, fun, g

    return iterate(
        method,
        Objective(f, x, grad),
        x,
        gtol=gtol,
        maxiter=maxiter,
        callback=callback,
        keep_path=keep_path,
        patience=10 * PATIENCE if rate is None else None,
    )


def nesterov(
    f: Callable[[FloatArray], Any],
    x0: ArrayLike,
    *,
    step: Step = None,
    momentum: float | None = None,
    restart: bool = True,
    gtol: float = 1e-6,
    maxiter: int = 10_000,
    callback: Callback | None = None,
    grad: Callable[[FloatArray], ArrayLike] | None = None,
    keep_path: bool = True,
) -> Result:
    r"""Nesterov's accelerated gradient: the gradient is taken where momentum would lead.

    .. math:: y_k = x_k + \beta_k (x_k - x_{k-1}), \qquad x_{k+1} = y_k - \alpha \nabla f(y_k).

    Parameters
    ----------
    f, x0, gtol, maxiter, callback, grad, keep_path
        See `calcml.optimize`.
    step : float or callable, optional
        A fixed step :math:`\alpha`, or a schedule ``k -> step``. By default
        :math:`\alpha = 1/L`, where L, nine tenths of that of the step before, is doubled until
        :math:`f(x_{k+1}) \le f(y_k) - \tfrac{1}{2L} \|\nabla f(y_k)\|^2`.
    momentum : float, optional
        A fixed :math:`\beta` in [0, 1), for strongly convex f
        :math:`(\sqrt\kappa - 1)/(\sqrt\kappa + 1)`. By default :math:`\beta_k = (t_k - 1)/t_{k+1}`
        with :math:`t_{k+1} = (1 + \sqrt{1 + 4t_k^2})/2`, :math:`t_0 = 1`.
    restart : bool
        Drop the momentum whenever it points uphill, :math:`\nabla f(y_k)^\top (x_{k+1} - x_k) > 0`.

    Returns
    -------
    Result
        Its path holds the :math:`x_k`.

    Raises
    ------
    TypeError, ValueError
        If an argument is unusable; see `calcml.optimize`.

    Notes
    -----
    For convex L-smooth f, :math:`f(x_k) - f^* \le 2L \|x_0 - x^*\|^2 / (k + 1)^2` with
    ``step=1/L, restart=False``. Cost: two gradients an iteration, one at :math:`y_k` to move and
    one at :math:`x_{k+1}` to test. Sources: Nesterov (1983); Beck and Teboulle (2009), section 4;
    restart: O'Donoghue and Candès (2015).

    Examples
    --------
    >>> result = nesterov(lambda x: x @ x, [1.0], step=0.25)
    >>> result.path[:3, 0], result.success
    (array([1.  , 0.5 , 0.25]), True)
    """
    x = start(x0)
    rate = _schedule(step)
    fixed = None if momentum is None else _fraction("momentum", momentum)

    def method(objective: Objective, first: Iterate) -> Iterator[Iterate]:
        x, fun, g = first
        y, fun_y, g_y = x, fun, g
        t, L = 1.0, 1.0
        for k in itertools.count():
            if rate is None:
                x_new, L = _under_bound(objective, y, fun_y, g_y, L, 1.0, np.zeros_like(y))
            else:
                x_new = y - rate(k) * g_y
            move, x = x_new - x, x_new
            fun, g = objective.value_and_grad(x)
            yield x, fun, g
            if restart and g_y @ move > 0:
                t, move = 1.0, np.zeros_like(move)
            t_next = 0.5 * (1 + np.sqrt(1 + 4 * t * t))
            y = x + ((t - 1) / t_next if fixed is None else fixed) * move
            t = t_next
            fun_y, g_y = objective.value_and_grad(y)

    return iterate(
        method,
        Objective(f, x, grad),
        x,
        gtol=gtol,
        maxiter=maxiter,
        callback=callback,
        keep_path=keep_path,
        patience=10 * PATIENCE if rate is None and restart else None,
    )


def _under_bound(
    objective: Objective,
    x: FloatArray,
    fun: float,
    g: FloatArray,
    L: float,
    scale: float,
    drift: FloatArray,
) -> tuple[FloatArray, float]:
    """Step ``-scale/L g + drift``, doubling L until the quadratic bound of curvature L holds.

    Where f is not finite the ball starts again from rest: the drift may lead out of the domain.
    """
    L *= 0.9  # let the estimate fall where the function is flatter
    for _ in range(100):
        d = drift - (scale / L) * g
        bound = fun + g @ d + 0.5 * L * (d @ d) + 1e-14 * abs(fun)
        value = objective.value(x + d)
        if value <= bound:
            return x + d, L
        if np.isfinite(value) or not drift.any():
            L *= 2
        else:
            drift = np.zeros_like(drift)
    raise Stop("stalled", f"no step keeps f below its quadratic bound, up to curvature {L:.1e}")


def _schedule(step: Step) -> Callable[[int], float] | None:
    if step is None or callable(step):
        return step
    if not 0 < step < np.inf:
        raise ValueError(f"step must be positive and finite, a function or None, got {step}")
    return lambda k: step


def _fraction(name: str, value: float) -> float:
    if not 0 <= value < 1:
        raise ValueError(f"{name} must lie in [0, 1), got {value}")
    return value
