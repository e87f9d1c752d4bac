"""The primal and dual objectives and their gap, and what they take for granted."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from calcml.typing import FloatArray
from calcml.validation import real_number

__all__ = [
    "checked_price",
    "checked_problem",
    "dual_objective",
    "dual_of",
    "duality_gap",
    "gap_of",
    "primal_objective",
    "primal_of",
    "scores_of",
]


def dual_objective(alpha: ArrayLike, K: ArrayLike, y: ArrayLike) -> float:
    r"""Return :math:`D(\alpha) = \sum_i \alpha_i - \tfrac12 \alpha^\top Q \alpha`.

    Parameters
    ----------
    alpha : array_like, shape (n,)
    K : array_like, shape (n, n)
        Symmetric kernel matrix.
    y : array_like, shape (n,)
        Labels −1 and +1.

    Raises
    ------
    ValueError
        If shapes do not fit, an entry is not finite, or a label is not ±1.

    Examples
    --------
    >>> dual_objective([0.5, 0.5], [[1.0, -1.0], [-1.0, 1.0]], [1, -1])
    0.5
    """
    K, y = checked_problem(K, y)
    beta = y * _vector("alpha", alpha, len(y))
    return dual_of(scores_of(K, beta), beta, y)


def primal_objective(alpha: ArrayLike, b: float, K: ArrayLike, y: ArrayLike, C: float) -> float:
    r"""Return :math:`P(\alpha, b) = \tfrac12 \|w\|^2 + C \sum_i \max(0, 1 - y_i f(x_i))`.

    Parameters
    ----------
    alpha : array_like, shape (n,)
    b : float
        Offset of the decision function.
    K : array_like, shape (n, n)
    y : array_like, shape (n,)
    C : float
        Price of a margin error, positive.

    Raises
    ------
    ValueError
        As `dual_objective`, or if ``C`` is not positive and finite.

    Examples
    --------
    >>> primal_objective([0.5, 0.5], 0.0, [[1.0, -1.0], [-1.0, 1.0]], [1, -1], C=1.0)
    0.5
    """
    K, y = checked_problem(K, y)
    beta = y * _vector("alpha", alpha, len(y))
    return primal_of(scores_of(K, beta), beta, real_number("b", b), y, checked_price(C))


def duality_gap(alpha: ArrayLike, b: float, K: ArrayLike, y: ArrayLike, C: float) -> float:
    r"""Return :math:`P(\alpha, b) - D(\alpha)`, which is at least 0 for a feasible ``alpha``.

    The difference is summed term by term in extended precision, so that it stays meaningful where
    subtracting the two objectives would leave only rounding error.

    Parameters and errors as `primal_objective`; divide by the primal objective for the relative
    gap that `smo` reports on.

    Examples
    --------
    >>> duality_gap([0.25, 0.25], 0.0, [[1.0, -1.0], [-1.0, 1.0]], [1, -1], C=1.0)
    0.75
    """
    K, y = checked_problem(K, y)
    beta = y * _vector("alpha", alpha, len(y))
    return gap_of(scores_of(K, beta), beta, real_number("b", b), y, checked_price(C))


def scores_of(K: FloatArray, beta: FloatArray) -> FloatArray:
    """``K @ beta`` with the sum in extended precision: the gap is a small difference."""
    support = np.flatnonzero(beta)
    exact = K[:, support].astype(np.longdouble) @ beta[support].astype(np.longdouble)
    return exact.astype(np.float64)


def gap_of(scores: FloatArray, beta: FloatArray, b: float, y: FloatArray, C: float) -> float:
    """P - D, summed so that the two huge parts of a term cancel before they are rounded."""
    excess = y * (scores + b) - 1
    return float((np.abs(beta) * excess + C * np.maximum(0.0, -excess)).sum() - b * beta.sum())


def dual_of(scores: FloatArray, beta: FloatArray, y: FloatArray) -> float:
    """Return the dual objective for the scores ``K @ beta``."""
    return float(y @ beta - 0.5 * (beta @ scores))


def primal_of(scores: FloatArray, beta: FloatArray, b: float, y: FloatArray, C: float) -> float:
    """Return the primal objective for the scores ``K @ beta``."""
    return float(0.5 * (beta @ scores) + C * np.maximum(0.0, 1 - y * (scores + b)).sum())


def checked_problem(K: ArrayLike, y: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return the kernel matrix and the labels as arrays; refuse what cannot be such."""
    matrix, labels = np.asarray(K, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(
            f"K must be the square matrix of kernel values, got shape {matrix.shape}; "
            "for a linear SVM on features X of shape (n, d) pass X @ X.T"
        )
    labels = _vector("y", labels, len(matrix))
    if labels.size == 0:
        raise ValueError("K and y must hold at least one example, got none")
    if not np.isin(labels, (-1.0, 1.0)).all():
        raise ValueError(f"y must hold the labels -1 and +1, got {np.unique(labels)[:5]}")
    if not np.isfinite(matrix).all():
        raise ValueError("K has entries that are not finite")
    if not np.allclose(matrix, matrix.T, rtol=1e-10, atol=1e-10 * np.abs(matrix).max(initial=0.0)):
        raise ValueError("K must be symmetric; pass (K + K.T) / 2 if the difference is only noise")
    return matrix, labels


def _vector(name: str, value: ArrayLike, n: int) -> FloatArray:
    vector = np.asarray(value, dtype=np.float64)
    if vector.shape != (n,):
        raise ValueError(f"{name} must have shape ({n},) to fit K, got {vector.shape}")
    if not np.isfinite(vector).all():
        raise ValueError(f"{name} has entries that are not finite")
    return vector


def checked_price(C: float) -> float:
    """Return C as a float; refuse what is not positive and finite."""
    price = real_number("C", C)
    if not 0 < price < np.inf:
        raise ValueError(f"C must be positive and finite, got {C}")
    return price
