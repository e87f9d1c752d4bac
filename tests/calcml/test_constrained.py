"""Constrained minimization: KKT residuals by hand, test problems, honest failure."""

from __future__ import annotations

import numpy as np
import pytest
from problems.hs import HS13, PROBLEMS
from problems.hs_large import LARGE
from scipy.optimize import minimize

from calcml.constrained import augmented_lagrangian, kkt_residual, lagrangian, newton_kkt
from calcml.diff import grad as gradient_of
from calcml.diff import jacobian


def independent_residual(problem, result):
    """The KKT conditions once more, with SciPy's finite differences nowhere and none of ours."""
    x = result.x
    stationary = gradient_of(problem.f)(x)
    rest = []
    if problem.equality is not None:
        h = np.ravel(problem.equality(x))
        stationary = stationary + np.atleast_2d(jacobian(problem.equality)(x)).T @ result.lam
        rest.append(np.abs(h).max())
    if problem.inequality is not None:
        g = np.ravel(problem.inequality(x))
        stationary = stationary + np.atleast_2d(jacobian(problem.inequality)(x)).T @ result.mu
        rest += [g.max(), -result.mu.min(), np.abs(g * result.mu).max()]
    return max(np.abs(stationary).max(), *rest)


@pytest.mark.parametrize("problem", PROBLEMS + LARGE, ids=str)
def test_hock_schittkowski_by_augmented_lagrangian(problem):
    calls = []

    def f(x):
        calls.append(1)
        return problem.f(x)

    result = augmented_lagrangian(
        f, problem.x0, equality=problem.equality, inequality=problem.inequality
    )
    assert result.success
    assert result.status == "converged"
    assert result.fun == pytest.approx(problem.fun, rel=1e-6, abs=1e-6)
    assert result.nfev == len(calls)
    assert result.kkt_residual <= 1e-8
    assert independent_residual(problem, result) <= 1e-8
    assert result.kkt_residual == pytest.approx(
        kkt_residual(
            problem.f,
            result.x,
            equality=problem.equality,
            inequality=problem.inequality,
            lam=result.lam,
            mu=result.mu,
        ),
        rel=1e-9,
        abs=1e-15,
    )
    assert len(result.path) == result.nit + 1
    assert np.array_equal(result.path[-1], result.x)
    assert np.allclose(result.grad, gradient_of(problem.f)(result.x))
    if problem.inequality is not None:
        assert result.mu.shape == np.shape(problem.inequality(result.x)) or result.mu.size == 1
        assert (result.mu >= 0).all()


EQUALITY = [p for p in PROBLEMS if p.inequality is None]


@pytest.mark.parametrize("problem", EQUALITY, ids=str)
def test_hock_schittkowski_by_newton_kkt(problem):
    result = newton_kkt(problem.f, problem.x0, problem.equality)
    assert result.success
    assert result.fun == pytest.approx(problem.fun, rel=1e-6, abs=1e-6)
    assert independent_residual(problem, result) <= 1e-8
    assert result.mu.shape == (0,)
    assert result.nit <= 60


def test_published_minima():
    published = {6: 0, 7: -np.sqrt(3), 28: 0, 35: 1 / 9, 48: 0}
    for problem in PROBLEMS:
        if problem.number in published:
            result = augmented_lagrangian(
                problem.f, problem.x0, equality=problem.equality, inequality=problem.inequality
            )
            assert result.fun == pytest.approx(published[problem.number], abs=1e-9)


def test_multipliers_are_unique_and_right_where_known():
    """HS7, HS35 and the nearest point of a half plane, by hand."""
    by_number = {p.number: p for p in PROBLEMS}
    p = by_number[7]  # at (0, sqrt 3): grad f = (0, -1), grad h = (0, 2 sqrt 3)
    for result in (
        newton_kkt(p.f, p.x0, p.equality),
        augmented_lagrangian(p.f, p.x0, equality=p.equality),
    ):
        assert result.x == pytest.approx([0, np.sqrt(3)], abs=1e-8)
        assert result.lam == pytest.approx([1 / (2 * np.sqrt(3))], abs=1e-8)
    p = by_number[35]  # at (4/3, 7/9, 4/9) the budget alone is active, at the price 2/9
    result = augmented_lagrangian(p.f, p.x0, inequality=p.inequality)
    assert result.x == pytest.approx([4 / 3, 7 / 9, 4 / 9], abs=1e-8)
    assert result.mu == pytest.approx([2 / 9, 0, 0, 0], abs=1e-8)


