"""What a tracer, a rule and a trace are: the three ideas that differentiation here rests on.

A *tracer* stands in for an array while a function runs. A *rule* knows the derivative of one NumPy
function. A *trace* collects what the rules say: :mod:`calcml.diff.reverse` writes it down to be
read backward, :mod:`calcml.diff.forward` carries it along.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from itertools import count
from math import prod
from typing import Any, NoReturn
from weakref import ref

import numpy as np

from calcml.diff.aliasing import note_view
from calcml.typing import Array

#: ``derivative(t, y, *args, **kwargs)`` applies a linear map to ``t``; ``y`` is ``f``'s value.
Derivative = Callable[..., Array]

_levels = count(1)


class Trace:
    """One differentiation under way; the trace with the highest level is the innermost.

    Levels are never reused, so a tracer of one differentiation cannot be taken for a tracer of
    another: this is all that it takes to keep nested derivatives apart (Siskind & Pearlmutter,
    "Perturbation confusion and referential transparency", 2005).
    """

    __slots__ = ("level",)

    #: Whether a value at a kink or a jump is refused, rather than given a slope by convention.
    smooth = False

    def __init__(self) -> None:
        self.level = next(_levels)

    def record(
        self, rule: Rule, y: Array, args: Sequence[Array], kwargs: dict[str, Any], nodes: Nodes
    ) -> Array:
        """Return the tracer of ``y = rule.function(*args, **kwargs)``."""
        raise NotImplementedError

    def cross(self, gap: Tracer, name: str) -> None:
        """Hear of a tracer whose zeros are kinks or jumps of the function ``name``."""

    def record_outputs(
        self,
        rule: PartsRule,
        outputs: Any,
        args: Sequence[Array],
        kwargs: dict[str, Any],
        nodes: Nodes,
    ) -> list[Array]:
        """Return the tracers of a function's outputs; of one without a rule, the plain value."""
        shifted = [(k + 1, node) for k, node in nodes]
        return [
            unwrap(y) if part is None else self.record(part, y, [outputs, *args], kwargs, shifted)
            for part, y in zip(rule.parts, outputs, strict=True)
        ]


class Tracer:
    """A value on its way through a function, and what its trace wants to remember of it.

    Attributes
    ----------
    value
        The array itself; inside a nested differentiation a tracer of the next outer trace.
    _trace
        The trace that it belongs to. (A tracer is used like an array, whose ``x.trace()`` is a
        sum.)
    node
        What the trace knows it by: its place on the tape, its tangent, or its series.
    views
        If parts of its memory were given out: weak references to the tracers that show them.
    """

    __slots__ = ("__weakref__", "_trace", "node", "value", "views")
    views: list[ref[Tracer]]

    def __init__(self, value: Array, trace: Trace, node: Any) -> None:
        self.value = value
        self._trace = trace
        self.node = node

    def holding(self, value: Array) -> Tracer:
        """Return a tracer with the same derivative, and a plain ``value`` of its own."""
        twin = self.twin()
        inner = self.value
        twin.value = inner.holding(value) if isinstance(inner, Tracer) else value
        return twin

    def twin(self) -> Tracer:
        """Return another tracer of the same, that stays as it is when this one is updated."""
        twin: Tracer = object.__new__(type(self))
        twin.value = self.value
        twin._trace = self._trace
        twin.node = self.node
        return twin


def must_be_smooth(x: Any) -> bool:
    """Whether ``x`` belongs to a trace that refuses kinks, on whatever level."""
    while isinstance(x, Tracer):
        if x._trace.smooth:
            return True
        x = x.value
    return False


def corner(name: str, gaps: Callable[..., Sequence[Array]], *args: Any, **kwargs: Any) -> None:
    """Tell the traces that mind that ``name`` has a kink or jump where one of ``gaps`` is 0."""
    if any(must_be_smooth(a) for a in args):
        for gap in gaps(*args, **kwargs):
            while isinstance(gap, Tracer):
                gap._trace.cross(gap, name)
                gap = gap.value


