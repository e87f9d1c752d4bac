"""No check decides by a hair: what stands on the edge of a tolerance is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy as sp
from scipy import optimize, stats

from calcml import check
from calcml.check import CheckFailed

x, y = sp.symbols("x y", real=True)
p = sp.Symbol("p", positive=True)
H = 0.1 / 2 ** np.arange(5)


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
