"""A tracer that behaves like the array it stands for: operators, methods, and NumPy's protocols.

NumPy asks its arguments whether they want to handle a call themselves: ufuncs through
``__array_ufunc__`` (NEP 13), other functions through ``__array_function__`` (NEP 18). That is how
``np.exp(x)`` reaches the rule table while user code stays plain NumPy.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from functools import partial
from numbers import Rational
from typing import Any, NoReturn

import numpy as np

from calcml.diff.core import Rule, Tracer, name_of, unwrap
from calcml.diff.errors import (
    check_update,
    in_place,
    number,
    refusal,
    refuse_plain,
    refuse_update,
)
from calcml.diff.rules.dispatch import call_function, call_ufunc
from calcml.diff.rules.registry import REWRITES, RULES
from calcml.diff.rules.scalar import cast
from calcml.diff.rules.shape import getitem
from calcml.typing import Array

_NONE: dict[str, Any] = {}  # shared by all calls without keyword arguments; never written to

#: What NumPy's operators take as they are; anything else is looked at more closely.
_USUAL = frozenset({float, int, bool, np.ndarray, *np.sctypeDict.values()})


def _operand(x: Any) -> Any:
    """An operand as NumPy's numbers take it: a fraction as a float, a sequence as an array."""
    if type(x) in _USUAL or isinstance(x, Tracer):
        return x
    if isinstance(x, Rational):
        return float(x)
    return np.asarray(x) if isinstance(x, tuple | range) else x


def _operator(ufunc: np.ufunc, compute: Callable[[Array, Array], Array]) -> tuple[Any, Any]:
    """Return ``__op__`` and ``__rop__``: ``compute`` on the values, with the rule of ``ufunc``."""
    rule = RULES[ufunc]

    def forward(self: ArrayTracer, other: Any) -> Any:
        trace = self._trace
        if not isinstance(other, Tracer):
            if type(other) not in _USUAL:
                return ufunc(self, _operand(other))
            y = compute(self.value, other)
            return trace.record(rule, y, (self.value, other), _NONE, ((0, self.node),))
        if other._trace is trace:
            y = compute(self.value, other.value)
            nodes = ((0, self.node), (1, other.node))
            return trace.record(rule, y, (self.value, other.value), _NONE, nodes)
        if other._trace.level < trace.level:
            y = compute(self.value, other)
            return trace.record(rule, y, (self.value, other.twin()), _NONE, ((0, self.node),))
        y = compute(self, other.value)
        return other._trace.record(rule, y, (self.twin(), other.value), _NONE, ((1, other.node),))

    def reflected(self: ArrayTracer, other: Any) -> Any:
        if type(other) not in _USUAL:
            return ufunc(_operand(other), self)
        y = compute(other, self.value)
        return self._trace.record(rule, y, (other, self.value), _NONE, ((1, self.node),))

    return forward, reflected


def _unary(ufunc: np.ufunc, compute: Callable[[Array], Array]) -> Any:
    rule = RULES[ufunc]

    def apply(self: ArrayTracer) -> Any:
        y = compute(self.value)
        return self._trace.record(rule, y, (self.value,), _NONE, ((0, self.node),))

    return apply


def _comparison(compute: Callable[[Array, Array], Array]) -> Any:
    return lambda self, other: compute(unwrap(self), _operand(unwrap(other)))


def _method(function: Callable[..., Any]) -> Any:
    """Return the method that calls a NumPy function of the same arguments."""

    def method(self: ArrayTracer, *args: Any, **kwargs: Any) -> Any:
        return call_function(function, (self, *args), kwargs)

    method.__doc__ = f"See {name_of(function)}."
    return method


def _update(compute: Callable[[Array, Array], Array]) -> Any:
    """Return ``x += y`` and its like: a new value under the same name, as for a NumPy scalar.

    An array would change under all its names, so the tracer itself takes the new value; and in all
    its views, so there must be none.
    """

    def update(self: ArrayTracer, other: Any) -> Any:
        result = compute(self, other)
        plain = unwrap(self)
        if not isinstance(plain, np.ndarray):
            return result
        check_update(plain, unwrap(result))
        if any(np.may_share_memory(plain, unwrap(other)) for other in _others(self)):
            refuse_update()
        if not isinstance(result, Tracer):
            result = RULES[np.where](False, self, result)  # nothing is left of x but its trace
        if result.dtype != plain.dtype:
            result = RULES[cast](result, plain.dtype)
        self.__class__ = type(result)
        self.value, self._trace, self.node = result.value, result._trace, result.node
        if hasattr(self, "views"):
            del self.views  # its memory is new
        return self

    return update


