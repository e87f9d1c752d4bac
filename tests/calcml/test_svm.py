"""The SVM dual, certified by its duality gap, against scikit-learn and by hand."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.svm import SVC

from calcml.svm import dual_objective, duality_gap, primal_objective, smo
from calcml.svm.sequential import _Dual

IRIS, CANCER = load_iris(), load_breast_cancer()


def linear(X):
    return X @ X.T


def rbf(X, gamma=None):
    gamma = 1 / (X.shape[1] * X.var()) if gamma is None else gamma
    squares = np.sum(X**2, axis=1)
    return np.exp(-gamma * np.maximum(squares[:, None] + squares - 2 * X @ X.T, 0))


def iris(first, second, columns=slice(None)):
    chosen = np.isin(IRIS.target, (first, second))
    return IRIS.data[chosen][:, columns], np.where(IRIS.target[chosen] == first, -1, 1)


def cancer(scaled=True):
    X = CANCER.data
    return ((X - X.mean(0)) / X.std(0) if scaled else X), 2 * CANCER.target - 1


DATA = {
    "setosa-versicolor": iris(0, 1),
    "versicolor-virginica": iris(1, 2),
    "versicolor-others": (IRIS.data, np.where(IRIS.target == 1, 1, -1)),
    "cancer": cancer(),
}


def plain_gap(alpha, b, K, y, C):
    """Primal and dual written out once more, in other terms than in the library."""
    Q = np.outer(y, y) * K
    norm = alpha @ Q @ alpha
    margins = y * (K @ (alpha * y) + b)
    primal = 0.5 * norm + C * np.sum(np.clip(1 - margins, 0, None))
    return primal - (np.sum(alpha) - 0.5 * norm), primal


@pytest.mark.parametrize("C", [0.1, 1.0, 10.0, 100.0, 1000.0])
@pytest.mark.parametrize("kernel", [linear, rbf], ids=["linear", "rbf"])
@pytest.mark.parametrize("name", DATA)
def test_relative_duality_gap_is_closed(name, kernel, C):
    X, y = DATA[name]
    K = kernel(X)
    alpha, b = smo(K, y, C)
    assert alpha.min() >= 0
    assert alpha.max() <= C
    assert abs(alpha @ y) <= 1e-11 * C * len(y)
    gap, primal = plain_gap(alpha, b, K, y, C)
    assert abs(gap) <= 1e-8 * primal
    assert duality_gap(alpha, b, K, y, C) <= 1e-8 * primal
    assert duality_gap(alpha, b, K, y, C) == pytest.approx(gap, abs=1e-9 * primal)
    assert primal_objective(alpha, b, K, y, C) == pytest.approx(primal, rel=1e-9)
    assert dual_objective(alpha, K, y) == pytest.approx(primal - gap, rel=1e-9)


@pytest.mark.parametrize("C", [0.1, 10.0, 1000.0])
def test_unscaled_cancer_data(C):
    """Features from 1e-3 to 4e3: the condition that makes pair steps alone creep."""
    X, y = cancer(scaled=False)
    K = linear(X)
    alpha, b = smo(K, y, C)
    assert duality_gap(alpha, b, K, y, C) <= 1e-8 * primal_objective(alpha, b, K, y, C)


@pytest.mark.parametrize("C", [0.1, 1.0, 10.0])
@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("kernel", [linear, rbf], ids=["linear", "rbf"])
def test_agrees_with_scikit_learn(name, kernel, C):
    X, y = DATA[name]
    K = kernel(X)
    alpha, b = smo(K, y, C)
    reference = SVC(C=C, kernel="precomputed", tol=1e-10).fit(K, y)
    theirs = np.zeros(len(y))
    theirs[reference.support_] = np.abs(reference.dual_coef_[0])
    D, P = dual_objective(theirs, K, y), primal_objective(alpha, b, K, y, C)
    # LIBSVM computes kernel values in single precision, which limits the agreement.
    assert pytest.approx(D, rel=1e-6) == P
    assert np.allclose(K @ (alpha * y) + b, reference.decision_function(K), atol=1e-3)
    assert b == pytest.approx(float(reference.intercept_[0]), abs=1e-3)


def test_iris_petals_by_hand():
    """Setosa and versicolor on petals: two support vectors, w = (22, 14)/17, margin sqrt(1.7)."""
    X, y = iris(0, 1, slice(2, 4))
    alpha, b = smo(linear(X), y, C=100.0)
    support = np.flatnonzero(alpha)
    assert sorted(map(tuple, X[support])) == [(1.9, 0.4), (3.0, 1.1)]
    w = X.T @ (alpha * y)
    assert np.allclose(w, np.array([22, 14]) / 17, rtol=1e-12)
    assert 2 / np.linalg.norm(w) == pytest.approx(np.sqrt(1.7), rel=1e-12)
    assert np.allclose(alpha[support], w @ w / 2, rtol=1e-12)
    middle = np.array([1.9 + 3.0, 0.4 + 1.1]) / 2
    assert w @ middle + b == pytest.approx(0, abs=1e-12)


def test_iris_versicolor_virginica_dual_optimum():
    X, y = iris(1, 2)
    alpha, b = smo(linear(X), y, 1.0)
    assert dual_objective(alpha, linear(X), y) == pytest.approx(15.759871899529, abs=2e-12)
    assert primal_objective(alpha, b, linear(X), y, 1.0) == pytest.approx(
        15.759871899529, abs=2e-12
    )


def test_kkt_conditions_hold():
    X, y = iris(1, 2)
    for kernel, C in itertools.product((linear, rbf), (1.0, 100.0)):
        K = kernel(X)
        alpha, b = smo(K, y, C)
        margins = y * (K @ (alpha * y) + b)
        assert (margins[alpha == 0] >= 1 - 1e-8).all()
        assert (margins[alpha == C] <= 1 + 1e-8).all()
        free = (alpha > 0) & (alpha < C)
        assert free.any()
        assert np.allclose(margins[free], 1, atol=1e-8)


def test_offset_minimizes_the_primal():
    """Also where no coefficient is free, and any b in an interval would do: its middle."""
    X, y = iris(1, 2)
    for C in (0.01, 1.0, 100.0):
        K = linear(X)
        alpha, b = smo(K, y, C)
        values = [primal_objective(alpha, b + d, K, y, C) for d in (-1e-3, 0, 1e-3)]
        assert values[1] <= min(values) * (1 + 1e-12)
    K = np.array([[1.0, -1.0], [-1.0, 1.0]])
    alpha, b = smo(K, [1, -1], C=0.25)  # both at the bound; the scores are ±1/2, b in [-1/2, 1/2]
    assert np.array_equal(alpha, [0.25, 0.25])
    assert b == 0.0
    lone, b = smo(np.diag([1.0, 1.0, 1.0]), [1, -1, -1], C=10.0)
    assert np.allclose(lone, [4 / 3, 2 / 3, 2 / 3])
    assert b == pytest.approx(-1 / 3)


def test_shifting_the_kernel_changes_only_the_offset():
    X, y = iris(1, 2)
    alpha, b = smo(linear(X), y, 1.0)
    shifted, c = smo(linear(X) + 1e3, y, 1.0)
    assert np.allclose(alpha, shifted, atol=1e-7)
    assert c == pytest.approx(b, abs=1e-6)  # sum(alpha y) = 0, so that the shift adds nothing
    moved, d = smo(linear(X + 5), y, 1.0)
    assert np.allclose(alpha, moved, atol=1e-6)
    assert d == pytest.approx(b - 5 * np.sum(X.T @ (alpha * y)), abs=1e-5)


def test_duplicate_points_and_useless_kernels():
    X, y = iris(0, 1)
    X2, y2 = np.vstack([X, X]), np.concatenate([y, y])
    alpha, b = smo(linear(X2), y2, 1.0)
    single, c = smo(linear(X), y, 2.0)
    assert dual_objective(alpha, linear(X2), y2) == pytest.approx(
        dual_objective(single, linear(X), y), rel=1e-9
    )
    assert b == pytest.approx(c, abs=1e-6)
    for K in (np.zeros((4, 4)), np.ones((4, 4))):  # all points are the same point
        alpha, b = smo(K, [1, 1, -1, -1], C=2.0)
        assert np.array_equal(alpha, np.full(4, 2.0))
        assert -1 <= b <= 1


def test_contradicting_labels_are_priced_at_C():
    alpha, _ = smo(np.ones((3, 3)), [1, -1, -1], C=0.5)
    assert alpha.sum() == pytest.approx(1.0)
    assert alpha[0] == 0.5


def test_wide_problems_are_interpolated():
    """More features than points: every face is regular, and every point a support vector."""
    rng = np.random.default_rng(3)
    X, y = rng.normal(size=(40, 200)), np.where(rng.random(40) < 0.5, -1, 1)
    alpha, b = smo(linear(X), y, 1e3)
    scores = linear(X) @ (alpha * y) + b
    assert np.allclose((y * scores)[alpha > 0], 1, atol=1e-9)
    assert duality_gap(alpha, b, linear(X), y, 1e3) < 1e-8


def test_objectives_by_hand():
    K, y = np.array([[2.0, 1.0], [1.0, 3.0]]), np.array([1, -1])
    alpha = np.array([0.5, 0.25])
    norm = 2 * 0.25 - 2 * 0.125 + 3 * 0.0625
    assert dual_objective(alpha, K, y) == pytest.approx(0.75 - norm / 2)
    scores = np.array([2 * 0.5 - 0.25, 0.5 - 3 * 0.25]) + 0.1
    slack = (1 - scores[0]) + (1 + scores[1])
    assert primal_objective(alpha, 0.1, K, y, 3.0) == pytest.approx(norm / 2 + 3 * slack)
    # alpha breaks sum(alpha y) = 0 here: the gap must still be the plain difference
    difference = norm / 2 + 3 * slack - (0.75 - norm / 2)
    assert duality_gap(alpha, 0.1, K, y, 3.0) == pytest.approx(difference)


def test_unreachable_tolerances_are_reported():
    X, y = cancer()
    with pytest.raises(RuntimeError, match=r"relative duality gap of .* > tol = 1.00e-300 in"):
        smo(rbf(X), y, 10.0, tol=1e-300)
    with pytest.raises(RuntimeError, match="in 1 pair steps; scale the features"):
        smo(rbf(X), y, 10.0, maxiter=1)


def test_every_kind_of_step_keeps_the_gradient_and_the_constraints():
    """g = y - Kβ, 0 ≤ α ≤ C and Σβ = 0 hold after each of the parts that `smo` is made of."""
    X, y = cancer()
    dual = _Dual(rbf(X), y.astype(float), 3.0)
    for part in (lambda: dual.pair_steps(300), lambda: dual.face_steps(5), lambda: None):
        part()
        np.testing.assert_allclose(dual.g, y - dual.K @ dual.beta, atol=1e-11)
        assert abs(math.fsum(dual.beta)) < 1e-12
    assert dual.steps == 300
    dual.beta *= 1 + 1e-9  # off the plane by rounding, as it were
    dual.beta = np.clip(dual.beta, dual.low, dual.high)
    dual.balance()
    assert math.fsum(dual.beta) == 0.0
    assert (dual.low <= dual.beta).all()
    assert (dual.beta <= dual.high).all()


def test_balance_moves_a_coefficient_that_is_free():
    """Here the only free ones have negative labels; any other would be clipped back."""
    y = np.array([1.0, 1.0, -1.0, -1.0])
    dual = _Dual(np.eye(4), y, 1.0)
    dual.beta = np.array([1.0, 0.0, -0.5 - 1e-9, -0.5])
    dual.balance()
    assert math.fsum(dual.beta) == 0.0
    np.testing.assert_allclose(dual.beta, [1.0, 0.0, -0.5, -0.5], atol=2e-9)
    assert dual.beta[1] == 0.0


def test_the_limit_on_pair_steps_is_kept():
    X, y = cancer()
    for maxiter in (10, 2277):  # fewer than a sweep of 4 n steps, and one more
        with pytest.raises(RuntimeError, match=f"in {maxiter} pair steps"):
            smo(rbf(X), y, 1000.0, maxiter=maxiter, tol=1e-300)


def test_numbers_come_in_every_form():
    K, y = linear(iris(0, 1)[0]), iris(0, 1)[1]
    expected = smo(K, y, 1.0)
    for C in (1, np.float32(1), np.int8(1), np.array(1.0)):
        alpha, b = smo(K.tolist(), y.astype(np.int8), C)
        np.testing.assert_array_equal(alpha, expected[0])
        assert b == expected[1]
    for C in (np.array([1.0]), "1", None, 1j):
        with pytest.raises(TypeError, match="C must be a real number, got"):
            smo(K, y, C)
    with pytest.raises(TypeError, match="b must be a real number"):
        duality_gap(expected[0], np.array([0.0]), K, y, 1.0)
    with pytest.raises(ValueError, match="at least one example"):
        smo(np.zeros((0, 0)), [], 1.0)
    with pytest.raises(ValueError, match=r"eigenvalue -\d.*compute K in double precision"):
        smo(K.astype(np.float32), y, 1.0)


K2, Y2 = np.eye(2), np.array([1, -1])


@pytest.mark.parametrize(
    ("K", "y", "C", "message"),
    [
        (np.ones((3, 2)), [1, -1, 1], 1.0, r"square .* got shape \(3, 2\);.* pass X @ X.T"),
        (K2, [1, -1, 1], 1.0, r"y must have shape \(2,\) to fit K, got \(3,\)"),
        (K2, [0, 1], 1.0, r"labels -1 and \+1, got \[0. 1.\]"),
        (K2, [1, 1], 1.0, r"both labels -1 and \+1, got only \+1"),
        (K2, [-1, -1], 1.0, "got only -1"),
        (np.array([[1, np.nan], [np.nan, 1]]), Y2, 1.0, "not finite"),
        (np.array([[1.0, 0.5], [0.0, 1.0]]), Y2, 1.0, "symmetric"),
        (np.array([[0.0, 2.0], [2.0, 0.0]]), Y2, 1.0, "semidefinite.* distances"),
        (K2, Y2, 0.0, "C must be positive and finite, got 0"),
        (K2, Y2, np.inf, "C must be positive"),
    ],
)
def test_bad_problems_are_refused(K, y, C, message):
    with pytest.raises(ValueError, match=message):
        smo(K, y, C)


def test_bad_arguments_are_refused():
    for tol in (0.0, 1.0, np.nan):
        with pytest.raises(ValueError, match=r"tol must lie in \(0, 1\)"):
            smo(K2, Y2, 1.0, tol=tol)
    with pytest.raises(ValueError, match="maxiter must be at least 1"):
        smo(K2, Y2, 1.0, maxiter=0)
    with pytest.raises(ValueError, match=r"alpha must have shape \(2,\)"):
        dual_objective(np.ones(3), K2, Y2)
    with pytest.raises(ValueError, match="alpha has entries that are not finite"):
        duality_gap([np.nan, 0.0], 0.0, K2, Y2, 1.0)


def test_an_indefinite_kernel_is_refused():
    """Every pair of rows looks like a kernel, but three together do not."""
    rng = np.random.default_rng(4)
    A = rng.normal(size=(30, 30))
    K = A + A.T
    K = K / np.abs(K).max() + np.eye(30)
    assert np.linalg.eigvalsh(K)[0] < -0.1
    with pytest.raises(ValueError, match="positive semidefinite, as kernels are"):
        smo(K, np.where(rng.random(30) < 0.5, -1, 1), 100.0)
