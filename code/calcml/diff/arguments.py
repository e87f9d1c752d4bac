"""What the operators do with the arguments of the function they are given, and with its value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import index
from typing import Any, TypeGuard

import numpy as np

from calcml.typing import Array

Argnums = int | Sequence[int]


def is_one(argnums: Argnums) -> TypeGuard[int]:
    """Whether one argument is meant, and not a sequence of them."""
    return isinstance(argnums, int | np.integer)


def restrict(
    f: Callable[..., Any], argnums: Argnums, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Callable[..., Any], tuple[Any, ...], list[int]]:
    """Return ``f`` as a function of the chosen arguments alone, those arguments, and their places.

    Raises
    ------
    TypeError
        If ``argnums`` is neither an integer nor a sequence of integers.
    ValueError
        If ``argnums`` names an argument that is not there, or one twice.
    """
    if type(argnums) is int and argnums == 0 and len(args) == 1 and not kwargs:
        return f, args, [0]  # the usual case, at once
    numbers = (argnums,) if is_one(argnums) else argnums
    if isinstance(numbers, str) or not isinstance(numbers, Sequence | np.ndarray):
        raise TypeError(f"argnums must be an integer or a sequence of them; got {argnums!r}")
    for k in numbers:
        if not -len(args) <= k < len(args):
            raise ValueError(
                f"argnums={argnums} names argument {k}, but f was called with {len(args)} "
                "positional arguments"
            )
    places = [index(k) % len(args) for k in numbers]
    if len(set(places)) < len(places):
        raise ValueError(f"argnums={argnums} names an argument twice")
    if not kwargs and places == list(range(len(args))):
        return f, args, places

    def restricted(*chosen: Any) -> Any:
        full = list(args)
        for k, x in zip(places, chosen, strict=True):
            full[k] = x
        return f(*full, **kwargs)

    return restricted, tuple(args[k] for k in places), places


def check_scalar(y: Any, name: str) -> None:
    """Make sure that a function of which ``name`` was asked returned a real number.

    Raises
    ------
    TypeError
        If it did not.
    """
    kind = getattr(y, "dtype", None)
    if kind is None and isinstance(y, float | int) and not isinstance(y, bool):
        return
    if kind is None or y.ndim:
        what = f"an array of shape {y.shape}" if kind is not None else type(y).__name__
        raise TypeError(
            f"{name} needs a scalar function; f returned {what}; sum it up, or use jacobian"
        )
    if kind.kind not in "fiu":
        raise TypeError(f"{name} needs a real function; f returned {kind}")


def one_like(y: Any) -> Array:
    """Return 1 in the type of ``y``."""
    return y.dtype.type(1) if hasattr(y, "dtype") else 1.0
