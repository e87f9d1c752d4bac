"""Checks of numbers, orders, bounds and chance: what holds passes, what is loose or false fails."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import sympy as sp
from scipy import stats

from calcml import check
from calcml.check import CheckFailed
from calcml.check.result import Verdict, Wrong, labels, verify
from calcml.check.values import distance, same_value

x, y = sp.symbols("x y", real=True)
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
    assert "tighter than the values" in r.rejected
    loose = check.inequality(sp.sin(x), 2 + 0 * x, where={x: (-3, 3)})
    assert loose.tightness == pytest.approx(0.5, abs=1e-3)
    with pytest.raises(CheckFailed, match=r"tightness 0\.5 is below 0\.9: the bound is vacuous"):
        check.inequality(sp.sin(x), 2, where={x: (-3, 3)}, tight=0.9)
    assert check.inequality(x + y <= sp.sqrt(2) * sp.sqrt(x**2 + y**2)).rejected
    assert check.inequality(sp.exp(x) >= 1 + x, label="eq-exp").label == ("eq-exp",)


def test_inequality_finds_a_small_violation():
    """It fails only in a strip of width 0.002, which no sample point hits: the search finds it."""
    for center in (1.23, 2.345, 3.21, 4.56):
        bump = sp.Rational(1, 10**6) - (x - sp.Float(center)) ** 2
        with pytest.raises(CheckFailed, match=r"inequality fails: .* > .* at point"):
            check.inequality(bump, 0 * x, where={x: (1, 5)}, points=20)
    with pytest.raises(CheckFailed):
        check.inequality(sp.log(1 + x), x - x**2 / 2 + x**3 / 4, where={x: (0, 2)})
    with pytest.raises(CheckFailed):
        check.inequality(x * y, (x**2 + y**2) / 2 - sp.Rational(1, 100))


def test_inequality_looks_at_the_ends_and_the_middle():
    for lhs, rhs in (
        (sp.floor(x), 1 + 0 * x),  # false at 2 only
        (2 + 0 * x, sp.ceiling(x)),  # false at 1 only
        (1 + 0 * x, sp.Abs(sp.sign(x - sp.Rational(3, 2)))),  # false at 3/2 only
    ):
        with pytest.raises(CheckFailed, match="inequality fails"):
            check.inequality(lhs, rhs, where={x: (1, 2)}, points=50)


def test_inequality_rejects_wrong_bounds():
    r = check.inequality(sp.sin(x) ** 2, x**2, wrong=[("dropped square", x)])
    assert {"reversed", "tighter than the values", "dropped square"} <= set(r.rejected)
    with pytest.raises(CheckFailed, match="proves nothing: wrong version"):
        check.inequality(sp.sin(x) ** 2, x**2, wrong=[x**2 / 1 + 1])
    with pytest.raises(CheckFailed, match="says the same as the claim"):
        check.inequality(sp.sin(x) ** 2, x**2, wrong=[sp.Abs(x) ** 2])


def test_inequality_of_functions():
    def arguments(rng):
        return rng.normal(size=3), rng.normal(size=3)

    r = check.inequality(
        lambda u, v: abs(u @ v),
        lambda u, v: np.linalg.norm(u) * np.linalg.norm(v),
        draw=arguments,
        tight=0.9,
    )
    assert 0.9 < r.tightness <= 1
    with pytest.raises(CheckFailed):
        check.inequality(lambda u, v: abs(u @ v), lambda u, v: u @ u, draw=arguments)


def test_tightness_of_negative_sides():
    """-x**2 <= -sin(x)**2: flipping the sign of the bound would be weaker, and is not required."""
    r = check.inequality(-(x**2), -(sp.sin(x) ** 2), where={x: (0.1, 3)})
    assert r.tightness == pytest.approx(math.sin(0.1) ** 2 / 0.01)
    assert set(r.rejected) == {"reversed", "tighter than the values"}
    low = check.inequality(-3, x**2 - 3, where={x: (0.0, 1.0)}, tight=0.99)
    assert low.tightness == 1.0
    with pytest.raises(CheckFailed, match=r"tightness 0\.5 is below 0\.9"):
        check.inequality(-6, x**2 - 3, where={x: (0.0, 1.0)}, tight=0.9)
    assert check.bound([-2.0, -1.0], [-1.0, -0.9]).tightness == pytest.approx(0.9)
    assert check.bound([-2.0, -1.0], [-4.0, -1.25], lower=True).tightness == pytest.approx(0.8)
    vanishing = check.inequality(sp.Abs(sp.sin(x)), 100 * sp.Abs(x), where={x: (0, 1)})
    assert vanishing.tightness == pytest.approx(0.01, rel=1e-3)  # 0 <= 0 at x = 0 is no merit


def test_tightened_bounds_lie_on_the_right_side(versions):
    check.bound([1.0, -3.0], [2.0, -1.0])
    small, large = versions["tighter than the values"]
    np.testing.assert_allclose(small, [1.0, -3.0])
    np.testing.assert_allclose(large, [2 * 0.495, -1 / 0.495])
    check.bound([2.0, -1.0], [1.0, -3.0], lower=True)
    small, large = versions["tighter than the values"]
    np.testing.assert_allclose(small, [1 / 0.495, -3 * 0.495])
    np.testing.assert_allclose(large, [2.0, -1.0])
    np.testing.assert_allclose(versions["reversed"], [[2.0, -1.0], [1.0, -3.0]])


def test_inequality_arguments():
    with pytest.raises(TypeError, match="give a relation such as a <= b"):
        check.inequality(sp.sin(x))
    with pytest.raises(ValueError, match="needs draw="):
        check.inequality(lambda u: u, lambda u: u)
    with pytest.raises(ValueError, match="no point to sample"):
        check.inequality(sp.Integer(1), sp.Integer(2))
    with pytest.raises(ValueError, match="most sample points give undefined values"):
        check.inequality(sp.log(x), x, where={x: (-3, -1)})


def test_bound_is_never_crossed_and_not_vacuous():
    k = np.arange(1, 30)
    run, bound = 1 / (k + 1.0) ** 1.5, 1.0 / k
    r = check.bound(run, bound)
    assert r.tightness == pytest.approx(np.max(run / bound))
    assert set(r.rejected) == {"tighter than the values", "reversed"}
    with pytest.raises(CheckFailed, match=r"bound fails: .* > .* at point 3"):
        check.bound(run + (k == 4), bound)
    with pytest.raises(CheckFailed, match="the bound is vacuous"):
        check.bound(run, 1000 * bound)
    assert check.bound(bound, run, lower=True).tightness == pytest.approx(r.tightness)
    with pytest.raises(CheckFailed):
        check.bound(run, bound, lower=True)
    assert check.bound(run, bound, wrong=[("shifted", 0.3 * bound)]).rejected[-1] == "shifted"
    with pytest.raises(CheckFailed, match="proves nothing: wrong version 'looser'"):
        check.bound(run, bound, wrong=[("looser", 2 * bound)])
    touching = check.bound([1.0 + 1e-8], [1.0], rtol=1e-7)
    assert touching.rejected == ("tighter than the values",)  # reversed, it says the same
    assert check.bound([1.0 + 1e-8], [1.0], atol=1e-7).rejected
    with pytest.raises(CheckFailed):
        check.bound([1.0 + 1e-8], [1.0])
    with pytest.raises(CheckFailed, match="a side is not finite"):
        check.bound([1.0, np.nan], [1.0, 1.0])
    with pytest.raises(ValueError, match="one nonempty shape"):
        check.bound([1.0], [1.0, 2.0])


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
