r"""Checks of inequalities and proved bounds, and of how near they come to being attained.

A bound that holds shows little: fifty times the bound holds, too.  So every claim here has two
sides, "the values never cross the bound" and "they reach at least the share ``tight`` of it", and
its wrong versions are made from the bound:

* the bound loosened (times 1.25, or 2) must be refused as looser than ``tight`` says;
* the bound tightened must be crossed: by the factor 0.9 where ``tight`` says that the bound is
  nearly attained, by the factor 1/2 where it says that it is attained to within a factor of two;
* below that the bound is *loose*.  No factor of it is seen in the values, the record says so, and
  another version of the claim (an exponent, a term, a hypothesis dropped) must be crossed, which
  the author supplies.

Sides given as SymPy expressions are changed term by term as well, which may spare the author that.
A changed inequality may be true; the record tells the changes that were crossed from those that
held where they were tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import inf, log
from operator import and_
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike

from calcml.check.claims.comparison import Label, named
from calcml.check.claims.values import same_value
from calcml.check.engine.equality import Sampling, Where
from calcml.check.engine.mutants import expression_mutants
from calcml.check.engine.samples import Pair, sampler_of_expressions, sampler_of_functions
from calcml.check.engine.verify import (
    BROKEN,
    ROOM,
    CheckFailed,
    CheckResult,
    Verdict,
    Wrong,
    above_rounding,
    share,
    verify,
)
from calcml.check.formulas.formula import Formula

_SLACK = 1e-9
# Nearly attained, and attained to within a factor of two: a tenth more than 0.9 and 1/2 needs.
NEARLY, HALF = 0.91, 0.55
_TIGHT_ROOM = 1.1  # the tightness of a run is steadier than the gap between two of its numbers
_CHANGES = 10  # changed versions of each side of an inequality between expressions
_TRIVIAL = ("sign", "off by one")  # changes that any positive values cross
_NEAREST = 50  # the points at which they are tried: those nearest to equality


def inequality(
    lhs: Any,
    rhs: Any = None,
    *,
    tight: float,
    where: Where | None = None,
    draw: Callable[[np.random.Generator], Any] | None = None,
    label: Label = None,
    wrong: Iterable[Any] = (),
    points: int = 2000,
) -> CheckResult:
    r"""Verify ``lhs <= rhs`` at many points, and that it comes as near to equality as stated.

    Sides are SymPy expressions (sampled over ``where``, including the corners and the middle, then
    sharpened by a local search for the smallest gap) or functions of ``draw(rng)``.  A symbol
    without an interval is also tried far away and near zero.  A strict relation must hold strictly
    at every point, the ends of the intervals included.  With one
    argument, give a SymPy relation ``a <= b`` or ``a >= b``.  Tightness is the largest
    :math:`\mathrm{lhs}/\mathrm{rhs}` seen (of sizes, where both are negative): 1 means that the
    bound is attained, and it must reach ``tight``.  The wrong versions are ``rhs`` loosened and
    tightened by a factor (see `calcml.check.claims.bounds`), single changes of the two expressions,
    and the author's, which replace ``rhs``.

    Raises
    ------
    CheckFailed
        If a point violates the inequality, it is looser than ``tight``, a wrong version passes, or
        it is loose and no wrong version of the author's is crossed.

    Examples
    --------
    >>> import sympy as sp
    >>> x = sp.Symbol("x", positive=True)
    >>> round(inequality(sp.log(1 + x), x, where={x: (1e-9, 5)}, tight=0.99).tightness, 3)
    1.0
    """
    formulas: list[dict[str, Any]] = []
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
    symbolic = not (callable(lhs) or callable(rhs))
    if symbolic:
        lhs, rhs = sp.sympify(lhs), sp.sympify(rhs)
        evaluate = sampler_of_expressions(Sampling(where, points, 30), lhs, rhs, strict=strict)
    elif draw is None:
        raise ValueError("an inequality between functions needs draw=lambda rng: arguments")
    else:
        evaluate = sampler_of_functions(draw, points)

    pair = evaluate((lhs, rhs))
    return _verified(
        "inequality",
        f"{_text(lhs)} <= {_text(rhs)}",
        pair,
        [(name, evaluate((lhs, w))) for name, w in named(wrong)],
        changed=_changed(lhs, rhs, pair, evaluate) if symbolic else [],
        tight=tight,
        label=label,
        formulas=formulas,
    )


def bound(
    measured: ArrayLike,
    proved: ArrayLike,
    *,
    tight: float,
    lower: bool = False,
    label: Label = None,
    wrong: Iterable[ArrayLike] = (),
    rtol: float = _SLACK,
    atol: float = 0.0,
) -> CheckResult:
    r"""Verify that measured values never cross a proved bound, and come as near as stated.

    Upper bound: ``measured <= proved`` everywhere, and ``max(measured / proved) >= tight``
    (``lower=True`` exchanges the roles).  ``rtol`` and ``atol`` allow for roundoff alone; values
    below ``100 * atol`` do not count as coming near.  The wrong versions are the bound loosened and
    tightened by a factor (see `calcml.check.claims.bounds`), and the author's, which replace
    ``proved``.

    Raises
    ------
    CheckFailed
        If the run crosses the bound, the bound is looser than ``tight``, a wrong version passes, or
        it is loose and no wrong version of the author's is crossed.

    Examples
    --------
    >>> bound([1.0, 0.4, 0.1], [1.0, 0.5, 0.25], tight=0.95).tightness
    1.0
    >>> k = np.arange(1, 9)
    >>> bound(0.3 / k, 1 / k, tight=0.25, wrong=[("of order 2", 1 / k**2)])  # doctest: +ELLIPSIS
    ✓ upper bound on 8 measured values: bound, ... tightness 0.3 (loose); 2 wrong versions ...
    """
    m, p = np.asarray(measured, dtype=float), np.asarray(proved, dtype=float)
    if m.shape != p.shape or m.size == 0:
        raise ValueError(
            f"measured and proved must have one nonempty shape, got {m.shape}, {p.shape}"
        )
    above_rounding(rtol + share(atol, np.max(np.abs(p))), 1.0)

    others = [(name, np.broadcast_to(np.asarray(w, float), p.shape)) for name, w in named(wrong)]
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
    changed: Sequence[tuple[str, Pair]] = (),
    lower: bool = False,
    tight: float,
    label: Label,
    rtol: float = _SLACK,
    atol: float = 0.0,
    formulas: Sequence[dict[str, Any]] = (),
) -> CheckResult:
    """Verify ``small <= large`` for arrays of values, and its wrong versions."""
    if not 0 < tight < 1:
        raise ValueError(f"tight must lie strictly between 0 and 1, got {tight}")

    def test(claim: Pair) -> Verdict:
        return _compare(*claim, tight, rtol, atol)

    seen = [_crossing(*values, rtol, atol) > ROOM for _, values in changed]
    loose = tight < HALF
    if loose and test(pair).ok:
        telling = [not name.endswith(_TRIVIAL) for name, _ in changed]
        crossed = any(map(and_, seen, telling))
        if not crossed and not any(_crossing(*w, rtol, atol) > ROOM for _, w in supplied):
            raise CheckFailed(
                f"{kind} proves little: {statement} is loose (tight={tight:g}), so that no factor"
                " of it is seen in the values; supply wrong=[...], versions of the claim (an"
                " exponent, a term, a hypothesis dropped) that the values cross"
            )
    return verify(
        kind,
        statement,
        pair,
        test,
        [
            *_scaled_versions(pair, tight, lower=lower),
            *(Wrong(*version) for version, crossed in zip(changed, seen, strict=True) if crossed),
            *(Wrong(name, w, True) for name, w in supplied),
        ],
        equivalent=lambda w, c: same_value(w[0], c[0]) and same_value(w[1], c[1]),
        label=label,
        tolerance=f"relative {rtol:g}, tight to {tight:g}",
        formulas=formulas,
        held=[name for (name, _), crossed in zip(changed, seen, strict=True) if not crossed],
        loose=loose,
    )


def _scaled_versions(pair: Pair, tight: float, *, lower: bool) -> list[Wrong[Pair]]:
    """Return the bound loosened by a factor, and tightened by one if the claim sees it."""
    if tight >= NEARLY:
        factors = {"1.25 times the bound": 1.25, "0.9 of the bound": 0.9}
    else:
        factors = {"twice the bound": 2.0}
        if tight >= HALF:
            factors["half of the bound"] = 0.5
    small, large = pair
    # The claim is the large side of an upper bound, the small side of a lower one.
    if lower:
        return [Wrong(name, (_scaled(small, 1 / c), large)) for name, c in factors.items()]
    return [Wrong(name, (small, _scaled(large, c))) for name, c in factors.items()]


def _changed(
    lhs: Any, rhs: Any, pair: Pair, evaluate: Callable[..., Pair]
) -> list[tuple[str, Pair]]:
    """Return single changes of either expression, with their values nearest to equality."""
    small, large = pair
    with np.errstate(all="ignore"):
        gap = (large - small) / np.maximum(np.abs(small), np.abs(large))
    costly = any(side.has(sp.Sum, sp.Product, sp.Integral) for side in (lhs, rhs))
    near = np.argsort(gap, kind="stable")[: 3 if costly else _NEAREST]
    versions = [(name, (lhs, new)) for name, new in expression_mutants(rhs, _CHANGES)]
    versions += [(f"left: {name}", (new, rhs)) for name, new in expression_mutants(lhs, _CHANGES)]
    found = []
    for name, sides in versions:
        try:
            values = evaluate(sides, near)
        except BROKEN:
            continue  # what has no value is no evidence
        if np.all(np.isfinite(values)):
            found.append((name, values))
    return found


def _scaled(values: Any, factor: float) -> Any:
    """Move values toward 0 if ``factor < 1`` and positive, away from 0 if negative."""
    return np.where(values > 0, values * factor, values / factor)


def _tightness(small: Any, large: Any, rtol: float, atol: float) -> float:
    """Return how near two sides come, as a ratio of at most 1 where ``small <= large`` holds.

    Where both vanish, their signs differ, or rounding alone is compared, nothing is learned.
    """
    ratio = np.zeros(np.shape(large))
    solid = np.abs(large) > 100 * (atol + rtol * np.abs(large))
    np.divide(small, large, out=ratio, where=solid & (large > 0))
    np.divide(large, small, out=ratio, where=solid & (large < 0) & (small < 0))
    return float(np.max(ratio, initial=0.0))


def _crossing(small: Any, large: Any, rtol: float, atol: float) -> float:
    """Return by how much ``small <= large`` is violated, in units of what roundoff may do."""
    excess = np.maximum(small - large, 0.0)
    slack = atol + rtol * np.maximum(np.abs(small), np.abs(large))
    over = np.zeros(np.shape(excess))
    np.divide(excess, slack, out=over, where=slack > 0)
    return float(np.max(over, initial=0.0))


def _looseness(reach: float, tight: float) -> tuple[float, float]:
    """Return how ``reach`` stands to ``tight``, at most 1 if near enough, and the room it needs.

    Two measures are 1 together: the ratio of the two, and that of what they lack of 1, which is the
    finer one for a bound nearly attained.  The clearer one counts.
    """
    if reach <= 0:
        return inf, _TIGHT_ROOM
    measures = [(tight / reach, _TIGHT_ROOM), (max(1 - reach, 1e-300) / (1 - tight), ROOM)]
    return max(measures, key=lambda m: abs(log(m[0])) / log(m[1]))


def _compare(small: Any, large: Any, tight: float, rtol: float, atol: float) -> Verdict:
    """Test ``small <= large`` at every entry and the tightness."""
    method = f"float64 at {small.size} points"
    if not (np.all(np.isfinite(small)) and np.all(np.isfinite(large))):
        return Verdict(False, method, "a side is not finite")
    crossing = _crossing(small, large, rtol, atol)
    reach = _tightness(small, large, rtol, atol)
    if crossing > 1 / ROOM:
        slack = atol + rtol * np.maximum(np.abs(small), np.abs(large))
        worst = int(np.argmax((small - large) / np.where(slack > 0, slack, 1.0)))
        detail = f"{small.flat[worst]:.15g} > {large.flat[worst]:.15g} at point {worst}"
        return Verdict(crossing <= 1, method, detail, reach, crossing)
    used, room = _looseness(reach, tight)
    room_for = max(reach / _TIGHT_ROOM, 1 - ROOM * max(1 - reach, 0.0))
    detail = f"holds, tightness {reach:.3g}, stated {tight:g} (room from {room_for:.2g} down)"
    if used > 1:
        detail = f"tightness {reach:.3g} is below {tight:g}: the bound is looser than stated"
    return Verdict(used <= 1, method, detail, reach, used, room)


def _text(side: Any) -> str:
    return str(getattr(side, "__name__", side))
