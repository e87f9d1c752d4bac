"""Taylor polynomials by Taylor arithmetic, and the bound of their remainder.

A power series cut off after order ``n`` is computed with like a number: it is added, multiplied
by the Cauchy product, and put into a function by integrating ``y' = f'(x) x'`` coefficient by
coefficient (Griewank & Walther, *Evaluating Derivatives*, 2008, ch. 13). The derivative ``f'``
comes from the rule table that forward and reverse mode use, so that every function with a rule has
its series, except at its kinks and jumps.
"""

from __future__ import annotations

from collections.abc import Callable
from math import factorial
from typing import Any

import numpy as np

from calcml.diff.core import Tracer
from calcml.diff.jet import RECURRENCES, Coefficients, Jet, JetTrace
from calcml.diff.pytree import as_real
from calcml.typing import Array
from calcml.validation import count

__all__ = ["taylor", "taylor_remainder_bound"]


def taylor(f: Callable[[Any], Any], a: float, order: int) -> Array:
    """Return the Taylor coefficients ``cₖ = f⁽ᵏ⁾(a) / k!`` for ``k = 0 … order``.

    Parameters
    ----------
    f
        A function of a number, smooth at ``a``, written in NumPy; its value may be an array. What
        it decides by values (``if``, ``np.where``, ``np.argmax``) is decided at ``a``.
    a
        The point of expansion.
    order
        The last power.

    Returns
    -------
    ndarray, shape (order + 1, ...)
        The coefficients, of ascending powers of ``x - a``. Exact but for rounding: no differences
        are taken. Cost: about ``order²`` operations for each arithmetic operation in ``f``, and
        ``order³`` for functions.

    Raises
    ------
    TypeError
        If ``a`` is not a real number, or ``f`` does something that has no rule.
    ValueError
        If ``order < 0``, or ``f`` has no Taylor polynomial at ``a``: a pole, a kink or jump of a
        function that it calls, or values of ``np.linalg.eigh`` and its like that are equal at ``a``
        alone.

    Examples
    --------
    >>> taylor(np.exp, 0.0, 4) * [1, 1, 2, 6, 24]
    array([1., 1., 1., 1., 1.])
    >>> taylor(lambda x: 1 / (1 + x), 0.0, 3)
    array([ 1., -1.,  1., -1.])
    """
    order = count("order", order, 0)
    if np.ndim(a):
        raise TypeError(f"a must be a number; got an array of shape {np.shape(a)}")
    a = as_real(a if isinstance(a, Tracer | np.floating) else float(a), "a")
    trace = JetTrace()
    x = Jet(a, trace, ([np.ones_like(a)] + [np.zeros_like(a)] * order)[:order])
    with np.errstate(divide="ignore", invalid="ignore"):
        y = f(x)
    if isinstance(y, Tracer) and y._trace is trace:
        coefficients = [y.value, *y.node]
    else:
        y = as_real(np.multiply(y, 1.0), "f(x)")  # a constant, perhaps an integer
        coefficients = [y] + [np.zeros_like(y)] * order
    result = np.stack([np.broadcast_to(c, np.shape(coefficients[0])) for c in coefficients])
    if not np.all(np.isfinite(result)):
        raise ValueError(
            f"f has no Taylor polynomial of order {order} at a={a}: coefficients are {result}; "
            "move away from the singularity"
        )
    return result


def taylor_remainder_bound(M: float, a: float, x: Array, order: int) -> Array:
    """Bound the error of a Taylor polynomial by Lagrange's form of the remainder.

    ``|f(x) - Pₙ(x)| = |f⁽ⁿ⁺¹⁾(ξ)| |x - a|ⁿ⁺¹ / (n + 1)! ≤ M |x - a|ⁿ⁺¹ / (n + 1)!`` for a ``ξ``
    between ``a`` and ``x`` (Apostol, *Calculus* I, 2nd ed., 1967, sec. 7.7).

    Parameters
    ----------
    M
        A bound of ``|f⁽ⁿ⁺¹⁾|`` between ``a`` and ``x``, where ``n`` is ``order``.
    a
        The point of expansion.
    x
        Where the polynomial is evaluated; a number or an array.
    order
        The order ``n`` of the polynomial.

    Returns
    -------
    float or ndarray
        The bound, shaped like ``x``.

    Raises
    ------
    ValueError
        If ``M`` is negative or not a number, or ``order < 0``.

    Examples
    --------
    The sine's derivatives are at most 1, and its cubic at 0.5 is off by less than the bound:

    >>> bound = taylor_remainder_bound(1.0, 0.0, 0.5, order=4)
    >>> print(f"{bound:.6f}")
    0.000260
    >>> bool(abs(np.sin(0.5) - (0.5 - 0.5**3 / 6)) < bound)
    True
    """
    if not M >= 0:
        raise ValueError(f"M must bound |f^({order + 1})|, so it is at least 0; got {M}")
    order = count("order", order, 0)
    distance = np.abs(np.subtract(x, a))
    return M * distance ** (order + 1) / float(factorial(order + 1))


