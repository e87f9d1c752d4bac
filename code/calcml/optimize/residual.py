"""The residuals of a least-squares problem with their Jacobian, counted, and the stopping tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from calcml.optimize.problem import Counted, jacobian
from calcml.typing import FloatArray

__all__ = ["Linearization", "Residual"]


@dataclass(frozen=True)
class Linearization:
    """The linear model r + J p at a point."""

    x: FloatArray
    r: FloatArray
    J: FloatArray

    @cached_property
    def scale(self) -> FloatArray:
        """Norms of the columns of J, 1 where a column is zero."""
        peak = np.abs(self.J).max(axis=0)
        peak = np.where(peak > 0, peak, 1.0)  # squares must not underflow
        norms = peak * np.linalg.norm(self.J / peak, axis=0)
        return np.where(norms > 0, norms, 1.0)

    @cached_property
    def newton(self) -> FloatArray:
        """The shortest Gauss-Newton step, in the metric of `scale`."""
        step = np.linalg.lstsq(self.J / self.scale, -self.r, rcond=None)[0] / self.scale
        return np.asarray(step, dtype=np.float64)

    def test(self, gtol: float, xtol: float) -> str:
        """Say which stopping test holds, or nothing."""
        size = float(np.linalg.norm(self.r))
        if size == 0:
            return "all residuals are zero"
        cosine = float(np.abs((self.J / self.scale).T @ (self.r / size)).max())
        if cosine <= gtol:
            return f"the residual is orthogonal to the model: cosine {cosine:.1e} <= {gtol = :g}"
        move = np.linalg.norm(self.scale * self.newton)
        if move <= xtol * np.linalg.norm(self.scale * self.x):
            return f"the Gauss-Newton step is smaller than {xtol = :g} times x"
        return ""


class Residual:
    """A residual function with its Jacobian, counted; the least-squares kin of `Objective`."""

    def __init__(
        self,
        residual: Callable[[FloatArray], Any],
        x0: FloatArray,
        jac: Callable[[FloatArray], ArrayLike] | None,
    ) -> None:
        self.n = x0.size
        self.f = Counted(residual, "residual", x0.shape)
        self.user_jac = None if jac is None else Counted(jac, "jac", x0.shape)
        self.njev, self.nhev = 0, 0
        self.m: int | None = None
        self.last: tuple[FloatArray, FloatArray] | None = None  # the last point and its residuals
        self.here: Linearization | None = None

    @property
    def nfev(self) -> int:
        """How often the residual function has been called."""
        return self.f.calls

    def residual(self, x: FloatArray) -> FloatArray:
        """Return r(x), flat."""
        with np.errstate(all="ignore"):
            value = np.asarray(self.f.at(x))
        if value.dtype.kind not in "fiu" or value.size == 0:
            raise TypeError(
                "residual must return an array of real numbers, got dtype "
                f"{value.dtype} and shape {value.shape}"
            )
        r = value.astype(np.float64).ravel()
        if self.m is not None and r.size != self.m:
            raise ValueError(f"residual returned {self.m} numbers first and {r.size} now")
        self.m, self.last = r.size, (x, r)
        return r

    def value(self, x: FloatArray) -> float:
        """Return half the sum of squares."""
        r = self.residual(x)
        with np.errstate(all="ignore"):
            return 0.5 * float(r @ r)

    def linearize(self, x: FloatArray) -> Linearization:
        """Return residuals and Jacobian at x; the residuals at the last point are reused."""
        if self.here is None or self.here.x is not x:
            r = self.last[1] if self.last is not None and self.last[0] is x else self.residual(x)
            self.here = Linearization(x, r, self._jacobian(x, r.size))
        return self.here

    def _jacobian(self, x: FloatArray, m: int) -> FloatArray:
        self.njev += 1
        with np.errstate(all="ignore"):
            if self.user_jac is None:
                matrix = jacobian(self.f, self.n, m)(self.f.point(x))
            else:
                matrix = self.user_jac.at(x)
        J = np.asarray(matrix, dtype=np.float64)
        if J.size != m * self.n:
            raise ValueError(f"jac must return {m} x {self.n} numbers, got shape {J.shape}")
        return J.reshape(m, self.n)

    def value_and_grad(self, x: FloatArray) -> tuple[float, FloatArray]:
        """Return half the sum of squares and its gradient."""
        model = self.linearize(x)
        with np.errstate(all="ignore"):
            return 0.5 * float(model.r @ model.r), model.J.T @ model.r
