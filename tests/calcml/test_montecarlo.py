"""Monte Carlo: stated coverage by repetition, invariance, reversibility, honest diagnostics."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from calcml.diff import grad
from calcml.montecarlo import (
    effective_sample_size,
    hmc,
    importance_sampling,
    leapfrog,
    mc_expectation,
    metropolis,
    rhat,
)

A = np.array([[2.0, 0.6], [0.6, 0.5]])  # precision matrix of the Gaussian target
COV = np.linalg.inv(A)
CENTER = np.array([1.0, -2.0])


def log_gauss(x):
    d = x - CENTER
    return -0.5 * d @ A @ d


def generators(seed, n):
    return np.random.default_rng(seed).spawn(n)


def accepted(hits, n, p, alpha=1e-3):
    low, high = stats.binom.interval(1 - alpha, n, p)
    return low <= hits <= high


# -- plain averages ------------------------------------------------------------------------------


@pytest.mark.parametrize(("level", "n"), [(0.95, 50), (0.5, 50), (0.95, 5)])
def test_interval_of_the_mean_has_its_stated_coverage(level, n):
    """Normal values: the t interval is exact for every n."""

    def covers(rng):
        est = mc_expectation(
            lambda x: 3 * x + 1, lambda r, k: r.normal(2, 5, size=k), n, rng=rng, level=level
        )
        return est.low <= 7 <= est.high

    hits = sum(map(covers, generators(1, 2000)))
    assert accepted(hits, 2000, level)
    assert not accepted(hits, 2000, 1 - (1 - level) / 2)


def test_pi_lies_within_its_error_bars_at_the_stated_rate():
    def inside(x):
        return 4.0 * (np.sum(x**2, axis=1) < 1)

    def covers(rng):
        est = mc_expectation(inside, lambda r, k: r.random((k, 2)), 400, rng=rng)
        return est.low <= math.pi <= est.high

    assert accepted(sum(map(covers, generators(2, 1000))), 1000, 0.95)


def test_the_error_is_the_textbook_formula_in_every_column():
    x = np.random.default_rng(0).normal(size=(30, 2)) * [1, 10]
    est = mc_expectation(lambda s: s, lambda r, n: x, 30, rng=np.random.default_rng(0), level=0.9)
    for k in range(2):
        interval = stats.ttest_1samp(x[:, k], 0).confidence_interval(0.9)
        assert est.value[k] == pytest.approx(x[:, k].mean(), rel=1e-14)
        assert est.error[k] == pytest.approx(stats.sem(x[:, k]), rel=1e-12)
        assert est.low[k] == pytest.approx(interval.low, rel=1e-9)
        assert est.high[k] == pytest.approx(interval.high, rel=1e-9)


# -- importance sampling ---------------------------------------------------------------------------


def _tilted(rng, n=500, level=0.95):
    """E[x**2] = 1 under N(0, 1) from draws of N(1, 1.5**2), with unnormalized densities."""
    return importance_sampling(
        lambda x: x**2,
        lambda x: 3.0 - x**2 / 2,
        lambda r, k: r.normal(1.0, 1.5, size=k),
        lambda x: -((x - 1.0) ** 2) / (2 * 1.5**2),
        n,
        rng=rng,
        level=level,
    )


def test_weighted_interval_has_its_stated_coverage():
    hits = sum(e.low <= 1 <= e.high for e in map(_tilted, generators(3, 1000)))
    assert accepted(hits, 1000, 0.95, alpha=1e-4)
    assert not accepted(hits, 1000, 0.9)


def test_weights_give_the_normalizer_and_the_sample_size():
    est = _tilted(np.random.default_rng(0), 40_000)
    # Z_p / Z_q of the unnormalized densities
    assert est.log_normalizer == pytest.approx(3.0 - math.log(1.5), abs=0.02)
    # n / ess -> E_q[w**2] / E_q[w]**2 = int p**2/q for the normalized densities
    ratio = lambda x: stats.norm.pdf(x) / stats.norm.pdf(x, 1.0, 1.5)  # noqa: E731
    chi = stats.norm.expect(ratio, lb=-12, ub=12)
    assert 40_000 / est.ess == pytest.approx(chi, rel=0.05)
    equal = importance_sampling(
        np.abs, np.zeros_like, lambda r, n: r.normal(size=n), np.zeros_like, 50,
        rng=np.random.default_rng(1),
    )  # fmt: skip
    assert equal.ess == pytest.approx(50)
    assert equal.log_normalizer == pytest.approx(0.0, abs=1e-15)


def test_weighted_error_is_the_delta_method_in_every_column():
    x = np.random.default_rng(0).normal(size=(40, 2))
    log_w = x[:, 0]
    est = importance_sampling(
        lambda s: s, lambda s: s[:, 0], lambda r, n: x, lambda s: np.zeros(40), 40,
        rng=np.random.default_rng(0), level=0.9,
    )  # fmt: skip
    w = np.exp(log_w) / np.exp(log_w).sum()
    mean = w @ x
    error = np.sqrt(np.sum(w[:, None] ** 2 * (x - mean) ** 2, axis=0))
    np.testing.assert_allclose(est.value, mean, rtol=1e-13)
    np.testing.assert_allclose(est.error, error, rtol=1e-13)
    reach = stats.t.ppf(0.95, 39) * error
    np.testing.assert_allclose([est.low, est.high], [mean - reach, mean + reach], rtol=1e-10)


def test_huge_log_densities_do_not_overflow():
    est = importance_sampling(
        lambda x: x, lambda x: 5000 - x**2, lambda r, n: r.normal(size=n), lambda x: -(x**2) / 2,
        1000, rng=np.random.default_rng(0),
    )  # fmt: skip
    assert np.isfinite(est.value)
    assert est.log_normalizer == pytest.approx(5000 - math.log(2) / 2, abs=0.1)


# -- Markov chains ---------------------------------------------------------------------------------


def z_scores(chain, exact):
    """Standardized errors of the means of a chain's columns, by its effective sample size."""
    columns = chain[None]
    ess = effective_sample_size(columns)
    return (chain.mean(axis=0) - exact) / (chain.std(axis=0) / np.sqrt(ess))


