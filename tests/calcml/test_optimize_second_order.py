"""Newton, Newton-CG, BFGS and L-BFGS: orders of convergence, exact updates, test problems."""

from __future__ import annotations

import numpy as np
import pytest
from problems.mgh import PROBLEMS
from scipy.optimize import minimize

from calcml.diff import grad as gradient_of
from calcml.diff import hessian, hvp
from calcml.optimize import bfgs, lbfgs, newton, newton_cg

FAST = [newton, newton_cg, bfgs, lbfgs]
rosenbrock = PROBLEMS[0].objective


def hit(problem, value):
    """Does half a sum of squares agree with a listed minimum to the six published digits?"""
    return any(abs(2 * value - m) <= max(2e-5 * m, 1e-8) for m in problem.minima)


# Where gradients of 1e-10 cannot be had in double precision, f is the judge:
# Meyer's residuals have only nine digits left, Watson's 12th Hessian a condition of 1e16.
FLAT = {(10, bfgs), (10, lbfgs), (10, newton), (10, newton_cg)}
BEYOND = {(20, 12, bfgs), (20, 12, lbfgs), (20, 12, newton_cg)}


@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
@pytest.mark.parametrize("solve", FAST, ids=lambda s: s.__name__)
def test_more_garbow_hillstrom(solve, problem):
    if (problem.number, len(problem.x0), solve) in BEYOND:
        result = solve(problem.objective, problem.x0, gtol=1e-8)
        assert 2 * result.fun < 1e-6
    else:
        result = solve(problem.objective, problem.x0, gtol=1e-10)
        assert hit(problem, result.fun)
    if (problem.number, solve) in FLAT:
        assert not result.success
        assert result.status == "stalled"
    else:
        assert result.success
        assert np.abs(gradient_of(problem.objective)(result.x)).max() <= 1e-8


@pytest.mark.parametrize("number", [1, 7, 14, 16, 18])
@pytest.mark.parametrize("solve", [bfgs, newton_cg])
def test_needs_no_more_evaluations_than_scipy(solve, number):
    problem = next(p for p in PROBLEMS if p.number == number)
    f, g = problem.objective, gradient_of(problem.objective)
    name = {"bfgs": "BFGS", "newton_cg": "Newton-CG"}[solve.__name__]
    if solve is newton_cg:
        product = lambda x, v: hvp(f, x, v)  # noqa: E731
        theirs = minimize(f, problem.x0, jac=g, method=name, hessp=product)
        ours = solve(f, problem.x0, grad=g, hvp=product)
        assert ours.nhev <= 1.5 * theirs.nhev + 5
    else:
        theirs = minimize(f, problem.x0, jac=g, method=name, tol=1e-6)
        ours = solve(f, problem.x0, grad=g)
    assert ours.success
    assert ours.nfev <= 1.5 * theirs.nfev + 5


def order(path, solution):
    """Estimates of the order of convergence along a run, from three errors in a row."""
    error = np.linalg.norm(path.reshape(len(path), -1) - solution, axis=1)
    error = error[(error > 1e-14) & (error < 0.3)]
    return np.log(error[2:] / error[1:-1]) / np.log(error[1:-1] / error[:-2])


def cosh_sum(x):
    return np.sum(np.cosh(x - 1)) + 0.3 * x[0] * x[1] + np.sum(np.exp(0.5 * x))


def solution_of(f, x0):
    x = np.asarray(x0, dtype=float)
    for _ in range(50):
        x = x - np.linalg.solve(hessian(f)(x), gradient_of(f)(x))
    return x


def test_newton_converges_quadratically():
    x0 = np.array([2.0, -1.5, 3.0])
    best = solution_of(cosh_sum, np.zeros(3))
    result = newton(cosh_sum, x0, gtol=1e-13)
    assert order(result.path, best)[-1] == pytest.approx(2.0, abs=0.25)
    pure = newton(cosh_sum, [0.2, -0.5, 0.3], gtol=1e-13, damped=False)
    assert order(pure.path, best)[-1] == pytest.approx(2.0, abs=0.25)
    digits = newton(lambda x: x - np.log(x), 0.9, gtol=0.0).path
    error = 1 - digits[:5]
    assert np.allclose(error[1:], error[:-1] ** 2, rtol=1e-6)


def test_newton_is_linear_at_a_singular_minimum():
    path = newton(lambda x: np.sum(x**4), 1.0, gtol=1e-20).path
    assert np.allclose(path[1:20] / path[:19], 2 / 3)


