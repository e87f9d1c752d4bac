"""Do two expressions agree?  First at random points in high precision, then by symbolic proof.

Numbers come first because they reject a false claim in milliseconds; a proof is then attempted on
what survived, with transformations whose cost is bounded by the size of the expression.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import mpmath as mp
import sympy as sp

from calcml.check.engine.verify import ROOM, Verdict, share

Where = Mapping[Any, tuple[float, float]]
_UNDEFINED = (ZeroDivisionError, ValueError, OverflowError, mp.libmp.ComplexResult)
PROOF_SIZE = 120
# Equal near zero is not equal everywhere for functions that change their formula on the way.
BROKEN = (sp.Abs, sp.Max, sp.Min, sp.sign, sp.floor, sp.ceiling, sp.Heaviside, sp.Piecewise)


class InaccurateError(ArithmeticError):
    """A sum or an integral cannot be computed to the digits asked for."""


@dataclass(frozen=True)
class Sampling:
    """Where and how finely to compare: intervals by symbol, number of points, digits, seed."""

    where: Where | None = None
    points: int = 20
    digits: int = 50
    seed: int = 0

    @cached_property
    def named(self) -> dict[str, tuple[float, float]]:
        """The author's intervals by the names of the symbols."""
        return {str(key): ends for key, ends in (self.where or {}).items()}

    def interval(self, symbol: sp.Symbol) -> tuple[float, float]:
        """Return the sampling interval: the author's, else one fitting the assumptions."""
        if symbol.name in self.named:
            return self.named[symbol.name]
        if symbol.is_integer:
            return (1, 8) if symbol.is_positive else (-6, 6)
        if symbol.is_nonnegative:
            return (0.05, 4.0)
        return (-4.0, -0.05) if symbol.is_nonpositive else (-3.0, 3.0)

    def free(self, symbol: sp.Symbol) -> bool:
        """Has the author left this symbol without an interval?"""
        return symbol.name not in self.named

    def draw(self, symbols: Sequence[sp.Symbol], rng: random.Random, stretch: int = 1) -> list[Any]:
        """Draw one point; real values use the full precision.

        ``stretch`` widens the intervals that the author left open.
        """
        point: list[Any] = []
        for s in symbols:
            low, high = self.interval(s)
            if stretch > 1 and self.free(s):
                low, high = stretch * low, stretch * high
            if s.is_integer:
                point.append(mp.mpf(rng.randint(int(low), int(high))))
            else:
                fraction = mp.mpf(rng.getrandbits(mp.mp.prec)) / mp.mpf(2) ** mp.mp.prec
                point.append(mp.mpf(low) + (mp.mpf(high) - mp.mpf(low)) * fraction)
        return point


def affordable(sampling: Sampling, *sides: Any) -> Sampling:
    """Return fewer points and digits where sums and integrals make every value costly."""
    if not any(side.has(sp.Sum, sp.Product, sp.Integral) for side in sides):
        return sampling
    return replace(sampling, points=min(sampling.points, 5), digits=min(sampling.digits, 30))


def entries(value: Any) -> list[Any]:
    """Return the scalar expressions in a SymPy expression, matrix or nested list."""
    value = sp.sympify(value)
    if isinstance(value, sp.MatrixExpr):
        value = value.as_explicit()
    if isinstance(value, sp.MatrixBase | sp.NDimArray):
        return [_settled(entry) for entry in sp.flatten(value.tolist())]
    return [_settled(value)]


def _settled(expr: Any) -> Any:
    """Carry out derivatives and limits; sums and integrals are left to be computed."""
    if not expr.has(sp.Derivative, sp.Limit):
        return expr
    return expr.replace(lambda e: isinstance(e, sp.Derivative | sp.Limit), lambda e: e.doit())


def explicit(*exprs: Any) -> tuple[Any, ...]:
    """Replace each matrix symbol of known shape by a matrix of scalar symbols, in all at once."""
    values = [sp.sympify(e) for e in exprs]
    atoms = set().union(*(v.atoms(sp.MatrixSymbol) for v in values if hasattr(v, "atoms")))
    table = {
        m: sp.ImmutableMatrix(
            m.rows, m.cols, lambda i, j, m=m: sp.Symbol(f"{m.name}_{i}{j}", real=True)
        )
        for m in sorted(atoms, key=str)
    }
    return tuple(v.subs(table).doit() if table else v for v in values)


