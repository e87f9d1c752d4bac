"""What a check returns, and the one driver that every check runs through.

A check that cannot fail proves nothing.  So :func:`verify` runs the claim *and* wrong versions of
it through the same test at the same tolerance, and raises unless the claim passes and every wrong
version is rejected.  A wrong version that says the same thing as the claim (the sign flip of zero)
is recognized by an ``equivalent`` function that does not use the test's tolerance.

Nor may the last bit of a computation decide, for it differs between machines.  So a test says how
much of its tolerance was used, and :func:`verify` refuses a claim that holds by a hair, and a wrong
version that is rejected by a hair, with the same message on either side of the edge.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

Claim = TypeVar("Claim")
MIME = "application/vnd.calcml.check+json"
BROKEN = (ArithmeticError, ValueError, TypeError, NotImplementedError, AttributeError)
# A claim may use two thirds of its tolerance; a wrong version must miss by half more than all.
# (Not a half and twice: an rtol of 0.005 against a factor of 1.01 would stand on that edge.)
ROOM = 1.5
EPS = 2.0**-52


class CheckFailed(AssertionError):
    """A claim does not hold, or its check cannot tell the claim from a wrong version."""


@dataclass(frozen=True)
class Verdict:
    """Outcome of one test: did it hold, how was that decided, what was seen.

    ``ratio`` is what was measured over what is allowed, at most 1 where the test holds; None where
    nothing was measured.  Between ``1 / room`` and ``room`` the test stands on its edge.
    """

    ok: bool
    method: str
    detail: str
    tightness: float | None = None
    ratio: float | None = None
    room: float = ROOM

    @property
    def on_edge(self) -> bool:
        """Might another rounding have decided otherwise?"""
        return self.ratio is not None and 1 / self.room < self.ratio < self.room


@dataclass(frozen=True)
class Wrong(Generic[Claim]):
    """A wrong version of a claim; ``author`` marks those supplied by hand."""

    name: str
    claim: Claim
    author: bool = False


@dataclass(frozen=True)
class CheckResult:
    """What was verified, how, and how many wrong versions the same test rejected.

    ``ratio`` is the share of the tolerance that the claim used, and ``nearest`` the rejected wrong
    version that came nearest to it, with its ratio.  ``held`` names changed versions that hold,
    too.  A bound is ``loose`` where ``tight`` is so small that half of it need not be crossed.

    ``repr`` is one line for people; ``_repr_mimebundle_`` carries the same facts as JSON, so that
    an executed notebook is a machine-readable record of its checks.
    """

    label: tuple[str, ...]
    kind: str
    statement: str
    method: str
    tolerance: str
    tightness: float | None
    rejected: tuple[str, ...]
    equivalent: tuple[str, ...]
    seconds: float
    formulas: tuple[dict[str, Any], ...] = ()
    held: tuple[str, ...] = ()
    ratio: float | None = None
    nearest: tuple[str, float] | None = None
    loose: bool = False
    _shown: list[bool] = field(default_factory=list, repr=False, compare=False)

    def summary(self) -> str:
        """Return the one-line text without the time, the same on every run."""
        name = ", ".join(self.label) or self.statement
        tight = "" if self.tightness is None else f"; tightness {self.tightness:.3g}"
        tight += " (loose)" * self.loose
        wrong = f"{len(self.rejected)} wrong version{'s' * (len(self.rejected) != 1)} rejected"
        page = "; formula read from the page" * any(f["label"] for f in self.formulas)
        return f"✓ {name}: {self.kind}, {self.method} ({self.tolerance}){tight}; {wrong}{page}"

    def __repr__(self) -> str:
        return f"{self.summary()}; {self.seconds:.2g} s"

    def to_json(self) -> dict[str, Any]:
        """Return every field as plain JSON types."""
        return {
            "label": list(self.label),
            "kind": self.kind,
            "statement": self.statement,
            "method": self.method,
            "tolerance": self.tolerance,
            "tightness": self.tightness,
            "rejected": list(self.rejected),
            "equivalent": list(self.equivalent),
            "seconds": round(self.seconds, 4),
            "formulas": [dict(f) for f in self.formulas],
            "held": list(self.held),
            "ratio": self.ratio,
            "nearest": None if self.nearest is None else list(self.nearest),
            "loose": self.loose,
        }

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"text/plain": self.summary(), MIME: json.loads(json.dumps(self.to_json()))}

    def _ipython_display_(self) -> None:
        # Every check publishes itself when it runs, so a cell with three checks records three;
        # the last one, being the cell's value, must not be shown twice.
        if not self._shown:
            self._shown.append(True)
            _display(self)


def _display(result: CheckResult) -> None:
    import IPython.display

    publish: Any = IPython.display.publish_display_data
    publish(result._repr_mimebundle_())


def _in_notebook() -> bool:
    core = sys.modules.get("IPython.core.getipython")
    return core is not None and core.get_ipython() is not None


def labels(label: str | Sequence[str] | None) -> tuple[str, ...]:
    """Normalize the ``label`` argument of a check to a tuple of strings."""
    if label is None:
        return ()
    return (label,) if isinstance(label, str) else tuple(label)


def verify(
    kind: str,
    statement: str,
    claim: Claim,
    test: Callable[[Claim], Verdict],
    wrong: Iterable[Wrong[Claim]],
    *,
    equivalent: Callable[[Claim, Claim], bool],
    label: str | Sequence[str] | None,
    tolerance: str,
    formulas: Sequence[dict[str, Any]] = (),
    held: Sequence[str] = (),
    loose: bool = False,
    publish: Callable[[CheckResult], object] = CheckResult._ipython_display_,
) -> CheckResult:
    """Run ``test`` on the claim and on its wrong versions; return the record or raise.

    ``held`` and ``loose`` go into the record as they are; ``publish`` puts it into a notebook.

    Raises
    ------
    CheckFailed
        If the claim fails, if a wrong version passes, if no wrong version could be rejected, or if
        one of these verdicts stands on the edge of the tolerance.
    """
    start = time.perf_counter()
    name = ", ".join(labels(label))
    where = f"[{name}] " if name else ""
    verdict = test(claim)
    if verdict.on_edge:
        raise CheckFailed(
            f"{where}{kind} stands on the edge: {statement}: {verdict.detail}: the claim uses"
            f" {verdict.ratio:.4g} of its tolerance ({tolerance}), where the last bit of a"
            f" computation decides; widen the tolerance, or compute more exactly, until it uses at"
            f" most {1 / verdict.room:.2g}"
        )
    if not verdict.ok:
        raise CheckFailed(f"{where}{kind} fails: {statement}: {verdict.detail}")
    names: dict[str, list[str]] = {"rejected": [], "equivalent": [], "unusable": []}
    nearest: tuple[str, float] | None = None
    for version in wrong:
        status, outcome = _judge(version, claim, test, equivalent)
        if status == "accepted":
            raise CheckFailed(
                f"{where}{kind} proves nothing: wrong version {version.name!r} of {statement}"
                f" passes at the same tolerance ({tolerance}): {outcome.detail}"
            )
        if status == "edge":
            raise CheckFailed(
                f"{where}{kind} stands on the edge: wrong version {version.name!r} of {statement}"
                f" misses by {outcome.ratio:.4g} of the tolerance ({tolerance}), where the last bit"
                " of a computation decides; narrow the tolerance until it misses by at least"
                f" {outcome.room:.2g}: {outcome.detail}"
            )
        if status == "equivalent" and version.author:
            raise CheckFailed(
                f"{where}{kind}: wrong version {version.name!r} of {statement} says the same as the"
                " claim; supply a version that differs"
            )
        names[status].append(version.name)
        missed = outcome.ratio if status == "rejected" else None
        if missed is not None and missed < (nearest[1] if nearest else float("inf")):
            nearest = version.name, missed
    if not names["rejected"]:
        raise CheckFailed(
            f"{where}{kind} proves nothing: no wrong version of {statement} was rejected;"
            " supply wrong=[...]"
        )
    result = CheckResult(
        labels(label),
        kind,
        " ".join(statement.split()),
        verdict.method,
        tolerance,
        verdict.tightness,
        tuple(names["rejected"]),
        tuple(names["equivalent"]),
        time.perf_counter() - start,
        tuple(formulas),
        tuple(held),
        verdict.ratio,
        nearest,
        loose,
    )
    if _in_notebook():
        publish(result)
    return result


def _judge(
    version: Wrong[Claim],
    claim: Claim,
    test: Callable[[Claim], Verdict],
    equivalent: Callable[[Claim, Claim], bool],
) -> tuple[str, Verdict]:
    """Run the test on a wrong version: rejected, on the edge, accepted, equivalent, or unusable."""
    try:
        outcome = test(version.claim)
    except BROKEN as error:
        if version.author:
            raise
        # An automatic mutant that cannot be evaluated is not evidence.
        return "unusable", Verdict(False, "", str(error))
    if not outcome.ok and not outcome.on_edge:
        return "rejected", outcome
    if outcome.ok and equivalent(version.claim, claim):
        return "equivalent", outcome
    return ("edge" if outcome.on_edge else "accepted"), outcome


def share(gap: Any, allowed: Any) -> float:
    """Return ``gap / allowed``, the part of a tolerance that is used; no gap uses nothing."""
    if gap == 0:
        return 0.0
    return float(gap / allowed) if allowed else float("inf")


def above_rounding(tol: float, scale: float) -> None:
    """Refuse a tolerance that rounding alone may exceed.

    Raises
    ------
    CheckFailed
        If ``tol`` is below 16 units of roundoff of numbers of size ``scale``.
    """
    if tol < 16 * EPS * scale:
        raise CheckFailed(
            f"a tolerance of {tol:.3g} for numbers of size {scale:.3g} is below 16 units of"
            f" roundoff, which differ between machines; allow at least {16 * EPS * scale:.2g}"
        )
