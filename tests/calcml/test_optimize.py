"""What all minimizers promise: truthful results, exact counts, clear refusals."""

from __future__ import annotations

import math

import numpy as np
import pytest

from calcml.diff import grad as gradient_of
from calcml.optimize import (
    Result,
    bfgs,
    gauss_newton,
    gradient_descent,
    heavy_ball,
    lbfgs,
    levenberg_marquardt,
    nesterov,
    newton,
    newton_cg,
)

MINIMIZERS = [gradient_descent, heavy_ball, nesterov, newton, bfgs, lbfgs, newton_cg]
LEAST_SQUARES = [gauss_newton, levenberg_marquardt]
TARGET = np.array([1.0, -2.0, 3.0])
WEIGHTS = np.array([1.0, 4.0, 9.0])


def bowl(x):
    return np.sum(WEIGHTS * (x - TARGET) ** 2) + np.sum((x - TARGET) ** 4)


def line(x):
    return np.concatenate([WEIGHTS * (x - TARGET), (x - TARGET) ** 2])


CASES = [(solve, bowl) for solve in MINIMIZERS] + [(solve, line) for solve in LEAST_SQUARES]
IDS = [solve.__name__ for solve, _ in CASES]
every_solver = pytest.mark.parametrize(("solve", "f"), CASES, ids=IDS)
minimizers = pytest.mark.parametrize("solve", MINIMIZERS, ids=lambda s: s.__name__)


def value(f, x):
    y = f(x)
    return y if np.ndim(y) == 0 else 0.5 * y @ y


@every_solver
def test_result_tells_the_truth(solve, f):
    calls = []

    def counted(x):
        calls.append(1)
        return f(x)

    result = solve(counted, np.zeros(3))
    assert isinstance(result, Result)
    assert result.success
    assert result.status == "converged"
    assert result.nfev == len(calls)
    assert np.allclose(result.x, TARGET, atol=1e-6)
    assert result.fun == pytest.approx(value(f, result.x), rel=1e-15, abs=1e-300)
    assert np.allclose(result.grad, gradient_of(lambda x: value(f, x))(result.x), atol=1e-14)
    assert result.path.shape == (result.nit + 1, 3)
    assert np.array_equal(result.path[0], np.zeros(3))
    assert np.array_equal(result.path[-1], result.x)
    assert result.njev >= 1


@every_solver
def test_iteration_limit_is_kept_and_told(solve, f):
    result = solve(f, np.zeros(3), maxiter=1)
    assert (result.nit, result.success, result.status) == (1, False, "maxiter")
    assert "maxiter = 1" in result.message
    none = solve(f, np.zeros(3), maxiter=0)
    assert (none.nit, none.success, len(none.path)) == (0, False, 1)
    at_once = solve(f, TARGET, maxiter=0)
    assert (at_once.nit, at_once.success) == (0, True)


@every_solver
def test_callback_sees_every_iterate_and_may_stop(solve, f):
    seen = []
    result = solve(f, np.zeros(3), callback=lambda x: seen.append(x.copy()))
    assert np.array_equal(seen, result.path[1:])
    stopped = solve(f, np.zeros(3), callback=lambda x: True)
    assert (stopped.nit, stopped.success, stopped.status) == (1, False, "callback")
    assert "callback" in stopped.message
    on = solve(f, np.zeros(3), callback=lambda x: np.sum(x))  # only True stops
    assert on.success
    numpy_bool = solve(f, np.zeros(3), callback=lambda x: np.all(x == x))
    assert numpy_bool.status == "callback"


@every_solver
def test_callback_at_the_solution_does_not_hide_convergence(solve, f):
    result = solve(f, np.zeros(3))
    last = solve(f, np.zeros(3), callback=lambda x: bool(np.array_equal(x, result.x)))
    assert (last.status, last.success) == ("converged", True)


