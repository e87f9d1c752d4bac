"""Which entries of a value the result depends on: a branch that was not taken has none.

``np.where(x > 0, np.log(x), 0)`` at 0 does not use the logarithm, whose slope there is infinite.
Reading backward, its cotangent is 0, and 0·∞ would be no number. So the reading keeps in mind
which entries were left out by something that selects, and to those nothing comes back, whatever
the slope. It is a matter of structure, not of value: a cotangent that merely happens to be 0 (that
of ``y`` in ``y * y`` at 0) is multiplied by the slope, and 0·∞ is then nan, because it is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from calcml.diff.core import Rule, ShapeDtype, Tracer, unwrap
from calcml.diff.rules.reduce import log_sum_exp, log_sum_exp2
from calcml.diff.rules.registry import RULES
from calcml.diff.rules.scalar import positive_part, wins
from calcml.diff.rules.shape import getitem, restore_axes, scatter
from calcml.typing import Array

#: ``reach(k, used, y, args, kwargs)``: the entries of argument ``k`` that those in use depend on.
Reach = Callable[[int, Array, Array, Sequence[Any], dict[str, Any]], Array]


#: Rules that take or leave each entry by itself: which of argument ``k`` they take, from the value
#: and the arguments.
KEEP: dict[Rule, Callable[[int, Array, Sequence[Any]], Array]] = {
    RULES[np.where]: lambda k, y, args: args[0] if k == 1 else np.logical_not(args[0]),
    RULES[positive_part]: lambda k, y, args: unwrap(args[0]) > 0,
    RULES[np.nan_to_num]: lambda k, y, args: np.isfinite(unwrap(args[0])),
    **{
        RULES[f]: lambda k, y, args: wins(args[k], y)
        for f in (np.maximum, np.minimum, np.fmax, np.fmin)
    },
}


def kept(rule: Rule, k: int, y: Array, args: Sequence[Any]) -> Array:
    """Which entries of argument ``k`` a rule that selects has taken."""
    return np.asarray(KEEP[rule](k, y, args), dtype=bool)


def _getitem(k: int, used: Array, y: Array, args: Sequence[Any], kwargs: dict[str, Any]) -> Array:
    x, index = args
    return scatter(used.astype(float), index, x.shape) > 0


def _rows(k: int, used: Array, y: Array, args: Sequence[Any], kwargs: dict[str, Any]) -> Array:
    """Of a reduction: all entries that go into a result in use."""
    x, *rest = args
    axis = rest[0] if rest else kwargs.get("axis")
    return np.broadcast_to(restore_axes(used, x, axis, kwargs.get("keepdims", False)), x.shape)


def _extremes(k: int, used: Array, y: Array, args: Sequence[Any], kwargs: dict[str, Any]) -> Array:
    """Of those the entries that are the extreme."""
    return _rows(k, used, y, args, kwargs) & (
        unwrap(args[0]) == _rows(k, unwrap(y), y, args, kwargs)
    )


#: Rules that select otherwise.
PICK: dict[Rule, Reach] = {
    RULES[getitem]: _getitem,
    **{RULES[f]: _extremes for f in (np.max, np.min)},
}
SELECT = {*KEEP, *PICK}


#: Reductions that are not linear; each result depends on the entries of its own.
REDUCTIONS = {np.prod, log_sum_exp, log_sum_exp2}


def reach(
    rule: Rule, k: int, used: Array, y: Array, args: Sequence[Any], kwargs: dict[str, Any]
) -> Array:
    """Return which entries of argument ``k`` the ``used`` entries of a rule's value depend on."""
    shape = np.shape(args[k]) if not isinstance(args[k], ShapeDtype | Tracer) else args[k].shape
    if rule in KEEP:
        used = used & kept(rule, k, y, args)
    elif rule in PICK:
        used = PICK[rule](k, used, y, args, kwargs)
    elif rule.function in REDUCTIONS:
        return _rows(k, used, y, args, kwargs)
    elif rule is RULES[np.cumprod]:
        axis = args[1] if len(args) > 1 else kwargs.get("axis")
        return np.broadcast_to(used.any(axis=axis, keepdims=axis is not None), shape)
    elif rule.transpose is not None:
        plain = [weights(a) for a in args]
        g = used * weights(used)
        return np.asarray(rule.transpose(g, weights(y), *plain, **kwargs)[k] != 0)
    elif rule.multilinear:
        plain = [weights(a) if i in rule.vjps else a for i, a in enumerate(args)]
        g = used * weights(used)
        return np.asarray(rule.vjps[k](g, weights(y), *plain, **kwargs) != 0)
    elif not rule.elementwise:
        return np.full(shape, used.any())
    extra = tuple(range(used.ndim - len(shape)))
    used = used.any(axis=extra)
    stretched = tuple(i for i, n in enumerate(shape) if n != used.shape[i])
    return used.any(axis=stretched, keepdims=True) if stretched else used


