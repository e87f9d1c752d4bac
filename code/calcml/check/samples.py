"""The points at which an inequality is tried, chosen once for the claim and its wrong versions."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import sympy as sp

from calcml.check.decide import Sampling, finite, numeric
from calcml.check.result import CheckFailed
from calcml.check.values import sample_arguments

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
) -> Callable[[Pair], Pair]:
    """Choose sample points once (random, ends, middle, nearest to equality); evaluate any pair."""
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
        at = [p for p in at if _defined(gap, p)]
        if len(at) < sampling.points // 2:
            raise ValueError("most sample points give undefined values; set where={symbol: (a, b)}")
        at += _sharpened(gap, min(at, key=lambda p: gap(*p)), symbols, ends)
        at += [p for p in _far(sampling, symbols, at[0]) if _defined(gap, p)]
        equal = next((p for p in at if strict and gap(*p) == 0), None)
    if equal is not None:
        place = ", ".join(f"{s} = {mp.nstr(v, 6)}" for s, v in zip(symbols, equal, strict=True))
        raise CheckFailed(f"strict inequality fails: {lhs} = {rhs} at {place}; claim <=, or where=")

    def evaluate(pair: Pair) -> Pair:
        with mp.workdps(sampling.digits):
            f, g = (numeric(sp.sympify(side), symbols) for side in pair)
            values = [(f(*p), g(*p)) for p in at]
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


def _defined(f: Callable[..., Any], point: list[Any]) -> bool:
    try:
        value = f(*point)
    except (ZeroDivisionError, ValueError, OverflowError, mp.libmp.ComplexResult):
        return False
    return finite(value) and mp.im(value) == 0 and abs(value) < 1e300  # a float64 can hold it


def _sharpened(
    gap: Callable[..., Any],
    start: list[Any],
    symbols: list[Any],
    ends: list[tuple[float, float]],
) -> list[list[Any]]:
    """Walk from the sampled point of smallest gap downhill by shrinking coordinate steps."""
    best, path = list(start), []
    width = mp.mpf("0.1")
    while width > mp.mpf("1e-6"):
        moved = False
        for i, pair in enumerate(ends):
            if symbols[i].is_integer:
                continue
            for end in pair:  # a part of the way to either end stays inside
                trial = list(best)
                trial[i] += width * (mp.mpf(end) - trial[i])
                if _defined(gap, trial) and gap(*trial) < gap(*best):
                    best, moved = trial, True
        path.append(best)
        if not moved:
            width /= 4
    return path
