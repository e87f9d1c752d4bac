"""Quadrature rules with a fixed number of nodes: Riemann, trapezoid, Simpson, Gauss-Legendre."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from calcml.quadrature.integrand import Integrand, finite, interval, values
from calcml.typing import RealArray
from calcml.validation import count


def riemann(f: Integrand, a: float, b: float, n: int, *, rule: str = "midpoint") -> float:
    r"""Return the Riemann sum of ``f`` over ``n`` equal panels.

    .. math:: h \sum_{i=0}^{n-1} f(a + (i + \theta) h), \qquad h = \frac{b - a}{n}

    Parameters
    ----------
    f : callable
        Integrand; called once with all nodes, or once a node if it does not take arrays.
    a, b : float
        Finite limits; ``a > b`` changes the sign.
    n : int
        Number of panels.
    rule : {"left", "right", "midpoint"}
        Where in each panel ``f`` is evaluated: :math:`\theta = 0, 1, 1/2`.

    Returns
    -------
    float
        Error (value minus integral) :math:`\pm\frac{(b-a)h}{2} f'` (left: minus, right: plus) and
        :math:`-\frac{(b-a)h^2}{24} f''` (midpoint) at some point inside; ``n`` evaluations.

    Raises
    ------
    ValueError
        For an infinite limit, ``n < 1``, an unknown rule, or a value of ``f`` that is not finite.

    References
    ----------
    P. J. Davis and P. Rabinowitz, *Methods of Numerical Integration*, 2nd ed. (1984), section 2.1.

    Examples
    --------
    >>> riemann(lambda x: x, 0.0, 1.0, 4)
    0.5
    >>> riemann(lambda x: x, 0.0, 1.0, 4, rule="left")
    0.375
    """
    shifts = {"left": 0.0, "midpoint": 0.5, "right": 1.0}
    if rule not in shifts:
        raise ValueError(f'rule must be "left", "midpoint" or "right", got {rule!r}')
    low, width = interval(a, b)
    h = width / count("n", n, 1)
    x = low + (np.arange(n) + shifts[rule]) * h
    y = values(f, x)
    with np.errstate(over="ignore", invalid="ignore"):
        return finite(h * np.sum(y))


def trapezoid(f: Integrand, a: float, b: float, n: int) -> float:
    r"""Return :math:`h\sum_i w_if(x_i)` with the weights 1/2, 1, 1, ..., 1, 1/2.

    Parameters
    ----------
    f, a, b, n
        As in `riemann`.

    Returns
    -------
    float
        Error :math:`\frac{(b-a)h^2}{12} f''(\xi)`; for a periodic analytic integrand over a whole
        period it falls faster than every power of ``h``.  ``n + 1`` evaluations.

    Raises
    ------
    ValueError
        As in `riemann`.

    References
    ----------
    Davis and Rabinowitz (1984), section 2.1; L. N. Trefethen and J. A. C. Weideman, *SIAM Review*
    56 (2014), for periodic integrands.

    Examples
    --------
    >>> trapezoid(lambda x: x**2, 0.0, 1.0, 2)
    0.375
    """
    low, width = interval(a, b)
    h = width / count("n", n, 1)
    y = values(f, low + np.arange(n + 1) * h)
    with np.errstate(over="ignore", invalid="ignore"):
        return finite(h * (np.sum(y) - 0.5 * (y[0] + y[-1])))


def simpson(f: Integrand, a: float, b: float, n: int) -> float:
    r"""Return :math:`\frac h3\sum_i w_if(x_i)` with the weights 1, 4, 2, ..., 2, 4, 1; ``n`` even.

    Parameters
    ----------
    f, a, b, n
        As in `riemann`; ``n`` must be even, for a parabola is laid through each pair of panels.

    Returns
    -------
    float
        Error :math:`\frac{(b-a)h^4}{180} f^{(4)}(\xi)`, so cubics are exact.  ``n + 1``
        evaluations.

    Raises
    ------
    ValueError
        As in `riemann`, and for odd ``n``.

    References
    ----------
    Davis and Rabinowitz (1984), section 2.2.

    Examples
    --------
    >>> simpson(lambda x: x**3, 0.0, 2.0, 2)
    4.0
    """
    low, width = interval(a, b)
    if count("n", n, 2) % 2:
        raise ValueError(f"n must be even for Simpson's rule, got {n}; use {n + 1}")
    h = width / n
    y = values(f, low + np.arange(n + 1) * h)
    with np.errstate(over="ignore", invalid="ignore"):
        return finite(h / 3 * (y[0] + 4 * np.sum(y[1::2]) + 2 * np.sum(y[2:-1:2]) + y[-1]))


def gauss_legendre(f: Integrand, a: float, b: float, n: int) -> float:
    r"""Return the Gauss-Legendre value :math:`\frac{b-a}2 \sum_{i=1}^n w_i f(x_i)`.

    Parameters
    ----------
    f, a, b
        As in `riemann`.
    n : int
        Number of nodes.

    Returns
    -------
    float
        Exact for polynomials of degree ``2n - 1``; for analytic integrands the error falls
        geometrically in ``n``.  ``n`` evaluations; the nodes cost O(n**3) once.

    Raises
    ------
    ValueError
        As in `riemann`.

    References
    ----------
    G. H. Golub and J. H. Welsch, *Mathematics of Computation* 23 (1969), 221-230.

    Examples
    --------
    >>> round(gauss_legendre(lambda x: x**5 + x**4, 0.0, 1.0, 3), 12)
    0.366666666667
    """
    low, width = interval(a, b)
    nodes, weights = legendre_nodes(count("n", n, 1))
    x = ((1 - nodes) * low + (1 + nodes) * float(b)) / 2
    y = values(f, x)
    with np.errstate(over="ignore", invalid="ignore"):
        return finite(width / 2 * np.sum(weights * y))


@lru_cache(maxsize=64)
def legendre_nodes(n: int) -> tuple[RealArray, RealArray]:
    r"""Return the nodes and weights of Gauss-Legendre quadrature on [-1, 1], each of shape (n,).

    The Legendre polynomials satisfy a three-term recurrence with coefficients
    :math:`\beta_k = k/\sqrt{4k^2 - 1}`; the nodes are the eigenvalues of the symmetric tridiagonal
    matrix that holds them, and the weight of a node is twice the squared first component of its
    eigenvector (Golub and Welsch, 1969).  The arrays are read-only, because they are kept.

    Raises
    ------
    ValueError
        If ``n < 1``.

    Examples
    --------
    >>> nodes, weights = legendre_nodes(2)
    >>> bool(abs(nodes[1] - 3**-0.5) < 1e-15)
    True
    """
    k = np.arange(1, count("n", n, 1))
    beta = k / np.sqrt(4.0 * k**2 - 1.0)
    nodes, vectors = np.linalg.eigh(np.diag(beta, 1), UPLO="U")  # symmetric: one half is read
    weights = 2 * vectors[0] ** 2
    # The set is symmetric about 0; averaging with the mirror image removes the last roundoff.
    nodes, weights = (nodes - nodes[::-1]) / 2, (weights + weights[::-1]) / 2
    nodes.flags.writeable = weights.flags.writeable = False
    return nodes, weights
