"""Derivatives by numbers: difference quotients, their extrapolation, and the complex step."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import isfinite
from typing import Any, Literal

import numpy as np

from calcml.typing import Array

__all__ = ["complex_step", "extrapolate", "finite_difference", "richardson"]

EPS = float(np.finfo(float).eps)


#: Offsets (in steps) and weights (over the step) of difference quotients, with their order.
SCHEMES: dict[str, tuple[tuple[tuple[float, float], ...], int]] = {
    "forward": (((0.0, -1.0), (1.0, 1.0)), 1),
    "backward": (((-1.0, -1.0), (0.0, 1.0)), 1),
    "central": (((-1.0, -0.5), (1.0, 0.5)), 2),
}


def finite_difference(
    f: Callable[[Any], Any],
    x: Array,
    *,
    h: float | None = None,
    scheme: Literal["forward", "backward", "central"] = "central",
) -> Array:
    """Approximate the derivative by a difference quotient, one coordinate at a time.

    Central: ``(f(x + h eⱼ) - f(x - h eⱼ)) / 2h``, error ``h² f'''/6`` and rounding ``u |f| / h``;
    forward: ``(f(x + h eⱼ) - f(x)) / h``, error ``h f''/2`` and rounding ``2u |f| / h``.

    Parameters
    ----------
    f
        A function of an array, with a number or an array as value.
    x
        Where: a number, or an array of any shape.
    h
        The step. By default ``u^(1/3) max(|xⱼ|, 1)`` for central and ``u^(1/2) max(|xⱼ|, 1)`` for
        one-sided differences, with ``u`` the rounding unit: near the best for well-scaled ``f``
        (Nocedal & Wright, *Numerical Optimization*, 2006, sec. 8.1).
    scheme
        ``"central"`` (order 2), ``"forward"`` or ``"backward"`` (order 1).

    Returns
    -------
    ndarray or float
        Of shape ``f(x).shape + x.shape``. Cost: two evaluations of ``f`` a coordinate, for
        one-sided differences one and one more.

    Raises
    ------
    ValueError
        If ``h`` is not positive and finite, or the scheme is unknown.

    Examples
    --------
    >>> round(float(finite_difference(np.exp, 0.0)), 9)
    1.0
    >>> finite_difference(lambda x: x**2, 3.0, h=0.5, scheme="forward")
    np.float64(6.5)
    """
    if scheme not in SCHEMES:
        raise ValueError(f"scheme must be 'forward', 'backward' or 'central'; got {scheme!r}")
    if h is not None and not (h > 0 and isfinite(h)):
        raise ValueError(f"h must be positive and finite; got {h}")
    center = np.asarray(x, dtype=float)
    order = SCHEMES[scheme][1]
    steps = EPS ** (1 / (order + 1)) * _scale(center) if h is None else np.full(center.shape, h)
    return _difference(f, center, steps, scheme)


def _scale(x: Array) -> Array:
    """The size of each coordinate, but at least 1."""
    return np.maximum(np.abs(x), 1.0)


def _difference(f: Callable[[Any], Any], center: Array, steps: Array, scheme: str) -> Array:
    """Difference quotients with a step for each coordinate."""
    stencil = SCHEMES[scheme][0]
    here = None if scheme == "central" else np.asarray(f(center.copy()[()]))
    columns = []
    for j in range(center.size):
        columns.append(_quotient(f, center, here, j, steps.flat[j], stencil))
    if not columns:
        return np.zeros(np.shape(f(center)) + center.shape)
    jacobian = np.stack(columns, axis=-1)
    return jacobian.reshape(jacobian.shape[:-1] + center.shape)[()]


def _quotient(
    f: Callable[[Any], Any],
    x: Array,
    here: Array | None,
    j: int,
    h: float,
    stencil: tuple[tuple[float, float], ...],
) -> Array:
    """One difference quotient; divided by the step that was really taken, after rounding."""
    places, values = [], []
    for offset, weight in stencil:
        near = x.copy()
        near.flat[j] += offset * h
        places.append(near.flat[j])
        value = here if offset == 0 and here is not None else np.asarray(f(near[()]), dtype=float)
        values.append(np.sign(weight) * value)
    return (values[0] + values[1]) / (places[1] - places[0])


def richardson(f: Callable[[Any], Any], x: Array, *, levels: int = 4, h: float = 0.1) -> Array:
    """Extrapolate central differences to step zero.

    The error of the central difference is a series in ``h²``, so that halving the step and taking
    ``(4ᵏ D(h/2) - D(h)) / (4ᵏ - 1)`` removes one term after the other: order ``2·levels``
    (Richardson 1911; Ridders 1982).

    Parameters
    ----------
    f
        A smooth function of an array, with a number or an array as value.
    x
        Where.
    levels
        How many steps ``h, h/2, h/4, …`` to combine.
    h
        The largest step, times ``max(|xⱼ|, 1)``; ``f`` must be smooth within it.

    Returns
    -------
    ndarray or float
        Of shape ``f(x).shape + x.shape``. Cost: ``2·levels`` evaluations a coordinate.

    Raises
    ------
    ValueError
        If ``levels < 1`` or ``h`` is not positive and finite.

    Examples
    --------
    >>> abs(richardson(np.sin, 1.0) - np.cos(1.0)) < 1e-12
    np.True_
    """
    if levels < 1:
        raise ValueError(f"levels must be at least 1; got {levels}")
    if not (h > 0 and isfinite(h)):
        raise ValueError(f"h must be positive and finite; got {h}")
    center = np.asarray(x, dtype=float)
    steps = h * _scale(center)
    column = [_difference(f, center, steps / 2**k, "central") for k in range(levels)]
    for k in range(1, levels):
        column = [(4**k * fine - coarse) / (4**k - 1) for coarse, fine in pairwise(column)]
    return column[0]


def extrapolate(column: list[Array], ratio: float) -> tuple[Array, Array]:
    """Extrapolate central differences to step zero, with an estimate of the error.

    ``column`` holds arrays of one shape, computed with steps of which each is ``ratio`` times the
    one before. Neville's scheme in ``h²`` removes one term of their error after the other; entry by
    entry the value is taken whose difference to those that it is made of, the estimate, is least
    (Ridders 1982).

    Returns
    -------
    value, error : ndarray
        Both shaped like the entries of ``column``.
    """
    best, error = column[0], np.full(np.shape(column[0]), np.inf)
    for k in range(1, len(column)):
        finer = [(b - ratio ** (2 * k) * a) / (1 - ratio ** (2 * k)) for a, b in pairwise(column)]
        for i, value in enumerate(finer):
            estimate = np.maximum(abs(value - column[i]), abs(value - column[i + 1]))
            better = estimate < error
            best, error = np.where(better, value, best), np.where(better, estimate, error)
        column = finer
    return best, error


def complex_step(f: Callable[[Any], Any], x: Array, *, h: float = 1e-200) -> Array:
    """Differentiate by a step in the imaginary direction, ``f'(x) ≈ Im f(x + ih) / h``.

    No difference is taken, so nothing cancels: the error ``h² f'''/6`` is below rounding for any
    tiny ``h`` (Squire & Trapp, "Using complex variables to estimate derivatives of real functions",
    1998).

    Parameters
    ----------
    f
        A real-analytic function of an array that also takes complex numbers: no ``abs``, no
        comparisons, no ``.real``.
    x
        Where: a number, or an array of any shape.
    h
        The step.

    Returns
    -------
    ndarray or float
        Of shape ``f(x).shape + x.shape``. Cost: one complex evaluation a coordinate.

    Raises
    ------
    TypeError
        If ``f`` returns a real value for a complex argument: it lost the imaginary part.
    ValueError
        If ``h`` is not positive and finite.

    Examples
    --------
    The example of Squire and Trapp:

    >>> f = lambda x: np.exp(x) / (np.sin(x) ** 3 + np.cos(x) ** 3)
    >>> print(f"{complex_step(f, 1.5):.12f}")
    3.622033700716
    """
    if not (h > 0 and isfinite(h)):
        raise ValueError(f"h must be positive and finite; got {h}")
    center = np.asarray(x, dtype=float)
    columns = []
    for j in range(center.size):
        shifted = center.astype(complex)
        shifted.flat[j] += 1j * h
        value = np.asarray(f(shifted[()]))
        if value.dtype.kind != "c":
            raise TypeError(
                f"f must return a complex value for a complex argument; got {value.dtype}; it "
                "drops the imaginary part (abs, comparison, real), so use finite_difference"
            )
        columns.append(value.imag / h)
    if not columns:
        return np.zeros(np.shape(f(center)) + center.shape)
    jacobian = np.stack(columns, axis=-1)
    return jacobian.reshape(jacobian.shape[:-1] + center.shape)[()]
