"""Gradients, directional derivatives, and the product of the Hessian with a vector."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from calcml.diff.arguments import Argnums, check_scalar, is_one, one_like, restrict
from calcml.diff.forward import jvp
from calcml.diff.pytree import Tree
from calcml.diff.reverse import pull_back

__all__ = ["directional_derivative", "grad", "hvp", "value_and_grad"]


def grad(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Tree]:
    """Return the function that computes the gradient ``∇f``.

    Parameters
    ----------
    f
        A scalar function of arrays, or of lists, tuples and dicts of arrays, written in NumPy.
    argnums
        Which argument to differentiate in, or which ones.

    Returns
    -------
    callable
        Function of the arguments of ``f``; returns the gradient shaped like the argument, or a
        tuple of gradients if ``argnums`` is a sequence. Cost: one evaluation of ``f`` and one pass
        backward, a small multiple of ``f`` for any number of inputs.

    Raises
    ------
    TypeError
        If an argument in ``argnums`` is not floating-point, or ``f`` does not return a real scalar,
        or ``f`` does something that cannot be traced.

    Examples
    --------
    >>> import numpy as np
    >>> grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    array([2., 4.])
    >>> grad(lambda a, b: a * b, argnums=(0, 1))(3.0, 5.0)
    (np.float64(5.0), np.float64(3.0))
    """
    evaluate = value_and_grad(f, argnums)

    def gradient(*args: Any, **kwargs: Any) -> Tree:
        return evaluate(*args, **kwargs)[1]

    return gradient


def value_and_grad(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., tuple[Any, Tree]]:
    """Return the function that computes ``f`` and its gradient in one run.

    Parameters and errors are those of :func:`grad`.

    Returns
    -------
    callable
        Function of the arguments of ``f``; returns ``(f(...), ∇f(...))``.

    Examples
    --------
    >>> import numpy as np
    >>> value_and_grad(np.sin)(0.0)
    (np.float64(0.0), np.float64(1.0))
    """

    def evaluate(*args: Any, **kwargs: Any) -> tuple[Any, Tree]:
        y, pullback = pull_back(*restrict(f, argnums, args, kwargs))
        check_scalar(y, "grad")
        gradients = pullback(one_like(y), last=True)
        return y, gradients[0] if is_one(argnums) else gradients

    return evaluate


def hvp(f: Callable[[Tree], Any], x: Tree, v: Tree) -> Tree:
    """Return the Hessian-vector product ``∇²f(x) v``, without the Hessian.

    It is the gradient of the directional derivative, ``∇(∇f(x)·v)`` (Pearlmutter, "Fast exact
    multiplication by the Hessian", 1994).

    Parameters
    ----------
    f
        A scalar function of one array, or of one tree of arrays, written in NumPy.
    x
        Where.
    v
        In which direction: shaped like ``x``.

    Returns
    -------
    ndarray or tree
        Shaped like ``x``. Cost: a small multiple of one evaluation of ``f``.

    Raises
    ------
    TypeError
        As for :func:`grad`.
    ValueError
        If ``v`` is not shaped like ``x``.

    Examples
    --------
    >>> import numpy as np
    >>> hvp(lambda x: x[0] ** 2 * x[1], np.array([1.0, 3.0]), np.array([1.0, 0.0]))
    array([6., 2.])
    """

    def slope(x: Tree) -> Any:
        y, ydot = jvp(f, (x,), (v,))
        check_scalar(y, "hvp")
        return ydot

    return grad(slope)(x)


def directional_derivative(f: Callable[[Tree], Tree], x: Tree, v: Tree) -> Tree:
    """Return the derivative of ``f`` at ``x`` along ``v``, ``lim (f(x + h v) - f(x)) / h``.

    For a scalar function it is ``∇f(x)·v``. The vector is taken as it is: for the slope in its
    direction, give it length 1.

    Parameters
    ----------
    f
        A function of one array or tree, written in NumPy.
    x
        Where.
    v
        Along which vector: shaped like ``x``.

    Returns
    -------
    ndarray
        Shaped like ``f(x)``. Cost: one forward pass.

    Raises
    ------
    TypeError
        If ``x`` is not floating-point.
    ValueError
        If ``v`` is not shaped like ``x``.

    Examples
    --------
    >>> import numpy as np
    >>> directional_derivative(lambda x: x[0] * x[1], np.array([2.0, 3.0]), np.array([1.0, 0.0]))
    np.float64(3.0)
    """
    return jvp(f, (x,), (v,))[1]
