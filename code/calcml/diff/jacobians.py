"""Jacobians and Hessians: every derivative of every output, by columns or by rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from calcml.diff.arguments import Argnums, is_one, restrict
from calcml.diff.forward import ForwardBlock, push
from calcml.diff.gradient import grad
from calcml.diff.pytree import Tree, all_real, flatten
from calcml.diff.reverse import pull_back
from calcml.typing import Array

__all__ = ["hessian", "jacobian"]

BLOCK_SIZE = 64  # tangents pushed at once: enough to spread the overhead, few enough for the cache


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
        g, chosen, places = restrict(f, argnums, args, kwargs)
        inputs, build = all_real(chosen, places)
        n = sum(x.size for x in inputs)
        if mode == "fwd" and n:
            blocks, build_y = _columns(g, inputs, build)
        else:
            y, pullback = pull_back(g, chosen, places)
            outputs, build_y = flatten(y)
            if mode == "auto" and sum(np.size(o) for o in outputs) >= n > 0:
                blocks, build_y = _columns(g, inputs, build)
            else:
                blocks = _rows(outputs, build_y, pullback, inputs)
        trees = [build(row) for row in blocks]
        return build_y([tree[0] if is_one(argnums) else tree for tree in trees])

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
        values, tangents, build_y = push(g, build, inputs, unit, ForwardBlock())
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
