r"""First-order rules for noisy gradients: SGD, momentum and the adaptive family.

A rule is an object with two functions and no hidden state:

``init(params) -> state``
    the state before the first step;
``update(grads, state, params) -> (step, state)``
    the step *to add* to the parameters, and the new state.

``params`` and ``grads`` are trees: arrays, or lists, tuples, named tuples and dicts of them, nested
as you like. Nothing is changed in place, every leaf keeps its dtype, and the learning rate is a
number or a schedule: a function of the step count t = 1, 2, 3, …

>>> import numpy as np
>>> rule = adam(lr=0.1)
>>> w = np.array([1.0, -2.0])
>>> state = rule.init(w)
>>> step, state = rule.update(2 * w, state, w)  # the gradient of |w|^2
>>> w + step
array([ 0.9, -1.9])
"""

from calcml.stochastic.gradient_transformation import GradientTransformation, State, apply_step
from calcml.stochastic.methods import adagrad, adam, adamw, amsgrad, momentum, rmsprop, sgd

__all__ = [
    "GradientTransformation",
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