@pytest.mark.parametrize("sampler", ["metropolis", "hmc"])
def test_chains_leave_the_gaussian_invariant(sampler):
    rng = np.random.default_rng(4)
    if sampler == "metropolis":
        chain = metropolis(log_gauss, [0.0, 0.0], 20_000, scale=[0.9, 2.2], rng=rng)
        assert 0.2 < chain.acceptance < 0.5
    else:
        chain = hmc(log_gauss, [0.0, 0.0], 3000, step=0.4, leapfrog=6, rng=rng)
        assert chain.acceptance > 0.9
    x = chain.samples[200:]
    moments = np.column_stack([x, (x - CENTER) ** 2, np.prod(x - CENTER, axis=1)])
    exact = np.array([*CENTER, COV[0, 0], COV[1, 1], COV[0, 1]])
    assert np.all(np.abs(z_scores(moments, exact)) < 4)
    assert np.all(effective_sample_size(x[None]) > 800)
    np.testing.assert_allclose(chain.log_p, [log_gauss(s) for s in chain.samples], rtol=1e-12)
    moved = np.any(np.diff(chain.samples, axis=0) != 0, axis=1)
    assert abs(np.mean(moved) - chain.acceptance) < 2 / len(x)


def test_coarse_hmc_is_still_exact_because_it_rejects():
    """At a step near the stability limit half the proposals fail, and the answer stays right."""
    rng = np.random.default_rng(5)
    chain = hmc(lambda x: -np.sum(x**4) / 4, np.zeros(1), 6000, step=1.5, leapfrog=2, rng=rng)
    assert 0.3 < chain.acceptance < 0.9
    second = 2 * math.gamma(0.75) / math.gamma(0.25)  # E[x**2] under exp(-x**4/4)
    assert abs(z_scores(chain.samples**2, second)[0]) < 4


