"""Line searches on an `Objective`: from an iterate along a direction to the next iterate."""

from __future__ import annotations

import numpy as np

from calcml.optimize.line_search import armijo, wolfe
from calcml.optimize.problem import Objective, Stop
from calcml.optimize.result import Iterate
from calcml.typing import FloatArray

__all__ = ["armijo_step", "wolfe_step"]


class _Trials:
    """The points tried along a direction, so that the one that is accepted costs nothing more."""

    def __init__(self, objective: Objective, x: FloatArray, g: FloatArray, p: FloatArray) -> None:
        self.objective, self.x, self.p = objective, x, p
        self.slope = float(g @ p)
        self.tried: dict[float, Iterate] = {}
        if not np.isfinite(self.slope):
            raise Stop("nonfinite", "the slope along the search direction overflows")
        if self.slope >= 0:
            raise Stop("stalled", "rounding error: the search direction does not point downhill")

    def both(self, t: float) -> tuple[float, float]:
        x = self.x + t * self.p
        fun, g = self.objective.value_and_grad(x)
        self.tried[t] = x, fun, g
        return fun, float(g @ self.p)

    def value(self, t: float) -> float:
        return self.both(t)[0]

    def slope_at(self, t: float) -> float:
        return float(self.tried[t][2] @ self.p)


def armijo_step(
    objective: Objective, x: FloatArray, fun: float, g: FloatArray, p: FloatArray, step: float = 1.0
) -> tuple[float, Iterate]:
    """Go along p, backtracking from ``step``; return the step and the new iterate.

    Raises
    ------
    Stop
        If no step with sufficient decrease is found.
    """
    trials = _Trials(objective, x, g, p)
    found = armijo(trials.value, trials.slope_at, fun, trials.slope, step=step)
    if not found.success:
        raise Stop("stalled", f"{found.message}: rounding error, or grad does not match f")
    return found.step, trials.tried[found.step]


def wolfe_step(
    objective: Objective, x: FloatArray, fun: float, g: FloatArray, p: FloatArray, *, first: bool
) -> Iterate:
    """Go along p to a point where the strong Wolfe conditions hold, or at least f is lower.

    ``first`` says that p knows no curvature yet; its length then means nothing, and 1 is tried.

    Raises
    ------
    Stop
        If no such point is found.
    """
    trials = _Trials(objective, x, g, p)
    step = min(1.0, 1.0 / float(np.linalg.norm(g))) if first else 1.0
    found = wolfe(trials.both, fun, trials.slope, step=step)
    if not found.success and not found.fun < fun:
        raise Stop("stalled", f"{found.message}: rounding error, or grad does not match f")
    return trials.tried[found.step]
