"""The log joint density of logistic regression against SciPy, its slopes, and what it refuses."""

import numpy as np
import pytest
from scipy import integrate, stats

from calcml.bayes import logistic_log_joint
from calcml.diff import check_grads, hessian

RNG = np.random.default_rng(0)
X = np.column_stack([np.ones(7), RNG.normal(size=7)])
Y = np.array([1.0, 0, 0, 1, 1, 0, 1])


def test_it_is_likelihood_times_prior():
    theta, tau = np.array([0.4, -1.3]), 2.5
    p = 1 / (1 + np.exp(-X @ theta))
    want = stats.bernoulli.logpmf(Y, p).sum() + stats.norm.logpdf(theta, scale=tau).sum()
    assert logistic_log_joint(theta, X, Y, prior_std=tau) == pytest.approx(want, rel=1e-13)


def test_many_weights_at_once_are_each_alone():
    thetas = RNG.normal(size=(3, 4, 2))
    got = logistic_log_joint(thetas, X, Y, prior_std=1.5)
    want = [[logistic_log_joint(theta, X, Y, prior_std=1.5) for theta in row] for row in thetas]
    np.testing.assert_allclose(got, want, rtol=1e-13)


def test_all_labels_together_have_probability_one():
    """The evidence of one label is 1/2 by symmetry, and that of both adds to 1."""

    def evidence(y):
        def density(w):
            return np.exp(logistic_log_joint(np.array([w]), [[0.7]], [y], prior_std=3.0))

        return integrate.quad(density, -40, 40, epsabs=1e-13)[0]

    assert evidence(0.0) == pytest.approx(0.5, abs=1e-11)
    assert evidence(0.0) + evidence(1.0) == pytest.approx(1.0, abs=1e-11)


def test_scores_of_a_thousand_do_not_overflow():
    got = logistic_log_joint(np.array([1000.0]), [[1.0], [1.0]], [1.0, 0.0], prior_std=1e3)
    assert got == pytest.approx(-1000 + stats.norm.logpdf(1000.0, scale=1e3), rel=1e-13)


def test_slopes_and_curvature():
    theta, tau = np.array([0.4, -1.3]), 2.5
    check_grads(lambda t: logistic_log_joint(t, X, Y, prior_std=tau), (theta,))
    p = 1 / (1 + np.exp(-X @ theta))
    want = -(X.T * (p * (1 - p))) @ X - np.eye(2) / tau**2
    got = hessian(lambda t: logistic_log_joint(t, X, Y, prior_std=tau))(theta)
    np.testing.assert_allclose(got, want, rtol=1e-12)


@pytest.mark.parametrize(
    ("theta", "features", "labels", "tau", "says"),
    [
        (np.zeros(2), np.ones(3), np.ones(3), 1.0, "X must have shape"),
        (np.zeros(2), np.ones((3, 2)), np.ones(2), 1.0, "X must have shape"),
        (np.zeros(3), np.ones((3, 2)), np.ones(3), 1.0, "theta must have shape"),
        (np.zeros(2), np.ones((3, 2)), np.array([0, 1, 2]), 1.0, "0 or 1"),
        (np.zeros(2), np.ones((3, 2)), np.array([0, 1, np.nan]), 1.0, "0 or 1"),
        (np.zeros(2), np.ones((3, 2)), np.ones(3), 0.0, "positive"),
        (np.zeros(2), np.ones((3, 2)), np.ones(3), np.nan, "positive"),
        (np.zeros(2), np.ones((3, 2)), np.ones(3), np.inf, "positive"),
    ],
)  # fmt: skip
def test_refusals(theta, features, labels, tau, says):
    with pytest.raises(ValueError, match=says):
        logistic_log_joint(theta, features, labels, prior_std=tau)
