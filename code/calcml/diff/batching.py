"""Many tangents at once: how a rule acts on a block of them, stacked along a new first axis.

A rule that multiplies by a diagonal acts on a block as it acts on one tangent, and so do the linear
maps below after a shift of their axes; any other rule takes the tangents one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from string import ascii_letters
from typing import Any

import numpy as np

from calcml.diff.core import Derivative, Nodes, Rule
from calcml.diff.rules.product import contracted
from calcml.diff.rules.registry import RULES
from calcml.diff.rules.scalar import cast
from calcml.diff.rules.shape import concatenated, getitem, scatter, scattered
from calcml.tensor import explicit_spec
from calcml.typing import Array

#: ``pushforward(k, jvp, t, y, args, kwargs)``, for argument ``k``.
Pushforward = Callable[[int, Derivative, Array, Array, Sequence[Any], dict[str, Any]], Array]


def one_by_one(
    k: int, jvp: Derivative, t: Array, y: Array, args: Sequence[Any], kwargs: dict[str, Any]
) -> Array:
    """Apply ``jvp`` to each tangent of the block ``t``."""
    return np.stack([jvp(t[i], y, *args, **kwargs) for i in range(len(t))])


def push_block_of_all(
    rule: Rule, y: Array, args: Sequence[Any], kwargs: dict[str, Any], nodes: Nodes
) -> Array:
    """Apply a rule that is linear in all arguments together to a block of tangents of each."""
    n = len(nodes[0][1])
    settings = WIDE[rule](n, y, kwargs) if rule in WIDE else None
    if settings is None:
        return np.stack(
            [rule.push_all([(k, t[i]) for k, t in nodes], args, kwargs) for i in range(n)]
        )
    wide = [np.broadcast_to(np.zeros((), a.dtype), (n, *a.shape)) for a in args]
    for k, t in nodes:
        wide[k] = t
    return rule(*wide, **settings)


def align(t: Array, ndim: int) -> Array:
    """Insert axes after the first, so that each tangent broadcasts with arrays of ``ndim`` axes."""
    missing = ndim + 1 - t.ndim
    return t.reshape(t.shape[:1] + (1,) * missing + t.shape[1:]) if missing > 0 else t


def _reduction(
    k: int, jvp: Derivative, t: Array, y: Array, args: Sequence[Any], kwargs: dict[str, Any]
) -> Array:
    x, *rest = args
    axis = rest[0] if rest else kwargs.get("axis")
    axes = range(x.ndim) if axis is None else [a % x.ndim for a in np.atleast_1d(axis)]
    return np.sum(t, axis=tuple(a + 1 for a in axes)).reshape(t.shape[:1] + y.shape)


def _mean(
    k: int, jvp: Derivative, t: Array, y: Array, args: Sequence[Any], kwargs: dict[str, Any]
) -> Array:
    return _reduction(k, jvp, t, y, args, kwargs) * (y.size / args[0].size)


def _getitem(
    k: int, jvp: Derivative, t: Array, y: Array, args: Sequence[Any], kwargs: dict[str, Any]
) -> Array:
    index = _after_first(args[1])
    return one_by_one(k, jvp, t, y, args, kwargs) if index is None else t[index]


def _scatter(
    k: int, jvp: Derivative, t: Array, y: Array, args: Sequence[Any], kwargs: dict[str, Any]
) -> Array:
    index = _after_first(args[1])
    if index is None:
        return one_by_one(k, jvp, t, y, args, kwargs)
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
    k: int, jvp: Derivative, t: Array, y: Array, args: Sequence[Any], kwargs: dict[str, Any]
) -> Array:
    order = args[2] if len(args) > 2 else kwargs.get("order", "C")
    if order != "C":
        return one_by_one(k, jvp, t, y, args, kwargs)
    return t.reshape(t.shape[:1] + y.shape)


def _broadcast_to(
    k: int, jvp: Derivative, t: Array, y: Array, args: Sequence[Any], kwargs: dict[str, Any]
) -> Array:
    return np.broadcast_to(align(t, y.ndim), t.shape[:1] + y.shape)


def _transpose(
    k: int, jvp: Derivative, t: Array, y: Array, args: Sequence[Any], kwargs: dict[str, Any]
) -> Array:
    x, *rest = args
    axes = rest[0] if rest else kwargs.get("axes")
    order = range(x.ndim)[::-1] if axes is None else [a % x.ndim for a in axes]
    return np.transpose(t, (0, *(a + 1 for a in order)))


def _matmul(
    k: int, jvp: Derivative, t: Array, y: Array, args: Sequence[Any], kwargs: dict[str, Any]
) -> Array:
    a, b = args
    if (a.ndim == 1 and b.ndim > 2) or (b.ndim == 1 and a.ndim > 2):
        return one_by_one(k, jvp, t, y, args, kwargs)
    if k == 0:
        return np.matmul(t if b.ndim <= 2 else align(t, b.ndim), b)
    return t @ a.T if b.ndim == 1 else np.matmul(a, align(t, max(a.ndim, b.ndim)))


def _dot(
    k: int, jvp: Derivative, t: Array, y: Array, args: Sequence[Any], kwargs: dict[str, Any]
) -> Array:
    push = _matmul if all(1 <= np.ndim(x) <= 2 for x in args) else one_by_one
    return push(k, jvp, t, y, args, kwargs)


def _contracted(
    k: int, jvp: Derivative, t: Array, y: Array, args: Sequence[Any], kwargs: dict[str, Any]
) -> Array:
    spec, optimize, *operands = args
    inputs, output = explicit_spec(spec, operands)
    new = next(c for c in ascii_letters if c not in "".join(inputs))
    inputs[k - 2] = new + inputs[k - 2]
    operands[k - 2] = t
    return RULES[contracted](f"{','.join(inputs)}->{new}{output}", optimize, *operands)


def _wide_concatenated(n: int, y: Array, kwargs: dict[str, Any]) -> dict[str, Any]:
    return {"axis": kwargs["axis"] % y.ndim + 1}


def _wide_scattered(n: int, y: Array, kwargs: dict[str, Any]) -> dict[str, Any] | None:
    indices = [_after_first(index) for index in kwargs["indices"]]
    return None if any(i is None for i in indices) else {"indices": indices, "shape": (n, *y.shape)}


def _cast(
    k: int, jvp: Derivative, t: Array, y: Array, args: Sequence[Any], kwargs: dict[str, Any]
) -> Array:
    result: Array = jvp(t, y, *args, **kwargs)
    return result


#: How the rules of linear maps act on blocks.
BLOCK: dict[Rule, Pushforward] = {
    RULES[getitem]: _getitem,
    RULES[scatter]: _scatter,
    RULES[np.sum]: _reduction,
    RULES[np.mean]: _mean,
    RULES[np.reshape]: _reshape,
    RULES[np.broadcast_to]: _broadcast_to,
    RULES[np.transpose]: _transpose,
    RULES[np.matmul]: _matmul,
    RULES[np.dot]: _dot,
    RULES[contracted]: _contracted,
    RULES[cast]: _cast,
}

#: For a rule that is linear in all arguments together: its settings where it acts on blocks of
#: ``n`` tangents, or None if they have to be taken one by one.
WIDE: dict[Rule, Callable[[int, Array, dict[str, Any]], dict[str, Any] | None]] = {
    RULES[concatenated]: _wide_concatenated,
    RULES[scattered]: _wide_scattered,
}
