"""An update rule as an object without hidden state, and trees of parameters that it works on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from calcml.diff.pytree import Tree, flatten, leaves_like
from calcml.typing import RealArray

__all__ = ["GradientTransformation", "Schedule", "State", "apply_step"]

Schedule = float | Callable[[int], float]


class State(NamedTuple):
    """What a rule remembers: the number of steps taken and its running averages.

    ``slots`` holds one tree a running average, each shaped like the parameters.
    """

    t: int
    slots: tuple[Tree, ...]


@dataclass(frozen=True)
class GradientTransformation:
    """One update rule; made by `sgd`, `momentum`, `adagrad`, `rmsprop`, `adam`, `adamw`, `amsgrad`.

    Attributes
    ----------
    name : str
        Name of the rule, for messages.
    lr : float or callable
        Learning rate, or a schedule ``t -> float`` with t = 1 at the first step.
    n_slots : int
        How many running averages the rule keeps for each parameter.
    leaf : callable
        ``(t, lr, g, x, *slots) -> (step, *slots)`` on one array.
    """

    name: str
    lr: Schedule
    n_slots: int
    leaf: Callable[..., tuple[RealArray, ...]]

    def init(self, params: Tree) -> State:
        """Return the state before the first step: t = 0 and averages of zero.

        Raises
        ------
        TypeError
            If a leaf of ``params`` is not a floating-point array or number.
        """
        leaves, build = flatten(params)
        for x in leaves:
            if np.asarray(x).dtype.kind != "f":
                raise TypeError(
                    "params must be floating-point arrays, got a leaf of dtype "
                    f"{np.asarray(x).dtype}; convert it with .astype(float)"
                )
        return State(
            0, tuple(build([np.zeros_like(x) for x in leaves]) for _ in range(self.n_slots))
        )

    def update(self, grads: Tree, state: State, params: Tree) -> tuple[Tree, State]:
        """Return the step to add to ``params``, and the new state.

        Parameters
        ----------
        grads : tree
            Gradient at ``params``, of the same structure and shapes.
        state : State
            From `init` or from the last call of `update`; it is not changed.
        params : tree
            Where the gradient was taken; it is not changed.

        Raises
        ------
        ValueError
            If structure or shapes differ, a gradient is not finite, or the learning rate is not a
            positive finite number.

        Notes
        -----
        Cost: one pass over the parameters; memory: ``n_slots`` copies of them.
        """
        t = state.t + 1
        lr = _rate(self.lr, t)
        leaves, build = flatten(params)
        slots = [leaves_like(slot, params, "state", "params") for slot in state.slots]
        out = []
        for x, g, *averages in zip(
            leaves, leaves_like(grads, params, "grads", "params"), *slots, strict=True
        ):
            if np.shape(g) != np.shape(x):
                raise ValueError(
                    f"grads must have the shapes of params, got {np.shape(g)} for {np.shape(x)}"
                )
            if not np.isfinite(g).all():
                raise ValueError(
                    f"{self.name}: a gradient of shape {np.shape(g)} is not finite at step {t}; "
                    "lower the learning rate, clip the gradient or look at the loss"
                )
            x = np.asarray(x)
            out.append(self.leaf(t, lr, np.asarray(g, dtype=x.dtype), x, *averages))
        step, *new = (build([entry[i] for entry in out]) for i in range(self.n_slots + 1))
        return step, State(t, tuple(new))


def apply_step(params: Tree, step: Tree) -> Tree:
    """Return ``params + step``, leaf by leaf.

    Raises
    ------
    ValueError
        If the two differ in structure.

    Examples
    --------
    >>> apply_step({"w": np.ones(2), "b": [0.5]}, {"w": np.ones(2), "b": [0.25]})
    {'w': array([2., 2.]), 'b': [0.75]}
    """
    leaves, build = flatten(params)
    steps = leaves_like(step, params, "step", "params")
    return build([x + s for x, s in zip(leaves, steps, strict=True)])


def _rate(lr: Schedule, t: int) -> float:
    value = float(lr(t)) if callable(lr) else float(lr)
    if not 0 < value < np.inf:
        raise ValueError(f"lr must be positive and finite, got {value} at step {t}")
    return value
