"""Classify a critical point by the signs of the eigenvalues of its Hessian."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["CriticalPoint", "classify_critical_point"]

CriticalPoint = Literal["minimum", "maximum", "saddle", "degenerate"]


def classify_critical_point(H: ArrayLike, *, rtol: float = 1e-8) -> CriticalPoint:
    r"""Name the kind of critical point from its Hessian (the second-derivative test).

    Near a critical point, :math:`f(x + p) = f(x) + \tfrac12 p^\top H p + o(\|p\|^2)`, so the
    eigenvalues :math:`\lambda_i` of :math:`H` decide, as far as the quadratic term can:

    - ``"minimum"``: every :math:`\lambda_i > 0`, a strict local minimum;
    - ``"maximum"``: every :math:`\lambda_i < 0`, a strict local maximum;
    - ``"saddle"``: some :math:`\lambda_i > 0` and some :math:`\lambda_j < 0`, whatever the others;
    - ``"degenerate"``: otherwise. The sign in a zero eigenvalue's direction is settled by
      higher-order terms, which ``H`` does not know.

    An eigenvalue counts as zero if :math:`|\lambda_i| \le \mathrm{rtol}\cdot\max_j|\lambda_j|`.

    Parameters
    ----------
    H : array_like, shape (n, n)
        Hessian at a point where the gradient vanishes. A scalar is taken as (1, 1).
    rtol : float
        Relative size below which an eigenvalue counts as zero, ``0 <= rtol < 1``.

    Returns
    -------
    {"minimum", "maximum", "saddle", "degenerate"}

    Raises
    ------
    ValueError
        If ``H`` is not square, empty, not finite, or not symmetric to ``rtol`` (or to rounding,
        if ``rtol`` is smaller), or ``rtol`` lies outside [0, 1).
    TypeError
        If ``H`` is not real.

    Notes
    -----
    Cost: one symmetric eigenvalue problem, :math:`O(n^3)`. Source: Nocedal and Wright (2006),
    theorems 2.3 and 2.4.

    Examples
    --------
    >>> classify_critical_point([[2.0, 0.0], [0.0, -1.0]])
    'saddle'
    >>> classify_critical_point([[2.0, 0.0], [0.0, 0.0]])
    'degenerate'
    """
    if not 0 <= rtol < 1:
        raise ValueError(f"rtol must lie in [0, 1), got {rtol}; try the default 1e-8")
    matrix = np.asarray(H)
    if matrix.dtype.kind not in "fiu":
        raise TypeError(f"H must be a real matrix, got dtype {matrix.dtype}")
    matrix = np.atleast_2d(matrix.astype(np.float64))
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.size == 0:
        raise ValueError(
            f"H must be a square matrix of shape (n, n), n >= 1, got shape {np.shape(H)}"
        )
    if not np.isfinite(matrix).all():
        raise ValueError("H has entries that are not finite; check the point and the function")
    scale = float(np.abs(matrix).max()) or 1.0
    matrix /= scale
    asymmetry = float(np.abs(matrix - matrix.T).max())
    if asymmetry > max(rtol, 1e-12):
        raise ValueError(
            f"H must be symmetric, but |H - H.T| reaches {asymmetry:.3g} times its largest "
            "entry; pass (H + H.T) / 2 if the difference is only noise"
        )
    eigenvalues = np.linalg.eigvalsh(matrix)
    zero = rtol * float(np.abs(eigenvalues).max())
    lowest, highest = float(eigenvalues[0]), float(eigenvalues[-1])
    if lowest < -zero and highest > zero:
        return "saddle"
    if lowest > zero:
        return "minimum"
    if highest < -zero:
        return "maximum"
    return "degenerate"
