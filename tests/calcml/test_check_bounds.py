"""Inequalities and bounds: never crossed, as tight as stated, and told from other claims."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy as sp

from calcml import check
from calcml.check import CheckFailed

x, y = sp.symbols("x y", real=True)
p = sp.Symbol("p", positive=True)
H = 0.1 / 2 ** np.arange(5)


def test_inequality_reports_how_tight_it_is():
    r = check.inequality(sp.log(1 + x), x, where={x: (1e-9, 5)}, tight=0.999)
    assert r.tightness == pytest.approx(1.0, abs=1e-6)
    assert {"0.9 of the bound", "1.25 times the bound"} <= set(r.rejected)
    assert not r.loose
    half = check.inequality(sp.sin(x), 2 + 0 * x, where={x: (-3, 3)}, tight=0.45, wrong=[0.9])
    assert half.tightness == pytest.approx(0.5, abs=1e-3)
    assert half.loose
    with pytest.raises(CheckFailed, match=r"tightness 0\.5 is below 0\.9: the bound is looser"):
        check.inequality(sp.sin(x), 2, where={x: (-3, 3)}, tight=0.9)
    euclid = sp.sqrt(2) * sp.sqrt(x**2 + y**2)
    assert check.inequality(x + y <= euclid, tight=0.99).rejected
    assert check.inequality(sp.exp(x) >= 1 + x, tight=0.99, label="eq-exp").label == ("eq-exp",)


def test_inequality_finds_a_small_violation():
    """It fails only in a strip of width 0.002, which no sample point hits: the search finds it."""
    for center in (1.23, 2.345, 3.21, 4.56):
        bump = sp.Rational(1, 10**6) - (x - sp.Float(center)) ** 2
        with pytest.raises(CheckFailed, match=r"inequality fails: .* > .* at point"):
            check.inequality(bump, 0 * x, where={x: (1, 5)}, points=20, tight=0.5)
    with pytest.raises(CheckFailed):
        check.inequality(sp.log(1 + x), x - x**2 / 2 + x**3 / 4, where={x: (0, 2)}, tight=0.9)
    with pytest.raises(CheckFailed):
        check.inequality(x * y, (x**2 + y**2) / 2 - sp.Rational(1, 100), tight=0.9)


def test_inequality_looks_at_the_ends_and_the_middle():
    for lhs, rhs in (
        (sp.floor(x), 1 + 0 * x),  # false at 2 only
        (2 + 0 * x, sp.ceiling(x)),  # false at 1 only
        (1 + 0 * x, sp.Abs(sp.sign(x - sp.Rational(3, 2)))),  # false at 3/2 only
    ):
        with pytest.raises(CheckFailed, match="inequality fails"):
            check.inequality(lhs, rhs, where={x: (1, 2)}, points=50, tight=0.95)


def test_inequality_tells_changes_that_fail_from_changes_that_hold():
    r = check.inequality(sp.sin(x) ** 2, x**2, tight=0.99, wrong=[("dropped square", x)])
    assert {"0.9 of the bound", "sign", "exponent 2 - 1", "dropped square"} <= set(r.rejected)
    assert "left: sign" in r.held  # weaker, and true
    assert not set(r.held) & set(r.rejected)
    assert r.to_json()["held"] == list(r.held)
    with pytest.raises(CheckFailed, match="proves nothing: wrong version"):
        check.inequality(sp.sin(x) ** 2, x**2, tight=0.99, wrong=[x**2 / 1 + x**4])
    with pytest.raises(CheckFailed, match="says the same as the claim"):
        check.inequality(sp.sin(x) ** 2, x**2, tight=0.99, wrong=[sp.Abs(x) ** 2])


def test_inequality_of_functions():
    def arguments(rng):
        return rng.normal(size=3), rng.normal(size=3)

    r = check.inequality(
        lambda u, v: abs(u @ v),
        lambda u, v: np.linalg.norm(u) * np.linalg.norm(v),
        draw=arguments,
        tight=0.95,
    )
    assert 0.95 < r.tightness <= 1
    with pytest.raises(CheckFailed):
        check.inequality(lambda u, v: abs(u @ v), lambda u, v: u @ u, draw=arguments, tight=0.9)


def test_tightness_of_negative_sides():
    """-x**2 <= -sin(x)**2: flipping the sign of the bound would be weaker, and is not required."""
    r = check.inequality(-(x**2), -(sp.sin(x) ** 2), where={x: (0.1, 3)}, tight=0.95)
    assert r.tightness == pytest.approx(math.sin(0.1) ** 2 / 0.01)
    assert {"0.9 of the bound", "1.25 times the bound"} <= set(r.rejected)
    low = check.inequality(-3, x**2 - 3, where={x: (0.0, 1.0)}, tight=0.99)
    assert low.tightness == 1.0
    with pytest.raises(CheckFailed, match=r"tightness 0\.5 is below 0\.9"):
        check.inequality(-6, x**2 - 3, where={x: (0.0, 1.0)}, tight=0.9)
    assert check.bound([-2.0, -1.0], [-1.0, -0.9], tight=0.8).tightness == pytest.approx(0.9)
    lower = check.bound([-2.0, -1.0], [-4.0, -1.25], lower=True, tight=0.7)
    assert lower.tightness == pytest.approx(0.8)
    vanishing = sp.Abs(sp.sin(x)), 100 * sp.Abs(x)
    r = check.inequality(*vanishing, where={x: (0, 1)}, tight=0.008, wrong=[sp.Abs(x) / 2])
    assert r.tightness == pytest.approx(0.01, rel=1e-3)  # 0 <= 0 at x = 0 is no merit


def test_scaled_bounds_lie_on_the_right_side(versions):
    check.bound([1.9, -3.0], [2.0, -1.0], tight=0.9)
    small, large = versions["half of the bound"]
    np.testing.assert_allclose(small, [1.9, -3.0])
    np.testing.assert_allclose(large, [1.0, -2.0])
    np.testing.assert_allclose(versions["twice the bound"][1], [4.0, -0.5])
    check.bound([2.0, -1.0], [1.9, -3.0], lower=True, tight=0.91)
    small, large = versions["0.9 of the bound"]
    np.testing.assert_allclose(small, [1.9 / 0.9, -3 * 0.9])
    np.testing.assert_allclose(large, [2.0, -1.0])
    np.testing.assert_allclose(versions["1.25 times the bound"][0], [1.9 / 1.25, -3 * 1.25])


def test_inequality_arguments():
    with pytest.raises(TypeError, match="give a relation such as a <= b"):
        check.inequality(sp.sin(x), tight=0.9)
    with pytest.raises(ValueError, match="needs draw="):
        check.inequality(lambda u: u, lambda u: u, tight=0.9)
    with pytest.raises(ValueError, match="no point to sample"):
        check.inequality(sp.Integer(1), sp.Integer(2), tight=0.9)
    with pytest.raises(ValueError, match="most sample points give undefined values"):
        check.inequality(sp.log(x), x, where={x: (-3, -1)}, tight=0.9)
    for tight in (0, 1, -0.5, 1.5):
        with pytest.raises(ValueError, match="strictly between 0 and 1"):
            check.inequality(sp.sin(p), p, tight=tight)
    with pytest.raises(TypeError, match="tight"):
        check.bound([1.0], [1.0])


def test_bound_is_never_crossed_and_as_tight_as_stated():
    k = np.arange(1, 30)
    run, bound = 1 / (k + 1.0) ** 1.5, 1.0 / k
    order = ("of order 2", bound**2)
    r = check.bound(run, bound, tight=0.33, wrong=[order])
    assert r.tightness == pytest.approx(np.max(run / bound))
    assert r.rejected == ("twice the bound", "of order 2")
    assert r.loose
    assert r.to_json()["loose"] is True
    assert "tightness 0.385 (loose)" in r.summary()
    with pytest.raises(CheckFailed, match=r"bound fails: .* > .* at point 3"):
        check.bound(run + (k == 4), bound, tight=0.33)
    turned = ("of order 2", run**1.5)
    assert check.bound(bound, run, lower=True, tight=0.33, wrong=[1.5 * bound]).loose
    with pytest.raises(CheckFailed):
        check.bound(run, bound, lower=True, tight=0.33, wrong=[turned])
    with pytest.raises(CheckFailed, match="proves nothing: wrong version 'a twentieth more'"):
        check.bound(run, bound, tight=0.3, wrong=[order, ("a twentieth more", 1.05 * bound)])
    touching = check.bound([1.0 + 1e-8], [1.0], rtol=1e-7, tight=0.95)
    assert touching.rejected == ("1.25 times the bound", "0.9 of the bound")
    assert check.bound([1.0 + 1e-8], [1.0], atol=1e-7, tight=0.95).rejected
    with pytest.raises(CheckFailed):
        check.bound([1.0 + 1e-8], [1.0], tight=0.95)
    with pytest.raises(CheckFailed, match="a side is not finite"):
        check.bound([1.0, np.nan], [1.0, 1.0], tight=0.95)
    with pytest.raises(ValueError, match="one nonempty shape"):
        check.bound([1.0], [1.0, 2.0], tight=0.95)


@pytest.mark.parametrize("factor", [2, 50, 1000])
@pytest.mark.parametrize("lower", [False, True])
def test_a_bound_times_a_factor_is_refused(factor, lower):
    """Values that lie below a bound lie below fifty times the bound, which is another claim."""
    k = np.arange(1.0, 30)
    for reach, tight in ((1.0, 0.95), (0.7, 0.6), (0.1, 0.08)):
        run, bound, other = reach / k, 1 / k, [("of order 2", 1 / k**2)]
        if lower:
            run, bound, other = 1 / k, reach / k, [("of order 0", np.ones(29))]
        loosened = bound / factor if lower else bound * factor
        assert check.bound(run, bound, tight=tight, lower=lower, wrong=other).rejected
        with pytest.raises(CheckFailed, match="looser than stated"):
            check.bound(run, loosened, tight=tight, lower=lower, wrong=other)
        modest = min(0.9, 1.05 * tight / factor)  # unless tight= is lowered with it
        with pytest.raises(CheckFailed, match=r"wrong version '(1\.25 times|twice) the bound'"):
            check.bound(run, bound, tight=modest, lower=lower, wrong=other)


def test_a_loose_bound_needs_a_version_of_the_claim_that_is_crossed():
    k = np.arange(1.0, 30)
    for wrong in ([], [("hardly less", 0.9 / k)], [("looser", 30 / k)]):
        with pytest.raises(CheckFailed, match=r"proves little: .* is loose \(tight=0\.08\)"):
            check.bound(0.1 / k, 1 / k, tight=0.08, wrong=wrong)
    # an expression's own changes count, if they say more than a sign
    r = check.inequality(p * sp.exp(-p), 4 * p / (1 + p), where={p: (0.01, 3)}, tight=0.22)
    assert r.loose
    with pytest.raises(CheckFailed, match="proves little"):
        check.inequality(sp.sin(x) ** 2, sp.Integer(40), tight=0.022)


def test_rounding_is_no_tightness():
    """Two rounding errors divided by each other say nothing about the bound."""
    measured = np.array([0.5, 1e-3, 2.2e-16, 8.9e-16])
    bound = np.array([1.0, 1e-2, 8.9e-16, 2.2e-16])
    half = [("of order 2", np.minimum(bound**2, 0.4))]
    r = check.bound(measured, bound, tight=0.42, atol=1e-9, wrong=half)
    assert r.tightness == 0.5
    with pytest.raises(CheckFailed, match=r"tightness 0 is below 0\.9"):
        check.bound([1e-15], [1e-15], tight=0.9, atol=1e-9)
