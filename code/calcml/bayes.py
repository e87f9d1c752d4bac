"""The joint density of a Bayesian model: likelihood times prior, on the log scale."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from calcml.validation import real_number


def logistic_log_joint(theta: Any, X: ArrayLike, y: ArrayLike, *, prior_std: float) -> Any:
    r"""Return the log joint density of labels and weights in Bayesian logistic regression.

    With scores :math:`s_i = x_i^\mathsf T \theta`, labels :math:`y_i \in \{0, 1\}` and independent
    priors :math:`\theta_j \sim N(0, \tau^2)`,

    .. math:: \log p(y, \theta) = \sum_{i=1}^n \bigl(y_i s_i - \log(1 + e^{s_i})\bigr)
              - \frac{\lVert\theta\rVert^2}{2\tau^2} - \frac d2 \log(2\pi\tau^2) .

    As a function of ``theta`` it is the posterior density, on the log scale and without its
    normalizing constant: the integral of its exponential is the evidence :math:`p(y)`.

    Parameters
    ----------
    theta : array_like, shape (..., d)
        Weights, one set or many.
    X : array_like, shape (n, d)
        Features, a column of ones included where the model has an intercept.
    y : array_like, shape (n,)
        Labels 0 and 1.
    prior_std : float
        Standard deviation :math:`\tau > 0` of the prior of each weight.

    Returns
    -------
    float or ndarray, shape (...)
        In nats.

    Raises
    ------
    ValueError
        If the shapes do not match, a label is neither 0 nor 1, or ``prior_std`` is not positive.

    References
    ----------
    C. M. Bishop, *Pattern Recognition and Machine Learning* (2006), equation 4.142.

    Examples
    --------
    One flip of a coin whose side has probability 1/2 when the weight is 0:

    >>> value = logistic_log_joint(np.zeros(1), [[1.0]], [1.0], prior_std=1.0)
    >>> bool(abs(value + np.log(2) + np.log(2 * np.pi) / 2) < 1e-15)
    True
    """
    features, labels = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    tau = real_number("prior_std", prior_std)
    if not 0 < tau < np.inf:
        raise ValueError(f"prior_std must be positive and finite, got {prior_std!r}")
    if features.ndim != 2 or labels.shape != features.shape[:1]:
        raise ValueError(
            f"X must have shape (n, d) and y (n,), got {features.shape} and {labels.shape}"
        )
    if np.shape(theta)[-1:] != features.shape[1:]:
        raise ValueError(f"theta must have shape (..., {features.shape[1]}), got {np.shape(theta)}")
    if not np.isin(labels, (0.0, 1.0)).all():
        raise ValueError("labels must be 0 or 1")
    scores = np.matmul(theta, features.T)
    likelihood = np.sum(labels * scores - np.logaddexp(0.0, scores), axis=-1)
    constant = 0.5 * features.shape[1] * np.log(2 * np.pi * tau**2)
    return likelihood - np.sum(np.square(theta), axis=-1) / (2 * tau**2) - constant
