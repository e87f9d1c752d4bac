"""Checks of limits and Taylor polynomials claimed as SymPy expressions."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import mpmath as mp
import sympy as sp

from calcml.check.claims.comparison import Label, named, unwrap
from calcml.check.engine.equality import (
    Sampling,
    Where,
    numeric,
    require_expression,
    same_expression,
    symbolic_verdict,
)
from calcml.check.engine.mutants import expression_mutants
from calcml.check.engine.verify import CheckResult, Verdict, Wrong, share, verify


def limit(
    f: Any,
    x: Any,
    a: Any,
    value: Any,
    *,
    side: str = "both",
    label: Label = None,
    where: Where | None = None,
    wrong: Iterable[Any] = (),
) -> CheckResult:
    """Verify ``f(x) -> value`` as ``x -> a`` from ``side`` ("both", "+", "-").

    SymPy's limit (Gruntz's algorithm) decides where it can; in any case ``f`` is evaluated with
    120 digits ever nearer to ``a``, and its distance from ``value`` must at least halve.

    Raises
    ------
    CheckFailed
        If the limit differs, or a wrong value passes.

    Examples
    --------
    >>> import sympy as sp
    >>> x = sp.Symbol("x")
    >>> limit(sp.sin(x) / x, x, 0, 1, label="eq-sinc").summary()
    "✓ eq-sinc: limit, SymPy's limit; values approach it (exact); 3 wrong versions rejected"
    """
    if side not in ("both", "+", "-"):
        raise ValueError(f'side must be "both", "+" or "-", got {side!r}')
    (f, left), (value, right) = unwrap(f), unwrap(value)
    f, value = require_expression("f", f), require_expression("value", value)
    a = sp.sympify(a)
    sides = {"both": "+-", "+": "+", "-": "-"}[side] if a.is_finite else "-"
    exact, sampling = _exact_limit(f, x, a, sides), Sampling(where, 5, 40)

    def test(claim: Any) -> Verdict:
        if exact is not None and not _same_limit(exact, claim, sampling):
            return Verdict(False, "SymPy's limit", f"limit is {exact}, claimed {claim}")
        near = _approach(f, x, a, claim, sides, sampling, strict=exact is None)
        method = "SymPy's limit; values approach it" if exact is not None else "values approach it"
        return replace(near, method=method)

    versions: list[Wrong[Any]] = [Wrong("sign", -value), Wrong("finite", sp.Integer(0))]
    if not value.is_infinite:
        versions = [Wrong(n, w) for n, w in expression_mutants(value)]
    return verify(
        "limit",
        f"{f} -> {value} as {x} -> {a}",
        value,
        test,
        versions + [Wrong(n, sp.sympify(w), True) for n, w in named(wrong)],
        equivalent=lambda w, c: same_expression(w, c, sampling),
        label=label,
        tolerance="exact" if exact is not None else "1e-8",
        formulas=left + right,
    )


def _exact_limit(f: Any, x: Any, a: Any, sides: str) -> Any:
    """Return SymPy's limit, or None where it finds none."""
    try:
        found = sp.limit(f, x, a, sides)
    except (NotImplementedError, ValueError, sp.PoleError):
        return None
    return None if found.has(sp.Limit, sp.AccumBounds) else found


def _same_limit(a: Any, b: Any, sampling: Sampling) -> bool:
    if a.is_infinite or b.is_infinite:
        return bool(a == b)
    return symbolic_verdict(a, b, sampling).ok


def _points(a: Any, sides: str) -> list[list[Any]]:
    """Return sequences of points that approach ``a`` from each side, or grow without bound."""
    if a.is_infinite:
        return [[(1 if a == sp.oo else -1) * mp.mpf(10) ** k for k in (1, 2, 3)]]
    center = mp.mpmathify(a.evalf(mp.mp.dps))
    steps = [mp.mpf(10) ** -k for k in (6, 12, 24, 36)]
    return [[center + {"+": 1, "-": -1}[sign] * h for h in steps] for sign in sides]


