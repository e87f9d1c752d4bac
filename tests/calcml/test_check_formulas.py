"""Checks of formulas: true ones pass and say how, false ones and blunt checks fail."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
import sympy as sp

from calcml import check
from calcml.check import CheckFailed
from calcml.check.claims.derivatives import differences
from calcml.check.claims.limits import _approach
from calcml.check.engine.equality import Sampling, numeric_verdict, proved
from calcml.check.engine.mutants import array_mutants, expression_mutants

x, y, t = sp.symbols("x y t")
a = sp.Symbol("a", positive=True)
k, n = sp.symbols("k n", integer=True, positive=True)
third = sp.Rational(1, 3)
sigmoid = 1 / (1 + sp.exp(-x))
A, v = sp.MatrixSymbol("A", 2, 2), sp.MatrixSymbol("v", 2, 1)

TRUE = [
    lambda: check.identity(sp.sin(x) ** 2 + sp.cos(x) ** 2, 1),
    lambda: check.identity(sp.tanh(x), 2 * sigmoid.subs(x, 2 * x) - 1),
    lambda: check.identity(sp.Eq((x + y) ** 2, x**2 + 2 * x * y + y**2)),
    lambda: check.identity(sp.Sum(k, (k, 1, n)), n * (n + 1) / 2),
    lambda: check.identity((A * v).T, v.T * A.T),
    lambda: check.identity(sp.Sum(x**k / sp.factorial(k), (k, 1, sp.oo)), sp.exp(x) - 1),
    lambda: check.identity(sp.log(a**2), 2 * sp.log(a)),
    lambda: check.identity(1 / k - 1 / (k + 1), 1 / (k * (k + 1))),
    lambda: check.identity(sp.Integral(sp.exp(-a * t), (t, 0, sp.oo)), 1 / a),
    lambda: check.identity(sp.Integral(x * y, (y, 0, x), (x, 0, 1)), sp.Rational(1, 8)),
    lambda: check.identity(sp.Product(1 - 1 / k**2, (k, 2, n + 1)), (n + 2) / (2 * n + 2)),
    lambda: check.identity(sp.Derivative(sp.Sum(x**k, (k, 0, 4)), x), 1 + 2*x + 3*x**2 + 4*x**3),
    lambda: check.identity(sp.Integer(0), sp.sin(x) - sp.sin(x)),
    lambda: check.derivative(sigmoid, sigmoid * (1 - sigmoid)),
    lambda: check.derivative(sp.sin(x * y), x * sp.cos(x * y), y),
    lambda: check.derivative(x**4, 12 * x**2, x, n=2),
    lambda: check.gradient(x**2 * y, [2 * x * y, x**2], [x, y]),
    lambda: check.jacobian([x * y, x + y, y**2], [[y, x], [1, 1], [0, 2 * y]], [x, y]),
    lambda: check.hessian(x**2 * y, [[2 * y, 2 * x], [2 * x, 0]], [x, y]),
    lambda: check.limit(sp.sin(x) / x, x, 0, 1),
    lambda: check.limit((1 + 1 / x) ** x, x, sp.oo, sp.E),
    lambda: check.limit((1 + t / x) ** x, x, sp.oo, sp.exp(t)),
    lambda: check.limit(1 / x, x, 0, -sp.oo, side="-"),
    lambda: check.limit(sp.Abs(x) / x, x, 0, 1, side="+"),
    lambda: check.limit(sp.atan(x), x, -sp.oo, -sp.pi / 2),
    lambda: check.integral(
        sp.exp(-(x**2) / (2 * a**2)), a * sp.sqrt(2 * sp.pi), (x, -sp.oo, sp.oo)
    ),
    lambda: check.integral(x * y, sp.Rational(1, 8), (y, 0, x), (x, 0, 1)),
    lambda: check.integral(sp.Abs(x - third), 5 * third / 6, (x, 0, 1), breaks=[third]),
    lambda: check.integral(x**2 + 1, x**3 / 3 + x, x),
    lambda: check.series(sp.sin(x), x - x**3 / 6, x, order=4),
    lambda: check.series(sp.log(x), (x - 1) - (x - 1) ** 2 / 2, x, 1, order=2),
    lambda: check.series(sp.sin(x) / x, 1 - x**2 / 6, x, order=3),
]  # fmt: skip

FALSE = [
    lambda: check.identity(sp.sin(2 * x), 2 * sp.sin(x)),
    lambda: check.identity(sp.sqrt(x**2), x),  # false for negative x
    lambda: check.identity((A * v).T, v.T * A),
    lambda: check.identity(sp.Matrix([1, 2]), sp.Matrix([1, 2, 3])),
    lambda: check.identity(sp.Sum(k, (k, 1, n)), n * (n - 1) / 2),
    lambda: check.identity(x, x + sp.Rational(1, 10**30)),
    lambda: check.derivative(sigmoid, sigmoid * (1 + sigmoid)),
    lambda: check.derivative(x**4, 4 * x**3, x, n=2),
    lambda: check.gradient(x**2 * y, [2 * x * y, 2 * x], [x, y]),
    lambda: check.gradient(x**2 * y, sp.Matrix([[2 * x * y, x**2]]), [x, y]),  # a row
    lambda: check.jacobian([x * y, x + y], [[y, 1], [x, 1]], [x, y]),  # transposed
    lambda: check.hessian(x**2 * y, [[2 * y, x], [x, 0]], [x, y]),
    lambda: check.limit(sp.sin(x) / x, x, 0, 0),
    lambda: check.limit(1 / x, x, 0, -sp.oo, side="+"),
    lambda: check.limit(1 / x, x, 0, 0, side="+"),
    lambda: check.limit(x, x, sp.oo, 3),
    lambda: check.integral(x**2, sp.Rational(1, 2), (x, 0, 1)),
    lambda: check.integral(x**2, x**3, x),
    lambda: check.series(sp.sin(x), x + x**3 / 6, x, order=4),
    lambda: check.series(sp.sin(x), x - x**3 / 6, x, order=5),
    lambda: check.series(sp.sin(x), x - x**3 / 6, x, order=2),  # claims more than it checks
]


@pytest.mark.parametrize(
    "claim",
    [
        lambda: check.identity(sp.Float(0.1) + sp.Float(0.2), sp.Float(0.3)),
        lambda: check.identity(sp.Matrix([0.5 * x]), sp.Matrix([x / 2])),
        lambda: check.identity(x, x, wrong=[0.5 * x]),
        lambda: check.derivative(0.5 * x**2, x),
        lambda: check.series(sp.sin(x), 1.0 * x, x, order=2),
        lambda: check.integral(x, 0.5, (x, 0, 1)),
        lambda: check.limit(sp.sin(x) / x, x, 0, 1.0),
    ],
)
def test_floats_are_no_exact_numbers(claim):
    """Two floats that happen to be equal prove nothing, on this machine or another."""
    with pytest.raises(TypeError, match=r"floating-point number.*sympy\.Rational"):
        claim()


@pytest.mark.parametrize("claim", TRUE)
def test_true_claims_pass_and_wrong_versions_are_rejected(claim):
    result = claim()
    assert len(result.rejected) >= 1
    assert "off by one" in result.rejected or len(result.rejected) >= 2
    assert 0 <= result.seconds < 120


@pytest.mark.parametrize("claim", FALSE)
def test_false_claims_fail(claim):
    with pytest.raises(CheckFailed, match=r"fails|claimed"):
        claim()


def test_an_identity_is_proved_where_sympy_can_and_says_so_where_not():
    assert check.identity((x + 1) ** 2, x**2 + 2 * x + 1).tolerance == "relative 1e-40"
    assert check.identity(sp.Sum(k, (k, 1, n)), n * (n + 1) / 2).tolerance == "relative 1e-20"
    assert "proved by SymPy" in check.identity((x + 1) ** 2, x**2 + 2 * x + 1).method
    hard = check.identity(sp.zeta(3, a) - sp.zeta(3, a + 1), a**-3)
    assert hard.method == "mpmath, 50 digits at 20 points"


def test_the_message_shows_both_numbers_and_the_point():
    with pytest.raises(
        CheckFailed, match=r"\[eq-no\] identity fails: x \+ 1 = x \+ 2: left .*, right .* at x = "
    ):
        check.identity(x + 1, x + 2, label="eq-no")
    with pytest.raises(CheckFailed, match="limit is 1, claimed 2"):
        check.limit(sp.sin(x) / x, x, 0, 2)
    with pytest.raises(CheckFailed, match=r"claimed 0\.5, computed 0\.333333333333333"):
        check.integral(x**2, sp.Rational(1, 2), (x, 0, 1))
    with pytest.raises(CheckFailed, match=r"shape \(1, 2\) claimed, shape \(2, 1\) found"):
        check.gradient(x * y, sp.Matrix([[y, x]]), [x, y])


def test_the_approach_is_seen_from_the_sides_asked_for():
    def seen(f, a, value, sides, strict=False):
        return _approach(
            f, x, sp.sympify(a), sp.sympify(value), sides, Sampling(), strict=strict
        ).ok

    assert seen(sp.sin(x) / x, 0, 1, "+-", strict=True)
    assert not seen(sp.sin(x) / x, 0, 2, "+-")
    assert seen(sp.sign(x), 0, 1, "+")
    assert seen(sp.sign(x), 0, -1, "-")
    assert not seen(sp.sign(x), 0, 1, "-")
    assert not seen(sp.sign(x), 0, 1, "+-")
    assert seen(sp.sqrt(x - 2), 2, 0, "+")  # no value on the other side
    assert seen(1 / sp.log(x), sp.oo, 0, "-")  # slow
    assert not seen(1 / sp.log(x), sp.oo, 0, "-", strict=True)
    assert seen(sp.exp(x), -sp.oo, 0, "-")
    assert not seen(sp.exp(x), sp.oo, 0, "-")
    assert seen(1 / x, 0, sp.oo, "+")
    assert seen(1 / x, 0, -sp.oo, "-")
    assert not seen(1 / x, 0, sp.oo, "+-")
    assert not seen(sp.sin(1 / x), 0, sp.oo, "+")


def test_author_supplied_wrong_versions_must_be_wrong_and_are_run():
    result = check.derivative(x**3, 3 * x**2, wrong=[x**2, ("old exponent", 3 * x**3)])
    assert {"x**2", "old exponent"} <= set(result.rejected)
    with pytest.raises(CheckFailed, match="says the same as the claim"):
        check.derivative(x**3, 3 * x**2, wrong=[3 * x * x])


def test_equivalent_mutants_do_not_count():
    result = check.identity(x * y + y * x, 2 * x * y)  # swapping x and y changes nothing
    assert not any("swap" in name for name in result.rejected)
    zero = check.derivative(sp.Integer(5), sp.Integer(0), x)
    assert zero.rejected == ("off by one",)
    odd = check.identity(sp.Abs(x), sp.sqrt(x**2), where={x: (-2, 2)})
    assert "swap" not in odd.rejected


def test_points_without_a_value_are_replaced_and_too_few_are_reported():
    assert check.identity(sp.log(x) + sp.log(x), 2 * sp.log(x)).method.endswith("20 points")
    with pytest.raises(
        CheckFailed, match=r"only 0 of 20 random points gave finite values; set where"
    ):
        check.identity(x / sp.floor(x / 10), x, where={x: (0, 1)})
    with pytest.raises(CheckFailed, match="zoo is undefined"):
        check.identity(sp.zeta(1), x)


@pytest.mark.parametrize(
    ("assumptions", "interval"),
    [
        ({}, (-3.0, 3.0)),
        ({"positive": True}, (0.05, 4.0)),
        ({"nonpositive": True}, (-4.0, -0.05)),
        ({"integer": True}, (-6, 6)),
        ({"integer": True, "positive": True}, (1, 8)),
    ],
)
def test_default_intervals_fit_the_assumptions(assumptions, interval):
    symbol = sp.Symbol("s", **assumptions)
    sampling = Sampling()
    assert sampling.interval(symbol) == interval
    drawn = [sampling.draw([symbol], random.Random(i))[0] for i in range(40)]
    assert all(interval[0] <= value <= interval[1] for value in drawn)
    assert len({str(value) for value in drawn}) > 6
    assert Sampling(where={"s": (7, 8)}).interval(symbol) == (7, 8)


def test_sampling_respects_assumptions_and_intervals():
    m = sp.Symbol("m", integer=True)
    assert check.identity(sp.cos(2 * sp.pi * m), 1).rejected
    assert check.identity(sp.sqrt(x**2), x, where={x: (0, 1)}).rejected
    assert check.identity(sp.sqrt(x**2), x, where={"x": (0, 1)}).rejected
    down = sp.Symbol("d", negative=True)
    assert check.identity(sp.Abs(down), -down).rejected
    with pytest.raises(CheckFailed):
        check.identity(sp.floor(x), 0, where={x: (0, 1.5)})


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        (x**2 + 3 * y, {"drop term x**2", "flip sign of 3*y", "drop factor 3", "exponent 2 - 1"}),
        (sp.sin(x) / y**2, {"swap sin and cos", "exponent -2 + 1", "swap x and y"}),
        (sp.Sum(x**k, (k, 0, n)), {"k starts one late", "factor 1.01", "sign", "off by one"}),
    ],
)
def test_mutants_of_an_expression(expr, expected):
    mutants = expression_mutants(expr)
    assert expected <= {name for name, _ in mutants}
    assert len({m for _, m in mutants}) == len(mutants)
    assert expr not in [m for _, m in mutants]
    by_name = dict(mutants)
    assert by_name["factor 1.01"] == expr * sp.Rational(101, 100)
    assert by_name["sign"] == -expr
    assert by_name["off by one"] == expr + 1


def test_local_mutants_have_their_value():
    got = dict(expression_mutants(x**2 + 3 * sp.sin(y)))
    assert got["drop term x**2"] == 3 * sp.sin(y)
    assert got["flip sign of x**2"] == 3 * sp.sin(y) - x**2
    assert got["flip sign of 3*sin(y)"] == x**2 - 3 * sp.sin(y)
    assert got["drop factor 3"] == x**2 + sp.sin(y)
    assert got["exponent 2 + 1"] == x**3 + 3 * sp.sin(y)
    assert got["exponent 2 - 1"] == x + 3 * sp.sin(y)
    late = dict(expression_mutants(sp.Sum(x**k, (k, 0, n))))["k starts one late"]
    assert late == sp.Sum(x**k, (k, 1, n))


def test_mutants_of_a_matrix():
    m = sp.Matrix([[x, 1], [y, x * y]])
    got = dict(expression_mutants(m))
    assert got["sign"] == -m
    assert got["factor 1.01"] == m * sp.Rational(101, 100)
    assert got["transpose"] == m.T
    assert got["entry 1: off by one"] == sp.Matrix([[x, 2], [y, x * y]])
    assert got["entry 2: sign"] == sp.Matrix([[x, 1], [-y, x * y]])
    assert "transpose" not in dict(expression_mutants(sp.eye(2)))


def test_mutants_of_arrays():
    got = dict(array_mutants(np.array([[1.0, 2.0], [3.0, 4.0]])))
    np.testing.assert_allclose(got["factor 1.01"], [[1.01, 2.02], [3.03, 4.04]])
    np.testing.assert_allclose(got["sign"], [[-1, -2], [-3, -4]])
    np.testing.assert_allclose(got["off by one"], [[2, 3], [4, 5]])
    np.testing.assert_allclose(got["drop the largest entry"], [[1, 2], [3, 0]])
    np.testing.assert_allclose(got["shift entries by one"], [[4, 1], [2, 3]])
    np.testing.assert_allclose(got["transpose"], [[1, 3], [2, 4]])
    assert "transpose" not in dict(array_mutants(np.eye(2)))
    assert [name for name, _ in array_mutants(0.0)] == ["off by one"]


def test_numeric_verdict_sees_the_thirty_ninth_digit():
    sampling = Sampling(digits=50)
    assert numeric_verdict(x, x + sp.Float("1e-42", 60), sampling).ok
    assert not numeric_verdict(x, x + sp.Float("1e-38", 60), sampling).ok
    assert not numeric_verdict(x, x - sp.Float("1e-38", 60), sampling).ok
    assert not numeric_verdict(10**6 * x, 10**6 * x * (1 + sp.Float("1e-38", 60)), sampling).ok
    assert not proved(x, x + 1)
    assert proved(sp.Matrix([x * (x + 1)]), sp.Matrix([x**2 + x]))


def test_an_integral_that_quadrature_cannot_reach_is_proved_or_refused():
    third_away = sp.Integral(sp.Abs(x - third), (x, 0, 1))
    assert check.identity(third_away, 5 * third / 6).method == "proved by SymPy"
    stairs = sp.Integral(sp.floor(5 * sp.exp(x)), (x, 0, 1))
    with pytest.raises(ArithmeticError, match=r"quadrature of .* use check\.integral with breaks="):
        check.identity(stairs, 8)


def test_quadrature_that_does_not_converge_is_not_trusted():
    with pytest.raises(CheckFailed, match=r"quadrature of .* reached only an error"):
        check.integral(sp.Abs(x - sp.pi / 10), sp.Rational(1, 2), (x, 0, 1))


def test_arguments_are_checked():
    with pytest.raises(TypeError, match=r"give an equation sympy\.Eq"):
        check.identity(x + 1)
    with pytest.raises(ValueError, match='side must be "both"'):
        check.limit(x, x, 0, 0, side="left")
    with pytest.raises(TypeError, match=r"limits must be \(x, a, b\) tuples or one symbol"):
        check.integral(x, x, (x, 0))
    with pytest.raises(ValueError, match="x must name the variable"):
        check.derivative(x * y, y)
    for operator in (check.gradient, check.jacobian, check.hessian):
        with pytest.raises(ValueError, match="variables must list the symbols"):
            operator(x * y, [y, x])
    with pytest.raises(ValueError, match="needs draw="):
        check.identity(lambda u: u, lambda u: u)
    with pytest.raises(ValueError, match="needs at="):
        check.gradient(lambda u: u @ u, lambda u: 2 * u)
    with pytest.raises(TypeError, match="claimed must be a function"):
        check.derivative(lambda u: u, 1.0, at=[1.0])
    with pytest.raises(ValueError, match="n must be 1 or 2"):
        check.derivative(lambda u: u, lambda u: 1.0, at=[1.0], n=3)
    with pytest.raises(TypeError, match="rhs must be a SymPy expression"):
        check.identity(x, object())


# -- NumPy functions -------------------------------------------------------------------------------

M = np.random.default_rng(0).normal(size=(3, 3))


def at(rng):
    return rng.normal(size=3)


def test_numpy_derivatives_are_compared_with_independent_references():
    r = check.gradient(lambda u: u @ M @ u, lambda u: (M + M.T) @ u, at=at)
    assert r.method == "differences and complex step and calcml.diff at 5 points"
    assert "shift entries by one" in r.rejected
    r = check.gradient(lambda u: np.linalg.norm(u), lambda u: u / np.linalg.norm(u), at=at)
    assert "complex step" not in r.method  # the norm of a complex vector is not analytic
    assert "calcml.diff" in r.method
    r = check.gradient(
        lambda X: np.linalg.slogdet(X)[1],
        lambda X: np.linalg.inv(X).T,
        at=lambda rng: rng.normal(size=(3, 3)) + 3 * np.eye(3),
    )
    assert "transpose" in r.rejected
    assert check.jacobian(lambda u: np.tanh(M @ u), _tanh_jacobian, at=at).rejected
    assert check.hessian(lambda u: np.sum(np.exp(M @ u)), _exp_hessian, at=at).rejected
    assert check.derivative(np.tanh, lambda u: 1 - np.tanh(u) ** 2, at=[0.3, -1.2]).rejected
    assert check.derivative(np.sin, lambda u: -np.sin(u), at=[0.3, -1.2], n=2).rejected
    untraceable = check.derivative(
        lambda u: complex(u).real ** 2 if isinstance(u, complex) else float(u) ** 2,
        lambda u: 2 * u,
        at=[0.7],
    )
    assert untraceable.method == "differences at 1 points"


def test_steep_functions_and_ends_of_domains_have_references_too():
    steep = check.derivative(
        lambda u: math.tanh(200 * u), lambda u: 200 / math.cosh(200 * u) ** 2, at=[0.003, -0.01]
    )
    assert steep.method == "differences at 2 points"
    edge = check.derivative(
        lambda u: math.log(u) if u > 0 else math.nan, lambda u: 1 / u, at=[4e-3]
    )
    assert edge.method == "differences at 1 points"
    with pytest.raises(CheckFailed):
        check.derivative(
            lambda u: math.tanh(200 * u), lambda u: 199 / math.cosh(200 * u) ** 2, at=[0.003]
        )


def test_differences_of_a_known_function():
    value, error = differences(lambda u: np.sin(u) * u[0], np.array([0.4, -1.2]))
    exact = [[0.4 * math.cos(0.4) + math.sin(0.4), 0.0], [math.sin(-1.2), 0.4 * math.cos(-1.2)]]
    np.testing.assert_allclose(value, exact, atol=1e-11)
    assert error < 1e-10


def _tanh_jacobian(u):
    return (1 - np.tanh(M @ u) ** 2)[:, None] * M


def _exp_hessian(u):
    return M.T @ np.diag(np.exp(M @ u)) @ M


@pytest.mark.parametrize(
    "claim",
    [
        lambda: check.gradient(lambda u: u @ M @ u, lambda u: 2 * M @ u, at=at),
        lambda: check.gradient(lambda u: u @ M @ u, lambda u: (M + M.T) @ u * (1 + 1e-9), at=at),
        lambda: check.jacobian(lambda u: M @ u, lambda u: M.T, at=at),
        lambda: check.hessian(lambda u: u @ M @ u, lambda u: 2 * M, at=at),
        lambda: check.derivative(np.abs, lambda u: 1.0, at=[-0.5]),
        lambda: check.identity(lambda u: u @ u, lambda u: np.sum(np.abs(u)), draw=at),
        lambda: check.gradient(lambda u: np.sum(u), lambda u: np.ones(2), at=at),
        lambda: check.gradient(lambda u: np.sum(u), lambda u: u * np.nan, at=at),
    ],
)
def test_false_numpy_claims_fail(claim):
    with pytest.raises(CheckFailed, match="fails"):
        claim()


def test_numpy_identity_with_arguments():
    r = check.identity(
        lambda A, u: np.sum((A @ u) ** 2),
        lambda A, u: u @ A.T @ A @ u,
        draw=lambda rng: (rng.normal(size=(2, 3)), rng.normal(size=3)),
        wrong=[lambda A, u: u @ A.T @ A @ u + u @ u],
    )
    assert r.tolerance == "relative 1e-10"
    with pytest.raises(CheckFailed, match="says the same"):
        check.identity(np.exp, np.exp, draw=at, wrong=[lambda u: np.exp(u)])


def test_a_blunt_numpy_check_is_refused():
    with pytest.raises(CheckFailed, match=r"proves nothing: wrong version 'factor 1.01'"):
        check.gradient(lambda u: u @ u, lambda u: 2 * u, at=at, rtol=0.05)
    with pytest.raises(CheckFailed, match="proves nothing"):
        check.identity(lambda u: 1e-12 * u, lambda u: -1e-12 * u, draw=at)


def test_check_grads_is_reexported():
    check.check_grads(np.sin, (np.array([0.3, 0.7]),), order=2, modes=("fwd", "rev"))
    from calcml.diff.gradcheck import check_grads

    assert check.check_grads is check_grads