@every_solver
def test_path_can_be_left_out(solve, f):
    full, short = solve(f, np.zeros(3)), solve(f, np.zeros(3), keep_path=False)
    assert short.path.shape == (1, 3)
    assert np.array_equal(short.path[0], full.x)
    assert (short.nit, short.nfev) == (full.nit, full.nfev)


@every_solver
@pytest.mark.parametrize("x0", [[0, 0, 0], np.zeros(3, np.float32), (0.0, 0, 0)])
def test_start_may_be_any_real_numbers(solve, f, x0):
    result = solve(f, x0)
    assert result.x.dtype == np.float64
    assert result.success


@minimizers
def test_start_may_have_any_shape(solve):
    matrix = np.arange(6.0).reshape(2, 3)
    result = solve(lambda X: np.sum((X - matrix) ** 2 * (1 + matrix)), np.zeros((2, 3)))
    assert result.success
    assert result.x.shape == result.grad.shape == (2, 3)
    assert result.path.shape == (result.nit + 1, 2, 3)
    assert np.allclose(result.x, matrix, atol=1e-5)
    scalar = solve(lambda x: np.exp(x) - x, 1)
    assert scalar.success
    assert scalar.x.shape == scalar.grad.shape == ()
    assert scalar.path.shape == (scalar.nit + 1,)
    assert scalar.x == pytest.approx(0, abs=1e-5)


def test_least_squares_take_any_shape():
    matrix = np.arange(1, 7.0).reshape(2, 3)
    for solve in LEAST_SQUARES:
        result = solve(lambda X: np.exp(X) - matrix, np.zeros((2, 3)))
        assert np.allclose(result.x, np.log(matrix))
        scalar = solve(lambda x: np.exp(x) - 2, 0)
        assert scalar.x == pytest.approx(np.log(2))
        assert scalar.path.shape == (scalar.nit + 1,)


@every_solver
def test_start_is_neither_changed_nor_shared(solve, f):
    x0 = np.zeros(3)
    result = solve(f, x0, maxiter=2)
    assert np.array_equal(x0, np.zeros(3))
    result.path[0] = 7.0
    assert np.array_equal(x0, np.zeros(3))
    result.x[0] = 5.0  # the caller's own
    assert result.path[-1, 0] != 5.0


@every_solver
def test_functions_must_not_write_into_their_argument(solve, f):
    def vandal(x):
        x[0] = 0.0
        return f(x)

    derivative = {"jac": lambda x: np.eye(6, 3)} if f is line else {"grad": lambda x: x}
    with pytest.raises(ValueError, match="read-only"):
        solve(vandal, np.ones(3), **derivative)


@every_solver
@pytest.mark.parametrize(
    ("x0", "error", "message"),
    [
        ([], ValueError, r"x0 must hold at least one number, got shape \(0,\)"),
        ([1.0, np.nan, 0.0], ValueError, "x0 must be finite"),
        ([1j, 0, 0], TypeError, "x0 must hold real numbers, got dtype complex128"),
        (["a"], TypeError, "x0 must hold real numbers"),
        ([True, False, True], TypeError, "x0 must hold real numbers, got dtype bool"),
    ],
)
def test_bad_starts_are_refused(solve, f, x0, error, message):
    with pytest.raises(error, match=message):
        solve(f, x0)


@every_solver
@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"gtol": -1e-6}, "gtol must be finite and at least 0, got -1e-06"),
        ({"gtol": np.nan}, "gtol must be finite"),
        ({"maxiter": -1}, "maxiter must be a whole number >= 0, got -1"),
        ({"maxiter": 2.5}, "maxiter must be a whole number"),
    ],
)
def test_bad_limits_are_refused(solve, f, changed, message):
    with pytest.raises(ValueError, match=message):
        solve(f, np.zeros(3), **changed)


