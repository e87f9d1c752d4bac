r"""`table`: check every row of a table on the page, by the kind of table that it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sympy as sp

from calcml.check.engine.verify import CheckResult
from calcml.check.formulas.meaning import sigmoid, softplus
from calcml.check.tables import arrays, densities, scalars
from calcml.check.tables.arrays import Setting, Shape
from calcml.check.tables.row import Row, rows
from calcml.check.tables.series import series

SCALARS: dict[str, Callable[[Row, Mapping[str, Any]], CheckResult]] = {
    "derivatives": scalars.derivative,
    "antiderivatives": scalars.antiderivative,
    "identities": scalars.identity,
    "series": series,
    "densities": densities.moments,
    "divergences": densities.divergence,
}
ARRAYS: dict[str, Callable[[Row, Setting], CheckResult]] = {
    "gradients": arrays.gradient,
    "adjoints": arrays.adjoint,
    "array identities": arrays.identity,
}


def _normal_density(x: Any) -> Any:
    return sp.exp(-(x**2) / 2) / sp.sqrt(2 * sp.pi)


def _normal_probability(x: Any) -> Any:
    return (1 + sp.erf(x / sp.sqrt(2))) / 2


#: What the tables call, beside the functions that `calcml.check.latex` knows.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    r"\Gamma": sp.gamma,
    r"\psi": sp.digamma,
    r"\varphi": _normal_density,
    r"\Phi": _normal_probability,
    r"\sigma": sigmoid,
    r"\softplus": softplus,
    r"\operatorname{arsinh}": sp.asinh,
    r"\operatorname{arcosh}": sp.acosh,
    r"\operatorname{artanh}": sp.atanh,
    r"\operatorname{B}": lambda a, b: sp.gamma(a) * sp.gamma(b) / sp.gamma(a + b),
}


def table(
    label: str,
    kind: str,
    *,
    shapes: Mapping[str, Shape] | None = None,
    functions: Mapping[str, Any] | Callable[[dict[str, Any]], Mapping[str, Any]] | None = None,
    symbols: Mapping[str, Any] | None = None,
    of: str = "",
) -> list[CheckResult]:
    r"""Verify every row of a table that a page shows; each is a result of its own.

    Parameters
    ----------
    label : str
        The name of the table, ``"tab-..."``.
    kind : str
        What its columns are; the last holds conditions and links.

        =====================  ===================================================
        ``derivatives``        function, derivative
        ``antiderivatives``    function, antiderivative
        ``identities``         equation, also with integrals and sums
        ``series``             function, first terms, general sum
        ``densities``          name, density, mean, variance, entropy
        ``divergences``        density, density, divergence
        ``gradients``          function, gradient, Hessian (or empty)
        ``adjoints``           Y = function, differential, adjoints of its letters
        ``array identities``   expression, equal expression
        =====================  ===================================================

    shapes, symbols, functions
        For arrays, the sizes of letters, values that stay, and what is called: functions, or a
        function of the drawn values that returns them.
    of : str
        The letter in which gradients are taken.

    Raises
    ------
    CheckFailed
        If a row is wrong, or its domain too wide, or a wrong version of it passes.
    LatexError
        If a row cannot be read.
    """
    if kind in ARRAYS:
        setting = Setting(shapes or {}, functions or {}, symbols or {}, of)
        return [ARRAYS[kind](row, setting) for row in rows(label)]
    named = densities.NAMED if kind == "divergences" else {}
    called = {**FUNCTIONS, **named, **(functions if isinstance(functions, Mapping) else {})}
    return [SCALARS[kind](row, called) for row in rows(label)]
