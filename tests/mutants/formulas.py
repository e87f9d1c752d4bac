"""Change the displayed formulas of a chapter, one sign, factor, exponent or index at a time.

The cells of a chapter run in order. Before each check cell, every mutant of the equations that it
checks gets a process of its own (a fork, so that all see the same variables): the check runs
against the page with the changed formula and must fail. An equation that no check reads from the
page is held by its digest in ``book/checks.json``, which any change breaks; those are named and
counted apart. ``python -m tests.mutants.formulas taylor_series_approximation`` does one chapter.
"""

from __future__ import annotations

import io
import json
import os
import re
import signal
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path

from bookkit.build import ledger
from bookkit.build.chapters import Chapter, read_chapters
from bookkit.layout import Layout

ROOT = Path(__file__).parents[2]
SURVIVORS = Path(__file__).with_name("survivors.toml")
SECONDS = 60
# What must not be changed: names of macros and environments, text, spaces.
PROTECTED = re.compile(
    r"\\(?:begin|end|text|mathrm|operatorname\*?)\{[^}]*\}|\\[a-zA-Z]+|\\[^a-zA-Z]"
)

ZERO = re.compile(r"\s*&?\s*(?:0|\\vzero)\b(?!\.\d)")  # a right side that no factor changes


@dataclass
class Tally:
    """What became of the mutants of one chapter."""

    killed: int = 0
    survived: list[tuple[str, str]] = field(default_factory=list)
    by_digest: dict[str, int] = field(default_factory=dict)  # mutants of each such equation


def mutants(tex: str) -> Iterator[str]:
    """Formulas that differ from ``tex`` in one sign, number, factor, exponent, index, transpose."""
    shielded = PROTECTED.sub(lambda match: "\0" * len(match[0]), tex)
    for match in re.finditer(r"[+\-]", shielded):
        yield tex[: match.start()] + ("-" if match[0] == "+" else "+") + tex[match.end() :]
    for match in re.finditer(r"\d+", shielded):
        yield tex[: match.start()] + str(int(match[0]) + 1) + tex[match.end() :]
    for match in re.finditer(r"\^([a-zA-SU-Z])|\^\{([a-zA-SU-Z])\}", shielded):
        yield tex[: match.start()] + f"^{{{match[1] or match[2]}+1}}" + tex[match.end() :]
    for match in re.finditer(r"_([ijk])\b", shielded):
        other = {"i": "j", "j": "k", "k": "i"}[match[1]]
        yield tex[: match.start(1)] + other + tex[match.end(1) :]
    for match in re.finditer(r"\\T\b", tex):
        yield tex[: match.start()] + tex[match.end() :]
    for place in outermost_equals(shielded):
        if not ZERO.match(tex, place + 1):
            yield tex[: place + 1] + r" 2 \cdot " + tex[place + 1 :].lstrip("& \n")


def outermost_equals(tex: str) -> Iterator[int]:
    """Places of equals signs outside of all brackets: not the one below a sum."""
    depth = 0
    for place, sign in enumerate(tex):
        depth += (sign in "{([") - (sign in "})]")
        if sign == "=" and depth == 0:
            yield place


def chapter_tally(layout: Layout, chapter: Chapter) -> Tally:
    """Run the chapter's cells and set its checks upon the mutants of its formulas.

    An equation may be checked in several cells: one that rejects a mutant kills it, as it would
    stop the build.
    """
    os.environ.setdefault("MPLBACKEND", "Agg")
    shown = chapter.equations
    held = ledger.by_hand(layout, chapter)
    tally = Tally()
    alive: dict[str, list[str]] = {}
    namespace: dict[str, object] = {"__name__": "__main__"}
    for cell in chapter.notebook.cells:
        if cell.cell_type != "code" or "raises-exception" in cell.metadata.get("tags", []):
            continue
        program = compile(cell.source, chapter.name, "exec")
        for label in cell.metadata.get("checks", []):
            changed = list(dict.fromkeys(mutants(shown[label])))
            if label in held:
                tally.by_digest[label] = len(changed)
                continue
            before = alive.get(label, changed)
            alive[label] = [
                mutant for mutant in before if survives(program, namespace, shown | {label: mutant})
            ]
            tally.killed += len(before) - len(alive[label])
        with displaying(shown):
            exec(program, namespace)
    tally.survived = [(label, " ".join(m.split())) for label, left in alive.items() for m in left]
    return tally


@contextmanager
def displaying(shown: dict[str, str]) -> Iterator[None]:
    """Let `check.latex` read these formulas, as the build does for a chapter's own."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "displayed.json"
        file.write_text(json.dumps(shown), "utf-8")
        os.environ["CALCML_PAGES"] = str(file)
        yield


def survives(program: object, namespace: dict[str, object], shown: dict[str, str]) -> bool:
    """Run a check against changed formulas in a process of its own; did it pass?"""
    sys.stdout.flush()
    with tempfile.TemporaryDirectory() as folder, displaying(shown):
        child = os.fork()
        if child == 0:
            verdict = 1
            try:
                signal.alarm(SECONDS)
                os.chdir(folder)
                quiet = os.open(os.devnull, os.O_WRONLY)
                os.dup2(quiet, 1)
                os.dup2(quiet, 2)
                exec(program, namespace)  # type: ignore[call-overload]
                verdict = 0
            finally:
                os._exit(verdict)
        _, status = os.waitpid(child, 0)
    return status == 0


def main(only: Sequence[str] = ()) -> int:
    """Print the table; 0 if at least 95 % are killed and every survivor is explained."""
    layout = Layout(ROOT)
    explained = {
        (entry["label"], entry["formula"]): entry["why"]
        for entry in tomllib.loads(SURVIVORS.read_text("utf-8")).get("survivor", [])
    }
    failed = False
    print(f"{'formulas of':44s}{'killed':>8s}{'survived':>10s}{'share':>8s}{'by digest':>11s}")
    for chapter in read_chapters(layout):
        if only and chapter.file.stem not in only:
            continue
        if not any(cell.metadata.get("checks") for cell in chapter.notebook.cells):
            continue
        with redirect_stdout(io.StringIO()):  # the chapter's own output
            tally = chapter_tally(layout, chapter)
        tried = tally.killed + len(tally.survived)
        share = tally.killed / tried if tried else 1.0
        numbers = f"{tally.killed:8d}{len(tally.survived):10d}{share:8.1%}"
        print(f"{chapter.name:44s}{numbers}{sum(tally.by_digest.values()):11d}", flush=True)
        failed |= share < 0.95
        for label, formula in tally.survived:
            why = explained.get((label, formula))
            failed |= why is None
            print(f"    survived  {label}: {formula}\n        {why or 'NOT EXPLAINED'}")
        if tally.by_digest:
            print(f"    by digest  {', '.join(tally.by_digest)}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