def _at(c: Coefficients, k: int) -> Any:
    """Term ``k`` of a series, or of a constant."""
    return c[k] if k < len(c) else 0.0


def _add(y: Array, ab: list[Coefficients], n: int) -> Coefficients:
    return [_at(ab[0], k) + _at(ab[1], k) for k in range(1, n + 1)]


def _subtract(y: Array, ab: list[Coefficients], n: int) -> Coefficients:
    return [_at(ab[0], k) - _at(ab[1], k) for k in range(1, n + 1)]


def _multiply(y: Array, ab: list[Coefficients], n: int) -> Coefficients:
    a, b = ab
    return [sum(_at(a, i) * _at(b, k - i) for i in range(k + 1)) for k in range(1, n + 1)]


def _divide(y: Array, ab: list[Coefficients], n: int) -> Coefficients:
    """``b y = a``: ``b₀ yₖ = aₖ - Σ bᵢ yₖ₋ᵢ``."""
    a, b = ab
    q = [y]
    for k in range(1, n + 1):
        q.append((_at(a, k) - sum(_at(b, i) * q[k - i] for i in range(1, k + 1))) / b[0])
    return q[1:]


def _pair(x: Coefficients, s: Array, c: Array, sign: float, n: int) -> tuple[Coefficients, ...]:
    """``s' = c x'`` and ``c' = sign · s x'``: sine and cosine, found together."""
    sines, cosines = [s], [c]
    for k in range(1, n + 1):
        rates = [(i * x[i], k - i) for i in range(1, k + 1)]
        sines.append(sum(r * cosines[j] for r, j in rates) / k)
        cosines.append(sign * sum(r * sines[j] for r, j in rates) / k)
    return sines, cosines


def _sinc(y: Array, x: list[Coefficients], n: int) -> Coefficients:
    """``sinc x = ∫₀¹ cos(πxs) ds``: its derivatives are integrals too, and cancel nowhere."""
    if n == 0:
        return []
    x0, *rest = x[0]
    s, w = np.polynomial.legendre.leggauss(64 + n)
    s, w = (s + 1) / 2, w / 2
    derivatives = [
        np.sum(w * (np.pi * s) ** k * np.cos(np.pi * np.multiply.outer(x0, s) + k * np.pi / 2), -1)
        for k in range(n + 1)
    ]
    trace = JetTrace()
    step = Jet(x0 * 0, trace, rest)
    total: Any = derivatives[n] / float(factorial(n))
    for k in range(n - 1, -1, -1):
        total = total * step + derivatives[k] / float(factorial(k))
    return list(total.node)


RECURRENCES.update(
    {
        np.add: _add,
        np.subtract: _subtract,
        np.multiply: _multiply,
        np.divide: _divide,
        np.sinc: _sinc,
        np.negative: lambda y, x, n: [-c for c in x[0][1:]],
        np.sin: lambda y, x, n: _pair(x[0], y, np.cos(x[0][0]), -1.0, n)[0][1:],
        np.cos: lambda y, x, n: _pair(x[0], np.sin(x[0][0]), y, -1.0, n)[1][1:],
        np.sinh: lambda y, x, n: _pair(x[0], y, np.cosh(x[0][0]), 1.0, n)[0][1:],
        np.cosh: lambda y, x, n: _pair(x[0], np.sinh(x[0][0]), y, 1.0, n)[1][1:],
    }
)
