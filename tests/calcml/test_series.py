"""Taylor arithmetic against exact and high-precision coefficients."""

import mpmath
import numpy as np
import pytest
import scipy.special as sp
import sympy

from calcml.series import taylor, taylor_remainder_bound

x = sympy.symbols("x")
FUNCTIONS = {
    "exp": (np.exp, sympy.exp, 0.3),
    "log": (np.log, sympy.log, 1.5),
    "sin": (np.sin, sympy.sin, 0.7),
    "cos": (np.cos, sympy.cos, 0.7),
    "tan": (np.tan, sympy.tan, 0.4),
    "sinh": (np.sinh, sympy.sinh, 0.4),
    "cosh": (np.cosh, sympy.cosh, 0.4),
    "tanh": (np.tanh, sympy.tanh, 0.4),
    "arcsin": (np.arcsin, sympy.asin, 0.4),
    "arccos": (np.arccos, sympy.acos, 0.4),
    "arctan": (np.arctan, sympy.atan, 0.4),
    "arcsinh": (np.arcsinh, sympy.asinh, 0.4),
    "arctanh": (np.arctanh, sympy.atanh, 0.4),
    "sqrt": (np.sqrt, sympy.sqrt, 2.0),
    "cbrt": (np.cbrt, sympy.cbrt, 2.0),
    "square": (np.square, lambda x: x**2, 2.0),
    "reciprocal": (np.reciprocal, lambda x: 1 / x, 2.0),
    "expm1": (np.expm1, lambda x: sympy.exp(x) - 1, 0.3),
    "log1p": (np.log1p, lambda x: sympy.log(1 + x), 0.3),
    "x^2.5": (lambda x: x**2.5, lambda x: x ** sympy.Rational(5, 2), 1.3),
    "x^3 at 0": (lambda x: x**3, lambda x: x**3, 0.0),
    "x^-2": (lambda x: x**-2, lambda x: x**-2, 1.2),
    "2^x": (lambda x: 2.0**x, lambda x: 2**x, 0.3),
    "x^x": (lambda x: x**x, lambda x: x**x, 0.7),
    "sigmoid": (lambda x: 1 / (1 + np.exp(-x)), lambda x: 1 / (1 + sympy.exp(-x)), 0.0),
    "softplus": (lambda x: np.logaddexp(0, x), lambda x: sympy.log(1 + sympy.exp(x)), 0.0),
    "erf": (sp.erf, sympy.erf, 0.3),
    "gelu": (lambda x: x * sp.ndtr(x), lambda x: x * (1 + sympy.erf(x / sympy.sqrt(2))) / 2, 0.0),
    "hypot": (lambda x: np.hypot(x, 2.0), lambda x: sympy.sqrt(x**2 + 4), 0.3),
    "product": (
        lambda x: np.stack([x, x * x]) @ np.stack([np.sin(x), x]),
        lambda x: x * sympy.sin(x) + x**3,
        0.3,
    ),
    "composed": (
        lambda x: np.exp(np.sin(x)) / (1 + x**2),
        lambda x: sympy.exp(sympy.sin(x)) / (1 + x**2),
        0.3,
    ),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_coefficients_to_rounding(name):
    f, symbolic, a = FUNCTIONS[name]
    n = 10
    found = taylor(f, a, n)
    with mpmath.workdps(40):
        precise = sympy.lambdify(x, symbolic(x), "mpmath")
        expected = [float(c) for c in mpmath.taylor(precise, mpmath.mpf(a), n)]
    assert found.shape == (n + 1,)
    np.testing.assert_allclose(found, expected, rtol=2e-13, atol=1e-15)


@pytest.mark.parametrize(
    ("f", "symbolic"),
    [
        (np.exp, sympy.exp(x)),
        (np.sin, sympy.sin(x)),
        (lambda x: np.log1p(x), sympy.log(1 + x)),
        (np.tanh, sympy.tanh(x)),
        (lambda x: np.sqrt(1 + x), sympy.sqrt(1 + x)),
        (lambda x: 1 / (1 + np.exp(-x)), 1 / (1 + sympy.exp(-x))),
    ],
)
def test_coefficients_are_those_of_sympy(f, symbolic):
    n = 15
    exact = sympy.series(symbolic, x, 0, n + 1).removeO()
    expected = [float(exact.coeff(x, k)) for k in range(n + 1)]
    np.testing.assert_allclose(taylor(f, 0.0, n), expected, rtol=1e-14, atol=1e-17)


def test_sinc_about_zero_and_elsewhere():
    expected = [
        (-1) ** (k // 2) * np.pi**k / float(mpmath.factorial(k + 1)) * (k % 2 == 0)
        for k in range(15)
    ]
    np.testing.assert_allclose(taylor(np.sinc, 0.0, 14), expected, rtol=1e-12, atol=1e-15)
    with mpmath.workdps(40):
        precise = mpmath.taylor(lambda t: mpmath.sincpi(t), 0.3, 12)
    np.testing.assert_allclose(taylor(np.sinc, 0.3, 12), [float(c) for c in precise], rtol=1e-10)


def test_a_polynomial_is_its_own_taylor_polynomial():
    p = np.array([2.0, -1.0, 0.0, 5.0])
    f = lambda x: p[0] + x * (p[1] + x * (p[2] + x * p[3]))  # noqa: E731
    np.testing.assert_array_equal(taylor(f, 0.0, 5), [2, -1, 0, 5, 0, 0])
    np.testing.assert_allclose(taylor(lambda x: np.polyval(p[::-1], x), 1.0, 3), [6, 14, 15, 5])


def test_values_that_are_arrays():
    found = taylor(lambda x: np.stack([np.exp(x), x * 0 + 1.0, x]), 0.0, 2)
    np.testing.assert_array_equal(found, [[1, 1, 0], [1, 0, 1], [0.5, 0, 0]])
    np.testing.assert_array_equal(taylor(lambda x: np.ones(2), 0.0, 1), [[1, 1], [0, 0]])
    np.testing.assert_array_equal(taylor(np.sin, 0.0, 0), [0.0])


def test_branches_and_indices():
    f = lambda x: np.where(x > 0, x**2, -x) + np.abs(x) * max(x, 1.0)  # noqa: E731
    np.testing.assert_allclose(taylor(f, 0.5, 3), [0.75, 2.0, 1.0, 0.0])
    np.testing.assert_allclose(taylor(f, 2.0, 3), [8.0, 8.0, 2.0, 0.0])


def test_matrix_functions():
    """(I - xA)⁻¹ = Σ xᵏAᵏ."""
    A = np.array([[0.0, 1.0], [1.0, 1.0]])
    found = taylor(lambda x: np.linalg.inv(np.eye(2) - x * A), 0.0, 5)
    for k in range(6):
        np.testing.assert_allclose(found[k], np.linalg.matrix_power(A, k), atol=1e-14)


@pytest.mark.parametrize(
    ("f", "a"),
    [(np.sqrt, 0.0), (lambda x: 1 / x, 0.0), (np.log, 0.0), (lambda x: x**1.5, 0.0)],
)
def test_singularities_are_reported(f, a):
    with pytest.raises(ValueError, match=r"f has no Taylor polynomial of order 3 at a=0.0"):
        taylor(f, a, 3)


@pytest.mark.parametrize("f", [np.abs, lambda x: np.maximum(x, 0)])
def test_kinks_are_reported(f):
    with pytest.raises(ValueError, match="has a kink at 0"):
        taylor(f, 0.0, 2)


def test_the_error_never_exceeds_the_bound_and_comes_near_it():
    points = np.linspace(-1, 2, 31)
    for n in range(6):
        c = taylor(np.exp, 0.5, n)
        error = np.abs(np.exp(points) - np.polyval(c[::-1], points - 0.5))
        bound = taylor_remainder_bound(np.exp(np.maximum(points, 0.5)).max(), 0.5, points, n)
        assert np.all(error <= bound + 1e-15)
        sharp = taylor_remainder_bound(np.exp(2.0), 0.5, 2.0, n)
        assert error[-1] > sharp / 5
    assert taylor_remainder_bound(6.0, 1.0, 3.0, 2) == 8.0


def test_arguments_are_checked():
    with pytest.raises(ValueError, match="order must be an integer >= 0, got -1"):
        taylor(np.sin, 0.0, -1)
    with pytest.raises(TypeError, match=r"a must be a number; got an array of shape \(2,\)"):
        taylor(np.sin, np.zeros(2), 2)
    with pytest.raises(ValueError, match="order must be an integer >= 0, got -2"):
        taylor_remainder_bound(1.0, 0.0, 1.0, -2)
    for M in (-1.0, float("nan")):
        with pytest.raises(ValueError, match=r"M must bound \|f\^\(3\)\|, so it is at least 0"):
            taylor_remainder_bound(M, 0.0, 1.0, 2)
    with pytest.raises(TypeError, match=r"build arrays with np.stack"):
        taylor(lambda x: np.array([x, x]), 0.0, 2)


def test_sinc_far_out_to_a_high_order():
    """Fifty half waves under the 40th power: few nodes would not do."""
    with mpmath.workdps(60):
        exact = mpmath.taylor(mpmath.sincpi, 50.5, 40)
    found = taylor(np.sinc, 50.5, 40)
    scale = [float(mpmath.pi**k / mpmath.factorial(k)) for k in range(41)]  # of the derivatives
    np.testing.assert_allclose(
        found / scale, [float(c) for c in exact] / np.array(scale), atol=1e-13
    )
