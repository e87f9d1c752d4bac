"""Many tangents at once: how a rule acts on a block of them, stacked along a new first axis.

A rule that multiplies by a diagonal acts on a block as it acts on one tangent, and so do the linear
maps below after a shift of their axes; any other rule takes the tangents one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from calcml.core import RULES, Array, Derivative, Rule
from calcml.rules.shape import getitem, scatter

#: ``pushforward(jvp, t, y, args, kwargs)``.
Pushforward = Callable[[Derivative, Array, Array, Sequence[Any], dict[str, Any]], Array]


def one_by_one(
    jvp: Derivative, t: Array, y: Array, args: Sequence[Any], kwargs: dict[str, Any]
) -> Array:
    """Apply ``jvp`` to each tangent of the block ``t``."""
    return np.stack([jvp(t[i], y, *args, **kwargs) for i in range(len(t))])


def align(t: Array, ndim: int) -> Array:
    """Insert axes after the first, so that each tangent broadcasts with arrays of ``ndim`` axes."""
    missing = ndim + 1 - t.ndim
    return t.reshape(t.shape[:1] + (1,) * missing + t.shape[1:]) if missing > 0 else t


def _sum(jvp: Derivative, t: Array, y: Array, args: Sequence[Any], kwargs: dict[str, Any]) -> Array:
    x, *rest = args
    axis = rest[0] if rest else kwargs.get("axis")
    axes = range(x.ndim) if axis is None else [a % x.ndim for a in np.atleast_1d(axis)]
    return np.sum(t, axis=tuple(a + 1 for a in axes)).reshape(t.shape[:1] + y.shape)


def _getitem(
    jvp: Derivative, t: Array, y: Array, args: Sequence[Any], kwargs: dict[str, Any]
) -> Array:
    index = _after_first(args[1])
    return one_by_one(jvp, t, y, args, kwargs) if index is None else t[index]


def _scatter(
    jvp: Derivative, t: Array, y: Array, args: Sequence[Any], kwargs: dict[str, Any]
) -> Array:
    index = _after_first(args[1])
    if index is None:
        return one_by_one(jvp, t, y, args, kwargs)
    return RULES[scatter](t, index, (len(t), *args[2]))


def _after_first(index: Any) -> tuple[Any, ...] | None:
    """The index that keeps the first axis and applies ``index`` to the rest, where one does.

    With an array inside a longer index, the axes that it makes may come first: then there is none.
    """
    parts = index if isinstance(index, tuple) else (index,)
    plain = all(
        p is None or p is Ellipsis or isinstance(p, slice | int | np.integer) for p in parts
    )
    return (slice(None), *parts) if plain or len(parts) == 1 else None


def _reshape(
    jvp: Derivative, t: Array, y: Array, args: Sequence[Any], kwargs: dict[str, Any]
) -> Array:
    order = args[2] if len(args) > 2 else kwargs.get("order", "C")
    if order != "C":
        return one_by_one(jvp, t, y, args, kwargs)
    return t.reshape(t.shape[:1] + y.shape)


def _broadcast_to(
    jvp: Derivative, t: Array, y: Array, args: Sequence[Any], kwargs: dict[str, Any]
) -> Array:
    return np.broadcast_to(align(t, y.ndim), t.shape[:1] + y.shape)


def _transpose(
    jvp: Derivative, t: Array, y: Array, args: Sequence[Any], kwargs: dict[str, Any]
) -> Array:
    x, *rest = args
    axes = rest[0] if rest else kwargs.get("axes")
    order = range(x.ndim)[::-1] if axes is None else [a % x.ndim for a in axes]
    return np.transpose(t, (0, *(a + 1 for a in order)))


def _matmul_left(
    jvp: Derivative, t: Array, y: Array, args: Sequence[Any], kwargs: dict[str, Any]
) -> Array:
    a, b = args
    if a.ndim == 1 and b.ndim > 2:
        return one_by_one(jvp, t, y, args, kwargs)
    return np.matmul(t if b.ndim <= 2 else align(t, b.ndim), b)


def _matmul_right(
    jvp: Derivative, t: Array, y: Array, args: Sequence[Any], kwargs: dict[str, Any]
) -> Array:
    a, b = args
    if b.ndim == 1:
        return one_by_one(jvp, t, y, args, kwargs) if a.ndim > 2 else t @ a.T
    return np.matmul(a, align(t, max(a.ndim, b.ndim)))


BLOCK: dict[tuple[Rule, int], Pushforward] = {
    (RULES[getitem], 0): _getitem,
    (RULES[scatter], 0): _scatter,
    (RULES[np.sum], 0): _sum,
    (RULES[np.reshape], 0): _reshape,
    (RULES[np.broadcast_to], 0): _broadcast_to,
    (RULES[np.transpose], 0): _transpose,
    (RULES[np.matmul], 0): _matmul_left,
    (RULES[np.matmul], 1): _matmul_right,
}
