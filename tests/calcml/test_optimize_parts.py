"""The subproblems inside the minimizers, each against its defining property."""

from __future__ import annotations

import numpy as np
import pytest

from calcml.optimize.first_order import _under_bound
from calcml.optimize.least_squares import _decrease, _shrink, _TrustRegion
from calcml.optimize.problem import Objective, Stop
from calcml.optimize.residual import Linearization, Residual
from calcml.optimize.result import iterate
from calcml.optimize.search import armijo_step, wolfe_step
from calcml.optimize.second_order import _agreement, _steihaug, _to_boundary


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.mark.parametrize("size", [0.0, 0.3, 0.99])
@pytest.mark.parametrize("sign", [-1, 1])
def test_the_way_to_the_boundary(size, sign):
    d = np.array([3.0, -4.0])
    p = sign * size * np.array([0.6, -0.8]) + size * np.array([0.01, 0.02])
    t = _to_boundary(p, d, 2.0)
    assert t > 0
    assert np.linalg.norm(p + t * d) == pytest.approx(2.0, rel=1e-14)


def test_steihaug_predicts_what_the_model_loses(rng):
    A = rng.normal(size=(6, 6))
    for H in (A @ A.T + np.eye(6), A + A.T):
        b = rng.normal(size=6)
        objective = Objective(lambda x, H=H, b=b: 0.5 * x @ H @ x + b @ x, np.zeros(6))
        for radius in (1e-2, 0.5, 100.0):
            p, predicted = _steihaug(objective, np.zeros(6), b, radius)
            assert predicted == pytest.approx(-(0.5 * p @ H @ p + b @ p), rel=1e-10)
            assert predicted > 0
            assert np.linalg.norm(p) <= radius * (1 + 1e-12)
            # at least as good as the best point along the gradient (Cauchy)
            curvature = b @ H @ b
            longest = radius / np.linalg.norm(b)
            t = min(b @ b / curvature, longest) if curvature > 0 else longest
            assert predicted >= (t * b @ b - 0.5 * t**2 * curvature) * (1 - 1e-12)


def test_agreement_of_model_and_function():
    assert _agreement(3.0, 1.0, -5.0, -1.0, 4.0) == 0.5
    assert _agreement(1.0, 3.0, -5.0, -1.0, 4.0) == -0.5
    # equal to ten digits: by slopes -1e-12 and -5e-13, the decrease is 0.75e-12
    assert _agreement(1.0, 1.0, -1e-12, -5e-13, 1e-12) == pytest.approx(0.75)
    assert _agreement(1.0, 1.0, -1e-12, 3e-12, 1e-12) == pytest.approx(-1.0)
    for bad in (np.nan, np.inf):
        assert _agreement(1.0, bad, -1.0, -1.0, 1.0) == -np.inf
    assert _agreement(1.0, 0.5, -1.0, -1.0, 0.0) == -np.inf


def linearization(rng, m, n):
    return Linearization(rng.normal(size=n), rng.normal(size=m), rng.normal(size=(m, n)))


@pytest.mark.parametrize("shape", [(8, 3), (5, 5), (3, 6)])
def test_trust_region_steps_solve_the_damped_equations(shape, rng):
    here = linearization(rng, *shape)
    D = here.scale * rng.uniform(1, 2, shape[1])
    region = _TrustRegion(here, D)
    r, J = here.r, here.J
    full, damping = region.step(1e6, 0.0)
    assert damping == 0
    assert np.allclose(J.T @ (J @ full + r), 0, atol=1e-12)
    damping, found = 0.0, []
    for radius in np.linalg.norm(D * full) * np.array([0.8, 0.3, 0.01, 1e-4, 0.1, 0.7]):
        p, damping = region.step(radius, damping)
        assert np.linalg.norm(D * p) == pytest.approx(radius, rel=0.1)
        assert np.allclose(J.T @ (J @ p + r) + damping * D**2 * p, 0, atol=1e-11)
        predicted = 0.5 * (r @ r - (r + J @ p) @ (r + J @ p))
        assert region.decrease(p, damping) == pytest.approx(predicted, rel=1e-9)
        found.append(damping)
    assert found[:4] == sorted(found[:4])


@pytest.mark.parametrize("seed", range(20))
def test_a_damping_that_still_serves_is_kept(seed):
    """A step within a tenth of the radius is taken as it is: no more is asked of it."""
    here = linearization(np.random.default_rng(seed), 8, 3)
    region = _TrustRegion(here, np.ones(3))
    full = np.linalg.norm(region.step(1e6, 0.0)[0])
    p, damping = region.step(0.3 * full, 0.0)
    for share in (0.95, 1.05):
        again, same = region.step(share * np.linalg.norm(p), damping)
        assert same == damping
        np.testing.assert_array_equal(again, p)
    assert region.step(0.7 * np.linalg.norm(p), damping)[1] > damping


