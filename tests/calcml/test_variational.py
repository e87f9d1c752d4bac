"""Laplace and mean-field approximations: exact for Gaussians, bounds elsewhere, honest refusals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, optimize, stats

from calcml.diff import grad
from calcml.variational import (
    balanced_noise,
    elbo,
    fit_mean_field,
    laplace_approximation,
)


def gaussian(d, seed):
    """Return log p (with a known constant), mean, covariance and log evidence."""
    rng = np.random.default_rng(seed)
    B = rng.normal(size=(d, d))
    precision, mean = B @ B.T + 0.5 * np.eye(d), 3 * rng.normal(size=d)
    cov = np.linalg.inv(precision)
    log_z = 1.7 + 0.5 * np.linalg.slogdet(2 * np.pi * cov)[1]
    return lambda x: 1.7 - 0.5 * (x - mean) @ precision @ (x - mean), mean, cov, log_z


# -- Laplace ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("d", [1, 2, 6])
def test_laplace_is_exact_for_a_gaussian(d):
    log_p, mean, cov, log_z = gaussian(d, d)
    got_mean, got_cov, got_log_z = laplace_approximation(log_p, np.full(d, 10.0))
    np.testing.assert_allclose(got_mean, mean, atol=1e-10)
    np.testing.assert_allclose(got_cov, cov, rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(got_cov, got_cov.T)
    assert got_log_z == pytest.approx(log_z, abs=1e-10)


def test_linear_gaussian_evidence_three_ways():
    """Closed form, quadrature and Laplace agree on y = w x + noise with a normal prior on w."""
    rng = np.random.default_rng(0)
    x, noise, prior = rng.normal(size=8), 0.5, 2.0
    y = 1.3 * x + noise * rng.normal(size=8)
    closed = stats.multivariate_normal.logpdf(
        y, cov=noise**2 * np.eye(8) + prior**2 * np.outer(x, x)
    )

    def log_joint(w):
        residual = y - w * x
        return (
            -0.5 * np.sum(residual**2) / noise**2
            - 0.5 * np.sum(w**2) / prior**2
            - 4 * math.log(2 * math.pi * noise**2)
            - 0.5 * math.log(2 * math.pi * prior**2)
        )

    quadrature = integrate.quad(lambda w: math.exp(log_joint(w)), -10, 10, epsabs=0, points=[1.3])
    assert math.log(quadrature[0]) == pytest.approx(closed, abs=1e-8)
    assert laplace_approximation(log_joint, [0.0])[2] == pytest.approx(closed, abs=1e-10)


def logistic_posterior():
    rng = np.random.default_rng(1)
    X = np.column_stack([np.ones(60), rng.normal(size=(60, 2))])
    y = (rng.random(60) < 1 / (1 + np.exp(-X @ [0.5, 2.0, -1.0]))).astype(float)

    def log_p(w):
        z = X @ w
        return y @ z - np.sum(np.logaddexp(0, z)) - 0.5 * np.sum(w**2) / 4

    return log_p, X, y


@pytest.mark.parametrize("start", [np.zeros(3), np.array([8.0, -9.0, 7.0])])
def test_laplace_of_a_logistic_posterior_matches_an_independent_optimizer(start):
    log_p, X, _ = logistic_posterior()
    mean, cov, log_z = laplace_approximation(log_p, start)
    reference = optimize.minimize(lambda w: -log_p(w), np.zeros(3), method="BFGS", tol=1e-9)
    np.testing.assert_allclose(mean, reference.x, atol=1e-5)
    p = 1 / (1 + np.exp(-X @ mean))
    precision = X.T @ ((p * (1 - p))[:, None] * X) + np.eye(3) / 4
    np.testing.assert_allclose(cov @ precision, np.eye(3), atol=1e-9)
    exact = log_p(mean) + 1.5 * math.log(2 * math.pi) - 0.5 * np.linalg.slogdet(precision)[1]
    assert log_z == pytest.approx(exact, abs=1e-9)
    np.testing.assert_allclose(grad(log_p)(mean), 0, atol=1e-8)


def test_laplace_climbs_out_of_a_region_that_curves_the_wrong_way():
    """Far out a Student density is convex: a plain Newton step would leave for infinity."""
    log_p = lambda x: -2 * np.sum(np.log(1 + (x - 1) ** 2 / 3))  # noqa: E731
    mean, cov, _ = laplace_approximation(log_p, np.array([10.0, -8.0]))
    np.testing.assert_allclose(mean, 1, atol=1e-10)
    np.testing.assert_allclose(cov, 0.75 * np.eye(2), atol=1e-9)


def test_laplace_finds_a_mode_of_two():
    log_p = lambda x: np.logaddexp(-0.5 * np.sum((x - 3) ** 2), -0.5 * np.sum((x + 3) ** 2))  # noqa: E731
    for start, mode in ((0.5, 3.0), (-0.5, -3.0)):
        mean, cov, _ = laplace_approximation(log_p, [start])
        assert mean[0] == pytest.approx(mode, abs=1e-3)
        assert cov[0, 0] == pytest.approx(1.0, abs=1e-3)


def test_laplace_says_that_there_is_no_mode():
    for log_p in (
        lambda x: x[0],  # no maximum
        lambda x: np.sum(x**2),  # a minimum
        lambda x: -np.sum(x**4),  # flat at its mode: no finite covariance
    ):
        with pytest.raises(ArithmeticError, match="no mode found within"):
            laplace_approximation(log_p, [0.7], maxiter=60)
    with pytest.raises(ArithmeticError, match=r"no step increases log_p|no mode found"):
        laplace_approximation(lambda x: -np.sum(np.abs(x - 0.3)) - 1e-9 * np.sum(x**2), [0.7])


def test_laplace_refuses_bad_starts():
    with pytest.raises(ValueError, match=r"x0 must be a finite vector of shape \(d,\)"):
        laplace_approximation(lambda x: -np.sum(x**2), 1.0)
    with pytest.raises(ValueError, match="x0 must be a finite vector"):
        laplace_approximation(lambda x: -np.sum(x**2), [np.inf])
    with pytest.raises(ValueError, match=r"log_p\(x0\) is -inf; start where"):
        laplace_approximation(lambda x: -np.inf, [0.0])


# -- the bound -------------------------------------------------------------------------------------


def test_balanced_noise_has_exact_moments():
    e = balanced_noise(np.random.default_rng(0), 12, 4)
    assert e.shape == (12, 4)
    np.testing.assert_allclose(e.mean(axis=0), 0, atol=1e-15)
    np.testing.assert_allclose(e.T @ e / 12, np.eye(4), atol=1e-14)
    for m in (7, 6):
        with pytest.raises(ValueError, match="m must be even and at least 2 d = 8"):
            balanced_noise(np.random.default_rng(0), m, 4)


def test_elbo_of_a_gaussian_is_log_evidence_minus_the_divergence():
    log_p, mean, cov, log_z = gaussian(3, 5)
    mu, log_std = np.array([0.3, -0.5, 1.0]), np.array([-0.2, 0.4, -1.0])
    noise = balanced_noise(np.random.default_rng(0), 10, 3)
    precision, var, d = np.linalg.inv(cov), np.exp(2 * log_std), mu - mean
    divergence = 0.5 * (
        np.sum(np.diag(precision) * var)
        + d @ precision @ d
        - 3
        + np.linalg.slogdet(cov)[1]
        - 2 * np.sum(log_std)
    )
    assert elbo(log_p, mu, log_std, noise) == pytest.approx(log_z - divergence, abs=1e-11)


def test_elbo_averages_over_the_given_draws():
    draws = np.array([[1.0, 0.0], [2.0, -1.0]])
    value = elbo(lambda x: x[0] + 10 * x[1], np.array([0.5, 0.0]), np.log([2.0, 3.0]), draws)
    points = np.array([[2.5, 0.0], [4.5, -3.0]])
    entropy = math.log(6) + 1 + math.log(2 * math.pi)
    assert value == pytest.approx(np.mean(points @ [1.0, 10.0]) + entropy)


def test_elbo_is_tight_exactly_at_the_posterior():
    log_p = lambda x: -0.5 * np.sum((x - 2) ** 2) / 9 + 0.3  # noqa: E731
    noise = balanced_noise(np.random.default_rng(0), 4, 1)
    log_z = 0.3 + 0.5 * math.log(2 * math.pi * 9)
    at_posterior = elbo(log_p, np.array([2.0]), np.array([math.log(3)]), noise)
    assert at_posterior == pytest.approx(log_z, abs=1e-13)
    for mu, s in ((2.5, 3.0), (2.0, 2.5), (2.0, 3.5)):
        assert elbo(log_p, np.array([mu]), np.array([math.log(s)]), noise) < log_z - 1e-3


def test_elbo_refuses_shapes_that_do_not_match():
    with pytest.raises(ValueError, match=r"shape \(d,\) and noise \(m, d\)"):
        elbo(lambda x: 0.0, np.zeros(2), np.zeros(2), np.zeros((4, 3)))
    with pytest.raises(ValueError, match=r"shape \(d,\) and noise \(m, d\)"):
        elbo(lambda x: 0.0, np.zeros(2), np.zeros(1), np.zeros((4, 2)))


# -- mean field ------------------------------------------------------------------------------------


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9, -0.99])
def test_mean_field_variance_is_one_minus_rho_squared(rho):
    precision = np.linalg.inv(np.array([[1.0, rho], [rho, 1.0]]))
    center = np.array([1.0, -2.0])
    mean, log_std, trace = fit_mean_field(
        lambda x: -0.5 * (x - center) @ precision @ (x - center), 2, rng=np.random.default_rng(0)
    )
    np.testing.assert_allclose(mean, center, atol=1e-7)
    np.testing.assert_allclose(np.exp(2 * log_std), 1 - rho**2, rtol=1e-7)
    log_z = math.log(2 * math.pi) + 0.5 * math.log(1 - rho**2)
    gap = -0.5 * math.log(1 - rho**2)  # KL(q || p) at the optimum
    assert trace[-1] == pytest.approx(log_z - gap, abs=1e-9)


def test_mean_field_of_a_gaussian_in_many_dimensions():
    log_p, mean, cov, _ = gaussian(12, 7)
    got, log_std, trace = fit_mean_field(log_p, 12, rng=np.random.default_rng(1))
    np.testing.assert_allclose(got, mean, atol=1e-5)
    np.testing.assert_allclose(np.exp(-2 * log_std), np.diag(np.linalg.inv(cov)), rtol=1e-5)
    assert np.all(np.diff(trace) >= -1e-9)
    assert trace[-1] - trace[0] > 1


def test_mean_field_of_a_factorized_density_against_quadrature():
    """A skewed density per coordinate: the best Gaussian by brute force on the exact ELBO."""
    log_p = lambda x: np.sum(2 * x - np.exp(x))  # noqa: E731  log of a Gamma(2) variable

    def exact(theta):
        m, s = theta[0], math.exp(theta[1])
        return -(2 * m - math.exp(m + s**2 / 2) + math.log(s))

    best = optimize.minimize(exact, [0.0, 0.0], tol=1e-10).x
    mean, log_std, trace = fit_mean_field(log_p, 2, rng=np.random.default_rng(2), n_samples=1000)
    np.testing.assert_allclose(mean, best[0], atol=0.03)
    np.testing.assert_allclose(log_std, best[1], atol=0.03)
    bound = -2 * exact(best) + 1 + math.log(2 * math.pi)
    assert trace[-1] == pytest.approx(bound, abs=0.02)
    assert trace[-1] < 0.02  # log evidence of Gamma(2) is 0


def test_mean_field_starts_where_it_is_told():
    two = lambda x: np.logaddexp(-2 * np.sum((x - 4) ** 2), -2 * np.sum((x + 4) ** 2))  # noqa: E731
    for mode in (4.0, -4.0):
        mean, log_std, _ = fit_mean_field(two, 1, rng=np.random.default_rng(3), x0=[mode])
        assert mean[0] == pytest.approx(mode, abs=1e-3)  # KL(q||p) settles on one mode
        assert np.exp(2 * log_std[0]) == pytest.approx(0.25, abs=1e-3)


def test_mean_field_refuses_bad_input():
    rng = np.random.default_rng(0)
    flat = lambda x: -0.5 * np.sum(x**2)  # noqa: E731
    with pytest.raises(ValueError, match="dim must be an integer >= 1, got 0"):
        fit_mean_field(flat, 0, rng=rng)
    with pytest.raises(ValueError, match=r"x0 must have shape \(2,\), got \(3,\)"):
        fit_mean_field(flat, 2, rng=rng, x0=np.zeros(3))
    with pytest.raises(ValueError, match="m must be even"):
        fit_mean_field(flat, 2, rng=rng, n_samples=5)
    with pytest.raises(ValueError, match=r"the ELBO is -inf .* transform bounded parameters"):
        fit_mean_field(lambda x: np.sum(np.where(x > 0, -x, -np.inf)), 1, rng=rng)
    with pytest.raises(ArithmeticError, match="the ELBO has no maximum"):
        fit_mean_field(lambda x: np.sum(x), 1, rng=rng)
