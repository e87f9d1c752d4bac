"""Functions without a derivative of their own: they act on plain values, and are constants.

Either they return integers, truth values or shapes, or they are steps, whose derivative is zero
wherever there is one. Nothing is recorded for them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from calcml.diff.core import corner, name_of, unwrap
from calcml.diff.rules.registry import KINKS

CONSTANT: frozenset[Callable[..., Any]] = frozenset(
    {
        # Comparisons, logic, tests.
        *(np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal),
        *(np.logical_and, np.logical_or, np.logical_not, np.logical_xor, np.isfinite, np.isinf),
        *(np.isnan, np.signbit, np.isclose, np.allclose, np.array_equal, np.array_equiv, np.any),
        *(np.all, np.iscomplexobj, np.isrealobj, np.isreal, np.iscomplex, np.isneginf),
        *(np.isposinf, np.isin, np.may_share_memory, np.shares_memory),
        # Steps.
        *(np.sign, np.floor, np.ceil, np.trunc, np.rint, np.round, np.around, np.fix),
        *(np.heaviside, np.floor_divide, np.spacing, np.linalg.matrix_rank, np.angle),
        # Places and counts.
        *(np.argmax, np.argmin, np.argsort, np.nanargmax, np.nanargmin, np.argwhere),
        *(np.argpartition, np.nonzero, np.flatnonzero, np.count_nonzero, np.searchsorted),
        *(np.digitize, np.lexsort),
        # Shapes, types, and arrays made to measure.
        *(np.shape, np.ndim, np.size, np.result_type, np.min_scalar_type, np.common_type),
        *(np.zeros_like, np.ones_like, np.empty_like, np.can_cast),
        # Text.
        *(np.array_repr, np.array_str, np.array2string),
    }
)


def evaluate(function: Callable[..., Any], args: Any, kwargs: dict[str, Any]) -> Any:
    """Call ``function`` on what the tracers among its arguments stand for."""
    if function in KINKS:
        corner(name_of(function), KINKS[function], *args, **kwargs)
    return function(*map(unwrap, args), **{name: unwrap(value) for name, value in kwargs.items()})
