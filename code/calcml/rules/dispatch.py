"""From a call of NumPy with traced arguments to the rule that differentiates it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from functools import cache
from itertools import accumulate
from typing import Any, NoReturn

import numpy as np

from calcml.core import Array, Tracer, name_of, shown, strip
from calcml.rules.constant import CONSTANT, evaluate
from calcml.table import REWRITES, RULES

IN_PLACE = {
    np.copyto: "np.where or np.broadcast_to",
    np.put: "np.where",
    np.place: "np.where",
    np.putmask: "np.where",
    np.put_along_axis: "np.where",
    np.fill_diagonal: "np.where(np.eye(n, dtype=bool), d, x)",
}


HINTS = {
    np.linalg.eig: "if the matrix is symmetric, use np.linalg.eigh",
    np.linalg.eigvals: "if the matrix is symmetric, use np.linalg.eigvalsh",
    np.polyfit: "use np.linalg.lstsq with np.vander",
    np.apply_over_axes: "call the function for one axis after the other",
    np.linalg.tensorinv: "use np.linalg.inv of a reshaped matrix",
    np.linalg.tensorsolve: "use np.linalg.solve with a reshaped matrix",
    np.nanmedian: "leave the entries out that are NaN, x[~np.isnan(x)], and use np.median",
    np.histogram: "counts do not change with the data; smooth them first",
}


#: Arguments by name that every rule of a reduction knows.
PLAIN = frozenset(["axis", "keepdims"])

#: Arguments by name that change nothing.
_IDLE: dict[str, Any] = {"out": None, "dtype": None, "where": True}
_NO_VALUE = object()


def call_function(function: Callable[..., Any], args: Any, kwargs: dict[str, Any]) -> Any:
    """Call a NumPy function with traced arguments: by its rule, rewritten, or on plain values."""
    if not kwargs.keys() <= PLAIN:
        if kwargs.get("out") is not None:
            refuse_out(function)
        kwargs = {k: v for k, v in kwargs.items() if v is not _IDLE.get(k, _NO_VALUE)}
        if "dtype" in kwargs and function not in CONSTANT | {np.full_like, np.astype}:
            return _in_dtype(function, args, dict(kwargs))
        if function in FILLS and not {"where", "initial"}.isdisjoint(kwargs):
            return _masked(function, args, dict(kwargs))
    rewritten = REWRITES.get(function)
    if rewritten is not None:
        if kwargs:
            _check_keywords(function, rewritten, kwargs)
        return rewritten(*args, **kwargs)
    rule = RULES.get(function)
    if rule is not None:
        return rule(*args, **kwargs)
    if function in CONSTANT:
        return evaluate(function, args, kwargs)
    return _unknown(function)(*args, **kwargs)


@cache
def _keywords(rewritten: Callable[..., Any]) -> frozenset[str] | None:
    """The arguments that can be given by name; None if all can."""
    parameters = inspect.signature(rewritten).parameters.values()
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return None
    return frozenset(p.name for p in parameters)


def _check_keywords(
    function: Callable[..., Any], rewritten: Callable[..., Any], kwargs: dict[str, Any]
) -> None:
    """Raise for an argument that NumPy knows and the rewritten function does not."""
    known = _keywords(rewritten)
    for name in kwargs:
        if known is not None and name not in known:
            raise TypeError(
                f"{name_of(function)} cannot be traced with {name}={shown(kwargs[name])}; leave "
                "the argument out, or say the same in a further step"
            )


def _unknown(function: Callable[..., Any]) -> Callable[..., Any]:
    """Look once more, among the rules of SciPy; else say what to do."""
    if "scipy.special" in sys.modules:
        import calcml.rules.special  # noqa: F401  # enters its rules

        rule: Callable[..., Any] | None = RULES.get(function)
        if rule is not None:
            return rule
    if function in IN_PLACE:
        raise TypeError(
            f"in-place {name_of(function)} cannot be traced; use {IN_PLACE[function]} instead"
        )
    if getattr(function, "__module__", None) == "numpy.fft":
        remedy = "only real numbers are differentiated; multiply by matrices of cosines and sines"
    else:
        remedy = HINTS.get(function, "write it in terms of functions that have one, or add a rule")
    raise NotImplementedError(
        f"{name_of(function)} has no derivative rule; {remedy} (see calcml.rules.define)"
    )


def refuse_out(function: Callable[..., Any]) -> NoReturn:
    """Raise for ``out=``, which is also what ``a += x`` means for a plain array ``a``."""
    raise TypeError(
        f"in-place {name_of(function)} of a traced array into a plain one cannot be traced; write "
        "y = a + x instead of a += x, and leave out= away"
    )


def _in_dtype(function: Callable[..., Any], args: Any, kwargs: dict[str, Any]) -> Array:
    dtype = kwargs.pop("dtype")
    cast = REWRITES[np.astype]
    if args and isinstance(args[0], Tracer):
        return function(cast(args[0], dtype), *args[1:], **kwargs)
    return cast(function(*args, **kwargs), dtype)


#: What an entry counts as that ``where=`` leaves out, and how ``initial=`` enters.
FILLS: dict[Callable[..., Any], tuple[Any, Any]] = {
    np.sum: (0, np.add),
    np.prod: (1, np.multiply),
    np.max: (-np.inf, np.maximum),
    np.min: (np.inf, np.minimum),
    np.mean: (0, None),
}


def _masked(function: Callable[..., Any], args: Any, kwargs: dict[str, Any]) -> Array:
    fill, combine = FILLS[function]
    where, initial = kwargs.pop("where", True), kwargs.pop("initial", None)
    x, *rest = args
    if function is np.mean:
        counts = np.where(where, np.ones_like(x), 0)
        return np.sum(np.where(where, x, 0), *rest, **kwargs) / np.sum(counts, *rest, **kwargs)
    if initial is None:
        return function(np.where(where, x, fill), *rest, **kwargs)
    if function in (np.max, np.min) and x.size == 0:
        return function(strip(x), *rest, initial=initial, **kwargs)
    return combine(function(np.where(where, x, fill), *rest, **kwargs), initial)


def call_ufunc(ufunc: np.ufunc, method: str, inputs: Any, kwargs: dict[str, Any]) -> Any:
    """Call a ufunc's method, or the ufunc with keywords, with traced arguments."""
    kwargs = {k: v for k, v in kwargs.items() if k not in ("casting", "order", "subok")}
    if method == "at" or any(x is not None for x in kwargs.pop("out", ())):
        refuse_out(ufunc)
    if method == "__call__":
        if kwargs.get("where", True) is not True:
            raise TypeError(f"{name_of(ufunc)} cannot be traced with where=; use np.where instead")
        return call_function(ufunc, inputs, {k: v for k, v in kwargs.items() if k != "where"})
    if method == "outer":
        a, b = inputs
        return ufunc(np.reshape(a, np.shape(a) + (1,) * np.ndim(b)), b, **kwargs)
    if (ufunc, method) in METHODS:
        array, *rest = inputs
        axis = rest[0] if rest else kwargs.pop("axis", 0)
        return METHODS[ufunc, method](array, axis=axis, **kwargs)
    if method == "accumulate" and ufunc in RULES:
        return _running(ufunc, *inputs, **kwargs)
    raise NotImplementedError(
        f"{name_of(ufunc)}.{method} has no derivative rule; write it in terms of np.sum, np.prod, "
        "np.cumsum and the like, or of slices"
    )


