"""Adaptive quadrature: panels are halved where the integrand needs it."""

from __future__ import annotations

import warnings

import numpy as np

from calcml.quadrature.integrand import Integrand, finite, interval, values
from calcml.typing import RealArray
from calcml.validation import real_number

_EPS = float(np.finfo(float).eps)


def adaptive_simpson(
    f: Integrand,
    a: float,
    b: float,
    *,
    atol: float = 1e-10,
    rtol: float = 1e-10,
    max_evaluations: int = 200_000,
) -> tuple[float, float, int]:
    r"""Integrate to a tolerance by halving the panels whose error is too large.

    On each panel Simpson's rule with one step, :math:`S_1`, and with two, :math:`S_2`, are
    compared.  For smooth ``f``, :math:`I - S_2 \approx (S_2 - S_1)/15`, which corrects the value;
    the reported error is the uncorrected :math:`\sum |S_2 - S_1|`.  Where halving did not reduce
    that difference about 32-fold, ``f`` is not smooth and the panel is charged five times the
    larger of it and the third difference.  All panels of a generation are evaluated in one call.

    Parameters
    ----------
    f, a, b
        As in `riemann`.
    atol, rtol : float
        Stop when the error estimate is at most ``max(atol, rtol * |value|)``.
    max_evaluations : int
        Give up, with a warning, beyond this number of evaluations of ``f``.

    Returns
    -------
    value, error, nfev : float, float, int
        The integral, an estimate that its error does not exceed, and the number of points at which
        ``f`` was evaluated.

    Raises
    ------
    ValueError
        As in `riemann`, and for tolerances that are negative or both zero.

    Warns
    -----
    RuntimeWarning
        If the tolerance was not reached; ``error`` then says what was.

    Notes
    -----
    No finite set of points sees a spike that lies between them: the first generation has 16 panels
    (65 points), and what all of those miss is missed.  At a jump or a kink the panels shrink to the
    spacing of floating-point numbers; what is left there is charged to ``error``.

    References
    ----------
    J. N. Lyness, *J. ACM* 16 (1969), 483-495; W. Gander and W. Gautschi, *BIT* 40 (2000), 84-101.

    Examples
    --------
    >>> value, error, nfev = adaptive_simpson(np.exp, 0.0, 1.0)
    >>> bool(abs(value - (np.e - 1)) <= error <= 1e-9)
    True
    """
    atol, rtol = real_number("atol", atol), real_number("rtol", rtol)
    if not (atol >= 0 and rtol >= 0 and max(atol, rtol) > 0):
        raise ValueError(f"atol and rtol must be >= 0 and not both 0, got {atol}, {rtol}")
    low, width = interval(a, b)
    if width == 0:
        return 0.0, 0.0, 0
    sign, low, width = (1.0, low, width) if width > 0 else (-1.0, low + width, -width)
    with np.errstate(over="ignore", invalid="ignore"):
        panels = _Panels(f, low, low + width)
        goal = max(atol, rtol * abs(panels.value))
        while panels.error > goal and panels.nfev < max_evaluations and panels.refine(goal):
            goal = max(atol, rtol * abs(panels.value))
    finite(panels.value + panels.error)
    if panels.error > goal:
        warnings.warn(
            f"adaptive_simpson stopped after {panels.nfev} evaluations with error estimate"
            f" {panels.error:.3g}; split the interval where f is not smooth, loosen atol or rtol,"
            " or raise max_evaluations",
            RuntimeWarning,
            stacklevel=2,
        )
    return sign * panels.value, panels.error, panels.nfev


