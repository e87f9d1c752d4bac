"""The mathematics of the book as a small library: differentiate, optimize, integrate, in NumPy.

Start with :mod:`calcml.diff`: ``grad(f)`` differentiates a function written in plain NumPy. Its
names are those of ``calcml`` too.

>>> import numpy as np
>>> import calcml
>>> calcml.grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
array([2., 4.])

How it does that is told by :mod:`calcml.diff.core` (tracer, rule, trace), :mod:`calcml.diff.rules`
(the derivative of every NumPy function), :mod:`calcml.diff.reverse` (reverse mode) and
:mod:`calcml.diff.forward` (forward mode).
"""

# ruff: noqa: F403, F405  (for type checkers; the names stand once here, in `__all__`)
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.metadata import version

    from calcml.diff import *

    __version__ = version("calculus-for-machine-learning")

__all__ = [
    "__version__",
    "check_grads",
    "curl",
    "directional_derivative",
    "divergence",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "laplacian",
    "taylor",
    "taylor_remainder_bound",
    "value_and_grad",
    "vjp",
]


def __getattr__(name: str) -> Any:
    """Read `calcml.diff` or the version when one of their names is asked for (PEP 562)."""
    if name == "__version__":
        value: Any = import_module("importlib.metadata").version("calculus-for-machine-learning")
    elif name in __all__:
        value = getattr(import_module("calcml.diff"), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
