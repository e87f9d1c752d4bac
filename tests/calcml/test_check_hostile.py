"""Wrong claims of every kind: a factor, a sign, a dropped term, off by one; and cunning ones.

Each kind of check first accepts the right version, so that what it rejects afterwards is rejected
for what is wrong with it.
"""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from calcml import check
from calcml.check import CheckFailed, LatexError

x, y = sp.symbols("x y", real=True)
p = sp.Symbol("p", positive=True)
n = sp.Symbol("n", integer=True, positive=True)
k = sp.Symbol("k", integer=True)
h = 0.1 / 2 ** np.arange(6)
M = np.array([[1.0, 2.0], [-3.0, 4.0]])
RATE = 0.8


def at(rng):
    return rng.normal(size=2)


def formula(right):
    r"""A check of ``\nabla f(\vx) = 2\mA\T(\mA\vx - \vb)`` as a page shows it."""
    shapes = {r"\vx": 2, r"\mA": (3, 2), r"\vb": 3}
    return check.identity(check.latex(right, shapes=shapes, wrt=r"\vx"))


LSQ = r"\nabla \norm{\mA\vx - \vb}^2 = "
SUM = sp.Sum(k**2, (k, 1, n))
CUBE = n * (n + 1) * (2 * n + 1) / 6
WAVE = sp.exp(x * y) + x**2
SLOPES = [y * sp.exp(x * y) + 2 * x, x * sp.exp(x * y)]
CURVES = sp.hessian(WAVE, [x, y])
INTO = [x * y, x + y**2]
TABLE = sp.Matrix(INTO).jacobian([x, y])
QUOTIENT = (sp.exp(x) - 1 - x) / x**2
MOMENT = sp.exp(-(x**2)) * x**2
LOG = x - x**2 / 2 + x**3 / 3
ONE = np.ones(2)


