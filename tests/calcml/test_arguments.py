"""Numbers and points come as lists, integers, NumPy scalars, single precision; or are refused."""

import numpy as np
import pytest

from calcml import optimize
from calcml.constrained import augmented_lagrangian, newton_kkt
from calcml.diff.series import taylor
from calcml.optimize.line_search import backtracking, strong_wolfe
from calcml.quadrature import adaptive_simpson, gauss_legendre
from calcml.variational import elbo, fit_mean_field, laplace_approximation

SMOOTH = ("gradient_descent", "heavy_ball", "nesterov", "newton", "bfgs", "lbfgs", "newton_cg")
LEAST_SQUARES = ("gauss_newton", "levenberg_marquardt")
POINTS = [
    [3, 4],
    (3.0, 4.0),
    np.array([3, 4]),
    np.array([3, 4], np.uint8),
    np.array([3, 4], np.float16),
    np.array([3, 4], np.float32),
    np.array([3, 4], np.longdouble),
    np.array([[3, 4], [5, 6]]).T,
    3,
    np.float32(3),
    np.int64(3),
    np.array(3.0),
]
NOT_NUMBERS = [np.array([1e-3]), [1e-3], "1e-3", None, 1e-3j]


def bowl(x):
    return np.sum((x - 1) ** 2) + np.sum(x) ** 4 / 10


def residual(x):
    return np.concatenate([np.ravel(x - 1), np.ravel(x * x) / 10])


@pytest.mark.parametrize("name", SMOOTH + LEAST_SQUARES)
@pytest.mark.parametrize("x0", POINTS, ids=repr)
def test_every_form_of_starting_point(name, x0):
    f = residual if name in LEAST_SQUARES else bowl
    result = getattr(optimize, name)(f, x0, gtol=np.float32(1e-4), maxiter=np.int64(5000))
    assert result.success
    assert result.x.shape == result.grad.shape == np.shape(x0)
    assert result.path.shape == (result.nit + 1, *np.shape(x0))
    assert result.x.dtype == result.grad.dtype == result.path.dtype == np.float64
    assert [type(v) for v in (result.success, result.nit, result.nfev)] == [bool, int, int]
    assert type(result.fun) is float


@pytest.mark.parametrize("x0", POINTS, ids=repr)
def test_every_form_of_starting_point_under_constraints(x0):
    line = lambda x: np.sum(x) - 1  # noqa: E731
    for result in (
        newton_kkt(bowl, x0, line, tol=np.float32(1e-7), maxiter=np.int32(50)),
        augmented_lagrangian(
            bowl, x0, equality=line, inequality=lambda x: np.ravel(-x), penalty=np.int64(2)
        ),
    ):
        assert result.success
        np.testing.assert_allclose(result.x, 1 / max(np.size(x0), 1), atol=1e-6)


@pytest.mark.parametrize("value", NOT_NUMBERS, ids=repr)
def test_what_is_no_number_is_refused_by_name(value):
    x0 = np.array([3.0, 4.0])
    for name in SMOOTH + LEAST_SQUARES:
        f = residual if name in LEAST_SQUARES else bowl
        with pytest.raises(TypeError, match="gtol must be a real number, got"):
            getattr(optimize, name)(f, x0, gtol=value)
        with pytest.raises(TypeError, match="maxiter must be a real number, got"):
            getattr(optimize, name)(f, x0, maxiter=value)
    with pytest.raises(TypeError, match="tol must be a real number, got"):
        newton_kkt(bowl, x0, np.sum, tol=value)
    with pytest.raises(TypeError, match="tol must be a real number, got"):
        augmented_lagrangian(bowl, x0, tol=value)
    for search in (backtracking, strong_wolfe):
        with pytest.raises(TypeError, match="step must be a real number, got"):
            search(bowl, x0, -x0, step=value)
    with pytest.raises(TypeError, match="a must be a real number, got"):
        gauss_legendre(np.cos, value, 1.0, 3)
    with pytest.raises(TypeError, match="atol must be a real number, got"):
        adaptive_simpson(np.cos, 0.0, 1.0, atol=value)
    with pytest.raises(ValueError, match="order must be an integer >= 0, got"):
        taylor(np.sin, 0.0, value)
    with pytest.raises(TypeError, match="gtol must be a real number, got"):
        laplace_approximation(lambda x: -bowl(x), x0, gtol=value)


@pytest.mark.parametrize("form", [int, float, np.int32, np.float32, np.array])
def test_limits_and_points_of_expansion_in_every_form(form):
    assert gauss_legendre(np.exp, form(0), form(1), np.int64(9)) == pytest.approx(np.e - 1)
    assert adaptive_simpson(np.exp, form(0), form(1))[0] == pytest.approx(np.e - 1)
    assert taylor(np.exp, form(0), np.int8(3)) == pytest.approx([1, 1, 1 / 2, 1 / 6], rel=1e-6)


def test_a_constant_has_a_taylor_polynomial_of_floats():
    coefficients = taylor(lambda x: 3, 0.0, 2)
    np.testing.assert_array_equal(coefficients, [3, 0, 0])
    assert coefficients.dtype == np.float64


@pytest.mark.parametrize("x0", [[0, 1], (0.0, 1.0), np.array([0, 1]), np.array([0, 1], "f")])
def test_densities_from_every_form_of_start(x0):
    log_p = lambda x: -np.sum(x**2) / 2 - np.sum(x)  # noqa: E731
    mean, cov, _ = laplace_approximation(log_p, x0)
    np.testing.assert_allclose(mean, [-1, -1], atol=1e-12)
    np.testing.assert_allclose(cov, np.eye(2), atol=1e-12)
    fitted = fit_mean_field(log_p, np.int64(2), rng=np.random.default_rng(0), x0=x0)
    np.testing.assert_allclose(fitted[0], [-1, -1], atol=1e-5)


def test_densities_must_return_one_number():
    rng = np.random.default_rng(0)
    message = r"log_p must return one number, got shape \(2,\); sum it up"
    with pytest.raises(ValueError, match=message):
        laplace_approximation(lambda x: -(x**2), [0.0, 1.0])
    with pytest.raises(ValueError, match=message):
        fit_mean_field(lambda x: -(x**2), 2, rng=rng)
    with pytest.raises(ValueError, match=message):
        elbo(lambda x: -(x**2), np.zeros(2), np.zeros(2), np.ones((2, 2)))
    with pytest.raises(ValueError, match=r"finite vector of shape \(d,\), d >= 1"):
        laplace_approximation(np.sum, [])
    with pytest.raises(ValueError, match=r"dim must be an integer >= 1, got 2\.0"):
        fit_mean_field(np.sum, 2.0, rng=rng)
    with pytest.raises(ValueError, match=r"m must be an integer >= 2, got 8\.0"):
        fit_mean_field(np.sum, 2, rng=rng, n_samples=8.0)
    with pytest.raises(TypeError, match="rng must be a"):
        fit_mean_field(np.sum, 2, rng=0)


def test_searches_need_a_scalar_function():
    for search in (backtracking, strong_wolfe):
        with pytest.raises(TypeError, match=r"f must return a scalar, got .* shape \(1,\)"):
            search(lambda x: (x - 1) ** 2, [3.0], [-1.0], grad=lambda x: 2 * (x - 1))
    found = strong_wolfe(bowl, [3, 4], [-1, -1], step=np.float32(1), maxiter=np.int64(20))
    assert found.success
    assert type(found.step) is float
