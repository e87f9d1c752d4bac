"""The table of rules, and the ways to enter one.

It maps a NumPy function to its :class:`~calcml.diff.core.Rule`; :mod:`calcml.diff.rules` fills it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from calcml.diff.core import Derivative, PartsRule, Rule
from calcml.typing import Array

#: The table: NumPy function → rule.
RULES: dict[Callable[..., Any], Any] = {}

#: The derivatives of one function: ``{argument: derivative}``, or that in argument 0 alone.
Derivatives = Mapping[int, Derivative] | Derivative

#: NumPy function → the same function, written in functions that have rules.
REWRITES: dict[Callable[..., Any], Callable[..., Any]] = {}

#: Function → ``gaps(*args, **kwargs)``, a list of arrays that are 0 where it has a kink or a jump.
KINKS: dict[Callable[..., Any], Callable[..., list[Array]]] = {}


def define(
    function: Callable[..., Any],
    jvps: Derivatives,
    vjps: Derivatives,
) -> Rule:
    """Enter a rule into the table, and return it: a function that can be traced.

    Parameters
    ----------
    function
        A NumPy function, or any function of arrays of your own.
    jvps, vjps
        ``{k: lambda t, y, *args: ...}`` for each differentiable argument ``k``: the derivative in
        it applied to a tangent ``t``, and its transpose applied to a cotangent ``t``; ``y`` is the
        function's value. A lone function stands for ``{0: function}``. Written in NumPy, they are
        differentiated in turn, so that second derivatives need nothing more. What a VJP does not
        use may be called by a name with an underscore in front; the tape then forgets it.

    Examples
    --------
    The matrix exponential of SciPy with its Fréchet derivative (Al-Mohy & Higham, 2009):

    >>> import numpy as np
    >>> from scipy.linalg import expm, expm_frechet
    >>> from calcml.diff import grad
    >>> from calcml.diff.rules import define
    >>> texpm = define(expm, lambda t, y, A: expm_frechet(A, t, compute_expm=False),
    ...                lambda g, y, A: expm_frechet(A.T, g, compute_expm=False))
    >>> grad(lambda A: np.trace(texpm(A)))(np.zeros((2, 2)))
    array([[1., 0.],
           [0., 1.]])
    """
    rule = Rule(function, _by_argument(jvps), _by_argument(vjps))
    RULES[function] = rule
    return rule


def _by_argument(derivatives: Derivatives) -> dict[int, Derivative]:
    return dict(derivatives) if isinstance(derivatives, Mapping) else {0: derivatives}


def define_outputs(
    function: Callable[..., Any],
    *parts: tuple[Derivatives, Derivatives] | None,
    elementwise: bool = False,
) -> PartsRule:
    """Enter a rule for a function that returns a tuple, and return it.

    Parameters
    ----------
    function
        A NumPy function, or any function of arrays of your own, that returns a tuple or a named
        tuple of arrays.
    *parts
        For each output ``(jvps, vjps)``, as for :func:`define`, but called as
        ``(t, y, outputs, *args)``: ``y`` is this output, and ``outputs`` holds all of them. None
        for an output that is constant wherever it is continuous: it stays a plain array.
    elementwise
        Whether the derivatives act entry by entry, as for :func:`elementwise`; then the same one
        serves as JVP and as VJP.

    Examples
    --------
    Polar coordinates, in the order in which ``cmath.polar`` returns them:

    >>> import numpy as np
    >>> from calcml.diff import jacobian
    >>> def polar(x, y):
    ...     return np.hypot(x, y), np.arctan2(y, x)
    >>> radius = {0: lambda t, r, out, x, y: t * x / r, 1: lambda t, r, out, x, y: t * y / r}
    >>> angle = {0: lambda t, a, out, x, y: -t * y / out[0] ** 2,
    ...          1: lambda t, a, out, x, y: t * x / out[0] ** 2}
    >>> traced = define_outputs(polar, (radius, radius), (angle, angle), elementwise=True)
    >>> jacobian(traced, (0, 1))(0.0, 2.0)
    ((array(0.), array(1.)), (array(-0.5), array(0.)))

    The series is found for all outputs together, because the slope of one may mention another:

    >>> from calcml.diff.series import taylor
    >>> taylor(lambda t: traced(1.0 + t, t)[1], 0.0, 3) * 3  # of the angle, arctan(t / (1 + t))
    array([ 0.,  3., -3.,  2.])
    """
    rules = [
        Rule(
            function,
            {k + 1: jvp for k, jvp in _by_argument(part[0]).items()},
            {k + 1: vjp for k, vjp in _by_argument(part[1]).items()},
            elementwise=elementwise,
        )
        if part is not None
        else None
        for part in parts
    ]
    rule = PartsRule(function, rules)
    RULES[function] = rule
    return rule


def elementwise(function: Callable[..., Any], *partials: Derivative | None) -> Rule:
    """Enter a function that acts entry by entry, by ``partials[k] = lambda t, y, *args: t * ∂ₖf``.

    The Jacobian of such a function is diagonal, hence its own transpose: one line is both the JVP
    and the VJP. Broadcasting is undone by whoever applies the rule. ``None`` marks an argument
    without derivative.
    """
    derivatives = {k: partial for k, partial in enumerate(partials) if partial is not None}
    rule = Rule(function, derivatives, derivatives, elementwise=True)
    RULES[function] = rule
    return rule


def multilinear(function: Callable[..., Any], *vjps: Derivative) -> Rule:
    """Enter a function that is linear in each of its first arguments, by its transposes alone.

    The derivative of a linear map is the map itself: its JVP in argument ``k`` is the function
    with the tangent in place of that argument.
    """

    def put(k: int) -> Derivative:
        return lambda t, y, *args, **kw: RULES[function](*args[:k], t, *args[k + 1 :], **kw)

    places = range(len(vjps))
    rule = Rule(function, {k: put(k) for k in places}, dict(enumerate(vjps)), multilinear=True)
    RULES[function] = rule
    return rule


def linear(function: Callable[..., Any], transpose: Callable[..., Sequence[Array | None]]) -> Rule:
    """Enter a function of any number of arrays that is linear in all of them together.

    Its settings are given by name. It is its own derivative, with tangents in place of the arrays;
    ``transpose(g, y, *arrays, **settings)`` returns the cotangents of all arrays at once. So the
    derivative of a function of ``n`` arrays costs a multiple of the function that does not grow
    with ``n``.
    """
    rule = Rule(function, {}, {}, transpose=transpose)
    RULES[function] = rule
    return rule


def rewrites(*functions: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Enter the decorated function as what NumPy's ``functions`` do to tracers.

    It has their signature, and is written in terms of functions that have rules.
    """

    def enter(rewritten: Callable[..., Any]) -> Callable[..., Any]:
        REWRITES.update(dict.fromkeys(functions, rewritten))
        return rewritten

    return enter
