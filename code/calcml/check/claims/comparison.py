"""How expressions are compared, and what every claim may carry: a label, wrong versions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sympy as sp

from calcml.check.engine.equality import (
    Sampling,
    affordable,
    explicit,
    require_expression,
    same_expression,
    symbolic_verdict,
)
from calcml.check.engine.mutants import expression_mutants
from calcml.check.engine.verify import CheckResult, Verdict, Wrong, verify
from calcml.check.formulas.formula import Formula

Label = str | Sequence[str] | None


def named(wrong: Iterable[Any]) -> list[tuple[str, Any]]:
    """Give a name to each author-supplied wrong version that has none."""
    return [
        w
        if isinstance(w, tuple) and len(w) == 2 and isinstance(w[0], str)
        else (str(getattr(w, "__name__", w)), w)  # a function's repr holds its address
        for w in wrong
    ]


def pieces(equation: Any) -> tuple[Any, Any, Label, list[dict[str, Any]]]:
    """Split an equation or a formula read from the page into sides, label and provenance."""
    if isinstance(equation, Formula):
        return *equation.pair(), equation.label or None, [equation.record]
    if not isinstance(equation, sp.Equality):
        raise TypeError(f"with one argument, give an equation sympy.Eq(lhs, rhs); got {equation!r}")
    return equation.lhs, equation.rhs, None, []


def unwrap(value: Any) -> tuple[Any, list[dict[str, Any]]]:
    """Return the last side of a formula read from the page; any other value as it is."""
    return (value.rhs, [value.record_of_rhs]) if isinstance(value, Formula) else (value, [])


def compare(
    kind: str,
    statement: str,
    reference: Any,
    claimed: Any,
    *,
    label: Label,
    sampling: Sampling,
    wrong: Iterable[Any],
    both_sides: bool = False,
    formulas: Sequence[dict[str, Any]] = (),
) -> CheckResult:
    """Verify ``reference = claimed``, with wrong versions of the claim (or of both sides)."""
    lhs = require_expression("lhs", reference)
    rhs = require_expression("rhs", claimed)
    supplied = [(name, require_expression("wrong", unwrap(w)[0])) for name, w in named(wrong)]
    lhs, rhs, *others = explicit(lhs, rhs, *(w for _, w in supplied))
    sampling = affordable(sampling, lhs, rhs)
    versions = [Wrong(name, (lhs, new)) for name, new in expression_mutants(rhs)]
    if both_sides:
        versions += [Wrong(f"left: {n}", (new, rhs)) for n, new in expression_mutants(lhs, 12)]
    versions += [Wrong(n, (lhs, w), True) for (n, _), w in zip(supplied, others, strict=True)]
    first = True

    def test(pair: tuple[Any, Any]) -> Verdict:
        nonlocal first
        prove, first = first, False  # a proof is worth its time only for the claim itself
        return symbolic_verdict(*pair, sampling, prove=prove)

    return verify(
        kind,
        statement,
        (lhs, rhs),
        test,
        versions,
        equivalent=lambda w, c: (
            same_expression(w[0], c[0], sampling) and same_expression(w[1], c[1], sampling)
        ),
        label=label,
        tolerance=f"relative 1e-{sampling.digits - 10}",
        formulas=formulas,
    )