class _Panels:
    """The panels of an adaptive rule: ends, five values and an error each, and what is settled."""

    def __init__(self, f: Integrand, a: float, b: float, start: int = 16) -> None:
        self.f, self.total = f, b - a
        x = np.linspace(a, b, 2 * start + 1)
        y = values(f, x)
        self.nfev = x.size
        self.left, self.right = x[0:-1:2], x[2::2]
        self.done_value = self.done_error = 0.0
        # The points at hand already are the five points of panels of twice the width.
        pairs = [y[k : y.size - 4 + k : 4] for k in range(5)]
        parents = _differences(*pairs) * (b - a) / (6 * start)
        self._fill(y[0:-1:2], y[1::2], y[2::2], np.repeat(parents, 2, axis=1))

    def _fill(self, y0: RealArray, y2: RealArray, y4: RealArray, parents: RealArray) -> None:
        """Evaluate the quarter points of every active panel; apply both rules; judge the error."""
        quarter = (self.right - self.left) / 4
        if self.left.size:
            at = np.concatenate([self.left + quarter, self.right - quarter])
            y1, y3 = np.split(values(self.f, at), 2)
            self.nfev += at.size
        else:
            y1 = y3 = y0
        self.y = np.stack([y0, y1, y2, y3, y4])
        fine = quarter / 3 * (y0 + 4 * y1 + 2 * y2 + 4 * y3 + y4)
        coarse = quarter * 2 / 3 * (y0 + 4 * y2 + y4)
        self.values = fine + (fine - coarse) / 15
        # Roundoff in the five values limits what a difference of the two rules can show.
        self.floor = 2 * _EPS * quarter * np.sum(np.abs(self.y), axis=0)
        self.differences = quarter / 3 * _differences(*self.y)  # the first row is |fine - coarse|
        self.errors = _judged(self.differences, parents, self.floor) + self.floor
        self.value = self.done_value + float(np.sum(self.values))
        self.error = self.done_error + float(np.sum(self.errors))

    def refine(self, tolerance: float) -> bool:
        """Settle the panels that are good enough, halve the others; False if none can be halved."""
        width = self.right - self.left
        small = self.errors <= 0.5 * tolerance * width / self.total
        tiny = np.maximum(np.abs(self.left), np.abs(self.right)) * 8 * _EPS
        stuck = (width <= np.maximum(tiny, 1e-300)) & ~small
        # Between the ends of such a panel f may jump: any value between its extremes is possible.
        spread = np.ptp(self.y, axis=0) * width
        self.errors = np.where(stuck, np.maximum(self.errors, spread), self.errors)
        split = ~(small | stuck | (self.errors <= 2 * self.floor))
        self.done_value += float(np.sum(self.values[~split]))
        self.done_error += float(np.sum(self.errors[~split]))
        y, middle = self.y[:, split], (self.left + width / 2)[split]
        self.left, self.right = (
            np.concatenate([self.left[split], middle]),
            np.concatenate([middle, self.right[split]]),
        )
        first, second, third = (np.concatenate([y[k], y[k + 2]]) for k in range(3))
        self._fill(first, second, third, np.tile(self.differences[:, split], 2))
        return bool(np.any(split))


def _differences(
    y0: RealArray, y1: RealArray, y2: RealArray, y3: RealArray, y4: RealArray
) -> RealArray:
    """Return the sizes of the fourth and the third central difference of five values."""
    return np.abs([y0 - 4 * y1 + 6 * y2 - 4 * y3 + y4, y4 - 2 * y3 + 2 * y1 - y0])


def _judged(now: RealArray, parent: RealArray, floor: RealArray) -> RealArray:
    """Estimate the error of each panel from its differences and those of the panel it came from.

    Where ``f`` is smooth, halving a panel divides the change ``|S_2 - S_1|`` by about 32 and the
    third difference (times the width) by about 16; then the change overestimates the error of the
    extrapolated value.  Elsewhere the change may vanish by accident, but not together with the
    third difference, and five times the larger covers jumps, kinks and square roots.
    """
    ratio = now * np.array([[32.0], [16.0]])
    scaled = (ratio >= parent / 2) & (ratio <= 2 * parent)
    nothing = (now <= 8 * floor) & (parent <= 64 * floor)
    # Of a polynomial up to degree 3 the change is roundoff: then the third difference tells.
    smooth = (scaled[0] | nothing[0]) & (scaled[1] | (nothing[0] & nothing[1]))
    errors: RealArray = np.where(smooth, now[0], 5 * np.max(now, axis=0))
    return errors
