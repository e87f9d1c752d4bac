"""Derivatives of functions: everything that differentiates, in one place to import from.

Every operator takes a function written in plain NumPy. Those named like nouns of a function,
``grad(f)``, return a function of the same arguments. They are built on two maps that take one
evaluation and a small multiple of its cost: :func:`jvp` pushes a tangent forward, :func:`vjp` pulls
a cotangent back.

>>> import numpy as np
>>> f = lambda x: np.sum(x**2) * x[0]
>>> x = np.array([1.0, 2.0])
>>> grad(f)(x)
array([7., 4.])
>>> hessian(f)(x)
array([[6., 4.],
       [4., 2.]])
"""

from calcml.diff.forward import jvp
from calcml.diff.gradcheck import check_grads
from calcml.diff.gradient import directional_derivative, grad, hvp, value_and_grad
from calcml.diff.jacobians import hessian, jacobian
from calcml.diff.reverse import vjp
from calcml.diff.series import taylor, taylor_remainder_bound
from calcml.diff.vector_calculus import curl, divergence, laplacian

__all__ = [
    "check_grads",
    "curl",
    "directional_derivative",
    "divergence",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "laplacian",
    "taylor",
    "taylor_remainder_bound",
    "value_and_grad",
    "vjp",
]
