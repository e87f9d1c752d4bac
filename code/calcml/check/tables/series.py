r"""Rows of power series: the function, its first terms, its general sum, where it converges.

The coefficients come from values of the function on a circle around 0 (Cauchy's formula, whose
trapezoidal sums converge geometrically), the radius of convergence from their decay.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import mpmath as mp
import sympy as sp

from calcml.check.engine.equality import numeric
from calcml.check.engine.verify import CheckFailed, CheckResult, Verdict, Wrong, share, verify
from calcml.check.tables.row import Row, read

NODES, CIRCLE, DIGITS, AGREED = 80, 0.5, 40, 20
LAST = 40  # the last coefficient that is looked at
TERMS = 80
# How much the logarithm of the ratio of coefficients grows from one half of them to the other: by
# more than this where the radius is infinite, by less where it is finite.
GROWTH = 0.2
_DOTS = re.compile(r"\s*[+-]\s*\\[cl]?dots\s*$")
_RADIUS = re.compile(r"\\abs\{x\} *< *(?P<end>.+)|x *\\in *\\R")
X = sp.Symbol("x", real=True)
PARAMETERS = {"a": sp.Rational(7, 3)}


def series(row: Row, functions: Mapping[str, Any]) -> CheckResult:
    """Verify first terms, general sum and radius of convergence of a row."""
    symbols = {"x": X, **PARAMETERS}
    f = read(row, row.formula(0), symbols, functions).expr
    with mp.workdps(DIGITS):
        found = coefficients(f)
        parts = {"terms": first_terms(row, symbols, functions), "radius": radius(row)}
        if row.cells[2].strip():
            total = read(row, row.formula(2), symbols, functions).expr
            parts["sum"] = [_sum(total, x) for x in (mp.mpf("0.3"), mp.mpf("-0.4"))]
            value = numeric(f, [X])
            parts["values"] = [value(mp.mpf("0.3")), value(mp.mpf("-0.4"))]
        return _verified(row, found, parts)


def coefficients(f: Any) -> list[Any]:
    """The coefficients of the power series of a function at 0, up to that of x^40."""
    value = numeric(f, [X])
    roots = [mp.expjpi(mp.mpf(2 * j) / NODES) for j in range(NODES)]
    values = [value(CIRCLE * root) for root in roots]
    found = []
    for k in range(LAST + 1):
        total = mp.fsum(v * roots[-j * k % NODES] for j, v in enumerate(values))
        found.append(mp.re(total) / NODES / mp.mpf(CIRCLE) ** k)
    return found


def first_terms(row: Row, symbols: Mapping[str, Any], functions: Mapping[str, Any]) -> list[Any]:
    """The coefficients in the printed polynomial, from the constant up to its last power."""
    text, dots = _DOTS.subn("", row.formula(1))
    if not dots:
        raise CheckFailed(f"{row.label}: the first terms end with + \\cdots")
    polynomial = sp.Poly(read(row, text, symbols, functions).expr, X)
    return [mp.mpf(c.evalf(DIGITS)) for c in reversed(polynomial.all_coeffs())]


def radius(row: Row) -> Any:
    """The printed radius of convergence."""
    match = _RADIUS.fullmatch(row.formulas(len(row.cells) - 1)[0])
    if match is None:
        raise CheckFailed(f"{row.label}: write where it converges as |x| < R or as x in R")
    if match["end"] is None:
        return mp.inf
    end = sp.sympify(read(row, match["end"], {}, {}).expr)
    return mp.mpf(end.evalf(30))


def decay(found: list[Any]) -> tuple[Any, Any]:
    """The ratio of late coefficients, which tends to the radius, and its growth, as a logarithm."""
    # What rounding leaves of a coefficient that vanishes grows like 2^k.
    noise = max(abs(c) for c in found) * mp.mpf(10) ** (4 - DIGITS)
    ratios = []
    for start, stop in ((LAST // 4, LAST // 2), (LAST // 2, LAST)):
        kept = [k for k in range(start, stop + 1) if abs(found[k]) > noise * mp.mpf(2) ** k]
        first, last = kept[0], kept[-1]
        ratios.append((abs(found[first]) / abs(found[last])) ** (mp.mpf(1) / (last - first)))
    return ratios[1], mp.log(ratios[1] / ratios[0])


def _sum(total: Any, x: Any) -> Any:
    """The value of the printed sum at a number below 1/2; what is left out is below 1e-30."""
    return numeric(total.xreplace({sp.oo: sp.Integer(TERMS)}), [X])(x)


def _verified(row: Row, found: list[Any], parts: dict[str, Any]) -> CheckResult:
    reach, growth = decay(found)

    def test(claim: dict[str, Any]) -> Verdict:
        terms, stated = claim["terms"], claim["radius"]
        used = max(_apart(terms, found), _apart(claim.get("sum", []), claim.get("values", [])))
        if mp.isinf(stated):
            used = max(used, GROWTH / float(growth) if growth > 0 else mp.inf)
        else:
            used = max(used, share(abs(mp.log(reach / stated)), mp.mpf("0.2")))
            used = max(used, share(growth, mp.mpf(GROWTH)))
        detail = f"first terms {mp.nstr(found[: len(terms)], 6)}, radius about {mp.nstr(reach, 3)}"
        method = "coefficients by Cauchy's formula, 40 digits"
        return Verdict(used <= 1, method, detail, ratio=float(min(used, 1e300)))

    def changed(**new: Any) -> dict[str, Any]:
        return {**parts, **new}

    terms, stated = parts["terms"], parts["radius"]
    last = [*terms[:-1], terms[-1] * mp.mpf("1.01")]
    versions = [
        Wrong("last term times 1.01", changed(terms=last)),
        Wrong("sign of the last term", changed(terms=[*terms[:-1], -terms[-1]])),
        Wrong("all signs", changed(terms=[-c for c in terms])),
        Wrong("a term dropped", changed(terms=[*terms[:-1], mp.mpf(0)])),
        Wrong("another radius", changed(radius=2 * stated if mp.isfinite(stated) else mp.mpf(1))),
    ]
    if "sum" in parts:
        versions.append(Wrong("sum times 1.01", changed(sum=[v * 1.01 for v in parts["sum"]])))
        versions.append(Wrong("sum plus x", changed(sum=[v + 0.3 for v in parts["sum"]])))
    return verify(
        "power series",
        row.cells[0],
        parts,
        test,
        versions,
        equivalent=lambda w, c: w == c,
        label=row.label,
        tolerance=f"relative 1e-{AGREED}, radius within a factor 1.22",
        formulas=row.record(0, 1, 2),
    )


def _apart(claimed: list[Any], known: list[Any]) -> float:
    """The largest difference, in units of the tolerance; what is not claimed does not count."""
    pairs = zip(claimed, known, strict=False)
    tol = mp.mpf(10) ** -AGREED
    return max((share(abs(a - b), tol * max(1, abs(b))) for a, b in pairs), default=0.0)
