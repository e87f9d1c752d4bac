"""Gradient descent, heavy ball and Nesterov: their exact recurrences, rates and default steps."""

from __future__ import annotations

import numpy as np
import pytest
from problems.mgh import PROBLEMS

from calcml.diff import grad as gradient_of
from calcml.optimize import gradient_descent, heavy_ball, nesterov

A = np.diag([1.0, 10.0, 100.0])
START = np.array([3.0, -2.0, 1.0])
MU, L = 1.0, 100.0


def quadratic(x):
    return 0.5 * x @ A @ x


def rate(result):
    """Factor an iteration by which the distance to 0 shrinks, in the second half of the run."""
    size = np.linalg.norm(result.path, axis=1)
    half = len(size) // 2
    return (size[-1] / size[half]) ** (1 / (len(size) - 1 - half))


def test_recurrences_with_a_fixed_step():
    f, g = quadratic, lambda x: A @ x
    alpha, beta = 0.004, 0.6
    x, before, y = START, START, START
    plain, ball, fast = [START], [START], [START]
    for _ in range(20):
        plain.append(plain[-1] - alpha * g(plain[-1]))
        x, before = x - alpha * g(x) + beta * (x - before), x
        ball.append(x)
        fast.append(y - alpha * g(y))
        y = fast[-1] + beta * (fast[-1] - fast[-2])
    options = {"step": alpha, "maxiter": 20}
    assert np.allclose(gradient_descent(f, START, **options).path, plain, rtol=1e-13)
    assert np.allclose(heavy_ball(f, START, momentum=beta, **options).path, ball, rtol=1e-13)
    result = nesterov(f, START, momentum=beta, restart=False, **options)
    assert np.allclose(result.path, fast, rtol=1e-12)


def test_nesterov_sequence_of_momenta():
    """Without a fixed momentum, (t_k - 1)/t_{k+1} of Beck and Teboulle (2009)."""
    alpha = 0.005
    x, y, t = START, START, 1.0
    path = [x]
    for _ in range(25):
        x_new = y - alpha * (A @ y)
        t_new = (1 + np.sqrt(1 + 4 * t * t)) / 2
        y = x_new + (t - 1) / t_new * (x_new - x)
        x, t = x_new, t_new
        path.append(x)
    result = nesterov(quadratic, START, step=alpha, restart=False, maxiter=25)
    assert np.allclose(result.path, path, rtol=1e-12)


def test_restart_drops_the_momentum_uphill():
    """The scheme of O'Donoghue and Candès (2015), written out."""
    alpha = 0.009
    x, y, t, restarts = START, START, 1.0, 0
    path = [x]
    for _ in range(120):
        g = A @ y
        x_new = y - alpha * g
        move = x_new - x
        if g @ move > 0:
            t, move, restarts = 1.0, 0 * move, restarts + 1
        t_new = (1 + np.sqrt(1 + 4 * t * t)) / 2
        y = x_new + (t - 1) / t_new * move
        x, t = x_new, t_new
        path.append(x)
    result = nesterov(quadratic, START, step=alpha, maxiter=120, gtol=0.0)
    assert restarts >= 2
    assert np.allclose(result.path, path, rtol=1e-9, atol=1e-14)


def test_schedules_are_called_with_the_iteration_from_zero():
    for solve in (gradient_descent, heavy_ball, nesterov):
        seen = []
        solve(quadratic, START, step=lambda k, seen=seen: seen.append(k) or 1e-3, maxiter=4)
        assert seen == [0, 1, 2, 3]


def test_rates_on_a_quadratic_are_those_of_the_theory():
    kappa = L / MU
    best = gradient_descent(quadratic, START, step=2 / (L + MU), gtol=1e-10)
    assert rate(best) == pytest.approx((kappa - 1) / (kappa + 1), abs=1e-3)
    root = np.sqrt(kappa)
    ball = heavy_ball(
        quadratic,
        START,
        step=4 / (np.sqrt(L) + np.sqrt(MU)) ** 2,
        momentum=((root - 1) / (root + 1)) ** 2,
        gtol=1e-13,
    )
    assert rate(ball) == pytest.approx((root - 1) / (root + 1), abs=0.03)
    fast = nesterov(
        quadratic, START, step=1 / L, momentum=(root - 1) / (root + 1), restart=False, gtol=1e-13
    )
    assert rate(fast) <= np.sqrt(1 - 1 / root) + 1e-3
    assert best.nit > 4 * fast.nit > 4 * ball.nit


