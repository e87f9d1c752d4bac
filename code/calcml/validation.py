"""Checks of the arguments that a caller passes."""

from __future__ import annotations

from typing import Any

import numpy as np


def real_number(name: str, value: Any) -> float:
    """Return a real number as a float.

    Raises
    ------
    TypeError
        If it is none: an array with axes, a text, a complex number.
    """
    if np.ndim(value) != 0 or np.asarray(value).dtype.kind not in "fiub":
        raise TypeError(f"{name} must be a real number, got {value!r}")
    return float(value)


def count(name: str, n: Any, least: int) -> int:
    """Return a whole number as an int.

    Raises
    ------
    ValueError
        If it is not an integer of at least ``least``.
    """
    whole = np.ndim(n) == 0 and np.asarray(n).dtype.kind in "iu"
    if not whole or n < least:
        raise ValueError(f"{name} must be an integer >= {least}, got {n!r}")
    return int(n)


def generator(rng: Any) -> None:
    """Make sure that ``rng`` is a generator of random numbers.

    Raises
    ------
    TypeError
        If it is not.
    """
    if not isinstance(rng, np.random.Generator):
        raise TypeError(
            f"rng must be a numpy.random.Generator, got {type(rng).__name__}; pass "
            "np.random.default_rng(seed)"
        )
