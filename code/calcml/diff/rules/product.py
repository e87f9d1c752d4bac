"""Rules of products: each is linear in either factor, so only the transposes need saying."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import prod
from string import ascii_letters
from typing import Any

import numpy as np

from calcml.diff.core import InEvery, Rule, Tracer, unwrap
from calcml.diff.rules.registry import RULES, multilinear, rewrites
from calcml.diff.rules.shape import unbroadcast
from calcml.tensor import einsum_vjp, explicit_spec
from calcml.typing import Array


def _matmul_left(g: Array, _y: Array, _a: Array, b: Array) -> Array:
    """``Ā = Ȳ Bᵀ``, summed over batches that ``A`` was broadcast over."""
    if b.ndim == 1:
        return g * b if _a.ndim == 1 else unbroadcast(g[..., None] * b, _a.shape)
    if _a.ndim == 1:
        return unbroadcast(np.matmul(b, g[..., None])[..., 0], _a.shape)
    if _a.ndim == 2 < b.ndim:
        return _fold(g.mT).T @ _fold(b.mT)
    return unbroadcast(np.matmul(g, b.mT), _a.shape)


def _matmul_right(g: Array, _y: Array, a: Array, _b: Array) -> Array:
    """``B̄ = Aᵀ Ȳ``, summed over batches that ``B`` was broadcast over."""
    if a.ndim == 1:
        return g * a if _b.ndim == 1 else unbroadcast(a[:, None] * g[..., None, :], _b.shape)
    if _b.ndim == 1:
        return np.matmul(_fold(a).T, g.reshape(-1))
    if _b.ndim == 2 < a.ndim:
        return _fold(a).T @ _fold(g)
    return unbroadcast(np.matmul(a.mT, g), _b.shape)


def _fold(x: Array) -> Array:
    """Stack the matrices in ``x`` into one tall matrix, so that one product sums over batches."""
    return x if x.ndim == 2 else x.reshape(prod(x.shape[:-1]), x.shape[-1])


multilinear(np.matmul, _matmul_left, _matmul_right)


def _dot_left(g: Array, _y: Array, _a: Array, b: Array) -> Array:
    if _a.ndim == 0 or b.ndim == 0:
        return unbroadcast(g * b, _a.shape)
    if _a.ndim <= 2 and b.ndim <= 2:
        return _matmul_left(g, _y, _a, b)
    rows = b if b.ndim == 1 else np.moveaxis(b, -2, 0)
    return np.tensordot(g, rows, (range(_a.ndim - 1, g.ndim), range(1, b.ndim)))


def _dot_right(g: Array, _y: Array, a: Array, _b: Array) -> Array:
    if a.ndim == 0 or _b.ndim == 0:
        return unbroadcast(g * a, _b.shape)
    if a.ndim <= 2 and _b.ndim <= 2:
        return _matmul_right(g, _y, a, _b)
    summed = range(a.ndim - 1)
    rows = np.tensordot(a, g, (summed, summed))
    return rows if _b.ndim == 1 else np.moveaxis(rows, 0, -2)


multilinear(np.dot, _dot_left, _dot_right)


@rewrites(np.dot)
def _dot(a: Array, b: Array, out: None = None) -> Array:
    return RULES[np.dot](*(x if hasattr(x, "ndim") else np.asarray(x) for x in (a, b)))


multilinear(
    np.vecdot,
    lambda g, _y, _a, b: unbroadcast(g[..., None] * b, _a.shape),
    lambda g, _y, a, _b: unbroadcast(g[..., None] * a, _b.shape),
)


@rewrites(np.vecdot, np.linalg.vecdot)
def _vecdot(x1: Array, x2: Array, /, *, axis: int = -1) -> Array:
    return RULES[np.vecdot](np.moveaxis(x1, axis, -1), np.moveaxis(x2, axis, -1))


@rewrites(np.linalg.matmul)
def _linalg_matmul(x1: Array, x2: Array, /) -> Array:
    return np.matmul(x1, x2)


NO_LIMIT = 1 << 62  # of the entries that an intermediate product may have


def contracted(spec: str, optimize: Any, *operands: Array) -> Array:
    """Return ``np.einsum(spec, *operands)``, with everything else settled beforehand."""
    result: Array = np.einsum(spec, *operands, optimize=optimize)
    return result


RULES[contracted] = Rule(
    contracted,
    InEvery(
        lambda k, t, y, spec, optimize, *operands: RULES[contracted](
            spec, optimize, *operands[: k - 2], t, *operands[k - 1 :]
        )
    ),
    InEvery(lambda k, g, y, spec, optimize, *operands: einsum_vjp(spec, g, operands, k - 2)),
    multilinear=True,
)

multilinear(
    np.convolve,
    lambda g, _y, a, v, mode="full": _convolve_transpose(g, a, v, mode),
    lambda g, _y, a, v, mode="full": _convolve_transpose(g, v, a, mode),
)


def _convolve_transpose(g: Array, a: Array, v: Array, mode: Any) -> Array:
    """Correlate ``g``, put where it stands in the full convolution, with ``v``."""
    m, n = np.size(a), np.size(v)
    start = {"full": 0, "same": (min(m, n) - 1) // 2, "valid": min(m, n) - 1}[mode]
    whole = np.pad(g, (start, m + n - 1 - len(g) - start))
    return np.convolve(whole, np.flip(v), "valid").reshape(np.shape(a))


@rewrites(np.correlate)
def _correlate(a: Array, v: Array, mode: Any = "valid") -> Array:
    if np.size(v) > np.size(a):
        return np.flip(np.convolve(np.flip(a), v, mode))
    return np.convolve(a, np.flip(v), mode)


@rewrites(np.einsum)
def _einsum(*operands: Any, optimize: Any = False, **refused: Any) -> Array:
    if refused:
        raise TypeError(f"np.einsum cannot be traced with {min(refused)}=; leave the argument out")
    optimize = tuple(optimize) if isinstance(optimize, list) else optimize  # it is no array
    if isinstance(operands[0], str):
        return _contract(operands[0], optimize, operands[1:])
    spec = ",".join(_letters(labels) for labels in operands[1::2])
    if len(operands) % 2:
        spec += "->" + _letters(operands[-1])
        operands = operands[:-1]
    return _contract(spec, optimize, operands[::2])


@lru_cache(256)
def _path(spec: str, *shapes: tuple[int, ...]) -> list[tuple[int, ...]]:
    """The places of the operands to contract with each other, step by step."""
    operands = [np.broadcast_to(0.0, shape) for shape in shapes]
    path: list[tuple[int, ...]] = np.einsum_path(spec, *operands, optimize=("greedy", NO_LIMIT))[0]
    return path[1:]


def _contract(spec: str, optimize: Any, operands: Sequence[Array]) -> Array:
    """Contract many traced operands by pairs: a derivative in each of ``n`` costs ``n``, not n²."""
    if sum(isinstance(x, Tracer) for x in operands) <= 2:
        return RULES[contracted](spec, optimize, *operands)
    labels, output = explicit_spec(spec, operands)
    arrays = list(operands)
    for places in _path(f"{','.join(labels)}->{output}", *map(np.shape, operands)):
        left = [labels.pop(i) for i in sorted(places, reverse=True)]
        parts = [arrays.pop(i) for i in sorted(places, reverse=True)]
        needed = "".join([*labels, output])
        kept = "".join(dict.fromkeys(c for c in "".join(left) if c in needed))
        labels.append(kept if labels else output)
        arrays.append(RULES[contracted](f"{','.join(left)}->{labels[-1]}", False, *parts))
    result: Tracer = arrays[0]
    return result.holding(contracted(spec, optimize, *map(unwrap, operands)))


def _letters(labels: Any) -> str:
    return "".join("..." if i is Ellipsis else ascii_letters[i] for i in labels)


@rewrites(np.tensordot, np.linalg.tensordot)
def _tensordot(a: Array, b: Array, axes: Any = 2) -> Array:
    a, b = (x if isinstance(x, Tracer) else np.asarray(x) for x in (a, b))
    if isinstance(axes, int | np.integer):
        left, right = list(range(a.ndim - axes, a.ndim)), list(range(axes))
    else:
        left, right = ([int(i) for i in np.atleast_1d(side)] for side in axes)
    if [a.shape[i] for i in left] != [b.shape[i] for i in right]:
        raise ValueError(f"axes {axes} of shapes {a.shape} and {b.shape} differ in length")
    left, right = [i % a.ndim for i in left], [i % b.ndim for i in right]
    rows = [i for i in range(a.ndim) if i not in left]
    columns = [i for i in range(b.ndim) if i not in right]
    n = int(np.prod([a.shape[i] for i in left]))
    tall = np.transpose(a, rows + left).reshape(-1 if n else _size(a, rows), n)
    wide = np.transpose(b, right + columns).reshape(n, -1 if n else _size(b, columns))
    return np.dot(tall, wide).reshape([a.shape[i] for i in rows] + [b.shape[i] for i in columns])


def _size(x: Array, axes: list[int]) -> int:
    return int(np.prod([x.shape[i] for i in axes]))


@rewrites(np.inner)
def _inner(a: Array, b: Array) -> Array:
    return np.dot(a, b if np.ndim(b) < 2 else np.swapaxes(b, -1, -2))


@rewrites(np.outer, np.linalg.outer)
def _outer(a: Array, b: Array, out: None = None) -> Array:
    return np.reshape(a, (-1, 1)) * np.reshape(b, -1)


@rewrites(np.vdot)
def _vdot(a: Array, b: Array) -> Array:
    return np.matmul(np.reshape(a, -1), np.reshape(b, -1))


@rewrites(np.matvec)
def _matvec(a: Array, v: Array) -> Array:
    return np.matmul(a, v[..., None])[..., 0]


@rewrites(np.vecmat)
def _vecmat(v: Array, a: Array) -> Array:
    return np.matmul(v[..., None, :], a)[..., 0, :]


@rewrites(np.kron)
def _kron(a: Array, b: Array) -> Array:
    rank = max(np.ndim(a), np.ndim(b))
    left = (1,) * (rank - np.ndim(a)) + np.shape(a)
    right = (1,) * (rank - np.ndim(b)) + np.shape(b)
    spread = np.reshape(a, [n for m in left for n in (m, 1)])
    product = spread * np.reshape(b, [n for m in right for n in (1, m)])
    return product.reshape([m * n for m, n in zip(left, right, strict=True)])


@rewrites(np.cross, np.linalg.cross)
def _cross(
    a: Array, b: Array, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Array:
    axisa, axisb, axisc = (axisa, axisb, axisc) if axis is None else (axis, axis, axis)
    a, b = np.moveaxis(a, axisa, -1), np.moveaxis(b, axisb, -1)
    if a.shape[-1] != 3 or b.shape[-1] != 3:
        raise ValueError(f"np.cross needs vectors of 3 entries; got shapes {a.shape} and {b.shape}")
    i, j = [1, 2, 0], [2, 0, 1]
    return np.moveaxis(a[..., i] * b[..., j] - a[..., j] * b[..., i], -1, axisc)
