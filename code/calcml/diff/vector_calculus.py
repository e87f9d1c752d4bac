"""The operators of vector calculus: divergence, curl, Laplacian."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from calcml.diff.jacobians import hessian, jacobian
from calcml.typing import Array

__all__ = ["curl", "divergence", "laplacian"]


def divergence(F: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """Return the function that computes the divergence ``∇·F = Σᵢ ∂Fᵢ/∂xᵢ``.

    Parameters
    ----------
    F
        A vector field: a function of an array of shape ``(n,)`` with a value of that shape.

    Returns
    -------
    callable
        Function of ``x``; returns a scalar. Cost: one Jacobian.

    Raises
    ------
    ValueError
        If argument and value are not vectors of one length.

    Examples
    --------
    >>> divergence(lambda x: x**2)(np.array([1.0, 2.0]))
    np.float64(6.0)
    """

    def div(x: Array) -> Array:
        return np.trace(_field_jacobian(F, x, "divergence"))

    return div


def curl(F: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """Return the function that computes the curl ``∇ × F``.

    Parameters
    ----------
    F
        A vector field in the plane or in space: a function of an array of shape ``(2,)`` or
        ``(3,)`` with a value of that shape.

    Returns
    -------
    callable
        Function of ``x``; returns an array of shape ``(3,)`` in space, and in the plane the scalar
        ``∂F₂/∂x₁ - ∂F₁/∂x₂``. Cost: one Jacobian.

    Raises
    ------
    ValueError
        If argument and value are not vectors of 2 or 3 entries.

    Examples
    --------
    >>> curl(lambda x: np.stack([-x[1], x[0]]))(np.array([1.0, 2.0]))
    np.float64(2.0)
    """

    def rotation(x: Array) -> Array:
        J = _field_jacobian(F, x, "curl")
        if len(J) == 2:
            return J[1, 0] - J[0, 1]
        if len(J) == 3:
            return np.stack([J[2, 1] - J[1, 2], J[0, 2] - J[2, 0], J[1, 0] - J[0, 1]])
        raise ValueError(f"curl needs a field in 2 or 3 dimensions; got {len(J)}")

    return rotation


def laplacian(f: Callable[[Array], Any]) -> Callable[[Array], Array]:
    """Return the function that computes the Laplacian ``Δf = Σᵢ ∂²f/∂xᵢ²``.

    Parameters
    ----------
    f
        A scalar function of one array, written in NumPy.

    Returns
    -------
    callable
        Function of ``x``; returns a scalar. Cost: one Hessian.

    Raises
    ------
    TypeError
        As for :func:`grad`.

    Examples
    --------
    >>> laplacian(lambda x: np.sum(x**2))(np.zeros(3))
    np.float64(6.0)
    """

    def trace_of_hessian(x: Array) -> Array:
        n = np.size(x)
        return np.trace(hessian(f)(x).reshape(n, n))

    return trace_of_hessian


def _field_jacobian(F: Callable[[Array], Array], x: Array, name: str) -> Array:
    J = jacobian(F, mode="fwd")(x)
    if np.ndim(J) != 2 or J.shape[0] != J.shape[1]:
        inside, outside = np.shape(x), np.shape(J)[: np.ndim(J) - np.ndim(x)]
        raise ValueError(
            f"{name} needs a vector field of (n,) with values in (n,); got an argument of shape "
            f"{inside} and a value of shape {outside}"
        )
    return J
