"""Claims: what a caption, an alternative text, a summary or a remark concludes, asserted.

A claim stands in the cell that draws or computes what it speaks of, on the same numbers, and names
its subject: the label of a figure, of a section, of a remark, or ``"summary"``::

    claim.below("the gap stays below the bound", gap[3:], bound[3:], about="fig-descent-bound")

A claim that does not hold raises :class:`~calcml.check.CheckFailed` with the numbers; so does one
that holds, or fails, by so little that the last bit of a computation might decide.  One that holds
is recorded in the notebook like a check (:mod:`calcml.check`); it shows nothing on the page.

`holds` is for what is exact: counts, signs, which of several comes first.  What compares computed
numbers is said by `below`, so that ties and hairbreadths are found; a number in words ("about 15")
is said by `near`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calcml.check.engine.verify import CheckFailed, CheckResult, Verdict, Wrong, share, verify

__all__ = ["below", "holds", "near"]

# Numbers that differ by less than this part of their size are not in an order that can be seen.
HAIR = 1e-6

Claim = TypeVar("Claim")


def holds(text: str, truth: ArrayLike, *, about: str) -> None:
    """Claim what is true or false without a tolerance; of an array, that every entry is true.

    Raises
    ------
    CheckFailed
        If an entry is false; the message says which.
    TypeError, ValueError
        If ``truth`` is not boolean, or has no entries.

    Examples
    --------
    >>> errors = [3, 1, 2]
    >>> holds("the second run errs least", np.argmin(errors) == 1, about="fig-runs")
    >>> holds("each run errs once", np.equal(errors, 1), about="fig-runs")
    Traceback (most recent call last):
        ...
    calcml.check.engine.verify.CheckFailed: [fig-runs] claim fails: \
each run errs once: false for 2 of 3 \
entries, first at index 0
    """
    entries = np.asarray(truth)
    if entries.dtype != bool:
        raise TypeError(
            f"truth must be True, False or an array of these, got {entries.dtype} entries; compare"
            " first, or use claim.below or claim.near"
        )
    _require_entries("truth", entries)

    def test(claim: NDArray[Any]) -> Verdict:
        false = np.argwhere(~claim)
        detail = "every entry is true"
        if len(false):
            detail = f"false for {len(false)} of {claim.size} entries"
            detail += f", first at index {_index(false[0])}" * bool(claim.ndim)
        return Verdict(not len(false), "as it is", detail)

    _claim(text, about, entries, test, [Wrong("the opposite", ~entries)], "none needed")


def below(text: str, smaller: ArrayLike, larger: ArrayLike, *, about: str) -> None:
    """Claim that ``smaller < larger`` in every entry, by more than a hair (1e-6 of their size).

    Falling values are ``below(text, values[1:], values[:-1], ...)``.

    Raises
    ------
    CheckFailed
        If an entry is not smaller, or differs by less than a hair from what it is compared with.
    ValueError
        If there are no entries to compare, or the shapes do not fit together.

    Examples
    --------
    >>> below("the loss falls at every step", [0.5, 0.25], [1.0, 0.5], about="fig-loss")
    >>> below("the loss falls at every step", [1.0 + 1e-12], [1.0], about="fig-loss")
    Traceback (most recent call last):
        ...
    calcml.check.engine.verify.CheckFailed: [fig-loss] claim stands on the edge: \
