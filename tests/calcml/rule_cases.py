"""Where each rule is tried: NumPy function → calls of it at points where it is smooth.

One table feeds the tests of the rules and the test of those tests, ``tests/mutants/rules.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from calcml.diff.rules.scalar import cast, positive_part

Array = Any


@dataclass(frozen=True)
class Case:
    """A function of arrays, and a place where it is smooth in all of them."""

    f: Callable[..., Any]
    args: tuple[Array, ...]


def real(*shape: int, seed: int = 0, low: float = -2.0, high: float = 2.0) -> Array:
    """Numbers in an interval, away from zero and from each other."""
    rng = np.random.default_rng([seed, *shape])
    n = int(np.prod(shape))
    grid = np.linspace(low, high, max(3 * n, 16))
    grid += rng.uniform(0.1, 0.4) * (grid[1] - grid[0])
    return rng.permutation(grid[np.abs(grid) > 0.06])[:n].reshape(shape)[()]


def positive(*shape: int, seed: int = 0) -> Array:
    return real(*shape, seed=seed, low=0.2, high=2.0)


def inside(*shape: int, seed: int = 0) -> Array:
    return real(*shape, seed=seed, low=-0.8, high=0.8)


def above_one(*shape: int, seed: int = 0) -> Array:
    return real(*shape, seed=seed, low=1.2, high=2.0)


def spd(*shape: int, seed: int = 0) -> Array:
    a = real(*shape, seed=seed)
    return a @ np.swapaxes(a, -1, -2) + shape[-1] * np.eye(shape[-1])


def regular(*shape: int, seed: int = 0) -> Array:
    return real(*shape, seed=seed) + 3 * np.eye(shape[-1])


Sampler = Callable[..., Array]
UNARY: dict[Callable[..., Any], Sampler] = {
    **dict.fromkeys([np.negative, np.positive, np.square, np.absolute, np.fabs, np.exp], real),
    **dict.fromkeys([np.exp2, np.expm1, np.sin, np.cos, np.arctan, np.sinh, np.cosh], real),
    **dict.fromkeys([np.tanh, np.arcsinh, np.deg2rad, np.radians, np.rad2deg], real),
    **dict.fromkeys([np.degrees, np.sinc, np.nan_to_num, np.conjugate, np.real, np.copy], real),
    **dict.fromkeys([positive_part, np.reciprocal], real),
    **dict.fromkeys([np.sqrt, np.cbrt, np.log, np.log2, np.log10, np.log1p], positive),
    **dict.fromkeys([np.tan, np.arcsin, np.arccos, np.arctanh], inside),
    **dict.fromkeys([np.arccosh], above_one),
}
BINARY: dict[Callable[..., Any], tuple[Sampler, Sampler]] = {
    **dict.fromkeys([np.add, np.subtract, np.multiply, np.divide, np.arctan2], (real, real)),
    **dict.fromkeys([np.hypot, np.logaddexp, np.logaddexp2], (real, real)),
    **dict.fromkeys([np.maximum, np.minimum, np.fmax, np.fmin], (real, real)),
    **dict.fromkeys([np.power, np.float_power], (positive, real)),
    **dict.fromkeys([np.remainder, np.fmod], (inside, above_one)),
}
BROADCASTS = [((), ()), ((3,), (3,)), ((2, 1), (3,)), ((), (2, 2)), ((2, 3), (1,))]
PLAIN_SHAPES = [(), (3,), (2, 1, 2)]

CASES: dict[Callable[..., Any], list[Case]] = {}


def calls(function: Callable[..., Any], *cases: tuple[Any, ...]) -> None:
    """Enter cases ``(f, *args)``, each of which calls ``function``."""
    CASES.setdefault(function, []).extend(Case(f, args) for f, *args in map(list, cases))


for _f, _sampler in UNARY.items():
    calls(_f, *((_f, _sampler(*shape)) for shape in PLAIN_SHAPES))
for _f, (_first, _second) in BINARY.items():
    calls(_f, *((_f, _first(*a, seed=1), _second(*b, seed=2)) for a, b in BROADCASTS))

calls(np.power, (lambda x: x**3, real(3)), (lambda x: x**2, real(2, 2)), (lambda x: x**-1, real(3)))
calls(
    np.power,
    (lambda x: x**0, real(3)),
    (lambda x: x**0.5, positive(3)),
    (lambda p: 2.0**p, real(3)),
)
calls(
    np.power,
    (lambda x: x ** np.array([0.0, 1, 2, 3]), real(4)),
    (lambda x: x ** np.arange(3), real(3)),
)
calls(np.copysign, (lambda x: np.copysign(x, np.array([[1.0], [-1.0]])), real(3)))
calls(np.nan_to_num, (lambda x: np.nan_to_num(np.where(x > 0, x, np.nan), nan=1.0), real(3)))
calls(np.ldexp, (lambda x: np.ldexp(x, np.array([[-1], [3]])), real(3)))
calls(
    np.where,
    (lambda a, b: np.where(np.array([True, False, True]), a, b), real(2, 1), real(3, seed=1)),
)
calls(np.where, (lambda x: np.where(x > 0, x, 0.1 * x), real(5)))
calls(cast, (lambda x: x.astype(np.float64) * 2, real(3)))
for _f in (np.remainder, np.fmod):
    calls(_f, (_f, np.array([5.3, -4.1]), np.array([[1.7], [1.3]])))
calls(np.modf, (lambda x: np.modf(x)[0] * x, real(3)))
calls(np.divmod, (lambda x, y: np.divmod(x, y)[1], inside(3), above_one(2, 1)))
calls(np.divmod, (lambda x, y: np.multiply(*np.divmod(x, y)), 3 * real(3), above_one(2, 1)))
calls(np.frexp, (lambda x: np.frexp(x)[0] * x, real(3)))
calls(np.frexp, (lambda x: np.ldexp(*np.frexp(x)) ** 2, 8 * real(2, 2)))
calls(np.imag, (lambda x: np.imag(x) + x, real(3)))
