"""More problems of Hock and Schittkowski (1981): larger, badly scaled, with poles or degenerate."""

from __future__ import annotations

import numpy as np
from problems.hs import INF, Array, Problem, bounded, vector

EQUILIBRIUM = np.array(
    [-6.089, -17.164, -34.054, -5.914, -24.721, -14.986, -24.1, -10.708, -26.662, -22.179]
)


def hs62(x: Array) -> Array:
    """Its poles lie just outside the bounds, and f falls without limit toward them."""
    a, b, c = x[0], x[1], x[2] + 0.03
    return -32.174 * (
        255 * np.log((a + b + c) / (0.09 * a + b + c))
        + 280 * np.log((b + c) / (0.07 * b + c))
        + 290 * np.log(c / (0.13 * x[2] + 0.03))
    )


def hs74(x: Array) -> Array:
    return 3 * x[0] + 1e-6 * x[0] ** 3 + 2 * x[1] + 2e-6 / 3 * x[1] ** 3


def hs74_balance(x: Array) -> Array:
    """The flow of power between three stations."""
    a, b = x[2], x[3]
    return np.stack(
        [
            1000 * np.sin(-a - 0.25) + 1000 * np.sin(-b - 0.25) + 894.8 - x[0],
            1000 * np.sin(a - 0.25) + 1000 * np.sin(a - b - 0.25) + 894.8 - x[1],
            1000 * np.sin(b - 0.25) + 1000 * np.sin(b - a - 0.25) + 1294.8,
        ]
    )


def hs83(x: Array) -> Array:
    return 5.3578547 * x[2] ** 2 + 0.8356891 * x[0] * x[4] + 37.293239 * x[0] - 40792.141


def hs83_limits(x: Array) -> Array:
    first = 85.334407 + 0.0056858 * x[1] * x[4] + 0.0006262 * x[0] * x[3] - 0.0022053 * x[2] * x[4]
    second = 80.51249 + 0.0071317 * x[1] * x[4] + 0.0029955 * x[0] * x[1] + 0.0021813 * x[2] ** 2
    third = 9.300961 + 0.0047026 * x[2] * x[4] + 0.0012547 * x[0] * x[2] + 0.0019085 * x[2] * x[3]
    values = np.stack([first, second, third])
    low = bounded((78, 33, 27, 27, 27), (102, 45, 45, 45, 45))(x)
    return np.concatenate([values - np.array([92, 110, 25]), np.array([0, 90, 20]) - values, low])


def hs93(x: Array) -> Array:
    wide, flat = x[0] + x[1] + x[2], x[0] + 1.57 * x[1] + x[3]
    return (
        (0.0204 + 0.0607 * x[4] ** 2) * x[0] * x[3] * wide
        + (0.0187 + 0.0437 * x[5] ** 2) * x[1] * x[2] * flat
    )  # fmt: skip


def hs93_losses(x: Array) -> Array:
    wide, flat = x[0] + x[1] + x[2], x[0] + 1.57 * x[1] + x[3]
    losses = 0.00062 * x[0] * x[3] * x[4] ** 2 * wide + 0.00058 * x[1] * x[2] * x[5] ** 2 * flat
    return np.concatenate([np.stack([2.07 - 0.001 * np.prod(x), losses - 1]), -x])


def hs112(x: Array) -> Array:
    """The free energy of ten substances."""
    return np.sum(x * (EQUILIBRIUM + np.log(x / np.sum(x))))


HS74 = (
    bounded((0, 0, -a, -a), (1200, 1200, a, a), lambda x, a=a: x[2] - x[3] - a,
            lambda x, a=a: x[3] - x[2] - a)
    for a in (0.55, 0.48)
)  # fmt: skip

LARGE = [
    Problem(62, hs62, (0.7, 0.2, 0.1), -26272.51448, lambda x: np.sum(x) - 1, bounded(0, 1)),
    Problem(
        72,
        lambda x: 1 + np.sum(x),
        (1, 1, 1, 1),
        727.67937,
        None,
        bounded(
            0.001,
            (4e5, 3e5, 2e5, 1e5),
            lambda x: 4 / x[0] + 2.25 / x[1] + 1 / x[2] + 0.25 / x[3] - 0.0401,
            lambda x: 0.16 / x[0] + 0.36 / x[1] + 0.64 / x[2] + 0.64 / x[3] - 0.010085,
        ),
    ),
    Problem(74, hs74, (0, 0, 0, 0), 5126.49811, hs74_balance, next(HS74)),
    Problem(75, hs74, (0, 0, 0, 0), 5174.41269, hs74_balance, next(HS74)),
    Problem(83, hs83, (78, 33, 27, 27, 27), -30665.53867, None, hs83_limits),
    Problem(93, hs93, (5.54, 4.4, 12.02, 11.82, 0.702, 0.852), 135.075961, None, hs93_losses),
    Problem(
        112,
        hs112,
        (0.1,) * 10,
        -47.76109,
        vector(
            lambda x: x[0] + 2 * x[1] + 2 * x[2] + x[5] + x[9] - 2,
            lambda x: x[3] + 2 * x[4] + x[5] + x[6] - 1,
            lambda x: x[2] + x[6] + x[7] + 2 * x[8] + x[9] - 1,
        ),
        bounded(1e-6, INF),
    ),
]
