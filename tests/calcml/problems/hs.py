"""Constrained test problems of Hock and Schittkowski (1981), "Test Examples for Nonlinear
Programming Codes", Lecture Notes in Economics and Mathematical Systems 187.

Each has its number in the book, its starting point there and the minimum of f listed there; the
book's g(x) >= 0 and bounds are written g(x) <= 0 here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = Any
Function = Callable[[Array], Array]


@dataclass(frozen=True)
class Problem:
    """Minimize f subject to equality(x) = 0 and inequality(x) <= 0."""

    number: int
    f: Function
    x0: tuple[float, ...]
    fun: float
    equality: Function | None = None
    inequality: Function | None = None

    def __str__(self) -> str:
        return f"HS{self.number}"


def vector(*entries: Function) -> Function:
    """The function whose entries are the given scalar functions."""
    return lambda x: np.stack([entry(x) for entry in entries])


def bounded(lower: Any = None, upper: Any = None, *entries: Function) -> Function:
    """Bounds on all variables (None: no bound) and more inequalities <= 0."""

    def g(x: Array) -> Array:
        rows = [entry(x) for entry in entries]
        for sign, bound in ((-1, lower), (1, upper)):
            if bound is not None:
                limits = np.broadcast_to(np.array(bound, dtype=float), x.shape)
                rows += [sign * (x[i] - b) for i, b in enumerate(limits) if np.isfinite(b)]
        return np.stack(rows)

    return g


INF = np.inf


def rosenbrock(x: Array) -> Array:
    return 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2


def hs26(x: Array) -> Array:
    return (x[0] - x[1]) ** 2 + (x[1] - x[2]) ** 4


def hs43(x: Array) -> Array:
    squares = x[0] ** 2 + x[1] ** 2 + 2 * x[2] ** 2 + x[3] ** 2
    return squares - 5 * x[0] - 5 * x[1] - 21 * x[2] + 7 * x[3]


def hs50(x: Array) -> Array:
    return (x[0] - x[1]) ** 2 + (x[1] - x[2]) ** 2 + (x[2] - x[3]) ** 4 + (x[3] - x[4]) ** 2


def hs51(x: Array) -> Array:
    return (x[0] - x[1]) ** 2 + (x[1] + x[2] - 2) ** 2 + (x[3] - 1) ** 2 + (x[4] - 1) ** 2


def hs52(x: Array) -> Array:
    return (4 * x[0] - x[1]) ** 2 + (x[1] + x[2] - 2) ** 2 + (x[3] - 1) ** 2 + (x[4] - 1) ** 2


def hs63(x: Array) -> Array:
    return 1000 - x[0] ** 2 - 2 * x[1] ** 2 - x[2] ** 2 - x[0] * x[1] - x[0] * x[2]


def hs76(x: Array) -> Array:
    squares = x[0] ** 2 + 0.5 * x[1] ** 2 + x[2] ** 2 + 0.5 * x[3] ** 2
    return squares - x[0] * x[2] + x[2] * x[3] - x[0] - 3 * x[1] + x[2] - x[3]


def hs77(x: Array) -> Array:
    first = (x[0] - 1) ** 2 + (x[0] - x[1]) ** 2 + (x[2] - 1) ** 2
    return first + (x[3] - 1) ** 4 + (x[4] - 1) ** 6


def hs79(x: Array) -> Array:
    first = (x[0] - 1) ** 2 + (x[0] - x[1]) ** 2 + (x[1] - x[2]) ** 2
    return first + (x[2] - x[3]) ** 4 + (x[3] - x[4]) ** 4


def hs81(x: Array) -> Array:
    return np.exp(np.prod(x)) - 0.5 * (x[0] ** 3 + x[1] ** 3 + 1) ** 2


def hs100(x: Array) -> Array:
    first = (x[0] - 10) ** 2 + 5 * (x[1] - 12) ** 2 + x[2] ** 4 + 3 * (x[3] - 11) ** 2
    rest = 10 * x[4] ** 6 + 7 * x[5] ** 2 + x[6] ** 4
    return first + rest - 4 * x[5] * x[6] - 10 * x[5] - 8 * x[6]


def hs113(x: Array) -> Array:
    first = x[0] ** 2 + x[1] ** 2 + x[0] * x[1] - 14 * x[0] - 16 * x[1] + (x[2] - 10) ** 2
    second = 4 * (x[3] - 5) ** 2 + (x[4] - 3) ** 2 + 2 * (x[5] - 1) ** 2 + 5 * x[6] ** 2
    return first + second + 7 * (x[7] - 11) ** 2 + 2 * (x[8] - 10) ** 2 + (x[9] - 7) ** 2 + 45


HS43 = vector(
    lambda x: x[0] ** 2 + x[1] ** 2 + x[2] ** 2 + x[3] ** 2 + x[0] - x[1] + x[2] - x[3] - 8,
    lambda x: x[0] ** 2 + 2 * x[1] ** 2 + x[2] ** 2 + 2 * x[3] ** 2 - x[0] - x[3] - 10,
    lambda x: 2 * x[0] ** 2 + x[1] ** 2 + x[2] ** 2 + 2 * x[0] - x[1] - x[3] - 5,
)
HS44 = (
    lambda x: x[0] + 2 * x[1] - 8,
    lambda x: 4 * x[0] + x[1] - 12,
    lambda x: 3 * x[0] + 4 * x[1] - 12,
    lambda x: 2 * x[2] + x[3] - 8,
    lambda x: x[2] + 2 * x[3] - 8,
    lambda x: x[2] + x[3] - 5,
)
HS50 = vector(
    lambda x: x[0] + 2 * x[1] + 3 * x[2] - 6,
    lambda x: x[1] + 2 * x[2] + 3 * x[3] - 6,
    lambda x: x[2] + 2 * x[3] + 3 * x[4] - 6,
)
HS51 = vector(
    lambda x: x[0] + 3 * x[1] - 4, lambda x: x[2] + x[3] - 2 * x[4], lambda x: x[1] - x[4]
)
HS52 = vector(lambda x: x[0] + 3 * x[1], lambda x: x[2] + x[3] - 2 * x[4], lambda x: x[1] - x[4])
HS80 = vector(
    lambda x: np.sum(x**2) - 10,
    lambda x: x[1] * x[2] - 5 * x[3] * x[4],
    lambda x: x[0] ** 3 + x[1] ** 3 + 1,
)
HS80_BOUND = [2.3, 2.3, 3.2, 3.2, 3.2]
HS100 = vector(
    lambda x: 2 * x[0] ** 2 + 3 * x[1] ** 4 + x[2] + 4 * x[3] ** 2 + 5 * x[4] - 127,
    lambda x: 7 * x[0] + 3 * x[1] + 10 * x[2] ** 2 + x[3] - x[4] - 282,
    lambda x: 23 * x[0] + x[1] ** 2 + 6 * x[5] ** 2 - 8 * x[6] - 196,
    lambda x: 4 * x[0] ** 2 + x[1] ** 2 - 3 * x[0] * x[1] + 2 * x[2] ** 2 + 5 * x[5] - 11 * x[6],
)
HS113 = vector(
    lambda x: 4 * x[0] + 5 * x[1] - 3 * x[6] + 9 * x[7] - 105,
    lambda x: 10 * x[0] - 8 * x[1] - 17 * x[6] + 2 * x[7],
    lambda x: -8 * x[0] + 2 * x[1] + 5 * x[8] - 2 * x[9] - 12,
    lambda x: 3 * (x[0] - 2) ** 2 + 4 * (x[1] - 3) ** 2 + 2 * x[2] ** 2 - 7 * x[3] - 120,
    lambda x: 5 * x[0] ** 2 + 8 * x[1] + (x[2] - 6) ** 2 - 2 * x[3] - 40,
    lambda x: 0.5 * (x[0] - 8) ** 2 + 2 * (x[1] - 4) ** 2 + 3 * x[4] ** 2 - x[5] - 30,
    lambda x: x[0] ** 2 + 2 * (x[1] - 2) ** 2 - 2 * x[0] * x[1] + 14 * x[4] - 6 * x[5],
    lambda x: -3 * x[0] + 6 * x[1] + 12 * (x[8] - 8) ** 2 - 7 * x[9],
)
HS78 = vector(
    lambda x: np.sum(x**2) - 10,
    lambda x: x[1] * x[2] - 5 * x[3] * x[4],
    lambda x: x[0] ** 3 + x[1] ** 3 + 1,
)
HS79 = vector(
    lambda x: x[0] + x[1] ** 2 + x[2] ** 3 - 2 - 3 * 2**0.5,
    lambda x: x[1] - x[2] ** 2 + x[3] + 2 - 2 * 2**0.5,
    lambda x: x[0] * x[4] - 2,
)
HS77 = vector(
    lambda x: x[0] ** 2 * x[3] + np.sin(x[3] - x[4]) - 2 * 2**0.5,
    lambda x: x[1] + x[2] ** 4 * x[3] ** 2 - 8 - 2**0.5,
)

PROBLEMS = [
    Problem(6, lambda x: (1 - x[0]) ** 2, (-1.2, 1), 0, lambda x: 10 * (x[1] - x[0] ** 2)),
    Problem(
        7,
        lambda x: np.log(1 + x[0] ** 2) - x[1],
        (2, 2),
        -(3**0.5),
        lambda x: (1 + x[0] ** 2) ** 2 + x[1] ** 2 - 4,
    ),
    Problem(
        8,
        lambda x: -1.0 + 0 * x[0],
        (2, 1),
        -1,
        vector(lambda x: x[0] ** 2 + x[1] ** 2 - 25, lambda x: x[0] * x[1] - 9),
    ),
    Problem(
        9,
        lambda x: np.sin(np.pi * x[0] / 12) * np.cos(np.pi * x[1] / 16),
        (0, 0),
        -0.5,
        lambda x: 4 * x[0] - 3 * x[1],
    ),
    Problem(
        10,
        lambda x: x[0] - x[1],
        (-10, 10),
        -1,
        None,
        lambda x: 3 * x[0] ** 2 - 2 * x[0] * x[1] + x[1] ** 2 - 1,
    ),
    Problem(
        11,
        lambda x: (x[0] - 5) ** 2 + x[1] ** 2 - 25,
        (4.9, 0.1),
        -8.498464223,
        None,
        lambda x: x[0] ** 2 - x[1],
    ),
    Problem(
        12,
        lambda x: 0.5 * x[0] ** 2 + x[1] ** 2 - x[0] * x[1] - 7 * x[0] - 7 * x[1],
        (0, 0),
        -30,
        None,
        lambda x: 4 * x[0] ** 2 + x[1] ** 2 - 25,
    ),
    Problem(
        14,
        lambda x: (x[0] - 2) ** 2 + (x[1] - 1) ** 2,
        (2, 2),
        9 - 2.875 * 7**0.5,
        lambda x: x[0] - 2 * x[1] + 1,
        lambda x: 0.25 * x[0] ** 2 + x[1] ** 2 - 1,
    ),
    Problem(
        15,
        rosenbrock,
        (-2, 1),
        306.5,
        None,
        vector(lambda x: 1 - x[0] * x[1], lambda x: -x[0] - x[1] ** 2, lambda x: x[0] - 0.5),
    ),
    Problem(
        16,
        rosenbrock,
        (-2, 1),
        0.25,
        None,
        bounded(
            [-2, -INF],
            [0.5, 1],
            lambda x: -x[0] - x[1] ** 2,
            lambda x: -(x[0] ** 2) - x[1],
        ),
    ),
    Problem(
        17,
        rosenbrock,
        (-2, 1),
        1,
        None,
        bounded([-2, -INF], [0.5, 1], lambda x: x[0] - x[1] ** 2, lambda x: x[1] - x[0] ** 2),
    ),
    Problem(
        18,
        lambda x: 0.01 * x[0] ** 2 + x[1] ** 2,
        (2, 2),
        5,
        None,
        bounded([2, 0], 50, lambda x: 25 - x[0] * x[1], lambda x: 25 - x[0] ** 2 - x[1] ** 2),
    ),
    Problem(
        19,
        lambda x: (x[0] - 10) ** 3 + (x[1] - 20) ** 3,
        (20.1, 5.84),
        -6961.81381,
        None,
        bounded(
            [13, 0],
            100,
            lambda x: 100 - (x[0] - 5) ** 2 - (x[1] - 5) ** 2,
            lambda x: (x[0] - 6) ** 2 + (x[1] - 5) ** 2 - 82.81,
        ),
    ),
    Problem(
        20,
        rosenbrock,
        (-2, 1),
        81.5 - 25 * 3**0.5,
        None,
        bounded(
            [-0.5, -INF],
            [0.5, INF],
            lambda x: -x[0] - x[1] ** 2,
            lambda x: -(x[0] ** 2) - x[1],
            lambda x: 1 - x[0] ** 2 - x[1] ** 2,
        ),
    ),
    Problem(
        21,
        lambda x: 0.01 * x[0] ** 2 + x[1] ** 2 - 100,
        (-1, -1),
        -99.96,
        None,
        bounded([2, -50], 50, lambda x: 10 - 10 * x[0] + x[1]),
    ),
    Problem(
        22,
        lambda x: (x[0] - 2) ** 2 + (x[1] - 1) ** 2,
        (2, 2),
        1,
        None,
        vector(lambda x: x[0] + x[1] - 2, lambda x: x[0] ** 2 - x[1]),
    ),
    Problem(
        23,
        lambda x: x[0] ** 2 + x[1] ** 2,
        (3, 1),
        2,
        None,
        bounded(
            -50,
            50,
            lambda x: 1 - x[0] - x[1],
            lambda x: 1 - x[0] ** 2 - x[1] ** 2,
            lambda x: 9 - 9 * x[0] ** 2 - x[1] ** 2,
            lambda x: x[1] - x[0] ** 2,
            lambda x: x[0] - x[1] ** 2,
        ),
    ),
    Problem(
        24,
        lambda x: ((x[0] - 3) ** 2 - 9) * x[1] ** 3 / (27 * 3**0.5),
        (1, 0.5),
        -1,
        None,
        bounded(
            0,
            None,
            lambda x: x[1] - x[0] / 3**0.5,
            lambda x: -x[0] - 3**0.5 * x[1],
            lambda x: x[0] + 3**0.5 * x[1] - 6,
        ),
    ),
    Problem(26, hs26, (-2.6, 2, 2), 0, lambda x: (1 + x[1] ** 2) * x[0] + x[2] ** 4 - 3),
    Problem(
        27,
        lambda x: 0.01 * (x[0] - 1) ** 2 + (x[1] - x[0] ** 2) ** 2,
        (2, 2, 2),
        0.04,
        lambda x: x[0] + x[2] ** 2 + 1,
    ),
    Problem(
        28,
        lambda x: (x[0] + x[1]) ** 2 + (x[1] + x[2]) ** 2,
        (-4, 1, 1),
        0,
        lambda x: x[0] + 2 * x[1] + 3 * x[2] - 1,
    ),
    Problem(
        29,
        lambda x: -x[0] * x[1] * x[2],
        (1, 1, 1),
        -16 * 2**0.5,
        None,
        lambda x: x[0] ** 2 + 2 * x[1] ** 2 + 4 * x[2] ** 2 - 48,
    ),
    Problem(
        30,
        lambda x: np.sum(x**2),
        (1, 1, 1),
        1,
        None,
        bounded([1, -10, -10], 10, lambda x: 1 - x[0] ** 2 - x[1] ** 2),
    ),
    Problem(
        31,
        lambda x: 9 * x[0] ** 2 + x[1] ** 2 + 9 * x[2] ** 2,
        (1, 1, 1),
        6,
        None,
        bounded([-10, 1, -10], [10, 10, 1], lambda x: 1 - x[0] * x[1]),
    ),
    Problem(
        32,
        lambda x: (x[0] + 3 * x[1] + x[2]) ** 2 + 4 * (x[0] - x[1]) ** 2,
        (0.1, 0.7, 0.2),
        1,
        lambda x: 1 - np.sum(x),
        bounded(0, None, lambda x: x[0] ** 3 - 6 * x[1] - 4 * x[2] + 3),
    ),
    Problem(
        33,
        lambda x: (x[0] - 1) * (x[0] - 2) * (x[0] - 3) + x[2],
        (0, 0, 3),
        2**0.5 - 6,
        None,
        bounded(
            0,
            [INF, INF, 5],
            lambda x: x[0] ** 2 + x[1] ** 2 - x[2] ** 2,
            lambda x: 4 - x[0] ** 2 - x[1] ** 2 - x[2] ** 2,
        ),
    ),
    Problem(
        34,
        lambda x: -x[0],
        (0, 1.05, 2.9),
        -np.log(np.log(10)),
        None,
        bounded(0, [100, 100, 10], lambda x: np.exp(x[0]) - x[1], lambda x: np.exp(x[1]) - x[2]),
    ),
    Problem(
        35,
        lambda x: (
            9
            - 8 * x[0]
            - 6 * x[1]
            - 4 * x[2]
            + 2 * x[0] ** 2
            + 2 * x[1] ** 2
            + x[2] ** 2
            + 2 * x[0] * x[1]
            + 2 * x[0] * x[2]
        ),
        (0.5, 0.5, 0.5),
        1 / 9,
        None,
        bounded(0, None, lambda x: x[0] + x[1] + 2 * x[2] - 3),
    ),
    Problem(
        36,
        lambda x: -x[0] * x[1] * x[2],
        (10, 10, 10),
        -3300,
        None,
        bounded(0, [20, 11, 42], lambda x: x[0] + 2 * x[1] + 2 * x[2] - 72),
    ),
    Problem(
        37,
        lambda x: -x[0] * x[1] * x[2],
        (10, 10, 10),
        -3456,
        None,
        bounded(
            0,
            42,
            lambda x: x[0] + 2 * x[1] + 2 * x[2] - 72,
            lambda x: -x[0] - 2 * x[1] - 2 * x[2],
        ),
    ),
    Problem(
        39,
        lambda x: -x[0],
        (2, 2, 2, 2),
        -1,
        vector(lambda x: x[1] - x[0] ** 3 - x[2] ** 2, lambda x: x[0] ** 2 - x[1] - x[3] ** 2),
    ),
    Problem(
        40,
        lambda x: -np.prod(x),
        (0.8, 0.8, 0.8, 0.8),
        -0.25,
        vector(
            lambda x: x[0] ** 3 + x[1] ** 2 - 1,
            lambda x: x[0] ** 2 * x[3] - x[2],
            lambda x: x[3] ** 2 - x[1],
        ),
    ),
    Problem(
        41,
        lambda x: 2 - x[0] * x[1] * x[2],
        (2, 2, 2, 2),
        52 / 27,
        lambda x: x[0] + 2 * x[1] + 2 * x[2] - x[3],
        bounded(0, [1, 1, 1, 2]),
    ),
    Problem(
        42,
        lambda x: np.sum((x - np.arange(1, 5)) ** 2),
        (1, 1, 1, 1),
        28 - 10 * 2**0.5,
        vector(lambda x: x[0] - 2, lambda x: x[2] ** 2 + x[3] ** 2 - 2),
    ),
    Problem(43, hs43, (0, 0, 0, 0), -44, None, HS43),
    Problem(
        44,
        lambda x: x[0] - x[1] - x[2] - x[0] * x[2] + x[0] * x[3] + x[1] * x[2] - x[1] * x[3],
        (0, 0, 0, 0),
        -15,
        None,
        bounded(0, None, *HS44),
    ),
    Problem(
        46,
        lambda x: (x[0] - x[1]) ** 2 + (x[2] - 1) ** 2 + (x[3] - 1) ** 4 + (x[4] - 1) ** 6,
        (0.5 * 2**0.5, 1.75, 0.5, 2, 2),
        0,
        vector(
            lambda x: x[0] ** 2 * x[3] + np.sin(x[3] - x[4]) - 1,
            lambda x: x[1] + x[2] ** 4 * x[3] ** 2 - 2,
        ),
    ),
    Problem(
        48,
        lambda x: (x[0] - 1) ** 2 + (x[1] - x[2]) ** 2 + (x[3] - x[4]) ** 2,
        (3, 5, -3, 2, -2),
        0,
        vector(lambda x: np.sum(x) - 5, lambda x: x[2] - 2 * (x[3] + x[4]) + 3),
    ),
    Problem(
        49,
        lambda x: (x[0] - x[1]) ** 2 + (x[2] - 1) ** 2 + (x[3] - 1) ** 4 + (x[4] - 1) ** 6,
        (10, 7, 2, -3, 0.8),
        0,
        vector(lambda x: x[0] + x[1] + x[2] + 4 * x[3] - 7, lambda x: x[2] + 5 * x[4] - 6),
    ),
    Problem(50, hs50, (35, -31, 11, 5, -5), 0, HS50),
    Problem(51, hs51, (2.5, 0.5, 2, -1, 0.5), 0, HS51),
    Problem(52, hs52, (2, 2, 2, 2, 2), 1859 / 349, HS52),
    Problem(53, hs51, (2, 2, 2, 2, 2), 176 / 43, HS52, bounded(-10, 10)),
    Problem(
        60,
        lambda x: (x[0] - 1) ** 2 + (x[0] - x[1]) ** 2 + (x[1] - x[2]) ** 4,
        (2, 2, 2),
        0.03256820025,
        lambda x: x[0] * (1 + x[1] ** 2) + x[2] ** 4 - 4 - 3 * 2**0.5,
        bounded(-10, 10),
    ),
    Problem(
        61,
        lambda x: 4 * x[0] ** 2 + 2 * x[1] ** 2 + 2 * x[2] ** 2 - 33 * x[0] + 16 * x[1] - 24 * x[2],
        (0, 0, 0),
        -143.6461422,
        vector(lambda x: 3 * x[0] - 2 * x[1] ** 2 - 7, lambda x: 4 * x[0] - x[2] ** 2 - 11),
    ),
    Problem(
        63,
        hs63,
        (2, 2, 2),
        961.7151721,
        vector(lambda x: 8 * x[0] + 14 * x[1] + 7 * x[2] - 56, lambda x: np.sum(x**2) - 25),
        bounded(0, None),
    ),
    Problem(
        64,
        lambda x: 5 * x[0] + 5e4 / x[0] + 20 * x[1] + 7.2e4 / x[1] + 10 * x[2] + 1.44e5 / x[2],
        (1, 1, 1),
        6299.842428,
        None,
        bounded(1e-5, None, lambda x: 4 / x[0] + 32 / x[1] + 120 / x[2] - 1),
    ),
    Problem(
        65,
        lambda x: (x[0] - x[1]) ** 2 + (x[0] + x[1] - 10) ** 2 / 9 + (x[2] - 5) ** 2,
        (-5, 5, 0),
        0.9535288567,
        None,
        bounded([-4.5, -4.5, -5], [4.5, 4.5, 5], lambda x: np.sum(x**2) - 48),
    ),
    Problem(
        66,
        lambda x: 0.2 * x[2] - 0.8 * x[0],
        (0, 1.05, 2.9),
        0.5181632741,
        None,
        bounded(0, [100, 100, 10], lambda x: np.exp(x[0]) - x[1], lambda x: np.exp(x[1]) - x[2]),
    ),
    Problem(
        71,
        lambda x: x[0] * x[3] * (x[0] + x[1] + x[2]) + x[2],
        (1, 5, 5, 1),
        17.0140173,
        lambda x: np.sum(x**2) - 40,
        bounded(1, 5, lambda x: 25 - np.prod(x)),
    ),
    Problem(
        76,
        hs76,
        (0.5, 0.5, 0.5, 0.5),
        -4.681818181,
        None,
        bounded(
            0,
            None,
            lambda x: x[0] + 2 * x[1] + x[2] + x[3] - 5,
            lambda x: 3 * x[0] + x[1] + 2 * x[2] - x[3] - 4,
            lambda x: 1.5 - x[1] - 4 * x[2],
        ),
    ),
    Problem(77, hs77, (2, 2, 2, 2, 2), 0.24150513, HS77),
    Problem(78, lambda x: np.prod(x), (-2, 1.5, 2, -1, -1), -2.91970041, HS78),
    Problem(79, hs79, (2, 2, 2, 2, 2), 0.0787768209, HS79),
    Problem(
        80,
        lambda x: np.exp(np.prod(x)),
        (-2, 2, 2, -1, -1),
        0.0539498478,
        HS80,
        bounded([-b for b in HS80_BOUND], HS80_BOUND),
    ),
    Problem(
        81,
        hs81,
        (-2, 2, 2, -1, -1),
        0.0539498478,
        HS80,
        bounded([-b for b in HS80_BOUND], HS80_BOUND),
    ),
    Problem(100, hs100, (1, 2, 0, 4, 0, 1, 1), 680.6300573, None, HS100),
    Problem(113, hs113, (2, 3, 5, 5, 1, 2, 7, 3, 6, 10), 24.3062091, None, HS113),
]

# The minimizer (1, 0) of problem 13 is not a KKT point: the gradients of the active constraints
# are parallel there, and the gradient of f is not among their combinations.
HS13 = Problem(
    13,
    lambda x: (x[0] - 2) ** 2 + x[1] ** 2,
    (-2, -2),
    1,
    None,
    bounded(0, None, lambda x: x[1] - (1 - x[0]) ** 3),
)
