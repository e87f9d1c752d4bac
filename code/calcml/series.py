"""Taylor polynomials by Taylor arithmetic, and the bound of their remainder.

A power series cut off after order ``n`` is computed with like a number: it is added, multiplied
by the Cauchy product, and put into a function by integrating ``y' = f'(x) x'`` coefficient by
coefficient (Griewank & Walther, *Evaluating Derivatives*, 2008, ch. 13). The derivative ``f'``
comes from the rule table that forward and reverse mode use, so that every function with a rule has
its series.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from math import factorial
from typing import Any, NoReturn

import numpy as np

from calcml.core import Array, Links, Rule, Trace, Tracer
from calcml.leaves import as_real
from calcml.rules.scalar import positive_part
from calcml.tracer import ArrayTracer

__all__ = ["taylor", "taylor_remainder_bound"]

Coefficients = list[Array]


def taylor(f: Callable[[Any], Any], a: float, order: int) -> Array:
    """Return the Taylor coefficients ``cₖ = f⁽ᵏ⁾(a) / k!`` for ``k = 0 … order``.

    Parameters
    ----------
    f
        A function of a number, smooth at ``a``, written in NumPy; its value may be an array.
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
        If ``order < 0``, or ``f`` has no Taylor polynomial at ``a``: a kink or a pole.

    Examples
    --------
    >>> taylor(np.exp, 0.0, 4) * [1, 1, 2, 6, 24]
    array([1., 1., 1., 1., 1.])
    >>> taylor(lambda x: 1 / (1 + x), 0.0, 3)
    array([ 1., -1.,  1., -1.])
    """
    if order < 0:
        raise ValueError(f"order must not be negative; got {order}")
    a = as_real(a if isinstance(a, np.ndarray) else float(a), "a")
    if np.ndim(a):
        raise TypeError(f"a must be a number; got an array of shape {np.shape(a)}")
    home = Truncated()
    x = Series(a, home, ([np.ones_like(a)] + [np.zeros_like(a)] * order)[:order])
    with np.errstate(divide="ignore", invalid="ignore"):
        y = f(x)
    if isinstance(y, Tracer) and y.home is home:
        coefficients = [y.value, *y.link]
    else:
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
    >>> float(bound)
    0.00026041666666666666
    >>> bool(abs(np.sin(0.5) - (0.5 - 0.5**3 / 6)) < bound)
    True
    """
    if not M >= 0:
        raise ValueError(f"M must bound |f^({order + 1})|, so it is at least 0; got {M}")
    if order < 0:
        raise ValueError(f"order must not be negative; got {order}")
    distance = np.abs(np.subtract(x, a))
    return M * distance ** (order + 1) / float(factorial(order + 1))


class Series(ArrayTracer):
    """A truncated power series: ``value`` is its constant term, ``link`` holds the others."""

    __slots__ = ()


class _NeedsValue(Exception):
    """A derivative is told in terms of the function's value."""


class _Unknown(ArrayTracer):
    """Stands for a series still to be found; whoever computes with it is told so."""

    __slots__ = ()


class Truncated(Trace):
    """Arithmetic of truncated power series."""

    __slots__ = ()

    def record(
        self, rule: Rule, y: Array, args: Sequence[Array], kwargs: dict[str, Any], links: Links
    ) -> Series:
        """Return the series of an operation, as long as the shortest that goes into it."""
        n = min(len(c) for _, c in links)
        operands = {k: [args[k], *c[:n]] for k, c in links}
        if rule.function is np.power and 1 in operands:
            base, exponent = (
                Series(c[0], self, c[1:]) if (c := operands.get(k)) else args[k] for k in (0, 1)
            )
            power: Series = np.exp(exponent * np.log(base))
            return power
        if rule.function in RECURRENCES:
            terms = RECURRENCES[rule.function](
                y, [operands.get(k, [a]) for k, a in enumerate(args)], n
            )
        elif rule.multilinear:
            terms = _cauchy(rule, args, kwargs, operands, n)
        else:
            _check_smooth(rule, args)
            terms = self._integrate(rule, y, args, kwargs, operands, n)
        return Series(y, self, terms)

    def _integrate(
        self,
        rule: Rule,
        y: Array,
        args: Sequence[Array],
        kwargs: dict[str, Any],
        operands: dict[int, Coefficients],
        n: int,
    ) -> Coefficients:
        """Find ``y`` from ``y' = f'(x) x'``: at once, or term by term if ``f'`` mentions ``y``."""
        try:
            slope = self._slope(rule, _Unknown(y, _refusing, ()), args, kwargs, operands, n)
            return [c / (k + 1) for k, c in enumerate(slope)]
        except _NeedsValue:
            terms: Coefficients = []
        for k in range(1, n + 1):
            slope = self._slope(rule, Series(y, self, list(terms)), args, kwargs, operands, k)
            terms.append(slope[k - 1] / k)
        return terms

    def _slope(
        self,
        rule: Rule,
        y: Array,
        args: Sequence[Array],
        kwargs: dict[str, Any],
        operands: dict[int, Coefficients],
        n: int,
    ) -> Coefficients:
        """The first ``n`` coefficients of ``y' = Σⱼ ∂ⱼf xⱼ'``."""
        if n == 0:
            return []
        series: list[Any] = list(args)
        for k, c in operands.items():
            series[k] = Series(c[0], self, c[1:n])
        total: Any = 0.0
        for k, c in operands.items():
            rate = Series(c[1], self, [(j + 1) * c[j + 1] for j in range(1, n)])
            total = total + rule.jvps[k](rate, y, *series, **kwargs)
        return [total.value, *total.link]


class _Refusing(Trace):
    __slots__ = ()

    def record(self, *args: Any) -> NoReturn:
        raise _NeedsValue


_refusing = _Refusing()
_refusing.level = 1 << 62  # innermost, so that it hears of every operation on the unknown


def _check_smooth(rule: Rule, args: Sequence[Array]) -> None:
    if rule.function in (np.absolute, np.fabs, positive_part) and np.any(np.equal(args[0], 0)):
        raise ValueError(f"f has no Taylor polynomial here: {rule.name} has a kink at 0")


def _cauchy(
    rule: Rule,
    args: Sequence[Array],
    kwargs: dict[str, Any],
    operands: dict[int, Coefficients],
    n: int,
) -> Coefficients:
    """The product of series: term ``k`` gathers the products of terms whose orders sum to ``k``."""
    terms = []
    for k in range(1, n + 1):
        total: Any = 0.0
        for orders in product(range(k + 1), repeat=len(operands)):
            if sum(orders) == k:
                factors = list(args)
                for place, i in zip(operands, orders, strict=True):
                    factors[place] = operands[place][i]
                total = total + rule(*factors, **kwargs)
        terms.append(total)
    return terms


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
    x0, *rest = x[0]
    s, w = np.polynomial.legendre.leggauss(64 + n)
    s, w = (s + 1) / 2, w / 2
    derivatives = [
        np.sum(w * (np.pi * s) ** k * np.cos(np.pi * np.multiply.outer(x0, s) + k * np.pi / 2), -1)
        for k in range(n + 1)
    ]
    home = Truncated()
    step = Series(x0 * 0, home, rest)
    total: Any = derivatives[n] / float(factorial(n))
    for k in range(n - 1, -1, -1):
        total = total * step + derivatives[k] / float(factorial(k))
    return list(total.link)


#: ``recurrence(y, series of the arguments, n)`` returns terms 1 … n of the value's series.
RECURRENCES: dict[Callable[..., Any], Callable[[Array, list[Coefficients], int], Coefficients]] = {
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
