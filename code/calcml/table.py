"""The table of rules, and the ways to enter one.

It maps a NumPy function to its :class:`~calcml.core.Rule`; :mod:`calcml.rules` fills it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from calcml.core import Derivative, Rule

#: The table: NumPy function → rule.
RULES: dict[Callable[..., Any], Any] = {}

#: NumPy function → the same function, written in functions that have rules.
REWRITES: dict[Callable[..., Any], Callable[..., Any]] = {}


def define(
    function: Callable[..., Any],
    jvps: Mapping[int, Derivative] | Derivative,
    vjps: Mapping[int, Derivative] | Derivative,
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
    >>> from calcml.rules import define
    >>> texpm = define(expm, lambda t, y, A: expm_frechet(A, t, compute_expm=False),
    ...                lambda g, y, A: expm_frechet(A.T, g, compute_expm=False))
    >>> grad(lambda A: np.trace(texpm(A)))(np.zeros((2, 2)))
    array([[1., 0.],
           [0., 1.]])
    """
    rule = Rule(
        function,
        dict(jvps) if isinstance(jvps, Mapping) else {0: jvps},
        dict(vjps) if isinstance(vjps, Mapping) else {0: vjps},
    )
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


def rewrites(*functions: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Enter the decorated function as what NumPy's ``functions`` do to tracers.

    It has their signature, and is written in terms of functions that have rules.
    """

    def enter(rewritten: Callable[..., Any]) -> Callable[..., Any]:
        REWRITES.update(dict.fromkeys(functions, rewritten))
        return rewritten

    return enter
