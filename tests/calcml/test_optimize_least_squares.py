"""Gauss-Newton and Levenberg-Marquardt against certified values, test problems and SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from problems.mgh import PROBLEMS
from problems.nist import DATASETS, saturation
from scipy.optimize import least_squares

from calcml.diff import jacobian
from calcml.optimize import gauss_newton, levenberg_marquardt

BOTH = [gauss_newton, levenberg_marquardt]


@pytest.mark.parametrize("data", DATASETS, ids=lambda d: d.name)
def test_certified_sums_of_squares_belong_to_the_data(data):
    """The files and models are right: the certified parameters give the certified sum.

    Lanczos1 is certified in many digits; in double precision its residuals of 1e-13 are noise.
    """
    rss = np.sum(data.residual(data.certified) ** 2)
    if data.name == "Lanczos1":
        assert rss < 1e-20
    else:
        assert rss == pytest.approx(data.rss, rel=2e-10)


@pytest.mark.parametrize("data", DATASETS, ids=lambda d: d.name)
@pytest.mark.parametrize("start", [0, 1])
def test_nist_certified_parameters(data, start):
    result = levenberg_marquardt(data.residual, data.starts[start])
    assert result.success
    assert data.digits(result.x) >= 7.5
    if data.name != "Lanczos1":
        assert 2 * result.fun == pytest.approx(data.rss, rel=1e-9)


@pytest.mark.parametrize("name", ["Misra1a", "Hahn1", "MGH09", "Thurber"])
def test_takes_the_steps_of_minpack(name):
    data = next(d for d in DATASETS if d.name == name)
    jac = jacobian(data.residual)
    options = {"x_scale": "jac", "xtol": 1e-12, "ftol": 1e-15, "max_nfev": 2000}
    for start in data.starts:
        theirs = least_squares(data.residual, start, jac, method="lm", **options)
        ours = levenberg_marquardt(data.residual, start, jac=jac, gtol=1e-8)
        assert ours.nfev <= 1.1 * theirs.nfev + 3
        assert ours.njev <= 1.1 * theirs.njev + 3


def test_misra1a_to_eight_digits():
    data = DATASETS[0]
    for solve in BOTH:
        result = solve(data.residual, data.starts[1])
        assert result.success
        assert 2 * result.fun == pytest.approx(1.2455138894e-01, rel=1e-10)
        assert result.x == pytest.approx([2.3894212918e02, 5.5015643181e-04], rel=1e-9)


def hit(problem, value):
    return any(abs(2 * value - m) <= max(2e-5 * m, 1e-8) for m in problem.minima)


@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_more_garbow_hillstrom_by_levenberg_marquardt(problem):
    result = levenberg_marquardt(problem.residual, problem.x0)
    assert result.success
    assert hit(problem, result.fun)


# The large or singular problems where Gauss-Newton without a trust region is known to fail.
HARD = {2, 6, 11, 18, 24, 35}


@pytest.mark.parametrize("problem", [p for p in PROBLEMS if p.number not in HARD], ids=str)
def test_more_garbow_hillstrom_by_gauss_newton(problem):
    result = gauss_newton(problem.residual, problem.x0)
    assert result.success
    assert hit(problem, result.fun)


@pytest.mark.parametrize("problem", [p for p in PROBLEMS if p.number in (2, 6)], ids=str)
def test_gauss_newton_admits_failure(problem):
    result = gauss_newton(problem.residual, problem.x0, maxiter=100)
    assert hit(problem, result.fun) or not result.success


def errors(path, solution):
    size = np.linalg.norm(path - solution, axis=1)
    return size[(size > 1e-13) & (size < 0.1)]


def test_orders_of_convergence():
    """Quadratic without residuals, linear with them, at the rate of the neglected curvature."""
    r = lambda x: np.stack([np.exp(x[0]) - 1, x[0] + x[1] ** 2 + x[1]])  # noqa: E731
    for solve in BOTH:
        e = errors(solve(r, [0.2, 0.3], gtol=1e-15, xtol=1e-15).path, np.zeros(2))
        assert np.log(e[2] / e[1]) / np.log(e[1] / e[0]) == pytest.approx(2, abs=0.3)
    # r = (x + c, a x^2 + x - c): at 0, J'J = 2 and the neglected term is r_2 r_2'' = -2ac.
    a, c = 0.25, 0.5
    s = lambda x: np.concatenate([x + c, a * x**2 + x - c])  # noqa: E731
    path = gauss_newton(s, [0.05], damped=False, gtol=1e-14).path[:, 0]
    assert path[5] / path[4] == pytest.approx(2 * a * c / 2, rel=1e-3)


def test_undamped_gauss_newton_is_the_textbook_iteration():
    data = DATASETS[0]
    x = data.starts[1]
    J = jacobian(data.residual)
    path = [x]
    for _ in range(4):
        x = x - np.linalg.lstsq(J(x), data.residual(x), rcond=None)[0]
        path.append(x)
    result = gauss_newton(data.residual, path[0], damped=False, maxiter=4)
    assert np.allclose(result.path, path[: len(result.path)], rtol=1e-9)
    damped = gauss_newton(data.residual, path[0])
    assert np.allclose(damped.path[:4], path[:4], rtol=1e-9)  # full steps are good enough here


def test_damping_rescues_gauss_newton():
    r = lambda x: np.arctan(x)  # noqa: E731
    assert abs(gauss_newton(r, [2.0], damped=False).x[0]) > 1e80  # where the slope is zero, too
    result = gauss_newton(r, [2.0])
    assert result.success
    assert result.x == pytest.approx([0], abs=1e-9)


def test_the_units_of_parameters_do_not_matter():
    data = DATASETS[0]
    units = np.array([1e-6, 1e5])
    plain = levenberg_marquardt(data.residual, data.starts[0])
    scaled = levenberg_marquardt(lambda z: data.residual(z * units), data.starts[0] / units)
    assert (scaled.nit, scaled.nfev) == (plain.nit, plain.nfev)
    assert np.allclose(scaled.path * units, plain.path, rtol=1e-6)


def test_stopping_tests_are_the_documented_ones():
    data = DATASETS[0]
    J = jacobian(data.residual)
    for gtol in (1e-3, 1e-6, 1e-10):
        result = levenberg_marquardt(data.residual, data.starts[1], gtol=gtol, xtol=0.0)
        cosines = []
        for x in result.path:
            r, columns = data.residual(x), J(x)
            norms = np.linalg.norm(columns, axis=0) * np.linalg.norm(r)
            cosines.append(np.abs(columns.T @ r / norms).max())
        assert cosines[-1] <= gtol < min(cosines[:-1])
        assert "orthogonal" in result.message
    for xtol in (1e-2, 1e-5):
        result = levenberg_marquardt(data.residual, data.starts[1], gtol=0.0, xtol=xtol)
        moves = []
        for x in result.path:
            columns = J(x)
            D = np.linalg.norm(columns, axis=0)
            p = np.linalg.lstsq(columns, data.residual(x), rcond=None)[0]
            moves.append(np.linalg.norm(D * p) / np.linalg.norm(D * x))
        assert moves[-1] <= xtol < min(moves[:-1])
        assert "Gauss-Newton step" in result.message
    exact = levenberg_marquardt(lambda x: x - 1, [1.0])
    assert "all residuals are zero" in exact.message


def test_trust_region_steps_have_the_asked_length():
    """Every rejected or damped step solves (J'J + λD²)p = -J'r for some λ >= 0."""
    f = PROBLEMS[0].residual
    result = levenberg_marquardt(f, [-1.2, 1.0])
    J = jacobian(f)
    for x, y in zip(result.path[:-1], result.path[1:], strict=True):
        p, r, Jx = y - x, f(x), J(x)
        rest = Jx.T @ (Jx @ p + r)  # = -λ D² p
        D2p = p * np.maximum.reduce([np.sum(J(z) ** 2, axis=0) for z in result.path[:1]])
        if np.linalg.norm(rest) > 1e-6 * np.linalg.norm(Jx.T @ r):
            assert rest @ D2p < 0


def test_dependent_parameters_get_the_shortest_step():
    result = levenberg_marquardt(lambda x: (x[0] + x[1]) * np.ones(3) - 2, [0.0, 0.0])
    assert result.success
    assert result.x == pytest.approx([1, 1])


def test_fewer_residuals_than_parameters():
    for solve in BOTH:
        result = solve(lambda x: np.stack([np.sum(x**2) - 3, x[0] - x[1]]), np.array([1, 2, 3.0]))
        assert result.success
        assert result.fun < 1e-15


def test_a_wrong_jacobian_is_found_out():
    data = DATASETS[0]
    J = jacobian(data.residual)
    for solve in BOTH:
        result = solve(data.residual, data.starts[1], jac=lambda x: -J(x), maxiter=50)
        assert not result.success
        assert result.status in ("stalled", "maxiter")


def test_user_jacobians_are_used_and_counted():
    data = DATASETS[0]
    calls = []

    def jac(b):
        calls.append(1)
        e = np.exp(-b[1] * data.x)
        return np.stack([1 - e, b[0] * data.x * e], axis=1)

    plain = lambda b: np.asarray(saturation(b, data.x) - data.y)  # noqa: E731
    result = levenberg_marquardt(plain, data.starts[0], jac=jac)
    assert result.njev == len(calls)
    assert result.success
    ours = levenberg_marquardt(data.residual, data.starts[0])
    assert np.allclose(ours.path, result.path, rtol=1e-8)
