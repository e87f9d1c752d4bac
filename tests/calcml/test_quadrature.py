"""Quadrature: measured orders, exactness, honest error estimates, refusals."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import roots_legendre

from calcml.quadrature import (
    adaptive_simpson,
    gauss_legendre,
    legendre_nodes,
    riemann,
    simpson,
    trapezoid,
)

Rule = Callable[..., float]
E_MINUS_1 = math.e - 1


def left(f, a, b, n):
    return riemann(f, a, b, n, rule="left")


def right(f, a, b, n):
    return riemann(f, a, b, n, rule="right")


RULES: list[tuple[Rule, int, float]] = [
    # rule, order, leading error constant for exp on [0, 1]: error / h**order (signed)
    (left, 1, -E_MINUS_1 / 2),
    (right, 1, E_MINUS_1 / 2),
    (riemann, 2, -E_MINUS_1 / 24),
    (trapezoid, 2, E_MINUS_1 / 12),
    (simpson, 4, E_MINUS_1 / 180),
]


@pytest.mark.parametrize(("rule", "order", "constant"), RULES)
def test_error_has_the_predicted_order_and_constant(rule, order, constant):
    n = np.array([8, 16, 32, 64])
    errors = np.array([rule(np.exp, 0.0, 1.0, int(k)) - E_MINUS_1 for k in n])
    slope = np.polyfit(np.log(1 / n), np.log(np.abs(errors)), 1)[0]
    assert abs(slope - order) < 0.1
    assert errors[-1] * n[-1] ** order == pytest.approx(constant, rel=0.02)


@pytest.mark.parametrize("n", range(1, 13))
def test_gauss_is_exact_to_degree_2n_minus_1_and_not_beyond(n):
    rng = np.random.default_rng(n)
    c = rng.normal(size=2 * n)
    p = np.polynomial.Polynomial(c)
    exact = p.integ()(2.0) - p.integ()(-1.0)
    assert gauss_legendre(p, -1.0, 2.0, n) == pytest.approx(exact, rel=1e-12, abs=1e-12)
    miss = gauss_legendre(lambda x: x ** (2 * n), -1.0, 1.0, n) - 2 / (2 * n + 1)
    assert miss < -1e-9  # the classical error of the first power missed, negative


def test_gauss_nodes_agree_with_scipy():
    for n in (1, 2, 3, 10, 64):
        x, w = roots_legendre(n)
        nodes, weights = legendre_nodes(n)
        np.testing.assert_allclose(nodes, x, atol=3e-16 * n)
        np.testing.assert_allclose(weights, w, atol=1e-14)
        np.testing.assert_array_equal(nodes, -nodes[::-1])
        np.testing.assert_array_equal(weights, weights[::-1])
        with pytest.raises(ValueError, match="read-only"):
            nodes[0] = 1.0


@pytest.mark.parametrize("rule", [left, right, riemann, trapezoid, simpson, gauss_legendre])
def test_exchanging_the_limits_changes_the_sign(rule):
    f = lambda x: np.cos(x) + x  # noqa: E731
    swapped = {left: right, right: left}.get(rule, rule)
    assert rule(f, 2.0, -1.0, 6) == pytest.approx(-swapped(f, -1.0, 2.0, 6), rel=1e-13)
    assert rule(f, 1.0, 1.0, 6) == 0.0


@given(
    st.floats(-5, 5),
    st.floats(0.1, 5),
    st.integers(1, 40),
    st.floats(-3, 3),
    st.floats(-3, 3),
)
@settings(max_examples=60)
def test_exactness_of_the_fixed_rules(a, width, n, slope, cubic):
    b = a + width
    line = slope * (b**2 - a**2) / 2 + (b - a)
    scale = 1e-11 * (1 + abs(line))
    assert abs(riemann(lambda x: 1 + slope * x, a, b, n) - line) < scale
    assert abs(trapezoid(lambda x: 1 + slope * x, a, b, n) - line) < scale
    exact = cubic * (b**4 - a**4) / 4 + (b**3 - a**3) / 3
    value = simpson(lambda x: cubic * x**3 + x**2, a, b, 2 * n)
    assert abs(value - exact) < 1e-11 * (1 + abs(exact) + 1e3 * abs(cubic))


def test_trapezoid_converges_geometrically_on_a_period():
    value = trapezoid(lambda x: np.exp(np.cos(x)), 0.0, 2 * np.pi, 20)
    assert value == pytest.approx(2 * np.pi * np.i0(1.0), rel=1e-14)


INTEGRANDS = {
    "smooth": (lambda x, t: np.exp(x) * np.cos(3 * x + t), None),
    "kink": (lambda x, t: np.abs(x - t), lambda x, t: (x - t) * abs(x - t) / 2),
    "step": (lambda x, t: np.where(x > t, 2.0, -1.0), lambda x, t: -x + 3 * max(x - t, 0)),
    "bend": (
        lambda x, t: (x - t) * np.abs(x - t) + np.sin(x),
        lambda x, t: abs(x - t) ** 3 / 3 - np.cos(x),
    ),
    "root": (
        lambda x, t: np.sqrt(np.abs(x - t)),
        lambda x, t: np.sign(x - t) * abs(x - t) ** 1.5 * 2 / 3,
    ),
    "peak": (
        lambda x, t: 1 / (1e-4 + (x - t) ** 2),
        lambda x, t: 100 * np.arctan(100 * (x - t)),
    ),
}


def _antiderivative(name, t):
    F = INTEGRANDS[name][1]
    if F is None:
        # integral of exp(x) cos(3x + t)
        return lambda x: math.exp(x) * (math.cos(3 * x + t) + 3 * math.sin(3 * x + t)) / 10
    return lambda x: F(x, t)


@pytest.mark.parametrize("name", INTEGRANDS)
@pytest.mark.parametrize("tol", [1e-3, 1e-6, 1e-10])
def test_adaptive_value_lies_within_its_error(name, tol):
    rng = np.random.default_rng(0)
    f, _ = INTEGRANDS[name]
    for t in rng.uniform(-1, 2, size=25):
        F = _antiderivative(name, t)
        exact = F(2.0) - F(-1.0)
        value, error, nfev = adaptive_simpson(lambda x, t=t: f(x, t), -1, 2, atol=tol, rtol=tol)
        assert abs(value - exact) <= error <= max(tol, tol * abs(value)), (t, value, exact)
        assert 65 <= nfev < 60_000
    back, _, _ = adaptive_simpson(lambda x: f(x, t), 2, -1, atol=tol, rtol=tol)
    assert back == -value


@pytest.mark.parametrize("seed", range(6))
def test_adaptive_is_not_deceived_by_stairs(seed):
    """Of values 0, 1, 1, 1, 2 the fourth difference vanishes: on stairs such panels are many."""
    rng = np.random.default_rng(seed)
    for _ in range(10):
        steps, a, b = rng.uniform(2, 9), rng.uniform(-2, 0), rng.uniform(1, 3)

        def antiderivative(x, steps=steps):
            n = math.floor(steps * x)
            return (n * (n - 1) / 2 + n * (steps * x - n)) / steps

        exact = antiderivative(b) - antiderivative(a)
        stairs = lambda x, steps=steps: np.floor(steps * x)  # noqa: E731
        value, error, _ = adaptive_simpson(stairs, a, b, atol=1e-7, rtol=0.0)
        assert abs(value - exact) <= error <= 1e-7


def test_adaptive_error_is_not_only_safe_but_useful():
    value, error, nfev = adaptive_simpson(np.exp, 0.0, 1.0, atol=1e-9, rtol=0.0)
    assert abs(value - E_MINUS_1) < error < 1e-9
    assert nfev < 300
    assert adaptive_simpson(lambda x: x**3, 0.0, 1.0)[2] == 65  # cubics need no refinement
    # Two generations of points tell that exp is smooth, and the extrapolated value is much better
    # than its error; also on an interval about 0.
    value, error, nfev = adaptive_simpson(np.exp, -1.0, 1.0, atol=1e-6, rtol=0.0)
    assert abs(value - 2 * math.sinh(1)) < 1e-11 < error
    assert nfev == 65
    assert adaptive_simpson(np.exp, 1.0, 1.0) == (0.0, 0.0, 0)


def test_adaptive_counts_the_points_it_asks_for():
    asked = 0

    def f(x):
        nonlocal asked
        asked += np.size(x)
        return np.sqrt(x)

    *_, nfev = adaptive_simpson(f, 0.0, 1.0, atol=1e-6)
    assert nfev == asked
    scalar_calls = 0

    def g(x):
        nonlocal scalar_calls
        if np.ndim(x):
            raise TypeError("only scalars")
        scalar_calls += 1
        return math.sqrt(x)

    value, _, nfev = adaptive_simpson(g, 0.0, 1.0, atol=1e-6)
    assert nfev == scalar_calls
    assert value == pytest.approx(2 / 3, abs=1e-6)


def test_shifting_the_interval_changes_no_panel():
    """The tolerance of a panel is its share of the length, wherever the interval lies."""
    f = lambda x: np.sqrt(np.abs(x - 0.3125))  # noqa: E731
    value, error, nfev = adaptive_simpson(f, 0.0, 1.0, atol=1e-7, rtol=0.0)
    for shift in (-0.5, -1.0, 8.0):
        there = adaptive_simpson(lambda x, s=shift: f(x - s), shift, 1 + shift, atol=1e-7, rtol=0.0)
        assert there[2] == nfev
        np.testing.assert_allclose(there[:2], (value, error), rtol=1e-6)


def test_adaptive_says_that_it_failed():
    with pytest.warns(RuntimeWarning, match=r"stopped after \d+ evaluations .* split the interval"):
        value, error, nfev = adaptive_simpson(
            lambda x: np.sin(1e5 * x), 0.0, 1.0, atol=1e-12, rtol=0, max_evaluations=5000
        )
    exact = (1 - math.cos(1e5)) / 1e5
    assert abs(value - exact) <= error
    assert error > 1e-12
    assert nfev < 20_000


def test_adaptive_stops_at_roundoff():
    with pytest.warns(RuntimeWarning, match="error estimate"):
        value, error, nfev = adaptive_simpson(np.exp, 0.0, 1.0, atol=1e-18, rtol=0)
    assert abs(value - E_MINUS_1) <= error < 1e-13
    assert nfev < 10_000


def test_adaptive_at_a_jump_shrinks_to_neighboring_numbers_at_most():
    # 0.1 + 0.2 is no dyadic point; the tolerance is below what one panel of width eps can hold.
    value, error, _ = adaptive_simpson(
        lambda x: np.where(x < 0.1 + 0.2, 0.0, 1e6), 0.0, 1.0, atol=1e-6, rtol=0.0
    )
    assert abs(value - 1e6 * 0.7) <= error <= 1e-6
    with pytest.warns(RuntimeWarning):
        value, error, _ = adaptive_simpson(
            lambda x: np.where(x < 0.1 + 0.2, 0.0, 1e8), 0.0, 1.0, atol=1e-9, rtol=0.0
        )
    assert abs(value - 1e8 * 0.7) <= error


@pytest.mark.parametrize("rule", [riemann, trapezoid, simpson, gauss_legendre])
def test_bad_input_is_refused_with_a_remedy(rule):
    with pytest.raises(ValueError, match=r"limits must be finite.*substitute"):
        rule(np.exp, -math.inf, 0.0, 4)
    with pytest.raises(ValueError, match="limits must be numbers, got a=nan"):
        rule(np.exp, math.nan, 0.0, 4)
    for n in (0, -2, 2.0, True):
        with pytest.raises(ValueError, match="n must be an integer >="):
            rule(np.exp, 0.0, 1.0, n)
    with pytest.raises(
        ValueError, match=r"f is not finite: f\(.*\) = nan; integrate a transformed"
    ):
        rule(lambda x: np.log(x), -1.0, 1.0, 4)
    with pytest.raises(ValueError, match=r"one number a point, got shape \(2,\)"):
        rule(lambda x: np.stack([x, x], axis=-1), 0.0, 1.0, 4)
    with pytest.raises(ValueError, match="real numbers, got complex128"):
        rule(lambda x: np.exp(1j * x), 0.0, 1.0, 4)


def test_other_bad_input():
    with pytest.raises(ValueError, match='rule must be "left"'):
        riemann(np.exp, 0.0, 1.0, 4, rule="upper")
    with pytest.raises(ValueError, match=r"n must be even .*got 3; use 4"):
        simpson(np.exp, 0.0, 1.0, 3)
    with pytest.raises(ValueError, match="limits must be finite"):
        adaptive_simpson(np.exp, 0.0, math.inf)
    for atol, rtol in ((0.0, 0.0), (-1.0, 1e-3), (math.nan, 1.0)):
        with pytest.raises(ValueError, match="atol and rtol must be >= 0 and not both 0"):
            adaptive_simpson(np.exp, 0.0, 1.0, atol=atol, rtol=rtol)
    with pytest.raises(ValueError, match=r"f is not finite: f\(0\) = inf"):
        adaptive_simpson(lambda x: 1 / x, 0.0, 1.0)


def test_what_overflows_is_refused():
    huge = lambda x: np.full_like(x, 1.7e308)  # noqa: E731
    for rule in (riemann, trapezoid, simpson, gauss_legendre):
        with pytest.raises(ValueError, match="b - a overflows"):
            rule(np.cos, -1.7e308, 1.7e308, 4)
        with pytest.raises(ValueError, match="the integral overflows; scale f down"):
            rule(huge, 0.0, 10.0, 4)
    with pytest.raises(ValueError, match="the integral overflows"):
        adaptive_simpson(huge, 0.0, 10.0)


def test_plain_python_functions_and_constants_are_integrated():
    assert simpson(lambda x: 2.0, 0.0, 3.0, 4) == 6.0
    assert simpson(math.sin, 0.0, math.pi, 200) == pytest.approx(2.0, rel=1e-8)
    assert trapezoid(lambda x: x if x > 0 else 0.0, -1.0, 1.0, 2) == 0.5
    assert riemann(lambda x: x.astype(np.float32), 0.0, 1.0, 4) == 0.5


def test_no_warning_comes_from_numpy():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match="not finite"):
            gauss_legendre(lambda x: np.sqrt(x - 2), 0.0, 1.0, 3)
