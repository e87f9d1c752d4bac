"""Reverse mode: write the operations down, then read them backward.

A function ``y = f(x)`` runs once, and every operation on traced values is written on a tape with
the values that its derivative needs. Reading the tape backward, each value's cotangent
``v̄ = (∂y/∂v)ᵀ g`` is complete when its turn comes, because whatever used ``v`` stands behind it
(Wengert 1964; Griewank & Walther, *Evaluating Derivatives*, 2008, sec. 3.2). A loop does it: no
recursion, whatever the length, and each operation once, however the values fork and join.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from typing import Any

import numpy as np

from calcml.diff.aliasing import owned
from calcml.diff.array_tracer import ArrayTracer
from calcml.diff.core import Nodes, Rule, ShapeDtype, Trace, Tracer
from calcml.diff.errors import explain
from calcml.diff.pytree import (
    Tree,
    all_real,
    flatten,
    leaves_like,
    like,
    refuse_complex,
    together,
)
from calcml.diff.rules.registry import RULES
from calcml.diff.rules.shape import add_at, getitem, scatter, scattered, unbroadcast
from calcml.diff.symbolic_zeros import SELECT, Used, below, pull_used
from calcml.typing import Array

__all__ = ["Tape", "Variable", "vjp"]


Pullback = Callable[..., tuple[Tree, ...]]


class Variable(ArrayTracer):
    """A traced value whose ``node`` is its place on the tape."""

    __slots__ = ()


class Tape(Trace):
    """The operations of one run, in the order in which they were done."""

    __slots__ = ("entries",)

    def __init__(self, inputs: Sequence[Array]) -> None:
        super().__init__()
        #: One entry for each value: None for an input, else rule, value, arguments, nodes.
        self.entries: list[Any] = [None] * len(inputs)

    def record(
        self, rule: Rule, y: Array, args: Sequence[Array], kwargs: dict[str, Any], nodes: Nodes
    ) -> Variable:
        """Write an operation down; return the variable that stands for its result."""
        entries = self.entries
        kept, first = y, args[0]
        if y.nbytes > LARGE or (type(first) is np.ndarray and first.nbytes > LARGE):
            kept, args = _thinned(rule, y, args, nodes)
        entries.append((rule, kept, args, kwargs, nodes))
        return Variable(y, self, len(entries) - 1)

    def pull(self, seeds: Sequence[tuple[int, Array]], n: int, last: bool) -> list[Array | None]:
        """Return the cotangents of the first ``n`` values, given those of the outputs.

        In the ``last`` reading entries are torn off as they are read, and their arrays with them:
        the memory that they leave is still in the processor's cache for those that come.
        """
        entries = self.entries
        cotangents: list[Array | None] = [None] * len(entries)
        own: set[int] = set()  # places whose cotangent is a fresh array: it can grow in place
        pieces: dict[int, list[Any]] = {}  # cotangents of x[index] that have yet to be put together
        for place, g in seeds:
            _add(cotangents, own, place, g)
        parts: dict[int, Used] = {}  # places of which not every entry is in use
        for i in range(len(entries) - 1, n - 1, -1):
            rule, y, args, kwargs, nodes = entries.pop() if last else entries[i]
            if i in pieces:
                _put_together(cotangents, own, i, pieces.pop(i))
            g = cotangents.pop()
            if g is None:
                continue
            used = parts.pop(i, None) if parts else None
            if used is not None:
                used.grows = False
            if rule.transpose is not None:
                pulled_all = rule.transpose(g, y, *args, **kwargs)
                for k, place in nodes:
                    if place >= n and (parts or used is not None):
                        part = below(rule, k, used, y, args, kwargs)
                        _note(parts, place, part, cotangents[place] is None and place not in pieces)
                    _add(cotangents, own, place, pulled_all[k])
                continue
            for k, place in nodes:
                if place >= n and (parts or used is not None or rule in SELECT):
                    part = below(rule, k, used, y, args, kwargs)
                    _note(parts, place, part, cotangents[place] is None and place not in pieces)
                pull = rule.vjps[k]
                if pull is _pull_index:
                    if isinstance(g, Tracer):
                        pieces.setdefault(place, []).append((g, *args))
                    else:
                        _add_at(cotangents, own, place, args, g)
                    continue
                if used is None:
                    pulled = pull(g, y, *args, **kwargs)
                else:
                    pulled = pull_used(rule, k, used, g, y, args, kwargs)
                if rule.elementwise and pulled.shape != args[k].shape:
                    pulled = unbroadcast(pulled, args[k].shape)
                if cotangents[place] is None:
                    cotangents[place] = pulled
                else:
                    _add(cotangents, own, place, pulled)
        for place, found in pieces.items():
            _put_together(cotangents, own, place, found)
        return cotangents


LARGE = 1 << 16  # bytes; it takes longer to forget a smaller array than to keep it


def _thinned(
    rule: Rule, y: Array, args: Sequence[Array], nodes: Nodes
) -> tuple[Array, Sequence[Array]]:
    """Keep the shape and type alone of large arrays whose entries no VJP of the operation needs."""
    thinned = None
    for i in rule.unneeded(tuple([k for k, _ in nodes])):
        array = y if i == 0 else args[i - 1]
        if hasattr(array, "dtype") and array.nbytes > LARGE:
            thinned = thinned or [y, *args]
            thinned[i] = ShapeDtype(array)
    return (thinned[0], thinned[1:]) if thinned else (y, args)


_pull_index = RULES[getitem].vjps[0]


def _add(cotangents: list[Array | None], own: set[int], place: int, g: Array) -> None:
    """Add ``g`` to a cotangent: where a value is used twice, what comes back is summed."""
    old = cotangents[place]
    if old is None:
        cotangents[place] = g
    elif place in own and type(old) is type(g) is np.ndarray and old.dtype == g.dtype:
        old += g
    else:
        cotangents[place] = old + g
        own.add(place)


def _note(parts: dict[int, Used], place: int, part: Used | None, first: bool) -> None:
    """Remember which entries are in use; all of them, once somebody used all."""
    if first and part is not None:
        parts[place] = part
    elif place in parts:
        if part is None:
            del parts[place]
        else:
            parts[place] = parts[place].joined(part)


def _add_at(
    cotangents: list[Array | None], own: set[int], place: int, args: Sequence[Any], g: Array
) -> None:
    """Add ``g`` to the entries that ``x[index]`` took, touching no others."""
    x, index = args
    old = cotangents[place]
    if old is not None and (isinstance(old, Tracer) or x.ndim == 0):
        cotangents[place] = old + scatter(g, index, x.shape)
        return
    if old is None:
        cotangents[place] = np.zeros(x.shape, g.dtype)
    elif place not in own:
        cotangents[place] = np.array(old)
    own.add(place)
    add_at(cotangents[place], index, g)


def _put_together(
    cotangents: list[Array | None], own: set[int], place: int, pieces: list[Any]
) -> None:
    """Add traced cotangents of ``x[index]``, all in one operation: each touches its entries alone.

    One by one, each would be as large as ``x``, and their sum cost the square of their number.
    """
    shape = pieces[0][1].shape
    indices = [index for _, _, index in pieces]
    g = RULES[scattered](*(g for g, _, _ in pieces), indices=indices, shape=shape)
    _add(cotangents, own, place, g)


def vjp(f: Callable[..., Tree], *primals: Tree) -> tuple[Tree, Pullback]:
    """Evaluate ``f`` and return with its value the map ``g ↦ Jᵀ g``.

    With ``J`` the derivative of ``f`` at the primals, of shape ``(outputs, inputs)``, the pullback
    computes ``Jᵀ g`` without forming ``J``; it may be called any number of times.

    Parameters
    ----------
    f
        A function of arrays, or of lists, tuples and dicts of arrays, written in NumPy. It must not
        change in place a plain array that it computed with before: the tape remembers the array.
        Nor must anybody change a primal before the last call of the pullback.
    *primals
        Where to differentiate: real floating-point numbers, arrays, or trees of them.

    Returns
    -------
    y
        ``f(*primals)``.
    pullback
        Function of a cotangent ``g`` shaped like ``y``; returns a tuple of one cotangent for each
        primal, shaped like it. Cost: a small multiple of one evaluation of ``f``, however many
        inputs there are (the cheap gradient principle; Baur & Strassen, 1983). With
        ``last=True`` it frees the tape on the way, and cannot be called again.

    Raises
    ------
    TypeError
        If a primal is not real and floating-point, or ``f`` does something that has no rule.
    ValueError
        If ``g`` does not have the structure and shapes of ``y``.
    RuntimeError
        If the pullback is called after it was called with ``last=True``.

    Examples
    --------
    >>> y, pullback = vjp(lambda x, y: x * np.sin(y), 2.0, 0.0)
    >>> pullback(1.0)
    (np.float64(0.0), np.float64(2.0))
    """
    y, pullback = pull_back(f, primals)
    outputs, build = flatten(y)
    # The tape needs its own: whoever changes y must not change what is pulled back.
    return build([copy(o) for o in outputs]), pullback


def pull_back(
    f: Callable[..., Tree], primals: Sequence[Tree], numbers: Sequence[int] | None = None
) -> tuple[Tree, Pullback]:
    """Do the work of :func:`vjp`; ``numbers`` are the places of the primals among all arguments."""
    leaves, build = all_real(primals, numbers)
    tape = Tape(leaves)
    try:
        y = f(*build(together([Variable(x, tape, i) for i, x in enumerate(leaves)])))
    except ValueError as error:
        explain(error)
        raise
    outputs, build_output = flatten(y)
    places = [o.node if isinstance(o, Variable) and o._trace is tape else None for o in outputs]
    values = [o if place is None else o.value for o, place in zip(outputs, places, strict=True)]

    length = len(tape.entries)

    def pullback(g: Tree, *, last: bool = False) -> tuple[Tree, ...]:
        if len(tape.entries) != length:
            raise RuntimeError("the tape was freed by last=True; call vjp again")
        cotangents = leaves_like(g, y, "g", "the value of f")
        seeds = [
            (place, like(value, g, "g"))
            for place, value, g in zip(places, values, cotangents, strict=True)
            if place is not None
        ]
        found = tape.pull(seeds, len(leaves), last)
        result: tuple[Tree, ...] = build(_finished(found, leaves, cotangents))
        return result

    return build_output(owned(values, leaves)), pullback


def _finished(
    cotangents: list[Array | None], leaves: list[Array], given: Sequence[Array]
) -> list[Array]:
    """Give each cotangent the type of its leaf, and memory of its own."""
    finished = []
    for g, x in zip(cotangents, leaves, strict=True):
        if g is None:
            g = np.zeros(x.shape, x.dtype)
        elif g.dtype != x.dtype:
            refuse_complex(g)
            g = g.astype(x.dtype)
        finished.append(g[()] if isinstance(g, np.ndarray) and g.ndim == 0 else g)
    return owned(finished, given)