def numeric(expr: Any, symbols: Sequence[sp.Symbol]) -> Callable[..., Any]:
    """Compile an expression for mpmath, with its sums, products and integrals."""
    if expr.has(sp.Limit, sp.Derivative, sp.RootSum):
        return _by_evalf(expr, symbols)
    parts = {node: sp.Dummy() for node in _outermost(expr)}
    body: Callable[..., Any] = sp.lambdify(
        [*symbols, *parts.values()], expr.xreplace(parts), "mpmath"
    )
    if not parts:
        return body
    totals = [_total(node, symbols) for node in parts]
    return lambda *values: body(*values, *(total(*values) for total in totals))


def _outermost(expr: Any) -> list[Any]:
    if isinstance(expr, sp.Sum | sp.Product | sp.Integral):
        return [expr]
    return list(dict.fromkeys(node for arg in expr.args for node in _outermost(arg)))


def _total(node: Any, symbols: Sequence[sp.Symbol]) -> Callable[..., Any]:
    """Compile one sum, product or integral; the last limit is the outermost."""
    if any(len(limit) != 3 for limit in node.limits):
        raise TypeError(f"{node} has no limits and so no value")
    if isinstance(node, sp.Integral) and (len(node.limits) > 1 or node.function.has(sp.Integral)):
        done = node.doit()  # nested quadrature in this precision would take minutes
        if not done.has(sp.Integral):
            return numeric(done, symbols)
    *inner, (x, low, high) = node.limits
    f = numeric(node.func(node.function, *inner) if inner else node.function, [*symbols, x])
    a, b = numeric(low, symbols), numeric(high, symbols)

    def total(*values: Any) -> Any:
        start, stop = a(*values), b(*values)
        if isinstance(node, sp.Integral):
            value, error = mp.quad(lambda t: f(*values, t), [start, stop], error=True)
            if not error <= mp.mpf(10) ** (20 - mp.mp.dps) * max(1, abs(value)):
                raise InaccurateError(f"quadrature of {node} has an error of {mp.nstr(error, 3)}")
            return value
        if finite(start) and finite(stop):
            # mpf, because a Python integer to a negative power would be a float64
            terms = [f(*values, mp.mpf(k)) for k in range(int(start), int(stop) + 1)]
            return mp.fsum(terms) if isinstance(node, sp.Sum) else mp.fprod(terms)
        accelerated = mp.nsum if isinstance(node, sp.Sum) else mp.nprod
        return accelerated(lambda k: f(*values, mp.mpf(k)), [start, stop])

    return total


def _by_evalf(expr: Any, symbols: Sequence[sp.Symbol]) -> Callable[..., Any]:
    """Evaluate what mpmath has no name for through SymPy."""

    def value(*values: Any) -> Any:
        exact = {
            s: sp.Integer(int(v)) if s.is_integer else sp.Float(v, mp.mp.dps)
            for s, v in zip(symbols, values, strict=True)
        }
        number = expr.subs(exact).evalf(mp.mp.dps)
        if not number.is_number:
            raise TypeError(f"{expr} has no numerical value at {exact}")
        return mp.mpmathify(number)

    return value


def finite(value: Any) -> bool:
    """Is this an ordinary number?"""
    return bool(mp.isfinite(value))


def numeric_verdict(lhs: Any, rhs: Any, sampling: Sampling) -> Verdict:
    """Compare two expressions at random points to ``digits - 10`` digits."""
    left, right = entries(lhs), entries(rhs)
    if len(left) != len(right):
        return Verdict(False, "shape", f"shapes differ: {len(left)} and {len(right)} entries")
    undefined = [e for e in left + right if e.has(sp.zoo, sp.nan)]
    if undefined:
        return Verdict(False, "SymPy", f"{undefined[0]} is undefined")
    symbols = sorted(set().union(*(e.free_symbols for e in left + right)), key=str)
    wanted = sampling.points if symbols else 1
    method = f"mpmath, {sampling.digits} digits" + f" at {wanted} points" * bool(symbols)
    stretches = (1, 10, 100) if any(e.has(*BROKEN) for e in left + right) else (1,)
    rng, good, used, detail = random.Random(sampling.seed), 0, 0.0, "both sides agree"
    tol = mp.mpf(10) ** (10 - sampling.digits)
    with mp.workdps(sampling.digits + 15):
        pairs = [
            (numeric(a, symbols), numeric(b, symbols)) for a, b in zip(left, right, strict=True)
        ]
        for trial in range(20 * wanted):
            at = sampling.draw(symbols, rng, stretches[trial % len(stretches)])
            try:
                values = [(f(*at), g(*at)) for f, g in pairs]
            except _UNDEFINED:
                continue
            if all(finite(a) and finite(b) for a, b in values):
                good += 1
                worst, apart = _apart(values, tol)
                if worst > max(used, 1.0):
                    detail = apart + _place(symbols, at)
                used = max(used, worst)
            if good == wanted or used > ROOM:
                return Verdict(used <= 1, method, detail, ratio=used)
    detail = f"only {good} of {wanted} random points gave finite values; set where={{...}}"
    return Verdict(False, method, detail)


