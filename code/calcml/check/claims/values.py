"""Checks of claims about numbers and NumPy functions: published values, orders, bounds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from calcml.check.claims.comparison import Label, named
from calcml.check.engine.mutants import array_mutants, nonzero
from calcml.check.engine.verify import (
    EPS,
    ROOM,
    CheckResult,
    Verdict,
    Wrong,
    above_rounding,
    share,
    verify,
)
from calcml.typing import Array

LISTED = 4  # numbers that a statement lists; of more it names the shape


def same_value(a: Any, b: Any) -> bool:
    """Equal up to a few units of roundoff of the larger: the same number, not a near one."""
    x, y = np.asarray(a), np.asarray(b)
    if x.shape != y.shape:
        return False
    scale = max(float(np.max(np.abs(x), initial=0)), float(np.max(np.abs(y), initial=0)))
    return bool(np.all(np.abs(x - y) <= 8 * np.finfo(float).eps * scale))


def distance(a: Any, b: Any) -> float:
    """Largest absolute difference; infinite if shapes differ or anything is not finite."""
    x, y = np.asarray(a), np.asarray(b)
    if x.shape != y.shape or not (np.all(np.isfinite(x)) and np.all(np.isfinite(y))):
        return float("inf")
    return float(np.max(np.abs(x - y), initial=0.0))


def show(value: Any) -> str:
    """Print a value compactly with enough digits to see a difference."""
    text = np.array2string(np.asarray(value), precision=6, threshold=12, separator=", ")
    return " ".join(text.split())


def equal(
    measured: ArrayLike,
    published: Any,
    *,
    rtol: float | None = None,
    atol: float | None = None,
    label: Label = None,
    source: str = "",
    wrong: Iterable[Any] = (),
) -> CheckResult:
    """Verify a computed number or array against a published value.

    A published value given as a string (``"15.0429"``) means what its digits mean: the tolerance is
    half a unit in the last digit, and the neighboring digits are among the wrong versions.  The
    value must stand off the digit's edge by a twentieth of that, and by 100 units of roundoff.
    Otherwise the test is ``|measured - published| <= atol + rtol * max|published|``, where the
    tolerance must be at least 16 units of roundoff; integers may be compared exactly.

    Raises
    ------
    CheckFailed
        If the values differ, if a wrong version of the published value passes, if one of the two is
        decided by a hair, or if the tolerance is below roundoff.

    Examples
    --------
    >>> equal(15.04290, "15.0429", source="Dalal et al. (1989)").tolerance
    '5e-05 absolute'
    """
    versions: list[Wrong[Any]] = []
    room = ROOM
    if isinstance(published, str):
        exponent = Decimal(published).as_tuple().exponent
        unit = 10.0 ** int(exponent)
        target: Any = float(published)
        if atol is None:
            room = _digit_room(0.5 * unit, target)
        atol, rtol = (0.5 * unit if atol is None else atol), rtol or 0.0
        versions += [Wrong("last digit + 1", target + unit), Wrong("last digit - 1", target - unit)]
    else:
        target = np.asarray(published, dtype=complex if np.iscomplexobj(published) else float)
        if rtol is None and atol is None:
            raise ValueError("state a tolerance: rtol=... or atol=..., or give published as digits")
        atol, rtol = atol or 0.0, rtol or 0.0
    value = np.asarray(measured)
    size = float(np.max(np.abs(target), initial=0.0))
    tol = atol + rtol * size
    if not (value.dtype.kind in "biu" and np.all(target == np.round(np.real(target)))):
        above_rounding(tol, size)

    def test(claim: Any) -> Verdict:
        gap = distance(value, claim)
        detail = f"measured {show(value)}, published {show(claim)}, difference {gap:.3g}"
        method = "float64 against a stated value"
        return Verdict(gap <= tol, method, detail, ratio=share(gap, tol), room=room)

    made = dict(array_mutants(target))
    if np.min(np.abs(target), where=nonzero(target), initial=np.inf) <= tol:
        made.pop("drop the smallest entry", None)  # the author says that it does not count
    versions += [Wrong(name, new) for name, new in made.items()]
    versions += [Wrong(name, np.asarray(w, dtype=float), True) for name, w in named(wrong)]
    named_by = f"of shape {np.shape(target)}" if np.size(target) > LISTED else show(target)
    text = f"value {named_by}" + (f" ({source})" if source else "")
    parts = [f"{atol:.3g} absolute"] * bool(atol) + [f"{rtol:.3g} relative"] * bool(rtol)
    return verify(
        "value",
        text,
        target,
        test,
        versions,
        equivalent=same_value,
        label=label,
        tolerance=" + ".join(parts) or "exact",
    )


def _digit_room(half_unit: float, value: float) -> float:
    """Return how far from the edge of a digit a value must stand, as a ratio.

    Raises
    ------
    ValueError
        If float64 cannot vouch for so many digits.
    """
    band = max(0.05 * half_unit, 100 * EPS * abs(value))
    if band > 0.5 * half_unit:
        raise ValueError(f"{value!r} has more digits than float64 can vouch for; give fewer")
    return half_unit / (half_unit - band)


def identity_of_functions(
    lhs: Callable[..., Any],
    rhs: Callable[..., Any],
    *,
    draw: Callable[[np.random.Generator], Any],
    label: Label,
    wrong: Iterable[Any],
    points: int,
    rtol: float,
    seed: int = 0,
) -> CheckResult:
    """Verify ``lhs(*args) = rhs(*args)`` in float64 at random arguments ``args = draw(rng)``."""
    above_rounding(rtol, 1.0)
    arguments = sample_arguments(draw, points, seed)
    left = [np.asarray(lhs(*args)) for args in arguments]

    def test(claim: Callable[..., Any]) -> Verdict:
        worst, detail = 0.0, "both sides agree"
        for args, a in zip(arguments, left, strict=True):
            b = np.asarray(claim(*args))
            gap = distance(a, b) / max(1.0, float(np.max(np.abs(a), initial=0.0)))
            if gap > worst:
                worst = gap
                detail = f"left {show(a)}, right {show(b)}, relative difference {gap:.3g}"
        method = f"float64 at {points} random arguments"
        return Verdict(worst <= rtol, method, detail, ratio=share(worst, rtol))

    fresh = sample_arguments(draw, points, seed + 1)
    return verify(
        "identity",
        f"{_name(lhs)} = {_name(rhs)}",
        rhs,
        test,
        function_mutants(rhs, wrong),
        equivalent=lambda w, c: all(same_value(w(*a), c(*a)) for a in fresh),
        label=label,
        tolerance=f"relative {rtol:.3g}",
    )


def sample_arguments(draw: Callable[[Any], Any], points: int, seed: int) -> list[tuple[Any, ...]]:
    """Draw argument tuples with a fixed seed."""
    rng = np.random.default_rng(seed)
    drawn = (draw(rng) for _ in range(points))
    return [args if isinstance(args, tuple) else (args,) for args in drawn]


def function_mutants(f: Callable[..., Any], wrong: Iterable[Any]) -> list[Wrong[Any]]:
    """Return wrong versions of a function: each mutates its values; then the author's own."""

    def mutant(name: str) -> Callable[..., Any]:
        def changed(*args: Any) -> Any:
            value = f(*args)
            return dict(array_mutants(value)).get(name, value)

        return changed

    names = ["factor 1.01", "sign", "off by one"]
    names += ["drop the largest entry", "drop the smallest entry"]
    names += ["shift entries by one", "transpose"]
    return [Wrong(n, mutant(n)) for n in names] + [Wrong(n, w, True) for n, w in named(wrong)]