def test_multipliers_are_prices():
    """The minimum moves by -λ ε when h = 0 becomes h = ε, and by -μ ε when g <= ε."""
    f = lambda x: np.sum((x - np.array([3.0, 1.0])) ** 2) + x[0] * x[1]  # noqa: E731
    h = lambda x: x[0] ** 2 + x[1] ** 2 - 4  # noqa: E731
    for name, multiplier in (("equality", "lam"), ("inequality", "mu")):
        values = {}
        for shift in (-1e-4, 0.0, 1e-4):
            shifted = {name: lambda x, shift=shift: h(x) - shift}
            values[shift] = augmented_lagrangian(f, [2.0, 0.5], **shifted, tol=1e-9)
        slope = (values[1e-4].fun - values[-1e-4].fun) / 2e-4
        assert slope == pytest.approx(-getattr(values[0.0], multiplier)[0], rel=1e-6)
        assert abs(slope) > 0.1


def assert_not_solved(result, residual=1e-6):
    assert not result.success
    assert result.kkt_residual > residual
    assert result.status in ("no_multipliers", "infeasible")


def test_a_minimizer_that_is_no_kkt_point_is_reported():
    """HS13; the cusp of Kuhn and Tucker; x with x² = 0; two circles that touch."""
    result = augmented_lagrangian(HS13.f, HS13.x0, inequality=HS13.inequality)
    assert_not_solved(result)
    assert result.x == pytest.approx([1, 0], abs=1e-2)
    assert "not near a KKT point" in result.message
    cusp = lambda x: np.stack([x[1] - (1 - x[0]) ** 3, -x[1]])  # noqa: E731
    assert_not_solved(augmented_lagrangian(lambda x: -x[0], [0.5, 0.05], inequality=cusp))
    square = lambda x: x[0] ** 2  # noqa: E731
    assert_not_solved(augmented_lagrangian(lambda x: x[0], [1.0], equality=square))
    assert_not_solved(newton_kkt(lambda x: x[0], [1.0], square))
    circles = lambda x: np.stack([(x[0] - 1) ** 2, (x[0] + 1) ** 2]) + x[1] ** 2 - 1  # noqa: E731
    assert_not_solved(augmented_lagrangian(lambda x: x[0] + x[1], [0.3, 0.2], equality=circles))


def test_infeasible_problems_are_reported():
    for constraint in (
        {"inequality": lambda x: x[0] ** 2 + 1},
        {"equality": lambda x: x[0] ** 2 + 1},
        {"equality": lambda x: np.stack([x[0] - 1, x[0] - 2])},
    ):
        result = augmented_lagrangian(lambda x: x[0] ** 2, [1.0], **constraint)
        assert_not_solved(result)
        assert result.status == "infeasible"
        assert "violated" in result.message
    result = newton_kkt(lambda x: x[0] ** 2, [1.0], lambda x: x[0] ** 2 + 1)
    assert_not_solved(result)
    assert result.status == "infeasible"


def test_unbounded_problems_are_reported():
    result = augmented_lagrangian(lambda x: x[0], [1.0], inequality=lambda x: x[0] - 1)
    assert (result.success, result.status) == (False, "unbounded")
    result = newton_kkt(lambda x: x[0], [1.0, 1.0], lambda x: x[1], maxiter=20)
    assert (result.success, result.status, result.nit) == (False, "maxiter", 20)


