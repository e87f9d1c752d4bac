"""The rules themselves: SGD, momentum, AdaGrad, RMSProp, Adam and its kin."""

from __future__ import annotations

import numpy as np

from calcml.stochastic.gradient_transformation import GradientTransformation, Schedule
from calcml.typing import RealArray

__all__ = ["adagrad", "adam", "adamw", "amsgrad", "momentum", "rmsprop", "sgd"]


def sgd(lr: Schedule = 1e-2) -> GradientTransformation:
    r"""Stochastic gradient descent (Robbins and Monro 1951): step :math:`-\eta_t g_t`.

    Examples
    --------
    >>> rule = sgd(lr=lambda t: 1 / t)
    >>> rule.update(np.array([3.0]), rule.init(np.zeros(1)), np.zeros(1))[0]
    array([-3.])
    """

    def leaf(t: int, lr: float, g: RealArray, x: RealArray) -> tuple[RealArray, ...]:
        return (-lr * g,)

    return GradientTransformation("sgd", lr, 0, leaf)


def momentum(
    lr: Schedule = 1e-2, beta: float = 0.9, *, nesterov: bool = False
) -> GradientTransformation:
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

    def leaf(t: int, lr: float, g: RealArray, x: RealArray, v: RealArray) -> tuple[RealArray, ...]:
        v = beta * v + g
        return -lr * (g + beta * v if nesterov else v), v

    return GradientTransformation("momentum", lr, 1, leaf)


def adagrad(lr: Schedule = 1e-2, *, eps: float = 1e-10) -> GradientTransformation:
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

    def leaf(t: int, lr: float, g: RealArray, x: RealArray, s: RealArray) -> tuple[RealArray, ...]:
        s = s + g * g
        return -lr * _ratio(g, np.sqrt(s) + eps), s

    return GradientTransformation("adagrad", lr, 1, leaf)


def rmsprop(
    lr: Schedule = 1e-2, beta: float = 0.99, *, eps: float = 1e-8
) -> GradientTransformation:
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

    def leaf(t: int, lr: float, g: RealArray, x: RealArray, v: RealArray) -> tuple[RealArray, ...]:
        v = beta * v + (1 - beta) * (g * g)
        return -lr * _ratio(g, np.sqrt(v) + eps), v

    return GradientTransformation("rmsprop", lr, 1, leaf)


def adam(
    lr: Schedule = 1e-3, beta1: float = 0.9, beta2: float = 0.999, *, eps: float = 1e-8
) -> GradientTransformation:
    r"""Adam (Kingma and Ba 2015, algorithm 1).

    .. math::

       m_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t, \qquad
       v_t = \beta_2 v_{t-1} + (1 - \beta_2) g_t^2, \\
       \hat m_t &= m_t / (1 - \beta_1^t), \qquad
       \hat v_t = v_t / (1 - \beta_2^t), \\
       \text{step} &= -\eta_t\, \hat m_t / (\sqrt{\hat v_t} + \varepsilon).

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
) -> GradientTransformation:
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
) -> GradientTransformation:
    r"""AMSGrad (Reddi, Kale and Kumar 2018): Adam that keeps its largest second moment.

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
) -> GradientTransformation:
    """Adam and its two variants, which differ in one line each."""
    beta1, beta2 = _decay("beta1", beta1), _decay("beta2", beta2)
    eps = _at_least_zero("eps", eps)

    def leaf(
        t: int, lr: float, g: RealArray, x: RealArray, m: RealArray, v: RealArray, *v_max: RealArray
    ) -> tuple[RealArray, ...]:
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * (g * g)
        v_max = tuple(np.maximum(v, largest) for largest in v_max)
        denominator = np.sqrt((v_max[0] if keep_max else v) / (1 - beta2**t)) + eps
        step = -lr * _ratio(m / (1 - beta1**t), denominator)
        if decay:
            step = step - lr * decay * x
        return step, m, v, *v_max

    return GradientTransformation(name, lr, 3 if keep_max else 2, leaf)


def _ratio(g: RealArray, scale: RealArray) -> RealArray:
    """``g / scale``, and 0 where a coordinate has seen no gradient yet and ``eps`` is 0."""
    return np.divide(g, scale, out=np.zeros_like(g), where=scale != 0)


def _decay(name: str, value: float) -> float:
    if not 0 <= value < 1:
        raise ValueError(f"{name} must lie in [0, 1), got {value}")
    return float(value)  # a Python float leaves float32 parameters float32


def _at_least_zero(name: str, value: float) -> float:
    if not 0 <= value < np.inf:
        raise ValueError(f"{name} must be finite and at least 0, got {value}")
    return float(value)
