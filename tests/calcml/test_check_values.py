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
from calcml.check.claims.values import distance, same_value
from calcml.check.engine.verify import Verdict, Wrong, labels, verify

x, y = sp.symbols("x y", real=True)
p = sp.Symbol("p", positive=True)
H = 0.1 / 2 ** np.arange(5)


def test_a_statement_lists_few_numbers_and_names_the_shape_of_many():
    few, many = np.arange(4.0), np.ones((20, 3))
    assert check.equal(few, few, atol=1e-9).statement == "value [0., 1., 2., 3.]"
    assert check.equal(many, many, atol=1e-9).statement == "value of shape (20, 3)"
    with pytest.raises(CheckFailed, match=r"measured \[\[1., 1., 1.\].*published \[\[2."):
        check.equal(many, 2 * many, atol=1e-9)


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


@pytest.mark.parametrize("rounding", [0.0, 1e-16, -3e-14, 5e-13])
def test_what_rounding_makes_of_a_zero_is_no_entry(rounding):
    path = np.array([787.1, 0.0, -226.1, 0.0, 3.2])
    rounded = path + rounding * np.array([0, 1, 0, -1, 0])
    expected = check.equal(path, path, atol=1e-8)
    assert check.equal(path, rounded, atol=1e-8).rejected == expected.rejected
    assert "drop the smallest entry" in expected.rejected


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
    monkeypatch.setattr("calcml.check.engine.verify._in_notebook", lambda: True)
    monkeypatch.setattr("calcml.check.engine.verify._display", shown.append)
    r = check.equal(math.pi, "3.14159")
    assert shown == [r]
    r._ipython_display_()  # what the notebook does with the last value of a cell
    assert len(shown) == 1