def test_metropolis_detailed_balance_on_a_skewed_density():
    rng = np.random.default_rng(6)
    gamma = lambda x: 2 * np.log(x) - x if x > 0 else -np.inf  # noqa: E731  Gamma(3)
    chain = metropolis(gamma, 3.0, 30_000, scale=3.0, rng=rng)
    assert chain.samples.shape == (30_000,)
    assert chain.samples.min() > 0
    thin = chain.samples[::15]
    assert stats.kstest(thin, stats.gamma(3).cdf).pvalue > 1e-3
    assert abs(z_scores(chain.samples[:, None], 3.0)[0]) < 4


def test_metropolis_walks_by_scaled_normal_steps():
    moves = np.random.default_rng(20).normal(size=(50, 2)) * [1.0, 3.0]
    rng = np.random.default_rng(20)
    chain = metropolis(lambda x: 0.0, [5.0, -5.0], 50, scale=[1.0, 3.0], rng=rng)
    np.testing.assert_allclose(chain.samples, np.array([5.0, -5.0]) + np.cumsum(moves, axis=0))
    assert chain.acceptance == 1.0


def test_mass_makes_directions_alike():
    """Standard deviations 1 and 100: only the scaled mass lets one step size serve both."""
    rng = np.random.default_rng(7)
    sd = np.array([1.0, 100.0])
    chain = hmc(
        lambda x: -0.5 * np.sum((x / sd) ** 2),
        np.zeros(2), 800, step=0.7, leapfrog=3, rng=rng, mass=1 / sd**2,
    )  # fmt: skip
    assert chain.acceptance > 0.8
    assert np.all(effective_sample_size(chain.samples[None]) > 300)
    assert np.all(np.abs(z_scores(chain.samples**2, sd**2)) < 4)


def double_well(x):
    return -np.sum((x**2 - 1) ** 2) + 0.3 * x[0] * x[1]


def test_leapfrog_reverses():
    g = grad(double_well)
    q0, p0 = np.array([0.3, -1.1]), np.array([0.7, 0.2])
    q, p = leapfrog(g, q0, p0, step=0.05, n=40, mass=[1.0, 2.0])
    back, minus = leapfrog(g, q, -p, step=0.05, n=40, mass=[1.0, 2.0])
    np.testing.assert_allclose(back, q0, atol=1e-12)
    np.testing.assert_allclose(minus, -p0, atol=1e-12)
    assert np.max(np.abs(q - q0)) > 0.1


@pytest.mark.parametrize("n", [1, 2, 7])
def test_leapfrog_preserves_volume(n):
    g, mass = grad(double_well), np.array([0.5, 2.0])

    def flow(z):
        return np.concatenate(leapfrog(g, z[:2], z[2:], step=0.2, n=n, mass=mass))

    z, h = np.array([0.3, -1.1, 0.7, 0.2]), 1e-5
    J = np.column_stack([(flow(z + h * e) - flow(z - h * e)) / (2 * h) for e in np.eye(4)])
    assert np.linalg.det(J) == pytest.approx(1.0, abs=1e-8)
    omega = np.block([[np.zeros((2, 2)), np.eye(2)], [-np.eye(2), np.zeros((2, 2))]])
    np.testing.assert_allclose(J.T @ omega @ J, omega, atol=1e-7)  # symplectic, not only det 1


def test_leapfrog_energy_error_is_of_second_order():
    g, mass = grad(double_well), np.array([1.0, 3.0])
    q0, p0 = np.array([0.3, -1.1]), np.array([0.7, 0.2])

    def energy(q, p):
        return 0.5 * np.sum(p**2 / mass) - double_well(q)

    steps = 0.1 / 2 ** np.arange(4)
    errors = [
        abs(energy(*leapfrog(g, q0, p0, step=h, n=round(1 / h), mass=mass)) - energy(q0, p0))
        for h in steps
    ]
    assert np.polyfit(np.log(steps), np.log(errors), 1)[0] == pytest.approx(2, abs=0.1)


