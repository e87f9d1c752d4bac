"""What a minimizer returns, and the loop that all of them share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from calcml.optimize.problem import Counted, Stop
from calcml.typing import FloatArray
from calcml.validation import real_number

__all__ = [
    "PATIENCE",
    "Callback",
    "Iterate",
    "Result",
    "check_limits",
    "iterate",
    "told_to_stop",
]

P = TypeVar("P", bound="Problem")
PATIENCE = 100  # iterations without progress after which a descent method gives up
Callback = Callable[[FloatArray], Any]
Iterate = tuple[FloatArray, float, FloatArray]  # a point x, f(x) and its gradient, flat


@dataclass(frozen=True)
class Result:
    """The outcome of a minimization.

    Attributes
    ----------
    x : ndarray
        Best point reached, shaped like ``x0``: the last one for which all values were finite.
    fun : float
        f(x); for least squares half the sum of squares.
    grad : ndarray
        Gradient at ``x``, shaped like ``x0``.
    nit : int
        Number of iterations: steps from one iterate to the next.
    nfev : int
        Exact number of calls of the function that was passed in, traced ones included.
    success : bool
        Whether the stopping test holds at ``x``. Nothing else counts as success.
    status : str
        ``"converged"``, ``"maxiter"``, ``"callback"`` (it returned True), ``"stalled"`` (no step
        lowers f: rounding error, or a wrong gradient), ``"unbounded"`` (f fell without limit),
        ``"nonfinite"`` (f or a derivative became infinite or NaN), ``"singular"`` (an undamped
        Newton system has no solution).
    message : str
        The status in words, with the numbers that matter.
    path : ndarray, shape ``(nit + 1,) + x0.shape``
        All iterates from ``x0`` to the last; with ``keep_path=False`` only the last, shape
        ``(1,) + x0.shape``.
    njev, nhev : int
        Number of gradients (or Jacobians) and of Hessians (or Hessian-vector products) formed.
    """

    x: NDArray[np.float64]
    fun: float
    grad: NDArray[np.float64]
    nit: int
    nfev: int
    success: bool
    status: str
    message: str
    path: NDArray[np.float64]
    njev: int = 0
    nhev: int = 0


class Problem(Protocol):
    """What `iterate` asks of an `Objective` or a `Residual`."""

    f: Counted
    njev: int
    nhev: int

    @property
    def nfev(self) -> int: ...

    def value_and_grad(self, x: FloatArray) -> tuple[float, FloatArray]: ...


def iterate(
    method: Callable[[P, Iterate], Iterator[Iterate]],
    objective: P,
    x0: FloatArray,
    *,
    gtol: float,
    maxiter: int,
    callback: Callback | None,
    keep_path: bool,
    patience: int | None = None,
    test: Callable[[Iterate], str] | None = None,
) -> Result:
    r"""Run a method until the stopping test holds, and report.

    ``method(objective, first)`` generates the iterates after the first; it raises `Stop` if it
    cannot go on. ``test(iterate)`` says in words which test holds, or nothing; by default
    `GradientTest`. A method that is meant to descend gives up when ``patience`` iterations in a row
    have brought neither a lowest value nor a smallest gradient, or have moved neither x nor f by
    1e-10 of their size: what is left is rounding error.
    """
    check_limits(gtol=gtol, maxiter=maxiter)
    by_gradient, test = test is None, test or GradientTest(gtol)
    x = x0.ravel()
    fun, grad = objective.value_and_grad(x)
    if not (np.isfinite(fun) and np.isfinite(grad).all()):
        raise ValueError(
            f"f and its gradient must be finite at x0, got f(x0) = {fun} and "
            f"{np.count_nonzero(~np.isfinite(grad))} gradient entries that are not"
        )
    floor = -1e20 * max(1.0, abs(fun))
    steps, path, nit = method(objective, (x, fun, grad)), [x], 0
    status, message = "maxiter", f"no convergence in maxiter = {maxiter} iterations"
    lowest, smallest, idle, mark = fun, _size(grad), 0, (x, fun)
    try:
        while not (reached := test((x, fun, grad))) and nit < maxiter:
            x, fun, grad = _advance(steps, floor)
            nit += 1
            idle = idle + 1 if fun >= lowest and _size(grad) >= smallest else 0
            lowest, smallest = min(fun, lowest), min(_size(grad), smallest)
            if not keep_path:
                path.clear()
            path.append(x)
            if told_to_stop(callback, objective.f.point(x)):
                raise Stop("callback", "the callback asked to stop")
            if patience is not None and idle >= patience:
                raise Stop("stalled", f"rounding error: no progress in {patience} iterations")
            if patience is not None and nit % patience == 0:
                if not _moved(mark, (x, fun)):
                    raise Stop("stalled", f"x and f did not move in {patience} iterations")
                mark = x, fun
    except Stop as stop:
        status, message = stop.status, stop.message
        reached = test((x, fun, grad))
        if by_gradient and status == "stalled" and _size(grad) <= gtol:
            reached = f"no step lowers f any more, and no gradient entry exceeds {gtol = :g}"
    if reached:
        status, message = "converged", reached
    return Result(
        x=x.reshape(x0.shape).copy(),
        fun=fun,
        grad=grad.reshape(x0.shape).copy(),
        nit=nit,
        nfev=objective.nfev,
        success=bool(reached),
        status=status,
        message=f"{message} (largest gradient entry {_size(grad):.3g})",
        path=np.stack(path).reshape(-1, *x0.shape),
        njev=objective.njev,
        nhev=objective.nhev,
    )


class GradientTest:
    r"""The test :math:`\|\nabla f(x)\|_\infty \le` ``gtol`` :math:`\cdot \min(1, G)`.

    G is the largest gradient entry of any iterate so far, so that a function does not pass for
    minimized because it is measured in small units.
    """

    def __init__(self, gtol: float) -> None:
        self.gtol, self.largest = gtol, 0.0

    def __call__(self, now: Iterate) -> str:
        size = _size(now[2])
        self.largest = max(self.largest, size)
        if size > self.gtol * min(1.0, self.largest):
            return ""
        of = "" if self.largest >= 1 else f" of the largest on the way, {self.largest:.3g}"
        return f"no gradient entry exceeds gtol = {self.gtol:g}{of}"


def _moved(before: tuple[FloatArray, float], now: tuple[FloatArray, float]) -> bool:
    """Has x or f changed by more than 1e-10 of its size?"""
    (x_old, f_old), (x, f) = before, now
    step = float(np.abs(x - x_old).max())
    return step > 1e-10 * float(np.abs(x).max()) or abs(f - f_old) > 1e-10 * abs(f)


def _advance(steps: Iterator[Iterate], floor: float) -> Iterate:
    """Return the next iterate, or say why it is none."""
    with np.errstate(all="ignore"):
        x, fun, grad = next(steps)
    if fun < floor:
        raise Stop("unbounded", f"f fell to {fun:.3g}; it seems to have no lower bound")
    if not (np.isfinite(fun) and np.isfinite(grad).all()):
        raise Stop("nonfinite", "f or its gradient is not finite after the next step; shorten it")
    return x, fun, grad


def _size(grad: FloatArray) -> float:
    return float(np.abs(grad).max())


def told_to_stop(callback: Callback | None, x: FloatArray) -> bool:
    """Call ``callback(x)``, if there is one, and return whether it returned True."""
    if callback is None:
        return False
    answer = callback(x)
    return isinstance(answer, bool | np.bool_) and bool(answer)


def check_limits(*, maxiter: int, **tolerances: float) -> None:
    """Insist on an iteration limit and tolerances that make sense."""
    real_number("maxiter", maxiter)
    if maxiter < 0 or maxiter != np.floor(maxiter):
        raise ValueError(f"maxiter must be a whole number >= 0, got {maxiter}")
    for name, value in tolerances.items():
        if not 0 <= real_number(name, value) < np.inf:
            raise ValueError(f"{name} must be finite and at least 0, got {value}")