@minimizers
def test_bad_functions_are_refused(solve):
    for returned in (lambda x: x, lambda x: [1.0], lambda x: None):
        with pytest.raises(TypeError, match=r"f must return a scalar, got .*levenberg_marquardt"):
            solve(returned, np.ones(3))
        with pytest.raises(TypeError, match="f must return a scalar"):
            solve(returned, np.ones(3), grad=lambda x: x)
    with pytest.raises(TypeError, match="f must return a real number"):
        solve(lambda x: 1j, np.ones(3), grad=lambda x: x)
    with pytest.raises(TypeError, match="f must be a function, got int"):
        solve(3, np.ones(3))
    with pytest.raises(ValueError, match=r"grad must return 3 numbers .* got shape \(2,\)"):
        solve(bowl, np.ones(3), grad=lambda x: np.ones(2))
    with pytest.raises(ValueError, match=r"finite at x0, got f\(x0\) = inf"):
        solve(lambda x: np.sum(1 / x), np.zeros(3))
    with pytest.raises(ValueError, match=r"f\(x0\) = .* 1 gradient entries that are not"):
        solve(bowl, np.zeros(3), grad=lambda x: np.array([1.0, np.nan, 1.0]))


@pytest.mark.parametrize("solve", LEAST_SQUARES)
def test_bad_residuals_are_refused(solve):
    with pytest.raises(TypeError, match="residual must be a function"):
        solve(np.ones(3), np.ones(3))
    with pytest.raises(TypeError, match="array of real numbers, got dtype complex128"):
        solve(lambda x: 1j * x, np.ones(3), jac=lambda x: np.eye(3))
    with pytest.raises(TypeError, match=r"real numbers, got dtype float64 and shape \(0,\)"):
        solve(lambda x: x[:0], np.ones(3), jac=lambda x: np.eye(0, 3))
    with pytest.raises(ValueError, match=r"jac must return 6 x 3 numbers, got shape \(3, 3\)"):
        solve(line, np.ones(3), jac=lambda x: np.eye(3))
    sizes = iter([3, 2])
    with pytest.raises(ValueError, match="returned 3 numbers first and 2 now"):
        solve(lambda x: x[: next(sizes)], np.ones(3), jac=lambda x: np.eye(3))
    with pytest.raises(ValueError, match="xtol must be finite"):
        solve(line, np.ones(3), xtol=-1.0)
    with pytest.raises(ValueError, match="finite at x0"):
        solve(lambda x: 1 / x, np.zeros(3))


@minimizers
def test_user_gradients_are_used(solve):
    calls = []

    def grad(x):
        calls.append(1)
        return 2 * WEIGHTS * (x - TARGET) + 4 * (x - TARGET) ** 3

    extra = {"hess": lambda x: np.diag(2 * WEIGHTS)} if solve in (newton, newton_cg) else {}
    result = solve(lambda x: float(bowl(x)), np.zeros(3), grad=grad, **extra)  # not traceable
    assert result.success
    assert result.njev == len(calls)


@minimizers
def test_a_gradient_of_the_wrong_sign_is_found_out(solve):
    extra = {"hess": lambda x: np.eye(3)} if solve in (newton, newton_cg) else {}
    wrong = lambda x: -2 * WEIGHTS * (x - TARGET)  # noqa: E731
    result = solve(bowl, np.zeros(3), grad=wrong, maxiter=1_500, **extra)
    assert not result.success
    assert result.status in ("stalled", "unbounded", "nonfinite")


@minimizers
def test_functions_without_a_minimum_end_honestly(solve):
    for f in (lambda x: np.sum(x), lambda x: -np.sum(x**2), lambda x: np.sum(x**3)):
        result = solve(f, np.array([-1.0, -2.0]), maxiter=300)
        assert not result.success
        assert result.status in ("unbounded", "maxiter", "nonfinite")
        assert np.isfinite(result.x).all()
        assert np.isfinite(result.fun)


