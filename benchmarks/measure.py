"""Measure things beside each other, so that what disturbs one disturbs all."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

WARM = 4  # calls before the one that is timed


@dataclass(frozen=True)
class Row:
    """One line of the table: what was done, how long it took, and what it is compared with.

    ``limit`` is the largest ratio of ``seconds`` to the peer's that is accepted, if any.
    """

    work: str
    seconds: float
    peer: str
    peer_seconds: float
    limit: float | None = None

    @property
    def ratio(self) -> float:
        """How many times as long as the peer it took."""
        return self.seconds / self.peer_seconds

    @property
    def met(self) -> bool:
        """Whether the ratio is within the limit."""
        return self.limit is None or self.ratio <= self.limit

    def __str__(self) -> str:
        limit = "" if self.limit is None else f"≤ {self.limit:.2f}"
        verdict = "" if self.limit is None else "ok" if self.met else "MISSED"
        return (
            f"{self.work:<44}{_time(self.seconds):>10}   {self.peer:<22}"
            f"{_time(self.peer_seconds):>10}{self.ratio:>9.3f}  {limit:<7}{verdict}"
        )


def _time(seconds: float) -> str:
    for unit, scale in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if seconds * scale >= 1:
            return f"{seconds * scale:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def interleaved(
    functions: Mapping[str, Callable[[], object]], *, rounds: int = 60, seconds: float = 2.0
) -> dict[str, float]:
    """Time functions in turn, again and again; return the seconds that each takes undisturbed.

    That is the fastest of all rounds: other programs on the machine only ever slow a round down.
    Each is called a few times before it is timed, as in training, where one step follows the other:
    a first call finds the processor's caches full of what another function left. The garbage
    collector is off meanwhile.
    """
    found: dict[str, list[float]] = {name: [] for name in functions}
    for f in functions.values():
        f()
    start = time.perf_counter()
    done = 0
    gc.collect()
    gc.disable()
    while done < rounds or time.perf_counter() - start < seconds:
        for name, f in functions.items():
            for _ in range(WARM):
                f()
            before = time.perf_counter()
            f()
            found[name].append(time.perf_counter() - before)
        done += 1
    gc.enable()
    return {name: min(times) for name, times in found.items()}
