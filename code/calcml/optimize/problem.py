"""The function to minimize, with its derivatives and an exact count of its evaluations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from calcml import diff
from calcml.typing import FloatArray

__all__ = ["Counted", "Objective", "Stop", "jacobian", "start"]


class Stop(Exception):
    """A method cannot go on; carries the status and the message of its result."""

    def __init__(self, status: str, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


def start(x0: ArrayLike) -> FloatArray:
    """Return a float64 copy of the starting point.

    Raises
    ------
    TypeError
        If ``x0`` is not made of real numbers.
    ValueError
        If it is empty or not finite.

    Examples
    --------
    >>> start([1, 2])
    array([1., 2.])
    """
    given = np.asarray(x0)
    if given.dtype.kind not in "fiu":
        raise TypeError(f"x0 must hold real numbers, got dtype {given.dtype}")
    if given.size == 0:
        raise ValueError(f"x0 must hold at least one number, got shape {given.shape}")
    if not np.isfinite(given).all():
        raise ValueError("x0 must be finite; choose a starting point where f is defined")
    return given.astype(np.float64)


class Counted:
    """A user's function, counted, called with arrays of one shape that it must not change."""

    def __init__(self, function: Callable[..., Any], name: str, shape: tuple[int, ...]) -> None:
        if not callable(function):
            raise TypeError(f"{name} must be a function, got {type(function).__name__}")
        self.function, self.name, self.shape, self.calls = function, name, shape, 0

    def __call__(self, x: Any, *args: Any) -> Any:
        self.calls += 1
        return self.function(x, *args)

    def at(self, x: FloatArray, *args: FloatArray) -> Any:
        """Call it at the flat vector ``x``."""
        return self(self.point(x), *(a.reshape(self.shape) for a in args))

    def point(self, x: FloatArray) -> FloatArray:
        """Return ``x`` in the shape of x0, read-only."""
        point = x.reshape(self.shape)
        if point is x:
            point = x.view()
        point.flags.writeable = False
        return point


class Objective:
    """A scalar function f of a vector with its derivatives, by default those of `calcml.diff`.

    Arguments and gradients are flat here; the user's functions see the shape of ``x0``.

    Parameters
    ----------
    f : callable
        Scalar function of an array shaped like x0.
    x0 : ndarray
    grad : callable, optional
        ``x -> gradient`` shaped like x0.
    hess : callable, optional
        ``x -> Hessian`` of shape ``x0.shape + x0.shape``, or (n, n).
    hvp : callable, optional
        ``(x, v) -> Hessian times v``, all shaped like x0.
    """

    def __init__(
        self,
        f: Callable[[FloatArray], Any],
        x0: FloatArray,
        grad: Callable[[FloatArray], ArrayLike] | None = None,
        hess: Callable[[FloatArray], ArrayLike] | None = None,
        hvp: Callable[[FloatArray, FloatArray], ArrayLike] | None = None,
    ) -> None:
        self.n, shape = x0.size, x0.shape
        self.f = Counted(f, "f", shape)
        self.gradient = None if grad is None else Counted(grad, "grad", shape)
        self.second = None if hess is None else Counted(hess, "hess", shape)
        self.product = None if hvp is None else Counted(hvp, "hvp", shape)
        self.njev, self.nhev = 0, 0

    @property
    def nfev(self) -> int:
        """How often f has been called."""
        return self.f.calls

    def value(self, x: FloatArray) -> float:
        """Return f(x)."""
        with np.errstate(all="ignore"):  # what is not finite is found and reported by the caller
            return float(self._scalar(self.f.point(x)))

    def value_and_grad(self, x: FloatArray) -> tuple[float, FloatArray]:
        """Return f(x) and its gradient, flat."""
        self.njev += 1
        with np.errstate(all="ignore"), _remedy("grad", self.gradient):
            if self.gradient is None:
                value, gradient = diff.value_and_grad(self._scalar)(self.f.point(x))
            else:
                value, gradient = self._scalar(self.f.point(x)), self.gradient.at(x)
        return float(value), self._shaped(gradient, "grad", (self.n,))

    def hess(self, x: FloatArray) -> FloatArray:
        """Return the Hessian, of shape (n, n), symmetric."""
        self.nhev += 1
        with np.errstate(all="ignore"), _remedy("hess", self.second):
            if self.second is None:
                matrix = diff.hessian(self._scalar)(self.f.point(x))
            else:
                matrix = self.second.at(x)
        H = self._shaped(matrix, "hess", (self.n, self.n))
        return 0.5 * (H + H.T)

    def hvp(self, x: FloatArray, v: FloatArray) -> FloatArray:
        """Return the Hessian at x times v."""
        self.nhev += 1
        with np.errstate(all="ignore"), _remedy("hvp", self.product or self.second):
            if self.product is not None:
                out = self.product.at(x, v)
            elif self.second is not None:
                out = self._shaped(self.second.at(x), "hess", (self.n, self.n)) @ v
            else:
                point = self.f.point(x)
                out = diff.hvp(self._scalar, point, v.reshape(self.f.shape))
        return self._shaped(out, "hvp", (self.n,))

    def _scalar(self, x: Any) -> Any:
        """Call f and insist on a real scalar; ``x`` may be traced."""
        value = self.f(x)
        if isinstance(value, list | tuple | dict) or value is None or np.ndim(value) != 0:
            raise TypeError(
                f"f must return a scalar, got {_describe(value)}; sum it up, or minimize half the "
                "sum of squares of a residual vector with levenberg_marquardt"
            )
        if np.result_type(value).kind not in "fiub":
            raise TypeError(f"f must return a real number, got {_describe(value)}")
        return value

    def _shaped(self, value: Any, name: str, shape: tuple[int, ...]) -> FloatArray:
        array = np.asarray(value, dtype=np.float64)
        if array.size != np.prod(shape):
            raise ValueError(
                f"{name} must return {' x '.join(map(str, shape))} numbers for x0 of shape "
                f"{self.f.shape}, got shape {array.shape}"
            )
        return array.reshape(shape)


@contextmanager
def _remedy(name: str, given: Counted | None) -> Iterator[None]:
    """Name the argument that helps where f cannot be traced and no derivative was given."""
    try:
        yield
    except TypeError as error:
        if given is not None or "traced" not in str(error):
            raise
        raise TypeError(f"f cannot be traced; rewrite it, or pass {name}=. {error}") from error


def jacobian(f: Callable[[Any], Any], n: int, m: int) -> Callable[[Any], Any]:
    """The Jacobian of f, m outputs by n inputs, in one call of f where forward mode can do that."""
    return diff.jacobian(f, mode="fwd" if n <= max(m, 64) else "rev")


def _describe(value: Any) -> str:
    if hasattr(value, "shape"):
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    return type(value).__name__