@minimizers
def test_walls_of_infinity_are_kept_away_from(solve):
    """f is infinite or NaN outside its domain, as with logarithms of data."""
    barrier = lambda x: np.sum(x) - np.sum(np.log(x)) - np.log(3 - np.sum(x))  # noqa: E731
    result = solve(barrier, np.array([0.01, 2.9]))
    assert result.success
    assert result.x[0] == pytest.approx(result.x[1], abs=1e-5)
    assert np.abs(gradient_of(barrier)(result.x)).max() <= 1e-6


@pytest.mark.parametrize("solve", [gradient_descent, heavy_ball, nesterov])
def test_a_fixed_step_that_diverges_is_reported(solve):
    result = solve(lambda x: x @ x * 50, np.ones(2), step=0.1)
    assert not result.success
    assert result.status == "nonfinite"
    assert np.isfinite(result.x).all()
    assert np.isfinite(result.fun)
    assert result.nit == len(result.path) - 1 > 10


@minimizers
def test_rounding_error_ends_the_run(solve):
    """With gtol = 0 and an offset of 1e6 no method can go on for ever."""
    f = lambda x: 1e6 + np.sum(WEIGHTS * np.cosh(x - TARGET))  # noqa: E731
    result = solve(f, np.zeros(3), gtol=0.0, maxiter=2_000)
    assert result.status in ("stalled", "converged", "maxiter")
    assert np.allclose(result.x, TARGET, atol=1e-6)
    assert result.success == bool(np.abs(result.grad).max() == 0)
    if solve in (newton, bfgs, lbfgs, newton_cg):
        assert result.nit < 200


@minimizers
def test_start_at_a_stationary_point_is_kept(solve):
    saddle = lambda x: x[0] ** 2 - x[1] ** 2  # noqa: E731
    result = solve(saddle, np.zeros(2))
    assert (result.nit, result.success, result.nfev) == (0, True, 1)


@minimizers
def test_constant_functions_have_converged(solve):
    result = solve(lambda x: 3.0 + 0 * np.sum(x), np.ones(2))
    assert (result.nit, result.success, result.fun) == (0, True, 3.0)


@pytest.mark.parametrize("solve", [heavy_ball, nesterov, newton, bfgs, lbfgs, newton_cg])
@pytest.mark.parametrize("unit", [1e-12, 1e-8, 1e-4])
def test_units_of_the_objective_do_not_decide_when_to_stop(solve, unit):
    def rosenbrock(x):
        return unit * (100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2)

    result = solve(rosenbrock, [-1.2, 1.0], maxiter=20_000)
    assert result.success
    assert result.x == pytest.approx([1, 1], abs=5e-3)


def test_a_start_within_rounding_error_of_the_minimum_counts():
    x0 = np.array([1 + 1e-12, 1 - 3e-12])
    for solve in (bfgs, lbfgs, newton, newton_cg):
        result = solve(lambda x: np.sum(x - np.log(x)), x0)
        assert result.success
        assert abs(result.grad).max() <= 1e-6


@pytest.mark.parametrize("solve", [newton, newton_cg, bfgs, lbfgs])
def test_a_linear_function_is_seen_to_have_no_minimum(solve):
    result = solve(lambda x: x[0] - 2 * x[1], [1.0, 1.0])
    assert result.status == "unbounded"
    assert result.nit < 100


@pytest.mark.parametrize(
    ("solve", "given", "name"),
    [(bfgs, {}, "grad"), (newton, {"grad"}, "hess"), (newton_cg, {"grad"}, "hvp")],
)
def test_the_missing_derivative_is_named_where_f_cannot_be_traced(solve, given, name):
    def f(x):
        return math.exp(x[0]) + float(x[0]) ** 2

    derivatives = {"grad": lambda x: np.exp(x) + 2 * x} if given else {}
    with pytest.raises(TypeError, match=rf"f cannot be traced; rewrite it, or pass {name}=\. "):
        solve(f, [1.0], **derivatives)


def test_a_type_error_of_the_function_stays_its_own():
    with pytest.raises(TypeError, match=r"^unsupported operand"):
        bfgs(lambda x: {} - float(x[0]), [1.0], grad=lambda x: x)
