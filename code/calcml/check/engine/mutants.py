"""Wrong versions of a claim, made from the claim itself.

Expressions lose a term, a factor or a coefficient, change a sign or an exponent, start a sum one
term late; arrays are scaled, flipped, shifted by one, transposed.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, islice
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

FACTOR = sp.Rational(101, 100)
ROUNDOFF = 2.0**-46  # 64 units of roundoff: a zero that was computed may be so far from zero
Path = tuple[int, ...]


def _replace(expr: Any, path: Path, new: Any) -> Any:
    if not path:
        return new
    args = list(expr.args)
    args[path[0]] = _replace(args[path[0]], path[1:], new)
    return expr.func(*args)


def _nodes(expr: Any) -> Iterator[tuple[Path, Any]]:
    """Yield (path, subexpression), outermost first."""
    level: list[tuple[Path, Any]] = [((), expr)]
    while level:
        yield from level
        level = [
            ((*path, i), child)
            for path, node in level
            for i, child in enumerate(node.args)
            if isinstance(child, sp.Expr) and not isinstance(child, sp.MatrixSymbol)
        ]


def _local(node: Any) -> Iterator[tuple[str, Any]]:
    """Yield wrong versions of one node, not looking below it."""
    if isinstance(node, sp.Add):
        for term in node.args:
            rest = node.func(*(t for t in node.args if t is not term))
            yield f"drop term {term}", rest
            yield f"flip sign of {term}", rest - term
    elif isinstance(node, sp.Mul):
        for factor in node.args:
            rest = node.func(*(t for t in node.args if t is not factor))
            yield f"drop factor {factor}", rest
    elif isinstance(node, sp.Pow) and node.exp.is_number:
        yield f"exponent {node.exp} + 1", node.base ** (node.exp + 1)
        yield f"exponent {node.exp} - 1", node.base ** (node.exp - 1)
    elif isinstance(node, sp.Sum | sp.Product):
        (k, low, high), *more = node.limits
        yield f"{k} starts one late", node.func(node.function, (k, low + 1, high), *more)
    elif isinstance(node, sp.sin | sp.cos):
        yield "swap sin and cos", (sp.cos if isinstance(node, sp.sin) else sp.sin)(*node.args)


def _swaps(expr: Any) -> Iterator[tuple[str, Any]]:
    symbols = sorted(expr.free_symbols, key=str)
    for a, b in islice(combinations(symbols, 2), 3):
        if isinstance(a, sp.Symbol) and isinstance(b, sp.Symbol):
            yield f"swap {a} and {b}", expr.subs({a: b, b: a}, simultaneous=True)


def expression_mutants(expr: Any, limit: int = 24) -> list[tuple[str, Any]]:
    """Return up to ``limit`` wrong versions ``(name, expression)`` of a SymPy expression.

    Scaling by 1.01, negation and adding one come first, then local changes from the outside in,
    then swapped symbols.  Versions that SymPy evaluates to the original are left out.

    Examples
    --------
    >>> import sympy as sp
    >>> x = sp.Symbol("x")
    >>> [name for name, _ in expression_mutants(x**2 + 1)][3:7]
    ['drop term 1', 'flip sign of 1', 'drop term x**2', 'flip sign of x**2']
    """
    if isinstance(expr, sp.MatrixBase):
        return matrix_mutants(expr, limit)

    def candidates() -> Iterator[tuple[str, Any]]:
        yield "factor 1.01", expr * FACTOR
        yield "sign", -expr
        yield "off by one", expr + 1
        yield from islice(_swaps(expr), 2)
        for path, node in _nodes(expr):
            for name, new in _local(node):
                yield name, _replace(expr, path, new)

    found: list[tuple[str, Any]] = []
    seen = {expr}
    for name, new in candidates():
        if new not in seen and not new.has(sp.nan, sp.zoo):
            seen.add(new)
            found.append((name, new))
        if len(found) == limit:
            break
    return found


def matrix_mutants(matrix: Any, limit: int = 24) -> list[tuple[str, Any]]:
    """Return wrong versions of a SymPy matrix: whole, transposed, and entry by entry."""
    m = sp.ImmutableMatrix(matrix)
    found = [("factor 1.01", m * FACTOR), ("sign", -m)]
    if m.rows == m.cols and m != m.T:
        found.append(("transpose", m.T))
    for i, entry in enumerate(m):
        for name, new in expression_mutants(entry, 6):
            if name != "factor 1.01":
                changed = sp.Matrix(m)
                changed[i // m.cols, i % m.cols] = new
                found.append((f"entry {i}: {name}", sp.ImmutableMatrix(changed)))
    return found[:limit]


def nonzero(array: NDArray[Any]) -> NDArray[np.bool_]:
    """Which entries are not zero; what rounding alone can have made of a zero is one.

    Examples
    --------
    >>> nonzero(np.array([800.0, 0.0, -3e-15, 0.02]))
    array([ True, False, False,  True])
    """
    size = np.abs(array)
    return np.asarray(size > ROUNDOFF * np.max(size, initial=0.0))


def array_mutants(value: Any, factor: float = 1.01) -> list[tuple[str, NDArray[Any]]]:
    """Return wrong versions of a numerical value: scaled, negated, off by one, and, for an array,
    with its largest or its smallest entry dropped, its entries shifted by one place, or transposed.

    The smallest entry is the smallest that is not zero (`nonzero`).  Versions equal to the original
    are left out, and "off by one" where one is less than the factor changes.

    Examples
    --------
    >>> [name for name, _ in array_mutants(0.0)]
    ['off by one']
    """
    a = np.asarray(value, dtype=complex if np.iscomplexobj(value) else float)
    found = [(f"factor {factor:g}", a * factor), ("sign", -a)]
    if float(np.max(np.abs(a), initial=0.0)) * (factor - 1) <= 1:
        found.append(("off by one", a + 1))
    if a.size > 1:
        dropped = a.copy()
        dropped.flat[int(np.argmax(np.abs(a)))] = 0
        found.append(("drop the largest entry", dropped))
        kept = a.copy()  # an error in the smallest entry must be seen beside the largest
        kept.flat[int(np.argmin(np.where(nonzero(a), np.abs(a), np.inf)))] = 0
        found.append(("drop the smallest entry", kept))
        found.append(("shift entries by one", np.roll(a.ravel(), 1).reshape(a.shape)))
    if a.ndim == 2 and a.shape[0] == a.shape[1]:
        found.append(("transpose", a.T))
    return [(name, new) for name, new in found if not np.array_equal(new, a, equal_nan=True)]
