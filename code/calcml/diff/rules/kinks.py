"""Where functions have kinks and jumps: what a Taylor polynomial cannot cross.

First derivatives at a kink follow conventions (:mod:`calcml.diff.rules`); a series there would be
one of a function that does not exist. Each entry returns arrays that are 0 at the kinks, and whose
series there says whether the argument moves.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from calcml.diff.core import unwrap
from calcml.diff.rules.registry import KINKS
from calcml.diff.rules.scalar import positive_part
from calcml.diff.rules.statistics import rows_along
from calcml.typing import Array


def _at_integers(x: Array) -> list[Array]:
    return [x - np.rint(unwrap(x))]


def _at_integers_but_zero(x: Array) -> list[Array]:
    nearest = np.rint(unwrap(x))
    return [np.where(nearest == 0, 1, x - nearest)]


def _between_integers(x: Array, decimals: int = 0) -> list[Array]:
    x = x * 10.0**decimals
    return [x - (np.floor(unwrap(x)) + 0.5)]


def _both_zero(a: Array, b: Array) -> list[Array]:
    both = np.equal(unwrap(a), 0) & np.equal(unwrap(b), 0)
    return [np.where(both, a, 1), np.where(both, b, 1)]


def _on_the_cut(y: Array, x: Array) -> list[Array]:
    return [np.where((unwrap(y) == 0) & np.less(unwrap(x), 0), y, 1)]


def _ties(x: Array, y: Array, axis: Any) -> list[Array]:
    """How far the entries of ``x`` are from the first of those that equal the extreme ``y``."""
    rows = rows_along(x, axis)
    first = np.argmax(unwrap(rows) == np.reshape(y, (*rows.shape[:-1], 1)), -1, keepdims=True)
    return [rows - np.take_along_axis(rows, first, -1)]


KINKS.update(dict.fromkeys([np.absolute, np.fabs, np.copysign], lambda x, *_: [x]))
KINKS[positive_part] = lambda x: [x]
KINKS.update(dict.fromkeys([np.maximum, np.minimum, np.fmax, np.fmin], lambda a, b: [a - b]))
KINKS[np.hypot] = _both_zero
KINKS[np.max] = lambda x, axis=None, **_: _ties(x, np.max(unwrap(x), axis), axis)
KINKS[np.min] = lambda x, axis=None, **_: _ties(x, np.min(unwrap(x), axis), axis)

KINKS[np.arctan2] = _on_the_cut
KINKS.update(dict.fromkeys([np.sign, np.heaviside, np.angle], lambda x, *_: [x]))
KINKS.update(dict.fromkeys([np.floor, np.ceil], _at_integers))
KINKS.update(dict.fromkeys([np.trunc, np.fix, np.modf], _at_integers_but_zero))
KINKS.update(dict.fromkeys([np.rint, np.round, np.around], _between_integers))
KINKS.update(
    dict.fromkeys([np.remainder, np.floor_divide, np.divmod], lambda a, b: _at_integers(a / b))
)
KINKS[np.fmod] = lambda a, b: _at_integers_but_zero(a / b)
KINKS[np.frexp] = lambda x: [
    np.where(np.isin(np.frexp(unwrap(x))[0], [-0.5, 0, 0.5]), x - unwrap(x), 1)
]