def test_saddles_along_the_constraints_are_left():
    """From HS33's symmetric start to the minimum, past a KKT point that is none."""
    f = lambda x: x[0] ** 2 - x[1] ** 2  # noqa: E731
    disc = lambda x: x @ x - 1  # noqa: E731
    result = augmented_lagrangian(f, [0.5, 0.0], inequality=disc)
    assert result.success
    assert np.abs(result.x) == pytest.approx([0, 1], abs=1e-6)
    assert result.mu == pytest.approx([1.0])


@pytest.mark.parametrize("side", [-1, 1])
def test_saddles_are_left_towards_the_feasible_side(side):
    """A bound that is active without a price forbids one of the two ways down."""
    f = lambda x: x[0] ** 2 - x[1] ** 2  # noqa: E731
    half_disc = lambda x: np.stack([x @ x - 1, side * x[1]])  # noqa: E731
    result = augmented_lagrangian(f, [0.5, 0.0], inequality=half_disc)
    assert result.success
    assert result.x == pytest.approx([0, -side], abs=1e-6)


def test_newton_kkt_asks_for_sufficient_decrease():
    """A full step that lowers f by half of what Armijo asks for is halved."""
    f = lambda x: -x[0] + (1 - 5e-5) * x[0] ** 2 + 0 * x[1]  # noqa: E731
    result = newton_kkt(
        f, [0.0, 0.0], lambda x: x[1], hess=lambda x, lam: np.eye(2), maxiter=1, tol=1e-12
    )
    assert result.path[1] == pytest.approx([0.5, 0])


def test_newton_kkt_weighs_f_against_the_constraints():
    """Merit f + 1.5 |λ| |h|: a step that violates h for a gain in f is shortened."""
    p = next(p for p in PROBLEMS if p.number == 39)
    result = newton_kkt(p.f, p.x0, p.equality)
    merits = []
    for x, y in zip(result.path[:-1], result.path[1:], strict=True):
        gain, loss = p.f(x) - p.f(y), np.linalg.norm(p.equality(y)) - np.linalg.norm(p.equality(x))
        merits.append(gain > 0 or loss < 0)
    assert all(merits)


def test_redundant_constraints_do_no_harm():
    twice = lambda x: np.stack([x[0] + x[1] - 2, 2 * x[0] + 2 * x[1] - 4])  # noqa: E731
    for result in (
        augmented_lagrangian(lambda x: x @ x, [3.0, 1.0], equality=twice),
        newton_kkt(lambda x: x @ x, [3.0, 1.0], twice),
    ):
        assert result.success
        assert result.x == pytest.approx([1, 1])
        assert result.lam @ [1, 2] == pytest.approx(-2)


def test_shapes_and_absent_constraints():
    free = augmented_lagrangian(lambda x: (x[0] - 3) ** 2, [1])
    assert free.success
    assert (free.lam.shape, free.mu.shape) == ((0,), (0,))
    scalar = augmented_lagrangian(lambda x: (x - 3) ** 2, 1, inequality=lambda x: x - 1)
    assert scalar.x.shape == ()
    assert scalar.path.shape == (scalar.nit + 1,)
    assert scalar.mu == pytest.approx([4])
    target = np.arange(4.0).reshape(2, 2)
    matrix = augmented_lagrangian(
        lambda X: np.sum((X - target) ** 2), np.zeros((2, 2)), equality=lambda X: np.trace(X) - 5
    )
    assert matrix.x == pytest.approx(target + np.eye(2))
    assert matrix.lam == pytest.approx([-2])
    assert matrix.grad.shape == (2, 2)


def test_agrees_with_slsqp_on_a_portfolio():
    rng = np.random.default_rng(5)
    A = rng.normal(size=(30, 6))
    S, m = A.T @ A / 30, rng.random(6)
    f = lambda w: 0.5 * w @ S @ w - 0.3 * m @ w  # noqa: E731
    ours = augmented_lagrangian(
        f, np.full(6, 1 / 6), equality=lambda w: np.sum(w) - 1, inequality=lambda w: -w
    )
    theirs = minimize(
        f,
        np.full(6, 1 / 6),
        jac=lambda w: S @ w - 0.3 * m,
        bounds=[(0, None)] * 6,
        constraints={"type": "eq", "fun": lambda w: np.sum(w) - 1},
        tol=1e-14,
    )
    assert ours.success
    assert np.allclose(ours.x, theirs.x, atol=1e-6)
    assert ours.fun <= theirs.fun + 1e-10


