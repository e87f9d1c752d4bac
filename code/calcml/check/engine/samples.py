"""The points at which an inequality is tried, chosen once for the claim and its wrong versions."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import Any

import mpmath as mp
import numpy as np
import sympy as sp

from calcml.check.claims.values import sample_arguments
from calcml.check.engine.equality import Sampling, finite, numeric
from calcml.check.engine.verify import CheckFailed

Pair = tuple[Any, Any]


def sampler_of_functions(
    draw: Callable[[np.random.Generator], Any], points: int
) -> Callable[[Pair], Pair]:
    """Draw arguments once; evaluate any pair of functions or numbers at them."""
    arguments = sample_arguments(draw, min(points, 200), 0)

    def evaluate(pair: Pair) -> Pair:
        sides = [
            np.asarray([side(*a) if callable(side) else side for a in arguments], dtype=float)
            for side in pair
        ]
        return sides[0].ravel(), sides[1].ravel()

    return evaluate


def sampler_of_expressions(
    sampling: Sampling, lhs: Any, rhs: Any, *, strict: bool
) -> Callable[..., Pair]:
    """Choose sample points once (random, ends, middle, nearest to equality); evaluate any pair.

    Evaluation takes the pair, and optionally the numbers of the points to use.
    """
    symbols = sorted(lhs.free_symbols | rhs.free_symbols, key=str)
    if not symbols:
        raise ValueError("an inequality between constants has no point to sample; use check.equal")
    rng = random.Random(sampling.seed)
    with mp.workdps(sampling.digits):
        gap = numeric(rhs - lhs, symbols)
        at = [sampling.draw(symbols, rng) for _ in range(sampling.points)]
        ends = [sampling.interval(s) for s in symbols]
        for t in (0.0, 1.0, 0.5):
            at.append([mp.mpf((1 - t) * low + t * high) for low, high in ends])
        known = _defined(gap, at)
        if len(known) < sampling.points // 2:
            raise ValueError("most sample points give undefined values; set where={symbol: (a, b)}")
        known += _sharpened(gap, min(known, key=itemgetter(0)), symbols, ends)
        known += _defined(gap, _far(sampling, symbols, known[0][1]))
        at = [point for _, point in known]
        equal = next((point for size, point in known if strict and size == 0), None)
    if equal is not None:
        place = ", ".join(f"{s} = {mp.nstr(v, 6)}" for s, v in zip(symbols, equal, strict=True))
        raise CheckFailed(f"strict inequality fails: {lhs} = {rhs} at {place}; claim <=, or where=")

    def evaluate(pair: Pair, places: Iterable[int] | None = None) -> Pair:
        with mp.workdps(sampling.digits):
            f, g = (numeric(sp.sympify(side), symbols) for side in pair)
            chosen = at if places is None else [at[i] for i in places]
            values = [(f(*p), g(*p)) for p in chosen]
        a = np.asarray(values, dtype=float)
        return a[:, 0], a[:, 1]

    return evaluate


def _far(sampling: Sampling, symbols: list[Any], start: list[Any]) -> list[list[Any]]:
    """Move one symbol that has no interval far away or near zero, where its assumptions allow."""
    found = []
    for i, symbol in enumerate(symbols):
        if not sampling.free(symbol):
            continue
        sizes = (10, 100, 1000) if symbol.is_integer else (1e-6, 1e-3, 10, 100, 1000)
        low, high = sampling.interval(symbol)
        signs = [sign for sign, used in ((1, high > 0), (-1, low < 0)) if used]
        found += [
            [*start[:i], mp.mpf(sign * size), *start[i + 1 :]] for size in sizes for sign in signs
        ]
    return found


def _defined(f: Callable[..., Any], points: Iterable[list[Any]]) -> list[tuple[Any, list[Any]]]:
    """Return the values of ``f`` with their points, where they are finite real float64 numbers."""
    found = []
    for point in points:
        try:
            value = f(*point)
        except (ZeroDivisionError, ValueError, OverflowError, mp.libmp.ComplexResult):
            continue
        if finite(value) and mp.im(value) == 0 and abs(value) < 1e300:
            found.append((value, point))
    return found


def _sharpened(
    gap: Callable[..., Any],
    start: tuple[Any, list[Any]],
    symbols: list[Any],
    ends: list[tuple[float, float]],
) -> list[tuple[Any, list[Any]]]:
    """Walk from the sampled point of smallest gap downhill by shrinking coordinate steps."""
    best, path = start, []
    width = mp.mpf("0.1")
    while width > mp.mpf("1e-6"):
        moved = False
        for i, pair in enumerate(ends):
            if symbols[i].is_integer:
                continue
            for end in pair:  # a part of the way to either end stays inside
                trial = list(best[1])
                trial[i] += width * (mp.mpf(end) - trial[i])
                for found in _defined(gap, [trial]):
                    if found[0] < best[0]:
                        best, moved = found, True
        path.append(best)
        if not moved:
            width /= 4
    return path
