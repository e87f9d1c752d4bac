"""Difference quotients: their orders, their optimal steps, and the complex step."""

import math

import numpy as np
import pytest

from calcml.differences import complex_step, extrapolate, finite_difference, richardson


def order(errors, ratio=2.0):
    """Measured order of convergence, from the last two errors."""
    return math.log(errors[-2] / errors[-1]) / math.log(ratio)


@pytest.mark.parametrize(("scheme", "expected"), [("central", 2), ("forward", 1), ("backward", 1)])
def test_measured_order(scheme, expected):
    steps = [0.02 / 2**k for k in range(4)]
    errors = [
        abs(finite_difference(np.exp, 0.3, h=h, scheme=scheme) - math.exp(0.3)) for h in steps
    ]
    assert order(errors) == pytest.approx(expected, abs=0.1 if expected == 2 else 0.05)


def test_richardson_gains_two_orders_a_level():
    for levels in (1, 2, 3):
        errors = [
            abs(richardson(np.exp, 0.3, levels=levels, h=h) - math.exp(0.3)) for h in (0.8, 0.4)
        ]
        assert order(errors) == pytest.approx(2 * levels, abs=0.1)


def test_each_coordinate_is_differenced_with_a_step_of_its_own_size():
    """At (1e6, 1) one step for both would be far too long for the second."""
    x = np.array([1e6, 1.0])
    found = richardson(lambda x: x[0] / 1e6 + np.sin(20 * x[1]), x, levels=6)
    np.testing.assert_allclose(found, [1e-6, 20 * math.cos(20)], rtol=1e-7)


def test_the_estimate_of_an_extrapolation_bounds_its_error():
    steps = 0.8 * 0.4 ** np.arange(4)[:, None]  # so long that their error is far above roundoff
    x = np.linspace(-1.0, 1.0, 5)
    quotients = (np.exp(x + steps) - np.exp(x - steps)) / (2 * steps)
    value, error = extrapolate(list(quotients), 0.4)
    assert np.all(abs(value - np.exp(x)) <= error / 10)
    assert np.all(error < 1e-5)


def test_default_steps_are_near_the_best():
    """The V of error against step: at the default no worse than ten times the best of all steps."""
    for scheme, floor in (("central", 1e-10), ("forward", 1e-7)):
        at_default = abs(finite_difference(np.exp, 1.0, scheme=scheme) - math.e)
        errors = [
            abs(finite_difference(np.exp, 1.0, h=h, scheme=scheme) - math.e)
            for h in 10.0 ** np.arange(-12, 0)
        ]
        assert at_default < max(10 * min(errors), floor)


def test_shapes():
    A = np.arange(6.0).reshape(2, 3)
    J = finite_difference(lambda x: A @ x, np.ones(3))
    np.testing.assert_allclose(J, A, atol=1e-9)
    assert finite_difference(lambda x: x.T, np.ones((2, 3))).shape == (3, 2, 2, 3)
    assert finite_difference(np.sum, np.ones((2, 3))).shape == (2, 3)
    assert isinstance(finite_difference(np.sin, 0.0), np.float64)
    for operator in (finite_difference, richardson, complex_step):
        assert operator(lambda x: x * 2, np.zeros(0)).shape == (0, 0)
        np.testing.assert_allclose(operator(lambda x: A @ x, np.ones(3)), A, atol=1e-9)


def test_the_step_taken_is_the_step_divided_by():
    """x + h is rounded; dividing by the rounded step keeps linear functions exact."""
    for x in (1e6 + 0.1, 3.0, 1e-9):
        assert finite_difference(lambda x: 2 * x, x, h=1e-7) == pytest.approx(2.0, rel=1e-15)


def test_the_example_of_squire_and_trapp():
    found = complex_step(lambda x: np.exp(x) / (np.sin(x) ** 3 + np.cos(x) ** 3), 1.5)
    assert abs(found - 3.622033700716326) < 1e-15 * 4


def test_complex_step_is_exact_to_rounding():
    x = np.linspace(0.2, 1.3, 5)
    J = complex_step(lambda x: np.sin(x) * np.exp(x), x)
    expected = np.diag(np.exp(x) * (np.sin(x) + np.cos(x)))
    np.testing.assert_allclose(J, expected, rtol=1e-15, atol=0)


def test_complex_step_refuses_functions_that_drop_the_imaginary_part():
    with pytest.raises(TypeError, match="f must return a complex value for a complex argument"):
        complex_step(np.abs, 1.0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: finite_difference(abs, 1.0, h=0.0), "h must be positive and finite; got 0.0"),
        (lambda: finite_difference(abs, 1.0, h=-1.0), "h must be positive and finite; got -1.0"),
        (lambda: finite_difference(abs, 1.0, scheme="both"), "scheme must be 'forward'"),
        (lambda: richardson(abs, 1.0, levels=0), "levels must be at least 1; got 0"),
        (lambda: richardson(abs, 1.0, h=math.inf), "h must be positive and finite; got inf"),
        (lambda: complex_step(abs, 1.0, h=0.0), "h must be positive and finite; got 0.0"),
    ],
)
def test_arguments_are_checked(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_forward_looks_ahead_and_backward_back():
    """On |x| at 0 the two see the slopes of the two sides, and central differences the mean."""
    slopes = {
        s: finite_difference(np.abs, 0.0, scheme=s) for s in ("forward", "backward", "central")
    }
    assert slopes == {"forward": 1.0, "backward": -1.0, "central": 0.0}