def _name(f: Callable[..., Any]) -> str:
    return str(getattr(f, "__name__", repr(f)))


def order(
    h: ArrayLike,
    errors: ArrayLike,
    expected: float,
    *,
    tol: float = 0.1,
    label: Label = None,
    wrong: Iterable[float] = (),
) -> CheckResult:
    """Verify a convergence order: ``errors ~ C h**expected``, by the slope of log error on log h.

    The slope is fitted to all points, and the last local slope must agree with it within ``3 tol``:
    a curve that bends into roundoff must be cut by the author, not averaged away.

    Raises
    ------
    CheckFailed
        If the measured order is further than ``tol`` from ``expected``, or a wrong order passes.

    Examples
    --------
    >>> order([0.1, 0.05, 0.025], [1e-2, 2.5e-3, 6.25e-4], 2).method
    'measured order 2.000 over 3 steps'
    """
    x, e = np.log(_positive("h", h)), np.log(_positive("errors", errors))
    if x.shape != e.shape or x.size < 3:
        raise ValueError(f"give at least 3 steps with one error each, got {x.shape}, {e.shape}")
    slope = float(np.polyfit(x, e, 1)[0])
    last = float((e[-1] - e[-2]) / (x[-1] - x[-2]))

    def test(claim: float) -> Verdict:
        used = max(share(abs(slope - claim), tol), share(abs(last - claim), 3 * tol))
        detail = f"measured order {slope:.4f} (last two points {last:.4f}), claimed {claim:g}"
        method = f"measured order {slope:.3f} over {x.size} steps"
        return Verdict(used <= 1, method, detail, ratio=used)

    candidates = [("order + 1", expected + 1), ("order - 1", expected - 1)]
    candidates += [("sign", -expected), ("half", expected / 2)]
    versions = [Wrong(n, w) for n, w in candidates if w != expected]
    versions += [Wrong(n, float(w), True) for n, w in named(wrong)]
    return verify(
        "order of convergence",
        f"order {expected:g}",
        float(expected),
        test,
        versions,
        equivalent=same_value,
        label=label,
        tolerance=f"{tol:g} absolute",
    )