def weights(x: Any) -> Any:
    """Positive numbers in the shape of ``x``, of which sums and differences do not cancel."""
    if not hasattr(x, "shape"):
        return x
    return 1 + np.modf(np.arange(int(np.prod(x.shape))) * 0.6180339887)[0].reshape(x.shape)


class Used:
    """The entries of a value that are in use: found when somebody asks, from where it was used."""

    __slots__ = ("grows", "mask", "sources")

    def __init__(self, *sources: tuple[Any, ...]) -> None:
        #: Uses: rule, argument, the entries of the rule's value in use (None for all), and
        #: what the rule was called with.
        self.sources = list(sources)
        self.mask: Array | None = None
        #: Whether nobody else refers to it, so that uses may be added.
        self.grows = False

    def joined(self, other: Used) -> Used:
        """Return what has the uses of both; of many, at a cost that grows like their number."""
        if not self.grows:
            both = Used(*self.sources)
            both.grows = True
            return both.joined(other)
        self.sources += other.sources
        return self

    def find(self) -> Array:
        """Return the mask; by a loop, since uses may form a long chain."""
        stack = [self]
        while stack:
            each = stack[-1]
            missing = [s[2] for s in each.sources if s[2] is not None and s[2].mask is None]
            if missing:
                stack.extend(missing)
                continue
            stack.pop()
            if each.mask is None:
                masks = [
                    reach(
                        rule, k, np.ones(y.shape, bool) if above is None else above.mask, y, *call
                    )
                    for rule, k, above, y, *call in each.sources
                ]
                each.mask = np.logical_or.reduce(masks)
        return self.mask


def below(
    rule: Rule, k: int, above: Used | None, y: Array, args: Sequence[Any], kwargs: dict[str, Any]
) -> Used | None:
    """Return what of argument ``k`` is in use; None if it goes without saying that all is."""
    if rule in SELECT:
        return Used((rule, k, above, y, args, kwargs))
    if above is None:
        return None
    if rule.elementwise and args[k].shape == y.shape:
        return above
    return Used((rule, k, above, y, args, kwargs))


def pull_used(
    rule: Rule, k: int, used: Used, g: Array, y: Array, args: Sequence[Any], kwargs: dict[str, Any]
) -> Array:
    """Apply a VJP to a cotangent ``g`` that is 0 where the value was not used."""
    pull = rule.vjps[k]
    with np.errstate(divide="ignore", invalid="ignore"):
        pulled = pull(g, y, *args, **kwargs)
    if not np.any(np.isnan(unwrap(pulled))):
        return pulled
    mask = used.find()
    if rule.elementwise:
        return np.where(mask, pulled, 0)
    if rule.multilinear:
        call: list[Any] = [
            _only(reach(rule, i, mask, y, args, kwargs), a) if i in rule.vjps else a
            for i, a in enumerate(args)
        ]
        return pull(g, y, *call, **kwargs)
    return np.where(reach(rule, k, mask, y, args, kwargs), pulled, 0)


def _only(mask: Array, x: Any) -> Any:
    """``x`` with zeros for what the mask leaves out."""
    return x if isinstance(x, ShapeDtype) else np.where(mask, x, 0)
