"""Hamiltonian Monte Carlo: proposals that follow the gradient, far away and yet accepted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from calcml.diff import value_and_grad
from calcml.montecarlo.chains import Chain, LogDensity, broadcast, finite_log_density, start
from calcml.typing import FloatArray
from calcml.validation import count


def leapfrog(
    gradient: Callable[[Any], Any],
    q: ArrayLike,
    p: ArrayLike,
    *,
    step: float,
    n: int,
    mass: ArrayLike = 1.0,
) -> tuple[FloatArray, FloatArray]:
    r"""Follow Hamiltonian dynamics of :math:`H(q,p) = -\log p(q) + \tfrac12 p^\mathsf T M^{-1} p`.

    Half a kick, then ``n`` drifts with full kicks between them, then half a kick:

    .. math:: p \leftarrow p + \tfrac\epsilon2 g(q), \quad
              q \leftarrow q + \epsilon M^{-1} p, \quad
              p \leftarrow p + \tfrac\epsilon2 g(q).

    Each of the three is a shear: the map preserves volume exactly, and running it with ``-p``
    returns to the start.  The error in ``H`` is O(step**2) and does not grow with ``n``.

    Parameters
    ----------
    gradient : callable
        :math:`g = \nabla \log p`, shaped like ``q``.
    q, p : array_like
        Position and momentum, one shape.
    step : float
        Step size :math:`\epsilon`.
    n : int
        Number of steps; ``n + 1`` gradients.
    mass : array_like
        Diagonal of ``M``, broadcast against ``q``.

    Returns
    -------
    q, p : ndarray
        State after time ``n * step``.

    Raises
    ------
    ValueError
        If the shapes differ or ``n < 1``.

    References
    ----------
    R. M. Neal, *MCMC using Hamiltonian dynamics*, in Handbook of MCMC (2011), section 5.2.3.

    Examples
    --------
    >>> q, p = leapfrog(lambda x: -x, 1.0, 0.0, step=0.1, n=10)
    >>> back, _ = leapfrog(lambda x: -x, q, -p, step=0.1, n=10)
    >>> bool(abs(back - 1.0) < 1e-14)
    True
    """
    position, momentum = np.array(q, dtype=float), np.array(p, dtype=float)
    if position.shape != momentum.shape:
        raise ValueError(f"q and p must have one shape, got {position.shape}, {momentum.shape}")
    n = count("n", n, 1)
    weight = np.asarray(mass, dtype=float)
    kick = np.asarray(gradient(position))
    momentum = momentum + step / 2 * kick
    for i in range(n):
        position = position + step * momentum / weight
        kick = np.asarray(gradient(position))
        momentum = momentum + (step if i < n - 1 else step / 2) * kick
    return position, momentum


def hmc(
    log_p: LogDensity,
    x0: ArrayLike,
    n: int,
    *,
    step: float,
    leapfrog: int,
    rng: np.random.Generator,
    mass: ArrayLike = 1.0,
    jitter: float = 0.1,
) -> Chain:
    r"""Run Hamiltonian Monte Carlo for ``n`` steps.

    Draw a momentum :math:`p \sim N(0, M)`, follow the dynamics by the leapfrog method, and accept
    with probability :math:`\min(1, e^{H - H'})`.  The leapfrog map is reversible and preserves
    volume, so the density is left invariant whatever the step; a small step makes :math:`H'`
    near :math:`H` and acceptance likely.  The gradient comes from `calcml.diff`.

    Parameters
    ----------
    log_p : callable
        Log density up to a constant, in plain NumPy, differentiable by `calcml.diff`.
    x0 : array_like
        Start, with finite ``log_p``; it is not part of the draws.
    n : int
        Number of trajectories.
    step : float
        Leapfrog step size; stable below 2 times the smallest standard deviation (at unit mass).
    leapfrog : int
        Leapfrog steps a trajectory, one gradient each.
    rng : numpy.random.Generator
        Source of randomness.
    mass : array_like
        Diagonal of ``M``; inverse variances of the target make all directions alike.
    jitter : float
        Each trajectory's step is ``step`` times a uniform factor in ``1 +- jitter``, so that no
        trajectory length falls in with a period of the target.  In [0, 1).

    Returns
    -------
    Chain
        ``(samples, log_p, acceptance)``; a trajectory that leaves the finite numbers is rejected.

    Raises
    ------
    ValueError
        If ``n``, ``leapfrog``, ``step``, ``mass`` or ``jitter`` is out of range, or ``log_p(x0)``
        is not finite.
    TypeError
        If ``log_p`` cannot be traced; the message of `calcml.diff` says what to write instead.

    References
    ----------
    S. Duane et al., *Phys. Lett. B* 195 (1987); Neal (2011), section 5.3.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> chain = hmc(lambda x: -np.sum(x**2) / 2, np.zeros(3), 1000, step=0.5, leapfrog=4, rng=rng)
    >>> bool(abs(chain.samples.var() - 1) < 0.15), chain.acceptance > 0.9
    (True, True)
    """
    x = start(x0, n, rng)
    weight = broadcast("mass", mass, x)
    leapfrog = count("leapfrog", leapfrog, 1)
    if not step > 0 or not np.all(weight > 0) or not 0 <= jitter < 1:
        raise ValueError(
            "step and mass must be positive and jitter in [0, 1), got"
            f" step={step}, mass={mass!r}, jitter={jitter}"
        )
    both = value_and_grad(log_p)
    current = finite_log_density(log_p, x)
    kick = np.asarray(both(x)[1])
    momenta = rng.normal(size=(n, *x.shape)) * np.sqrt(weight)
    sizes = step * rng.uniform(1 - jitter, 1 + jitter, size=n)
    log_u = np.log1p(-rng.random(n))
    samples, values, accepted = np.empty((n, *x.shape)), np.empty(n), 0
    for i in range(n):
        energy = np.sum(momenta[i] ** 2 / weight) / 2 - current
        y, p, log_y, kick_y = _trajectory(both, x, momenta[i], kick, sizes[i], leapfrog, weight)
        change = energy - (np.sum(p**2 / weight) / 2 - log_y)
        if log_u[i] <= change:  # False for NaN: such a trajectory is rejected
            x, current, kick, accepted = y, log_y, kick_y, accepted + 1
        samples[i], values[i] = x, current
    return Chain(samples, values, accepted / n)


def _trajectory(
    both: Callable[[Any], Any],
    q: FloatArray,
    p: FloatArray,
    kick: FloatArray,
    step: float,
    n: int,
    mass: FloatArray,
) -> tuple[FloatArray, FloatArray, float, FloatArray]:
    """Take ``n`` leapfrog steps from a known gradient; return also log density and gradient."""
    value = np.nan
    with np.errstate(all="ignore"):
        p = p + step / 2 * kick
        for i in range(n):
            q = q + step * p / mass
            log_q, kick = both(q)
            value = float(log_q)
            if not np.isfinite(value) or not np.all(np.isfinite(kick)):
                return q, p, -np.inf, kick
            p = p + (step if i < n - 1 else step / 2) * kick
    return q, p, value, kick