def convergence(
    errors: ArrayLike,
    expected: float,
    *,
    tol: float = 0.15,
    rate: float | None = None,
    label: Label = None,
    wrong: Iterable[float] = (),
) -> CheckResult:
    """Verify how a sequence of errors shrinks: ``e[k+1] ~ rate * e[k]**expected``.

    Order 1 compares the geometric-mean ratio of the last errors with ``rate`` (relative ``tol``),
    and so for each half of them: a ratio that drifts is no rate.  Higher orders fit the slope of
    ``log e[k+1]`` on ``log e[k]``.

    Raises
    ------
    CheckFailed
        If the measured order or rate differs, or a wrong one passes.

    Examples
    --------
    >>> convergence([0.1 ** (2**k) for k in range(5)], 2).tolerance
    '0.15 absolute'
    """
    e = _positive("errors", errors)
    if e.size < 4:
        raise ValueError(f"give at least 4 errors, got {e.size}")
    if expected == 1:
        if rate is None:
            raise ValueError("linear convergence needs rate=..., the claimed ratio of errors")
        if not 0 < rate < 1:
            raise ValueError(f"rate must lie strictly between 0 and 1, got {rate}")
        tail = e[e.size // 2 :] if e.size >= 8 else e
        middle = tail.size // 2
        halves = [_mean_ratio(tail[: middle + 1]), _mean_ratio(tail[middle:])]
        measured = _mean_ratio(tail)
        claim, name = float(rate), "linear rate"
        versions = [Wrong("square of the rate", claim**2), Wrong("root of the rate", claim**0.5)]
        tolerance = f"{tol:g} relative in log rate"
    else:
        logs = np.log(e)
        measured = float(np.polyfit(logs[:-1], logs[1:], 1)[0])
        claim, name = float(expected), "order"
        versions = [Wrong("order + 1", claim + 1), Wrong("order - 1", claim - 1)]
        tolerance = f"{tol:g} absolute"

    def test(value: float) -> Verdict:
        if name == "order":
            used = share(abs(measured - value), tol)
        else:  # a mean over half as many ratios may be off by twice as much
            gaps = np.abs(np.log([measured, *halves]) - np.log(value))
            used = float(np.max(gaps / (np.array([1, 2, 2]) * tol * abs(np.log(claim)))))
        detail = f"measured {name} {measured:.6g}, claimed {value:.6g}"
        if name == "linear rate":
            detail += f" (first half {halves[0]:.6g}, second half {halves[1]:.6g})"
        return Verdict(used <= 1, f"measured {name} {measured:.4g}", detail, ratio=used)

    versions += [Wrong(n, float(w), True) for n, w in named(wrong)]
    return verify(
        "convergence",
        f"{name} {claim:g}",
        claim,
        test,
        versions,
        equivalent=same_value,
        label=label,
        tolerance=tolerance,
    )


def _mean_ratio(errors: Array) -> float:
    """Return the geometric mean of the ratios of neighbors."""
    return float((errors[-1] / errors[0]) ** (1 / (errors.size - 1)))


def _positive(name: str, values: ArrayLike) -> Array:
    a = np.asarray(values, dtype=float)
    if a.ndim != 1 or not np.all(np.isfinite(a)) or np.any(a <= 0):
        raise ValueError(f"{name} must be a sequence of positive finite numbers, got {show(a)}")
    return a
