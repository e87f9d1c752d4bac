"""What claims to be a derivative: as a SymPy expression, or as a NumPy function.

Expressions are differentiated by SymPy. Functions have references, each used where it applies and
where central differences confirm it:

* central differences with two Richardson extrapolations (always; relative error about 1e-10, or
  what two step sizes show),
* the complex step of Squire & Trapp (1998) where the function takes complex arguments,
* :mod:`calcml.diff` where the function can be traced.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import sympy as sp

from calcml import diff
from calcml.check.claims.comparison import Label, compare, unwrap
from calcml.check.claims.identity import is_function
from calcml.check.claims.values import distance, function_mutants, same_value, show
from calcml.check.engine.equality import Sampling, Where, require_expression
from calcml.check.engine.verify import ROOM, CheckFailed, CheckResult, Verdict, share, verify
from calcml.check.formulas.formula import Formula
from calcml.differences import complex_step, richardson
from calcml.typing import Array

Map = Callable[[Any], Any]
_DECLINED = (TypeError, ValueError, NotImplementedError, AttributeError, ArithmeticError)


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
    if is_function(f):
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
    return _by_variables(
        "gradient", f, claimed, variables, _gradient, at, label, where, wrong, rtol
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
    return _by_variables(
        "Jacobian", f, claimed, variables, _jacobian, at, label, where, wrong, rtol
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
    return _by_variables(
        "Hessian", f, claimed, variables, sp.hessian, at, label, where, wrong, rtol, order=2
    )


def _gradient(f: Any, variables: list[Any]) -> Any:
    return sp.Matrix([sp.diff(f, v) for v in variables])


def _jacobian(f: Any, variables: list[Any]) -> Any:
    return sp.Matrix(f).jacobian(variables)


def _by_variables(
    kind: str,
    f: Any,
    claimed: Any,
    variables: Sequence[Any] | None,
    operator: Callable[[Any, list[Any]], Any],
    at: Any,
    label: Label,
    where: Where | None,
    wrong: Iterable[Any],
    rtol: float | None,
    *,
    order: int = 1,
) -> CheckResult:
    """Verify derivatives with respect to several variables: of a function, or by ``operator``."""
    if is_function(f):
        return _numeric(kind, f, claimed, at, order, label, wrong, rtol)
    if variables is None:
        raise ValueError(f"variables must list the symbols of the {kind}, in order")
    names = list(variables)
    return derivative_of(
        kind,
        sp.Matrix(f) if isinstance(f, list | tuple) else f,
        claimed,
        lambda e: operator(e, names),
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


def derivative_of(
    kind: str,
    f: Any,
    claimed: Any,
    operator: Callable[[Any], Any],
    *,
    label: Label,
    sampling: Sampling,
    wrong: Iterable[Any],
    statement: str = "",
) -> CheckResult:
    """Verify a claimed derivative against SymPy's ``operator`` applied to ``f``."""
    (f, left), (claimed, right) = unwrap(f), unwrap(claimed)
    if isinstance(claimed, list | tuple):
        claimed = sp.Matrix(claimed)
    reference = operator(require_expression("f", f))
    target = require_expression("claimed", claimed)
    shapes = [getattr(side, "shape", ()) for side in (target, reference)]
    if shapes[0] != shapes[1]:
        raise CheckFailed(f"{kind} of {f}: shape {shapes[0]} claimed, shape {shapes[1]} found")
    return compare(
        kind,
        statement or f"{kind} of {f} is {target}",
        reference,
        target,
        label=label,
        sampling=sampling,
        wrong=wrong,
        formulas=left + right,
    )


def differences(f: Map, x: Array) -> tuple[Array, float]:
    """Return the extrapolated differences whose step agrees best with the next, and how well.

    A function that bends within 0.01, or ends there, needs a smaller step than a smooth one.
    """
    with np.errstate(all="ignore"):
        found = [richardson(f, x, levels=3, h=step) for step in (1e-2, 1e-3, 1e-4, 1e-5)]
    gaps = [distance(a, b) for a, b in pairwise(found)]
    best = int(np.argmin(gaps))
    return found[best + 1 if np.isfinite(gaps[best]) else 0], gaps[best]


def _traced(f: Map, x: Array, order: int) -> Array:
    return np.asarray((diff.hessian if order == 2 else diff.jacobian)(f)(x))


