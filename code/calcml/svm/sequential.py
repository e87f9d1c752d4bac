"""Sequential minimal optimization, with Newton steps on faces."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from calcml.svm.objectives import (
    checked_price,
    checked_problem,
    dual_of,
    gap_of,
    primal_of,
    scores_of,
)
from calcml.typing import FloatArray
from calcml.validation import real_number

__all__ = ["smo"]


def smo(
    K: ArrayLike, y: ArrayLike, C: float, *, tol: float = 1e-8, maxiter: int = 1_000_000
) -> tuple[FloatArray, float]:
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

    >>> from calcml.svm import duality_gap
    >>> X, y = np.array([[1.0, 0.0], [-1.0, 0.0]]), np.array([1, -1])
    >>> alpha, b = smo(X @ X.T, y, C=10.0)
    >>> alpha, b
    (array([0.5, 0.5]), 0.0)
    >>> duality_gap(alpha, b, X @ X.T, y, C=10.0)
    0.0
    """
    K, y = checked_problem(K, y)
    C = checked_price(C)
    if not 0 < real_number("tol", tol) < 1:
        raise ValueError(f"tol must lie in (0, 1), got {tol}")
    if maxiter < 1:
        raise ValueError(f"maxiter must be at least 1, got {maxiter}")
    if abs(y.sum()) == len(y):
        raise ValueError(f"y must hold both labels -1 and +1, got only {y[0]:+.0f}")
    _check_semidefinite(K)
    return _Dual(K, y, C).solve(tol, maxiter)


def _check_semidefinite(K: FloatArray) -> None:
    try:
        np.linalg.cholesky(K + 1e-9 * np.abs(K).max(initial=1e-300) * np.eye(len(K)))
    except np.linalg.LinAlgError:
        share = np.linalg.eigvalsh(K)[0] / np.abs(K).max()
        raise ValueError(
            f"K must be positive semidefinite, as kernels are, but has the eigenvalue {share:.1e} "
            "times its largest entry; if that is rounding error, compute K in double precision; "
            "is it a matrix of distances?"
        ) from None


class _Dual:
    """The dual problem in signed variables, at a feasible point ``beta`` with gradient ``g``."""

    def __init__(self, K: FloatArray, y: FloatArray, C: float) -> None:
        # As sum(beta) = 0, adding u_i + u_j to K_ij moves every score alike, which b undoes; the
        # u that centers the features takes most of the rounding error out of K @ beta.
        u = 0.5 * K.mean() - K.mean(axis=0)
        self.raw, self.K, self.y, self.C = K, K + u + u[:, None], y, C
        self.diagonal = self.K.diagonal().copy()
        self.low, self.high = np.minimum(0.0, C * y), np.maximum(0.0, C * y)
        self.beta, self.steps = np.zeros(len(y)), 0
        self.g = y.copy()

    def solve(self, tol: float, maxiter: int) -> tuple[FloatArray, float]:
        """Alternate pair steps and face steps until the duality gap closes."""
        stalled, value, relative = 0, 0.0, np.inf
        while self.steps < maxiter and stalled < 10:
            self.pair_steps(min(4 * len(self.y), maxiter - self.steps))
            for _ in range(2):  # the second pass refines: it starts from an accurate gradient
                self.face_steps(100)
                self.balance()
                self.g = self.y - scores_of(self.K, self.beta)
            scores = scores_of(self.raw, self.beta)
            b = _best_offset(scores, self.y)
            primal = primal_of(scores, self.beta, b, self.y, self.C)
            relative = gap_of(scores, self.beta, b, self.y, self.C) / primal
            if relative <= tol:
                return np.abs(self.beta), b
            before, value = value, dual_of(scores, self.beta, self.y)
            stalled = 0 if value > before * (1 + 1e-11) else stalled + 1
        raise RuntimeError(
            f"smo reached a relative duality gap of {relative:.2e} > tol = {tol:.2e} in "
            f"{self.steps} pair steps; scale the features, lower C, or raise tol or maxiter"
        )

    def pair_steps(self, count: int) -> None:
        """Make up to ``count`` pair steps."""
        K, g, beta, low, high = self.K, self.g, self.beta, self.low, self.high
        tiny = max(1e-12 * float(self.diagonal.max()), 1e-300)
        for _ in range(count):
            i = int(np.argmax(np.where(beta < high, g, -np.inf)))
            violation = np.where(beta > low, g[i] - g, 0.0)
            if violation.max() <= 1e-15 * np.abs(g).max():
                return
            self.steps += 1
            curvature = np.maximum(self.diagonal[i] + self.diagonal - 2 * K[i], tiny)
            j = int(np.argmax(np.maximum(violation, 0.0) ** 2 / curvature))
            room_i, room_j = high[i] - beta[i], beta[j] - low[j]
            t = min(violation[j] / curvature[j], room_i, room_j)
            beta[i] = high[i] if t == room_i else beta[i] + t
            beta[j] = low[j] if t == room_j else beta[j] - t
            g -= t * (K[i] - K[j])

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


def _face_direction(K: FloatArray, g: FloatArray, noise: float) -> tuple[FloatArray, float]:
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


def _reflect(A: FloatArray) -> FloatArray:
    """Apply to the columns of A the reflection that swaps ones/sqrt(m) and the first axis."""
    v = np.full(len(A), len(A) ** -0.5)
    v[0] -= 1.0
    reflected: FloatArray = A - np.multiply.outer(v, (2 / (v @ v)) * (v @ A))
    return reflected


def _best_offset(scores: FloatArray, y: FloatArray) -> float:
    """Minimize sum_i max(0, 1 - y_i (scores_i + b)) over b; middle of the minimizers.

    The sum is convex and piecewise linear in b with a kink at each y_i - scores_i; its slope left
    of all kinks is -(number of y = +1), and rises by one at each kink.
    """
    kinks = np.sort(y - scores)
    k = int(np.count_nonzero(y > 0))
    return float(0.5 * (kinks[k - 1] + kinks[k]))