def _apart(values: list[tuple[Any, Any]], tol: Any) -> tuple[float, str]:
    """Return the largest relative difference in units of ``tol``, and the two values as text."""
    used = [share(abs(a - b), tol * max(1, abs(a), abs(b))) for a, b in values]
    worst = max(range(len(used)), key=used.__getitem__)
    a, b = values[worst]
    return used[worst], f"left {mp.nstr(a, 15)}, right {mp.nstr(b, 15)}"


def _place(symbols: Sequence[sp.Symbol], at: Sequence[Any]) -> str:
    pairs = (f"{s} = {mp.nstr(v, 6)}" for s, v in zip(symbols, at, strict=True))
    return " at " + ", ".join(pairs) if symbols else ""


def proved(lhs: Any, rhs: Any) -> bool:
    """Can SymPy show that the difference is zero with a bounded amount of work?"""
    return all(_is_zero(a - b) for a, b in zip(entries(lhs), entries(rhs), strict=True))


def _is_zero(difference: Any) -> bool:
    difference = difference.doit()
    if difference == 0:
        return True
    if difference.count_ops() > PROOF_SIZE or difference.has(sp.Sum, sp.Product, sp.Integral):
        return False
    steps: list[Callable[[Any], Any]] = [
        sp.expand,
        lambda e: sp.cancel(sp.together(e)),
        lambda e: sp.cancel(sp.together(sp.expand(e.rewrite(sp.exp)))),
        sp.trigsimp,
        sp.simplify,
    ]
    for step in steps:
        try:
            if step(difference) == 0:
                return True
        except (sp.PolynomialError, NotImplementedError, ValueError, TypeError, RecursionError):
            continue
    return False


def symbolic_verdict(lhs: Any, rhs: Any, sampling: Sampling, *, prove: bool = True) -> Verdict:
    """Decide ``lhs = rhs``: rejected by numbers, else proved by SymPy, else accepted by numbers.

    Where the author asks for fewer than 30 digits, the symbols stand for rounded numbers: that two
    of these are equal is no proof, and none is tried.
    """
    try:
        verdict = numeric_verdict(lhs, rhs, sampling)
    except InaccurateError as error:
        if not prove or not proved(lhs, rhs):
            raise InaccurateError(f"{error}; use check.integral with breaks=[...]") from None
        return Verdict(True, "proved by SymPy", "both sides agree")
    if not verdict.ok or not prove or sampling.digits < 30:
        return verdict
    if proved(lhs, rhs):
        return replace(verdict, method=f"proved by SymPy; {verdict.method}")
    return verdict


def same_expression(a: Any, b: Any, sampling: Sampling) -> bool:
    """Do two expressions say the same?  Compared at points the check itself does not use."""
    other = replace(sampling, points=2 * sampling.points, seed=10_007)
    return numeric_verdict(a, b, other).ok


def require_expression(name: str, value: Any) -> Any:
    """Return a SymPy expression or matrix without floats, or raise naming the argument."""
    try:
        expr = sp.sympify(value)
    except (sp.SympifyError, TypeError) as error:
        raise TypeError(f"{name} must be a SymPy expression or matrix, got {value!r}") from error
    if not isinstance(expr, sp.Basic | sp.MatrixBase | sp.NDimArray):
        raise TypeError(f"{name} must be a SymPy expression or matrix, got {value!r}")
    if any(entry.has(sp.Float) for entry in _scalars(expr)):
        raise TypeError(
            f"{name} holds a floating-point number, whose equality with another is an accident of"
            f" rounding: {expr}; give exact numbers (sympy.Rational), or compare by check.equal"
        )
    return expr


def _scalars(expr: Any) -> list[Any]:
    """Return the entries of an explicit array; another expression as it is."""
    return list(expr) if isinstance(expr, sp.MatrixBase | sp.NDimArray) else [expr]
