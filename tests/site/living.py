"""What each interactive figure must answer: computed by calcml for the settings of its controls.

One entry a module of ``book/_static/interactive``: a function of the controls' values and of the
numbers of the static figure, to the readouts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from calcml.diff import directional_derivative, grad

State = dict[str, float]
Answer = Callable[[State, dict[str, Any]], dict[str, float]]


def directional_derivative_rose(state: State, numbers: dict[str, Any]) -> dict[str, float]:
    H = np.array(numbers["H"], dtype=float)
    f = lambda x: x @ H @ x / 2  # noqa: E731
    x = np.array([state["x1"], state["x2"]])
    angle = np.radians(state["angle"])
    u = np.array([np.cos(angle), np.sin(angle)])
    slope = float(directional_derivative(f, x, u))
    steepest = float(np.linalg.norm(grad(f)(x)))
    off = np.degrees(np.arccos(np.clip(slope / steepest, -1, 1))) if steepest else 90.0
    return {"slope": slope, "steepest": steepest, "off": float(off)}


ANSWERS: dict[str, Answer] = {"directional_derivative_rose": directional_derivative_rose}
