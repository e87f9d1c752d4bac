"""Rules of ``scipy.special``, read when a program that uses SciPy calls one of its functions.

The derivatives are those of the NIST *Digital Library of Mathematical Functions*, https://dlmf.nist.gov.
"""

from __future__ import annotations

from math import pi, sqrt

import numpy as np
from scipy import special as sp

from calcml.core import Rule, strip
from calcml.table import KINKS, elementwise

ROOT_PI, ROOT_2PI = sqrt(pi), sqrt(2 * pi)

# The error function and the normal distribution.
elementwise(sp.erf, lambda t, _y, x: t * (2 / ROOT_PI * np.exp(-x * x)))
elementwise(sp.erfc, lambda t, _y, x: t * (-2 / ROOT_PI * np.exp(-x * x)))
elementwise(sp.erfcx, lambda t, y, x: t * (2 * x * y - 2 / ROOT_PI))
elementwise(sp.erfinv, lambda t, y, _x: t * (ROOT_PI / 2 * np.exp(y * y)))
elementwise(sp.ndtr, lambda t, _y, x: t * (np.exp(-x * x / 2) / ROOT_2PI))
elementwise(sp.log_ndtr, lambda t, y, x: t * (np.exp(-x * x / 2 - y) / ROOT_2PI))
elementwise(sp.ndtri, lambda t, y, _x: t * (ROOT_2PI * np.exp(y * y / 2)))

# The logistic function.
elementwise(sp.expit, lambda t, y, _x: t * (y * (1 - y)))
elementwise(sp.logit, lambda t, _y, x: t / (x * (1 - x)))
elementwise(sp.log_expit, lambda t, _y, x: t * sp.expit(-x))

# Powers and logarithms with their limits at zero.
elementwise(sp.expm1, lambda t, y, _x: t * (y + 1))
elementwise(sp.log1p, lambda t, _y, x: t / (1 + x))
elementwise(
    sp.xlogy,
    lambda t, _y, x, z: t * np.log(np.where((x == 0) & (z == 0), 1, z)),
    lambda t, _y, x, z: t * (x / np.where(x == 0, 1, z)),
)
elementwise(
    sp.xlog1py,
    lambda t, _y, x, z: t * np.log1p(np.where((x == 0) & (z == -1), 0, z)),
    lambda t, _y, x, z: t * (x / np.where(x == 0, 1, 1 + z)),
)
KINKS[sp.xlogy] = lambda x, z: [np.where((strip(x) == 0) & (strip(z) == 0), x, 1)]
KINKS[sp.xlog1py] = lambda x, z: [np.where((strip(x) == 0) & (strip(z) == -1), x, 1)]
elementwise(sp.entr, lambda t, _y, x: t * (-1 - np.log(x)))
elementwise(
    sp.rel_entr, lambda t, _y, x, z: t * (1 + np.log(x / z)), lambda t, _y, x, z: -t * (x / z)
)

# The gamma function and its derivatives.
elementwise(sp.gamma, lambda t, y, x: t * (y * sp.psi(x)))
elementwise(sp.gammaln, lambda t, _y, x: t * sp.psi(x))
elementwise(sp.loggamma, lambda t, _y, x: t * sp.psi(x))
polygamma: Rule = elementwise(sp.polygamma, None, lambda t, _y, n, x: t * polygamma(n + 1, x))
elementwise(sp.psi, lambda t, _y, x: t * polygamma(1, x))
elementwise(
    sp.beta,
    lambda t, y, a, b: t * (y * (sp.psi(a) - sp.psi(a + b))),
    lambda t, y, a, b: t * (y * (sp.psi(b) - sp.psi(a + b))),
)
elementwise(
    sp.betaln,
    lambda t, _y, a, b: t * (sp.psi(a) - sp.psi(a + b)),
    lambda t, _y, a, b: t * (sp.psi(b) - sp.psi(a + b)),
)

# Bessel functions.
elementwise(sp.j0, lambda t, _y, x: -t * sp.j1(x))
elementwise(sp.j1, lambda t, _y, x: t * ((sp.j0(x) - sp.jv(2, x)) / 2))
elementwise(sp.i0, lambda t, _y, x: t * sp.i1(x))
elementwise(sp.i1, lambda t, _y, x: t * ((sp.i0(x) + sp.iv(2, x)) / 2))
elementwise(sp.jv, None, lambda t, _y, v, x: t * ((sp.jv(v - 1, x) - sp.jv(v + 1, x)) / 2))
elementwise(sp.iv, None, lambda t, _y, v, x: t * ((sp.iv(v - 1, x) + sp.iv(v + 1, x)) / 2))
