"""Rows of formulas in numbers: derivatives, antiderivatives, identities.

All is decided by values at random points of the printed domain, with so many digits that a central
difference is as good as a derivative.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import mpmath as mp
import sympy as sp

from calcml.check.engine.equality import Sampling, finite, numeric
from calcml.check.engine.mutants import expression_mutants
from calcml.check.engine.verify import ROOM, CheckFailed, CheckResult, Verdict, Wrong, share, verify
from calcml.check.tables.row import Domain, Row, domain, read

DIGITS = 25
AGREED = 14  # digits to which two sides must agree
VERSIONS = 8  # wrong versions of each row
STEP = mp.mpf(10) ** -25
VARIABLES = ("x", "s", "p", "r")
Known = list[tuple[list[Any], list[Any]]]


def derivative(row: Row, functions: Mapping[str, Any]) -> CheckResult:
    """Verify that the second formula of a row is the derivative of the first."""
    return _slopes("derivative", row, functions, of=0, claimed=1)


def antiderivative(row: Row, functions: Mapping[str, Any]) -> CheckResult:
    """Verify that the first formula of a row is the derivative of the second."""
    return _slopes("antiderivative", row, functions, of=1, claimed=0)


def _slopes(
    kind: str, row: Row, functions: Mapping[str, Any], *, of: int, claimed: int
) -> CheckResult:
    stated = domain(row)
    f = read(row, row.formula(of), stated.symbols, functions).expr
    claim = read(row, row.formula(claimed), stated.symbols, functions).expr
    symbols = sorted(f.free_symbols | claim.free_symbols, key=str)
    x = variable(row, symbols)
    value = numeric(f, symbols)
    place = symbols.index(x)

    def slope(at: list[Any]) -> list[Any]:
        before, after = list(at), list(at)
        before[place] -= STEP
        after[place] += STEP
        low, high = real(row, value(*before)), real(row, value(*after))
        return [(high - low) / (2 * STEP)]

    found = evaluated(row, slope, symbols, stated, points=12, digits=3 * DIGITS)
    return agree(
        kind, row, found, {"value": claim}, symbols, f"difference quotient in {3 * DIGITS} digits"
    )


def identity(row: Row, functions: Mapping[str, Any]) -> CheckResult:
    """Verify an equation in the first cell of a row; integrals and sums are computed."""
    stated = domain(row)
    formula = read(row, row.formula(0), stated.symbols, functions)
    if formula.relations != ("=",):
        raise CheckFailed(f"{row.label}: an equation of two sides wanted: {formula.latex}")
    symbols = sorted(formula.lhs.free_symbols | formula.rhs.free_symbols, key=str)
    value = numeric(formula.lhs, symbols)
    found = evaluated(row, lambda at: [real(row, value(*at))], symbols, stated, points=2)
    how = "quadrature" if formula.lhs.has(sp.Integral) else "values"
    return agree(
        "identity", row, found, {"value": formula.rhs}, symbols, f"{how} in {DIGITS} digits"
    )


def variable(row: Row, symbols: Sequence[sp.Symbol]) -> sp.Symbol:
    """The variable of a function: the first of x, s, p, r that occurs."""
    named = {str(symbol): symbol for symbol in symbols}
    for name in VARIABLES:
        if name in named:
            return named[name]
    raise CheckFailed(f"{row.label}: none of the variables {', '.join(VARIABLES)} occurs")


def real(row: Row, value: Any) -> Any:
    """Refuse a value that is not real: the domain is printed too wide.

    Raises
    ------
    CheckFailed
        If the value is complex, infinite or undefined.
    """
    if mp.im(value) != 0 or not finite(value):
        raise CheckFailed(f"{row.label}: the value {mp.nstr(value, 6)} is not real; restrict it")
    return mp.re(value)


def evaluated(
    row: Row,
    values: Callable[[list[Any]], list[Any]],
    symbols: Sequence[sp.Symbol],
    stated: Domain,
    *,
    points: int,
    digits: int = DIGITS,
) -> Known:
    """Draw points of the stated domain and return them with the values there."""
    sampling = Sampling(stated.where, points, digits)
    rng = random.Random(len(row.cells[0]))
    with mp.workdps(digits + 10):
        at = [sampling.draw(symbols, rng) for _ in range(points if symbols else 1)]
        return [(point, values(point)) for point in at]


def agree(
    kind: str,
    row: Row,
    known: Known,
    claims: Mapping[str, Any],
    symbols: Sequence[sp.Symbol],
    method: str,
) -> CheckResult:
    """Verify that expressions have the known values, and that wrong versions have others."""
    tol = mp.mpf(10) ** -AGREED

    def test(expressions: Mapping[str, Any]) -> Verdict:
        used, detail = 0.0, "agrees"
        with mp.workdps(DIGITS + 10):
            compiled = [(n, numeric(sp.sympify(e), symbols)) for n, e in expressions.items()]
            for point, values in known:
                for (name, g), value in zip(compiled, values, strict=True):
                    claimed = g(*point)
                    numbers = f"{name}: printed {mp.nstr(claimed, 12)}, found {mp.nstr(value, 12)}"
                    if not finite(claimed):
                        return Verdict(False, method, numbers)
                    size = max(1, abs(value), abs(claimed))
                    off = share(abs(claimed - value), tol * size)
                    if off > max(used, 1.0):
                        detail = numbers
                    used = max(used, off)
                    if used > ROOM:
                        return Verdict(False, method, detail, ratio=used)
        return Verdict(used <= 1, method, detail, ratio=used)

    versions = [
        Wrong(f"{name}: {change}", {**claims, name: new})
        for name, claim in claims.items()
        for change, new in expression_mutants(sp.sympify(claim), VERSIONS // len(claims))
    ]
    return verify(
        kind,
        row.cells[0],
        dict(claims),
        test,
        versions,
        equivalent=lambda w, c: all(sp.simplify(w[n] - c[n]) == 0 for n in c),
        label=row.label,
        tolerance=f"relative 1e-{AGREED}",
        formulas=row.record(*range(len(row.cells) - 1)),
    )
