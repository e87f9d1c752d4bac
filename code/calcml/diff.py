"""Derivatives of functions: gradient, Jacobian, Hessian, and the operators of vector calculus.

Every operator takes a function written in plain NumPy. Those named like nouns of a function,
``grad(f)``, return a function of the same arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

from calcml.core import Array
from calcml.dual import ForwardBlock, jvp, push
from calcml.leaves import Tree, as_real, flatten
from calcml.tape import vjp

__all__ = [
    "curl",
    "directional_derivative",
    "divergence",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "laplacian",
    "value_and_grad",
    "vjp",
]

Argnums = int | Sequence[int]

BLOCK_SIZE = 64  # tangents pushed at once: enough to spread the overhead, few enough for the cache


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
    >>> value_and_grad(np.sin)(0.0)
    (np.float64(0.0), np.float64(1.0))
    """

    def evaluate(*args: Any, **kwargs: Any) -> tuple[Any, Tree]:
        g, chosen = _restrict(f, argnums, args, kwargs)
        y, pullback = vjp(g, *chosen)
        _check_scalar(y, "grad")
        gradients = pullback(_one(y), last=True)
        return y, gradients[0] if isinstance(argnums, int) else gradients

    return evaluate


def jacobian(
    f: Callable[..., Any], argnums: Argnums = 0, *, mode: Literal["auto", "fwd", "rev"] = "auto"
) -> Callable[..., Tree]:
    """Return the function that computes the derivative ``J = ∂f/∂x``.

    Parameters
    ----------
    f
        A function of arrays with an array as value, written in NumPy; or of trees, with a tree.
    argnums
        Which argument to differentiate in, or which ones.
    mode
        ``"fwd"`` finds ``J`` by columns, one pass for every 64 inputs; ``"rev"`` by rows, one pass
        forward and one backward for each output; ``"auto"`` takes what needs fewer.

    Returns
    -------
    callable
        Function of the arguments of ``f``; returns an array of shape ``y.shape + x.shape``: outputs
        × inputs. A tuple of them if ``argnums`` is a sequence; for trees, a tree like the value,
        and in each place a tree like the argument.

    Raises
    ------
    ValueError
        If ``mode`` is none of the three.
    TypeError
        As for :func:`grad`, except that the value need not be scalar.

    Examples
    --------
    >>> jacobian(lambda x: np.array([[1.0, 2.0], [3.0, 4.0]]) @ x)(np.zeros(2))
    array([[1., 2.],
           [3., 4.]])
    """
    if mode not in ("auto", "fwd", "rev"):
        raise ValueError(f"mode must be 'auto', 'fwd' or 'rev'; got {mode!r}")

    def derivative(*args: Any, **kwargs: Any) -> Tree:
        g, chosen = _restrict(f, argnums, args, kwargs)
        inputs, build = flatten(chosen)
        n = sum(x.size for x in inputs)
        if mode == "fwd" and n:
            blocks, build_y = _columns(g, inputs, build)
        else:
            y, pullback = vjp(g, *chosen)
            outputs, build_y = flatten(y)
            if mode == "auto" and sum(np.size(o) for o in outputs) >= n > 0:
                blocks, build_y = _columns(g, inputs, build)
            else:
                blocks = _rows(outputs, build_y, pullback, inputs)
        trees = [build(row) for row in blocks]
        return build_y([tree[0] if isinstance(argnums, int) else tree for tree in trees])

    return derivative


def _rows(
    outputs: list[Array],
    build_y: Callable[[list[Array]], Tree],
    pullback: Callable[[Tree], tuple[Tree, ...]],
    inputs: list[Array],
) -> list[list[Array]]:
    """The Jacobian of each output in each input, one output entry after the other."""
    blocks = []
    for k, y in enumerate(outputs):
        rows = []
        for i in range(np.size(y)):
            g = [np.zeros(np.shape(o)) for o in outputs]
            g[k].reshape(-1)[i] = 1.0
            rows.append(flatten(pullback(build_y(g)))[0])
        blocks.append(
            [
                np.stack([row[j] for row in rows]).reshape(np.shape(y) + x.shape)
                if rows
                else np.zeros(np.shape(y) + x.shape, x.dtype)
                for j, x in enumerate(inputs)
            ]
        )
    return blocks


