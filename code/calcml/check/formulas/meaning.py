"""What the symbols on a page mean: products, norms, derivatives of SymPy scalars and matrices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy as sp

Scope = dict[str, Any]


def scalar(value: Any) -> Any:
    """Collapse a 1 x 1 matrix to its entry; leave everything else."""
    if isinstance(value, sp.MatrixBase) and value.shape == (1, 1):
        return value[0, 0]
    return value


def is_matrix(value: Any) -> bool:
    """Is this an explicit matrix?"""
    return isinstance(value, sp.MatrixBase)


def multiply(a: Any, b: Any) -> Any:
    """Return the matrix or scalar product, with a message that shows both shapes."""
    if is_matrix(a) and is_matrix(b) and a.cols != b.rows:
        raise ValueError(f"shapes {a.shape} and {b.shape} do not multiply")
    return scalar(a * b)


def add(a: Any, b: Any) -> Any:
    """Return the sum of two scalars or two matrices of one shape."""
    if is_matrix(a) != is_matrix(b) and 0 not in (a, b):
        raise ValueError(f"a matrix and a scalar do not add: {a} + {b}")
    if is_matrix(a) and is_matrix(b) and a.shape != b.shape:
        raise ValueError(f"shapes {a.shape} and {b.shape} do not add")
    if not is_matrix(a) and a == 0:
        return b
    return a if not is_matrix(b) and b == 0 else a + b


def divide(a: Any, b: Any) -> Any:
    """Return a quotient by a scalar."""
    if is_matrix(b):
        raise ValueError(f"division by a matrix of shape {b.shape}")
    return a / b


def power(base: Any, exponent: Any) -> Any:
    """Return a power of a scalar, or an integer power of a square matrix."""
    return scalar(base**exponent)


def transpose(value: Any) -> Any:
    """Return the transpose."""
    return value.T if is_matrix(value) else value


def norm(value: Any, kind: str = "2") -> Any:
    """Return the Euclidean (Frobenius), 1- or infinity-norm."""
    items = list(value) if is_matrix(value) else [value]
    if kind == "1":
        return sp.Add(*(sp.Abs(v) for v in items))
    if kind == r"\infty":
        return sp.Max(*(sp.Abs(v) for v in items))
    if kind in ("2", "F"):
        return sp.sqrt(sp.Add(*(v**2 for v in items)))
    raise ValueError(f"unknown norm index {kind!r}; use 1, 2, F or \\infty")


def inner(a: Any, b: Any) -> Any:
    """Return the inner product of two arrays of one shape."""
    if not is_matrix(a):
        return a * b
    if a.shape != b.shape:
        raise ValueError(f"inner product of shapes {a.shape} and {b.shape}")
    return sp.Add(*(x * y for x, y in zip(a, b, strict=True)))


def _unknowns(like: Any) -> Any:
    """Return fresh symbols in the shape of a point."""
    if is_matrix(like):
        return sp.Matrix(like.rows, like.cols, lambda i, j: sp.Dummy(f"t{i}{j}", real=True))
    return sp.Dummy("t", real=True)


def _put(value: Any, unknowns: Any, point: Any) -> Any:
    """Substitute a point for the fresh symbols."""
    if not is_matrix(unknowns):
        return value.subs(unknowns, point)
    table = dict(zip(unknowns, point, strict=True))
    return value.subs(table, simultaneous=True)


def derivative_at(f: Callable[..., Any], point: Any, n: int) -> Any:
    """Return the n-th derivative of a function of one variable at a point, or at each entry."""
    if is_matrix(point):
        return point.applyfunc(lambda entry: derivative_at(f, entry, n))
    t = _unknowns(point)
    value = sp.sympify(f(t))
    return _put(sp.diff(value, t, n) if n else value, t, point)


def gradient_of(value: Any, variables: Any) -> Any:
    """Return the gradient of an expression, shaped like its variables."""
    value = scalar(sp.sympify(value))
    if is_matrix(value):
        raise ValueError(f"the gradient of a matrix of shape {value.shape}; use a Jacobian")
    if not is_matrix(variables):
        return sp.diff(value, variables)
    return variables.applyfunc(lambda v: sp.diff(value, v))


def hessian_of(value: Any, variables: Any) -> Any:
    """Return the Hessian of an expression."""
    if not is_matrix(variables):
        return sp.diff(value, variables, 2)
    return sp.hessian(scalar(sp.sympify(value)), list(variables))


def jacobian_of(value: Any, variables: Any) -> Any:
    """Return the partial derivatives: a scalar, a Jacobian, or a matrix shaped like the entries."""
    if is_matrix(value) and is_matrix(variables):
        return sp.Matrix(list(value)).jacobian(list(variables))
    if is_matrix(variables):
        return (
            gradient_of(value, variables).T
            if variables.cols == 1
            else gradient_of(value, variables)
        )
    return value.diff(variables) if is_matrix(value) else sp.diff(value, variables)


def at_point(operator: Callable[[Any, Any], Any], f: Callable[..., Any], point: Any) -> Any:
    """Apply a differential operator to a function and evaluate the result at a point."""
    t = _unknowns(point)
    return _put(operator(sp.sympify(f(t)), t), t, point)


def sigmoid(x: Any) -> Any:
    """Return 1 / (1 + exp(-x))."""
    return 1 / (1 + sp.exp(-x))


def softplus(x: Any) -> Any:
    """Return log(1 + exp(x))."""
    return sp.log(1 + sp.exp(x))


# Applied to what follows, with or without parentheses.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{rf"\{name}": getattr(sp, name) for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    **{rf"\{name}": getattr(sp, name) for name in ("coth", "cot", "sec", "log", "exp", "erf")},
    r"\ln": sp.log,
    r"\arcsin": sp.asin,
    r"\arccos": sp.acos,
    r"\arctan": sp.atan,
    r"\artanh": sp.atanh,
    r"\sech": sp.sech,
    r"\det": lambda m: m.det() if is_matrix(m) else m,
    r"\tr": lambda m: m.trace() if is_matrix(m) else m,
    r"\diag": lambda v: sp.diag(*v),
    r"\max": sp.Max,
    r"\min": sp.Min,
    r"\sign": sp.sign,
    r"\vecop": lambda m: m.vec(),
}
# Called with parentheses, unless the author declares the name otherwise.
CALLS: dict[str, Callable[..., Any]] = {
    r"\sigma": sigmoid,
    r"\softplus": softplus,
    r"\relu": lambda x: sp.Max(0, x),
    r"\logsumexp": lambda z: sp.log(sp.Add(*(sp.exp(v) for v in z))),
    r"\softmax": lambda z: z.applyfunc(sp.exp) / sp.Add(*(sp.exp(v) for v in z)),
}
ALIASES = {"tr": r"\tr", "diag": r"\diag", "erf": r"\erf", "sign": r"\sign", "sgn": r"\sign"}
ALIASES |= {"vec": r"\vecop", "det": r"\det", "sech": r"\sech", "softmax": r"\softmax"}
ALIASES |= {"softplus": r"\softplus", "logsumexp": r"\logsumexp", "ReLU": r"\relu"}