the loss falls at every \
step: 1.000000000001 and 1 differ by less than 1e-06 of their size at index 0
    """
    a, b = np.broadcast_arrays(np.asarray(smaller), np.asarray(larger))
    _require_entries("smaller", a)
    if not (np.issubdtype(a.dtype, np.integer) and np.issubdtype(b.dtype, np.integer)):
        finite = np.isfinite(a) & np.isfinite(b)
        gap = np.abs(np.subtract(a, b, where=finite, out=np.zeros(a.shape)))
        size = np.maximum(np.abs(a), np.abs(b))
        edge = np.argwhere(finite & (gap <= HAIR * size))
        if len(edge):
            raise CheckFailed(
                f"[{about}] claim stands on the edge: {text}: {_pair(a, b, edge[0])} differ by less"
                f" than {HAIR:g} of their size{_at(a, edge[0])}"
            )

    def test(claim: tuple[NDArray[Any], NDArray[Any]]) -> Verdict:
        left, right = claim
        wrong = np.argwhere(~(left < right))
        detail = "every entry is smaller"
        if len(wrong):
            detail = f"{_pair(left, right, wrong[0])} are not in this order{_at(left, wrong[0])}"
        return Verdict(not len(wrong), "float64, smaller in every entry", detail)

    _claim(text, about, (a, b), test, [Wrong("the other way round", (b, a))], f"{HAIR:g} relative")


def near(text: str, value: ArrayLike, stated: float, *, about: str, within: float = 0.1) -> None:
    """Claim that ``value`` is the stated number, to the relative accuracy that its words promise.

    The value may use two thirds of ``within``, so that "about 15" with 0.1 admits 14.1, not 13.6.

    Raises
    ------
    CheckFailed
        If the value is farther off, or on the edge, or if ``within`` would admit half or twice the
        stated number as well.
    ValueError
        If the stated number is zero, to which nothing is near in relative terms.

    Examples
    --------
    >>> near("Newton's method is about 15 times as fast", 630 / 43, 15, about="fig-race")
    >>> near("Newton's method is about 20 times as fast", 630 / 43, 20, about="fig-race")
    Traceback (most recent call last):
        ...
    calcml.check.engine.verify.CheckFailed: [fig-race] claim fails: \
Newton's method is about 20 times as \
fast: measured 14.6512, stated 20
    """
    values = np.asarray(value, dtype=float)
    _require_entries("value", values)
    if stated == 0:
        raise ValueError("stated must not be zero; say how small it is by claim.below")

    def test(claim: float) -> Verdict:
        gap = float(np.max(np.abs(values - claim)))
        used = share(gap, within * abs(claim)) if np.isfinite(gap) else float("inf")
        worst = values.flat[int(np.argmax(np.abs(values - claim)))]
        detail = f"measured {worst:.6g}, stated {claim:g}"
        return Verdict(used <= 1, "float64 against the stated number", detail, ratio=used)

    wrong = [Wrong("twice the number", 2 * stated), Wrong("half of it", stated / 2)]
    _claim(text, about, stated, test, wrong, f"{within:g} relative")


def _claim(
    text: str,
    about: str,
    claim: Claim,
    test: Callable[[Claim], Verdict],
    wrong: list[Wrong[Claim]],
    tolerance: str,
) -> None:
    verify(
        "claim",
        text,
        claim,
        test,
        wrong,
        equivalent=lambda _version, _claim: False,
        label=about,
        tolerance=tolerance,
        publish=_record,
    )


def _record(result: CheckResult) -> None:
    """Keep the record in the notebook as glued values are kept: in it, but not on the page."""
    import IPython.display

    subject, text = result.label[0], result.statement
    data = result._repr_mimebundle_() | {"text/plain": f"✓ {subject}: {text}"}
    kept = {"scrapbook": {"name": f"claim about {subject}: {text}", "mime_prefix": "application/"}}
    publish: Any = IPython.display.publish_display_data
    publish(data, metadata=kept)


def _require_entries(name: str, values: NDArray[Any]) -> None:
    if not values.size:
        raise ValueError(f"{name} has no entries (shape {values.shape}), so nothing is claimed")


def _index(place: NDArray[Any]) -> str:
    return ", ".join(map(str, place))


def _at(values: NDArray[Any], place: NDArray[Any]) -> str:
    return f" at index {_index(place)}" * bool(values.ndim)


def _pair(a: NDArray[Any], b: NDArray[Any], place: NDArray[Any]) -> str:
    return f"{a[tuple(place)]:.15g} and {b[tuple(place)]:.15g}"
