"""From a call of NumPy with traced arguments to the rule that differentiates it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from functools import cache
from itertools import accumulate
from typing import Any, NoReturn

import numpy as np

from calcml.diff.aliasing import note_view, owner
from calcml.diff.core import Tracer, corner, name_of, shown, unwrap
from calcml.diff.rules.constant import CONSTANT, evaluate
from calcml.diff.rules.reduce import log_sum_exp, log_sum_exp2
from calcml.diff.rules.registry import REWRITES, RULES
from calcml.typing import Array

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
    np.histogram: "counts do not change with the data; smooth them first",
}


#: Arguments by name that every rule of a reduction knows.
PLAIN = frozenset(["axis", "keepdims"])

#: Arguments by name that change nothing.
_IDLE: dict[str, Any] = {"out": None, "dtype": None, "where": True}
_NO_VALUE = object()


#: Functions whose rewritten form computes NumPy's own value: it only moves entries or takes the
#: same steps. Or it calls functions of the user, which must not be called twice.
OWN_VALUE: frozenset[Callable[..., Any]] = frozenset(
    {
        *(np.maximum, np.minimum, np.where, np.copysign, np.amax, np.amin),
        *(np.reshape, np.atleast_1d, np.atleast_2d, np.concatenate, np.stack),
        *(np.dot, np.einsum, np.linalg.matmul, np.inner, np.outer, np.tensordot),
        *(np.nan_to_num, np.expand_dims, np.linalg.tensordot),
        *(np.apply_along_axis, np.piecewise),
    }
)


def call_function(function: Callable[..., Any], args: Any, kwargs: dict[str, Any]) -> Any:
    """Call a NumPy function with traced arguments: by its rule, rewritten, or on plain values."""
    if not kwargs.keys() <= PLAIN:
        if kwargs.get("out") is not None:
            refuse_out(function)
        kwargs = {k: v for k, v in kwargs.items() if v is not _IDLE.get(k, _NO_VALUE)}
        if "dtype" in kwargs and function not in CONSTANT | {np.full_like, np.astype}:
            return with_value_of(function, _in_dtype, args, kwargs)
        if function in FILLS and not {"where", "initial"}.isdisjoint(kwargs):
            return with_value_of(function, _masked, args, kwargs)
    if function in REWRITES:
        if function in OVERWRITING:
            args, kwargs = _sparing_input(function, args, kwargs)
        if function in OWN_VALUE:
            return _rewritten(function, *args, **kwargs)
        return with_value_of(function, _rewritten, args, kwargs)
    rule = RULES.get(function)
    if rule is not None:
        return rule(*args, **kwargs)
    if function in CONSTANT:
        return evaluate(function, args, kwargs)
    return _unknown(function)(*args, **kwargs)


#: Functions that may use their argument as scratch, and the place where they are told so.
OVERWRITING: dict[Callable[..., Any], int] = {
    np.median: 3,
    np.nanmedian: 3,
    **dict.fromkeys([np.quantile, np.percentile, np.nanquantile, np.nanpercentile], 4),
}


def _sparing_input(function: Callable[..., Any], args: Any, kwargs: dict[str, Any]) -> Any:
    """Unset ``overwrite_input``: the traced array is needed later."""
    place = OVERWRITING[function]
    kwargs = {name: value for name, value in kwargs.items() if name != "overwrite_input"}
    return (*args[:place], *[False] * len(args[place : place + 1]), *args[place + 1 :]), kwargs


def _rewritten(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    rewritten = REWRITES[function]
    if kwargs:
        _check_keywords(function, rewritten, kwargs)
    return rewritten(*args, **kwargs)


def with_value_of(
    function: Callable[..., Any], derived: Callable[..., Any], args: Any, kwargs: dict[str, Any]
) -> Any:
    """Return ``derived(function, *args, **kwargs)``, with the value that NumPy's function has.

    What is told in terms of other functions has its derivative from them. Its value is not left to
    them: a NaN, an overflow, a type, a view, an error are those of the program without tracing.
    """
    value = evaluate(function, args, kwargs)
    inputs = list(_tracers([*args, *kwargs.values()]))
    if inputs and not any(unwrap(x).size for x in inputs):
        return value  # of nothing, nothing is a function
    with np.errstate(all="ignore"):  # NumPy has warned already
        y = derived(function, *args, **kwargs)
    owners: dict[int, list[Tracer]] = {}
    for x in inputs:
        owners.setdefault(owner(unwrap(x)), []).append(x)
    return _settled(y, value, owners)


def _tracers(x: Any) -> Iterator[Tracer]:
    """The tracers in ``x``, looking into lists and tuples."""
    if isinstance(x, Tracer):
        yield x
    elif type(x) in (list, tuple):
        for item in x:
            yield from _tracers(item)


def _settled(y: Any, value: Any, owners: dict[int, list[Tracer]]) -> Any:
    """Put ``value`` in the place of the values of the tracers in ``y``.

    ``owners`` holds the inputs by who owns their memory: so views of them are known.
    """
    if isinstance(value, tuple | list):
        parts = [_settled(*pair, owners) for pair in zip(y, value, strict=True)]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    if not isinstance(y, Tracer) or value.dtype.kind not in "fc":
        return value
    if unwrap(y) is value:
        return y
    y = y.holding(value)
    for x in owners.get(owner(value), ()):
        note_view(x, y)
    return y


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
    if "scipy.special" in sys.modules or function is np.i0:
        import calcml.diff.rules.special  # noqa: F401  # enters its rules

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
        f"{name_of(function)} has no derivative rule; {remedy} (see calcml.diff.rules.define)"
    )


def refuse_out(function: Callable[..., Any]) -> NoReturn:
    """Raise for ``out=``, which is also what ``a += x`` means for a plain array ``a``."""
    raise TypeError(
        f"in-place {name_of(function)} of a traced array into a plain one cannot be traced; write "
        "y = a + x instead of a += x, and leave out= away"
    )


def _in_dtype(function: Callable[..., Any], *args: Any, dtype: Any, **kwargs: Any) -> Array:
    def cast(x: Any) -> Any:
        return REWRITES[np.astype](x, dtype) if isinstance(x, Tracer) else x

    return cast(function(*map(cast, args), **{name: cast(x) for name, x in kwargs.items()}))


#: What an entry counts as that ``where=`` leaves out, and how ``initial=`` enters.
FILLS: dict[Callable[..., Any], tuple[Any, Any]] = {
    np.sum: (0, np.add),
    np.prod: (1, np.multiply),
    np.max: (-np.inf, np.maximum),
    np.min: (np.inf, np.minimum),
    np.mean: (0, None),
}


def _masked(
    function: Callable[..., Any],
    a: Array,
    *rest: Any,
    where: Any = True,
    initial: Any = None,
    **kwargs: Any,
) -> Array:
    fill, combine = FILLS[function]
    if function is np.mean:
        counts = np.where(where, np.ones_like(a), 0)
        return np.sum(np.where(where, a, 0), *rest, **kwargs) / np.sum(counts, *rest, **kwargs)
    if initial is None:
        return function(np.where(where, a, fill), *rest, **kwargs)
    return combine(function(np.where(where, a, fill), *rest, **kwargs), initial)


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
        fold = METHODS[ufunc, method]
        array, *rest = inputs
        axis = rest[0] if rest else kwargs.pop("axis", 0)
        if method == "reduce" and (fold in RULES or fold in CONSTANT):
            return fold(array, axis=axis, **kwargs)
        of = getattr(ufunc, method)
        return with_value_of(
            of, lambda _, x, **kw: fold(x, **kw), (array,), {"axis": axis, **kwargs}
        )
    if method == "accumulate" and ufunc in RULES:
        return with_value_of(
            ufunc.accumulate, lambda _, *args, **kw: _running(ufunc, *args, **kw), inputs, kwargs
        )
    raise NotImplementedError(
        f"{name_of(ufunc)}.{method} has no derivative rule; write it in terms of np.sum, np.prod, "
        "np.cumsum and the like, or of slices"
    )


def _running(ufunc: np.ufunc, x: Array, axis: int = 0) -> Array:
    """Fold the slices of ``x`` along an axis with ``ufunc``, and keep every stage."""
    rows = list(np.moveaxis(x, axis, 0))
    return np.stack(list(accumulate(rows, ufunc)), axis) if rows else x


def _sorted_gaps(x: Array, axis: int) -> list[Array]:
    return [np.diff(np.sort(x, axis), axis=axis)]


def _running_extreme(ufunc: np.ufunc) -> Callable[..., Array]:
    """Running maxima or minima: each picks the entry where it was first reached."""

    def running(x: Array, axis: int) -> Array:
        corner(f"{name_of(ufunc)}.accumulate", _sorted_gaps, x, axis)
        plain = unwrap(x)
        extreme = ufunc.accumulate(plain, axis)
        places = np.arange(plain.shape[axis]).reshape(
            [-1 if i == axis % plain.ndim else 1 for i in range(plain.ndim)]
        )
        fresh = np.diff(extreme, axis=axis, prepend=np.nan) != 0
        return np.take_along_axis(x, np.maximum.accumulate(np.where(fresh, places, 0), axis), axis)

    return running


METHODS: dict[tuple[np.ufunc, str], Callable[..., Array]] = {
    (np.add, "reduce"): np.sum,
    (np.multiply, "reduce"): np.prod,
    (np.maximum, "reduce"): np.max,
    (np.minimum, "reduce"): np.min,
    (np.logical_and, "reduce"): np.all,
    (np.logical_or, "reduce"): np.any,
    (np.hypot, "reduce"): lambda x, **kw: np.linalg.norm(x, **kw),
    (np.logaddexp, "reduce"): RULES[log_sum_exp],
    (np.logaddexp2, "reduce"): RULES[log_sum_exp2],
    (np.add, "accumulate"): np.cumsum,
    (np.multiply, "accumulate"): np.cumprod,
    (np.maximum, "accumulate"): _running_extreme(np.maximum),
    (np.minimum, "accumulate"): _running_extreme(np.minimum),
}
