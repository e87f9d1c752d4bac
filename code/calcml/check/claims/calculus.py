"""Identities and derivatives: SymPy expressions and NumPy functions behind one name each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import sympy as sp

from calcml.check.claims.expressions import Label, derivative_of, identity_of
from calcml.check.claims.functions import derivative_of_function
from calcml.check.claims.values import identity_of_functions
from calcml.check.engine.equality import Sampling, Where
from calcml.check.engine.verify import CheckResult
from calcml.check.formulas.formula import Formula


def _is_function(f: Any) -> bool:
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
    if _is_function(lhs) and _is_function(rhs):
        if draw is None:
            raise ValueError("an identity between functions needs draw=lambda rng: arguments")
        return identity_of_functions(
            lhs, rhs, draw=draw, label=label, wrong=wrong, points=points, rtol=rtol
        )
    return identity_of(lhs, rhs, label=label, sampling=Sampling(where, points, digits), wrong=wrong)


def derivative(
    f: Any,
    claimed: Any,
    x: Any = None,
    *,
    n: int = 1,
    at: Any = None,
    label: Label = None,
    where: Where | None = None,
    wrong: Iterable[Any] = (),
    rtol: float | None = None,
) -> CheckResult:
    """Verify the ``n``-th derivative of a function of one variable.

    Expressions are differentiated by SymPy with respect to ``x``.  Python functions are compared at
    the points ``at`` (a list, or a function of ``rng``) with differences, the complex step and
    `calcml.diff`, whichever apply.

    Raises
    ------
    CheckFailed
        If the derivative differs, or a wrong version passes.

    Examples
    --------
    >>> import numpy as np
    >>> derivative(np.tanh, lambda x: 1 - np.tanh(x)**2, at=[0.3, -1.2]).kind
    'derivative'
    """
    if _is_function(f):
        if n not in (1, 2):
            raise ValueError(f"n must be 1 or 2 for Python functions, got {n}; use SymPy")
        return _numeric("derivative", f, claimed, at, n, label, wrong, rtol)
    symbol = _one_symbol(f) if x is None else x
    return derivative_of(
        "derivative",
        f,
        claimed,
        lambda e: sp.diff(e, symbol, n),
        label=label,
        sampling=Sampling(where),
        wrong=wrong,
    )


def gradient(
    f: Any,
    claimed: Any,
    variables: Sequence[Any] | None = None,
    *,
    at: Any = None,
    label: Label = None,
    where: Where | None = None,
    wrong: Iterable[Any] = (),
    rtol: float | None = None,
) -> CheckResult:
    """Verify a gradient: SymPy column of partial derivatives, or NumPy function shaped like ``x``.

    Raises
    ------
    CheckFailed
        If an entry differs, or a wrong version passes.

    Examples
    --------
    >>> import sympy as sp
    >>> x, y = sp.symbols("x y")
    >>> gradient(x**2 * y, [2*x*y, x**2], [x, y], label="eq-g").label
    ('eq-g',)
    """
    if _is_function(f):
        return _numeric("gradient", f, claimed, at, 1, label, wrong, rtol)
    if variables is None:
        raise ValueError("variables must list the symbols of the gradient, in order")
    names = list(variables)
    return derivative_of(
        "gradient",
        f,
        claimed,
        lambda e: sp.Matrix([sp.diff(e, v) for v in names]),
        label=label,
        sampling=Sampling(where),
        wrong=wrong,
    )


def jacobian(
    f: Any,
    claimed: Any,
    variables: Sequence[Any] | None = None,
    *,
    at: Any = None,
    label: Label = None,
    where: Where | None = None,
    wrong: Iterable[Any] = (),
    rtol: float | None = None,
) -> CheckResult:
    """Verify a Jacobian of shape (outputs, inputs); for arrays, ``f(x).shape + x.shape``.

    Raises
    ------
    CheckFailed
        If an entry differs, or a wrong version (such as the transpose) passes.

    Examples
    --------
    >>> import numpy as np
    >>> A = np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> jacobian(lambda x: A @ x, lambda x: A, at=[np.ones(2)]).rejected[-1]
    'transpose'
    """
    if _is_function(f):
        return _numeric("Jacobian", f, claimed, at, 1, label, wrong, rtol)
    if variables is None:
        raise ValueError("variables must list the symbols of the Jacobian, in order")
    names = list(variables)
    return derivative_of(
        "Jacobian",
        sp.Matrix(f) if isinstance(f, list | tuple) else f,
        sp.Matrix(claimed) if isinstance(claimed, list | tuple) else claimed,
        lambda e: sp.Matrix(e).jacobian(names),
        label=label,
        sampling=Sampling(where),
        wrong=wrong,
    )


def hessian(
    f: Any,
    claimed: Any,
    variables: Sequence[Any] | None = None,
    *,
    at: Any = None,
    label: Label = None,
    where: Where | None = None,
    wrong: Iterable[Any] = (),
    rtol: float | None = None,
) -> CheckResult:
    """Verify the matrix of second derivatives of a scalar function.

    Raises
    ------
    CheckFailed
        If an entry differs, or a wrong version passes.

    Examples
    --------
    >>> import sympy as sp
    >>> x, y = sp.symbols("x y")
    >>> hessian(x**2 * y, [[2*y, 2*x], [2*x, 0]], [x, y]).kind
    'Hessian'
    """
    if _is_function(f):
        return _numeric("Hessian", f, claimed, at, 2, label, wrong, rtol)
    if variables is None:
        raise ValueError("variables must list the symbols of the Hessian, in order")
    names = list(variables)
    return derivative_of(
        "Hessian",
        f,
        sp.Matrix(claimed) if isinstance(claimed, list | tuple) else claimed,
        lambda e: sp.hessian(e, names),
        label=label,
        sampling=Sampling(where),
        wrong=wrong,
    )


def _numeric(
    kind: str,
    f: Any,
    claimed: Any,
    at: Any,
    order_: int,
    label: Label,
    wrong: Iterable[Any],
    rtol: float | None,
) -> CheckResult:
    if at is None:
        raise ValueError("a Python function needs at=[points] or at=lambda rng: point")
    if not callable(claimed):
        raise TypeError(f"claimed must be a function like f, got {type(claimed).__name__}")
    return derivative_of_function(
        kind, f, claimed, at, order=order_, label=label, wrong=wrong, rtol=rtol
    )


def _one_symbol(f: Any) -> Any:
    symbols = sp.sympify(f.rhs if isinstance(f, Formula) else f).free_symbols
    if len(symbols) != 1:
        raise ValueError(f"x must name the variable of {f}, which has {len(symbols)} symbols")
    return next(iter(symbols))
