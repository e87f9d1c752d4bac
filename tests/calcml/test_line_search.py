"""Line searches return steps that satisfy their conditions, checked from outside."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems.mgh import PROBLEMS
from scipy.optimize import line_search

from calcml.diff import grad
from calcml.optimize.line_search import armijo, backtracking, strong_wolfe, wolfe

# The three hard functions of Moré and Thuente (1994), table I: (phi, phi').
BETA_1, BETA_2 = 0.001, 0.01


def _gamma(b):
    return np.sqrt(1 + b * b) - b


def _yanai(b1, b2):
    def phi(t):
        first = _gamma(b1) * np.sqrt((1 - t) ** 2 + b2**2)
        return first + _gamma(b2) * np.sqrt(t**2 + b1**2)

    def slope(t):
        first = -_gamma(b1) * (1 - t) / np.sqrt((1 - t) ** 2 + b2**2)
        return first + _gamma(b2) * t / np.sqrt(t**2 + b1**2)

    return phi, slope


MORE_THUENTE = {
    "rational": (lambda t: -t / (t**2 + 2), lambda t: (t**2 - 2) / (t**2 + 2) ** 2),
    "power": (
        lambda t: (t + 0.004) ** 5 - 2 * (t + 0.004) ** 4,
        lambda t: 5 * (t + 0.004) ** 4 - 8 * (t + 0.004) ** 3,
    ),
    "yanai-a": _yanai(0.001, 0.001),
    "yanai-b": _yanai(0.01, 0.001),
    "yanai-c": _yanai(0.001, 0.01),
}


@pytest.mark.parametrize("name", MORE_THUENTE)
@pytest.mark.parametrize("step", [1e-3, 1e-1, 1e1, 1e3])
@pytest.mark.parametrize("c2", [0.1, 0.9])
def test_strong_wolfe_on_more_thuente(name, step, c2):
    phi, slope = MORE_THUENTE[name]
    calls = []

    def both(t):
        calls.append(t)
        return phi(t), slope(t)

    found = wolfe(both, phi(0.0), slope(0.0), step=step, c1=1e-3, c2=c2)
    assert found.success
    assert found.nfev == len(calls) <= 20
    assert found.fun == phi(found.step)
    assert phi(found.step) <= phi(0.0) + 1e-3 * found.step * slope(0.0)
    assert abs(slope(found.step)) <= c2 * abs(slope(0.0))


@pytest.mark.parametrize("problem", [p for p in PROBLEMS if p.number in (1, 2, 5, 7, 14, 16, 21)])
def test_conditions_hold_along_gradients_of_test_problems(problem):
    f, x = problem.objective, problem.x0
    g = grad(f)(x)
    p = -g / np.linalg.norm(g)
    found = strong_wolfe(f, x, p, c2=0.3)
    there = x + found.step * p
    assert found.success
    assert found.fun == f(there) <= f(x) + 1e-4 * found.step * (g @ p)
    assert abs(grad(f)(there) @ p) <= 0.3 * abs(g @ p)
    short = backtracking(f, x, p, step=8.0, shrink=0.7, c1=0.2)
    assert short.success
    assert f(x + short.step * p) <= f(x) + 0.2 * short.step * (g @ p)
    before = short.step / 0.7
    if short.step < 8:  # one trial more would have been one too few
        assert f(x + before * p) > f(x) + 0.2 * before * (g @ p)
    powers = np.log(short.step / 8) / np.log(0.7)
    assert powers == pytest.approx(round(powers), abs=1e-9)


def test_as_good_as_scipy_along_the_valley_of_rosenbrock():
    f = PROBLEMS[0].objective
    x, p = np.array([-1.2, 1.0]), np.array([1.0, -1.0])
    ours = strong_wolfe(f, x, p, c2=0.1)
    theirs = line_search(f, grad(f), x, p, c2=0.1)
    assert ours.success
    assert ours.nfev <= theirs[1] + 3
    assert abs(grad(f)(x + ours.step * p) @ p) <= 0.1 * abs(grad(f)(x) @ p)


@given(minimum=st.floats(0.01, 100), curvature=st.floats(1e-3, 1e3), step=st.floats(1e-3, 1e3))
def test_cubic_interpolation_is_exact_on_parabolas(minimum, curvature, step):
    """Once bracketed, one interpolation finds the minimum of a parabola."""
    trials = []

    def phi(t):
        trials.append(t)
        return 0.5 * curvature * (t - minimum) ** 2, curvature * (t - minimum)

    value, slope = 0.5 * curvature * minimum**2, -curvature * minimum
    found = wolfe(phi, value, slope, step=step, c2=1e-3)
    assert found.success
    assert found.step == pytest.approx(minimum, rel=2e-3)
    assert len(trials) <= 9


def test_interpolates_a_cubic_exactly_in_both_directions():
    """phi is a cubic: a trial beyond the minimum leads straight back to it."""
    phi = lambda t: (t**3 - 3 * t, 3 * t**2 - 3)  # noqa: E731
    found = wolfe(phi, 0.0, -3.0, step=2.1, c1=1e-9, c2=1e-6)
    assert found.nfev == 2
    assert found.step == pytest.approx(1.0, abs=1e-12)
    # From 0.7 the slope's line crosses zero at 1.373, whose bracket with 0.7 the cubic finishes.
    found = wolfe(phi, 0.0, -3.0, step=0.7, c1=1e-9, c2=1e-6)
    assert found.nfev == 3
    assert found.step == pytest.approx(1.0, abs=1e-12)


def test_extrapolation_grows_between_two_and_tenfold():
    trials = []

    def phi(t):
        trials.append(t)
        return -t, -1.0

    found = wolfe(phi, 0.0, -1.0, maxiter=4)
    assert trials == [1, 10, 100, 1000]
    assert not found.success
    assert (found.step, found.fun) == (1000, -1000)
    trials.clear()
    slow = lambda t: trials.append(t) or (-t - 0.01 * t**2, -1 - 0.02 * t)  # noqa: E731
    wolfe(slow, 0.0, -1.0, maxiter=2)
    assert trials == [1, 10]
    trials.clear()
    near = lambda t: trials.append(t) or (-t + 0.45 * t**2, -1 + 0.9 * t)  # noqa: E731
    assert wolfe(near, 0.0, -1.0, c2=0.01, maxiter=2).nfev == 2
    assert trials == [1, 2]


def test_values_that_are_not_finite_are_too_far():
    f = lambda x: x[0] - np.log(x[0])  # noqa: E731
    found = strong_wolfe(f, np.array([0.1]), np.array([1.0]), step=1e3, c2=0.5)
    assert found.success
    wall = lambda x: np.where(x[0] > 1, np.inf, x[0] ** 2 - 3 * x[0]) + 0 * x[0]  # noqa: E731
    slope = lambda x: np.array([2 * x[0] - 3 if x[0] <= 1 else np.nan])  # noqa: E731
    found = backtracking(wall, np.zeros(1), np.ones(1), grad=slope, step=4.0)
    assert found.step == 1.0
    found = strong_wolfe(wall, np.zeros(1), np.ones(1), grad=slope, step=64.0, c2=0.9)
    assert found.success
    assert 0 < found.step <= 1
    found = strong_wolfe(wall, np.zeros(1), np.ones(1), grad=slope, step=64.0, c2=0.2)
    assert not found.success  # the slope at the wall is -1, more than 0.2 * 3
    assert 0.99 <= found.step <= 1


def test_near_a_minimum_the_slope_decides():
    """f is constant to its last digit where the gradient still has eight good ones."""
    f = lambda x: 1e3 + 0.5 * np.sum(x**2)  # noqa: E731
    x = np.array([1e-9])
    assert f(x) == f(0 * x)
    for search in (backtracking, strong_wolfe):
        found = search(f, x, -x)
        assert (found.success, found.step) == (True, 1.0)
    assert backtracking(f, x, -4 * x).step == 0.25
    # and a step uphill within rounding error is still refused
    assert not backtracking(f, x, -x, step=2.5, maxiter=1).success
    assert backtracking(f, x, -x, step=1.9, maxiter=1).success


def test_counts_every_call():
    calls = []

    def f(x):
        calls.append(1)
        return np.sum((x - 3) ** 4)

    for search in (backtracking, strong_wolfe):
        calls.clear()
        found = search(f, np.zeros(2), np.ones(2), step=20.0)
        assert found.nfev == len(calls) > 2


def test_a_phi_that_never_falls_is_a_failure():
    found = armijo(lambda t: 1 + t, lambda t: 1.0, 1.0, -1.0, maxiter=5)
    assert (found.step, found.fun, found.nfev, found.success) == (0.0, 1.0, 5, False)
    assert "no decrease down to a step of 6.25e-02" in found.message
    found = wolfe(lambda t: (1 + t, 1.0), 1.0, -1.0)
    assert (found.step, found.success) == (0.0, False)
    found = wolfe(lambda t: (-np.inf, -1.0), 1.0, -1.0)
    assert not found.success
    assert "unbounded" in found.message


@pytest.mark.parametrize("search", [backtracking, strong_wolfe])
@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"p": np.ones(3)}, r"p must have the shape of x, got p of shape \(3,\)"),
        ({"p": np.ones(2)}, "descent direction, but the slope of f along it is 2"),
        ({"step": 0.0}, "step must be positive"),
        ({"step": np.inf}, "step must be positive and finite"),
        ({"c1": 0.0}, r"c1 must lie in \(0, 1\), got 0"),
        ({"maxiter": 0}, "maxiter must be an integer >= 1, got 0"),
        ({"x": np.full(2, np.inf)}, "finite at x"),
    ],
)
def test_bad_arguments_are_refused(search, changed, message):
    arguments = {"x": np.array([1.0, 0.0]), "p": -np.ones(2), **changed}
    with pytest.raises(ValueError, match=message):
        search(lambda x: x @ x, **arguments)


def test_bad_fractions_are_refused():
    f, x, p = lambda x: x @ x, np.ones(2), -np.ones(2)
    with pytest.raises(ValueError, match=r"c2 must lie in \(c1, 1\)"):
        strong_wolfe(f, x, p, c1=0.5, c2=0.4)
    with pytest.raises(ValueError, match=r"shrink must lie in \(0, 1\), got 1"):
        backtracking(f, x, p, shrink=1.0)
