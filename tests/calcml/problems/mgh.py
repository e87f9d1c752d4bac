"""The 35 test problems of Moré, Garbow and Hillstrom (1981), as residual vectors.

"Testing unconstrained optimization software", ACM Transactions on Mathematical Software 7, 17-41.
Each problem is a function x -> residuals in plain NumPy, its standard starting point and the minima
of the *sum of squares* that the paper lists; for a minimum at infinity the infimum is listed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = Any


@dataclass(frozen=True)
class Problem:
    """One problem: ``minima`` holds values of the sum of squares, six digits as published."""

    number: int
    name: str
    residual: Callable[[Array], Array]
    x0: Array
    minima: tuple[float, ...]

    def __str__(self) -> str:
        return f"{self.number:02d}-{self.name}-{len(self.x0)}"

    def objective(self, x: Array) -> Array:
        """Half the sum of squares: the function that the minimizers see."""
        r = self.residual(x)
        return 0.5 * np.sum(r * r)


BARD = [0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.10, 4.39]
GAUSS = [0.0009, 0.0044, 0.0175, 0.0540, 0.1295, 0.2420, 0.3521, 0.3989]
MEYER = [34780, 28610, 23650, 19630, 16370, 13720, 11540, 9744, 8261, 7030, 6005, 5147, 4427]
MEYER += [3820, 3307, 2872]
KOWALIK_Y = [0.1957, 0.1947, 0.1735, 0.1600, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246]
KOWALIK_U = [4.0, 2.0, 1.0, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625]
OSBORNE_1 = [0.844, 0.908, 0.932, 0.936, 0.925, 0.908, 0.881, 0.850, 0.818, 0.784, 0.751, 0.718]
OSBORNE_1 += [0.685, 0.658, 0.628, 0.603, 0.580, 0.558, 0.538, 0.522, 0.506, 0.490, 0.478, 0.467]
OSBORNE_1 += [0.457, 0.448, 0.438, 0.431, 0.424, 0.420, 0.414, 0.411, 0.406]
OSBORNE_2 = [1.366, 1.191, 1.112, 1.013, 0.991, 0.885, 0.831, 0.847, 0.786, 0.725, 0.746, 0.679]
OSBORNE_2 += [0.608, 0.655, 0.616, 0.606, 0.602, 0.626, 0.651, 0.724, 0.649, 0.649, 0.694, 0.644]
OSBORNE_2 += [0.624, 0.661, 0.612, 0.558, 0.533, 0.495, 0.500, 0.423, 0.395, 0.375, 0.372, 0.391]
OSBORNE_2 += [0.396, 0.405, 0.428, 0.429, 0.523, 0.562, 0.607, 0.653, 0.672, 0.708, 0.633, 0.668]
OSBORNE_2 += [0.645, 0.632, 0.591, 0.559, 0.597, 0.625, 0.739, 0.710, 0.729, 0.720, 0.636, 0.581]
OSBORNE_2 += [0.428, 0.292, 0.162, 0.098, 0.054]


def rosenbrock(x: Array) -> Array:
    return np.stack([10 * (x[1] - x[0] ** 2), 1 - x[0]])


def freudenstein_roth(x: Array) -> Array:
    return np.stack(
        [
            -13 + x[0] + ((5 - x[1]) * x[1] - 2) * x[1],
            -29 + x[0] + ((x[1] + 1) * x[1] - 14) * x[1],
        ]
    )


def powell_badly_scaled(x: Array) -> Array:
    return np.stack([1e4 * x[0] * x[1] - 1, np.exp(-x[0]) + np.exp(-x[1]) - 1.0001])


def brown_badly_scaled(x: Array) -> Array:
    return np.stack([x[0] - 1e6, x[1] - 2e-6, x[0] * x[1] - 2])


def beale(x: Array) -> Array:
    return np.array([1.5, 2.25, 2.625]) - x[0] * (1 - x[1] ** np.arange(1, 4))


def jennrich_sampson(x: Array) -> Array:
    i = np.arange(1, 11)
    return 2 + 2 * i - (np.exp(i * x[0]) + np.exp(i * x[1]))


def helical_valley(x: Array) -> Array:
    turn = np.arctan(x[1] / x[0]) / (2 * np.pi) + (0.5 if x[0] < 0 else 0.0)
    return np.stack([10 * (x[2] - 10 * turn), 10 * (np.sqrt(x[0] ** 2 + x[1] ** 2) - 1), x[2]])


def bard(x: Array) -> Array:
    u = np.arange(1, 16)
    v = 16 - u
    return np.array(BARD) - (x[0] + u / (v * x[1] + np.minimum(u, v) * x[2]))


def gaussian(x: Array) -> Array:
    t = (8 - np.arange(1, 16)) / 2
    y = np.array(GAUSS + GAUSS[-2::-1])
    return x[0] * np.exp(-x[1] * (t - x[2]) ** 2 / 2) - y


def meyer(x: Array) -> Array:
    t = 45 + 5 * np.arange(1, 17)
    return x[0] * np.exp(x[1] / (t + x[2])) - np.array(MEYER)


def gulf(x: Array) -> Array:
    t = np.arange(1, 100) / 100
    y = 25 + (-50 * np.log(t)) ** (2 / 3)
    return np.exp(-(np.abs(y - x[1]) ** x[2]) / x[0]) - t


def box(x: Array) -> Array:
    t = np.arange(1, 11) / 10
    return np.exp(-t * x[0]) - np.exp(-t * x[1]) - x[2] * (np.exp(-t) - np.exp(-10 * t))


def powell_singular(x: Array) -> Array:
    a, b, c, d = x[0::4], x[1::4], x[2::4], x[3::4]
    parts = [a + 10 * b, 5**0.5 * (c - d), (b - 2 * c) ** 2, 10**0.5 * (a - d) ** 2]
    return np.concatenate(parts)


def wood(x: Array) -> Array:
    return np.stack(
        [
            10 * (x[1] - x[0] ** 2),
            1 - x[0],
            90**0.5 * (x[3] - x[2] ** 2),
            1 - x[2],
            10**0.5 * (x[1] + x[3] - 2),
            0.1**0.5 * (x[1] - x[3]),
        ]
    )


def kowalik_osborne(x: Array) -> Array:
    u = np.array(KOWALIK_U)
    return np.array(KOWALIK_Y) - x[0] * (u**2 + u * x[1]) / (u**2 + u * x[2] + x[3])


def brown_dennis(x: Array) -> Array:
    t = np.arange(1, 21) / 5
    return (x[0] + t * x[1] - np.exp(t)) ** 2 + (x[2] + x[3] * np.sin(t) - np.cos(t)) ** 2


def osborne_1(x: Array) -> Array:
    t = 10.0 * np.arange(33)
    return np.array(OSBORNE_1) - (x[0] + x[1] * np.exp(-t * x[3]) + x[2] * np.exp(-t * x[4]))


def biggs_exp6(x: Array) -> Array:
    t = np.arange(1, 14) / 10
    y = np.exp(-t) - 5 * np.exp(-10 * t) + 3 * np.exp(-4 * t)
    model = x[2] * np.exp(-t * x[0]) - x[3] * np.exp(-t * x[1]) + x[5] * np.exp(-t * x[4])
    return model - y


def osborne_2(x: Array) -> Array:
    t = np.arange(65) / 10
    model = x[0] * np.exp(-t * x[4])
    for k in (1, 2, 3):
        model = model + x[k] * np.exp(-((t - x[k + 7]) ** 2) * x[k + 4])
    return np.array(OSBORNE_2) - model


def watson(x: Array) -> Array:
    n = len(x)
    t = np.arange(1, 30) / 29
    powers = t[:, None] ** np.arange(n)
    slope = powers[:, : n - 1] @ (np.arange(1, n) * x[1:])
    first = slope - (powers @ x) ** 2 - 1
    return np.concatenate([first, np.stack([x[0], x[1] - x[0] ** 2 - 1])])


def extended_rosenbrock(x: Array) -> Array:
    return np.concatenate([10 * (x[1::2] - x[0::2] ** 2), 1 - x[0::2]])


def penalty_1(x: Array) -> Array:
    return np.concatenate([1e-5**0.5 * (x - 1), (np.sum(x**2) - 0.25)[None]])


def penalty_2(x: Array) -> Array:
    n = len(x)
    i = np.arange(2, n + 1)
    y = np.exp(i / 10) + np.exp((i - 1) / 10)
    first, last = x[0] - 0.2, np.sum((n - np.arange(n)) * x**2) - 1
    middle = np.exp(x[1:] / 10) + np.exp(x[:-1] / 10) - y
    end = np.exp(x[1:] / 10) - np.exp(-1 / 10)
    return np.concatenate([first[None], 1e-5**0.5 * middle, 1e-5**0.5 * end, last[None]])


def variably_dimensioned(x: Array) -> Array:
    total = np.sum(np.arange(1, len(x) + 1) * (x - 1))
    return np.concatenate([x - 1, total[None], total[None] ** 2])


def trigonometric(x: Array) -> Array:
    i = np.arange(1, len(x) + 1)
    return len(x) - np.sum(np.cos(x)) + i * (1 - np.cos(x)) - np.sin(x)


def brown_almost_linear(x: Array) -> Array:
    return np.concatenate([x[:-1] + np.sum(x) - (len(x) + 1), (np.prod(x) - 1)[None]])


def _grid(n: int) -> Array:
    return np.arange(1, n + 1) / (n + 1)


def discrete_boundary_value(x: Array) -> Array:
    n = len(x)
    padded = np.concatenate([np.zeros(1), x, np.zeros(1)])
    cubes = (x + _grid(n) + 1) ** 3
    return 2 * x - padded[:-2] - padded[2:] + cubes / (2 * (n + 1) ** 2)


def discrete_integral_equation(x: Array) -> Array:
    n = len(x)
    t = _grid(n)
    kernel = np.where(t[:, None] >= t, (1 - t)[:, None] * t, t[:, None] * (1 - t))
    return x + kernel @ (x + t + 1) ** 3 / (2 * (n + 1))


def broyden_tridiagonal(x: Array) -> Array:
    padded = np.concatenate([np.zeros(1), x, np.zeros(1)])
    return (3 - 2 * x) * x - padded[:-2] - 2 * padded[2:] + 1


def broyden_banded(x: Array) -> Array:
    i = np.arange(len(x))
    offset = i - i[:, None]
    band = ((offset >= -5) & (offset <= 1) & (offset != 0)).astype(float)
    return x * (2 + 5 * x**2) + 1 - band @ (x * (1 + x))


def linear_full_rank(x: Array) -> Array:
    m, n = 20, len(x)
    rest = -2 / m * np.sum(x) - 1
    return np.concatenate([x + rest, rest * np.ones(m - n)])


def linear_rank_1(x: Array) -> Array:
    return np.arange(1, 21) * np.sum(np.arange(1, len(x) + 1) * x) - 1


def linear_rank_1_zero(x: Array) -> Array:
    i = np.concatenate([np.arange(19), np.zeros(1)])
    return i * np.sum(np.arange(2, len(x)) * x[1:-1]) - 1


def chebyquad(x: Array) -> Array:
    y = 2 * x - 1
    before, now = np.ones(len(x)), y
    out = []
    for i in range(1, len(x) + 1):
        integral = 0.0 if i % 2 else -1 / (i * i - 1)
        out.append(np.mean(now) - integral)
        before, now = now, 2 * y * now - before
    return np.stack(out)


def _collection() -> list[Problem]:
    ones, j = np.ones, lambda n: np.arange(1.0, n + 1)
    rank_1, rank_1_zero = 20 * 19 / (2 * 41), (400 + 60 - 6) / (2 * 37)
    spread = [1.3, 0.65, 0.65, 0.7, 0.6, 3, 5, 7, 2, 4.5, 5.5]
    bvp = _grid(10) * (_grid(10) - 1)
    rows: list[tuple[int, Callable[[Array], Array], Any, tuple[float, ...]]] = [
        (1, rosenbrock, [-1.2, 1], (0,)),
        (2, freudenstein_roth, [0.5, -2], (0, 48.9842)),
        (3, powell_badly_scaled, [0, 1], (0,)),
        (4, brown_badly_scaled, [1, 1], (0,)),
        (5, beale, [1, 1], (0,)),
        (6, jennrich_sampson, [0.3, 0.4], (124.362,)),
        (7, helical_valley, [-1, 0, 0], (0,)),
        (8, bard, [1, 1, 1], (8.21487e-3, 17.4286)),
        (9, gaussian, [0.4, 1, 0], (1.12793e-8,)),
        (10, meyer, [0.02, 4000, 250], (87.9458,)),
        (11, gulf, [5, 2.5, 0.15], (0,)),
        (12, box, [0, 10, 20], (0,)),
        (13, powell_singular, [3, -1, 0, 1], (0,)),
        (14, wood, [-3, -1, -3, -1], (0,)),
        (15, kowalik_osborne, [0.25, 0.39, 0.415, 0.39], (3.07505e-4, 1.02734e-3)),
        (16, brown_dennis, [25, 5, -5, -1], (85822.2,)),
        (17, osborne_1, [0.5, 1.5, -1, 0.01, 0.02], (5.46489e-5,)),
        (18, biggs_exp6, [1, 2, 1, 1, 1, 1], (0, 5.65565e-3)),
        (19, osborne_2, spread, (4.01377e-2,)),
        (20, watson, np.zeros(6), (2.28767e-3,)),
        (20, watson, np.zeros(9), (1.39976e-6,)),
        (20, watson, np.zeros(12), (4.72238e-10,)),
        (21, extended_rosenbrock, np.tile([-1.2, 1], 5), (0,)),
        (22, powell_singular, np.tile([3, -1, 0, 1], 3), (0,)),
        (23, penalty_1, j(4), (2.24997e-5,)),
        (23, penalty_1, j(10), (7.08765e-5,)),
        (24, penalty_2, 0.5 * ones(4), (9.37629e-6,)),
        (24, penalty_2, 0.5 * ones(10), (2.93660e-4,)),
        (25, variably_dimensioned, 1 - j(10) / 10, (0,)),
        (26, trigonometric, ones(10) / 10, (0, 2.79506e-5)),
        (27, brown_almost_linear, 0.5 * ones(10), (0, 1)),
        (28, discrete_boundary_value, bvp, (0,)),
        (29, discrete_integral_equation, bvp, (0,)),
        (30, broyden_tridiagonal, -ones(10), (0,)),
        (31, broyden_banded, -ones(10), (0,)),
        (32, linear_full_rank, ones(10), (10,)),
        (33, linear_rank_1, ones(10), (rank_1,)),
        (34, linear_rank_1_zero, ones(10), (rank_1_zero,)),
        (35, chebyquad, j(7) / 8, (0,)),
        (35, chebyquad, j(8) / 9, (3.51687e-3,)),
        (35, chebyquad, j(9) / 10, (0,)),
        (35, chebyquad, j(10) / 11, (6.50395e-3,)),
    ]
    return [
        Problem(number, residual.__name__, residual, np.asarray(x0, dtype=float), minima)
        for number, residual, x0, minima in rows
    ]


PROBLEMS = _collection()
