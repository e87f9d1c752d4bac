"""The ways to differentiate, each brought to the same form, so that a rule is sent through all.

A mode that is added to ``MODES`` goes through every rule, and so does a rule through every mode.
"""

from __future__ import annotations

from collections.abc import Callable
from math import factorial
from typing import Any

import numpy as np
from rule_cases import Case

from calcml.diff import grad, jacobian, jvp
from calcml.diff.series import taylor

Array = Any
Curve = Callable[[Any], Any]


def through(case: Case) -> Curve:
    """A number that depends on a number: a weighted sum of the values of a case along a line."""
    rng = np.random.default_rng(0)
    directions = [rng.normal(size=np.shape(x)) for x in case.args]
    weights = rng.normal(size=_row(case.f(*case.args)).shape)

    def curve(t: Any) -> Any:
        points = [x + t * v for x, v in zip(case.args, directions, strict=True)]
        return np.sum(weights * _row(case.f(*points)))

    return curve


def _row(y: Any) -> Array:
    """All entries of what a function returned, in a row."""
    if isinstance(y, tuple | list):
        return np.concatenate([_row(part) for part in y])
    return np.reshape(y, -1)


def push(curve: Curve) -> Curve:
    """The derivative by a dual number."""
    return lambda t: jvp(curve, (t,), (np.ones_like(t),))[1]


def _repeated(*derive: Callable[[Curve], Curve]) -> Callable[[Curve], Array]:
    """The coefficients ``c⁽ᵏ⁾(0) / k!`` by one derivative after the other."""

    def coefficients(curve: Curve) -> Array:
        found = [curve(0.0)]
        for k, each in enumerate(derive, 1):
            curve = each(curve)
            found.append(curve(0.0) / factorial(k))
        return np.array(found)

    return coefficients


def _by_blocks(curve: Curve) -> Array:
    """As a function of two numbers, whose sum is that of the curve: tangents come in pairs."""
    f: Curve = lambda p: curve(p[0] + p[1])  # noqa: E731
    found = []
    for k in range(ORDER + 1):
        found.append(np.ravel(f(np.zeros(2)))[-1] / factorial(k))
        f = jacobian(f, mode="fwd")
    return np.array(found)


ORDER = 3

#: Mode → function of a curve that returns its coefficients of the orders 0 … 3.
MODES: dict[str, Callable[[Curve], Array]] = {
    "forward": _repeated(push, push, push),
    "reverse": _repeated(grad, grad, grad),
    "forward over reverse": _repeated(grad, push, push),
    "reverse over forward": _repeated(push, grad, grad),
    "blocks": _by_blocks,
    "taylor": lambda curve: taylor(curve, 0.0, ORDER),
}
