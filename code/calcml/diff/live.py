"""Which entries of a value depend on what is differentiated: those of a branch that was taken.

The mirror image of `calcml.diff.symbolic_zeros`, for forward mode. In ``√where(x > 0, x, 0)`` at
−1 the root is taken of a constant: its tangent is 0, the slope of the root infinite, and 0·∞ would
be no number. So a tangent keeps in mind which entries were left out by something that selects, and
they stay 0, whatever the slope. Again it is a matter of structure, not of value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from calcml.diff.core import Nodes, Rule, ShapeDtype, unwrap
from calcml.diff.rules.registry import RULES
from calcml.diff.symbolic_zeros import KEEP, REDUCTIONS, kept, weights
from calcml.typing import Array

#: Selecting reductions: among the entries that go into a result, one is taken.
EXTREMES = {RULES[np.max], RULES[np.min]}


class Live:
    """The entries of a value that depend on what is differentiated: found when somebody asks."""

    __slots__ = ("mask", "source")

    def __init__(self, *source: Any) -> None:
        #: Rule, what is live of each traced argument (None for all), and what it was called with.
        self.source: tuple[Any, ...] = source
        self.mask: Array | None = None

    def find(self) -> Array:
        """Return the mask; by a loop, since operations may form a long chain."""
        stack = [self]
        while stack:
            each = stack[-1]
            if each.mask is not None:
                stack.pop()
                continue
            rule, lives, y, args, kwargs = each.source
            missing = [live for live in lives.values() if live is not None and live.mask is None]
            if missing:
                stack.extend(missing)
                continue
            found = np.zeros(y.shape, bool)
            for k, live in lives.items():
                mask = np.ones(np.shape(args[k]), bool) if live is None else live.mask
                found = found | reached(rule, k, mask, y, args, kwargs)
            each.mask, each.source = found, ()
        assert self.mask is not None
        return self.mask


class Partial:
    """A tangent of which not every entry depends on what is differentiated."""

    __slots__ = ("live", "tangent")

    def __init__(self, tangent: Array, live: Live) -> None:
        self.tangent = tangent
        self.live = live


def tangent_of(node: Any) -> Array:
    """The tangent itself."""
    tangent: Array = node.tangent if type(node) is Partial else node
    return tangent


def reached(
    rule: Rule, k: int, live: Array, y: Array, args: Sequence[Any], kwargs: dict[str, Any]
) -> Array:
    """Return which entries of a rule's value depend on the ``live`` entries of argument ``k``."""
    if rule in KEEP:
        return np.broadcast_to(live & kept(rule, k, y, args), y.shape)
    if rule in EXTREMES or rule.function in REDUCTIONS:
        x, *rest = args
        axis = rest[0] if rest else kwargs.get("axis")
        keepdims = kwargs.get("keepdims", False)
        if rule in EXTREMES:
            top = rule.function(unwrap(x), axis=axis, keepdims=True)
            live = live & (unwrap(x) == top)
        return np.any(live, axis=axis, keepdims=keepdims)
    if rule is RULES[np.cumprod]:
        axis = args[1] if len(args) > 1 else kwargs.get("axis")
        flat = live.ravel() if axis is None else live
        return np.logical_or.accumulate(flat, axis=axis or 0)
    if rule.transpose is not None:
        return np.asarray(rule.push_all([(k, live * weights(live))], args, kwargs) != 0)
    if rule.multilinear:
        plain = [weights(a) if i in rule.vjps else a for i, a in enumerate(args)]
        return np.asarray(rule.jvps[k](live * plain[k], weights(y), *plain, **kwargs) != 0)
    if rule.elementwise:
        return np.broadcast_to(live, y.shape)
    return np.full(y.shape, live.any())


def carry(
    rule: Rule,
    lives: Mapping[int, Live | None],
    y: Array,
    args: Sequence[Any],
    kwargs: dict[str, Any],
) -> Live | None:
    """Return what of a rule's value is live; None if it goes without saying that all is."""
    if rule not in KEEP:
        whole = [k for k, live in lives.items() if live is None]
        if rule.elementwise:
            if any(np.shape(args[k]) == y.shape for k in whole):
                return None
            first, *others = lives.values()
            same = all(other is first for other in others)
            if first is not None and same and all(np.shape(args[k]) == y.shape for k in lives):
                return first
        elif whole and (rule.transpose is None or len(whole) == len(args)):
            return None
        if rule not in EXTREMES:  # the others need no more of their arguments than shapes
            every = rule.transpose is not None
            args = [shape_of(a) if every or i in rule.vjps else a for i, a in enumerate(args)]
    return Live(rule, dict(lives), shape_of(y) if rule not in KEEP else y, args, kwargs)


def shape_of(x: Any) -> Any:
    return ShapeDtype(x) if hasattr(x, "dtype") else x


def push_live(
    push: Callable[[Sequence[Any]], Array],
    rule: Rule,
    k: int,
    live: Live,
    y: Array,
    args: Sequence[Any],
    kwargs: dict[str, Any],
) -> Array:
    """Apply a JVP, ``push(args)``, to a tangent that is 0 where argument ``k`` is not live."""
    with np.errstate(divide="ignore", invalid="ignore"):
        pushed = push(args)
    nan = np.isnan(unwrap(pushed))
    if not (nan.any() if nan.ndim else nan):
        return pushed
    mask = live.find()
    if rule.multilinear:
        plain = [weights(a) if i in rule.vjps else a for i, a in enumerate(args)]
        plain[k] = mask * plain[k]
        # What meets no live entry is no factor of any.
        meets = {
            i: np.asarray(rule.vjps[i](weights(y), weights(y), *plain, **kwargs) != 0)
            for i in rule.vjps
            if i != k
        }
        call = [np.where(meets[i], a, 0) if i in meets else a for i, a in enumerate(args)]
        pushed = push(call)
    return np.where(reached(rule, k, mask, y, args, kwargs), pushed, 0)


def apart(nodes: Nodes) -> tuple[Nodes, dict[int, Live | None]]:
    """Return the tangents themselves, and what is live of each."""
    tangents = [(k, tangent_of(node)) for k, node in nodes]
    return tangents, {k: node.live if type(node) is Partial else None for k, node in nodes}