def _columns(
    g: Callable[..., Tree], inputs: list[Array], build: Callable[[list[Array]], Tree]
) -> tuple[list[list[Array]], Callable[[list[Array]], Tree]]:
    """The Jacobian of each output in each input, a block of input entries after the other."""
    ends = np.cumsum([x.size for x in inputs])
    blocks: list[list[Array]] = []
    for start in range(0, ends[-1], BLOCK_SIZE):
        b = min(BLOCK_SIZE, ends[-1] - start)
        unit = [
            np.eye(b, x.size, start - (end - x.size), dtype=x.dtype).reshape(b, *x.shape)
            for x, end in zip(inputs, ends, strict=True)
        ]
        y, ydot = push(g, build, inputs, unit, ForwardBlock())
        values, build_y = flatten(y)
        tangents = flatten(ydot)[0]
        blocks.append(
            [np.broadcast_to(t, (b, *np.shape(v))) for t, v in zip(tangents, values, strict=True)]
        )
    jacobians = []
    for parts in zip(*blocks, strict=True):
        wide = np.moveaxis(np.concatenate(parts), 0, -1)
        jacobians.append(
            [
                wide[..., end - x.size : end].reshape(wide.shape[:-1] + x.shape)
                for x, end in zip(inputs, ends, strict=True)
            ]
        )
    return jacobians, build_y


def hessian(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Tree]:
    """Return the function that computes the Hessian ``∇²f``.

    Parameters
    ----------
    f
        A scalar function of arrays, or of trees of arrays, written in NumPy.
    argnums
        Which argument to differentiate in, or which ones.

    Returns
    -------
    callable
        Function of the arguments of ``f``; returns an array of shape ``x.shape + x.shape``, or the
        blocks of the Hessian as nested tuples or trees, like the Jacobian of a gradient. Cost: one
        gradient with 64 tangents for every 64 inputs (forward over reverse).

    Raises
    ------
    TypeError
        As for :func:`grad`.

    Examples
    --------
    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 3.0]))
    array([[6., 2.],
           [2., 0.]])
    """
    return jacobian(grad(f, argnums), argnums, mode="fwd")


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
    >>> hvp(lambda x: x[0] ** 2 * x[1], np.array([1.0, 3.0]), np.array([1.0, 0.0]))
    array([6., 2.])
    """

    def slope(x: Tree) -> Any:
        y, ydot = jvp(f, (x,), (v,))
        _check_scalar(y, "hvp")
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
    >>> directional_derivative(lambda x: x[0] * x[1], np.array([2.0, 3.0]), np.array([1.0, 0.0]))
    np.float64(3.0)
    """
    return jvp(f, (x,), (v,))[1]


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


def _restrict(
    f: Callable[..., Any], argnums: Argnums, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """Return ``f`` as a function of the chosen arguments alone, and those arguments."""
    numbers = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    for k in numbers:
        if not -len(args) <= k < len(args):
            raise ValueError(
                f"argnums={argnums} names argument {k}, but f was called with {len(args)} "
                "positional arguments"
            )
    places = [k % len(args) for k in numbers]
    chosen = [_real(args[k], k) for k in places]

    def restricted(*chosen: Any) -> Any:
        full = list(args)
        for k, x in zip(places, chosen, strict=True):
            full[k] = x
        return f(*full, **kwargs)

    return restricted, tuple(chosen)


def _real(argument: Tree, k: int) -> Tree:
    leaves, build = flatten(argument)
    return build([as_real(x, f"argument {k} of f") for x in leaves])


def _check_scalar(y: Any, name: str) -> None:
    kind = getattr(y, "dtype", None)
    if kind is None and isinstance(y, float | int) and not isinstance(y, bool):
        return
    if kind is None or y.ndim:
        what = f"an array of shape {y.shape}" if kind is not None else type(y).__name__
        raise TypeError(
            f"{name} needs a scalar function; f returned {what}; sum it up, or use jacobian"
        )
    if kind.kind not in "fiu":
        raise TypeError(f"{name} needs a real function; f returned {kind}")


def _one(y: Any) -> Array:
    return y.dtype.type(1) if hasattr(y, "dtype") else 1.0