def test_hmc_trajectory_is_the_leapfrog_map():
    """Without jitter and at full acceptance the chain takes exactly leapfrog's steps."""
    draws = np.random.default_rng(8)
    momentum = np.random.default_rng(8).normal(size=(1, 2)) * np.sqrt([1.0, 4.0])
    chain = hmc(log_gauss, CENTER, 1, step=0.01, leapfrog=5, rng=draws, jitter=0.0, mass=[1.0, 4.0])
    q, _ = leapfrog(grad(log_gauss), CENTER, momentum[0], step=0.01, n=5, mass=[1.0, 4.0])
    np.testing.assert_allclose(chain.samples[0], q, rtol=1e-14)


def test_hmc_jitter_varies_the_step_within_its_range():
    draws = np.random.default_rng(9)
    momentum = np.random.default_rng(9).normal(size=(200, 1))
    chain = hmc(lambda x: 0.0 * np.sum(x), [0.0], 200, step=1.0, leapfrog=1, rng=draws, jitter=0.5)
    moves = np.diff(chain.samples[:, 0], prepend=0.0) / momentum[:, 0]
    assert chain.acceptance == 1.0
    assert 0.5 <= moves.min() < 0.55
    assert 1.45 < moves.max() <= 1.5


def test_hmc_rejects_what_leaves_the_support():
    rng = np.random.default_rng(10)
    chain = hmc(lambda x: np.sum(np.log(x) - x), [2.0], 2000, step=0.9, leapfrog=3, rng=rng)
    assert chain.samples.min() > 0
    assert 0.3 < chain.acceptance < 1.0
    assert abs(z_scores(chain.samples, 2.0)[0]) < 4  # Gamma(2)


# -- diagnostics -----------------------------------------------------------------------------------


def ar1(rng, phi, m, n):
    x = np.empty((m, n))
    x[:, 0] = rng.normal(size=m)
    e = rng.normal(size=(m, n)) * math.sqrt(1 - phi**2)
    for t in range(1, n):
        x[:, t] = phi * x[:, t - 1] + e[:, t]
    return x


@pytest.mark.parametrize("phi", [-0.5, 0.0, 0.5, 0.9])
def test_effective_sample_size_of_an_autoregression(phi):
    rng = np.random.default_rng(11)
    ratios = [
        effective_sample_size(ar1(rng, phi, 4, 2000)) / 8000 * (1 + phi) / (1 - phi)
        for _ in range(10)
    ]
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.1)


def test_effective_sample_size_predicts_the_error_of_the_mean():
    rng = np.random.default_rng(12)
    chains = [ar1(rng, 0.8, 2, 500) for _ in range(300)]
    spread = np.std([c.mean() for c in chains])
    predicted = np.mean([c.std() / math.sqrt(effective_sample_size(c)) for c in chains])
    assert predicted == pytest.approx(spread, rel=0.1)


def one_apart(shift):
    """Move the last of four chains."""
    return shift * np.array([[0], [0], [0], [1]])


def test_chains_that_disagree_are_worth_little():
    x = np.random.default_rng(13).normal(size=(4, 1000))
    assert effective_sample_size(x + one_apart(3)) < 20
    assert effective_sample_size(x[0]) == pytest.approx(effective_sample_size(x[:1]))
    assert effective_sample_size(np.tile([1.0, -1.0], 500)) == pytest.approx(3000)  # capped


def test_effective_sample_size_by_the_definition():
    """Short chains, all sums written out."""
    x = np.random.default_rng(14).normal(size=(3, 21)).cumsum(axis=1)
    halves = [h for c in x for h in (c[:10], c[-10:])]
    n, m = 10, 6
    var = np.array([np.var(h, ddof=1) for h in halves])
    W = var.mean()
    total = W * (n - 1) / n + np.var([h.mean() for h in halves], ddof=1)

    def rho(t):
        acov = [
            sum((h[i] - h.mean()) * (h[i + t] - h.mean()) for i in range(n - t)) / (n - 1)
            for h in halves
        ]
        return 1 - (W - np.mean(acov)) / total if t else 1.0

    tau, smallest = -1.0, np.inf
    for t in range(0, n - 1, 2):
        pair = rho(t) + rho(t + 1)
        if pair < 0:
            break
        smallest = min(smallest, pair)
        tau += 2 * smallest
    assert effective_sample_size(x) == pytest.approx(m * n / tau, rel=1e-12)