def test_nesterov_keeps_its_bound_and_gradient_descent_its_own():
    f = lambda x: np.sum(np.log(np.cosh(x)) * np.array([1.0, 0.1, 0.01]))  # noqa: E731
    x0 = np.array([4.0, -6.0, 8.0])
    for solve, bound, options in (
        (gradient_descent, lambda k: x0 @ x0 / (2 * k), {}),
        (nesterov, lambda k: 2 * (x0 @ x0) / (k + 1) ** 2, {"restart": False}),
    ):
        result = solve(f, x0, step=1.0, maxiter=300, **options)
        values = np.array([f(x) for x in result.path])
        k = np.arange(1, len(values))
        assert (values[1:] <= bound(k)).all()


def test_heavy_ball_cycles_where_theory_for_quadratics_says_it_converges():
    """Lessard, Recht and Packard (2016), section 4.6: curvatures 1 and 25, the best parameters."""

    def f(x):
        outer = np.where(x < 1, 12.5 * x**2, 12.5 * x**2 - 24 * x + 36)
        return np.sum(np.where((x >= 1) & (x < 2), 0.5 * x**2 + 24 * x - 12, outer))

    result = heavy_ball(f, 3.3, step=1 / 9, momentum=4 / 9, maxiter=300)
    assert result.status == "maxiter"
    assert sorted(result.path[-3:]) == pytest.approx([-1.802, 0.647, 2.116], abs=1e-3)
    assert result.path[-4:-1] == pytest.approx(result.path[-7:-4], abs=1e-6)
    assert heavy_ball(f, 3.3).success  # the default step is safe
    assert gradient_descent(f, 3.3, step=2 / 26).success


def test_default_steps_find_the_curvature():
    """On a quadratic the estimate of L settles within a factor of 2 of the largest curvature."""
    for solve, scale in ((nesterov, 1.0), (heavy_ball, 0.18)):
        result = solve(quadratic, np.array([0.0, 0.0, 1.0]), momentum=0.9 if scale < 1 else 0.0)
        first = result.path[1, 2] - result.path[0, 2]
        found = -scale * 100 / first
        assert 90 <= found <= 200
        assert result.success


def test_default_heavy_ball_decreases_its_energy():
    """f + c |x_k - x_(k-1)|^2 falls in every step (Ochs et al. 2014), though f alone need not."""
    f = PROBLEMS[0].objective
    result = heavy_ball(f, [-1.2, 1.0], gtol=1e-4)
    values = np.array([f(x) for x in result.path])
    assert result.success
    assert (np.diff(values) > 0).any()
    assert values[-1] < 1e-6


@pytest.mark.parametrize("x0", [[10.0, 0.1], [0.001, 50.0]])
def test_momentum_does_not_carry_the_ball_out_of_the_domain(x0):
    result = heavy_ball(lambda x: np.sum(x - np.log(x)), x0)
    assert result.success
    np.testing.assert_allclose(result.x, 1, atol=1e-5)


@pytest.mark.parametrize("solve", [gradient_descent, heavy_ball, nesterov])
def test_freudenstein_and_roth_end_in_the_local_minimum(solve):
    problem = next(p for p in PROBLEMS if p.number == 2)
    result = solve(problem.objective, problem.x0)
    assert result.success
    assert 2 * result.fun == pytest.approx(48.98425, abs=5e-6)
    assert result.x == pytest.approx([11.4128, -0.8968], abs=5e-5)


def test_backtracking_gradient_descent_is_a_descent_method():
    f = PROBLEMS[4].objective
    result = gradient_descent(f, PROBLEMS[4].x0)
    assert result.success
    assert result.x == pytest.approx([3, 0.5], abs=1e-4)
    values = np.array([f(x) for x in result.path])
    assert (np.diff(values[:100]) < 0).all()
    moves = np.diff(result.path, axis=0)
    gradients = np.array([gradient_of(f)(x) for x in result.path[:-1]])
    steps = -np.sum(moves * gradients, axis=1) / np.sum(gradients**2, axis=1)
    assert np.linalg.norm(moves[0]) <= 1 + 1e-12  # the first move is at most 1 long
    powers = np.log2(steps[1:50] / steps[:49])
    assert np.allclose(powers, np.round(powers), atol=1e-6)
    assert powers.max() <= 1 + 1e-6  # each search starts from twice the last step


def test_bad_settings_are_refused():
    f, x = quadratic, START
    for solve in (gradient_descent, heavy_ball, nesterov):
        with pytest.raises(ValueError, match="step must be positive and finite, a function or"):
            solve(f, x, step=0.0)
    for solve in (heavy_ball, nesterov):
        with pytest.raises(ValueError, match=r"momentum must lie in \[0, 1\), got 1"):
            solve(f, x, momentum=1.0)
        with pytest.raises(ValueError, match="momentum must lie"):
            solve(f, x, momentum=-0.1)
