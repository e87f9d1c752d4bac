"""Taylor arithmetic against exact and high-precision coefficients."""

import mpmath
import numpy as np
import pytest
import scipy.special as sp
import sympy

from calcml.diff import grad, jvp
from calcml.diff.rules import registry
from calcml.diff.rules.constant import CONSTANT
from calcml.diff.series import taylor, taylor_remainder_bound

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


SPECIAL = {
    "log2": (np.log2, lambda x: mpmath.log(x, 2), 1.3),
    "log10": (np.log10, lambda x: mpmath.log(x, 10), 1.3),
    "exp2": (np.exp2, lambda x: mpmath.mpf(2) ** x, 0.3),
    "arccosh": (np.arccosh, mpmath.acosh, 1.7),
    "logaddexp2": (lambda x: np.logaddexp2(x, 1), lambda x: mpmath.log(2**x + 2, 2), 0.3),
    "arctan2": (lambda x: np.arctan2(x, 0.5), lambda x: mpmath.atan(2 * x), 0.3),
    "erfc": (sp.erfc, mpmath.erfc, 0.3),
    "erfcx": (sp.erfcx, lambda x: mpmath.exp(x * x) * mpmath.erfc(x), 0.3),
    "expit": (sp.expit, lambda x: 1 / (1 + mpmath.exp(-x)), 0.3),
    "log_expit": (sp.log_expit, lambda x: -mpmath.log1p(mpmath.exp(-x)), 0.3),
    "log_ndtr": (sp.log_ndtr, lambda x: mpmath.log(mpmath.ncdf(x)), 0.3),
    "ndtri": (sp.ndtri, lambda p: mpmath.sqrt(2) * mpmath.erfinv(2 * p - 1), 0.3),
    "erfinv": (sp.erfinv, mpmath.erfinv, 0.3),
    "logit": (sp.logit, lambda x: mpmath.log(x / (1 - x)), 0.3),
    "gamma": (sp.gamma, mpmath.gamma, 1.4),
    "gammaln": (sp.gammaln, mpmath.loggamma, 1.4),
    "psi": (sp.psi, lambda x: mpmath.psi(0, x), 1.4),
    "polygamma": (
        lambda x: registry.RULES[sp.polygamma](2, x),
        lambda x: mpmath.polygamma(2, x),
        1.4,
    ),
    "entr": (sp.entr, lambda x: -x * mpmath.log(x), 0.6),
    "rel_entr": (lambda x: sp.rel_entr(x, 2 + x), lambda x: x * mpmath.log(x / (2 + x)), 0.6),
    "xlogy": (lambda x: sp.xlogy(x, x + 1), lambda x: x * mpmath.log(x + 1), 0.6),
    "xlog1py": (lambda x: sp.xlog1py(x, x), lambda x: x * mpmath.log1p(x), 0.6),
    "beta": (lambda x: sp.beta(x, x + 1), lambda x: mpmath.beta(x, x + 1), 0.8),
    "betaln": (lambda x: sp.betaln(x, 1.5), lambda x: mpmath.log(mpmath.beta(x, 1.5)), 0.8),
    "j0": (sp.j0, lambda x: mpmath.besselj(0, x), 1.3),
    "j1": (sp.j1, lambda x: mpmath.besselj(1, x), 1.3),
    "jv": (lambda x: sp.jv(2.5, x), lambda x: mpmath.besselj(2.5, x), 1.3),
    "i0": (sp.i0, lambda x: mpmath.besseli(0, x), 1.3),
    "i1": (sp.i1, lambda x: mpmath.besseli(1, x), 1.3),
    "iv": (lambda x: sp.iv(1.5, x), lambda x: mpmath.besseli(1.5, x), 1.3),
}


@pytest.mark.parametrize("name", SPECIAL)
def test_coefficients_of_special_functions_to_rounding(name):
    f, precise, a = SPECIAL[name]
    with mpmath.workdps(50):
        expected = [float(c) for c in mpmath.taylor(precise, mpmath.mpf(a), 6)]
    np.testing.assert_allclose(taylor(f, a, 6), expected, rtol=1e-12)


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
    with pytest.raises(ValueError, match="has a kink or a jump"):
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


SWAP = np.array([[0.0, 1.0], [1.0, 0.0]])


def test_the_series_of_an_eigenvalue_knows_that_its_vector_turns():
    """The eigenvalues of diag(1, 2) + t SWAP are (3 ∓ √(1 + 4t²)) / 2."""
    root = [1, 0, 2, 0, -2, 0, 4]
    for values in (np.linalg.eigvalsh, lambda A: np.linalg.eigh(A)[0]):
        found = taylor(lambda t, values=values: values(np.diag([1.0, 2.0]) + t * SWAP), 0.0, 6)
        np.testing.assert_allclose(found[:, 1], [(3 + 1) / 2, *np.array(root[1:]) / 2], atol=1e-14)
        np.testing.assert_allclose(np.sum(found, axis=1), [3, 0, 0, 0, 0, 0, 0], atol=1e-14)


def test_factors_multiply_to_the_matrix_as_series():
    rng = np.random.default_rng(0)
    A, B = rng.normal(size=(2, 4, 3))
    exact = [A, B, 0 * A, 0 * A]

    def by_svd(t):
        u, s, vh = np.linalg.svd(A + t * B, full_matrices=False)
        return (u * s) @ vh

    def by_qr(t):
        q, r = np.linalg.qr(A + t * B)
        return q @ r

    for product in (by_svd, by_qr):
        np.testing.assert_allclose(taylor(product, 0.0, 3), exact, atol=1e-12)


