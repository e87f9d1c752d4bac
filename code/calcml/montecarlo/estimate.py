"""Monte Carlo estimates with their confidence intervals: plain averages and weighted ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from calcml.typing import FloatArray
from calcml.validation import count, generator, real_number


class Estimate(NamedTuple):
    """An estimated expectation: value, standard error, and confidence limits."""

    value: Any
    error: Any
    low: Any
    high: Any


class WeightedEstimate(NamedTuple):
    """An estimate from weighted draws; ``ess`` is how many unweighted draws they are worth."""

    value: Any
    error: Any
    low: Any
    high: Any
    ess: float
    log_normalizer: float


def mc_expectation(
    f: Callable[[Any], Any],
    sample: Callable[[np.random.Generator, int], Any],
    n: int,
    *,
    rng: np.random.Generator,
    level: float = 0.95,
) -> Estimate:
    r"""Estimate :math:`E[f(X)]` by the mean of ``f`` over ``n`` independent draws.

    .. math:: \hat\mu = \frac1n \sum_i f(x_i), \qquad
              \mathrm{se} = \frac{s}{\sqrt n}, \quad s^2 = \frac1{n-1}\sum_i (f(x_i) - \hat\mu)^2 .

    Parameters
    ----------
    f : callable
        Maps all draws, shape ``(n, ...)``, to values of shape ``(n,)`` or ``(n, k)``.
    sample : callable
        ``sample(rng, n)`` returns ``n`` draws along the first axis.
    n : int
        Number of draws, at least 2.
    rng : numpy.random.Generator
        Source of randomness.
    level : float
        Coverage of the interval :math:`\hat\mu \pm t_{n-1}\,\mathrm{se}`: exact for normal values,
        asymptotic (central limit theorem) for every other ``f(X)`` of finite variance.

    Returns
    -------
    Estimate
        ``(value, error, low, high)``; scalars, or arrays of shape ``(k,)``.

    Raises
    ------
    ValueError
        For ``n < 2``, a level outside (0, 1), values of the wrong shape, or values not finite.

    References
    ----------
    A. B. Owen, *Monte Carlo Theory, Methods and Examples* (2013), chapter 2.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> result = mc_expectation(np.square, lambda rng, n: rng.normal(size=n), 10_000, rng=rng)
    >>> bool(result.low < 1 < result.high)
    True
    """
    _check(n, level, rng)
    y = _values("f", f(sample(rng, n)), n)
    mean, error = y.mean(axis=0), y.std(axis=0, ddof=1) / np.sqrt(n)
    reach = _reach(error, n, level)
    return Estimate(mean, error, mean - reach, mean + reach)


def importance_sampling(
    f: Callable[[Any], Any],
    log_p: Callable[[Any], Any],
    sample: Callable[[np.random.Generator, int], Any],
    log_q: Callable[[Any], Any],
    n: int,
    *,
    rng: np.random.Generator,
    level: float = 0.95,
) -> WeightedEstimate:
    r"""Estimate :math:`E_p[f]` from draws of another density ``q`` by self-normalized weights.

    .. math:: \hat\mu = \sum_i \bar w_i f(x_i), \qquad
              \bar w_i \propto \frac{p(x_i)}{q(x_i)}, \quad \sum_i \bar w_i = 1 .

    Neither density needs its normalizing constant.  The standard error is that of the delta method,
    :math:`\sqrt{\sum_i \bar w_i^2 (f(x_i) - \hat\mu)^2}`, and the effective sample size is
    :math:`1/\sum_i \bar w_i^2`: when it is small, neither the value nor its error can be trusted.

    Parameters
    ----------
    f, sample, n, rng, level
        As in `mc_expectation`; ``sample`` draws from ``q``.
    log_p, log_q : callable
        Logarithms of the target and of the proposal at all draws, up to constants; shape ``(n,)``.
        ``log_p`` may be ``-inf``.

    Returns
    -------
    WeightedEstimate
        ``(value, error, low, high, ess, log_normalizer)``.  The last is
        :math:`\log \frac1n \sum_i p(x_i)/q(x_i)`, which estimates ``log(Z_p / Z_q)``.

    Raises
    ------
    ValueError
        As in `mc_expectation`; also if ``log_q`` is not finite at its own draws, ``log_p`` is NaN
        or ``+inf``, or every weight is zero.

    References
    ----------
    Owen (2013), section 9.2; A. Kong, *Univ. Chicago Tech. Rep.* 348 (1992), for the sample size.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> result = importance_sampling(
    ...     np.square, lambda x: -x**2 / 2,
    ...     lambda rng, n: 2 * rng.normal(size=n), lambda x: -x**2 / 8, 10_000, rng=rng)
    >>> bool(result.low < 1 < result.high), 4000 < result.ess < 8000
    (True, True)
    """
    _check(n, level, rng)
    x = sample(rng, n)
    log_w = _log_ratio(log_p(x), log_q(x), n)
    largest = float(np.max(log_w))
    weights = np.exp(log_w - largest)
    total = float(np.sum(weights))
    weights /= total
    y = _values("f", f(x), n)
    w = weights.reshape((n,) + (1,) * (y.ndim - 1))
    mean = np.sum(w * y, axis=0)
    error = np.sqrt(np.sum((w * (y - mean)) ** 2, axis=0))
    reach = _reach(error, n, level)
    ess = 1.0 / float(np.sum(weights**2))
    log_normalizer = largest + float(np.log(total / n))
    return WeightedEstimate(mean, error, mean - reach, mean + reach, ess, log_normalizer)


def _reach(error: Any, n: int, level: float) -> Any:
    """Return the half width of the confidence interval."""
    from scipy.special import stdtrit

    return stdtrit(n - 1, 0.5 + level / 2) * error


def _check(n: int, level: float, rng: np.random.Generator) -> None:
    generator(rng)
    if count("n", n, 1) < 2:
        raise ValueError(f"n must be at least 2 to estimate an error, got {n}")
    if not 0 < real_number("level", level) < 1:
        raise ValueError(f"level must lie strictly between 0 and 1, got {level}")


def _values(name: str, values: Any, n: int) -> FloatArray:
    y = np.asarray(values, dtype=float)
    if y.ndim not in (1, 2) or y.shape[0] != n:
        raise ValueError(
            f"{name} must map {n} draws to values of shape ({n},) or ({n}, k), got {y.shape};"
            " reduce over the axes of one draw only (axis=-1)"
        )
    if not np.all(np.isfinite(y)):
        raise ValueError(f"{name} is not finite at {np.sum(~np.isfinite(y))} of {y.size} values")
    return y


def _log_ratio(log_p: Any, log_q: Any, n: int) -> FloatArray:
    p, q = np.asarray(log_p, dtype=float), np.asarray(log_q, dtype=float)
    for name, value in (("log_p", p), ("log_q", q)):
        if value.shape != (n,):
            raise ValueError(f"{name} must map {n} draws to shape ({n},), got {value.shape}")
    if not np.all(np.isfinite(q)):
        raise ValueError("log_q is not finite at its own draws; does sample draw from q?")
    if np.any(np.isnan(p)) or np.any(p == np.inf):
        raise ValueError("log_p must be finite or -inf, got NaN or +inf")
    if np.all(p == -np.inf):
        raise ValueError("every weight is zero: q never reaches the support of p")
    ratio: FloatArray = p - q
    return ratio
