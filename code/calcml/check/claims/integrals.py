"""Checks of integrals: definite ones by quadrature, antiderivatives by differentiation."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import mpmath as mp
import sympy as sp

from calcml.check.claims.comparison import Label, named, unwrap
from calcml.check.claims.derivatives import derivative_of
from calcml.check.engine.equality import (
    Sampling,
    Where,
    finite,
    numeric,
    require_expression,
    same_expression,
)
from calcml.check.engine.mutants import expression_mutants
from calcml.check.engine.verify import ROOM, CheckFailed, CheckResult, Verdict, Wrong, share, verify


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
    ends = set().union(*(e.free_symbols for r in ranges for e in r[1:]))
    params = sorted((f.free_symbols | value.free_symbols | ends) - {r[0] for r in ranges}, key=str)
    sampling = Sampling(where, 3 if params else 1, digits)
    references = _quadratures(f, ranges, params, sampling, breaks)

    def test(claim: Any) -> Verdict:
        return _against(references, claim, params, sampling)

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


def _tolerance(sampling: Sampling, value: Any) -> Any:
    return mp.mpf(10) ** (8 - sampling.digits) * max(1, abs(value))


def _against(
    references: list[tuple[list[Any], Any]], claim: Any, params: list[Any], sampling: Sampling
) -> Verdict:
    """Compare a claimed value with the computed integrals."""
    method = f"mpmath quadrature, {sampling.digits} digits"
    method += f" at {sampling.points} points" * bool(params)
    used, detail = 0.0, "claimed and computed values agree"
    with mp.workdps(sampling.digits + 10):
        g = numeric(claim, params)
        for at, computed in references:
            value = g(*at)
            if not finite(value):
                return Verdict(False, method, f"claimed {value}, computed {mp.nstr(computed, 15)}")
            off = share(abs(value - computed), _tolerance(sampling, computed))
            if off > max(used, 1.0):
                detail = f"claimed {mp.nstr(value, 15)}, computed {mp.nstr(computed, 15)}"
            used = max(used, off)
            if used > ROOM:
                break
    return Verdict(used <= 1, method, detail, ratio=used)


def _quadratures(
    f: Any, ranges: list[Any], params: list[Any], sampling: Sampling, breaks: Sequence[Any]
) -> list[tuple[list[Any], Any]]:
    """Integrate numerically at random parameter values; raise if quadrature does not converge."""
    rng = random.Random(sampling.seed)
    found = []
    with mp.workdps(sampling.digits + 10):
        integrand = numeric(f, [*(r[0] for r in ranges), *params])
        for _ in range(sampling.points):
            at, errors = sampling.draw(params, rng), [mp.mpf(0)]
            value = _nested(integrand, ranges, params, at, {}, breaks, errors)
            if not max(errors) <= _tolerance(sampling, value):
                raise CheckFailed(
                    f"quadrature of {f} reached only an error of {mp.nstr(max(errors), 3)};"
                    " give breaks=[...] or lower digits"
                )
            found.append((at, value))
    return found


def _nested(
    integrand: Callable[..., Any],
    ranges: list[Any],
    params: list[Any],
    at: list[Any],
    fixed: dict[Any, Any],
    breaks: Sequence[Any],
    errors: list[Any],
) -> Any:
    """Integrate over the outermost variable not yet fixed; collect the error estimates."""
    if len(fixed) == len(ranges):
        return integrand(*(fixed[r[0]] for r in ranges), *at)
    x, a, b = ranges[len(ranges) - 1 - len(fixed)]
    inner = [sp.sympify(p) for p in breaks] if len(ranges) == 1 else []
    nodes = [numeric(e, [*fixed, *params])(*fixed.values(), *at) for e in (a, *inner, b)]

    def slice_(t: Any) -> Any:
        return _nested(integrand, ranges, params, at, {**fixed, x: t}, breaks, errors)

    value, error = mp.quad(slice_, nodes, error=True)
    errors.append(error)
    return value
