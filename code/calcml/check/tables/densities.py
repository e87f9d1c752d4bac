r"""Rows about densities: that they integrate to 1, mean, variance, entropy; divergences of two.

Integrals are computed by quadrature in 25 digits; sums are added up to a negligible rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import mpmath as mp
import sympy as sp

from calcml.check.engine.equality import numeric
from calcml.check.engine.verify import CheckFailed, CheckResult
from calcml.check.tables.row import Row, domain, read
from calcml.check.tables.scalars import DIGITS, agree, evaluated

X = sp.Symbol("x", real=True)
K = sp.Symbol("k", integer=True, nonnegative=True)
#: Where densities live, as it is printed: variable, lower and upper end.
SUPPORTS: dict[str, tuple[Any, Any, Any]] = {
    r"x \in \R": (X, -sp.oo, sp.oo),
    "x > 0": (X, 0, sp.oo),
    "0 < x < 1": (X, 0, 1),
    "0 < x < a": (X, 0, sp.Symbol("a", positive=True)),
    r"k \in \{0, 1\}": (K, 0, 1),
    r"k \in \{0, \dots, n\}": (K, 0, sp.Symbol("n", integer=True, positive=True)),
    r"k \in \{0, 1, \dots\}": (K, 0, sp.oo),
}
REST = mp.mpf(10) ** -30  # what an infinite sum leaves out
QUANTITIES = ("total", "mean", "variance", "entropy")


@dataclass(frozen=True)
class Density:
    """A density or a mass function with its variable and the ends of its support."""

    value: Any
    support: tuple[Any, Any, Any]

    def expect(self, integrand: Any, symbols: list[sp.Symbol]) -> Callable[[list[Any]], Any]:
        """The integral or the sum of an expression over the support, a function of parameters."""
        x, low, high = self.support
        f = numeric(integrand, [*symbols, x])
        ends = numeric(sp.sympify(low), symbols), numeric(sp.sympify(high), symbols)

        def total(at: list[Any]) -> Any:
            a, b = (end(*at) for end in ends)
            if x.is_integer:
                return mp.fsum(_terms(lambda k: f(*at, mp.mpf(k)), int(a), b))
            middle = [] if mp.isfinite(a) and mp.isfinite(b) else [mp.mpf(1)]
            middle += [mp.mpf(0), mp.mpf(4), mp.mpf(-4)] if mp.isinf(a) else []
            return mp.quad(lambda t: f(*at, t), sorted([a, *middle, b]))

        return total


def _terms(f: Callable[[int], Any], first: int, last: Any) -> Iterator[Any]:
    """The terms of a sum over a mass function, up to where they vanish."""
    k, value = first, mp.mpf(1)
    while k <= last and (k < first + 40 or abs(value) > REST):
        value = f(k)
        yield value
        k += 1


def moments(row: Row, functions: Mapping[str, Any]) -> CheckResult:
    """Verify ``name | density | mean | variance | entropy | support, conditions``."""
    row, support = _supported(row)
    stated = domain(row)
    symbols = {**stated.symbols, "x": X, "k": K}

    def printed(column: int) -> Any:
        return read(row, row.formula(column), symbols, functions).expr

    density = Density(printed(1), support)
    p, x = density.value, support[0]
    claims = {"total": sp.Integer(1)}
    claims |= {QUANTITIES[c - 1]: printed(c) for c in (2, 3, 4) if row.formulas(c)}
    names = set().union(*(sp.sympify(c).free_symbols for c in (p, *claims.values()))) - {x}
    parameters = sorted(names, key=str)
    about = claims["mean"]
    integrands = {"total": p, "mean": x * p, "variance": (x - about) ** 2 * p}
    integrands["entropy"] = -p * sp.expand_log(sp.log(p))
    totals = [density.expect(integrands[name], parameters) for name in claims]
    known = evaluated(row, lambda at: [t(at) for t in totals], parameters, stated, points=1)
    return agree("density", row, known, claims, parameters, f"quadrature in {DIGITS} digits")


def divergence(row: Row, functions: Mapping[str, Any]) -> CheckResult:
    """Verify ``p | q | KL(p || q) | conditions``, where the functions make densities."""
    stated = domain(row)
    p, q, claim = (read_any(row, c, stated.symbols, functions) for c in (0, 1, 2))
    if p.support != q.support:
        raise CheckFailed(f"{row.label}: the two densities live on different sets")
    names = p.value.free_symbols | q.value.free_symbols | claim.free_symbols
    parameters = sorted(names - {p.support[0]}, key=str)
    ratio = sp.expand_log(sp.log(p.value)) - sp.expand_log(sp.log(q.value))
    total = p.expect(p.value * ratio, parameters)
    known = evaluated(row, lambda at: [total(at)], parameters, stated, points=1)
    return agree(
        "divergence", row, known, {"value": claim}, parameters, f"quadrature in {DIGITS} digits"
    )


def read_any(
    row: Row, column: int, symbols: Mapping[str, Any], functions: Mapping[str, Any]
) -> Any:
    """A formula of a row; the call of a density becomes that density."""
    made: list[Density] = []

    def hold(f: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            value = f(*args)
            if isinstance(value, Density):
                made.append(value)
                return value.value
            return value

        return call

    held = {name: hold(f) for name, f in functions.items()}
    expr = read(row, row.formula(column), symbols, held).expr
    return made[0] if made else expr


def _supported(row: Row) -> tuple[Row, tuple[Any, Any, Any]]:
    """The row without its support, and the support."""
    first = row.formulas(len(row.cells) - 1)[0]
    if first not in SUPPORTS:
        raise CheckFailed(f"{row.label}: no support that is understood: {first}")
    rest = row.cells[-1].replace(f"${first}$", "", 1)
    return replace(row, cells=(*row.cells[:-1], rest)), SUPPORTS[first]


def _mass(value: Callable[..., Any], support: str) -> Callable[..., Density]:
    return lambda *parameters: Density(value(*parameters), SUPPORTS[support])


#: Densities by name, in the parameters of the table of densities.
NAMED: dict[str, Callable[..., Density]] = {
    r"\normal": _mass(
        lambda m, v: sp.exp(-((X - m) ** 2) / (2 * v)) / sp.sqrt(2 * sp.pi * v), r"x \in \R"
    ),
    r"\operatorname{Exp}": _mass(lambda a: a * sp.exp(-a * X), "x > 0"),
    r"\operatorname{Laplace}": _mass(lambda a: sp.exp(-sp.Abs(X) / a) / (2 * a), r"x \in \R"),
    r"\operatorname{Gamma}": _mass(
        lambda a, b: b**a / sp.gamma(a) * X ** (a - 1) * sp.exp(-b * X), "x > 0"
    ),
    r"\operatorname{Bernoulli}": _mass(lambda p: p**K * (1 - p) ** (1 - K), r"k \in \{0, 1\}"),
    r"\operatorname{Poisson}": _mass(
        lambda a: a**K / sp.factorial(K) * sp.exp(-a), r"k \in \{0, 1, \dots\}"
    ),
}
