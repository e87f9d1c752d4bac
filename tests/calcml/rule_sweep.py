"""The slopes of entrywise rules from the smallest floats to the largest, beside mpmath.

    python tests/calcml/rule_sweep.py [name ...]

prints for each function its largest errors, in units in the last place of the true slope divided by
``1 + condition number``: the share of the error that is not owed to the rounding of the argument.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
from mpmath import mp, mpf
from rule_truth import INF, PAIRS, UNARY, Sweep

from calcml.diff import jvp, vjp

Array = Any


def magnitudes(dtype: type, n: int) -> Array:
    """Positive numbers of all sizes, the smallest and the largest among them."""
    info = np.finfo(dtype)
    low, high = np.log2(float(info.smallest_subnormal)), np.log2(float(info.max))
    rng = np.random.default_rng(0)
    wide = np.linspace(low, high, n)[1:-1]
    middle = np.linspace(-12, 11, n)
    numbers = 2.0 ** np.concatenate([wide, middle]) * rng.uniform(1, 1.5, 2 * n - 2)
    ends = [info.smallest_subnormal, info.smallest_normal, 1.0, info.max]
    return np.concatenate([np.minimum(numbers, info.max), ends]).astype(dtype)


def points(sweep: Sweep, dtype: type, n: int) -> Array:
    """Numbers of all sizes and both signs, and numbers close to the ends of the domain."""
    x = magnitudes(dtype, n)
    smallest = np.finfo(dtype).tiny * 2.0**22
    around = [p for p in (sweep.low, sweep.high, *sweep.near) if np.isfinite(p)]
    steps = np.finfo(dtype).eps * 2.0 ** np.arange(0, 48, 4)
    close = [dtype(p) * (1 + s * e) for p in around for s in (1, -1) for e in steps]
    x = np.concatenate([x, -x, np.asarray(close, dtype)]).astype(dtype)
    return np.unique(
        x[(x > sweep.low) & (x < sweep.high) & (np.abs(x) >= (0 if sweep.tiny else smallest))]
    )


def truth(sweep: Sweep, x: Any) -> tuple[Any, Any, Any]:
    """Slope, second and third derivative at ``x``: the latter by differences with many digits."""
    slope, digits, x = sweep.slope, sweep.digits, mpf(float(x))
    size = int(abs(mp.log10(abs(x)))) if x and sweep.sized else 0
    with mp.workdps(digits + 3 * size * (abs(x) < 1)):
        value = slope(x)
    with mp.workdps(3 * digits + 3 * size):
        h = (abs(x) or mpf(1)) * mpf(10) ** -(digits // 2)
        ahead, here, behind = slope(x + h), slope(x), slope(x - h)
        return value, (ahead - behind) / (2 * h), (ahead - 2 * here + behind) / h**2


def units(found: Any, true: Any, dtype: type) -> float:
    """The error in units in the last place of the true value, as the type could hold it."""
    largest = mpf(float(np.finfo(dtype).max))
    if abs(true) > largest * (1 - mpf(2) ** -20):
        right_side = np.sign(float(found)) == mp.sign(true)
        return 0.0 if right_side and abs(float(found)) > float(largest) * (1 - 1e-5) else INF
    if not np.isfinite(found):
        return INF
    spacing = float(np.spacing(dtype(abs(float(true)))))
    return float(abs(mpf(float(found)) - true) / mpf(spacing))


@dataclass
class Worst:
    """The largest error found, per 1 + condition number, and where."""

    error: float = 0.0
    where: Any = None
    found: Any = None
    true: Any = None

    def see(self, error: float, where: Any, found: Any, true: Any) -> None:
        if not error <= self.error:
            self.error, self.where, self.found, self.true = error, where, found, true

    def __str__(self) -> str:
        if self.where is None:
            return "0"
        return (
            f"{self.error:.3g} at {self.where!r} ({self.found!r} for {mpmath.nstr(self.true, 9)})"
        )


def derivatives(f: Callable[..., Any], x: Array) -> Iterator[tuple[str, int, Array]]:
    """First and second derivatives of an entrywise function, by each mode and their pairs."""
    one = np.ones_like(x)
    forward = lambda x: jvp(f, (x,), (one,))[1]  # noqa: E731
    reverse = lambda x: vjp(f, x)[1](one)[0]  # noqa: E731
    yield "forward", 1, forward(x)
    yield "reverse", 1, reverse(x)
    yield "forward over reverse", 2, jvp(reverse, (x,), (one,))[1]
    yield "reverse over reverse", 2, vjp(reverse, x)[1](one)[0]


def sweep_unary(f: Callable[..., Any], dtype: type, n: int) -> dict[str, Worst]:
    """Compare at ``O(n)`` points; for each way to differentiate the worst error."""
    sweep = UNARY[f]
    x = points(sweep, dtype, n)
    with np.errstate(all="ignore"):
        found = list(derivatives(f, x))
    worst = {way: Worst() for way, *_ in found}
    for i, at in enumerate(x):
        try:
            true = truth(sweep, at)
        except (ValueError, ZeroDivisionError):  # a pole
            continue
        for way, order, values in found:
            derivative, change = true[order - 1], true[order]
            condition = abs(mpf(float(at)) * change / derivative) if derivative else mpf(0)
            error = units(values[i], derivative, dtype) / float(1 + min(condition, mpf("1e300")))
            if sweep.terms is not None and derivative:
                error /= float(max(1, sweep.terms(mpf(float(at))) / abs(derivative)))
            worst[way].see(error, at, values[i], derivative)
    return worst


def pairs(dtype: type, n: int) -> tuple[Array, Array]:
    """Pairs of numbers of all sizes and signs, and of nearly equal ones."""
    x = magnitudes(dtype, n)
    x = np.concatenate([x, -x])
    a, b = (each.ravel() for each in np.meshgrid(x, x))
    eps = np.finfo(dtype).eps
    close = [x * dtype(1 - eps * 2**k) for k in (0, 20)]
    return np.concatenate([a, x, x]).astype(dtype), np.concatenate([b, *close]).astype(dtype)


def sweep_pair(f: Callable[..., Any], dtype: type, n: int) -> dict[str, Worst]:
    """Compare the slopes in both arguments, by both modes."""
    pair = PAIRS[f]
    a, b = pairs(dtype, n)
    with np.errstate(all="ignore"):
        inside = pair.within(a, b) & np.isfinite(f(a, b))
        a, b = a[inside], b[inside]
        one = np.ones_like(a)
        backward = vjp(f, a, b)[1](one)
        forward = [
            jvp(lambda x: f(x, b), (a,), (one,))[1],
            jvp(lambda x: f(a, x), (b,), (one,))[1],
        ]
    worst = {f"{mode} {k}": Worst() for mode in ("forward", "reverse") for k in (0, 1)}
    for i, at in enumerate(zip(a, b, strict=True)):
        x, z = (mpf(float(v)) for v in at)
        for k, slope in enumerate(pair.slopes):
            with mp.workdps(100):
                true, step = slope(x, z), mpf(10) ** -30
                changes = [slope(x * (1 + step), z) - true, slope(x, z * (1 + step)) - true]
                condition = sum(abs(c / step / true) for c in changes) if true else mpf(0)
            allowed = 1 + min(condition, mpf("1e300"))
            if pair.terms is not None and true:
                allowed *= max(1, pair.terms(x, z) / abs(true))
            for mode, found in (("forward", forward[k][i]), ("reverse", backward[k][i])):
                worst[f"{mode} {k}"].see(
                    units(found, true, dtype) / float(allowed), at, found, true
                )
    return worst


def main(names: list[str]) -> int:
    """Print the worst error of every function; 1 if one is too large."""
    failed = False
    tables = ((UNARY, sweep_unary, 24), (PAIRS, sweep_pair, 4))
    for table, compare, n in tables:
        for f, sweep in table.items():
            name = f.__name__
            if names and name not in names:
                continue
            for dtype in (np.float64, np.float32):
                for way, worst in compare(f, dtype, n).items():
                    bad = not worst.error <= (sweep.second if "over" in way else sweep.units)
                    failed |= bad
                    verdict = "BAD" if bad else "ok"
                    print(f"{name:12s} {dtype.__name__} {way:20s} {verdict:4s}{worst}", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
