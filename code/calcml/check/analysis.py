"""Checks of limits, integrals and Taylor polynomials claimed as SymPy expressions."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import mpmath as mp
import sympy as sp

from calcml.check.decide import (
    Sampling,
    Where,
    numeric,
    require_expression,
    same_expression,
    symbolic_verdict,
)
from calcml.check.formulas import Label, derivative_of, named, unwrap
from calcml.check.mutate import expression_mutants
from calcml.check.result import CheckFailed, CheckResult, Verdict, Wrong, verify


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
    120 digits ever nearer to ``a``, and its distance from ``value`` must shrink.

    Raises
    ------
    CheckFailed
        If the limit differs, or a wrong value passes.

    Examples
    --------
    >>> import sympy as sp
    >>> x = sp.Symbol("x")
    >>> limit(sp.sin(x) / x, x, 0, 1, label="eq-sinc").summary()
    "✓ eq-sinc: limit, SymPy's limit; values approach it (exact); 2 wrong versions rejected"
    """
    if side not in ("both", "+", "-"):
        raise ValueError(f'side must be "both", "+" or "-", got {side!r}')
    (f, left), (value, right) = unwrap(f), unwrap(value)
    f, value, a = sp.sympify(f), sp.sympify(value), sp.sympify(a)
    sides = {"both": "+-", "+": "+", "-": "-"}[side] if a.is_finite else "-"
    try:
        exact = sp.limit(f, x, a, sides)
        exact = None if exact.has(sp.Limit) else exact
    except (NotImplementedError, ValueError, sp.PoleError):
        exact = None
    sampling = Sampling(where, 5, 40)

    def test(claim: Any) -> Verdict:
        if exact is not None:
            if exact.is_infinite or claim.is_infinite:
                same = bool(exact == claim)
            else:
                same = symbolic_verdict(exact, claim, sampling).ok
            if not same:
                return Verdict(False, "SymPy's limit", f"limit is {exact}, claimed {claim}")
        near = _approach(f, x, a, claim, sides, sampling, strict=exact is None)
        method = "SymPy's limit; values approach it" if exact is not None else "values approach it"
        return Verdict(near.ok, method, near.detail)

    if value.is_infinite:
        versions = [Wrong("sign", -value), Wrong("finite", sp.Integer(0))]
    else:
        versions = [Wrong(n, w) for n, w in expression_mutants(value)]
    versions += [Wrong(n, sp.sympify(w), True) for n, w in named(wrong)]
    return verify(
        "limit",
        f"{f} -> {value} as {x} -> {a}",
        value,
        test,
        versions,
        equivalent=lambda w, c: same_expression(w, c, sampling),
        label=label,
        tolerance="exact" if exact is not None else "1e-8",
        formulas=left + right,
    )


def _approach(
    f: Any, x: Any, a: Any, value: Any, sides: str, sampling: Sampling, *, strict: bool
) -> Verdict:
    """Evaluate near ``a``; distances must shrink, and with ``strict`` end below 1e-8."""
    params = sorted((f.free_symbols | value.free_symbols) - {x}, key=str)
    at = sampling.draw(params, random.Random(1))
    steps = [mp.mpf(10) ** -k for k in (6, 12, 24, 36)]
    with mp.workdps(120):
        g, target = numeric(f, [x, *params]), numeric(value, params)
        for sign in (1, -1) if sides == "+-" else ((1,) if sides == "+" else (-1,)):
            if a.is_infinite:
                big = [1 / h for h in (mp.mpf("0.1"), mp.mpf("0.01"), mp.mpf("0.001"))]
                points = [b if a == sp.oo else -b for b in big]
            else:
                centre = mp.mpmathify(a.evalf(120))
                points = [centre + sign * h for h in steps]
            values = [g(p, *at) for p in points]
            if value.is_infinite:
                towards = 1 if value == sp.oo else -1
                ok = all(
                    towards * mp.re(v) > towards * mp.re(u) for u, v in itertools.pairwise(values)
                )
                detail = f"values {[mp.nstr(v, 6) for v in values]} do not grow"
            else:
                errors = [abs(v - target(*at)) for v in values]
                floor = mp.mpf(10) ** -60
                ok = errors[-1] <= max(errors[0], floor)
                if strict:
                    ok = ok and errors[-1] < mp.mpf("1e-8")
                detail = f"distances {[mp.nstr(e, 6) for e in errors]} do not shrink"
            if not ok:
                return Verdict(False, "values", detail)
    return Verdict(True, "values", "values approach the limit")