def test_rhat_by_the_definition():
    x = np.random.default_rng(15).normal(size=(3, 41)) ** 3 + [[0.0], [0.5], [1.0]]
    halves = np.array([h for c in x for h in (c[:20], c[-20:])])

    def plain(v):
        z = stats.norm.ppf((stats.rankdata(v).reshape(v.shape) - 3 / 8) / (v.size + 1 / 4))
        W = z.var(axis=1, ddof=1).mean()
        B = 20 * z.mean(axis=1).var(ddof=1)
        return math.sqrt((19 / 20 * W + B / 20) / W)

    expected = max(plain(halves), plain(np.abs(halves - np.median(halves))))
    assert rhat(x) == pytest.approx(expected, rel=1e-12)
    assert rhat(np.stack([x, x**5], axis=-1)) == pytest.approx([expected] * 2, rel=0.5)


def test_rhat_sees_location_scale_and_drift():
    x = np.random.default_rng(16).normal(size=(4, 1000))
    assert rhat(x) < 1.01
    assert rhat(x + one_apart(1)) > 1.05
    for center in (0, 10):  # same means: only the folded ranks see it
        assert rhat(center + x * [[1], [1], [1], [4]]) > 1.05
    assert rhat(x[0] + np.linspace(0, 3, 1000)) > 1.1  # one chain that drifts
    cauchy = np.random.default_rng(17).standard_cauchy(size=(4, 1000))
    assert rhat(cauchy) < 1.02  # ranks do not need moments


# -- refusals --------------------------------------------------------------------------------------


def test_bad_estimates_are_refused():
    rng = np.random.default_rng(0)
    draw = lambda r, n: r.normal(size=n)  # noqa: E731
    with pytest.raises(ValueError, match="n must be at least 2"):
        mc_expectation(np.abs, draw, 1, rng=rng)
    with pytest.raises(ValueError, match=r"level must lie strictly between 0 and 1, got 1.0"):
        mc_expectation(np.abs, draw, 10, rng=rng, level=1.0)
    with pytest.raises(ValueError, match=r"shape \(10,\) or \(10, k\), got \(\)"):
        mc_expectation(np.sum, draw, 10, rng=rng)
    with pytest.raises(ValueError, match="f is not finite at 10 of 10"):
        mc_expectation(lambda x: x * np.nan, draw, 10, rng=rng)
    inputs = {"n": 10, "rng": rng}
    with pytest.raises(ValueError, match="every weight is zero"):
        importance_sampling(np.abs, lambda x: x * 0 - np.inf, draw, np.zeros_like, **inputs)
    with pytest.raises(ValueError, match="log_q is not finite"):
        importance_sampling(np.abs, np.zeros_like, draw, lambda x: x * np.nan, **inputs)
    with pytest.raises(ValueError, match="log_p must be finite or -inf"):
        importance_sampling(np.abs, lambda x: x * np.nan, draw, np.zeros_like, **inputs)
    with pytest.raises(ValueError, match=r"log_p must map 10 draws to shape \(10,\), got \(\)"):
        importance_sampling(np.abs, np.sum, draw, np.zeros_like, **inputs)


