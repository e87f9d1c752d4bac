"""How many evaluations the minimizers need beside SciPy's, and how long the SVM takes.

    python benchmarks/bench_optimize.py

Minimizers are compared by calls of f or of the residuals, which no other program on the machine
can disturb: over the Moré-Garbow-Hillstrom problems that both solve, with the same derivatives and
tolerance, and over the NIST regression problems from both starts. The SVM is compared with
scikit-learn's LIBSVM by time and by the duality gap that each leaves.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"  # read when NumPy is imported, so before it is
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "calcml"))

import numpy as np  # noqa: E402
from problems.mgh import PROBLEMS, Problem  # noqa: E402
from problems.nist import DATASETS  # noqa: E402
from scipy.optimize import least_squares, minimize  # noqa: E402
from sklearn.datasets import load_breast_cancer  # noqa: E402
from sklearn.svm import SVC  # noqa: E402

from calcml.diff import grad, hessian, jacobian  # noqa: E402
from calcml.optimize import bfgs, lbfgs, levenberg_marquardt, newton  # noqa: E402
from calcml.svm import duality_gap, primal_objective, smo  # noqa: E402

Array = Any


def solved(problem: Problem, value: float) -> bool:
    """Whether half a sum of squares is a listed minimum, to 1e-4 or 1e-8."""
    return any(abs(2 * value - m) <= max(1e-4 * m, 1e-8) for m in problem.minima)


def compare(name: str, ours: Callable[[Problem], Any], theirs: Callable[[Problem], Any]) -> None:
    """Print how many problems each solves, and the median ratio of evaluations."""
    ratios, counts = [], [0, 0]
    for problem in PROBLEMS:
        with np.errstate(all="ignore"):
            a, b = ours(problem), theirs(problem)
        right = solved(problem, a.fun), solved(problem, b.fun)
        counts = [count + found for count, found in zip(counts, right, strict=True)]
        if all(right):
            ratios.append(a.nfev / b.nfev)
    share = f"{counts[0]} of {len(PROBLEMS)} solved, SciPy {counts[1]}"
    print(f"{name:<22}{share:<36}evaluations: {np.median(ratios):.2f} of SciPy's (median)")


def minimizers() -> None:
    """Moré, Garbow and Hillstrom, with gradients of 1e-8 as the goal."""
    goal = 1e-8
    for solve, method in ((bfgs, "BFGS"), (lbfgs, "L-BFGS-B"), (newton, "trust-exact")):
        extra = {"maxiter": 15_000, "maxfun": 50_000} if method == "L-BFGS-B" else {}
        options = {"gtol": goal, **extra, **({"ftol": 0.0} if method == "L-BFGS-B" else {})}

        def ours(p: Problem, solve: Any = solve, method: str = method) -> Any:
            f = p.objective
            extra = {"hess": hessian(f)} if method == "trust-exact" else {}
            return solve(f, p.x0, grad=grad(f), gtol=goal, **extra)

        def theirs(p: Problem, method: str = method, options: Any = options) -> Any:
            f = p.objective
            extra = {"hess": hessian(f)} if method == "trust-exact" else {}
            return minimize(f, p.x0, jac=grad(f), method=method, options=options, **extra)

        compare(f"{solve.__name__} / {method}", ours, theirs)


def regressions() -> None:
    """NIST's data sets: starts from which six certified digits are reached."""
    reached, ratios = [0, 0], []
    options: dict[str, Any] = {"method": "lm", "x_scale": "jac", "max_nfev": 5000}
    options |= {"xtol": 1e-12, "ftol": 1e-15, "gtol": 1e-10}
    for data in DATASETS:
        jac = jacobian(data.residual)
        for start in data.starts:
            a = levenberg_marquardt(data.residual, start, jac=jac)
            with np.errstate(all="ignore"):
                b = least_squares(data.residual, start, jac, **options)
            right = data.digits(a.x) >= 6, data.digits(b.x) >= 6
            reached = [count + found for count, found in zip(reached, right, strict=True)]
            if all(right):
                ratios.append(a.nfev / b.nfev)
    share = f"{reached[0]} of {2 * len(DATASETS)} starts, SciPy {reached[1]}"
    name = "levenberg_marquardt"
    print(f"{name:<22}{share:<36}evaluations: {np.median(ratios):.2f} of SciPy's (median)")


def machines() -> None:
    """Breast cancer data, standardized, linear and RBF kernels."""
    X, y = load_breast_cancer(return_X_y=True)
    X, y = (X - X.mean(axis=0)) / X.std(axis=0), 2.0 * y - 1
    squares = np.sum(X**2, axis=1)
    distances = np.maximum(squares[:, None] + squares - 2 * X @ X.T, 0)
    for name, K in (("linear", X @ X.T), ("rbf", np.exp(-distances / X.shape[1]))):
        for C in (0.1, 1.0, 10.0, 100.0, 1000.0):
            start = time.perf_counter()
            alpha, b = smo(K, y, C)
            ours = time.perf_counter() - start
            start = time.perf_counter()
            model = SVC(C=C, kernel="precomputed", tol=1e-9).fit(K, y)
            theirs = time.perf_counter() - start
            dual = np.zeros(len(y))
            dual[model.support_] = np.abs(model.dual_coef_[0])
            gaps = [
                duality_gap(a, offset, K, y, C) / primal_objective(a, offset, K, y, C)
                for a, offset in ((alpha, b), (dual, float(model.intercept_[0])))
            ]
            print(
                f"smo {name:<7} C = {C:<8g}{ours:7.2f} s, gap {gaps[0]:8.1e}"
                f"      LIBSVM {theirs:7.2f} s, gap {gaps[1]:8.1e}"
            )


if __name__ == "__main__":
    minimizers()
    regressions()
    machines()
