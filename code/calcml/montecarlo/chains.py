"""Markov chains that leave a density invariant, and the simplest: random-walk Metropolis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from calcml.typing import FloatArray
from calcml.validation import count, generator

LogDensity = Callable[[Any], Any]


class Chain(NamedTuple):
    """Draws of a Markov chain.

    Attributes
    ----------
    samples : ndarray, shape ``(n,) + x0.shape``
        The states after each step; a rejected proposal repeats the state before it.
    log_p : ndarray, shape (n,)
        Log density of each state.
    acceptance : float
        Fraction of proposals accepted.
    """

    samples: FloatArray
    log_p: FloatArray
    acceptance: float


def metropolis(
    log_p: LogDensity,
    x0: ArrayLike,
    n: int,
    *,
    scale: ArrayLike,
    rng: np.random.Generator,
) -> Chain:
    r"""Run random-walk Metropolis for ``n`` steps.

    Propose :math:`y = x + \mathrm{scale} \cdot z`, :math:`z \sim N(0, I)`; accept with probability
    :math:`\min(1, p(y)/p(x))`, else stay.  The proposal is symmetric, so detailed balance holds and
    ``p`` is left invariant whatever the scale; the scale decides how fast the chain mixes (aim at
    an acceptance near 0.44 in one dimension, 0.234 in many).

    Parameters
    ----------
    log_p : callable
        Log density up to a constant: array like ``x0`` to a number; ``-inf`` outside the support.
    x0 : array_like
        Start, with finite ``log_p``; it is not part of the draws.
    n : int
        Number of steps; one evaluation of ``log_p`` a step.
    scale : float or array_like
        Standard deviation of the proposal, broadcast against ``x0``.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    Chain
        ``(samples, log_p, acceptance)``.

    Raises
    ------
    ValueError
        If ``n < 1``, a scale is not positive, ``log_p(x0)`` is not finite, or ``log_p`` is NaN or
        ``+inf`` anywhere the chain proposes to go.

    References
    ----------
    N. Metropolis et al., *J. Chem. Phys.* 21 (1953); G. O. Roberts, A. Gelman and W. R. Gilks,
    *Ann. Appl. Probab.* 7 (1997), for 0.234.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> chain = metropolis(lambda x: -x**2 / 2, 0.0, 5000, scale=2.4, rng=rng)
    >>> bool(abs(chain.samples.var() - 1) < 0.2), 0.3 < chain.acceptance < 0.6
    (True, True)
    """
    x = start(x0, n, rng)
    width = broadcast("scale", scale, x)
    if not np.all(width > 0):
        raise ValueError(f"scale must be positive, got {scale!r}")
    moves = rng.normal(size=(n, *x.shape)) * width
    log_u = np.log1p(-rng.random(n))  # log of a uniform number in (0, 1]
    current = finite_log_density(log_p, x)
    samples, values, accepted = np.empty((n, *x.shape)), np.empty(n), 0
    for i in range(n):
        y = x + moves[i]
        proposed = _log_density(log_p, y)
        if log_u[i] <= proposed - current:
            x, current, accepted = y, proposed, accepted + 1
        samples[i], values[i] = x, current
    return Chain(samples, values, accepted / n)


def start(x0: ArrayLike, n: int, rng: np.random.Generator) -> FloatArray:
    """Return the start of a chain as an array; refuse what no chain can run with.

    Raises
    ------
    TypeError, ValueError
        If ``rng`` is not a generator, ``n < 1``, or ``x0`` is empty or not finite.
    """
    count("n", n, 1)
    generator(rng)
    x = np.array(x0, dtype=float)
    if x.size == 0 or not np.all(np.isfinite(x)):
        raise ValueError(f"x0 must be finite and hold at least one number, got {x}")
    return x


def broadcast(name: str, value: ArrayLike, x: FloatArray) -> FloatArray:
    """Return ``value`` in the shape of ``x``, or raise if it has another that does not fit."""
    array = np.asarray(value, dtype=float)
    try:
        return np.broadcast_to(array, x.shape)
    except ValueError:
        raise ValueError(
            f"{name} must be a number or have the shape {x.shape} of x0, got {array.shape}"
        ) from None


def _log_density(log_p: LogDensity, x: FloatArray) -> float:
    value = np.asarray(log_p(x), dtype=float)
    if value.size != 1:
        raise ValueError(f"log_p must return one number, got shape {value.shape}")
    number = float(value.reshape(()))
    if np.isnan(number) or number == np.inf:
        raise ValueError(f"log_p must be finite or -inf, got {number} at x = {x}")
    return number


def finite_log_density(log_p: LogDensity, x: FloatArray) -> float:
    """Return the log density at the start; refuse one that is not finite."""
    value = _log_density(log_p, x)
    if not np.isfinite(value):
        raise ValueError(f"log_p(x0) is {value}; start where the density is positive, not at {x}")
    return value