def integral(
    f: Any,
    value: Any,
    *limits: Any,
    label: Label = None,
    where: Where | None = None,
    wrong: Iterable[Any] = (),
    digits: int = 30,
    breaks: Sequence[Any] = (),
) -> CheckResult:
    """Verify an integral: definite over ``(x, a, b), ...`` or an antiderivative with respect to x.

    A definite integral is computed by mpmath's tanh-sinh quadrature at random parameter values
    (its own error estimate must be below the tolerance); an antiderivative is differentiated.
    ``breaks`` are interior points where a one-dimensional integrand is not smooth.  Several limits
    go from the innermost to the outermost, as in ``sympy.Integral``.

    Raises
    ------
    CheckFailed
        If the value differs, a wrong value passes, or the quadrature does not converge.

    Examples
    --------
    >>> import sympy as sp
    >>> x, s = sp.Symbol("x"), sp.Symbol("s", positive=True)
    >>> integral(sp.exp(-x**2 / (2*s**2)), s * sp.sqrt(2*sp.pi), (x, -sp.oo, sp.oo)).method
    'mpmath quadrature, 30 digits at 3 points'
    """
    (f, left), (value, right) = unwrap(f), unwrap(value)
    f, value = require_expression("f", f), require_expression("value", value)
    if len(limits) == 1 and isinstance(limits[0], sp.Symbol):
        x = limits[0]
        return derivative_of(
            "antiderivative",
            value,
            f,
            lambda e: sp.diff(e, x),
            label=label,
            sampling=Sampling(where),
            wrong=wrong,
            statement=f"antiderivative of {f} is {value}",
        )
    ranges = [tuple(sp.sympify(part) for part in limit) for limit in limits]
    if not ranges or any(len(r) != 3 for r in ranges):
        raise TypeError(f"limits must be (x, a, b) tuples or one symbol, got {limits!r}")
    inner = {r[0] for r in ranges}
    ends = set().union(*(e.free_symbols for r in ranges for e in r[1:]))
    params = sorted((f.free_symbols | value.free_symbols | ends) - inner, key=str)
    points = 3 if params else 1
    sampling = Sampling(where, points, digits)
    references = _quadratures(f, ranges, params, sampling, breaks)
    count = f" at {points} points" if params else ""
    tol = mp.mpf(10) ** (8 - digits)

    def test(claim: Any) -> Verdict:
        method = f"mpmath quadrature, {digits} digits{count}"
        with mp.workdps(digits + 10):
            g = numeric(claim, params)
            for at, ref in references:
                got = g(*at)
                if not abs(got - ref) <= tol * max(1, abs(ref)):
                    detail = f"claimed {mp.nstr(got, 15)}, computed {mp.nstr(ref, 15)}"
                    return Verdict(False, method, detail)
        return Verdict(True, method, "claimed and computed values agree")

    versions = [Wrong(n, w) for n, w in expression_mutants(value)]
    versions += [Wrong(n, sp.sympify(w), True) for n, w in named(wrong)]
    return verify(
        "integral",
        f"integral of {f} over {', '.join(map(str, ranges))} is {value}",
        value,
        test,
        versions,
        equivalent=lambda w, c: same_expression(w, c, Sampling(where, 5, 40)),
        label=label,
        tolerance=f"relative 1e-{digits - 8}",
        formulas=left + right,
    )


def _quadratures(
    f: Any, ranges: list[Any], params: list[Any], sampling: Sampling, breaks: Sequence[Any]
) -> list[tuple[list[Any], Any]]:
    """Integrate numerically at random parameter values; raise if quadrature does not converge."""
    rng = random.Random(sampling.seed)
    found = []
    with mp.workdps(sampling.digits + 10):
        names = [r[0] for r in ranges]
        for _ in range(sampling.points):
            at = sampling.draw(params, rng)
            integrand = numeric(f, [*names, *params])
            value, error = _nested(integrand, ranges, params, at, len(ranges) - 1, {}, breaks)
            if not error <= mp.mpf(10) ** (8 - sampling.digits) * max(1, abs(value)):
                raise CheckFailed(
                    f"quadrature of {f} reached only an error of {mp.nstr(error, 3)};"
                    " give breaks=[...] or lower digits"
                )
            found.append((at, value))
    return found


def _nested(
    integrand: Callable[..., Any],
    ranges: list[Any],
    params: list[Any],
    at: list[Any],
    level: int,
    fixed: dict[Any, Any],
    breaks: Sequence[Any],
) -> tuple[Any, Any]:
    if level < 0:
        return integrand(*(fixed[r[0]] for r in ranges), *at), mp.mpf(0)
    x, a, b = ranges[level]
    known = [*fixed, *params]
    values = [*fixed.values(), *at]
    inner = [sp.sympify(p) for p in breaks] if len(ranges) == 1 else []
    nodes = [numeric(e, known)(*values) for e in (a, *inner, b)]

    def slice_(t: Any) -> Any:
        return _nested(integrand, ranges, params, at, level - 1, {**fixed, x: t}, breaks)[0]

    value, error = mp.quad(slice_, nodes, error=True)
    return value, error


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

    def coefficients(e: Any) -> sp.Matrix:
        out = []
        for k in range(order + 1):
            d = sp.diff(e, x, k)
            at = d.subs(x, a)
            if at.has(sp.nan, sp.zoo, sp.oo, -sp.oo):  # a removable singularity
                at = sp.limit(d, x, a)
            out.append(at / sp.factorial(k))
        return sp.Matrix(out)

    reference = coefficients(f)
    sampling = Sampling(where)

    def test(claim: Any) -> Verdict:
        if claim.is_polynomial(x) and sp.degree(claim, x) > order:
            return Verdict(False, "degree", f"degree {sp.degree(claim, x)} exceeds order {order}")
        if claim.has(sp.zoo, sp.nan):
            return Verdict(False, "coefficients", "undefined")
        ours = coefficients(claim)
        verdict = symbolic_verdict(reference, ours, sampling)
        detail = f"coefficients {list(ours)} claimed, {list(reference)} found"
        return Verdict(verdict.ok, f"coefficients through order {order}, SymPy", detail)

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
