r"""First-order rules for noisy gradients: SGD, momentum and the adaptive family.

A rule is an object with two functions and no hidden state:

``init(params) -> state``
    the state before the first step;
``update(grads, state, params) -> (step, state)``
    the step *to add* to the parameters, and the new state.

``params`` and ``grads`` are trees: arrays, or lists, tuples, named tuples and dicts of them, nested
as you like. Nothing is changed in place, every leaf keeps its dtype, and the learning rate is a
number or a schedule: a function of the step count t = 1, 2, 3, …

>>> rule = adam(lr=0.1)
>>> w = np.array([1.0, -2.0])
>>> state = rule.init(w)
>>> step, state = rule.update(2 * w, state, w)  # the gradient of |w|^2
>>> w + step
array([ 0.9, -1.9])
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from calcml.leaves import Tree, flatten

__all__ = [
    "Rule",
    "State",
    "adagrad",
    "adam",
    "adamw",
    "amsgrad",
    "apply_step",
    "momentum",
    "rmsprop",
    "sgd",
]

Array = NDArray[np.floating[Any]]
Schedule = float | Callable[[int], float]


class State(NamedTuple):
    """What a rule remembers: the number of steps taken and its running averages.

    ``slots`` holds one tree a running average, each shaped like the parameters.
    """

    t: int
    slots: tuple[Tree, ...]


@dataclass(frozen=True)
class Rule:
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
    leaf: Callable[..., tuple[Array, ...]]

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
        slots = [_leaves_like(slot, params, "state") for slot in state.slots]
        out = []
        for x, g, *averages in zip(
            leaves, _leaves_like(grads, params, "grads"), *slots, strict=True
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
    steps = _leaves_like(step, params, "step")
    return build([x + s for x, s in zip(leaves, steps, strict=True)])


def _leaves_like(tree: Tree, params: Tree, name: str) -> list[Any]:
    """Return the leaves of ``tree`` in the order of those of ``params``, which it must resemble."""
    if isinstance(params, dict):
        if not isinstance(tree, dict) or tree.keys() != params.keys():
            raise ValueError(f"{name} must have the structure of params, a dict {list(params)}")
        return [leaf for k in params for leaf in _leaves_like(tree[k], params[k], name)]
    if isinstance(params, list | tuple):
        kind = f"{type(params).__name__} of {len(params)}"
        if type(tree) is not type(params) or len(tree) != len(params):
            raise ValueError(f"{name} must have the structure of params, a {kind}")
        pairs = zip(tree, params, strict=True)
        return [leaf for t, p in pairs for leaf in _leaves_like(t, p, name)]
    if isinstance(tree, dict | list | tuple) or (tree is None) != (params is None):
        raise ValueError(
            f"{name} must have the structure of params, but holds a {type(tree).__name__} where "
            f"params hold a {type(params).__name__}"
        )
    return [] if params is None else [tree]


def _rate(lr: Schedule, t: int) -> float:
    value = float(lr(t)) if callable(lr) else float(lr)
    if not 0 < value < np.inf:
        raise ValueError(f"lr must be positive and finite, got {value} at step {t}")
    return value


def _decay(name: str, value: float) -> float:
    if not 0 <= value < 1:
        raise ValueError(f"{name} must lie in [0, 1), got {value}")
    return float(value)  # a Python float leaves float32 parameters float32


def _at_least_zero(name: str, value: float) -> float:
    if not 0 <= value < np.inf:
        raise ValueError(f"{name} must be finite and at least 0, got {value}")
    return float(value)


def sgd(lr: Schedule = 1e-2) -> Rule:
    r"""Stochastic gradient descent (Robbins and Monro 1951): step :math:`-\eta_t g_t`.

    Examples
    --------
    >>> rule = sgd(lr=lambda t: 1 / t)
    >>> rule.update(np.array([3.0]), rule.init(np.zeros(1)), np.zeros(1))[0]
    array([-3.])
    """

    def leaf(t: int, lr: float, g: Array, x: Array) -> tuple[Array, ...]:
        return (-lr * g,)

    return Rule("sgd", lr, 0, leaf)


def momentum(lr: Schedule = 1e-2, beta: float = 0.9, *, nesterov: bool = False) -> Rule:
    r"""Momentum (Polyak 1964; in this form Sutskever et al. 2013, PyTorch).

    .. math:: v_t = \beta v_{t-1} + g_t, \qquad \text{step} = -\eta_t v_t,

    or, with ``nesterov``, the step :math:`-\eta_t (g_t + \beta v_t)`.

    Raises
    ------
    ValueError
        If ``beta`` lies outside [0, 1).

    Examples
    --------
    >>> rule, w = momentum(lr=1.0, beta=0.5), np.zeros(1)
    >>> first, state = rule.update(np.ones(1), rule.init(w), w)
    >>> second, state = rule.update(np.ones(1), state, w)
    >>> first, second
    (array([-1.]), array([-1.5]))
    """
    beta = _decay("beta", beta)

    def leaf(t: int, lr: float, g: Array, x: Array, v: Array) -> tuple[Array, ...]:
        v = beta * v + g
        return -lr * (g + beta * v if nesterov else v), v

    return Rule("momentum", lr, 1, leaf)


def adagrad(lr: Schedule = 1e-2, *, eps: float = 1e-10) -> Rule:
    r"""AdaGrad (Duchi, Hazan and Singer 2011): a rate a coordinate, falling with what it has seen.

    .. math::

       s_t = s_{t-1} + g_t^2, \qquad \text{step} = -\eta_t\, g_t / (\sqrt{s_t} + \varepsilon).

    Raises
    ------
    ValueError
        If ``eps`` is negative or not finite.

    Examples
    --------
    >>> rule, w = adagrad(lr=1.0), np.zeros(2)
    >>> rule.update(np.array([3.0, -0.1]), rule.init(w), w)[0].round(6)
    array([-1.,  1.])
    """
    eps = _at_least_zero("eps", eps)

    def leaf(t: int, lr: float, g: Array, x: Array, s: Array) -> tuple[Array, ...]:
        s = s + g * g
        return -lr * _ratio(g, np.sqrt(s) + eps), s

    return Rule("adagrad", lr, 1, leaf)


def rmsprop(lr: Schedule = 1e-2, beta: float = 0.99, *, eps: float = 1e-8) -> Rule:
    r"""RMSProp (Tieleman and Hinton 2012): AdaGrad that forgets.

    .. math::

       v_t = \beta v_{t-1} + (1 - \beta) g_t^2, \qquad
       \text{step} = -\eta_t\, g_t / (\sqrt{v_t} + \varepsilon).

    Raises
    ------
    ValueError
        If ``beta`` lies outside [0, 1), or ``eps`` is negative or not finite.

    Examples
    --------
    >>> rule, w = rmsprop(lr=0.1, beta=0.75), np.zeros(1)
    >>> rule.update(np.array([5.0]), rule.init(w), w)[0].round(6)
    array([-0.2])
    """
    beta, eps = _decay("beta", beta), _at_least_zero("eps", eps)

    def leaf(t: int, lr: float, g: Array, x: Array, v: Array) -> tuple[Array, ...]:
        v = beta * v + (1 - beta) * (g * g)
        return -lr * _ratio(g, np.sqrt(v) + eps), v

    return Rule("rmsprop", lr, 1, leaf)


def adam(
    lr: Schedule = 1e-3, beta1: float = 0.9, beta2: float = 0.999, *, eps: float = 1e-8
) -> Rule:
    r"""Adam (Kingma and Ba 2015, algorithm 1).

    .. math::

       m_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t, &
       v_t &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2, \\
       \hat m_t &= m_t / (1 - \beta_1^t), &
       \hat v_t &= v_t / (1 - \beta_2^t), \qquad
       \text{step} = -\eta_t\, \hat m_t / (\sqrt{\hat v_t} + \varepsilon).

    The division by :math:`1 - \beta^t` undoes the bias of averages that start at zero.

    Raises
    ------
    ValueError
        If ``beta1`` or ``beta2`` lies outside [0, 1), or ``eps`` is negative or not finite.

    Examples
    --------
    >>> rule, w = adam(lr=0.1), np.zeros(2)
    >>> rule.update(np.array([1e-3, -1e3]), rule.init(w), w)[0].round(4)
    array([-0.1,  0.1])
    """
    return _adam("adam", lr, beta1, beta2, eps)


def adamw(
    lr: Schedule = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    *,
    eps: float = 1e-8,
    weight_decay: float = 1e-2,
) -> Rule:
    r"""AdamW (Loshchilov and Hutter 2019): Adam with decoupled weight decay.

    The step is Adam's plus :math:`-\eta_t \lambda x_t`, which the adaptive denominator does not
    touch; adding :math:`\lambda x_t` to the gradient would not be the same rule.

    Raises
    ------
    ValueError
        As `adam`, or if ``weight_decay`` is negative or not finite.

    Examples
    --------
    >>> rule, w = adamw(lr=0.1, weight_decay=0.5), np.array([2.0])
    >>> rule.update(np.zeros(1), rule.init(w), w)[0]
    array([-0.1])
    """
    decay = _at_least_zero("weight_decay", weight_decay)
    return _adam("adamw", lr, beta1, beta2, eps, decay=decay)


def amsgrad(
    lr: Schedule = 1e-3, beta1: float = 0.9, beta2: float = 0.999, *, eps: float = 1e-8
) -> Rule:
    r"""AMSGrad (Reddi, Kale and Kumar 2018): Adam whose denominator never falls.

    Adam with :math:`v_t` in the denominator replaced by :math:`\max_{s \le t} v_s`. The bias
    corrections, which the paper leaves out, are kept, as in PyTorch.

    Raises
    ------
    ValueError
        As `adam`.

    Examples
    --------
    >>> rule, w = amsgrad(lr=1.0, beta1=0.0, beta2=0.0), np.zeros(1)
    >>> _, state = rule.update(np.array([4.0]), rule.init(w), w)
    >>> rule.update(np.array([1.0]), state, w)[0].round(6)
    array([-0.25])
    """
    return _adam("amsgrad", lr, beta1, beta2, eps, keep_max=True)


def _adam(
    name: str,
    lr: Schedule,
    beta1: float,
    beta2: float,
    eps: float,
    *,
    decay: float = 0.0,
    keep_max: bool = False,
) -> Rule:
    """Adam and its two variants, which differ in one line each."""
    beta1, beta2 = _decay("beta1", beta1), _decay("beta2", beta2)
    eps = _at_least_zero("eps", eps)

    def leaf(
        t: int, lr: float, g: Array, x: Array, m: Array, v: Array, *v_max: Array
    ) -> tuple[Array, ...]:
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * (g * g)
        v_max = tuple(np.maximum(v, largest) for largest in v_max)
        denominator = np.sqrt((v_max[0] if keep_max else v) / (1 - beta2**t)) + eps
        step = -lr * _ratio(m / (1 - beta1**t), denominator)
        if decay:
            step = step - lr * decay * x
        return step, m, v, *v_max

    return Rule(name, lr, 3 if keep_max else 2, leaf)


def _ratio(g: Array, scale: Array) -> Array:
    """``g / scale``, and 0 where a coordinate has seen no gradient yet and ``eps`` is 0."""
    return np.divide(g, scale, out=np.zeros_like(g), where=scale != 0)