def test_superlinear_methods_are_superlinear():
    x0 = np.array([2.0, -1.5, 3.0])
    best = solution_of(cosh_sum, np.zeros(3))
    for solve in (bfgs, newton_cg):
        error = np.linalg.norm(solve(cosh_sum, x0, gtol=1e-12).path - best, axis=1)
        error = error[error > 1e-13]
        assert error[-1] / error[-2] < 0.1 < error[2] / error[1]


def test_pure_newton_is_the_textbook_iteration():
    x = np.array([-1.2, 1.0])
    path = [x]
    for _ in range(4):
        x = x - np.linalg.solve(hessian(rosenbrock)(x), gradient_of(rosenbrock)(x))
        path.append(x)
    result = newton(rosenbrock, path[0], damped=False, maxiter=4, gtol=0.0)
    assert np.allclose(result.path[:5], path, rtol=1e-10)


def test_pure_newton_goes_to_saddles_and_damped_newton_away():
    f = lambda x: x[0] ** 2 - x[1] ** 2 + 0.25 * x[1] ** 4  # noqa: E731
    pure, damped = newton(f, [1.0, 0.1], damped=False), newton(f, [1.0, 0.1])
    assert pure.success
    assert pure.x == pytest.approx([0, 0], abs=1e-6)
    assert damped.success
    assert damped.x == pytest.approx([0, np.sqrt(2)], abs=1e-6)
    assert newton_cg(f, [1.0, 0.1]).x == pytest.approx([0, np.sqrt(2)], abs=1e-5)
    # The first damped step is Newton's with |eigenvalues|: -|H|^-1 g.
    H, g = np.array([2.0, -2 + 3 * 0.01]), np.array([2.0, -0.2 + 0.001])
    assert np.allclose(damped.path[1], [1.0, 0.1] - g / np.abs(H))


def test_damped_newton_survives_a_flat_hessian():
    f = lambda x: x[0] + np.sum(x**4)  # noqa: E731
    assert newton(f, np.zeros(2)).x == pytest.approx([-(0.25 ** (1 / 3)), 0])
    singular = newton(f, np.zeros(2), damped=False)
    assert (singular.success, singular.status) == (False, "singular")
    assert "damped=True" in singular.message


def test_hessians_that_are_not_finite_stop_the_run():
    bad = newton(cosh_sum, np.zeros(2), hess=lambda x: np.full((2, 2), np.nan))
    assert (bad.success, bad.status, bad.nit) == (False, "nonfinite", 0)
    bad = newton_cg(cosh_sum, np.zeros(2), hvp=lambda x, v: v * np.inf)
    assert (bad.success, bad.status, bad.nit) == (False, "nonfinite", 0)
    with pytest.raises(ValueError, match=r"hess must return 2 x 2 numbers .* shape \(3, 3\)"):
        newton(cosh_sum, np.zeros(2), hess=lambda x: np.eye(3))
    with pytest.raises(ValueError, match="hvp must return 2 numbers"):
        newton_cg(cosh_sum, np.zeros(2), hvp=lambda x, v: np.ones(3))


def test_user_hessians_are_used_and_counted():
    calls = []

    def hess(x):
        calls.append(1)
        H = hessian(cosh_sum)(x)
        return H + np.array([[0.0, 1e-3], [-1e-3, 0.0]])  # only the symmetric part counts

    ours, given = newton(cosh_sum, np.zeros(2)), newton(cosh_sum, np.zeros(2), hess=hess)
    assert np.allclose(ours.path, given.path)
    assert given.nhev == len(calls) == ours.nhev
    assert given.nfev < ours.nfev  # Hessians by calcml.diff call f, and are counted
    by_matrix = newton_cg(cosh_sum, np.zeros(2), hess=hessian(cosh_sum))
    by_product = newton_cg(cosh_sum, np.zeros(2), hvp=lambda x, v: hvp(cosh_sum, x, v))
    assert np.allclose(by_matrix.path, by_product.path)
    assert np.allclose(by_matrix.path, newton_cg(cosh_sum, np.zeros(2)).path)


def test_bfgs_is_exact_on_quadratics_and_learns_the_hessian():
    """With exact searches BFGS ends after n steps; with Wolfe steps soon after."""
    A = np.diag([1.0, 3.0, 10.0, 40.0]) + 0.5
    result = bfgs(lambda x: 0.5 * x @ A @ x, np.ones(4), gtol=1e-10)
    assert result.success
    assert result.nit <= 24


