"""What cannot be traced, and what to write instead."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any, NoReturn

import numpy as np

from calcml.diff.core import Tracer


def explain(error: ValueError) -> None:
    """Say what NumPy means when it complains of an array element set with a sequence."""
    if isinstance(error.__cause__, LostDerivative):
        raise TypeError(
            "in-place assignment of a traced value to an entry of a plain array, out[i] = y, would "
            "lose its derivative; collect the values in a list and build the array with np.stack"
        ) from error


class LostDerivative(TypeError):
    """A traced value was to become a plain number."""


def check_update(x: Any, y: Any) -> None:
    """Raise, as NumPy does, where the array ``x`` cannot take the values ``y`` in place."""
    if y.shape != x.shape:
        raise ValueError(
            f"in-place operation cannot give an array of shape {x.shape} the shape {y.shape}; "
            "write y = x + ... instead"
        )
    if not np.can_cast(y.dtype, x.dtype, "same_kind"):
        raise TypeError(
            f"in-place operation cannot give an array of {x.dtype} values of {y.dtype}; write "
            "y = x + ... instead"
        )
    if not x.flags.writeable:
        raise ValueError("the array is read-only; write y = x + ... instead of x += ...")
    if any(step == 0 and n > 1 for step, n in zip(x.strides, x.shape, strict=True)):
        refuse_update()  # several of its entries are one in memory


def refuse_update() -> NoReturn:
    """Refuse ``x += y`` where others see the memory of ``x``."""
    raise TypeError(
        "in-place operation on a view of a traced array, or on an array of which there are views, "
        "would change the others, which cannot be traced; write y = x + ... instead of x += ..."
    )


def refusal(message: str) -> Any:
    """Return a method that cannot be traced, and says what to write instead."""

    def refuse(self: Tracer, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError(message)

    return refuse


#: Functions of SciPy that make plain arrays of what they are given, and what to write instead.
SCIPY_REMEDIES = {
    "logsumexp": "np.logaddexp.reduce(x, axis)",
    "softmax": "np.exp(x - np.logaddexp.reduce(x, axis, keepdims=True))",
    "log_softmax": "x - np.logaddexp.reduce(x, axis, keepdims=True)",
}


def refuse_plain(self: Tracer, *args: Any, **kwargs: Any) -> NoReturn:
    """Refuse to become a plain array; if it is for a function of SciPy, name that."""
    frame: FrameType | None = sys._getframe(1)
    name = ""
    while frame is not None:
        if frame.f_globals.get("__name__", "").startswith("scipy."):
            name = frame.f_code.co_name
        elif name:
            break
        frame = frame.f_back
    if name:
        remedy = SCIPY_REMEDIES.get(name, "it with functions of NumPy, or add a rule for it")
        raise TypeError(f"{name} of SciPy cannot be traced; write {remedy}")
    raise TypeError(
        "a traced array cannot become a plain one: np.array([...]) or np.asarray(...) of traced "
        "values, and storing them in a plain array, lose the derivative; build arrays with "
        "np.stack or np.concatenate"
    )


def in_place(call: str, remedy: str) -> Any:
    """Return a method that would change the array, and says what to write instead."""
    return refusal(f"in-place {call} cannot be traced; write {remedy}")


def number(kind: str) -> Any:
    """Return a method that would make a plain number, and says what to write instead."""
    message = (
        f"{kind} of a traced array would lose its derivative; keep it as it is, use np.exp and its "
        "like instead of math.exp, and np.stack instead of storing values in a plain array"
    )

    def refuse(self: Tracer, *args: Any) -> NoReturn:
        raise LostDerivative(message)

    return refuse
