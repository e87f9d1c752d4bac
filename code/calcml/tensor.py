"""Contractions of tensors, and the transposes of contractions.

A contraction multiplies tensors and sums over indices: ``Cᵢₖ = Σⱼ Aᵢⱼ Bⱼₖ`` is ``"ij,jk->ik"``.
It is linear in each operand, and its transpose in one operand is again a contraction: the output
takes the operand's place (Laue, Mitterreiter & Giesen, "A simple and efficient tensor calculus",
AAAI 2020).
"""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_letters

import numpy as np

from calcml.typing import Array

__all__ = ["contract", "einsum_vjp", "explicit_spec"]


def contract(spec: str, *operands: Array) -> Array:
    """Multiply tensors and sum over every index that the output does not name.

    Parameters
    ----------
    spec
        Indices of each operand, and of the output after ``->``, as in ``np.einsum``: an index may
        be repeated within an operand (its diagonal), ``...`` stands for axes that broadcast, and
        without ``->`` the output has the indices named once, in alphabetical order.
    *operands
        Arrays, one for each group of indices; they may be traced.

    Returns
    -------
    ndarray
        The contraction. Pairs of operands are contracted in a cheap order, each pair at a cost of
        the product of the sizes of its indices; all at once would cost the product of all sizes.

    Raises
    ------
    ValueError
        If ``spec`` does not fit the operands.

    Examples
    --------
    >>> A, B = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4)
    >>> bool(np.all(contract("ij,jk->ik", A, B) == A @ B))
    True
    >>> contract("ii", np.eye(3))
    np.float64(3.0)
    """
    explicit_spec(spec, operands)
    return np.einsum(spec, *operands, optimize=len(operands) > 2)[()]


def einsum_vjp(spec: str, g: Array, operands: Sequence[Array], argnum: int) -> Array:
    """Pull ``g`` back through ``np.einsum(spec, *operands)`` to operand ``argnum``.

    With ``C = contract(spec, ..., X, ...)`` linear in ``X``, the result ``X̄`` satisfies
    ``⟨g, dC⟩ = ⟨X̄, dX⟩`` for every ``dX``.

    Parameters
    ----------
    spec
        As for :func:`contract`.
    g
        Cotangent, with the shape of the output.
    operands
        All operands, the one in question included.
    argnum
        Which operand, counted from 0.

    Returns
    -------
    ndarray
        Of the shape of ``operands[argnum]``. Cost: one contraction.

    Raises
    ------
    ValueError
        If ``spec`` does not fit the operands, or ``argnum`` names none of them.

    Examples
    --------
    The transpose of ``A @ B`` in ``A`` is ``g @ Bᵀ``:

    >>> A, B, g = np.ones((2, 3)), np.arange(12.0).reshape(3, 4), np.ones((2, 4))
    >>> bool(np.all(einsum_vjp("ij,jk->ik", g, (A, B), 0) == g @ B.T))
    True
    """
    if not 0 <= argnum < len(operands):
        raise ValueError(f"argnum must name one of {len(operands)} operands; got {argnum}")
    inputs, output = explicit_spec(spec, operands)
    own = inputs[argnum]
    labels = [output, *inputs[:argnum], *inputs[argnum + 1 :]]
    factors = [g, *operands[:argnum], *operands[argnum + 1 :]]
    known = "".join(c for c in dict.fromkeys(own) if c in "".join(labels))
    pulled = np.einsum(f"{','.join(labels)}->{known}", *factors, optimize=len(factors) > 2)
    return _spread(pulled, known, own, np.shape(operands[argnum]))


def _spread(pulled: Array, known: str, own: str, shape: tuple[int, ...]) -> Array:
    """Give ``pulled``, with the indices ``known``, the indices ``own`` and the shape of an operand.

    Sum where the operand had length 1 and was broadcast; copy along indices that only the operand
    has, since they were summed away; put what has a repeated index on the diagonal.
    """
    size = dict(zip(own, shape, strict=True))
    stretched = tuple(i for i, label in enumerate(known) if size[label] != pulled.shape[i])
    if stretched:
        pulled = np.sum(pulled, axis=stretched, keepdims=True)
    first = [own.index(label) == i for i, label in enumerate(own)]
    length = dict(zip(known, pulled.shape, strict=True))  # 1 where the other factors broadcast
    pulled = pulled.reshape(
        [length.get(label, 1) if once else 1 for label, once in zip(own, first, strict=True)]
    )
    pulled = np.broadcast_to(
        pulled, [n if once else 1 for n, once in zip(shape, first, strict=True)]
    )
    for i, label in enumerate(own):
        if not first[i]:
            pair = [n if j in (i, own.index(label)) else 1 for j, n in enumerate(shape)]
            pulled = pulled * np.eye(shape[i], dtype=pulled.dtype).reshape(pair)
    return pulled


def explicit_spec(spec: str, operands: Sequence[Array]) -> tuple[list[str], str]:
    """Write out a specification: one letter for every axis, and the output named.

    Parameters
    ----------
    spec
        As for :func:`contract`.
    operands
        What it is to be applied to; only the numbers of axes matter.

    Returns
    -------
    tuple of list of str and str
        The indices of each operand, and of the output.

    Raises
    ------
    ValueError
        If the numbers of operands or of axes do not fit, or the output names an unknown index.

    Examples
    --------
    >>> explicit_spec("...ij,jk", [np.ones((5, 2, 3)), np.ones((3, 4))])
    (['aij', 'jk'], 'aik')
    """
    left, arrow, right = spec.replace(" ", "").partition("->")
    groups = left.split(",")
    if len(groups) != len(operands):
        raise ValueError(f"spec {spec!r} names {len(groups)} operands; got {len(operands)}")
    ranks = [np.ndim(x) - len(s.replace("...", "")) for s, x in zip(groups, operands, strict=True)]
    for s, x, rank in zip(groups, operands, ranks, strict=True):
        if rank < 0 or (rank > 0 and "..." not in s):
            raise ValueError(
                f"spec {spec!r} has indices {s!r} for an operand of shape {np.shape(x)}"
            )
    free = [c for c in ascii_letters if c not in spec]
    dots = "".join(free[: max(ranks, default=0)])
    inputs = [s.replace("...", dots[len(dots) - r :]) for s, r in zip(groups, ranks, strict=True)]
    named = "".join(groups).replace(".", "")
    once = sorted(c for c in set(named) if named.count(c) == 1)
    output = right.replace("...", dots) if arrow else dots + "".join(once)
    unknown = set(output) - set("".join(inputs))
    if unknown:
        raise ValueError(f"spec {spec!r} has the index {min(unknown)!r} in its output only")
    return inputs, output
