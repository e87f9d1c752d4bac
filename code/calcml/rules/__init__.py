"""The rule table: NumPy function → its derivatives, forward and backward.

The table is spread over files by kind; :mod:`calcml.rules.scalar` is the one to read first.

- Rules: :mod:`~calcml.rules.scalar` (entry by entry: ``np.exp``, ``*``, ``np.where``),
  :mod:`~calcml.rules.shape` (indexing, ``reshape``), :mod:`~calcml.rules.reduce` (``sum``, ``max``,
  ``prod``, ``cumsum``), :mod:`~calcml.rules.product` (``matmul``, ``einsum``),
  :mod:`~calcml.rules.linalg` (``solve``, ``inv``, ``det``), :mod:`~calcml.rules.factor`
  (``cholesky``, ``eigh``, ``svd``, ``qr``), :mod:`~calcml.rules.special` (``scipy.special``).
- Functions told in terms of these: :mod:`~calcml.rules.pick` (``sort``, ``diag``),
  :mod:`~calcml.rules.join` (``stack``, ``pad``), :mod:`~calcml.rules.statistics` (``var``),
  :mod:`~calcml.rules.norm`.
- Functions whose derivative is zero wherever there is one: :mod:`~calcml.rules.constant`.

To add a rule, call :func:`elementwise`, :func:`multilinear` or :func:`define`:

>>> import numpy as np
>>> from scipy.special import i0, i1
>>> from calcml.diff import grad
>>> _ = elementwise(np.i0, lambda t, y, x: t * i1(x))
>>> bool(np.isclose(grad(np.i0)(1.0), i1(1.0)))
True

Conventions at kinks: ``|x|' = 0`` and ``relu'(x) = 0`` at ``x = 0``, where relu is ``np.maximum``
with a constant zero; equal arguments of ``maximum`` and equal entries under ``max`` share the
derivative equally; ``clip`` has derivative zero at its bounds; a norm has gradient zero at zero.

References
----------
Griewank & Walther, *Evaluating Derivatives*, 2nd ed., 2008, ch. 3: forward and reverse sweeps.
Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation", 2008: the rules of linear algebra.
"""

from calcml.core import REWRITES, RULES, Rule, define, elementwise, multilinear, rewrites
from calcml.rules import (
    constant,
    factor,
    join,
    linalg,
    norm,
    pick,
    product,
    reduce,
    scalar,
    shape,
    statistics,
)
from calcml.rules.shape import unbroadcast

__all__ = [
    "REWRITES",
    "RULES",
    "Rule",
    "constant",
    "define",
    "elementwise",
    "factor",
    "join",
    "linalg",
    "multilinear",
    "norm",
    "pick",
    "product",
    "reduce",
    "rewrites",
    "scalar",
    "shape",
    "statistics",
    "unbroadcast",
]
