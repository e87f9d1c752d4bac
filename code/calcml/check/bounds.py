"""Checks of inequalities and proved bounds, which also say how tight they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike

from calcml.check.decide import Sampling, Where
from calcml.check.formula import Formula
from calcml.check.formulas import Label, named
from calcml.check.result import CheckResult, Verdict, Wrong, verify
from calcml.check.samples import Pair, sampler_of_expressions, sampler_of_functions
from calcml.check.values import same_value

_SLACK = 1e-9


def inequality(
    lhs: Any,
    rhs: Any = None,
    *,
    where: Where | None = None,
    draw: Callable[[np.random.Generator], Any] | None = None,
    tight: float | None = None,
    label: Label = None,
    wrong: Iterable[Any] = (),
    points: int = 2000,
) -> CheckResult:
    r"""Verify ``lhs <= rhs`` at many points and say how tight it is.

    Sides are SymPy expressions (sampled over ``where``, including the corners and the middle, then
    sharpened by a local search for the smallest gap) or functions of ``draw(rng)``.  A symbol
    without an interval is also tried far away and near zero.  A strict relation must hold strictly
    at every point, the ends of the intervals included.  With one
    argument, give a SymPy relation ``a <= b`` or ``a >= b``.  Tightness is the largest
    :math:`\mathrm{lhs}/\mathrm{rhs}` seen (of sizes, where both are negative): 1 means that the
    bound is attained.  With ``tight`` the inequality must reach that tightness.  The wrong versions
    are the inequality reversed and the bound moved past the values that come nearest to it.

    Raises
    ------
    CheckFailed
        If a point violates the inequality, it is looser than ``tight``, or a wrong version passes.

    Examples
    --------
    >>> import sympy as sp
    >>> x = sp.Symbol("x", positive=True)
    >>> round(inequality(sp.log(1 + x), x, where={x: (1e-9, 5)}, tight=0.99).tightness, 3)
    1.0
    """
    formulas: list[dict[str, str]] = []
    strict = False
    if rhs is None:
        if isinstance(lhs, Formula):
            formulas, label, lhs = [lhs.record], label or lhs.label, lhs.expr
        if not isinstance(lhs, sp.core.relational._Inequality):
            raise TypeError(
                f"with one argument, give a relation such as a <= b; got {lhs!r} (if SymPy decided"
                " the relation by itself, give its two sides)"
            )
        strict = isinstance(lhs, sp.StrictLessThan | sp.StrictGreaterThan)
        lhs, rhs = lhs.lts, lhs.gts
    if callable(lhs) or callable(rhs):
        if draw is None:
            raise ValueError("an inequality between functions needs draw=lambda rng: arguments")
        evaluate = sampler_of_functions(draw, points)
    else:
        lhs, rhs = sp.sympify(lhs), sp.sympify(rhs)
        evaluate = sampler_of_expressions(Sampling(where, points, 30), lhs, rhs, strict=strict)

    pair = evaluate((lhs, rhs))
    supplied = [(name, evaluate((lhs, w))) for name, w in named(wrong)]
    return _verified(
        "inequality",
        f"{_text(lhs)} <= {_text(rhs)}",
        pair,
        supplied,
        tight=tight,
        label=label,
        formulas=formulas,
    )


def bound(
    measured: ArrayLike,
    proved: ArrayLike,
    *,
    lower: bool = False,
    tight: float = 0.01,
    label: Label = None,
    wrong: Iterable[ArrayLike] = (),
    rtol: float = _SLACK,
    atol: float = 0.0,
) -> CheckResult:
    r"""Verify that a measured curve never crosses a proved, non-vacuous bound.

    Upper bound: ``measured <= proved`` everywhere, and ``max(measured / proved) >= tight``
    (``lower=True`` exchanges the roles).  ``rtol`` and ``atol`` allow for roundoff alone.

    Raises
    ------
    CheckFailed
        If the run crosses the bound, the bound is vacuous (looser than ``tight``), or a wrong
        version (reversed, scaled below its tightness, the author's) passes.

    Examples
    --------
    >>> bound([1.0, 0.4, 0.1], [1.0, 0.5, 0.25]).tightness
    1.0
    """
    m, p = np.asarray(measured, dtype=float), np.asarray(proved, dtype=float)
    if m.shape != p.shape or m.size == 0:
        raise ValueError(
            f"measured and proved must have one nonempty shape, got {m.shape}, {p.shape}"
        )

    others = [(name, np.asarray(w, dtype=float)) for name, w in named(wrong)]
    return _verified(
        "bound",
        f"{'lower' if lower else 'upper'} bound on {m.size} measured values",
        (p, m) if lower else (m, p),
        [(name, (w, m) if lower else (m, w)) for name, w in others],
        lower=lower,
        tight=tight,
        label=label,
        rtol=rtol,
        atol=atol,
    )


def _verified(
    kind: str,
    statement: str,
    pair: Pair,
    supplied: list[tuple[str, Pair]],
    *,
    lower: bool = False,
    tight: float | None,
    label: Label,
    rtol: float = _SLACK,
    atol: float = 0.0,
    formulas: Sequence[dict[str, str]] = (),
) -> CheckResult:
    """Verify ``small <= large`` for arrays of values, with the claim tightened and reversed."""
    small, large = pair
    versions: list[Wrong[Pair]] = []
    if np.any(large - small > 10 * (atol + rtol * np.abs(large))):
        versions.append(Wrong("reversed", (large, small)))
    factor = 0.99 * _tightness(small, large)
    if factor > 0:
        # The claim is the large side of an upper bound, the small side of a lower one.
        tighter = (_scaled(small, 1 / factor), large) if lower else (small, _scaled(large, factor))
        versions.append(Wrong("tighter than the values", tighter))
    return verify(
        kind,
        statement,
        pair,
        lambda claim: _compare(*claim, tight, rtol, atol),
        versions + [Wrong(name, w, True) for name, w in supplied],
        equivalent=lambda w, c: same_value(w[0], c[0]) and same_value(w[1], c[1]),
        label=label,
        tolerance=f"relative {rtol:g}" + ("" if tight is None else f", tight to {tight:g}"),
        formulas=formulas,
    )


def _scaled(values: Any, factor: float) -> Any:
    """Move values toward 0 if ``factor < 1`` and positive, away from 0 if negative."""
    return np.where(values > 0, values * factor, values / factor)


def _tightness(small: Any, large: Any) -> float:
    """Return how near two sides come, as a ratio of at most 1 where ``small <= large`` holds.

    Where both vanish, or their signs differ, nothing is learned.
    """
    ratio = np.zeros(np.shape(large))
    np.divide(small, large, out=ratio, where=large > 0)
    np.divide(large, small, out=ratio, where=(large < 0) & (small < 0))
    return float(np.max(ratio, initial=0.0))


def _compare(small: Any, large: Any, tight: float | None, rtol: float, atol: float) -> Verdict:
    """Test ``small <= large`` at every entry and the tightness."""
    method = f"float64 at {small.size} points"
    if not (np.all(np.isfinite(small)) and np.all(np.isfinite(large))):
        return Verdict(False, method, "a side is not finite")
    excess = small - large - atol - rtol * np.maximum(np.abs(small), np.abs(large))
    worst = int(np.argmax(excess))
    if excess.flat[worst] > 0:
        detail = f"{small.flat[worst]:.15g} > {large.flat[worst]:.15g} at point {worst}"
        return Verdict(False, method, detail)
    reach = _tightness(small, large)
    if tight is not None and reach < tight:
        detail = f"tightness {reach:.3g} is below {tight:g}: the bound is vacuous here"
        return Verdict(False, method, detail, reach)
    return Verdict(True, method, f"holds, tightness {reach:.3g}", reach)


def _text(side: Any) -> str:
    return str(getattr(side, "__name__", side))
