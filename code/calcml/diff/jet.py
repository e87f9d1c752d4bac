"""Arithmetic of power series cut off after some order: what :mod:`calcml.diff.series` runs on.

A function with a recurrence in the table has its series by that, a linear one term by term, a
multilinear one by Cauchy products; any other by integrating ``y' = f'(x) x'`` with the derivative
from its rule. Several outputs are integrated together, since the slope of one may mention another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NoReturn

import numpy as np

from calcml.diff.array_tracer import ArrayTracer
from calcml.diff.core import Nodes, PartsRule, Rule, Trace, Tracer, bundle, corner, unwrap
from calcml.diff.rules.registry import KINKS
from calcml.typing import Array

Coefficients = list[Array]

#: ``recurrence(y, series of the arguments, n)`` returns terms 1 … n of the value's series.
RECURRENCES: dict[Callable[..., Any], Callable[[Array, list[Coefficients], int], Coefficients]] = {}


class Jet(ArrayTracer):
    """A truncated power series: ``value`` is its constant term, ``node`` holds the others."""

    __slots__ = ()


class _NeedsValue(Exception):
    """A derivative is told in terms of the function's value."""


class _Unknown(ArrayTracer):
    """Stands for a series still to be found; whoever computes with it is told so."""

    __slots__ = ()


class JetTrace(Trace):
    """Arithmetic of truncated power series."""

    __slots__ = ()
    smooth = True

    def cross(self, gap: Tracer, name: str) -> None:
        """Refuse a kink or jump, unless the series stays there.

        Raises
        ------
        ValueError
            If an entry of ``gap`` is 0 and its series is not.
        """
        at = np.equal(unwrap(gap), 0)
        if np.any(at) and any(np.any(at & np.not_equal(unwrap(c), 0)) for c in gap.node):
            raise ValueError(
                f"f has no Taylor polynomial here: {name} has a kink or a jump; move away from it"
            )

    def record(
        self, rule: Rule, y: Array, args: Sequence[Array], kwargs: dict[str, Any], nodes: Nodes
    ) -> Jet:
        """Return the series of an operation, as long as the shortest that goes into it."""
        n = min(len(c) for _, c in nodes)
        operands = {k: [args[k], *c[:n]] for k, c in nodes}
        if rule.function in KINKS:
            self._check(rule, args, kwargs, operands)
        if rule.function is np.power and 1 in operands:
            base, exponent = (
                Jet(c[0], self, c[1:]) if (c := operands.get(k)) else args[k] for k in (0, 1)
            )
            power: Jet = np.exp(exponent * np.log(base))
            return power
        if rule.function in RECURRENCES:
            terms = RECURRENCES[rule.function](
                y, [operands.get(k, [a]) for k, a in enumerate(args)], n
            )
        elif rule.transpose is not None:
            terms = [
                rule.push_all([(j, c[k]) for j, c in operands.items()], args, kwargs)
                for k in range(1, n + 1)
            ]
        elif rule.multilinear:
            terms = _cauchy(rule, args, kwargs, operands, n)
        else:
            terms = self._integrate(rule, y, args, kwargs, operands, n)
        return Jet(y, self, terms)

    def record_outputs(
        self,
        rule: PartsRule,
        outputs: Any,
        args: Sequence[Array],
        kwargs: dict[str, Any],
        nodes: Nodes,
    ) -> list[Array]:
        """Return the series of several outputs, found together term by term."""
        n = min(len(c) for _, c in nodes)
        operands = {k: [args[k], *c[:n]] for k, c in nodes}
        if rule.function in KINKS:
            self._check(rule, args, kwargs, operands)
        operands = {k + 1: c for k, c in operands.items()}
        found: list[Any] = [
            unwrap(y) if part is None else Jet(y, self, [])
            for part, y in zip(rule.parts, outputs, strict=True)
        ]
        for k in range(1, n + 1):
            known = [bundle(outputs, found), *args]
            terms = [
                None if part is None else self._slope(part, y, known, kwargs, operands, k)[-1] / k
                for part, y in zip(rule.parts, found, strict=True)
            ]
            found = [
                y if c is None else Jet(y.value, self, [*y.node, c])
                for y, c in zip(found, terms, strict=True)
            ]
        return found

    def _check(
        self,
        rule: Rule | PartsRule,
        args: Sequence[Array],
        kwargs: dict[str, Any],
        operands: dict[int, Coefficients],
    ) -> None:
        series = list(args)
        for k, c in operands.items():
            series[k] = Jet(c[0], self, c[1:])
        corner(rule.name, KINKS[rule.function], *series, **kwargs)

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
            slope = self._slope(rule, Jet(y, self, list(terms)), args, kwargs, operands, k)
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
            series[k] = Jet(c[0], self, c[1:n])
        total: Any = 0.0
        for k, c in operands.items():
            rate = Jet(c[1], self, [(j + 1) * c[j + 1] for j in range(1, n)])
            total = total + rule.jvps[k](rate, y, *series, **kwargs)
        return [total.value, *total.node]


class _Refusing(Trace):
    __slots__ = ()

    def record(self, *args: Any) -> NoReturn:
        raise _NeedsValue


_refusing = _Refusing()
_refusing.level = 1 << 62  # innermost, so that it hears of every operation on the unknown


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
        for orders in _shares(k, len(operands)):
            factors = list(args)
            for place, i in zip(operands, orders, strict=True):
                factors[place] = operands[place][i]
            total = total + rule(*factors, **kwargs)
        terms.append(total)
    return terms


def _shares(k: int, n: int) -> Iterator[tuple[int, ...]]:
    """The ways to write ``k`` as an ordered sum of ``n`` numbers."""
    if n == 1:
        yield (k,)
        return
    for first in range(k + 1):
        for rest in _shares(k - first, n - 1):
            yield (first, *rest)
