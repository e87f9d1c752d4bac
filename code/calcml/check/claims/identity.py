"""Identities: between SymPy expressions, and between NumPy functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import sympy as sp

from calcml.check.claims.comparison import Label, compare, pieces, unwrap
from calcml.check.claims.values import identity_of_functions
from calcml.check.engine.equality import Sampling, Where
from calcml.check.engine.verify import CheckResult
from calcml.check.formulas.formula import Formula


def is_function(f: Any) -> bool:
    """Is this a Python function (SymPy's own classes and expressions are callable too)?"""
    return callable(f) and not isinstance(f, sp.Basic | sp.MatrixBase | type)


def identity(
    lhs: Any,
    rhs: Any = None,
    *,
    label: Label = None,
    where: Where | None = None,
    draw: Callable[[Any], Any] | None = None,
    wrong: Iterable[Any] = (),
    points: int = 20,
    digits: int = 50,
    rtol: float = 1e-10,
) -> CheckResult:
    r"""Verify ``lhs = rhs``.

    SymPy expressions, matrices, and matrix symbols of known size are compared at ``points`` random
    points (from ``where={x: (low, high)}``, else fitting the symbols' assumptions) with ``digits``
    digits, then proved by SymPy if a bounded effort suffices.  Ask for fewer than 30 digits where
    symbols stand for rounded numbers: they agree to ``digits - 10``, and nothing is proved.  A
    float in an expression is refused.  Sides with Abs, Max and the like are compared at distant
    points, too, for they may agree near zero alone.  Python functions are compared in float64 at
    random arguments ``draw(rng)`` to relative ``rtol``.  Functions are mutated by their values,
    expressions by their terms, on both sides.

    Raises
    ------
    CheckFailed
        If the sides differ, or a wrong version passes.

    Examples
    --------
    >>> import sympy as sp
    >>> x = sp.Symbol("x")
    >>> identity(sp.sin(x)**2 + sp.cos(x)**2, 1).method
    'proved by SymPy; mpmath, 50 digits at 20 points'
    >>> identity(sp.sin(2 * x), 2 * sp.sin(x))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    calcml.check.engine.verify.CheckFailed: identity fails: sin(2*x) = 2*sin(x): left ...
    """
    if is_function(lhs) and is_function(rhs):
        if draw is None:
            raise ValueError("an identity between functions needs draw=lambda rng: arguments")
        return identity_of_functions(
            lhs, rhs, draw=draw, label=label, wrong=wrong, points=points, rtol=rtol
        )
    return _identity_of_expressions(
        lhs, rhs, label=label, sampling=Sampling(where, points, digits), wrong=wrong
    )


def _identity_of_expressions(
    lhs: Any, rhs: Any, *, label: Label, sampling: Sampling, wrong: Iterable[Any]
) -> CheckResult:
    """Verify ``lhs = rhs`` wherever both are defined."""
    statement = " ".join(lhs.latex.split()) if isinstance(lhs, Formula) else ""
    if rhs is None:
        lhs, rhs, found, formulas = pieces(lhs)
        label = label or found
    else:
        (lhs, left), (rhs, right) = unwrap(lhs), unwrap(rhs)
        formulas = left + right
    return compare(
        "identity",
        statement or f"{lhs} = {rhs}",
        lhs,
        rhs,
        label=label,
        sampling=sampling,
        wrong=wrong,
        both_sides=True,
        formulas=formulas,
    )
