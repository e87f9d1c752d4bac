r"""Posterior approximations by calculus: Laplace's method and mean-field variational inference.

Both replace an intractable density :math:`p(x)/Z` by a Gaussian.  Laplace's method matches value
and curvature at the mode; variational inference maximizes the evidence lower bound

.. math:: \mathrm{ELBO}(q) = E_q[\log p(x)] + H(q) = \log Z - \mathrm{KL}(q \,\|\, p/Z) \le \log Z .
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from calcml.diff import grad, hessian
from calcml.optimize import lbfgs
from calcml.typing import RealArray
from calcml.validation import count, generator, real_number

LogDensity = Callable[[Any], Any]
LOG_2PI = float(np.log(2 * np.pi))


def laplace_approximation(
    log_p: LogDensity, x0: ArrayLike, *, gtol: float = 1e-10, maxiter: int = 200
) -> tuple[RealArray, RealArray, float]:
    r"""Approximate a density by the Gaussian of its mode and curvature.

    With the mode :math:`\hat x` and :math:`A = -\nabla^2 \log p(\hat x)`,

    .. math:: p(x)/Z \approx N(\hat x, A^{-1}), \qquad
              \log Z \approx \log p(\hat x) + \tfrac d2 \log 2\pi - \tfrac12 \log\det A .

    Exact if ``p`` is Gaussian.  The mode is found by Newton's method with exact derivatives from
    `calcml.diff`: where :math:`A` is not positive definite it is shifted until it is, and a step is
    halved until :math:`\log p` increases.

    Parameters
    ----------
    log_p : callable
        Log density up to a constant, in plain NumPy: array of shape ``(d,)`` to a number.
    x0 : array_like, shape (d,)
        Start of the search for the mode.
    gtol : float
        The mode is accepted where the Newton decrement :math:`\tfrac12 g^\mathsf T A^{-1} g`, the
        gain in :math:`\log p` still expected, is at most this.
    maxiter : int
        Newton steps allowed.

    Returns
    -------
    mean : ndarray, shape (d,)
    cov : ndarray, shape (d, d)
    log_evidence : float
        Cost: a Hessian (``d`` gradients of a gradient) and O(d**3) a step.

    Raises
    ------
    ValueError
        If ``x0`` is not a finite vector, or ``log_p(x0)`` is not finite.
    ArithmeticError
        If no mode is found in ``maxiter`` steps: the density has none, or a flat or infinite one.

    References
    ----------
    C. M. Bishop, *Pattern Recognition and Machine Learning* (2006), section 4.4; D. J. C. MacKay,
    *Information Theory, Inference, and Learning Algorithms* (2003), chapter 27.

    Examples
    --------
    >>> A = np.array([[2.0, 0.5], [0.5, 1.0]])
    >>> mean, cov, log_z = laplace_approximation(lambda x: -0.5 * x @ A @ x, np.array([3.0, -1.0]))
    >>> bool(np.allclose(cov, np.linalg.inv(A))), bool(np.allclose(mean, 0))
    (True, True)
    """
    x = np.array(x0, dtype=float)
    if x.ndim != 1 or x.size == 0 or not np.all(np.isfinite(x)):
        raise ValueError(f"x0 must be a finite vector of shape (d,), d >= 1, got {x0!r}")
    gtol, maxiter = real_number("gtol", gtol), count("maxiter", maxiter, 1)
    value = float(_scalar(log_p(x)))
    if not np.isfinite(value):
        raise ValueError(f"log_p(x0) is {value}; start where the density is positive, not at {x}")
    gradient, curvature = grad(log_p), hessian(log_p)
    log_det = np.inf
    with np.errstate(all="ignore"):  # a density without a mode is reported below
        for _ in range(maxiter):
            g, precision = np.asarray(gradient(x)), -np.asarray(curvature(x))
            if not (np.all(np.isfinite(g)) and np.all(np.isfinite(precision))):
                break
            step, new_log_det = _newton_step(g, precision)
            # At a mode neither the density nor its curvature changes any more.
            if 0.5 * float(g @ step) <= gtol and abs(new_log_det - log_det) <= 1e-6:
                cov = np.linalg.inv(precision)
                log_evidence = value + 0.5 * x.size * LOG_2PI - 0.5 * new_log_det
                return x, (cov + cov.T) / 2, log_evidence
            log_det = new_log_det
            x, value = _ascend(log_p, x, value, g, step)
    raise ArithmeticError(
        f"no mode found within {maxiter} steps (at x = {x}, gradient {g}); start nearer to it, or"
        " check that the density has one, with a curvature that is not zero"
    )


def _scalar(value: Any) -> Any:
    """Insist on one number from log_p."""
    if np.ndim(value) != 0:
        raise ValueError(f"log_p must return one number, got shape {np.shape(value)}; sum it up")
    return value


def _newton_step(g: RealArray, precision: RealArray) -> tuple[RealArray, float]:
    """Return the Newton step and log det of the precision (NaN if not positive definite)."""
    smallest = float(np.linalg.eigvalsh(precision)[0])
    scale = float(np.max(np.abs(precision)))
    if smallest > 1e-14 * scale:
        return np.linalg.solve(precision, g), float(np.linalg.slogdet(precision)[1])
    shift = 1e-3 * max(scale, float(np.max(np.abs(g))), 1e-8) - smallest
    return np.linalg.solve(precision + shift * np.eye(g.size), g), np.nan


def _ascend(
    log_p: LogDensity, x: RealArray, value: float, g: RealArray, step: RealArray
) -> tuple[RealArray, float]:
    """Halve the step until log p does not fall by more than its roundoff."""
    t, noise = 1.0, 8 * float(np.finfo(float).eps) * abs(value)
    while t > 1e-14:
        new = float(log_p(x + t * step))
        if np.isfinite(new) and new >= value - noise:
            return x + t * step, new
        t /= 2
    raise ArithmeticError(
        f"no step increases log_p at x = {x}, gradient {g}: it is not smooth there, or has no mode"
    )


def elbo(log_p: LogDensity, mean: Any, log_std: Any, noise: Any) -> Any:
    r"""Return the evidence lower bound of a diagonal Gaussian at fixed standard normal draws.

    .. math:: \frac1m \sum_{j=1}^m \log p(\mu + \sigma \odot \epsilon_j)
              + \sum_i \log \sigma_i + \tfrac d2 (1 + \log 2\pi),
              \qquad \sigma = e^{\texttt{log\_std}} .

    The draws enter through the reparameterization :math:`x = \mu + \sigma\epsilon`, so the bound is
    a differentiable function of ``mean`` and ``log_std`` and can be handed to `calcml.diff.grad`.

    Parameters
    ----------
    log_p : callable
        Log density up to a constant: shape ``(d,)`` to a number.
    mean, log_std : array_like, shape (d,)
        Parameters of ``q``.
    noise : array_like, shape (m, d)
        Standard normal draws; `balanced_noise` makes the average exact for
        quadratic ``log_p``.

    Returns
    -------
    float
        ``m`` evaluations of ``log_p``.

    Raises
    ------
    ValueError
        If the shapes do not match.

    References
    ----------
    D. P. Kingma and M. Welling, *Auto-Encoding Variational Bayes*, ICLR (2014), section 2.4.

    Examples
    --------
    >>> log_p = lambda x: -np.sum(x**2) / 2 - LOG_2PI / 2  # normalized, so the best bound is 0
    >>> bool(abs(elbo(log_p, np.zeros(1), np.zeros(1), np.array([[1.0], [-1.0]]))) < 1e-15)
    True
    """
    draws = np.asarray(noise, dtype=float)
    if draws.ndim != 2 or np.shape(mean) != draws.shape[1:] or np.shape(log_std) != np.shape(mean):
        raise ValueError(
            f"mean and log_std must have shape (d,) and noise (m, d), got {np.shape(mean)},"
            f" {np.shape(log_std)} and {draws.shape}"
        )
    std = np.exp(log_std)
    total: Any = 0.0
    for epsilon in draws:
        total = total + _scalar(log_p(mean + std * epsilon))
    return total / len(draws) + np.sum(log_std) + 0.5 * draws.shape[1] * (1 + LOG_2PI)


def balanced_noise(rng: np.random.Generator, m: int, d: int) -> RealArray:
    r"""Return ``m`` standard normal draws whose mean is 0 and second-moment matrix exactly I.

    Each draw comes with its negative, and the whole set is whitened; averages of quadratic
    functions over it are exact, so variational inference of a Gaussian has no noise at all.

    Raises
    ------
    ValueError
        If ``m`` is odd or below ``2 d``: fewer draws cannot have ``d`` independent directions.

    Examples
    --------
    >>> e = balanced_noise(np.random.default_rng(0), 8, 3)
    >>> bool(np.allclose(e.T @ e / 8, np.eye(3)))
    True
    """
    m, d = count("m", m, 2), count("d", d, 1)
    if m % 2 or m < 2 * d:
        raise ValueError(f"m must be even and at least 2 d = {2 * d}, got {m}")
    half = rng.normal(size=(m // 2, d))
    factor = np.linalg.cholesky(half.T @ half / (m // 2))
    half = np.linalg.solve(factor, half.T).T
    return np.concatenate([half, -half])


def fit_mean_field(
    log_p: LogDensity,
    dim: int,
    *,
    rng: np.random.Generator,
    n_samples: int | None = None,
    x0: ArrayLike | None = None,
    gtol: float = 1e-7,
    maxiter: int = 1000,
) -> tuple[RealArray, RealArray, RealArray]:
    r"""Fit :math:`q(x) = \prod_i N(x_i; \mu_i, \sigma_i^2)` by maximizing the ELBO.

    The reparameterized `elbo` of one fixed set of standard normal draws (`balanced_noise`) is a
    smooth deterministic function of :math:`(\mu, \log\sigma)`; L-BFGS maximizes it.  For a Gaussian
    target with precision matrix :math:`\Lambda` the draws give the ELBO exactly, and so the exact
    optimum: :math:`\mu` the mean, :math:`\sigma_i^2 = 1/\Lambda_{ii}`, too small wherever the
    coordinates are correlated.  For other targets the answer carries the sampling error of
    ``n_samples`` draws, and the ELBO, being maximized on them, is slightly optimistic.

    Parameters
    ----------
    log_p : callable
        Log density up to a constant, in plain NumPy: shape ``(d,)`` to a number.
    dim : int
        Dimension ``d``.
    rng : numpy.random.Generator
        Source of the draws.
    n_samples : int, optional
        Number of draws, even, at least ``2 d``; by default ``max(64, 4 d)``.
    x0 : array_like, shape (d,), optional
        Start of the mean; zero by default.  The standard deviations start at 1.
    gtol : float
        Stop when no entry of the gradient of the ELBO exceeds this.
    maxiter : int
        Iterations of L-BFGS; each costs ``n_samples`` evaluations of ``log_p`` and one gradient.

    Returns
    -------
    mean, log_std : ndarray, shape (d,)
    elbo_trace : ndarray, shape (iterations + 1,)
        ELBO at the start and after each iteration; it never falls.

    Raises
    ------
    ValueError
        For arguments out of range, or if the ELBO is not finite at the start.
    ArithmeticError
        If the search does not converge; the ELBO may have no maximum (an improper density).

    References
    ----------
    R. Giordano, M. Ingram and T. Broderick, *JMLR* 25 (2024), "Black Box Variational Inference with
    a Deterministic Objective"; Bishop (2006), section 10.1.2, for the Gaussian target.

    Examples
    --------
    >>> precision = np.linalg.inv(np.array([[1.0, 0.9], [0.9, 1.0]]))
    >>> rng = np.random.default_rng(0)
    >>> _, log_std, trace = fit_mean_field(lambda x: -0.5 * x @ precision @ x, 2, rng=rng)
    >>> np.round(np.exp(2 * log_std), 6)
    array([0.19, 0.19])
    """
    dim = count("dim", dim, 1)
    generator(rng)
    noise = balanced_noise(rng, max(64, 4 * dim) if n_samples is None else n_samples, dim)
    mean = np.zeros(dim) if x0 is None else np.array(x0, dtype=float)
    if mean.shape != (dim,):
        raise ValueError(f"x0 must have shape ({dim},), got {mean.shape}")

    def loss(theta: Any) -> Any:
        return -elbo(log_p, theta[:dim], theta[dim:], noise)

    start = np.concatenate([mean, np.zeros(dim)])
    if not np.isfinite(loss(start)):
        raise ValueError(
            f"the ELBO is {-loss(start)} at mean {mean}; log_p must be finite on all of R^d:"
            " transform bounded parameters"
        )
    result = lbfgs(loss, start, gtol=gtol, maxiter=maxiter)
    if not result.success and np.max(np.abs(result.grad)) > 1e-4:
        raise ArithmeticError(f"the ELBO has no maximum that could be reached: {result.message}")
    trace = -np.array([float(loss(theta)) for theta in result.path])
    return result.x[:dim], result.x[dim:], trace
