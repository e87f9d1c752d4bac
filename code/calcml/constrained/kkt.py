r"""The Lagrangian and the Karush-Kuhn-Tucker conditions.

The problem is to minimize f(x) subject to :math:`h(x) = 0` and :math:`g(x) \le 0`; its Lagrangian

.. math:: L(x, \lambda, \mu) = f(x) + \lambda^\top h(x) + \mu^\top g(x).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calcml import diff
from calcml.optimize.problem import Counted, Objective, jacobian, start
from calcml.optimize.result import Result
from calcml.typing import FloatArray

__all__ = ["ConstrainedResult", "Point", "Problem", "Scale", "kkt_residual", "lagrangian"]

TOO_LARGE = 1e5  # multipliers that outweigh the gradient of f so much are none
INFEASIBLE = "the constraints are violated by {:.2e}, and no small move lowers that"
NO_MULTIPLIERS = (
    "the multipliers grow without bound, so x is not near a KKT point: the gradients of the active "
    "constraints vanish or become dependent there"
)

Function = Callable[[FloatArray], Any]
Jacobian = Callable[[FloatArray], ArrayLike]


@dataclass(frozen=True, kw_only=True)
class ConstrainedResult(Result):
    """The outcome of a constrained minimization: a `Result` with multipliers.

    ``grad`` is the gradient of f alone; ``success`` says that the KKT conditions hold to ``tol``
    in the units of the problem (see `Problem`), which implies that ``kkt_residual`` is at most
    ``tol``, and that the multipliers do not owe it to their size. Statuses beyond those of
    `Result`: ``"infeasible"`` (the violation cannot be lowered here) and ``"no_multipliers"`` (the
    estimates grow without bound: x is not near a KKT point).

    Attributes
    ----------
    lam : ndarray, shape (number of equalities,)
        Multipliers of h(x) = 0.
    mu : ndarray, shape (number of inequalities,)
        Multipliers of g(x) <= 0, none negative. Where ``success`` is False they are the last
        estimates, and no more.
    kkt_residual : float
        `kkt_residual` at (x, lam, mu).
    """

    lam: NDArray[np.float64]
    mu: NDArray[np.float64]
    kkt_residual: float


def lagrangian(
    f: Function, equality: Function | None = None, inequality: Function | None = None
) -> Callable[..., Any]:
    r"""Return the function :math:`L(x, \lambda, \mu) = f(x) + \lambda^\top h(x) + \mu^\top g(x)`.

    Parameters
    ----------
    f : callable
        Scalar function of an array.
    equality, inequality : callable, optional
        h and g: functions of the same array that return a number, an array or a list of such.

    Returns
    -------
    callable
        ``L(x, lam=(), mu=())``, in plain NumPy, so that `calcml.diff` can differentiate it in each
        argument. It raises a ValueError if a multiplier does not fit its constraint.

    Examples
    --------
    >>> L = lagrangian(lambda x: x @ x, equality=lambda x: x[0] + x[1] - 2)
    >>> diff.grad(L)(np.array([1.0, 1.0]), np.array([-2.0]))
    array([0., 0.])
    """

    def L(x: Any, lam: Any = (), mu: Any = ()) -> Any:
        value = f(x)
        for name, constraint, weight in (("lam", equality, lam), ("mu", inequality, mu)):
            c = np.zeros(0) if constraint is None else np.ravel(stacked(constraint(x)))
            if np.size(weight) != np.size(c):
                raise ValueError(
                    f"{name} must hold one multiplier a constraint, {np.size(c)}; got "
                    f"{np.size(weight)}"
                )
            if np.size(c):
                value = value + np.sum(np.ravel(weight) * c)
        return value

    return L


def kkt_residual(
    f: Function,
    x: ArrayLike,
    *,
    equality: Function | None = None,
    inequality: Function | None = None,
    lam: ArrayLike = (),
    mu: ArrayLike = (),
) -> float:
    r"""Return how far (x, λ, μ) is from satisfying the KKT conditions: the largest of

    .. math::

       \|\nabla f + \sum_i \lambda_i \nabla h_i + \sum_i \mu_i \nabla g_i\|_\infty, \quad
       |h_i|, \quad \max(g_i, 0), \quad \max(-\mu_i, 0), \quad |\lambda_i h_i|, \quad |\mu_i g_i|.

    The last is complementarity; the one before it is zero where h is. Both keep multipliers from
    buying a stationary Lagrangian by their mere size where the constraints' gradients vanish or
    become dependent.

    Parameters
    ----------
    f : callable
        Scalar function of an array.
    x : array_like
    equality, inequality : callable, optional
        h and g.
    lam, mu : array_like
        One multiplier a constraint.

    Raises
    ------
    ValueError
        If a multiplier does not fit its constraint.

    Notes
    -----
    Cost: one gradient of f and one Jacobian of each constraint. Source: Nocedal and Wright (2006),
    theorem 12.1.

    Examples
    --------
    The point of the line x + y = 2 nearest to 0, and a wrong multiplier:

    >>> h = lambda x: x[0] + x[1] - 2
    >>> kkt_residual(lambda x: x @ x, [1.0, 1.0], equality=h, lam=[-2.0])
    0.0
    >>> kkt_residual(lambda x: x @ x, [1.0, 1.0], equality=h, lam=[2.0])
    4.0
    """
    problem = Problem(f, start(x), equality=equality, inequality=inequality, scaled=False)
    here = problem.at(start(x).ravel())
    weights = []
    for name, given, c in (("lam", lam, here.h), ("mu", mu, here.g)):
        weight = np.asarray(given, dtype=np.float64).ravel()
        if weight.size != c.size:
            raise ValueError(
                f"{name} must hold one multiplier a constraint, {c.size}; got {weight.size}"
            )
        weights.append(weight)
    return here.kkt(weights[0], weights[1])


@dataclass(frozen=True)
class Point:
    """Values and first derivatives of f, h and g at x; all flat."""

    x: FloatArray
    fun: float
    grad: FloatArray
    h: FloatArray
    g: FloatArray
    Jh: FloatArray
    Jg: FloatArray

    def kkt(self, lam: FloatArray, mu: FloatArray, unit: float = 1.0) -> float:
        """Return `kkt_residual` here, the gradient of the Lagrangian in multiples of ``unit``."""
        parts = [
            (self.grad + self.Jh.T @ lam + self.Jg.T @ mu) / unit,
            self.h,
            np.maximum(self.g, 0.0),
            np.maximum(-mu, 0.0),
            lam * self.h,
            mu * self.g,
        ]
        return float(np.abs(np.concatenate(parts)).max())

    def finite(self) -> bool:
        """Whether everything here is finite."""
        arrays = (self.grad, self.h, self.g, self.Jh, self.Jg)
        return bool(np.isfinite(self.fun)) and all(np.isfinite(a).all() for a in arrays)

    def trapped(self) -> bool:
        """Whether a violation remains that no small move lowers, to first order."""
        pull = self.Jh.T @ self.h + self.Jg.T @ np.maximum(self.g, 0.0)
        violation = self.violation()
        return violation > 1e-4 and bool(np.abs(pull).max() <= 1e-3 * violation)

    def violation(self) -> float:
        """The largest violation of a constraint."""
        both = np.concatenate([np.abs(self.h), np.maximum(self.g, 0.0)])
        return float(both.max(initial=0.0))


class Scale:
    """The largest norm that the gradients of f and of each constraint have had so far.

    Multipliers are compared with it: at a KKT point each term λ_i ∇h_i is about as large as ∇f,
    while near a point where the constraints' gradients vanish or become dependent, multipliers that
    make the Lagrangian stationary exist only by growing without bound.
    """

    def __init__(self, here: Point) -> None:
        self.norms, self.steepest = np.zeros(here.h.size + here.g.size), 0.0
        self.see(here)

    def see(self, here: Point) -> None:
        """Take a new point into account."""
        rows = np.concatenate([here.Jh, here.Jg])
        self.norms = np.maximum(self.norms, np.linalg.norm(rows, axis=1))
        self.steepest = max(self.steepest, float(np.linalg.norm(here.grad)))

    @property
    def unit(self) -> float:
        """What the gradient of the Lagrangian is measured in: that of f where it is below 1."""
        return min(1.0, self.steepest) if self.steepest > 0 else 1.0

    def excess(self, lam: FloatArray, mu: FloatArray) -> float:
        """How many times the largest multiplier outweighs the gradient of f."""
        weight = np.abs(np.concatenate([lam, mu])) * self.norms
        return float(weight.max(initial=0.0) / max(self.steepest, 1e-8))


class Problem:
    """A constrained problem whose functions are counted, evaluated once at each point.

    A constraint measured in small units must not pass for satisfied: one whose gradient at x0 is
    shorter than 1/100 is multiplied by a factor that makes it a unit vector (as in Wächter and
    Biegler, 2006, section 3.8, where large ones are scaled down). Values, Jacobians and multipliers
    are those of the scaled constraints; ``h.scale`` and ``g.scale`` hold the factors.
    """

    def __init__(
        self,
        f: Function,
        x0: FloatArray,
        *,
        equality: Function | None,
        inequality: Function | None,
        grad: Jacobian | None = None,
        equality_jac: Jacobian | None = None,
        inequality_jac: Jacobian | None = None,
        scaled: bool = True,
    ) -> None:
        self.shape = x0.shape
        self.objective = Objective(f, x0, grad)
        self.h = _Constraint(equality, equality_jac, "equality", x0, scaled)
        self.g = _Constraint(inequality, inequality_jac, "inequality", x0, scaled)
        self.last: Point | None = None

    def at(self, x: FloatArray) -> Point:
        """Return values and derivatives at the flat vector x."""
        if self.last is None or not np.array_equal(self.last.x, x):
            fun, grad = self.objective.value_and_grad(x)
            (h, Jh), (g, Jg) = self.h.at(x), self.g.at(x)
            self.last = Point(x.copy(), fun, grad, h, g, Jh, Jg)
        return self.last

    def unscaled(self, point: Point) -> Point:
        """Return the same point with values and Jacobians in the units of the functions given."""
        h, g = self.h.scale, self.g.scale
        return replace(
            point, h=point.h / h, g=point.g / g, Jh=point.Jh / h[:, None], Jg=point.Jg / g[:, None]
        )

    def lagrangian_hessian(self, x: FloatArray, lam: FloatArray, mu: FloatArray) -> FloatArray:
        """Return the Hessian of the Lagrangian in x, by `calcml.diff`.

        It is NaN if the user gave derivatives and the functions cannot be traced.
        """
        self.objective.nhev += 1
        n, given = x.size, (self.objective.gradient, self.h.jac, self.g.jac)
        L = lagrangian(self.objective.f, equality=self.h.function, inequality=self.g.function)
        weights = lam * self.h.scale, mu * self.g.scale
        try:
            with np.errstate(all="ignore"):
                H = diff.hessian(L)(self.objective.f.point(x), *weights)
        except TypeError:
            if all(derivative is None for derivative in given):
                raise
            return np.full((n, n), np.nan)
        H = np.asarray(H, dtype=np.float64).reshape(n, n)
        return 0.5 * (H + H.T)


def stacked(value: Any) -> Any:
    """Return several constraints, given as a list of numbers and arrays, as one flat array."""
    if isinstance(value, list | tuple) and value:
        return np.concatenate([np.ravel(part) for part in value])
    return value


class _Constraint:
    """A constraint function, possibly absent, with its Jacobian."""

    def __init__(
        self,
        function: Function | None,
        jac: Jacobian | None,
        name: str,
        x0: FloatArray,
        scaled: bool,
    ) -> None:
        self.n, self.scaled = x0.size, scaled
        self._scale: FloatArray | None = None
        if isinstance(function, list | tuple):
            raise TypeError(
                f"{name} must be one function, got a {type(function).__name__}; let it return all "
                "values in a list: lambda x: [h1(x), h2(x)]"
            )
        self.function = None if function is None else Counted(function, name, x0.shape)
        self.jac = None if jac is None else Counted(jac, f"{name}_jac", x0.shape)

    def at(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the values, flat, and the Jacobian (values × variables)."""
        if self.function is None:
            return np.zeros(0), np.zeros((0, self.n))
        name = self.function.name
        with np.errstate(all="ignore"):
            value = np.asarray(stacked(self.function.at(x)))
            if value.dtype.kind not in "fiu":
                raise TypeError(f"{name} must return real numbers, got dtype {value.dtype}")
            c = value.astype(np.float64).ravel()
            if self.jac is None:
                function = self.function
                derivative = jacobian(lambda p: stacked(function(p)), self.n, c.size)
                matrix = np.asarray(derivative(self.function.point(x)), dtype=np.float64)
            else:
                matrix = np.asarray(self.jac.at(x), dtype=np.float64)
        if matrix.size != c.size * self.n:
            raise ValueError(
                f"{name}_jac must return {c.size} x {self.n} numbers, got shape {matrix.shape}"
            )
        J = matrix.reshape(c.size, self.n)
        if self._scale is None:  # the first point is x0
            length = np.linalg.norm(J, axis=1)
            short = self.scaled & (length > 0) & (length < 1e-2)
            self._scale = np.divide(1.0, length, out=np.ones(c.size), where=short)
        return self._scale * c, self._scale[:, None] * J

    @property
    def scale(self) -> FloatArray:
        """The factor of each constraint, once it has been evaluated."""
        return np.zeros(0) if self._scale is None else self._scale