def _others(x: ArrayTracer) -> Iterator[Tracer]:
    """The other tracers that may show memory of ``x``."""
    for member in getattr(x, "views", ()):
        other = member()
        if other is not None and other is not x:
            yield other


def _only_of_arrays(name: str, attribute: Callable[[ArrayTracer], Any]) -> Any:
    """Return an attribute that NumPy's arrays have and its scalars have not."""

    def get(self: ArrayTracer) -> Any:
        plain = unwrap(self)
        return attribute(self) if isinstance(plain, np.ndarray) else getattr(plain, name)

    return property(get)


class ArrayTracer(Tracer):
    """A stand-in for an array while a function of it is differentiated."""

    __slots__ = ()

    # Attributes of the array.
    shape = property(lambda self: self.value.shape, in_place("x.shape = s", "x = x.reshape(s)"))
    ndim = property(lambda self: self.value.ndim)
    size = property(lambda self: self.value.size)
    dtype = property(lambda self: self.value.dtype)
    nbytes = property(lambda self: self.value.nbytes)
    itemsize = property(lambda self: self.value.itemsize)
    T = property(lambda self: RULES[np.transpose](self))
    mT = _only_of_arrays("mT", lambda self: np.matrix_transpose(self))
    argpartition = _only_of_arrays("argpartition", lambda self: partial(np.argpartition, self))
    dot = _only_of_arrays("dot", lambda self: partial(np.dot, self))
    real = property(lambda self: np.real(self))
    imag = property(lambda self: np.imag(self))
    flat = property(refusal("x.flat cannot be traced; iterate over x.ravel()"))

    # Arithmetic.
    __add__, __radd__ = _operator(np.add, operator.add)
    __sub__, __rsub__ = _operator(np.subtract, operator.sub)
    __mul__, __rmul__ = _operator(np.multiply, operator.mul)
    __truediv__, __rtruediv__ = _operator(np.divide, operator.truediv)
    __pow__, __rpow__ = _operator(np.power, operator.pow)
    __mod__, __rmod__ = _operator(np.remainder, operator.mod)
    __matmul__, __rmatmul__ = _operator(np.matmul, operator.matmul)
    __neg__ = _unary(np.negative, operator.neg)
    __pos__ = _unary(np.positive, operator.pos)
    __abs__ = _unary(np.absolute, operator.abs)
    __iadd__ = _update(operator.add)
    __isub__ = _update(operator.sub)
    __imul__ = _update(operator.mul)
    __itruediv__ = _update(operator.truediv)
    __ipow__ = _update(operator.pow)
    __imatmul__ = _update(operator.matmul)
    __imod__ = _update(operator.mod)
    __ifloordiv__ = _update(operator.floordiv)
    __floordiv__ = lambda self, other: np.floor_divide(self, _operand(other))  # noqa: E731
    __rfloordiv__ = lambda self, other: np.floor_divide(_operand(other), self)  # noqa: E731
    __divmod__ = lambda self, other: np.divmod(self, _operand(other))  # noqa: E731
    __rdivmod__ = lambda self, other: np.divmod(_operand(other), self)  # noqa: E731
    __round__ = lambda self, digits=None: round(unwrap(self), digits)  # noqa: E731

    # Comparisons give plain truth values: control flow is decided by values.
    __lt__ = _comparison(operator.lt)
    __le__ = _comparison(operator.le)
    __gt__ = _comparison(operator.gt)
    __ge__ = _comparison(operator.ge)
    __eq__ = _comparison(operator.eq)
    __ne__ = _comparison(operator.ne)
    __hash__ = None  # type: ignore[assignment]  # like an array
    __bool__ = lambda self: bool(unwrap(self))  # noqa: E731
    __contains__ = lambda self, item: unwrap(item) in unwrap(self)  # noqa: E731

    # What would lose the derivative.
    __float__ = number("float()")
    __int__ = number("int()")
    __index__ = number("an integer made")
    __complex__ = number("complex()")
    __array__ = refuse_plain
    item = number("item()")
    tolist = number("tolist()")
    __setitem__ = in_place("assignment x[...] = y", "x = np.where(mask, y, x) or np.concatenate")
    sort = in_place("x.sort()", "np.sort(x)")
    partition = in_place("x.partition(k)", "np.partition(x, k)")
    fill = in_place("x.fill(c)", "np.full_like(x, c)")
    put = in_place("x.put(i, y)", "np.where(mask, y, x)")
    resize = in_place("x.resize(shape)", "np.reshape(x, shape)")

    def __getitem__(self, index: Any) -> Any:
        if type(index) is list and not index:
            index = np.empty(0, int)
        return RULES[getitem](self, index)

    def __len__(self) -> int:
        return len(unwrap(self))

    def __iter__(self) -> Iterator[Any]:
        if self.ndim == 0:
            raise TypeError("iteration over a 0-d array")
        return (self[i] for i in range(self.shape[0]))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.value!r})"

    def __format__(self, spec: str) -> str:
        return format(unwrap(self), spec)

    def copy(self, order: Any = "C") -> Any:
        """See np.copy; a scalar, which never changes, is its own copy."""
        return RULES[np.copy](self, order) if isinstance(unwrap(self), np.ndarray) else self

    __copy__ = lambda self: self.copy("K")  # noqa: E731
    __deepcopy__ = lambda self, memo: self.copy("K")  # noqa: E731
    __reduce_ex__ = refusal(
        "a traced array cannot be pickled: in another process its derivative would be lost; "
        "differentiate there"
    )

    def __getattr__(self, name: str) -> NoReturn:
        remedy = "; write it with functions of NumPy" if hasattr(np.ndarray, name) else ""
        raise AttributeError(f"a traced array has no attribute {name}{remedy}", name=name, obj=self)

    # Methods that take shapes or axes one by one.
    def reshape(self, *shape: Any, order: Any = "C", copy: bool | None = None) -> Any:
        """See np.reshape."""
        wanted = shape[0] if len(shape) == 1 else shape
        if order == "C" and copy is None:
            return RULES[np.reshape](self, wanted)
        return np.reshape(self, wanted, order, copy=copy)

    def transpose(self, *axes: Any) -> Any:
        """See np.transpose."""
        return RULES[np.transpose](self, (axes[0] if len(axes) == 1 else axes) or None)

    def flatten(self, order: Any = "C") -> Any:
        """See np.ravel; it is a copy."""
        return np.ravel(np.copy(self), order)

    def astype(
        self,
        dtype: Any,
        order: Any = "K",
        casting: Any = "unsafe",
        subok: bool = True,
        copy: bool = True,
    ) -> Any:
        """See np.astype."""
        if not np.can_cast(self.dtype, dtype, casting):
            raise TypeError(f"cannot cast from {self.dtype} to {np.dtype(dtype)} by {casting=}")
        return call_function(np.astype, (self, dtype), {"copy": copy})

    all = _method(np.all)
    any = _method(np.any)
    argmax = _method(np.argmax)
    argmin = _method(np.argmin)
    argsort = _method(np.argsort)
    clip = _method(np.clip)
    compress = lambda self, condition, axis=None, out=None: (  # noqa: E731
        np.compress(condition, self, axis, out)
    )
    conj = conjugate = lambda self: np.conjugate(self) if self.dtype.kind == "c" else self
    cumprod = _method(np.cumprod)
    cumsum = _method(np.cumsum)
    diagonal = _method(np.diagonal)
    max = _method(np.max)
    mean = _method(np.mean)
    min = _method(np.min)
    nonzero = _method(np.nonzero)
    prod = _method(np.prod)
    ravel = _method(np.ravel)
    repeat = _method(np.repeat)
    round = _method(np.round)
    searchsorted = _method(np.searchsorted)
    squeeze = _method(np.squeeze)
    std = _method(np.std)
    sum = _method(np.sum)
    swapaxes = _method(np.swapaxes)
    take = _method(np.take)
    trace = _method(np.trace)
    var = _method(np.var)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if kwargs or method != "__call__":
            return call_ufunc(ufunc, method, inputs, kwargs)
        rule = RULES.get(ufunc)
        if type(rule) is Rule and ufunc not in REWRITES:  # the usual cases, and the quickest way
            if len(inputs) == 1:
                y = ufunc(self.value)
                return self._trace.record(rule, y, (self.value,), _NONE, ((0, self.node),))
            if isinstance(inputs[0], np.ndarray) and 1 in rule.vjps:
                y = ufunc(inputs[0], self.value)
                return self._trace.record(
                    rule, y, (inputs[0], self.value), _NONE, ((1, self.node),)
                )
        return call_function(ufunc, tuple(map(_operand, inputs)), kwargs)

    def __array_function__(
        self, func: Callable[..., Any], types: Any, args: Any, kwargs: Any
    ) -> Any:
        return call_function(func, args, kwargs)
