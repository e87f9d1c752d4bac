"""The ledger of checked results: what each check found, and which equations it was written for.

A check that reads its formula from the page follows every change of what it reads. Any other check
was written for the equation as it stood: ``book/checks.json`` keeps a digest of that equation, or
of what no check reads of it (words, another formula of the display, an inequality, which may change
and still hold), and the build stops when the page shows another until somebody has reread the check
and run `make accept-checks`.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from bookkit.build.cache import executed
from bookkit.build.chapters import Chapter, read_chapters
from bookkit.layout import BuildError, Layout
from bookkit.myst import Equation

MIME = "application/vnd.calcml.check+json"


def results(notebook: NotebookNode) -> list[dict[str, Any]]:
    """What the checks of an executed notebook reported, in order, with the labels they check."""
    found = []
    for cell in notebook.cells:
        named = [str(label) for label in cell.metadata.get("checks", [])]
        for output in cell.get("outputs", []):
            if MIME in output.get("data", {}):
                result = dict(output["data"][MIME])
                result["label"] = result["label"] or named
                found.append(result)
    return found


def by_hand(layout: Layout, chapter: Chapter) -> dict[str, Equation]:
    """The chapter's checked equations whose formula no check reads from the page.

    Raises
    ------
    BuildError
        If a check names an equation that the page does not display.
    """
    notebook = executed(layout, chapter)
    shown = chapter.page.equations
    named = {
        str(label): chapter.line(index)
        for index, cell in enumerate(notebook.cells)
        for label in cell.metadata.get("checks", [])
    }
    unknown = [
        f"{chapter.name}:{line}: a check names {label!r}, which is no equation here"
        for label, line in named.items()
        if label not in shown
    ]
    if unknown:
        raise BuildError("\n".join(unknown))
    read = {formula["label"] for result in results(notebook) for formula in result["formulas"]}
    return {label: shown[label] for label in sorted(named.keys() - read)}


def held(layout: Layout, chapter: Chapter) -> dict[str, Equation]:
    """What no check reads of the chapter's checked equations: the whole, or a rest."""
    found = by_hand(layout, chapter)
    shown = chapter.page.equations
    unread: dict[str, list[set[tuple[int, str]]]] = {}
    for result in results(executed(layout, chapter)):
        for formula in result["formulas"]:
            tokens = {(place, token) for place, token in formula["unread"]}
            unread.setdefault(formula["label"], []).append(tokens)
    for label, sets in unread.items():
        rest = " ".join(token for _, token in sorted(set.intersection(*sets)))
        if rest and label in shown:
            found[label] = replace(shown[label], latex=rest)
    return found


def verify(layout: Layout) -> None:
    """Stop where an equation is not the one that its check was reread for.

    Raises
    ------
    BuildError
        Naming file, line and label of each such equation, or a check of no equation.
    """
    accepted = _accepted(layout)
    complaints = [
        f"{chapter.name}:{equation.line}: this equation changed since its check was reread: {label}"
        for chapter in read_chapters(layout)
        for label, equation in held(layout, chapter).items()
        if accepted.get(label) != equation.digest
    ]
    if complaints:
        advice = "Reread the check beside each; when it still checks what is displayed, run:"
        raise BuildError("\n".join([advice, "  make accept-checks", *complaints]))


def accept(layout: Layout) -> int:
    """Record the equations as they stand; return how many digests changed."""
    fresh = {
        label: equation.digest
        for chapter in read_chapters(layout)
        for label, equation in held(layout, chapter).items()
    }
    old = _accepted(layout)
    _file(layout).write_text(json.dumps(fresh, indent=1, sort_keys=True) + "\n", "utf-8")
    return len(set(fresh.items()) ^ set(old.items()))


def _file(layout: Layout) -> Path:
    return layout.book / "checks.json"


def _accepted(layout: Layout) -> dict[str, str]:
    file = _file(layout)
    return dict(json.loads(file.read_text("utf-8"))) if file.exists() else {}
