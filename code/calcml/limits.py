"""Limits by numbers: what a function does as its argument comes near."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import isinf
from typing import Literal, NamedTuple

import numpy as np

from calcml.typing import Array

__all__ = ["LimitTable", "limit_table"]


class LimitTable(NamedTuple):
    """Arguments that approach a point, and the function's values there.

    Attributes
    ----------
    x : ndarray, shape (n,) or (2n,)
        The arguments, from far to near; from both sides, the left one first in each pair.
    y : ndarray, shape (n,) or (2n,)
        The values.
    """

    x: Array
    y: Array

    def __str__(self) -> str:
        rows = (f"{float(x)!r:>24}  {float(y)!r:>24}" for x, y in zip(self.x, self.y, strict=True))
        return "\n".join([f"{'x':>24}  {'f(x)':>24}", *rows])


def limit_table(
    f: Callable[[float], float],
    a: float,
    *,
    side: Literal["both", "left", "right"] = "both",
    ratio: float = 0.1,
    n: int = 8,
) -> LimitTable:
    """Tabulate ``f(x)`` while ``x`` approaches ``a``, at ``x = a ± ratioᵏ`` for ``k = 1 … n``.

    A table suggests a limit; it proves none. Rounding in ``f`` takes over when ``x`` is near.

    Parameters
    ----------
    f
        A function of a number; it is not evaluated at ``a``.
    a
        The point; ``±inf`` is approached along ``x = ±ratio⁻ᵏ``.
    side
        From which side.
    ratio
        Ratio of successive distances, between 0 and 1.
    n
        Number of distances.

    Returns
    -------
    LimitTable
        With fields ``x`` and ``y``; printing it shows the table. Cost: ``n`` evaluations a side.

    Raises
    ------
    ValueError
        If ``side`` is unknown, ``ratio`` is not in (0, 1), ``n < 1``, or a distance is so small
        that ``a ± distance`` rounds to ``a``.

    Examples
    --------
    >>> print(limit_table(lambda x: np.sin(x) / x, 0.0, side="right", n=3))
                           x                      f(x)
                         0.1       0.998334166468281...
                        0.01       0.999983333416666...
                       0.001       0.999999833333341...
    """
    if side not in ("both", "left", "right"):
        raise ValueError(f"side must be 'both', 'left' or 'right'; got {side!r}")
    if not 0 < ratio < 1:
        raise ValueError(f"ratio must be between 0 and 1; got {ratio}")
    if n < 1:
        raise ValueError(f"n must be at least 1; got {n}")
    # Powers of the decimal that was written, each rounded once: 0.01, the same on every machine.
    decimal = Fraction(repr(float(ratio)))
    h = np.array([float(decimal**k) for k in range(1, n + 1)])
    if isinf(a):
        x = np.copysign(1 / h, a)
    else:
        signs = {"left": [-1.0], "right": [1.0], "both": [-1.0, 1.0]}[side]
        x = (a + h[:, None] * signs).reshape(-1)
        if np.any(x == a):
            raise ValueError(
                f"n={n} with ratio={ratio} comes so near that a ± distance rounds to a={a}; use a "
                "smaller n"
            )
    return LimitTable(x, np.array([f(float(t)) for t in x]))