# The check, the right version, and the wrong ones: factor, sign, dropped term, off by one.
KINDS = {
    "formula": (
        formula,
        LSQ + r"2\mA\T(\mA\vx - \vb)",
        [
            LSQ + r"\mA\T(\mA\vx - \vb)",
            LSQ + r"2\mA\T(\mA\vx + \vb)",
            LSQ + r"2\mA\T\mA\vx",
            r"\nabla \norm{\mA\vx - \vb}^3 = 2\mA\T(\mA\vx - \vb)",
        ],
    ),
    "identity": (
        lambda c: check.identity(SUM, c),
        CUBE,
        [CUBE * 2, -CUBE, n * (n + 1) * 2 * n / 6, CUBE.subs(n, n - 1)],
    ),
    "identity of functions": (
        lambda c: check.identity(lambda u: u @ M @ u, c, draw=at),
        lambda u: np.sum(M * np.outer(u, u)),
        [
            lambda u: 2 * np.sum(M * np.outer(u, u)),
            lambda u: -np.sum(M * np.outer(u, u)),
            lambda u: np.sum(np.diag(M) * u**2),
            lambda u: np.sum(M * np.outer(u, u)) + 1,
        ],
    ),
    "derivative": (
        lambda c: check.derivative(x**3 + sp.sin(x), c, x),
        3 * x**2 + sp.cos(x),
        [2 * x**2 + sp.cos(x), 3 * x**2 - sp.cos(x), 3 * x**2, 3 * x**3 + sp.cos(x)],
    ),
    "gradient": (
        lambda c: check.gradient(WAVE, c, [x, y]),
        SLOPES,
        [
            [2 * s for s in SLOPES],
            [-s for s in SLOPES],
            [y * sp.exp(x * y), SLOPES[1]],
            [SLOPES[0] + 1, SLOPES[1]],
        ],
    ),
    "gradient of a function": (
        lambda c: check.gradient(lambda u: u @ M @ u + np.sum(u), c, at=at),
        lambda u: (M + M.T) @ u + 1,
        [
            lambda u: 2 * ((M + M.T) @ u + 1),
            lambda u: -(M + M.T) @ u + 1,
            lambda u: M @ u + 1,
            lambda u: (M + M.T) @ u + 2,
        ],
    ),
    "Jacobian": (
        lambda c: check.jacobian(INTO, c, [x, y]),
        TABLE,
        [TABLE * 2, -TABLE, sp.diag(y, 2 * y), TABLE.T],
    ),
    "Jacobian of a function": (
        lambda c: check.jacobian(lambda u: np.tanh(M @ u), c, at=at),
        lambda u: (1 - np.tanh(M @ u) ** 2)[:, None] * M,
        [
            lambda u: 2 * (1 - np.tanh(M @ u) ** 2)[:, None] * M,
            lambda u: (1 + np.tanh(M @ u) ** 2)[:, None] * M,
            lambda u: np.broadcast_to(M, (2, 2)),
            lambda u: (1 - np.tanh(M @ u) ** 2)[None, :] * M,
        ],
    ),
    "Hessian": (
        lambda c: check.hessian(WAVE, c, [x, y]),
        CURVES,
        [CURVES * 2, -CURVES, CURVES - sp.diag(2, 0), CURVES + sp.ones(2, 2)],
    ),
    "Hessian of a function": (
        lambda c: check.hessian(lambda u: np.sum(u**3), c, at=at),
        lambda u: np.diag(6 * u),
        [
            lambda u: np.diag(3 * u),
            lambda u: -np.diag(6 * u),
            lambda u: np.diag([6 * u[0], 0]),
            lambda u: np.diag(6 * u + 1),
        ],
    ),
    "limit": (
        lambda c: check.limit(QUOTIENT, x, 0, c),
        sp.Rational(1, 2),
        [1, -sp.Rational(1, 2), 0, sp.Rational(3, 2)],
    ),
    "integral": (
        lambda c: check.integral(MOMENT, c, (x, -sp.oo, sp.oo)),
        sp.sqrt(sp.pi) / 2,
        [sp.sqrt(sp.pi), -sp.sqrt(sp.pi) / 2, sp.pi / 2, sp.sqrt(sp.pi) / 2 + 1],
    ),
    "antiderivative": (
        lambda c: check.integral(sp.log(p), c, p),
        p * sp.log(p) - p,
        [2 * p * sp.log(p) - p, p * sp.log(p) + p, p * sp.log(p), p * sp.log(p + 1) - p],
    ),
    "series": (
        lambda c: check.series(sp.log(1 + x), c, x, order=3),
        LOG,
        [2 * LOG, x + x**2 / 2 + x**3 / 3, x - x**2 / 2, x - x**2 / 2 + x**3 / 4],
    ),
    "inequality": (
        lambda c: check.inequality(sp.log(1 + p), c, tight=0.95),
        p,
        [p / 2, -p, p - p**2 / 2, p - 1],
    ),
    "bound": (
        lambda c: check.bound(h**2 / 2, c, tight=0.8),
        h**2 / 2 + h**3,
        [h**2 / 4, -(h**2), 0.45 * h**2 + h**3 / 9, 100 * h],
    ),
    "order": (lambda c: check.order(h, h**2 + h**4, c), 2, [4, -2, 1, 3]),
    "quadratic convergence": (
        lambda c: check.convergence([0.3 ** (2**i) for i in range(6)], c),
        2,
        [4, 1.5, 3],
    ),
    "linear convergence": (
        lambda c: check.convergence(RATE ** np.arange(30), 1, rate=c),
        RATE,
        [RATE / 2, RATE**2, RATE**0.5, RATE + 0.1],
    ),
    "coverage": (
        lambda c: check.coverage(lambda rng: rng.random() < 0.9, c),
        0.9,
        [0.45, 0.1, 0.99, 0.95],
    ),
    "expectation": (
        lambda c: check.expectation(lambda rng: rng.normal(size=2) ** 2 * [1, 4], c, n=2000),
        [1, 4],
        [[2, 8], [-1, 4], [1, 0], [2, 5], [4, 1]],
    ),
    "distribution": (
        lambda c: check.distribution(np.random.default_rng(0).exponential(2, size=2000), c),
        lambda t: 1 - np.exp(-t / 2),
        [
            lambda t: 1 - np.exp(-t),
            lambda t: np.exp(-t / 2),
            lambda t: 1 - np.exp(-t / 2) * (1 + t / 2),
            lambda t: 1 - np.exp(-(t - 1) / 2),
        ],
    ),
    "value": (
        lambda c: check.equal([3.0, 0.25], c, atol=1e-6),
        [3.0, 0.25],
        [[6.0, 0.5], [3.0, -0.25], [3.0, 0.0], [3.0, 1.25], [0.25, 3.0]],
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_right_version_passes(kind):
    verify, right, _ = KINDS[kind]
    assert verify(right).rejected


@pytest.mark.parametrize(
    ("kind", "number"), [(kind, i) for kind in KINDS for i in range(len(KINDS[kind][2]))]
)
def test_a_wrong_version_fails(kind, number):
    verify, _, wrong = KINDS[kind]
    with pytest.raises(CheckFailed, match="fails"):
        verify(wrong[number])


# Claims that hold where one first looks.
CUNNING = {
    "equal between -3 and 3 only": lambda: check.identity(sp.Max(x, -4), x),
    "equal near zero only": lambda: check.identity(sp.floor(x / 10), sp.floor(x / 20)),
    "a cusp": lambda: check.identity(sp.sqrt((x - 8) ** 2), 8 - x),
    "large x": lambda: check.inequality(x, sp.Rational(7, 2), tight=0.6),
    "very large p": lambda: check.inequality(p**2, 900 * p, tight=0.6),
    "small p": lambda: check.inequality(sp.Rational(1, 100), p, tight=0.6),
    "large n": lambda: check.inequality(2**n, 100 * n**2, tight=0.6),
    "equality at the end": lambda: check.inequality(
        sp.Lt(sp.sin(x), x, evaluate=False), where={x: (0, 2)}, tight=0.95
    ),
    "equality of constants": lambda: check.inequality(
        sp.Lt(p * 0, sp.Abs(sp.floor(p)), evaluate=False), where={p: (0.1, 3)}, tight=0.6
    ),
    "quadratic, not linear": lambda: check.convergence(
        [1e-1, 1e-2, 1e-4, 1e-8], 1, rate=1e-7 ** (1 / 3)
    ),
    "a rate that drifts": lambda: check.convergence(np.arange(1.0, 8) ** -3, 1, rate=0.378),
    "no limit": lambda: check.limit(sp.sin(1 / x), x, 0, 0),
    "one side": lambda: check.limit(sp.exp(1 / x), x, 0, 0),
    "principal value": lambda: check.integral(1 / x, sp.log(2), (x, -1, 2)),
    "divergent": lambda: check.integral(1 / p, sp.log(1000), (p, 1, sp.oo)),
    "vanishing points": lambda: check.jacobian(
        lambda u: u**2, lambda u: np.diag(3 * u), at=[np.zeros(2)]
    ),
    "one small entry": lambda: check.gradient(
        lambda u: 5e5 * float(u[0]) ** 2 + 5e-4 * float(u[1]) ** 2,
        lambda u: np.array([1e6 * u[0], 1.5e-3 * u[1]]),
        at=at,
    ),
    "the smaller entry": lambda: check.equal([1e3, 0.4], [1e3, 0.52], atol=0.5),
    "a tolerance that hides the order": lambda: check.order(h, h**1.5, 2, tol=0.6),
    "too few repetitions": lambda: check.coverage(lambda rng: rng.random() < 0.9, 0.95, n=30),
}


@pytest.mark.parametrize("name", CUNNING)
def test_what_holds_only_where_one_looks_fails(name):
    with pytest.raises(CheckFailed):
        CUNNING[name]()


def test_strict_inequalities_hold_where_they_are_strict():
    strict = sp.Lt(sp.sin(p), p, evaluate=False)
    assert check.inequality(strict, where={p: (0.01, 2)}, tight=0.95).tightness > 0.99
    assert check.inequality(strict, tight=0.95).rejected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (r"\frac{\partial^3 (x^2 y)}{\partial x\,\partial y} = 2x", "order 3 with 2 variables"),
        (r"\frac{d}{dx^2} x^3 = 6x", "order 1 with 2 variables"),
        (r"\frac{d^n}{dx^n} x^3 = 6x", "must be a number"),
        (r"\nabla^3 f(x) = 6", "gradient"),
    ],
)
def test_orders_of_derivatives_are_read(text, message):
    with pytest.raises(LatexError, match=message):
        check.latex(text, functions={"f": lambda t: t**3})