class ShapeDtype:
    """What is remembered of an array of which only the shape and the type are needed."""

    __slots__ = ("dtype", "shape")

    def __init__(self, array: Array) -> None:
        self.shape: tuple[int, ...] = array.shape
        self.dtype: np.dtype[Any] = array.dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of entries."""
        return prod(self.shape)


#: For each traced argument: its position, and the node of its tracer.
Nodes = Sequence[tuple[int, Any]]


def unwrap(x: Any) -> Any:
    """Return ``x`` without its tracers: the plain value, looking into lists and tuples."""
    while isinstance(x, Tracer):
        x = x.value
    if type(x) in (list, tuple):
        return type(x)(unwrap(item) for item in x)
    return x


class InEvery(dict[int, Derivative]):
    """The derivatives of a function of any number of arguments, by one formula in ``argnum``."""

    def __init__(self, derivative: Derivative) -> None:
        super().__init__()
        self.derivative = derivative

    def __contains__(self, argnum: object) -> bool:
        return True

    def __missing__(self, argnum: int) -> Derivative:
        self[argnum] = lambda t, y, *args, **kw: self.derivative(argnum, t, y, *args, **kw)
        return self[argnum]


class Rule:
    """The derivatives of one function, ``jvps[k]`` and ``vjps[k]`` for its argument ``k``.

    With ``y = f(*args)``, the first computes ``J t`` and the second ``Jᵀ t``, where ``J`` is the
    derivative of ``f`` in argument ``k``; both are called as ``(t, y, *args, **kwargs)``. Where a
    VJP calls its ``y`` or an argument by a name that begins with an underscore, it uses no more
    than the shape and type, and that is all that a tape remembers of it.

    A function that is linear in all its arguments together has ``transpose`` in place of both:
    ``transpose(g, y, *args, **kwargs)`` returns the cotangents of all arguments at once, so that
    the cost of ``n`` arguments grows like ``n`` and not like its square.
    """

    __slots__ = (
        "_unneeded",
        "compute",
        "elementwise",
        "function",
        "jvps",
        "keywords",
        "multilinear",
        "name",
        "shape_only",
        "transpose",
        "vjps",
    )

    def __init__(
        self,
        function: Callable[..., Array],
        jvps: dict[int, Derivative],
        vjps: dict[int, Derivative],
        *,
        elementwise: bool = False,
        multilinear: bool = False,
        transpose: Callable[..., Sequence[Array]] | None = None,
    ) -> None:
        self.function = function
        self.compute = function  # or what gives the same values quicker
        self.name = name_of(function)
        self.jvps = jvps
        self.vjps = vjps
        self.elementwise = elementwise
        self.multilinear = multilinear
        self.transpose = transpose
        names = {k: _names(vjp)[1:] for k, vjp in vjps.items()}
        self.keywords = frozenset(
            name
            for each in (names.values() if transpose is None else [_names(transpose)])
            for name in each
        )
        #: For each argument: the places among ``(y, *args)`` whose entries its VJP does not need.
        self.shape_only = {
            k: [i for i, name in enumerate(each) if name.startswith("_")]
            for k, each in names.items()
        }
        self._unneeded: dict[tuple[int, ...], list[int]] = {}

    def unneeded(self, arguments: tuple[int, ...]) -> list[int]:
        """Places among ``(y, *args)`` whose entries no VJP of these arguments needs."""
        found = self._unneeded.get(arguments)
        if found is None:
            places = [self.shape_only.get(k, []) for k in arguments]
            found = [i for i in places[0] if all(i in other for other in places[1:])]
            self._unneeded[arguments] = found
        return found

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Apply the function; on the innermost trace among the arguments, if there is one."""
        if kwargs and not (kwargs.keys() <= self.keywords and innermost(kwargs.values()) is None):
            args, kwargs = by_position(self.function, args, kwargs)
        top = innermost(args)
        if top is None:
            return self.function(*args, **kwargs)
        for name in kwargs:
            if name not in self.keywords:
                self._refuse_keyword(name, kwargs[name])
        raw, nodes, nested = unwrap_args(args, top)
        if self.transpose is None:
            for k, _ in nodes:
                if k not in self.vjps:
                    refuse_argument(self.name, k)
        y = self(*raw, **kwargs) if nested else self.compute(*raw, **kwargs)
        result = top.record(self, y, raw, kwargs, nodes)
        plain = unwrap(y) if nested else y
        if type(plain) is np.ndarray and (
            plain.base is not None or plain is unwrap(raw[nodes[0][0]])
        ):
            for k, _ in nodes:
                note_view(args[k], result)
        return result

    def push_all(self, tangents: Nodes, args: Sequence[Array], kwargs: dict[str, Any]) -> Array:
        """Return the tangent of the value of a function that has a ``transpose``: it is its own."""
        ts = [np.zeros(np.shape(a), getattr(a, "dtype", None)) for a in args]
        for k, t in tangents:
            ts[k] = t
        return self(*ts, **kwargs)

    def _refuse_keyword(self, name: str, value: Any) -> None:
        raise TypeError(
            f"{self.name} cannot be traced with {name}={shown(value)}; leave the argument out, or "
            "say the same with np.where, astype or a further step"
        )