def _running(ufunc: np.ufunc, x: Array, axis: int = 0) -> Array:
    """Fold the slices of ``x`` along an axis with ``ufunc``, and keep every stage."""
    rows = list(np.moveaxis(x, axis, 0))
    return np.stack(list(accumulate(rows, ufunc)), axis) if rows else x


def _running_extreme(ufunc: np.ufunc) -> Callable[..., Array]:
    """Running maxima or minima: each picks the entry where it was first reached."""

    def running(x: Array, axis: int) -> Array:
        plain = strip(x)
        extreme = ufunc.accumulate(plain, axis)
        places = np.arange(plain.shape[axis]).reshape(
            [-1 if i == axis % plain.ndim else 1 for i in range(plain.ndim)]
        )
        fresh = np.diff(extreme, axis=axis, prepend=np.nan) != 0
        return np.take_along_axis(x, np.maximum.accumulate(np.where(fresh, places, 0), axis), axis)

    return running


def _log_sum_exp(ufunc: np.ufunc, exp: np.ufunc, log: np.ufunc) -> Callable[..., Array]:
    """``log Σ exp x``, with the largest ``x`` taken out so that nothing overflows."""

    def reduce(x: Array, axis: Any, keepdims: bool = False) -> Array:
        if x.size == 0:
            return ufunc.reduce(strip(x), axis=axis, keepdims=keepdims)
        top = np.max(strip(x), axis=axis, keepdims=True)
        top = np.where(np.isfinite(top), top, 0).astype(top.dtype)
        total = log(np.sum(exp(x - top), axis=axis, keepdims=keepdims))
        return total + (top if keepdims else np.squeeze(top, axis))

    return reduce


METHODS: dict[tuple[np.ufunc, str], Callable[..., Array]] = {
    (np.add, "reduce"): np.sum,
    (np.multiply, "reduce"): np.prod,
    (np.maximum, "reduce"): np.max,
    (np.minimum, "reduce"): np.min,
    (np.logical_and, "reduce"): np.all,
    (np.logical_or, "reduce"): np.any,
    (np.hypot, "reduce"): lambda x, **kw: np.linalg.norm(x, **kw),
    (np.logaddexp, "reduce"): _log_sum_exp(np.logaddexp, np.exp, np.log),
    (np.logaddexp2, "reduce"): _log_sum_exp(np.logaddexp2, np.exp2, np.log2),
    (np.add, "accumulate"): np.cumsum,
    (np.multiply, "accumulate"): np.cumprod,
    (np.maximum, "accumulate"): _running_extreme(np.maximum),
    (np.minimum, "accumulate"): _running_extreme(np.minimum),
}