def test_newton_kkt_converges_quadratically():
    p = next(p for p in PROBLEMS if p.number == 77)
    result = newton_kkt(p.f, p.x0, p.equality, tol=1e-13)
    error = np.linalg.norm(result.path - result.path[-1], axis=1)
    error = error[(error < 0.1) & (error > 1e-13)]
    order = np.log(error[-1] / error[-2]) / np.log(error[-2] / error[-3])
    assert order == pytest.approx(2, abs=0.5)


def test_newton_kkt_solves_quadratic_programs_in_one_step():
    H = np.array([[4.0, 1.0, 0.0], [1.0, 3.0, 0.5], [0.0, 0.5, 2.0]])
    c, A, b = np.array([1.0, -2.0, 3.0]), np.array([[1.0, 1.0, 1.0], [1.0, -1.0, 2.0]]), [1.0, 2.0]
    result = newton_kkt(
        lambda x: 0.5 * x @ H @ x + c @ x, np.array([5, -3, 2]), lambda x: A @ x - b
    )
    system = np.block([[H, A.T], [A, np.zeros((2, 2))]])
    exact = np.linalg.solve(system, np.concatenate([-c, b]))
    assert result.nit == 1
    assert np.allclose(result.x, exact[:3], rtol=1e-12)
    assert np.allclose(result.lam, exact[3:], rtol=1e-12)


def test_newton_kkt_is_not_drawn_to_maxima():
    result = newton_kkt(lambda x: x[0] + x[1], [0.8, 0.7], lambda x: x @ x - 1)
    assert result.x == pytest.approx([-np.sqrt(0.5)] * 2)
    assert result.lam == pytest.approx([np.sqrt(0.5)])


def test_newton_kkt_starts_from_given_multipliers():
    p = next(p for p in PROBLEMS if p.number == 7)
    result = newton_kkt(p.f, [0.0, np.sqrt(3)], p.equality, lam0=[1 / np.sqrt(12)])
    assert (result.nit, result.success) == (0, True)
    # the default is the least-squares multiplier, exact at the solution
    assert newton_kkt(p.f, [0.0, np.sqrt(3)], p.equality).nit == 0
    with pytest.raises(ValueError, match="lam0 must hold one multiplier a constraint, 1; got 2"):
        newton_kkt(p.f, p.x0, p.equality, lam0=[1.0, 2.0])


def test_user_derivatives_are_used():
    p = next(p for p in PROBLEMS if p.number == 7)
    H = lambda x, lam: np.diag(  # noqa: E731
        [
            2 * (1 - x[0] ** 2) / (1 + x[0] ** 2) ** 2 + lam[0] * (12 * x[0] ** 2 + 4),
            2 * lam[0],
        ]
    )
    grad, jac = gradient_of(p.f), jacobian(p.equality)
    counts = [0]

    def f(x):
        counts[0] += 1
        return float(p.f(x))

    given = newton_kkt(f, p.x0, p.equality, grad=grad, jac=jac, hess=H)
    ours = newton_kkt(p.f, p.x0, p.equality)
    assert np.allclose(given.path, ours.path, atol=1e-10)
    assert given.nfev == counts[0] < ours.nfev
    assert given.nhev == ours.nhev == given.nit
    with pytest.raises(ValueError, match=r"hess must return 2 x 2 numbers, got shape \(2,\)"):
        newton_kkt(p.f, p.x0, p.equality, hess=lambda x, lam: x)
    by_hand = augmented_lagrangian(p.f, p.x0, equality=p.equality, grad=grad, equality_jac=jac)
    assert by_hand.success
    opaque = augmented_lagrangian(f, p.x0, equality=p.equality, grad=grad)
    assert opaque.success  # though f cannot be traced: only the Newton steps at the end are missed
    assert opaque.x == pytest.approx(by_hand.x, abs=1e-7)
    g, dg = lambda x: 1 - x, lambda x: -np.eye(2)
    bounded = augmented_lagrangian(lambda x: x @ x, [3.0, 3.0], inequality=g, inequality_jac=dg)
    assert bounded.mu == pytest.approx([2, 2])
    with pytest.raises(ValueError, match=r"inequality_jac must return 2 x 2 .* shape \(2,\)"):
        augmented_lagrangian(
            lambda x: x @ x, [3.0, 3.0], inequality=g, inequality_jac=lambda x: np.ones(2)
        )


