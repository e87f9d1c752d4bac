"""What a check returns, and the one driver that every check runs through.

A check that cannot fail proves nothing.  So :func:`verify` runs the claim *and* wrong versions of
it through the same test at the same tolerance, and raises unless the claim passes and every wrong
version is rejected.  A wrong version that says the same thing as the claim (the sign flip of zero)
is recognized by an ``equivalent`` function that does not use the test's tolerance.
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
_BROKEN = (ArithmeticError, ValueError, TypeError, NotImplementedError, AttributeError)


class CheckFailed(AssertionError):
    """A claim does not hold, or its check cannot tell the claim from a wrong version."""


@dataclass(frozen=True)
class Verdict:
    """Outcome of one test: did it hold, how was that decided, what was seen."""

    ok: bool
    method: str
    detail: str
    tightness: float | None = None


@dataclass(frozen=True)
class Wrong(Generic[Claim]):
    """A wrong version of a claim; ``author`` marks those supplied by hand."""

    name: str
    claim: Claim
    author: bool = False


@dataclass(frozen=True)
class CheckResult:
    """What was verified, how, and how many wrong versions the same test rejected.

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
    formulas: tuple[dict[str, str], ...] = ()
    _shown: list[bool] = field(default_factory=list, repr=False, compare=False)

    def summary(self) -> str:
        """Return the one-line text without the time, the same on every run."""
        name = ", ".join(self.label) or self.statement
        tight = "" if self.tightness is None else f"; tightness {self.tightness:.3g}"
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
    formulas: Sequence[dict[str, str]] = (),
) -> CheckResult:
    """Run ``test`` on the claim and on its wrong versions; return the record or raise.

    Raises
    ------
    CheckFailed
        If the claim fails, if a wrong version passes, or if no wrong version could be rejected.
    """
    start = time.perf_counter()
    name = ", ".join(labels(label))
    where = f"[{name}] " if name else ""
    verdict = test(claim)
    if not verdict.ok:
        raise CheckFailed(f"{where}{kind} fails: {statement}: {verdict.detail}")
    names: dict[str, list[str]] = {"rejected": [], "equivalent": [], "unusable": []}
    for version in wrong:
        status, detail = _judge(version, claim, test, equivalent)
        if status == "accepted":
            raise CheckFailed(
                f"{where}{kind} proves nothing: wrong version {version.name!r} of {statement}"
                f" passes at the same tolerance ({tolerance}): {detail}"
            )
        if status == "equivalent" and version.author:
            raise CheckFailed(
                f"{where}{kind}: wrong version {version.name!r} of {statement} says the same as the"
                " claim; supply a version that differs"
            )
        names[status].append(version.name)
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
    )
    if _in_notebook():
        result._ipython_display_()
    return result


def _judge(
    version: Wrong[Claim],
    claim: Claim,
    test: Callable[[Claim], Verdict],
    equivalent: Callable[[Claim, Claim], bool],
) -> tuple[str, str]:
    """Run the test on a wrong version: rejected, accepted, equivalent, or unusable."""
    try:
        outcome = test(version.claim)
    except _BROKEN:
        if version.author:
            raise
        return "unusable", ""  # an automatic mutant that cannot be evaluated is not evidence
    if not outcome.ok:
        return "rejected", outcome.detail
    return ("equivalent" if equivalent(version.claim, claim) else "accepted"), outcome.detail