def refuse_argument(name: str, k: int) -> NoReturn:
    """Raise where a rule is silent about an argument that is traced."""
    raise TypeError(f"{name} has no derivative in argument {k}; pass a plain number there")


def by_position(
    function: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Bring arguments that were given by name to their positions, as far as they have one.

    Raises
    ------
    TypeError
        If a traced one has no position.
    """
    try:
        signature = inspect.signature(function)
    except ValueError:  # as for ufuncs: no argument of theirs can be given by name
        return tuple(args), kwargs
    bound = signature.bind(*args, **kwargs)
    for name, value in bound.kwargs.items():
        if isinstance(value, Tracer):
            raise TypeError(f"{name_of(function)} cannot be traced in its argument {name}=")
    return bound.args, bound.kwargs


def _names(function: Callable[..., Any]) -> list[str]:
    """The names of the parameters that have one and can be given."""
    parameters = inspect.signature(function).parameters.values()
    return [p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]


class PartsRule:
    """The derivatives of a function with several outputs: a rule for each, added up like any fork.

    ``parts[j]`` holds the derivatives of output ``j``, called as ``(t, y, outputs, *args)`` with
    ``y = outputs[j]``; None if it is a constant wherever it is continuous.
    """

    __slots__ = ("function", "name", "parts")

    def __init__(self, function: Callable[..., Any], parts: Sequence[Rule | None]) -> None:
        self.function = function
        self.name = name_of(function)
        self.parts = parts

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Apply the function once, and record each output as a function of its own."""
        if kwargs and innermost(kwargs.values()) is not None:
            args, kwargs = by_position(self.function, args, kwargs)
        top = innermost(args)
        if top is None:
            return self.function(*args, **kwargs)
        raw, nodes, _ = unwrap_args(args, top)
        for part in filter(None, self.parts):
            for k, _ in nodes:
                if k + 1 not in part.vjps:
                    refuse_argument(self.name, k)
        outputs = self(*raw, **kwargs)
        return bundle(outputs, top.record_outputs(self, outputs, raw, kwargs, nodes))


def bundle(outputs: Any, items: Sequence[Any]) -> Any:
    """Return ``items`` in a tuple, named like ``outputs``."""
    return type(outputs)(*items) if hasattr(outputs, "_fields") else tuple(items)


def innermost(args: Iterable[Any]) -> Trace | None:
    """Return the trace with the highest level among ``args``, or None."""
    top: Trace | None = None
    for a in args:
        if isinstance(a, Tracer) and (top is None or a._trace.level > top.level):
            top = a._trace
    return top


def unwrap_args(args: Sequence[Any], top: Trace) -> tuple[list[Any], list[tuple[int, Any]], bool]:
    """Return the arguments as the next outer trace sees them, and the nodes of those of ``top``.

    And whether there are tracers among them still.
    """
    raw, nodes, nested = [], [], False
    for k, a in enumerate(args):
        if isinstance(a, Tracer):
            if a._trace is top:
                nodes.append((k, a.node))
                a = a.value
                nested = nested or isinstance(a, Tracer)
            else:
                a, nested = a.twin(), True
        elif type(a) is list:
            a = np.asarray(a)
        raw.append(a)
    return raw, nodes, nested


def name_of(function: Callable[..., Any]) -> str:
    """Return how a reader writes ``function``: ``np.exp``, ``np.linalg.solve``."""
    name: str = getattr(function, "__name__", repr(function))
    if isinstance(function, np.ufunc):
        return f"np.{name}" if getattr(np, name, None) is function else name
    module = getattr(function, "__module__", None) or "numpy"
    return f"{module.replace('numpy', 'np', 1)}.{name}" if module != "builtins" else name


def shown(value: Any) -> str:
    """Return how an error message names a value: an array by its shape alone."""
    value = unwrap(value)
    is_array = isinstance(value, np.ndarray) and value.ndim
    return f"<array of shape {value.shape}>" if is_array else repr(value)