def test_callbacks_and_limits():
    p = next(p for p in PROBLEMS if p.number == 77)
    seen = []
    stopped = newton_kkt(p.f, p.x0, p.equality, callback=lambda x: seen.append(x) or len(seen) == 2)
    assert (stopped.nit, stopped.status, stopped.success) == (2, "callback", False)
    limited = newton_kkt(p.f, p.x0, p.equality, maxiter=1)
    assert (limited.nit, limited.status) == (1, "maxiter")
    p = next(p for p in PROBLEMS if p.number == 16)
    stopped = augmented_lagrangian(p.f, p.x0, inequality=p.inequality, callback=lambda x: True)
    assert (stopped.nit, stopped.status, stopped.success) == (1, "callback", False)
    limited = augmented_lagrangian(p.f, p.x0, inequality=p.inequality, maxiter=1)
    assert (limited.nit, limited.success) == (1, False)


def test_lagrangian_by_hand():
    f, h = lambda x: x @ x, lambda x: x[0] - 1
    g = lambda x: np.stack([x[1], 2 * x[0]])  # noqa: E731
    L = lagrangian(f, equality=h, inequality=g)
    x = np.array([3.0, 4.0])
    assert L(x, [10.0], [100.0, 1000.0]) == 25 + 10 * 2 + 100 * 4 + 1000 * 6
    assert np.allclose(gradient_of(L)(x, [10.0], [100.0, 1000.0]), [6 + 10 + 2000, 8 + 100])
    assert np.allclose(gradient_of(L, 2)(x, [10.0], np.ones(2)), [4, 6])
    assert lagrangian(f)(x) == 25
    assert lagrangian(f, inequality=g)(x, mu=[1.0, 1.0]) == 25 + 4 + 6
    with pytest.raises(ValueError, match="mu must hold one multiplier a constraint, 2; got 1"):
        L(x, [1.0], [1.0])
    with pytest.raises(ValueError, match="lam must hold one multiplier a constraint, 0; got 1"):
        lagrangian(f)(x, [1.0])


def test_kkt_residual_by_hand():
    f, h, g = lambda x: x @ x, lambda x: x[0] + x[1] - 2, lambda x: np.stack([-x[0], x[1] - 3])
    both = {"equality": h, "inequality": g}

    def residual(x, lam, mu):
        return kkt_residual(f, x, **both, lam=[lam], mu=mu)

    assert residual([1, 1], -2, [0, 0]) == 0
    assert residual([1, 1], -1.5, [0, 0]) == 0.5  # stationarity
    assert residual([1, 1], -2, [0.0, 0.25]) == 0.5  # complementarity: 0.25 * 2
    assert residual([1, 1], -2, [-0.25, 0.0]) == 0.25  # sign, and complementarity
    assert residual([-0.5, 2.5], -2, [0, 0]) == 3.0  # stationarity: |-1 - 2|
    assert kkt_residual(lambda x: 0 * x[0], [5.0], inequality=lambda x: x - 3, mu=[0]) == 2
    assert kkt_residual(lambda x: 0 * x[0], [5.0], equality=lambda x: 3 - x, lam=[0]) == 2
    assert kkt_residual(lambda x: x[0], [0.125], equality=lambda x: x**2, lam=[-4]) == 0.0625
    with pytest.raises(ValueError, match="lam must hold one multiplier a constraint, 1; got 0"):
        kkt_residual(f, [1, 1], equality=h)
    with pytest.raises(ValueError, match="mu must hold one multiplier a constraint, 2; got 3"):
        kkt_residual(f, [1, 1], inequality=g, mu=np.ones(3))


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        ({"x0": []}, ValueError, "x0 must hold at least one number"),
        ({"x0": [np.inf, 1.0]}, ValueError, "x0 must be finite"),
        ({"x0": [0.0, 1.0]}, ValueError, "f, .*finite at x0"),
        ({"tol": -1.0}, ValueError, "tol must be finite and at least 0"),
        ({"maxiter": 1.5}, ValueError, "maxiter must be a whole number"),
        ({"equality": 3}, TypeError, "equality must be a function, got int"),
        ({"equality": lambda x: 1j * x, "equality_jac": 1}, TypeError, "equality_jac must be a f"),
        (
            {"equality": lambda x: 1j * np.ones(1), "equality_jac": lambda x: np.ones((1, 2))},
            TypeError,
            "equality must return real numbers, got dtype complex128",
        ),
    ],
)
def test_bad_arguments_are_refused(changed, error, message):
    arguments = {"x0": [1.0, 1.0], "equality": lambda x: x[0] - 1, **changed}
    with pytest.raises(error, match=message):
        augmented_lagrangian(lambda x: np.log(x[0]) ** 2 + x[1] ** 2, **arguments)
    if "equality_jac" not in changed:
        with pytest.raises(error, match=message):
            newton_kkt(lambda x: np.log(x[0]) ** 2 + x[1] ** 2, **arguments)