def _approach(
    f: Any, x: Any, a: Any, value: Any, sides: str, sampling: Sampling, *, strict: bool
) -> Verdict:
    """Evaluate near ``a``; distances must shrink, and with ``strict`` end below 1e-8."""
    params, used = sorted((f.free_symbols | value.free_symbols) - {x}, key=str), 0.0
    at = sampling.draw(params, random.Random(1))
    with mp.workdps(120):
        g, target = numeric(f, [x, *params]), numeric(value, params)
        for points in _points(a, sides):
            values = [g(p, *at) for p in points]
            if value.is_infinite:
                towards = 1 if value == sp.oo else -1
                sizes = [towards * mp.re(v) for v in values]
                if not all(v > u for u, v in itertools.pairwise(sizes)):
                    shown = [mp.nstr(v, 6) for v in values]
                    return Verdict(False, "values", f"values {shown} do not grow")
                continue
            errors = [abs(v - target(*at)) for v in values]
            first, *_, last = errors
            off = share(last, max(first / 2, mp.mpf("1e-60")))
            off = max(off, share(last, mp.mpf("1e-8"))) if strict else off
            used = max(used, off)
            if not off <= 1:  # or not a number
                detail = f"distances {[mp.nstr(e, 6) for e in errors]} do not shrink"
                return Verdict(False, "values", detail, ratio=off)
    return Verdict(True, "values", "values approach the limit", ratio=used)


def series(
    f: Any,
    claimed: Any,
    x: Any,
    a: Any = 0,
    *,
    order: int,
    label: Label = None,
    where: Where | None = None,
    wrong: Iterable[Any] = (),
) -> CheckResult:
    """Verify that ``claimed`` is the Taylor polynomial of ``f`` about ``a`` through ``order``.

    Each coefficient of the claim is compared with the exact derivative of ``f`` divided by k!.

    Raises
    ------
    CheckFailed
        If a coefficient differs, a wrong version passes, or the claim has a higher degree.

    Examples
    --------
    >>> import sympy as sp
    >>> x = sp.Symbol("x")
    >>> len(series(sp.sin(x), x - x**3 / 6, x, order=4).rejected) > 5
    True
    """
    (f, left), (claimed, right) = unwrap(f), unwrap(claimed)
    f, claimed = require_expression("f", f), require_expression("claimed", claimed)

    reference, sampling = _coefficients(f, x, a, order), Sampling(where)

    def test(claim: Any) -> Verdict:
        if claim.is_polynomial(x) and sp.degree(claim, x) > order:
            return Verdict(False, "degree", f"degree {sp.degree(claim, x)} exceeds order {order}")
        ours = _coefficients(claim, x, a, order)
        verdict = symbolic_verdict(reference, ours, sampling)
        detail = f"coefficients {list(ours)} claimed, {list(reference)} found"
        method = f"coefficients through order {order}, SymPy"
        return replace(verdict, method=method, detail=detail)

    versions = [Wrong(n, w) for n, w in expression_mutants(claimed)]
    versions += [Wrong(n, sp.sympify(w), True) for n, w in named(wrong)]
    return verify(
        "series",
        f"{f} about {x} = {a} is {claimed}",
        claimed,
        test,
        versions,
        equivalent=lambda w, c: same_expression(w, c, sampling),
        label=label,
        tolerance="exact",
        formulas=left + right,
    )


def _coefficients(f: Any, x: Any, a: Any, order: int) -> sp.Matrix:
    """Return the Taylor coefficients of ``f`` about ``a`` through ``order``."""
    found = []
    for k in range(order + 1):
        derivative = sp.diff(f, x, k)
        at = derivative.subs(x, a)
        if at.has(sp.nan, sp.zoo, sp.oo, sp.S.NegativeInfinity):  # a removable singularity
            at = sp.limit(derivative, x, a)
        found.append(at / sp.factorial(k))
    return sp.Matrix(found)
