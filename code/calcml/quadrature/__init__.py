r"""Numerical integration of a function of one variable: rules, their orders, and an adaptive rule.

Every rule replaces the integral by a weighted sum of values,

.. math:: \int_a^b f(x)\,dx \approx \sum_i w_i f(x_i),

and differs only in where it looks and how it weighs.  With :math:`h = (b-a)/n` panels the error of
a smooth integrand is :math:`O(h)` for the left and right rules, :math:`O(h^2)` for midpoint and
trapezoid, :math:`O(h^4)` for Simpson; Gauss-Legendre with ``n`` nodes is exact for polynomials of
degree ``2n - 1``.
"""

from calcml.quadrature.adaptive import adaptive_simpson
from calcml.quadrature.fixed import gauss_legendre, legendre_nodes, riemann, simpson, trapezoid

__all__ = [
    "adaptive_simpson",
    "gauss_legendre",
    "legendre_nodes",
    "riemann",
    "simpson",
    "trapezoid",
]
