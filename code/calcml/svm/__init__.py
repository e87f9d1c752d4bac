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

from calcml.svm.objectives import dual_objective, duality_gap, primal_objective
from calcml.svm.sequential import smo

__all__ = ["dual_objective", "duality_gap", "primal_objective", "smo"]