def test_bfgs_path_follows_the_update_formula():
    """Rebuild every direction from the path alone, with the product form of the update."""
    result = bfgs(rosenbrock, [-1.2, 1.0], gtol=1e-8)
    x, g = result.path, np.array([gradient_of(rosenbrock)(p) for p in result.path])
    H = np.eye(2)
    for k in range(len(x) - 1):
        s, y, p = x[k + 1] - x[k], g[k + 1] - g[k], -H @ g[k]
        cosine = s @ p / np.linalg.norm(s) / np.linalg.norm(p)
        assert cosine == pytest.approx(1.0, abs=1e-8)
        if k == 0:
            H = H * (s @ y) / (y @ y)
        V = np.eye(2) - np.outer(y, s) / (s @ y)
        H = V.T @ H @ V + np.outer(s, s) / (s @ y)


def test_lbfgs_path_follows_the_two_loop_recursion():
    """The same from the last three pairs, as a product of matrices."""
    f = next(p for p in PROBLEMS if p.number == 21).objective
    x0 = np.tile([-1.2, 1.0], 3) + 0.1 * np.arange(6)
    result = lbfgs(f, x0, memory=3, maxiter=25)
    x, g = result.path, np.array([gradient_of(f)(p) for p in result.path])
    s, y = np.diff(x, axis=0), np.diff(g, axis=0)
    for k in range(1, len(x) - 1):
        first = max(0, k - 3)
        H = np.eye(6) * (s[k - 1] @ y[k - 1]) / (y[k - 1] @ y[k - 1])
        for j in range(first, k):
            V = np.eye(6) - np.outer(y[j], s[j]) / (s[j] @ y[j])
            H = V.T @ H @ V + np.outer(s[j], s[j]) / (s[j] @ y[j])
        p = -H @ g[k]
        cosine = s[k] @ p / np.linalg.norm(s[k]) / np.linalg.norm(p)
        assert cosine == pytest.approx(1.0, abs=1e-8)
    with pytest.raises(ValueError, match="memory must be at least 1, got 0"):
        lbfgs(f, x0, memory=0)


def test_quasi_newton_first_move_is_at_most_one_long():
    for solve in (bfgs, lbfgs):
        steep = solve(lambda x: 1e4 * np.sum((x - 50) ** 2), np.zeros(3), maxiter=1)
        shallow = solve(lambda x: 1e-3 * np.sum((x - 50) ** 2), np.zeros(3), maxiter=1, gtol=1e-9)
        for result in (steep, shallow):
            g = -(50 - result.path[0])
            t = np.linalg.norm(result.path[1]) / np.linalg.norm(g)
            assert np.allclose(result.path[1], -t * g)


def test_newton_cg_makes_newton_steps_when_asked_for_precision():
    """Near the solution CG solves the system to sqrt(|g|): the step is Newton's to that."""
    x0 = solution_of(cosh_sum, np.zeros(2)) + np.array([1e-3, -2e-3])
    g, H = gradient_of(cosh_sum)(x0), hessian(cosh_sum)(x0)
    result = newton_cg(cosh_sum, x0, maxiter=1, gtol=0.0)
    exact = -np.linalg.solve(H, g)
    step = result.path[1] - x0
    assert np.linalg.norm(H @ (step - exact)) <= np.sqrt(np.linalg.norm(g)) * np.linalg.norm(g)


def test_newton_cg_works_in_a_thousand_dimensions_without_matrices():
    n = 1000
    weights = np.linspace(1, 1e4, n)
    products = []

    def product(x, v):
        products.append(1)
        return weights * np.cosh(x - 1) * v

    result = newton_cg(
        lambda x: np.sum(weights * np.cosh(x - 1)),
        np.zeros(n),
        grad=lambda x: weights * np.sinh(x - 1),
        hvp=product,
        keep_path=False,
    )
    assert result.success
    assert np.allclose(result.x, 1, atol=1e-6)
    assert result.nhev == len(products) < 2000


def test_published_minima():
    by_number = {p.number: p for p in PROBLEMS}
    for solve in FAST:
        result = solve(by_number[2].objective, by_number[2].x0, gtol=1e-8)
        assert 2 * result.fun == pytest.approx(48.98425, abs=5e-6)
        assert result.x == pytest.approx([11.4128, -0.8968], abs=5e-5)
        assert 2 * solve(by_number[6].objective, by_number[6].x0).fun == pytest.approx(
            124.3622, abs=5e-5
        )
        assert solve(by_number[5].objective, by_number[5].x0).x == pytest.approx([3, 0.5], abs=1e-5)
