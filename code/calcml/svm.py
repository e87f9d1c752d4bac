r"""Support vector machines: the dual problem, solved by sequential minimal optimization.

For labels y = ±1, a kernel matrix K and a price C of margin errors, the dual is

.. math::

   \max_\alpha\; D(\alpha) = \sum_i \alpha_i - \tfrac12 \sum_{ij} \alpha_i \alpha_j y_i y_j K_{ij},
   \qquad 0 \le \alpha_i \le C, \quad \sum_i y_i \alpha_i = 0,

and the primal value at :math:`f(x_i) = \sum_j \alpha_j y_j K_{ij} + b` is

.. math:: P(\alpha, b) = \tfrac12 \alpha^\top Q \alpha + C \sum_i \max(0, 1 - y_i f(x_i)),
   \qquad Q_{ij} = y_i y_j K_{ij}.

Weak duality says :math:`D \le P` for every feasible :math:`\alpha` and every :math:`b`, so the
duality gap :math:`P - D` bounds the distance of both from the optimum: a certificate that needs no
trust in the solver.

Inside, the signed variables :math:`\beta_i = y_i \alpha_i` make the constraint :math:`\sum_i
\beta_i = 0` and the gradient :math:`g = y - K\beta` free of labels (Bordes et al. 2005).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["dual_objective", "duality_gap", "primal_objective", "smo"]

Array = NDArray[np.float64]


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
    K, y = _kernel_and_labels(K, y)
    beta = y * _vector("alpha", alpha, len(y))
    return float(y @ beta - 0.5 * (beta @ _scores(K, beta)))


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
    K, y = _kernel_and_labels(K, y)
    beta = y * _vector("alpha", alpha, len(y))
    return _primal(_scores(K, beta), beta, float(b), y, _price(C))


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
    K, y = _kernel_and_labels(K, y)
    beta = y * _vector("alpha", alpha, len(y))
    return _gap(_scores(K, beta), beta, float(b), y, _price(C))


def smo(
    K: ArrayLike, y: ArrayLike, C: float, *, tol: float = 1e-8, maxiter: int = 1_000_000
) -> tuple[Array, float]:
    r"""Solve the SVM dual to a relative duality gap of ``tol``.

    Each step moves the pair (i, j) that promises the largest second-order gain,

    .. math:: i = \arg\max_{\beta_i < B_i} g_i, \qquad
       j = \arg\max_{\beta_j > A_j,\; g_j < g_i} \frac{(g_i - g_j)^2}{K_{ii} + K_{jj} - 2K_{ij}},

    to its exact optimum in the box :math:`A \le \beta \le B`. Pairs find the active bounds fast but
    creep where the kernel is ill-conditioned; so every few sweeps the coefficients that lie off
    their bounds are moved together, by Newton's step for the quadratic on that face.

    Parameters
    ----------
    K : array_like, shape (n, n)
        Kernel matrix :math:`K_{ij} = k(x_i, x_j)`, symmetric positive semidefinite.
    y : array_like, shape (n,)
        Labels −1 and +1, both present.
    C : float
        Price of a margin error, positive.
    tol : float
        Solve until :math:`P(\alpha, b) - D(\alpha) \le \mathrm{tol} \cdot P(\alpha, b)`.
    maxiter : int
        Largest number of pair steps.

    Returns
    -------
    alpha : ndarray, shape (n,)
        Dual solution, with :math:`0 \le \alpha_i \le C` exactly. ``alpha[i] > 0`` marks the support
        vectors.
    b : float
        The offset that minimizes the primal objective (middle of the interval if there is one).
        Decide by the sign of ``K(x, X) @ (alpha * y) + b``.

    Raises
    ------
    ValueError
        If an argument has the wrong shape, sign or value, one class is missing, or ``K`` is not
        positive semidefinite.
    RuntimeError
        If the gap is still larger after ``maxiter`` pair steps, or rounding stops progress.

    Notes
    -----
    Cost: O(n) a pair step, O(n²) a check of the gap, O(m³) a face step on m coefficients.
    Sources: Platt (1999); Fan, Chen and Lin (2005), "WSS 2"; face step: Moré and Toraldo (1991).

    Examples
    --------
    Two points at distance 2: both are support vectors, and the margin is 1.

    >>> X, y = np.array([[1.0, 0.0], [-1.0, 0.0]]), np.array([1, -1])
    >>> alpha, b = smo(X @ X.T, y, C=10.0)
    >>> alpha, b
    (array([0.5, 0.5]), 0.0)
    >>> duality_gap(alpha, b, X @ X.T, y, C=10.0)
    0.0
    """
    K, y = _kernel_and_labels(K, y)
    C = _price(C)
    if not 0 < tol < 1:
        raise ValueError(f"tol must lie in (0, 1), got {tol}")
    if maxiter < 1:
        raise ValueError(f"maxiter must be at least 1, got {maxiter}")
    if abs(y.sum()) == len(y):
        raise ValueError(f"y must hold both labels -1 and +1, got only {y[0]:+.0f}")
    return _Dual(K, y, C).solve(tol, maxiter)


class _Dual:
    """The dual problem in signed variables, at a feasible point ``beta`` with gradient ``g``."""

    def __init__(self, K: Array, y: Array, C: float) -> None:
        # As sum(beta) = 0, adding u_i + u_j to K_ij moves every score alike, which b undoes; the
        # u that centers the features takes most of the rounding error out of K @ beta.
        u = 0.5 * K.mean() - K.mean(axis=0)
        self.raw, self.K, self.y, self.C = K, K + u + u[:, None], y, C
        self.diagonal = self.K.diagonal().copy()
        self.low, self.high = np.minimum(0.0, C * y), np.maximum(0.0, C * y)
        self.beta = np.zeros(len(y))
        self.g = y.copy()

    def solve(self, tol: float, maxiter: int) -> tuple[Array, float]:
        """Alternate pair steps and face steps until the duality gap closes."""
        steps, stalled, value, relative = 0, 0, 0.0, np.inf
        while steps < maxiter and stalled < 10:
            steps += self.pair_steps(min(4 * len(self.y), maxiter - steps))
            for _ in range(2):  # the second pass refines: it starts from an accurate gradient
                self.face_steps(100)
                self.balance()
                self.g = self.y - _scores(self.K, self.beta)
            scores = _scores(self.raw, self.beta)
            b = _best_offset(scores, self.y)
            primal = _primal(scores, self.beta, b, self.y, self.C)
            relative = _gap(scores, self.beta, b, self.y, self.C) / primal
            if relative <= tol:
                return np.abs(self.beta), b
            before, value = value, 0.5 * float(self.beta @ (self.y + self.g))
            stalled = 0 if value > before * (1 + 1e-11) else stalled + 1
        raise RuntimeError(
            f"smo reached a relative duality gap of {relative:.2e} > tol = {tol:.2e} in {steps} "
            "pair steps; scale the features, lower C, or raise tol or maxiter"
        )

    def pair_steps(self, count: int) -> int:
        """Make up to ``count`` pair steps; return how many were made."""
        K, g, beta, low, high = self.K, self.g, self.beta, self.low, self.high
        tiny = max(1e-12 * float(self.diagonal.max()), 1e-300)
        for step in range(count):
            i = int(np.argmax(np.where(beta < high, g, -np.inf)))
            violation = np.where(beta > low, g[i] - g, 0.0)
            if violation.max() <= 1e-15 * np.abs(g).max():
                return step + 1
            curvature = np.maximum(self.diagonal[i] + self.diagonal - 2 * K[i], tiny)
            j = int(np.argmax(np.maximum(violation, 0.0) ** 2 / curvature))
            room_i, room_j = high[i] - beta[i], beta[j] - low[j]
            t = min(violation[j] / curvature[j], room_i, room_j)
            beta[i] = high[i] if t == room_i else beta[i] + t
            beta[j] = low[j] if t == room_j else beta[j] - t
            g -= t * (K[i] - K[j])
        return count

    def face_steps(self, count: int) -> None:
        """Maximize over the coefficients off their bounds; at most ``count`` then meet theirs."""
        for _ in range(count):
            free = np.flatnonzero((self.low < self.beta) & (self.beta < self.high))
            if len(free) < 2:
                return
            noise = 1e-14 * float(self.diagonal.max() * np.abs(self.beta).sum())
            d, longest = _face_direction(self.K[np.ix_(free, free)], self.g[free], noise)
            moves = np.abs(d) > 1e-16 * np.abs(d).max()
            moving, d = free[moves], d[moves]
            if len(d) == 0:
                return
            room = np.where(d > 0, self.high[moving], self.low[moving]) - self.beta[moving]
            hit = int(np.argmin(room / d))
            t = min(longest, float(room[hit] / d[hit]))
            self.beta[moving] += t * d
            self.g -= self.K[:, moving] @ (t * d)
            if t == longest:
                return
            k = moving[hit]
            self.beta[k] = self.high[k] if d[hit] > 0 else self.low[k]

    def balance(self) -> None:
        """Make sum(beta) = 0 exactly: sums of multiples of one spacing of floats do not round."""
        grid = np.spacing(np.abs(self.beta).max())
        self.beta = np.rint(self.beta / grid) * grid
        free = np.minimum(self.high - self.beta, self.beta - self.low)
        self.beta[np.argmax(free)] -= math.fsum(self.beta)
        self.beta = np.clip(self.beta, self.low, self.high)


def _face_direction(K: Array, g: Array, noise: float) -> tuple[Array, float]:
    r"""Direction and longest useful step for :math:`\max_d g^\top d - \tfrac12 d^\top K d`,
    :math:`\sum_i d_i = 0`: Newton's step, or the way up where the quadratic is flat and unbounded.

    The reflection H that takes the vector of ones to the first axis turns the constraint into a
    zero first coordinate.
    """
    K, g = _reflect(_reflect(K).T)[1:, 1:], _reflect(g)[1:]
    try:
        pivots = np.linalg.cholesky(K).diagonal()
        regular = bool(pivots.min() > 1e-5 * pivots.max())
    except np.linalg.LinAlgError:
        regular = False
    if regular:
        return _reflect(np.append(0.0, np.linalg.solve(K, g))), 1.0
    values, vectors = np.linalg.eigh(K)
    slope = vectors.T @ g
    flat = values <= 1e-14 * len(g) * values[-1]
    uphill = np.where(flat & (np.abs(slope) > noise), slope, 0.0)
    newton = np.where(flat, 0.0, slope / np.where(flat, 1.0, values))
    d = vectors @ (uphill if uphill.any() else newton)
    return _reflect(np.append(0.0, d)), np.inf if uphill.any() else 1.0


def _reflect(A: Array) -> Array:
    """Apply to the columns of A the reflection that swaps ones/sqrt(m) and the first axis."""
    v = np.full(len(A), len(A) ** -0.5)
    v[0] -= 1.0
    reflected: Array = A - np.multiply.outer(v, (2 / (v @ v)) * (v @ A))
    return reflected


def _scores(K: Array, beta: Array) -> Array:
    """``K @ beta`` with the sum in extended precision: the gap is a small difference."""
    support = np.flatnonzero(beta)
    exact = K[:, support].astype(np.longdouble) @ beta[support].astype(np.longdouble)
    return exact.astype(np.float64)


def _gap(scores: Array, beta: Array, b: float, y: Array, C: float) -> float:
    """P - D, summed so that the two huge parts of a term cancel before they are rounded."""
    excess = y * (scores + b) - 1
    return float((np.abs(beta) * excess + C * np.maximum(0.0, -excess)).sum() - b * beta.sum())


def _best_offset(scores: Array, y: Array) -> float:
    """Minimize sum_i max(0, 1 - y_i (scores_i + b)) over b; middle of the minimizers.

    The sum is convex and piecewise linear in b with a kink at each y_i - scores_i; its slope left
    of all kinks is -(number of y = +1), and rises by one at each kink.
    """
    kinks = np.sort(y - scores)
    k = int(np.count_nonzero(y > 0))
    return float(0.5 * (kinks[k - 1] + kinks[k]))


def _primal(scores: Array, beta: Array, b: float, y: Array, C: float) -> float:
    return float(0.5 * (beta @ scores) + C * np.maximum(0.0, 1 - y * (scores + b)).sum())


def _kernel_and_labels(K: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    matrix, labels = np.asarray(K, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(
            f"K must be the square matrix of kernel values, got shape {matrix.shape}; "
            "for a linear SVM on features X of shape (n, d) pass X @ X.T"
        )
    labels = _vector("y", labels, len(matrix))
    if not np.isin(labels, (-1.0, 1.0)).all():
        raise ValueError(f"y must hold the labels -1 and +1, got {np.unique(labels)[:5]}")
    if not np.isfinite(matrix).all():
        raise ValueError("K has entries that are not finite")
    if not np.allclose(matrix, matrix.T, rtol=1e-10, atol=1e-10 * np.abs(matrix).max(initial=0.0)):
        raise ValueError("K must be symmetric; pass (K + K.T) / 2 if the difference is only noise")
    try:
        np.linalg.cholesky(matrix + 1e-9 * np.abs(matrix).max(initial=1e-300) * np.eye(len(matrix)))
    except np.linalg.LinAlgError:
        raise ValueError(
            "K must be positive semidefinite, as kernels are; is it a matrix of distances?"
        ) from None
    return matrix, labels


def _vector(name: str, value: ArrayLike, n: int) -> Array:
    vector = np.asarray(value, dtype=np.float64)
    if vector.shape != (n,):
        raise ValueError(f"{name} must have shape ({n},) to fit K, got {vector.shape}")
    if not np.isfinite(vector).all():
        raise ValueError(f"{name} has entries that are not finite")
    return vector


def _price(C: float) -> float:
    if not 0 < C < np.inf:
        raise ValueError(f"C must be positive and finite, got {C}")
    return float(C)
