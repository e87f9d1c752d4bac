"""Exact derivatives by SymPy: gradients are columns, Jacobians have shape outputs × inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import sympy

__all__ = ["sym_gradient", "sym_hessian", "sym_jacobian", "to_numpy"]

Expression = Any  # whatever sympy.sympify takes
Symbols = Sequence[Any]


def sym_gradient(expr: Expression, variables: Symbols) -> sympy.Matrix:
    """Return the gradient ``∇f``, a column.

    Parameters
    ----------
    expr
        A scalar expression.
    variables
        The symbols to differentiate in, ``n`` of them.

    Returns
    -------
    sympy.Matrix, shape (n, 1)

    Raises
    ------
    ValueError
        If ``variables`` is empty or holds something that is not a symbol, or ``expr`` is a matrix.

    Examples
    --------
    >>> import sympy
    >>> x, y = sympy.symbols("x y")
    >>> sym_gradient(x**2 * y, (x, y))
    Matrix([
    [2*x*y],
    [ x**2]])
    """
    return _jacobian([_scalar(expr)], variables).T


def sym_jacobian(exprs: Sequence[Expression], variables: Symbols) -> sympy.Matrix:
    """Return the derivative of a vector of expressions, ``Jᵢⱼ = ∂fᵢ/∂xⱼ``.

    Parameters
    ----------
    exprs
        The expressions, ``m`` of them; a sequence or a vector.
    variables
        The symbols to differentiate in, ``n`` of them.

    Returns
    -------
    sympy.Matrix, shape (m, n)

    Raises
    ------
    ValueError
        If ``variables`` is empty or holds something that is not a symbol.

    Examples
    --------
    >>> import sympy
    >>> r, t = sympy.symbols("r t")
    >>> sym_jacobian([r * sympy.cos(t), r * sympy.sin(t)], (r, t)).det().simplify()
    r
    """
    return _jacobian(list(exprs), variables)


def sym_hessian(expr: Expression, variables: Symbols) -> sympy.Matrix:
    """Return the matrix of second derivatives, ``Hᵢⱼ = ∂²f/∂xᵢ∂xⱼ``.

    Parameters
    ----------
    expr
        A scalar expression.
    variables
        The symbols to differentiate in, ``n`` of them.

    Returns
    -------
    sympy.Matrix, shape (n, n)

    Raises
    ------
    ValueError
        If ``variables`` is empty or holds something that is not a symbol, or ``expr`` is a matrix.

    Examples
    --------
    >>> import sympy
    >>> x, y = sympy.symbols("x y")
    >>> sym_hessian(x**2 * y, (x, y))
    Matrix([
    [2*y, 2*x],
    [2*x,   0]])
    """
    return _jacobian(list(sym_gradient(expr, variables)), variables)


def to_numpy(expr: Expression, variables: Symbols) -> Callable[..., Any]:
    """Return a function of numbers or arrays that computes ``expr`` with NumPy.

    The function is plain NumPy, so that :mod:`calcml.diff` differentiates it.

    Parameters
    ----------
    expr
        An expression, or a matrix of expressions.
    variables
        The symbols that become arguments, in this order.

    Returns
    -------
    callable
        Function of one argument for each symbol; they broadcast. For a matrix, its axes come
        first, then those of the arguments; a column of ``n`` expressions gives one axis ``(n,)``.

    Raises
    ------
    ValueError
        If ``expr`` has symbols that are not in ``variables``.

    Examples
    --------
    >>> import sympy
    >>> x, y = sympy.symbols("x y")
    >>> to_numpy(sym_gradient(x**2 * y, (x, y)), (x, y))(3.0, 2.0)
    array([12.,  9.])
    """
    import sympy

    symbols = _symbols(variables)
    expression = sympy.sympify(expr)
    if isinstance(expression, list | tuple | sympy.Tuple):
        expression = sympy.Matrix(expression)
    unknown = expression.free_symbols - set(symbols)
    if unknown:
        names = ", ".join(sorted(map(str, unknown)))
        raise ValueError(f"expr has the symbols {names}, which are not in variables {symbols}")
    if not isinstance(expression, sympy.MatrixBase):
        return _entry(symbols, expression)
    entries = [_entry(symbols, e) for e in expression]
    shape = expression.shape[:1] if expression.shape[1] == 1 else expression.shape

    def matrix(*args: Any) -> Any:
        values = np.broadcast_arrays(*(entry(*args) for entry in entries))
        return np.reshape(np.stack(values), shape + np.shape(values[0]))

    return matrix


def _entry(symbols: list[Any], expression: Any) -> Callable[..., Any]:
    """One expression as a function; constants take the shape of the arguments, too."""
    import sympy

    compute = sympy.lambdify(symbols, expression, modules=["scipy", "numpy"])
    if expression.free_symbols:
        return compute  # type: ignore[no-any-return]
    return lambda *args: compute(*args) + np.zeros(np.broadcast_shapes(*map(np.shape, args)))


def _symbols(variables: Symbols) -> list[Any]:
    import sympy

    symbols = [variables] if isinstance(variables, sympy.Symbol) else list(variables)
    for symbol in symbols:
        if not isinstance(symbol, sympy.Symbol):
            raise ValueError(f"variables must be SymPy symbols; got {symbol!r}")
    if not symbols:
        raise ValueError("variables must name at least one symbol; got none")
    return symbols


def _scalar(expr: Expression) -> Any:
    import sympy

    expression = sympy.sympify(expr)
    if isinstance(expression, sympy.MatrixBase | list | tuple | sympy.Tuple):
        raise ValueError(f"expr must be scalar; got {expr}; use sym_jacobian")
    return expression


def _jacobian(exprs: list[Any], variables: Symbols) -> sympy.Matrix:
    import sympy

    symbols = _symbols(variables)
    rows = [[sympy.diff(sympy.sympify(e), s) for s in symbols] for e in exprs]
    return sympy.Matrix(len(exprs), len(symbols), [entry for row in rows for entry in row])
