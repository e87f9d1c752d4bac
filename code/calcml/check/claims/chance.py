"""Checks of statements about random quantities, decided by repetition with fixed seeds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from calcml.check.claims.comparison import Label, named
from calcml.check.claims.values import same_value, show
from calcml.check.engine.mutants import array_mutants
from calcml.check.engine.verify import CheckResult, Verdict, Wrong, share, verify

# The seed decides how far a sample lies from its mean, the last bit only which draws are counted.
_ROOM = 1.1


def coverage(
    covers: Callable[[np.random.Generator], bool],
    claimed: float,
    *,
    n: int = 1000,
    seed: int = 0,
    alpha: float = 1e-3,
    label: Label = None,
    wrong: Iterable[float] = (),
) -> CheckResult:
    """Verify a stated coverage: ``covers(rng)`` is true with probability ``claimed``.

    ``n`` repetitions; the number of hits must lie in the central ``1 - alpha`` acceptance region of
    Binomial(n, claimed).  Doubling and halving the miss rate are the wrong versions.

    Raises
    ------
    CheckFailed
        If the hits fall outside the region, or ``n`` is too small to reject the wrong versions.

    Examples
    --------
    >>> def covers(rng):  # is 0 in mean +- 1.96 standard errors?
    ...     return abs(rng.normal()) < 1.959964
    >>> coverage(covers, 0.95).kind
    'coverage'
    """
    if not 0 < claimed < 1:
        raise ValueError(f"claimed must lie strictly between 0 and 1, got {claimed}")
    from scipy.stats import binom

    hits = sum(bool(covers(rng)) for rng in np.random.default_rng(seed).spawn(n))

    def test(p: float) -> Verdict:
        low, high = binom.interval(1 - alpha, n, p)
        detail = f"{hits} of {n} hits ({hits / n:.4f}), accepted {int(low)} to {int(high)}"
        method = f"{n} repetitions, {hits / n:.4f} covered"
        used = share(abs(hits - (low + high) / 2), (high - low + 1) / 2)
        return Verdict(bool(low <= hits <= high), method, detail, ratio=used, room=_ROOM)

    miss = min(claimed, 1 - claimed)
    rarer = {"half the rarer rate": miss / 2, "double the rarer rate": min(2 * miss, 0.75)}
    versions = [Wrong(name, 1 - m if claimed > 0.5 else m) for name, m in rarer.items()]
    versions += [Wrong(name, float(p), True) for name, p in named(wrong)]
    return verify(
        "coverage",
        f"coverage {claimed:g}",
        float(claimed),
        test,
        versions,
        equivalent=same_value,
        label=label,
        tolerance=f"binomial acceptance {1 - alpha:g}",
    )


def expectation(
    sample: Callable[[np.random.Generator], ArrayLike],
    value: ArrayLike,
    *,
    n: int = 1000,
    seed: int = 0,
    z: float = 4.0,
    factor: float = 1.5,
    label: Label = None,
    wrong: Iterable[ArrayLike] = (),
) -> CheckResult:
    """Verify ``E[sample(rng)] = value`` (number or array) from ``n`` independent repetitions.

    The mean must lie within ``z`` standard errors of ``value`` in every entry; ``value * factor``,
    ``-value`` and ``value + 1`` are among the wrong versions, so the error must be small enough.

    Raises
    ------
    CheckFailed
        If the mean is off, or the sample is too small to reject a wrong value.

    Examples
    --------
    >>> expectation(lambda rng: rng.normal() ** 2, 1.0, n=2000).kind
    'expectation'
    """
    draws = np.asarray([sample(rng) for rng in np.random.default_rng(seed).spawn(n)], dtype=float)
    mean, error = draws.mean(axis=0), draws.std(axis=0, ddof=1) / np.sqrt(n)
    target = np.asarray(value, dtype=float)
    if target.shape != mean.shape:
        raise ValueError(f"value has shape {target.shape}, but samples have shape {mean.shape}")

    def test(claim: Any) -> Verdict:
        scores = np.abs(mean - claim) / np.maximum(error, 1e-300)
        worst = float(np.max(scores, initial=0.0))
        detail = f"mean {show(mean)} +- {show(error)}, claimed {show(claim)} ({worst:.2f} errors)"
        method = f"mean of {n} repetitions, {worst:.2f} standard errors"
        return Verdict(worst <= z, method, detail, ratio=worst / z, room=_ROOM)

    versions = [Wrong(name, w) for name, w in array_mutants(target, factor)]
    versions += [Wrong(name, np.asarray(w, float), True) for name, w in named(wrong)]
    return verify(
        "expectation",
        f"expectation {show(target)}",
        target,
        test,
        versions,
        equivalent=same_value,
        label=label,
        tolerance=f"{z:g} standard errors",
    )


def distribution(
    samples: ArrayLike,
    cdf: Callable[[Any], Any],
    *,
    alpha: float = 1e-3,
    label: Label = None,
    wrong: Iterable[Callable[[Any], Any]] = (),
) -> CheckResult:
    """Verify that independent samples follow ``cdf`` by the Kolmogorov-Smirnov test at ``alpha``.

    The distribution shifted by a quarter of the samples' standard deviation, and stretched by 1.3
    about their median, are the wrong versions: a sample too small to see that is refused.

    Raises
    ------
    CheckFailed
        If the test rejects ``cdf``, or does not reject a wrong version.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> distribution(rng.uniform(size=2000), lambda u: u).kind
    'distribution'
    """
    from scipy.stats import kstest, kstwo

    x = np.asarray(samples, dtype=float).ravel()
    spread, center = float(np.std(x)), float(np.median(x))
    critical = float(kstwo.isf(alpha, x.size))

    def test(claim: Callable[[Any], Any]) -> Verdict:
        result = kstest(x, lambda t: np.clip(claim(t), 0.0, 1.0))
        used = float(result.statistic) / critical
        detail = f"KS distance {result.statistic:.4f}, p = {result.pvalue:.3g}"
        return Verdict(used <= 1, f"KS test, {x.size} samples", detail, ratio=used, room=_ROOM)

    def shifted(t: Any) -> Any:
        return cdf(t - 0.25 * spread)

    def stretched(t: Any) -> Any:
        return cdf(center + (t - center) / 1.3)

    versions: list[Wrong[Callable[[Any], Any]]]
    versions = [Wrong("shifted", shifted), Wrong("stretched", stretched)]
    versions += [Wrong(name, w, True) for name, w in named(wrong)]
    return verify(
        "distribution",
        f"{x.size} samples follow the stated distribution",
        cdf,
        test,
        versions,
        equivalent=lambda w, c: same_value(w(x), c(x)),
        label=label,
        tolerance=f"KS level {alpha:g}",
    )
