r"""How far to go along a descent direction: Armijo backtracking and the strong Wolfe conditions.

Along a direction p from x, the search sees a function of one variable,

.. math:: \varphi(t) = f(x + t p), \qquad \varphi'(t) = \nabla f(x + t p)^\top p,

and wants a step t > 0 with the *Armijo condition* (sufficient decrease)

.. math:: \varphi(t) \le \varphi(0) + c_1 t\, \varphi'(0),

and, for the *strong Wolfe conditions*, also with a slope that has flattened out,
:math:`|\varphi'(t)| \le c_2 |\varphi'(0)|`.

Near a minimum the differences of function values drown in their rounding errors long before the
slopes do. Where :math:`|\varphi(t) - \varphi(0)| \le 10^{-10} |\varphi(0)|`, sufficient decrease is
therefore judged by the slope, :math:`\varphi'(t) \le (2 c_1 - 1)\, \varphi'(0)`, which for a
quadratic is the same (Hager and Zhang 2005, the *approximate Wolfe conditions*).
"""

from calcml.optimize.line_search.conditions import NOISE, LineSearch, armijo, wolfe
from calcml.optimize.line_search.searches import backtracking, strong_wolfe

__all__ = ["NOISE", "LineSearch", "armijo", "backtracking", "strong_wolfe", "wolfe"]