def test_bad_chains_are_refused():
    rng = np.random.default_rng(0)
    for run in (
        lambda f, x, n: metropolis(f, x, n, scale=1.0, rng=rng),
        lambda f, x, n: hmc(f, x, n, step=0.1, leapfrog=2, rng=rng),
    ):
        with pytest.raises(ValueError, match="n must be an integer >= 1, got 0"):
            run(log_gauss, CENTER, 0)
        with pytest.raises(ValueError, match="x0 must be finite"):
            run(log_gauss, [0.0, np.nan], 5)
        with pytest.raises(ValueError, match=r"log_p\(x0\) is -inf; start where"):
            run(lambda x: -np.inf, CENTER, 5)
        with pytest.raises(ValueError, match=r"log_p must return one number, got shape \(2,\)"):
            run(lambda x: x, CENTER, 5)
        with pytest.raises(ValueError, match="log_p must be finite or -inf, got nan"):
            run(lambda x: np.nan, CENTER, 5)
    with pytest.raises(ValueError, match="scale must be positive"):
        metropolis(log_gauss, CENTER, 5, scale=[1.0, 0.0], rng=rng)
    bad = {"step": 0.0, "mass": -1.0, "jitter": 1.0}
    for name, value in bad.items():
        arguments = {"step": 0.1, "leapfrog": 2, name: value}
        with pytest.raises(ValueError, match="step and mass must be positive"):
            hmc(log_gauss, CENTER, 5, rng=rng, **arguments)
    with pytest.raises(ValueError, match=r"leapfrog must be an integer >= 1, got 2\.5"):
        hmc(log_gauss, CENTER, 5, rng=rng, step=0.1, leapfrog=2.5)
    with pytest.raises(ValueError, match=r"scale must be .* the shape \(2,\) of x0, got \(3,\)"):
        metropolis(log_gauss, CENTER, 5, scale=np.ones(3), rng=rng)
    with pytest.raises(ValueError, match=r"mass must be .* the shape \(2,\) of x0, got \(2, 2\)"):
        hmc(log_gauss, CENTER, 5, step=0.1, leapfrog=2, mass=np.ones((2, 2)), rng=rng)
    with pytest.raises(ValueError, match="x0 must be finite and hold at least one number"):
        metropolis(log_gauss, [], 5, scale=1.0, rng=rng)
    for source in (0, np.random, np.random.RandomState(0)):
        with pytest.raises(TypeError, match=r"rng must be a numpy.random.Generator.*default_rng"):
            metropolis(log_gauss, CENTER, 5, scale=1.0, rng=source)
        with pytest.raises(TypeError, match=r"rng must be a numpy\.random\.Generator"):
            mc_expectation(np.abs, lambda rng, n: rng.normal(size=n), 5, rng=source)
    with pytest.raises(ValueError, match="q and p must have one shape"):
        leapfrog(lambda q: -q, [1.0], [1.0, 2.0], step=0.1, n=2)
    with pytest.raises(ValueError, match="n must be an integer >= 1, got 0"):
        leapfrog(lambda q: -q, [1.0], [1.0], step=0.1, n=0)


@pytest.mark.parametrize("statistic", [effective_sample_size, rhat])
def test_bad_chains_are_not_diagnosed(statistic):
    with pytest.raises(ValueError, match=r"100 chains of 8 draws.*x\[None\]"):
        statistic(np.zeros((100, 8)))
    with pytest.raises(ValueError, match="at least 8"):
        statistic(np.zeros((2, 7)))
    with pytest.raises(ValueError, match="x must be finite"):
        statistic(np.full(20, np.nan))
    with pytest.raises(ValueError, match="never moved"):
        statistic(np.ones((2, 20)))
    with pytest.raises(ValueError, match="must have shape"):
        statistic(np.zeros((2, 20, 2, 2)))


def test_chains_of_two_values_agree_or_not():
    mixed = [[0, 1, 1, 0, 1, 0, 0, 1], [1, 0, 0, 1, 0, 1, 1, 0]]
    assert rhat(mixed) == pytest.approx(np.sqrt(3 / 4))  # all halves have the same mean
    assert rhat([[0] * 8, [1] * 8, [0, 1] * 4]) > 1.5
    assert rhat([[0] * 8 + [1] * 8]) == np.inf
    assert rhat([[-1, 1] * 8, [-2, 2] * 8]) == np.inf  # equal means, and scales that never meet
    draws = np.random.default_rng(0).integers(0, 2, size=(4, 500))
    assert 0.99 < rhat(draws) < 1.02
    assert 1200 < effective_sample_size(draws) < 3000


@pytest.mark.parametrize("size", [2.0**-1000, 2.0**-530, 2.0**530, 2.0**1000])
def test_diagnostics_do_not_depend_on_units(size):
    draws = np.random.default_rng(0).normal(size=(4, 200))
    assert rhat(size * draws) == pytest.approx(rhat(draws), rel=1e-9)
    ratio = effective_sample_size(size * draws) / effective_sample_size(draws)
    assert ratio == pytest.approx(1, rel=1e-9)
