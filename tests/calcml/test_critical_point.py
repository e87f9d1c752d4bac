"""Critical points are named by the signs of the Hessian's eigenvalues."""

from __future__ import annotations

import numpy as np
import pytest

from calcml.diff import grad, hessian
from calcml.optimize import newton
from calcml.optimize.critical_point import classify_critical_point


def rotated(*eigenvalues: float) -> np.ndarray:
    Q, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(len(eigenvalues),) * 2))
    return Q @ np.diag(eigenvalues) @ Q.T


@pytest.mark.parametrize(
    ("eigenvalues", "name"),
    [
        ((1, 2, 3), "minimum"),
        ((-1, -2, -3), "maximum"),
        ((1, -2, 3), "saddle"),
        ((-1e-3, 1e3, 2), "saddle"),
        ((0, 1, 2), "degenerate"),
        ((0, -1, -2), "degenerate"),
        ((0, 1, -2), "saddle"),
        ((0, 0, 0), "degenerate"),
        ((1e-12, 1, 2), "degenerate"),
        ((-1e-12, 1, 2), "degenerate"),
        ((1e-12, -1, -2), "degenerate"),
    ],
)
@pytest.mark.parametrize("scale", [1e-200, 1, 1e200])
def test_names_by_signs_of_eigenvalues(eigenvalues, name, scale):
    H = rotated(*eigenvalues)
    assert classify_critical_point(scale * (H + H.T)) == name


def test_rtol_decides_what_is_zero():
    H = np.diag([1e-12, 1.0])
    assert classify_critical_point(H, rtol=0) == "minimum"
    assert classify_critical_point(-H, rtol=0) == "maximum"
    assert classify_critical_point(np.diag([-1e-12, 1.0]), rtol=1e-13) == "saddle"
    assert classify_critical_point(np.diag([0.5, 1.0]), rtol=0.6) == "degenerate"


def test_scalars_and_lists_are_matrices():
    assert classify_critical_point(2) == "minimum"
    assert classify_critical_point([[-3]]) == "maximum"


def himmelblau(x):
    return (x[0] ** 2 + x[1] - 11) ** 2 + (x[0] + x[1] ** 2 - 7) ** 2


HIMMELBLAU = {
    (3.0, 2.0): "minimum",
    (-2.805118, 3.131313): "minimum",
    (-3.779310, -3.283186): "minimum",
    (3.584428, -1.848127): "minimum",
    (-0.270845, -0.923039): "maximum",
    (-3.073026, -0.081353): "saddle",
    (-0.127961, -1.953715): "saddle",
    (0.086678, 2.884255): "saddle",
    (3.385154, 0.073852): "saddle",
}


def test_all_critical_points_of_himmelblau():
    """Pure Newton from a grid finds exactly the nine known points, and each is named right."""
    found = set()
    for a in np.linspace(-5, 5, 11):
        for b in np.linspace(-5, 5, 11):
            result = newton(himmelblau, [a + 0.01, b + 0.02], damped=False, gtol=1e-9)
            if result.success:
                found.add(tuple(np.round(result.x, 6)))
    assert len(found) == 9
    for known, name in HIMMELBLAU.items():
        x = min(found, key=lambda p, known=known: np.hypot(p[0] - known[0], p[1] - known[1]))
        assert np.allclose(x, known, atol=2e-6)
        assert np.allclose(grad(himmelblau)(np.array(x)), 0, atol=1e-3)
        assert classify_critical_point(hessian(himmelblau)(np.array(x))) == name


def test_rosenbrock_condition_number():
    f = lambda x: 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2  # noqa: E731
    H = hessian(f)(np.ones(2))
    assert classify_critical_point(H) == "minimum"
    assert np.linalg.cond(H) == pytest.approx(2508.0096, abs=1e-4)


@pytest.mark.parametrize(
    ("H", "error", "message"),
    [
        (np.ones((2, 3)), ValueError, r"square matrix .* got shape \(2, 3\)"),
        (np.ones(3), ValueError, r"got shape \(3,\)"),
        (np.ones((0, 0)), ValueError, "got shape"),
        (np.ones((2, 2, 2)), ValueError, r"got shape \(2, 2, 2\)"),
        ([[1.0, np.nan], [np.nan, 1.0]], ValueError, "not finite"),
        ([[1.0, 2.0], [0.0, 1.0]], ValueError, r"symmetric.*\(H \+ H.T\) / 2"),
        ([[1.0, 1j], [-1j, 1.0]], TypeError, "real matrix, got dtype complex128"),
        ([["a"]], TypeError, "real matrix"),
    ],
)
def test_bad_matrices_are_refused(H, error, message):
    with pytest.raises(error, match=message):
        classify_critical_point(H)


@pytest.mark.parametrize("rtol", [-1e-8, 1.0, np.nan])
def test_bad_tolerances_are_refused(rtol):
    with pytest.raises(ValueError, match=r"rtol must lie in \[0, 1\)"):
        classify_critical_point(np.eye(2), rtol=rtol)


def test_asymmetry_within_rounding_is_accepted():
    H = np.array([[2.0, 1.0], [1.0 + 1e-14, 2.0]])
    assert classify_critical_point(H, rtol=0) == "minimum"
