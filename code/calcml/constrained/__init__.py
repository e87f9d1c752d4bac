r"""Minimization under constraints: h(x) = 0 and g(x) ≤ 0.

One sign convention throughout, with :math:`\mu \ge 0`:

.. math:: L(x, \lambda, \mu) = f(x) + \lambda^\top h(x) + \mu^\top g(x).
"""

from calcml.constrained.equality import newton_kkt
from calcml.constrained.kkt import ConstrainedResult, kkt_residual, lagrangian
from calcml.constrained.penalty import augmented_lagrangian

__all__ = [
    "ConstrainedResult",
    "augmented_lagrangian",
    "kkt_residual",
    "lagrangian",
    "newton_kkt",
]