def test_series_go_through_differentiation():
    """The derivative of a coefficient: d/dw of ½ d²/dt² of the larger eigenvalue is -1/w²."""

    def curvature(w):
        A = lambda t: np.stack([0 * w, t, t, w + 0 * t]).reshape(2, 2)  # noqa: E731
        return taylor(lambda t: np.linalg.eigh(A(t))[0][1], 0.0, 2)[2]

    assert curvature(0.5) == pytest.approx(2.0)
    assert grad(curvature)(0.5) == pytest.approx(-4.0)
    assert jvp(curvature, (0.5,), (1.0,))[1] == pytest.approx(-4.0)


C = np.array([1.0, 2.0, 2.0])
KINKS = {
    "abs": np.abs,
    "relu": lambda t: np.maximum(t, 0),
    "maximum": lambda t: np.maximum(t, 2 * t),
    "fmax": lambda t: np.fmax(t, 0 * t),
    "max": lambda t: np.max(np.stack([t, -t])),
    "min": lambda t: np.min(np.stack([t, 1 + t, -t, 2 + t]).reshape(2, 2), axis=0),
    "ptp": lambda t: np.ptp(np.stack([t, -t])),
    "maximum.accumulate": lambda t: np.maximum.accumulate(np.stack([t, -t])),
    "clip": lambda t: np.clip(t, 0.0, 1.0),
    "clip from above": lambda t: t.clip(max=0.0),
    "copysign": lambda t: np.copysign(t, 1.0),
    "hypot": lambda t: np.hypot(t, 0.0),
    "norm": lambda t: np.linalg.norm(t * C),
    "largest entry": lambda t: np.linalg.norm(np.stack([1 + t, 1 - t]), np.inf),
    "entries that are not 0": lambda t: np.linalg.norm(np.stack([t, 1 + t]), 0),
    "nuclear norm": lambda t: np.linalg.norm(t * np.eye(2), "nuc"),
    "std": lambda t: np.std(t * C),
    "sort": lambda t: np.sort(np.stack([t, -t])),
    "median": lambda t: np.median(np.stack([t, -t, 0 * t])),
    "partition": lambda t: np.partition(np.stack([t, -t, 0 * t]), 1)[1],
    "unique": lambda t: np.unique(np.stack([t, -t])),
    "interp": lambda t: np.interp(t + 1, [0.0, 1.0, 2.0], [0.0, 1.0, 0.0]),
    "sign": np.sign,
    "heaviside": lambda t: np.heaviside(t, 0.5),
    "floor": np.floor,
    "//": lambda t: t // 1.0,
    "trunc": lambda t: np.trunc(1 + t),
    "round": lambda t: np.round(t + 0.5),
    "round to tenths": lambda t: np.round(t + 0.25, 1),
    "%": lambda t: t % 1.0,
    "fmod": lambda t: np.fmod(t + 2, 1.0),
    "divmod": lambda t: np.divmod(t, 1.0)[1],
    "modf": lambda t: np.modf(t + 1)[0],
    "frexp": lambda t: np.frexp(t + 1)[0],
    "unwrap": lambda t: np.unwrap(np.stack([0 * t, np.pi + t])),
    "arctan2": lambda t: np.arctan2(t, -1.0),
    "xlogy": lambda t: sp.xlogy(t, t),
    "pinv": lambda t: np.linalg.pinv(np.diag(np.stack([t, 1.0]))),
    "eigenvalues that part": lambda t: np.linalg.eigvalsh(np.eye(2) + t * SWAP),
    "and do so later": lambda t: np.linalg.eigh(np.eye(2) + t * t * SWAP)[0],
    "and cross": lambda t: np.linalg.eigvalsh(np.eye(2) + t * np.diag([1.0, 2.0])),
    "singular values that part": lambda t: np.linalg.svdvals(np.eye(2) + t * SWAP),
    "a singular value at 0": lambda t: np.linalg.svdvals(np.diag(np.stack([1 + t, t]))),
}


@pytest.mark.parametrize("name", KINKS)
def test_no_polynomial_crosses_a_kink_or_jump(name):
    with pytest.raises(ValueError, match="f has no Taylor polynomial"):
        taylor(KINKS[name], 0.0, 2)


SMOOTH = {
    "away from the kink": (lambda t: np.abs(t + 1) + np.round(t + 0.2), [1.0, 1, 0]),
    "at rest on it": (lambda t: np.abs(np.stack([0 * t, 1 + t])), [[0.0, 1], [0, 1], [0, 0]]),
    "a norm at rest": (lambda t: np.linalg.norm(0 * t * C), [0.0, 0, 0]),
    "ties that move together": (lambda t: np.max(np.stack([t, t])), [0.0, 1, 0]),
    "equal arguments": (lambda t: np.minimum(t, t), [0.0, 1, 0]),
    "a median of equals": (lambda t: np.median(C * np.exp(t)), [2.0, 2, 1]),
    "a step between": (lambda t: np.floor(t + 0.5) + np.sign(t + 1), [1.0, 0, 0]),
    "equal eigenvalues": (lambda t: np.linalg.eigvalsh(np.eye(2) * np.exp(t))[0], [1.0, 1, 0.5]),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_smooth_functions_of_kinked_ones_have_theirs(name):
    f, expected = SMOOTH[name]
    np.testing.assert_allclose(taylor(f, 0.0, 2), expected, rtol=1e-14)


def test_every_step_function_says_where_it_jumps():
    steps = {np.sign, np.floor, np.ceil, np.trunc, np.rint, np.round, np.around, np.fix}
    assert steps | {np.heaviside, np.floor_divide, np.angle} <= registry.KINKS.keys() & CONSTANT