def references(f: Map, x: Array, order: int) -> list[tuple[str, float, Array]]:
    """Return (name, relative tolerance, value) for each reference derivative that applies."""

    def inner(t: Array) -> Array:
        base, error = differences(f, t)
        exact = _attempt(lambda: complex_step(f, t))
        return exact if exact is not None and distance(exact, base) < _loose(base, error) else base

    base, error = differences(inner if order == 2 else f, x)
    size = max(1.0, float(np.max(np.abs(base), initial=0.0)))
    least = 1e-6 if order == 2 else 1e-8
    found = [("differences", max(least, 10 * error / size), base)]
    exact = _attempt(lambda: complex_step(f, x)) if order == 1 else None
    if exact is not None and distance(exact, base) < _loose(base, error):
        found.append(("complex step", 1e-12, exact))
    traced = _attempt(lambda: _traced(f, x, order))
    if traced is not None and traced.shape == base.shape:
        found.append(("calcml.diff", 1e-11, traced))
    return found


def _loose(base: Array, error: float) -> float:
    """Return how far the complex step may be from differences and still be believed."""
    return max(1e-6 * max(1.0, float(np.max(np.abs(base), initial=0.0))), 10 * error)


def _attempt(make: Callable[[], Array]) -> Array | None:
    """Return a reference, or None if the function does not take such arguments."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("error", np.exceptions.ComplexWarning)  # float(complex) drops a part
        try:
            return make()
        except (*_DECLINED, np.exceptions.ComplexWarning):
            return None


def derivative_of_function(
    kind: str,
    f: Map,
    claimed: Map,
    at: Sequence[Any] | Callable[[np.random.Generator], Any],
    *,
    order: int = 1,
    label: Label,
    wrong: Iterable[Any],
    points: int = 5,
    rtol: float | None = None,
) -> CheckResult:
    """Verify ``claimed(x)`` against every reference derivative of ``f`` at the given points."""
    xs = [np.asarray(x, dtype=float) for x in sample_points(at, points, 0)]
    tables = [references(f, x, order) for x in xs]
    if not any(np.any(table[0][2]) for table in tables):
        raise CheckFailed(
            f"{kind} of {getattr(f, '__name__', f)} is 0 at every point of at=..., where a wrong"
            " factor is not seen; choose other points"
        )
    methods = [name for name, _, _ in tables[0] if all(name in dict_names(t) for t in tables)]

    def test(claim: Map) -> Verdict:
        method = f"{' and '.join(methods)} at {len(xs)} points"
        used, detail = 0.0, "agrees"
        for x, known in zip(xs, tables, strict=True):
            value = np.asarray(claim(x))
            for name, tol, reference in known:
                allowed = max(tol, rtol or 0.0)
                if value.size == reference.size and value.shape != reference.shape:
                    value = _same_layout(value, reference)
                size = max(1.0, float(np.max(np.abs(reference), initial=0.0)))
                off = share(distance(value, reference), allowed * size)
                if off > max(used, 1 / ROOM):
                    detail = f"claimed {show(value)}, {name} {show(reference)} at x = {show(x)}"
                used = max(used, off)
                if used > ROOM:
                    return Verdict(False, method, detail, ratio=used)
        return Verdict(used <= 1, method, detail, ratio=used)

    fresh = [np.asarray(x, dtype=float) for x in sample_points(at, points, 1)]
    tightest = max(rtol or 0.0, min(tol for name, tol, _ in tables[0] if name in methods))
    return verify(
        kind,
        f"{kind} of {getattr(f, '__name__', f)}",
        claimed,
        test,
        function_mutants(claimed, wrong),
        equivalent=lambda w, c: all(same_value(w(x), c(x)) for x in fresh),
        label=label,
        tolerance=f"relative {tightest:.0e}",
    )


def _same_layout(value: Array, reference: Array) -> Array:
    """Drop axes of length one, so that a column gradient (n, 1) compares with (n,)."""
    if [n for n in value.shape if n > 1] == [n for n in reference.shape if n > 1]:
        return value.reshape(reference.shape)
    return value


def dict_names(table: list[tuple[str, float, Array]]) -> list[str]:
    """Return the names of the references in a table."""
    return [name for name, _, _ in table]


def sample_points(
    at: Sequence[Any] | Callable[[np.random.Generator], Any], points: int, seed: int
) -> list[Any]:
    """Return the given points, or draw them with a fixed seed."""
    if callable(at):
        rng = np.random.default_rng(seed)
        return [at(rng) for _ in range(points)]
    return list(at)
