"""Checks of derivatives claimed as NumPy functions, against independent derivatives.

References, each used where it applies and where central differences confirm it:

* central differences with two Richardson extrapolations (always; relative error about 1e-10, or
  what two step sizes show),
* the complex step of Squire & Trapp (1998) where the function takes complex arguments,
* :mod:`calcml.diff` where the function can be traced.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from calcml.check.claims.expressions import Label
from calcml.check.claims.values import distance, function_mutants, same_value, show
from calcml.check.engine.verify import ROOM, CheckFailed, CheckResult, Verdict, share, verify
from calcml.diff import hessian, jacobian
from calcml.typing import Array

Map = Callable[[Any], Any]
_DECLINED = (TypeError, ValueError, NotImplementedError, AttributeError, ArithmeticError)


def difference_jacobian(f: Map, x: Array, step: float = 1e-2) -> Array:
    """Return d f(x)[...] / d x[...] of shape ``f(x).shape + x.shape`` by extrapolated differences.

    Cost: six evaluations an entry of ``x``; error O(step**6) plus roundoff over ``step``.
    """
    columns = []
    for i in range(x.size):
        rows = []
        h = step * max(1.0, abs(float(x.flat[i])))
        for width in (h, h / 2, h / 4):
            plus, minus = x.copy(), x.copy()
            plus.flat[i] += width
            minus.flat[i] -= width
            span = plus.flat[i] - minus.flat[i]
            rows.append((np.asarray(f(plus)) - np.asarray(f(minus))) / span)
        a, b = (4 * rows[1] - rows[0]) / 3, (4 * rows[2] - rows[1]) / 3
        columns.append((16 * b - a) / 15)
    shape = np.shape(f(x))
    return np.stack(columns, axis=-1).reshape(shape + x.shape)


def differences(f: Map, x: Array) -> tuple[Array, float]:
    """Return the extrapolated differences whose step agrees best with the next, and how well.

    A function that bends within 0.01, or ends there, needs a smaller step than a smooth one.
    """
    with np.errstate(all="ignore"):
        found = [difference_jacobian(f, x, step) for step in (1e-2, 1e-3, 1e-4, 1e-5)]
    gaps = [distance(a, b) for a, b in pairwise(found)]
    best = int(np.argmin(gaps))
    return found[best + 1 if np.isfinite(gaps[best]) else 0], gaps[best]


def complex_step_jacobian(f: Map, x: Array) -> Array:
    """Return the same by the complex step, exact to roundoff for analytic ``f``."""
    columns = []
    for i in range(x.size):
        z = x.astype(complex)
        z.flat[i] += 1e-200j
        columns.append(np.imag(np.asarray(f(z))) / 1e-200)
    return np.stack(columns, axis=-1).reshape(np.shape(f(x)) + x.shape)


def _traced(f: Map, x: Array, order: int) -> Array:
    return np.asarray((hessian if order == 2 else jacobian)(f)(x))


def references(f: Map, x: Array, order: int) -> list[tuple[str, float, Array]]:
    """Return (name, relative tolerance, value) for each reference derivative that applies."""

    def inner(t: Array) -> Array:
        base, error = differences(f, t)
        exact = _attempt(lambda: complex_step_jacobian(f, t))
        return exact if exact is not None and distance(exact, base) < _loose(base, error) else base

    base, error = differences(inner if order == 2 else f, x)
    size = max(1.0, float(np.max(np.abs(base), initial=0.0)))
    least = 1e-6 if order == 2 else 1e-8
    found = [("differences", max(least, 10 * error / size), base)]
    exact = _attempt(lambda: complex_step_jacobian(f, x)) if order == 1 else None
    if exact is not None and distance(exact, base) < _loose(base, error):
        found.append(("complex step", 1e-12, exact))
    traced = _attempt(lambda: _traced(f, x, order))
    if traced is not None and traced.shape == base.shape:
        found.append(("calcml.diff", 1e-11, traced))
    return found


def _loose(base: Array, error: float) -> float:
    """Return how far the complex step may be from differences and still be believed."""
    return max(1e-6 * max(1.0, float(np.max(np.abs(base), initial=0.0))), 10 * error)


def _attempt(make: Callable[[], Array]) -> Array | None:
    """Return a reference, or None if the function does not take such arguments."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("error", np.exceptions.ComplexWarning)  # float(complex) drops a part
        try:
            return make()
        except (*_DECLINED, np.exceptions.ComplexWarning):
            return None


def derivative_of_function(
    kind: str,
    f: Map,
    claimed: Map,
    at: Sequence[Any] | Callable[[np.random.Generator], Any],
    *,
    order: int = 1,
    label: Label,
    wrong: Iterable[Any],
    points: int = 5,
    rtol: float | None = None,
) -> CheckResult:
    """Verify ``claimed(x)`` against every reference derivative of ``f`` at the given points."""
    xs = [np.asarray(x, dtype=float) for x in sample_points(at, points, 0)]
    tables = [references(f, x, order) for x in xs]
    if not any(np.any(table[0][2]) for table in tables):
        raise CheckFailed(
            f"{kind} of {getattr(f, '__name__', f)} is 0 at every point of at=..., where a wrong"
            " factor is not seen; choose other points"
        )
    methods = [name for name, _, _ in tables[0] if all(name in dict_names(t) for t in tables)]

    def test(claim: Map) -> Verdict:
        method = f"{' and '.join(methods)} at {len(xs)} points"
        used, detail = 0.0, "agrees"
        for x, known in zip(xs, tables, strict=True):
            value = np.asarray(claim(x))
            for name, tol, reference in known:
                allowed = max(tol, rtol or 0.0)
                if value.size == reference.size and value.shape != reference.shape:
                    value = _same_layout(value, reference)
                size = max(1.0, float(np.max(np.abs(reference), initial=0.0)))
                off = share(distance(value, reference), allowed * size)
                if off > max(used, 1 / ROOM):
                    detail = f"claimed {show(value)}, {name} {show(reference)} at x = {show(x)}"
                used = max(used, off)
                if used > ROOM:
                    return Verdict(False, method, detail, ratio=used)
        return Verdict(used <= 1, method, detail, ratio=used)

    fresh = [np.asarray(x, dtype=float) for x in sample_points(at, points, 1)]
    tightest = max(rtol or 0.0, min(tol for name, tol, _ in tables[0] if name in methods))
    return verify(
        kind,
        f"{kind} of {getattr(f, '__name__', f)}",
        claimed,
        test,
        function_mutants(claimed, wrong),
        equivalent=lambda w, c: all(same_value(w(x), c(x)) for x in fresh),
        label=label,
        tolerance=f"relative {tightest:.0e}",
    )


def _same_layout(value: Array, reference: Array) -> Array:
    """Drop axes of length one, so that a column gradient (n, 1) compares with (n,)."""
    if [n for n in value.shape if n > 1] == [n for n in reference.shape if n > 1]:
        return value.reshape(reference.shape)
    return value


def dict_names(table: list[tuple[str, float, Array]]) -> list[str]:
    """Return the names of the references in a table."""
    return [name for name, _, _ in table]


def sample_points(
    at: Sequence[Any] | Callable[[np.random.Generator], Any], points: int, seed: int
) -> list[Any]:
    """Return the given points, or draw them with a fixed seed."""
    if callable(at):
        rng = np.random.default_rng(seed)
        return [at(rng) for _ in range(points)]
    return list(at)