def test_the_first_damping_is_right_where_all_directions_are_alike(rng):
    """With JᵀJ = s² I the step to radius Δ has the damping s² (length / Δ - 1), at once."""
    J = 2 * np.linalg.qr(rng.normal(size=(6, 3)))[0]
    region = _TrustRegion(Linearization(np.zeros(3), rng.normal(size=6), J), np.ones(3))
    full = np.linalg.norm(region.step(1e6, 0.0)[0])
    for share in (0.1, 0.5, 0.8):
        p, damping = region.step(share * full, 0.0)
        assert np.linalg.norm(p) == pytest.approx(share * full, rel=1e-9)
        assert damping == pytest.approx(4 * (1 / share - 1), rel=1e-9)


def test_scales_do_not_underflow():
    J = np.array([[3e-200, 0.0], [4e-200, 0.0]])
    here = Linearization(np.zeros(2), np.ones(2), J)
    assert np.allclose(here.scale, [5e-200, 1.0], rtol=1e-14)


def test_decrease_near_rounding_error_comes_from_slopes():
    offset = 1e4
    problem = Residual(lambda x: np.stack([x[0], 0 * x[0] + offset]), np.ones(1), None)
    x, x_new = np.array([1e-6]), np.array([2.5e-7])
    fun, g = problem.value_and_grad(x)
    problem.value_and_grad(x_new)
    assert problem.value(x_new) == fun  # the values know nothing
    exact = 0.5 * (x[0] ** 2 - x_new[0] ** 2)
    assert _decrease(problem, fun, g, x_new - x, x_new) == pytest.approx(exact, rel=1e-9)
    far = np.array([-300.0])
    fun, g = problem.value_and_grad(x)
    assert _decrease(problem, fun, g, far - x, far) == pytest.approx(-0.5 * 300**2, rel=1e-6)


def test_the_radius_shrinks_to_the_minimum_of_the_parabola():
    assert _shrink(1.0, -2.0) == 0.5
    # f - actual: value 0, slope -2, and 3 higher after the step: minimum at 2 / (2 * 5)
    assert _shrink(-3.0, -2.0) == pytest.approx(0.2)
    assert _shrink(-100.0, -2.0) == 0.1
    assert _shrink(-np.inf, -2.0) == 0.1


def test_the_curvature_is_doubled_until_it_bounds():
    f = Objective(lambda x: 4.0 * x @ x, np.ones(1))  # curvature 8
    x, fun, g = np.ones(1), 4.0, np.array([8.0])
    there, L = _under_bound(f, x, fun, g, 1.0, 1.0, np.zeros(1))
    assert 8 <= L < 16
    assert there == pytest.approx(1 - 8 / L)
    there, L = _under_bound(f, x, fun, g, 100.0, 0.5, np.array([0.01]))
    assert pytest.approx(90) == L
    assert there == pytest.approx(1 + 0.01 - 0.5 * 8 / 90)
    # at the minimum of a large function rounding error is forgiven
    high = Objective(lambda x: 1e8 + 4.0 * x @ x, np.ones(1))
    tiny = np.array([1e-9])
    there, L = _under_bound(high, tiny, 1e8 - 5e-7, 8 * tiny, 8.0, 1.0, np.zeros(1))
    assert L < 16
    with pytest.raises(Stop, match="no step keeps f below its quadratic bound"):
        _under_bound(Objective(lambda x: x[0] + np.nan, x), x, fun, g, 1.0, 1.0, np.zeros(1))


def test_searches_refuse_directions_that_do_not_descend():
    f = Objective(lambda x: x @ x, np.ones(2))
    x, fun, g = np.ones(2), 2.0, 2 * np.ones(2)
    for search in (armijo_step, lambda *a: wolfe_step(*a, first=False)):
        with pytest.raises(Stop, match="does not point downhill"):
            search(f, x, fun, g, g)
        with pytest.raises(Stop, match="does not point downhill"):
            search(f, x, fun, g, np.array([1.0, -1.0]))
        huge = np.full(2, 1e200)
        with (
            np.errstate(over="ignore"),
            pytest.raises(Stop, match="slope along the search direction overflows"),
        ):
            search(f, x, fun, huge, -huge)
    there = wolfe_step(f, x, fun, g, -g, first=True)
    assert there[1] < fun
    assert np.linalg.norm(there[0] - x) >= 0.9
    t, (there_x, there_fun, there_g) = armijo_step(f, x, fun, g, -g, step=4.0)
    assert t == 0.5
    assert np.allclose(there_x, 0)
    assert there_fun == 0
    assert np.allclose(there_g, 0)


def test_creeping_is_not_progress():
    def creep(objective, first):
        x, fun, grad = first
        while True:
            x, fun = x - 1e-14, fun - 1e-14
            yield x, fun, grad

    objective = Objective(lambda x: x[0], np.ones(1))
    limits = {"gtol": 1e-6, "maxiter": 5_000, "callback": None, "keep_path": False}
    result = iterate(creep, objective, np.ones(1), patience=100, **limits)
    assert (result.status, result.nit) == ("stalled", 100)
    assert iterate(creep, objective, np.ones(1), **limits).status == "maxiter"