def test_bad_penalties_are_refused():
    for penalty in (0.0, -1.0, np.inf, np.nan):
        with pytest.raises(ValueError, match="penalty must be positive and finite"):
            augmented_lagrangian(lambda x: x @ x, [1.0], penalty=penalty)


@pytest.mark.parametrize("unit", [1e-12, 1e-8, 1e-4, 1.0, 1e4])
def test_units_of_the_constraint_do_not_decide_feasibility(unit):
    def h(x):
        return unit * (x[0] + x[1] - 1)

    for result in (
        augmented_lagrangian(lambda x: x @ x, [1.0, 1.0], equality=h),
        newton_kkt(lambda x: x @ x, [1.0, 1.0], h),
        augmented_lagrangian(lambda x: x @ x, [1.0, 1.0], inequality=lambda x: -h(x)),
    ):
        assert result.success
        assert result.x == pytest.approx([0.5, 0.5], abs=1e-7)
        assert abs(np.append(result.lam, result.mu)) == pytest.approx([1 / unit], rel=1e-6)


def test_units_of_the_objective_do_not_decide_optimality():
    for unit in (1e-10, 1e-5):
        result = augmented_lagrangian(
            lambda x, u=unit: u * (x @ x), [1.0, 1.0], equality=lambda x: x[0] + 2 * x[1] - 1
        )
        assert result.success
        assert result.x == pytest.approx([0.2, 0.4], abs=1e-6)
        assert result.lam == pytest.approx([-0.4 * unit], rel=1e-5)


def test_feasibility_alone_is_a_problem_too():
    result = augmented_lagrangian(lambda x: 0 * x[0], [3.0, 1.0], equality=lambda x: x @ x - 1)
    assert result.success
    assert result.x @ result.x == pytest.approx(1)


def test_constraints_may_be_listed():
    def listed(x):
        return [x[0] + x[1] - 1, x[1:] - 2 * x[0], 0.0 * x[0]]

    result = augmented_lagrangian(lambda x: x @ x, [1.0, 1.0], equality=listed)
    assert result.success
    assert result.x == pytest.approx([1 / 3, 2 / 3])
    L = lagrangian(lambda x: x @ x, equality=listed)
    assert L(np.array([1.0, 1.0]), [1.0, 2.0, 5.0]) == 2 + 1 - 2
    for solve in (
        lambda h: augmented_lagrangian(lambda x: x @ x, [1.0], equality=h),
        lambda h: newton_kkt(lambda x: x @ x, [1.0], h),
    ):
        with pytest.raises(TypeError, match=r"equality must be one function, got a list.*lambda x"):
            solve([lambda x: x[0]])
