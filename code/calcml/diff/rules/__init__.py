"""The rule table: NumPy function → its derivatives, forward and backward.

The table is spread over files by kind; :mod:`calcml.diff.rules.scalar` is the one to read first.

- Rules: :mod:`~calcml.diff.rules.scalar` (entry by entry: ``np.exp``, ``*``, ``np.where``),
  :mod:`~calcml.diff.rules.shape` (indexing, ``reshape``), :mod:`~calcml.diff.rules.reduce`
  (``sum``, ``max``, ``prod``, ``cumsum``), :mod:`~calcml.diff.rules.product` (``matmul``,
  ``einsum``), :mod:`~calcml.diff.rules.linalg` (``solve``, ``inv``, ``det``),
  :mod:`~calcml.diff.rules.decomposition` (``cholesky``, ``eigh``, ``svd``, ``qr``),
  :mod:`~calcml.diff.rules.special` (``scipy.special``).
- Functions told in terms of these, with the value that NumPy gives them:
  :mod:`~calcml.diff.rules.indexing` (``sort``, ``diag``), :mod:`~calcml.diff.rules.manipulation`
  (``stack``, ``pad``), :mod:`~calcml.diff.rules.sequences` (``diff``, ``interp``),
  :mod:`~calcml.diff.rules.statistics` (``var``), :mod:`~calcml.diff.rules.norm`.
- Functions whose derivative is zero wherever there is one: :mod:`~calcml.diff.rules.constant`.

To add a rule, call :func:`elementwise`, :func:`multilinear` or :func:`define`; for a function that
returns a tuple, :func:`define_outputs`; for one of any number of arrays, :func:`linear`:

>>> import numpy as np
>>> from scipy.special import spence
>>> from calcml.diff import grad
>>> _ = elementwise(spence, lambda t, y, x: t * np.log(x) / (1 - x))
>>> bool(np.isclose(grad(spence)(2.0), -np.log(2)))
True

One rule serves forward and reverse mode, blocks of tangents and Taylor arithmetic. Here it is one
of two outputs, sine and cosine, of which each is the other's slope:

>>> def sin_cos(x):
...     return np.sin(x), np.cos(x)
>>> sine = lambda t, y, outputs, x: t * outputs[1]
>>> cosine = lambda t, y, outputs, x: -t * outputs[0]
>>> both = define_outputs(sin_cos, (sine, sine), (cosine, cosine), elementwise=True)
>>> bool(np.isclose(grad(lambda x: both(x)[0] * both(x)[1])(0.3), np.cos(0.6)))
True
>>> from calcml.diff.series import taylor
>>> taylor(lambda x: both(x)[0], 0.0, 5) * [1, 1, 2, 6, 24, 120]
array([ 0.,  1.,  0., -1.,  0.,  1.])

Conventions at kinks, where a function has no derivative, the same in both modes (a Taylor
polynomial is refused there, see :mod:`calcml.diff.rules.kinks`):

- ``|x|`` has slope 0 at 0, and so has relu, which is ``np.maximum(x, 0)``: a maximum or minimum
  with a constant zero, or zeros, on either side.
- Equal arguments of ``np.maximum``, ``np.minimum``, ``np.fmax``, ``np.fmin`` take half the
  derivative each; ``k`` equal entries under ``np.max`` or ``np.min`` take ``1/k`` each.
- ``np.clip`` has slope 0 at its bounds, and outside them.
- Norms, ``np.hypot`` and ``np.std`` have gradient 0 where they are 0; so has ``np.ptp``.
- Steps such as ``np.sign``, ``np.floor``, ``np.round`` and ``np.heaviside`` have slope 0
  everywhere; ``np.remainder`` has slope 1 also where it jumps.
- ``x ** 0`` has slope 0 also at ``x = 0``, and ``0 ** p`` has slope 0 in ``p``.
- What sorts or picks (``np.sort``, ``np.median``, ``np.quantile``, ``np.unique``,
  ``np.maximum.accumulate``) hands the derivative to the entry it picked; of equal ones the first in
  order is placed first.
- ``np.interp`` has at a knot the slope of the piece to its right (at the last, to its left), and
  slope 0 outside.
- ``np.where`` differentiates the branch that was taken, and so does Python's ``if``. Entries that
  something leaves out (the other branch, what an index or an extreme did not pick) contribute 0
  even where their slope is infinite. A derivative that is 0 by its value is different: 0·∞ is nan.
- ``np.logaddexp``, of two or along axes: of -∞ alone has slopes 0; some +∞ share theirs equally.
- ``np.quantile`` has in ``q`` the slope of the line to its right (at 1, to its left).
- Slopes that are infinite are infinite: ``np.sqrt`` and ``np.log`` at 0.
- Vectors of equal eigenvalues or singular values have no derivative, and say so.

References
----------
Griewank & Walther, *Evaluating Derivatives*, 2nd ed., 2008, ch. 3: forward and reverse sweeps.
Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation", 2008: the rules of linear algebra.
"""

from calcml.diff.core import Rule
from calcml.diff.rules import (
    constant,
    decomposition,
    indexing,
    kinks,
    linalg,
    manipulation,
    norm,
    product,
    reduce,
    scalar,
    sequences,
    shape,
    statistics,
)
from calcml.diff.rules.registry import (
    REWRITES,
    RULES,
    define,
    define_outputs,
    elementwise,
    linear,
    multilinear,
    rewrites,
)
from calcml.diff.rules.shape import unbroadcast

__all__ = [
    "REWRITES",
    "RULES",
    "Rule",
    "constant",
    "decomposition",
    "define",
    "define_outputs",
    "elementwise",
    "indexing",
    "kinks",
    "linalg",
    "linear",
    "manipulation",
    "multilinear",
    "norm",
    "product",
    "reduce",
    "rewrites",
    "scalar",
    "sequences",
    "shape",
    "statistics",
    "unbroadcast",
]
