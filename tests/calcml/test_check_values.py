"""Checks of numbers, orders, bounds and chance: what holds passes, what is loose or false fails."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import sympy as sp
from scipy import optimize, stats

from calcml import check
from calcml.check import CheckFailed
from calcml.check.result import Verdict, Wrong, labels, verify
from calcml.check.values import distance, same_value

x, y = sp.symbols("x y", real=True)
p = sp.Symbol("p", positive=True)
H = 0.1 / 2 ** np.arange(5)


@pytest.fixture
def versions(monkeypatch):
    """Record the wrong versions that a check makes, by name."""
    made = {}

    def spy(kind, statement, claim, test, wrong, **options):
        wrong = list(wrong)
        made.update({w.name: w.claim for w in wrong})
        return verify(kind, statement, claim, test, wrong, **options)

    for module in ("values", "bounds", "chance"):
        monkeypatch.setattr(f"calcml.check.{module}.verify", spy)
    return made


def test_the_wrong_versions_are_what_their_names_say(versions):
    check.equal(15.0429, "15.0429")
    assert versions["last digit + 1"] == pytest.approx(15.0430, abs=1e-12)
    assert versions["last digit - 1"] == pytest.approx(15.0428, abs=1e-12)
    assert versions["sign"] == -15.0429
    versions.clear()
    check.order(H, H**3, 3)
    assert versions == {"order + 1": 4, "order - 1": 2, "sign": -3, "half": 1.5}
    versions.clear()
    check.convergence([0.1 ** (2**k) for k in range(5)], 2)
    assert versions == {"order + 1": 3, "order - 1": 1}
    versions.clear()
    check.convergence(0.25 ** np.arange(5), 1, rate=0.25)
    assert versions == {"square of the rate": 0.0625, "root of the rate": 0.5}
    versions.clear()
    check.coverage(lambda rng: rng.random() < 0.9, 0.9)
    assert versions == pytest.approx({"half the rarer rate": 0.95, "double the rarer rate": 0.8})
    versions.clear()
    check.coverage(lambda rng: rng.random() < 0.1, 0.1)
    assert versions == pytest.approx({"half the rarer rate": 0.05, "double the rarer rate": 0.2})
    versions.clear()
    draws = np.random.default_rng(0).normal(2.0, 3.0, size=2000)
    check.distribution(draws, stats.norm(2, 3).cdf)
    assert versions["shifted"](2.75) == pytest.approx(0.5, abs=0.01)
    middle = np.median(draws)
    assert versions["stretched"](middle) == pytest.approx(stats.norm(2, 3).cdf(middle))
    assert versions["stretched"](middle + 3.9) == pytest.approx(stats.norm(2, 3).cdf(middle + 3))


# -- published values ------------------------------------------------------------------------------


def test_digits_mean_half_a_unit_in_the_last_place():
    r = check.equal(15.04294, "15.0429", source="Dalal et al. (1989)")
    assert {"last digit + 1", "last digit - 1", "sign", "factor 1.01"} <= set(r.rejected)
    assert "Dalal" in r.statement
    assert r.tolerance == "5e-05 absolute"
    for near in (15.04296, 15.04284):
        with pytest.raises(CheckFailed, match=r"measured 15\.042.*published 15\.0429, difference"):
            check.equal(near, "15.0429")
    assert check.equal(1.2455138894e-1, "1.2455138894E-01").rejected
    assert check.equal(-0.23216, "-0.23216").rejected


def test_equal_with_stated_tolerance():
    assert check.equal(np.eye(3) + 1e-13, np.eye(3), atol=1e-12).tolerance == "1e-12 absolute"
    assert check.equal([1e6, 2e6 + 1], [1e6, 2e6], rtol=1e-6).rejected
    assert check.equal(0.0, 0.0, atol=1e-9).rejected == ("off by one",)
    assert "off by one" not in check.equal(1e6, 1e6, rtol=1e-3).rejected
    assert check.equal(1 + 2j, 1 + 2j, atol=1e-12).rejected
    both = check.equal(2.0, 2.0, atol=1e-9, rtol=1e-9)
    assert both.tolerance == "1e-09 absolute + 1e-09 relative"
    for measured, published, tol in (
        (1.0 + 2e-9, 1.0, {"rtol": 1e-9}),
        ([1.0, np.nan], [1.0, 2.0], {"atol": 1e-3}),
        ([1.0, 2.0], [1.0], {"atol": 1e-3}),
    ):
        with pytest.raises(CheckFailed, match="value fails"):
            check.equal(measured, published, **tol)


def test_a_tolerance_that_lets_wrong_values_pass_is_refused():
    with pytest.raises(
        CheckFailed, match=r"proves nothing: wrong version 'factor 1\.01' .* passes"
    ):
        check.equal(1.0, 1.0, rtol=0.02)
    with pytest.raises(CheckFailed, match=r"proves nothing: wrong version 'factor 1\.01'"):
        check.equal(1e-9, 1e-9, atol=1e-6, wrong=[1.0])
    with pytest.raises(CheckFailed, match=r"proves nothing: wrong version '3\.0'"):
        check.equal(3.0 + 1e-12, 3.0 + 1e-12, atol=1e-9, wrong=[3.0])
    with pytest.raises(ValueError, match="state a tolerance"):
        check.equal(1.0, 1.0)


def test_same_value_is_strict():
    assert same_value(1.0, 1.0 + 1e-16)
    assert not same_value(1.0, 1.0 + 1e-14)
    assert not same_value(1e-20, -1e-20)
    assert not same_value([1.0], [1.0, 1.0])
    assert same_value([1.0, 1e-20], [1.0, 0.0])
    assert distance([1.0, 3.0], [1.0, 5.0]) == 2.0
    assert distance([1.0], [np.inf]) == np.inf


# -- orders ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("p", [1, 2, 4, 0.5])
def test_order_of_convergence(p):
    r = check.order(H, 3 * H**p, p, tol=0.05)
    assert r.method == f"measured order {p:.3f} over 5 steps"
    assert {"order + 1", "order - 1", "half"} & set(r.rejected)
    for wrong in (p + 0.2, p - 0.2):
        with pytest.raises(CheckFailed, match=rf"measured order {p:.4f}"):
            check.order(H, 3 * H**p, wrong, tol=0.05)


def test_order_is_not_fooled_by_a_bend_into_roundoff():
    errors = np.maximum(H**4, 3e-6)
    with pytest.raises(CheckFailed, match=r"last two points -?0\.0"):
        check.order(H, errors, np.polyfit(np.log(H), np.log(errors), 1)[0])


def test_order_arguments():
    with pytest.raises(ValueError, match="at least 3 steps"):
        check.order([0.1, 0.2], [1.0, 2.0], 1)
    with pytest.raises(ValueError, match="errors must be a sequence of positive finite numbers"):
        check.order(H, 0 * H, 1)
    with pytest.raises(CheckFailed, match="proves nothing: wrong version 'order \\+ 1'"):
        check.order(H, H**2, 2, tol=1.5)


def test_convergence_of_a_sequence():
    quadratic = [0.5]
    for _ in range(4):
        quadratic.append(0.8 * quadratic[-1] ** 2)
    assert check.convergence(quadratic, 2).method.startswith("measured order 2")
    with pytest.raises(CheckFailed, match=r"measured order 2, claimed 1\.5"):
        check.convergence(quadratic, 1.5)
    with pytest.raises(CheckFailed, match="measured order 2, claimed 3"):
        check.convergence(quadratic, 3)
    linear = 7 * 0.9 ** np.arange(20)
    r = check.convergence(linear, 1, rate=0.9)
    assert set(r.rejected) == {"square of the rate", "root of the rate"}
    for rate in (0.92, 0.88):
        with pytest.raises(CheckFailed, match=r"measured linear rate 0\.9, claimed"):
            check.convergence(linear, 1, rate=rate)
    # the first half may still be transient
    assert check.convergence([5.0, 1.0, 0.9, *(0.5 * 0.9 ** np.arange(8))], 1, rate=0.9).rejected
    with pytest.raises(ValueError, match="linear convergence needs rate="):
        check.convergence(linear, 1)
    with pytest.raises(ValueError, match="at least 4 errors"):
        check.convergence([0.1, 0.01, 0.001], 2)


# -- inequalities and bounds -----------------------------------------------------------------------


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


# -- the edge --------------------------------------------------------------------------------------

BIT = 1e-12  # what another machine's arithmetic may add
TEN = sp.Integer(10)
TINY = {sign * BIT: sign / TEN**12 for sign in (-1, 1)}
EDGES = {
    # a claim, and a wrong version, whose distance is the tolerance, but for the last bits
    "value": lambda e: check.equal(1.0 + 1e-3 * (1 + e), 1.0, rtol=1e-3),
    "value: factor 1.01": lambda e: check.equal(1.0 + e, 1.0, rtol=0.01),
    "value: by hand": lambda e: check.equal(1.0 + e, 1.0, atol=1e-3, wrong=[1.001]),
    "digits": lambda e: check.equal(0.25 * (1 + e), "0.2", wrong=[0.5]),
    "identity": lambda e: check.identity(
        lambda u: u, lambda u: u * (1 + 1e-6 * (1 + e)), draw=lambda rng: 2.0, rtol=1e-6
    ),
    "derivative": lambda e: check.derivative(
        np.exp, lambda u: (1 + 1e-4 * (1 + e)) * np.exp(u), at=[1.0], rtol=1e-4
    ),
    "order": lambda e: check.order(H, H ** (2 + 0.1 * (1 + e)), 2),
    "order: by hand": lambda e: check.order(H, H**2, 2, wrong=[2.1 + e]),
    "last points": lambda e: check.order(
        H[:3], [1, 1 / 4, 2 ** -(4.3 + e)], np.log2(2 ** (4.3 + e)) / 2, tol=0.05
    ),
    "order of a sequence": lambda e: check.convergence(
        [0.1 ** ((2.15 + e) ** i) for i in range(5)], 2
    ),
    "rate": lambda e: check.convergence(0.5 ** ((1.15 + e) * np.arange(8)), 1, rate=0.5),
    "bound": lambda e: check.bound([1.0 + 1e-6 * (1 + e)], [1.0], rtol=1e-6, tight=0.9),
    "tightness": lambda e: check.bound([0.7 * (1 + e)], [1.0], tight=0.7),
    "bound: twice": lambda e: check.bound([0.7 * (1 + e)], [1.0], tight=0.35, wrong=[0.4]),
    "bound: by hand": lambda e: check.bound(
        [0.95], [1.0], rtol=1e-6, tight=0.9, wrong=[0.95 - 0.95e-6 * (1 + e)]
    ),
    "inequality": lambda e: check.inequality(
        lambda u: 0.8 * (1 + e), lambda u: 1.0, draw=lambda rng: 0.0, tight=0.8
    ),
    "expressions": lambda e: check.identity(x, x * (1 + (1 + TINY[e]) / TEN**40)),
    "gradient": lambda e: check.gradient(x**2, [2 * x * (1 + (1 + TINY[e]) / TEN**40)], [x]),
    "integral": lambda e: check.integral(x, 1 / sp.Integer(2) + (1 + TINY[e]) / TEN**22, (x, 0, 1)),
    "limit": lambda e: check.limit(  # halves on the way from 1e-6 to 1e-36, and no more
        (-sp.log(p)) ** (-(1 + TINY[e]) * sp.log(2) / sp.log(6)), p, 0, 0, side="+"
    ),
    "series": lambda e: check.series(sp.exp(x), 1 + x * (1 + (1 + TINY[e]) / TEN**40), x, order=1),
    "coverage": lambda e: check.coverage(lambda rng: rng.random() < 0.9 + e, 0.93),
    "expectation": lambda e: check.expectation(
        lambda rng: rng.normal() + 1, SHIFTED + e, n=200, factor=3
    ),
    "distribution": lambda e: check.distribution(
        np.linspace(0, 1, 201), lambda u: u**CRITICAL + e, alpha=1e-3
    ),
}


def _expectation_on_the_edge():
    draws = np.array([rng.normal() + 1 for rng in np.random.default_rng(0).spawn(200)])
    return draws.mean() + 4 * draws.std(ddof=1) / np.sqrt(200)


def _distribution_on_the_edge():
    grid = np.linspace(0, 1, 201)

    def over(power):
        return stats.kstest(grid, lambda u: u**power).pvalue - 1e-3

    return optimize.brentq(over, 1.0, 3.0)


SHIFTED, CRITICAL = _expectation_on_the_edge(), _distribution_on_the_edge()


@pytest.mark.parametrize("name", EDGES)
def test_no_verdict_stands_on_the_edge(name):
    """Either side of the edge is refused, in the same words but for the digits."""
    said = []
    for e in (-BIT, BIT):
        with pytest.raises(CheckFailed, match=r"stands on the edge.*(widen|narrow) the") as info:
            EDGES[name](e)
        said.append("wrong version" in str(info.value))
    assert said[0] == said[1]


def test_off_the_edge_all_kinds_pass_and_the_record_says_how_far():
    r = check.equal(1.0 + 5e-4, 1.0, rtol=1e-3)
    assert r.ratio == pytest.approx(0.5)
    assert r.nearest[0] == "factor 1.01"
    assert r.nearest[1] == pytest.approx(9.5)
    assert r.to_json()["ratio"] == r.ratio
    assert r.to_json()["nearest"] == list(r.nearest)
    assert check.identity(x + x, 2 * x).ratio == 0
    assert check.order(H, H**2.05, 2).ratio == pytest.approx(0.5)
    assert check.limit(sp.sin(x) / x, x, 0, 1).ratio < 1e-9
    assert check.integral(x, sp.Rational(1, 2), (x, 0, 1)).ratio < 1e-9
    assert check.coverage(lambda rng: rng.random() < 0.9, 0.9).ratio < 0.9


@pytest.mark.parametrize(
    "claim",
    [
        lambda: check.equal(3.0, 3.0, atol=1e-15),
        lambda: check.equal([1e6, 0.1], [1e6, 0.1], atol=1e-10),
        lambda: check.equal(2.0, 2, atol=0),  # a float that came out whole
        lambda: check.identity(np.sin, np.sin, draw=lambda rng: rng.normal(), rtol=1e-16),
        lambda: check.bound([1.0], [1.0], tight=0.9, rtol=1e-16),
    ],
)
def test_a_tolerance_below_rounding_is_refused(claim):
    with pytest.raises(CheckFailed, match="below 16 units of roundoff"):
        claim()


def test_whole_numbers_may_be_equal_exactly():
    assert check.equal(101**2, 10_201, atol=0).rejected
    assert check.equal(np.arange(4), [0, 1, 2, 3], atol=0).rejected
    with pytest.raises(ValueError, match="more digits than float64 can vouch for"):
        check.equal(math.pi, "3.141592653589793")


# -- chance ----------------------------------------------------------------------------------------


def test_coverage_accepts_the_stated_rate_only():
    def covers(rng):
        return abs(rng.normal()) < stats.norm.ppf(0.975)

    r = check.coverage(covers, 0.95)
    assert set(r.rejected) == {"half the rarer rate", "double the rarer rate"}
    assert r.tolerance == "binomial acceptance 0.999"
    for claimed in (0.9, 0.99):
        with pytest.raises(CheckFailed, match=r"of 1000 hits"):
            check.coverage(covers, claimed)
    assert check.coverage(lambda rng: not covers(rng), 0.05).rejected
    assert check.coverage(lambda rng: rng.random() < 0.5, 0.5, n=200).rejected
    with pytest.raises(CheckFailed, match="proves nothing"):
        check.coverage(covers, 0.95, n=30)
    with pytest.raises(ValueError, match="strictly between 0 and 1"):
        check.coverage(covers, 95)


def test_expectation():
    r = check.expectation(lambda rng: rng.normal(size=2) ** 2, [1.0, 1.0], n=2000)
    assert {"factor 1.5", "sign", "off by one"} <= set(r.rejected)
    with pytest.raises(CheckFailed, match="errors"):
        check.expectation(lambda rng: rng.normal() ** 2, 1.2, n=2000)
    with pytest.raises(CheckFailed, match=r"proves nothing: wrong version 'factor 1\.5'"):
        check.expectation(lambda rng: 0.1 + rng.normal(), 0.1, n=100, wrong=[5.0])
    with pytest.raises(ValueError, match=r"value has shape \(2,\), but samples have shape \(\)"):
        check.expectation(lambda rng: rng.normal(), [0.0, 0.0])


def test_distribution():
    draws = np.random.default_rng(0).exponential(size=2000)
    r = check.distribution(draws, stats.expon.cdf)
    assert set(r.rejected) == {"shifted", "stretched"}
    with pytest.raises(CheckFailed, match="KS distance"):
        check.distribution(draws, stats.expon(scale=1.2).cdf)
    with pytest.raises(CheckFailed, match="proves nothing"):
        check.distribution(draws[:30], stats.expon.cdf)
    with pytest.raises(CheckFailed, match="says the same"):
        check.distribution(draws, stats.expon.cdf, wrong=[lambda t: 1 - np.exp(-t)])


# -- the driver and the record ---------------------------------------------------------------------


def test_the_record_is_json_and_one_line():
    r = check.derivative(sp.sin(x), sp.cos(x), label=["eq-a", "eq-b"])
    bundle = r._repr_mimebundle_()
    record = bundle["application/vnd.calcml.check+json"]
    assert json.loads(json.dumps(record)) == record
    assert record["label"] == ["eq-a", "eq-b"]
    assert record["kind"] == "derivative"
    assert record["rejected"] == list(r.rejected)
    assert 0 <= record["seconds"] < 10
    assert bundle["text/plain"] == r.summary()
    assert repr(r).startswith(r.summary() + "; ")
    assert repr(r).endswith(" s")
    assert "\n" not in repr(r)
    assert str(len(r.rejected)) + " wrong versions rejected" in repr(r)
    assert "\n" not in repr(check.equal(np.eye(4), np.eye(4), atol=1e-9))
    one = check.equal(0.0, 0.0, atol=1e-9)
    assert "1 wrong version rejected" in repr(one)
    assert labels("eq") == ("eq",)
    assert labels(None) == ()


def decide(accept):
    return lambda claim: Verdict(accept(claim), "test", f"saw {claim}")


def run(claim, accept, wrong, **options):
    return verify(
        "kind", "statement", claim, decide(accept), wrong,
        equivalent=lambda a, b: a == b, label="eq-x", tolerance="exact", **options,
    )  # fmt: skip


def test_the_driver_separates_the_four_outcomes():
    r = run(1, lambda c: c == 1, [Wrong("two", 2), Wrong("one again", 1)])
    assert r.rejected == ("two",)
    assert r.equivalent == ("one again",)
    with pytest.raises(CheckFailed, match=r"^\[eq-x\] kind fails: statement: saw 3$"):
        run(3, lambda c: c == 1, [])
    with pytest.raises(CheckFailed, match="proves nothing: wrong version 'two'"):
        run(1, lambda c: c < 3, [Wrong("two", 2)])
    with pytest.raises(CheckFailed, match="no wrong version of statement was rejected"):
        run(1, lambda c: c == 1, [Wrong("one again", 1)])


def test_a_broken_mutant_is_no_evidence_but_a_broken_claim_is_an_error():
    def test(claim):
        return Verdict(1 / (claim - 2) == -1, "test", "")

    arguments = {
        "equivalent": lambda a, b: False,
        "label": None,
        "tolerance": "exact",
    }
    r = verify("kind", "s", 1, test, [Wrong("broken", 2), Wrong("three", 3)], **arguments)
    assert r.rejected == ("three",)
    with pytest.raises(ZeroDivisionError):
        verify("kind", "s", 1, test, [Wrong("by hand", 2, author=True)], **arguments)
    with pytest.raises(ZeroDivisionError):
        verify("kind", "s", 2, test, [], **arguments)


def test_a_notebook_shows_each_check_once(monkeypatch):
    shown = []
    monkeypatch.setattr("calcml.check.result._in_notebook", lambda: True)
    monkeypatch.setattr("calcml.check.result._display", shown.append)
    r = check.equal(math.pi, "3.14159")
    assert shown == [r]
    r._ipython_display_()  # what the notebook does with the last value of a cell
    assert len(shown) == 1
