"""What a set of Markov chains is worth: effective sample size and the scale reduction R-hat."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from calcml.typing import FloatArray


def effective_sample_size(x: ArrayLike) -> Any:
    r"""Return how many independent draws the chains are worth for the estimate of the mean.

    .. math:: n_\mathrm{eff} = \frac{mn}{\tau}, \qquad \tau = 1 + 2\sum_{t \ge 1} \rho_t ,

    with autocorrelations :math:`\rho_t` combined over chains, each split in half, and the sum
    stopped by Geyer's initial monotone sequence: sums of neighboring pairs
    :math:`\rho_{2t} + \rho_{2t+1}` are positive and decreasing for a reversible chain.

    Parameters
    ----------
    x : array_like, shape (n,), (m, n) or (m, n, d)
        One chain; ``m`` chains of ``n`` draws in rows; or those of ``d`` quantities.  For one chain
        of vectors, ``samples`` of shape ``(n, d)``, pass ``samples[None]``.

    Returns
    -------
    float, or ndarray of shape (d,)
        May exceed the number of draws for negatively correlated chains; capped at
        ``mn log10(mn)``.  Cost O(mn log n).

    Raises
    ------
    ValueError
        For fewer than 8 draws a chain, values not finite, chains that never moved, or more rows
        than columns (draws in rows by mistake).

    References
    ----------
    C. J. Geyer, *Statistical Science* 7 (1992); A. Vehtari et al., *Bayesian Analysis* 16 (2021),
    section 3.2.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> bool(3400 < effective_sample_size(rng.normal(size=(4, 1000))) < 4600)
    True
    """
    chains = _chains(x)
    return _over_quantities(_ess, chains)


def rhat(x: ArrayLike) -> Any:
    r"""Return the rank-normalized split :math:`\hat R` of several chains: near 1 if they agree.

    Chains are split in half, values replaced by the normal scores of their ranks, and

    .. math:: \hat R = \sqrt{\frac{\frac{n-1}{n} W + \frac1n B}{W}}

    compares variance between chains ``B`` with variance within ``W``.  The larger of the value for
    ``x`` (location) and for :math:`|x - \mathrm{median}|` (scale) is returned.  Above 1.01 the
    chains have not yet forgotten where they started.  Where :math:`|x - \mathrm{median}|` is the
    same for all draws, as for draws of 0 and 1 in equal numbers, the scale says nothing; halves
    that are constant, and differ, give infinity.

    Parameters
    ----------
    x : array_like
        As in `effective_sample_size`; one chain is compared with itself, half against half.

    Returns
    -------
    float, or ndarray of shape (d,)

    Raises
    ------
    ValueError
        As in `effective_sample_size`.

    References
    ----------
    A. Gelman and D. B. Rubin, *Statistical Science* 7 (1992); A. Vehtari et al., *Bayesian
    Analysis* 16 (2021), section 4.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> draws = rng.normal(size=(4, 1000))
    >>> bool(rhat(draws) < 1.01), bool(rhat(draws + [[0], [0], [0], [1]]) > 1.1)
    (True, True)
    """
    return _over_quantities(_rank_rhat, _chains(x))


def _over_quantities(statistic: Any, chains: FloatArray) -> Any:
    """Apply a statistic of (m, n) chains to each quantity of (m, n) or (m, n, d)."""
    if chains.ndim == 2:
        return statistic(chains)
    return np.array([statistic(chains[:, :, k]) for k in range(chains.shape[2])])


def _chains(x: ArrayLike) -> FloatArray:
    a = np.asarray(x, dtype=float)
    a = a[None] if a.ndim == 1 else a
    if a.ndim not in (2, 3):
        raise ValueError(f"x must have shape (n,), (m, n) or (m, n, d), got {a.shape}")
    if a.shape[0] > a.shape[1]:
        raise ValueError(
            f"x has {a.shape[0]} chains of {a.shape[1]} draws; chains go in rows: pass x[None] for"
            " one chain of vectors, or x.T"
        )
    if a.shape[1] < 8:
        raise ValueError(f"x has {a.shape[1]} draws a chain, at least 8 are needed")
    if not np.all(np.isfinite(a)):
        raise ValueError("x must be finite")
    if not np.any(np.ptp(a, axis=1).all(axis=-1) if a.ndim == 3 else np.ptp(a, axis=1)):
        raise ValueError("x is constant in every chain: the sampler never moved")
    return a


def _split(chains: FloatArray) -> FloatArray:
    """Cut each chain in halves of equal length (the middle draw of an odd chain is dropped)."""
    half = chains.shape[1] // 2
    return np.concatenate([chains[:, :half], chains[:, -half:]])


def _standardized(chains: FloatArray) -> FloatArray:
    """Return the draws shifted and scaled to size 1, so that no square over- or underflows."""
    scaled = chains / np.abs(chains).max()
    centered = scaled - scaled.mean()
    standard: FloatArray = centered / np.abs(centered).max()
    return standard


def _autocovariance(chains: FloatArray) -> FloatArray:
    """Return the autocovariance of each row at all lags (divided by n), by the FFT."""
    n = chains.shape[1]
    centered = chains - chains.mean(axis=1, keepdims=True)
    spectrum = np.fft.rfft(centered, 2 * n, axis=1)
    full: FloatArray = np.fft.irfft(np.abs(spectrum) ** 2, 2 * n, axis=1)
    lags: FloatArray = full[:, :n] / n
    return lags


def _ess(chains: FloatArray) -> float:
    halves = _split(_standardized(chains))
    m, n = halves.shape
    covariance = _autocovariance(halves)
    within = float(np.mean(covariance[:, 0])) * n / (n - 1)
    total = within * (n - 1) / n + float(np.var(halves.mean(axis=1), ddof=1))
    rho = 1 - (within - np.mean(covariance, axis=0) * n / (n - 1)) / total
    rho[0] = 1.0
    pairs = rho[0 : 2 * (n // 2) : 2] + rho[1 : 2 * (n // 2) : 2]
    negative = np.flatnonzero(pairs < 0)
    pairs = pairs[: negative[0]] if negative.size else pairs
    tau = -1 + 2 * float(np.sum(np.minimum.accumulate(pairs)))
    draws = m * n
    return float(min(draws / max(tau, 1e-300), draws * np.log10(draws)))


def _split_rhat(halves: FloatArray) -> float:
    n = halves.shape[1]
    within = float(np.mean(np.var(halves, axis=1, ddof=1)))
    between = n * float(np.var(halves.mean(axis=1), ddof=1))
    if not np.any(np.ptp(halves, axis=1)):  # every half is constant, and they differ
        return np.inf
    return float(np.sqrt(((n - 1) / n * within + between / n) / within))


def _normal_scores(values: FloatArray) -> FloatArray:
    from scipy.special import ndtri
    from scipy.stats import rankdata

    ranks = rankdata(values, method="average").reshape(values.shape)
    scores: FloatArray = ndtri((ranks - 0.375) / (values.size + 0.25))
    return scores


def _rank_rhat(chains: FloatArray) -> float:
    halves = _split(chains)
    folded = np.abs(halves - np.median(halves))
    parts = [part for part in (halves, folded) if np.ptp(part) > 0]
    return max(_split_rhat(_normal_scores(part)) for part in parts)
