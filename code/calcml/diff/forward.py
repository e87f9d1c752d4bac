"""Forward mode: carry the derivative along.

A dual number ``v + v̇ ε`` with ``ε² = 0`` holds a value and its tangent; every operation computes
both, ``f(v + v̇ ε) = f(v) + f'(v) v̇ ε`` (Clifford 1873; Griewank & Walther, *Evaluating
Derivatives*, 2008, sec. 3.1).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from calcml.diff.aliasing import owned
from calcml.diff.array_tracer import ArrayTracer
from calcml.diff.batching import BLOCK, align, one_by_one, push_block_of_all
from calcml.diff.core import Nodes, Rule, Trace, Tracer
from calcml.diff.errors import explain
from calcml.diff.live import Partial, apart, carry, push_live, tangent_of
from calcml.diff.pytree import (
    Tree,
    all_real,
    as_real,
    flatten,
    leaves_like,
    like,
    refuse_complex,
    together,
)
from calcml.diff.symbolic_zeros import KEEP
from calcml.typing import Array

__all__ = ["Dual", "jvp"]


class Forward(Trace):
    """One forward sweep with one tangent for each value."""

    __slots__ = ()

    def record(
        self, rule: Rule, y: Array, args: Sequence[Array], kwargs: dict[str, Any], nodes: Nodes
    ) -> Dual:
        """Return the dual number of an operation: ``ẏ = Σₖ ∂ₖf v̇ₖ``."""
        if rule in KEEP:
            return self.record_live(rule, y, args, kwargs, nodes)
        for _, t in nodes:
            if type(t) is Partial:
                return self.record_live(rule, y, args, kwargs, nodes)
        if rule.transpose is not None:
            return Dual(y, self.push_all(rule, y, args, kwargs, nodes), self)
        total = None
        for k, t in nodes:
            pushed = self.push(rule, k, t, y, args, kwargs)
            total = pushed if total is None else total + pushed
        return Dual(y, total, self)

    def record_live(
        self, rule: Rule, y: Array, args: Sequence[Array], kwargs: dict[str, Any], nodes: Nodes
    ) -> Dual:
        """Do the same where some entries may not depend on what is differentiated."""
        tangents, lives = apart(nodes)
        if rule.transpose is not None:
            total = self.push_all(rule, y, args, kwargs, tangents)
        else:
            total = None
            for k, t in tangents:
                if (live := lives[k]) is None:
                    pushed = self.push(rule, k, t, y, args, kwargs)
                else:
                    push = partial(self.push, rule, k, t, y, kwargs=kwargs)
                    pushed = push_live(push, rule, k, live, y, args, kwargs)
                total = pushed if total is None else total + pushed
        found = carry(rule, lives, y, args, kwargs)
        return Dual(y, total if found is None else Partial(total, found), self)

    def push_all(
        self, rule: Rule, y: Array, args: Sequence[Array], kwargs: dict[str, Any], nodes: Nodes
    ) -> Array:
        """Apply a rule that is linear in all arguments together to their tangents."""
        return rule.push_all(nodes, args, kwargs)

    def push(
        self, rule: Rule, k: int, t: Array, y: Array, args: Sequence[Array], kwargs: dict[str, Any]
    ) -> Array:
        """Return ``∂ₖf v̇ₖ``, in the shape of ``y``."""
        pushed = rule.jvps[k](t, y, *args, **kwargs)
        if rule.elementwise and pushed.shape != y.shape:
            pushed = np.broadcast_to(pushed, y.shape)
        return pushed


class ForwardBlock(Forward):
    """One forward sweep with a block of tangents for each value, along a new first axis."""

    __slots__ = ()

    def push_all(
        self, rule: Rule, y: Array, args: Sequence[Array], kwargs: dict[str, Any], nodes: Nodes
    ) -> Array:
        """Apply such a rule to all tangents at once where possible."""
        return push_block_of_all(rule, y, args, kwargs, nodes)

    def push(
        self, rule: Rule, k: int, t: Array, y: Array, args: Sequence[Array], kwargs: dict[str, Any]
    ) -> Array:
        """Return all ``∂ₖf v̇ₖ``, at once where possible."""
        if rule.elementwise:
            pushed = rule.jvps[k](align(t, y.ndim), y, *args, **kwargs)
            return np.broadcast_to(pushed, (len(t), *y.shape))
        push_block = BLOCK.get(rule, one_by_one)
        return push_block(k, rule.jvps[k], t, y, args, kwargs)


_numbers = Forward()  # where dual numbers live that are made by hand


class Dual(ArrayTracer):
    """A value and its tangent.

    Parameters
    ----------
    value
        A real number or array.
    tangent
        Its derivative in the direction of interest, of the same shape.

    Examples
    --------
    The derivative of ``x sin x`` at 2, and its value, in one evaluation:

    >>> x = Dual(2.0, 1.0)
    >>> x * np.sin(x)
    Dual(value=1.81859485365..., tangent=0.07700375373...)
    """

    __slots__ = ()

    def __init__(self, value: Any, tangent: Any = 0.0, trace: Trace | None = None) -> None:
        if trace is None:
            trace = _numbers
            value = as_real(value, "value")
            tangent = like(value, tangent, "tangent")
        self.value = value
        self.node = tangent
        self._trace = trace

    @property
    def tangent(self) -> Array:
        """The derivative of the value in the direction of interest."""
        return tangent_of(self.node)

    def __repr__(self) -> str:
        return f"Dual(value={self.value!s}, tangent={self.node!s})"


def jvp(
    f: Callable[..., Tree], primals: Sequence[Tree], tangents: Sequence[Tree]
) -> tuple[Tree, Tree]:
    """Return ``f(*primals)`` and ``J ẋ``, its derivative in the direction of the tangents.

    Parameters
    ----------
    f
        A function of arrays, or of lists, tuples and dicts of arrays, written in NumPy.
    primals
        Where to differentiate: a sequence of arguments.
    tangents
        In which direction: a sequence of the same structure and shapes.

    Returns
    -------
    y, ydot
        The value and its derivative, shaped alike. Cost: a small multiple of one evaluation.

    Raises
    ------
    TypeError
        If a primal is not real and floating-point, or ``f`` does something that has no rule.
    ValueError
        If primals and tangents differ in structure or shape.

    Examples
    --------
    >>> jvp(lambda x, y: x * np.sin(y), (2.0, 0.0), (0.0, 1.0))
    (np.float64(0.0), np.float64(2.0))
    """
    primals = _arguments(primals, "primals")
    leaves, build = all_real(primals)
    directions = leaves_like(_arguments(tangents, "tangents"), primals, "tangents", "primals")
    directions = [like(x, t, "tangent") for x, t in zip(leaves, directions, strict=True)]
    outputs, tangent_outputs, build_output = push(f, build, leaves, directions, Forward())
    results = owned([*outputs, *tangent_outputs], [*leaves, *directions])
    n = len(outputs)
    return build_output(results[:n]), build_output(results[n:])


def push(
    f: Callable[..., Tree],
    build: Callable[[list[Array]], Tree],
    leaves: Sequence[Array],
    tangents: Sequence[Array],
    trace: Trace,
) -> tuple[list[Array], list[Array], Callable[[list[Array]], Tree]]:
    """Run ``f`` on duals of the leaves; return its values, their tangents, and their tree."""
    try:
        y = f(*build(together([Dual(x, t, trace) for x, t in zip(leaves, tangents, strict=True)])))
    except ValueError as error:
        explain(error)
        raise
    outputs, build_output = flatten(y)
    traced = [isinstance(o, Tracer) and o._trace is trace for o in outputs]
    values = [o.value if inside else o for o, inside in zip(outputs, traced, strict=True)]
    pushed = [
        tangent_of(o.node) if inside else np.zeros_like(o)
        for o, inside in zip(outputs, traced, strict=True)
    ]
    for i, (value, tangent) in enumerate(zip(values, pushed, strict=True)):
        if tangent.dtype != getattr(value, "dtype", tangent.dtype):
            refuse_complex(tangent)
            pushed[i] = tangent.astype(value.dtype)
    return values, pushed, build_output


def _arguments(arguments: Any, name: str) -> Any:
    if not isinstance(arguments, list | tuple):
        raise TypeError(
            f"{name} must be a tuple with one entry for each argument of f; got "
            f"{type(arguments).__name__}; for a single argument pass (x,)"
        )
    return tuple(arguments)
