"""The ledger of checked results: what each check found, and which equations it was written for.

A check that reads its formula from the page follows every change of what it reads. Any other check
was written for the equation as it stood: ``book/checks.json`` keeps a digest of that equation, or
of what no check reads of it (words, another formula of the display, an inequality, which may change
and still hold), and the build stops when the page shows another until somebody has reread the check
and run `make accept-checks`.

Captions, alternative texts and summaries (`bookkit.statements`) are held in the same way beside the
claims about them, from the first `make accept-checks` on: a number, an order, a "below" may not
change without being reread. A glued value may, for its claims are executed.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from bookkit import myst
from bookkit.build.cache import executed
from bookkit.build.chapters import Chapter, read_chapters
from bookkit.layout import BuildError, Layout
from bookkit.myst import Equation, Page
from bookkit.statements import SUMMARY, label_of, statements

MIME = "application/vnd.calcml.check+json"


CLAIM = "claim"


def results(notebook: NotebookNode) -> list[dict[str, Any]]:
    """What the checks of an executed notebook reported, in order, with the labels they check."""
    return [record for _, record in _records(notebook) if record["kind"] != CLAIM]


def claims(notebook: NotebookNode) -> list[dict[str, Any]]:
    """What an executed notebook claims about figures, summaries, remarks, with their labels."""
    return [record for _, record in _records(notebook) if record["kind"] == CLAIM]


def _records(notebook: NotebookNode) -> list[tuple[int, dict[str, Any]]]:
    """Every record with the number of its cell."""
    found = []
    for index, cell in enumerate(notebook.cells):
        named = [str(label) for label in cell.metadata.get("checks", [])]
        for output in cell.get("outputs", []):
            if MIME in output.get("data", {}):
                result = dict(output["data"][MIME])
                result["label"] = result["label"] or named
                found.append((index, result))
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
        if label not in shown and label not in chapter.page.tables
    ]
    if unknown:
        raise BuildError("\n".join(unknown))
    read = {formula["label"] for result in results(notebook) for formula in result["formulas"]}
    return {label: shown[label] for label in sorted(named.keys() & shown.keys() - read)}


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
    """Stop where an equation or a text is not the one that its check or its claims were reread for.

    Raises
    ------
    BuildError
        Naming file, line and label of each of them, or a check or a claim about nothing.
    """
    accepted = accepted_digests(layout)
    chapters = read_chapters(layout)
    unknown = [line for chapter in chapters for line in claims_of_nothing(layout, chapter)]
    if unknown:
        raise BuildError("\n".join(unknown))
    complaints = [
        f"{chapter.name}:{equation.line}: this equation changed since its check was reread: {label}"
        for chapter in chapters
        for label, equation in held(layout, chapter).items()
        if accepted.get(label) != equation.digest
    ]
    complaints += [line for page in _pages(layout) for line in changed_texts(page, accepted)]
    if complaints:
        advice = "Reread the check or the claims beside each; when they still fit, run:"
        raise BuildError("\n".join([advice, "  make accept-checks", *complaints]))


def claims_of_nothing(layout: Layout, chapter: Chapter) -> list[str]:
    """Complaints about claims whose subject the page does not have."""
    page = chapter.page
    known = {*page.labels, *(s.label for s in statements(page) if s.label.startswith(SUMMARY))}
    return [
        page.at(chapter.line(index), f"a claim is about {subject!r}, which is no label here")
        for index, record in _records(executed(layout, chapter))
        if record["kind"] == CLAIM
        for subject in record["label"]
        if label_of(subject, page) not in known
    ]


def changed_texts(page: Page, accepted: dict[str, str]) -> list[str]:
    """Complaints about captions, alternative texts and summaries other than those accepted."""
    return [
        page.at(text.line, f"this text changed since its claims were reread: {text.label}")
        for text in statements(page)
        if accepted.get(text.label, text.digest) != text.digest
    ]


def accept(layout: Layout) -> int:
    """Record equations and texts as they stand; return how many digests changed."""
    fresh = {
        label: equation.digest
        for chapter in read_chapters(layout)
        for label, equation in held(layout, chapter).items()
    }
    fresh |= {text.label: text.digest for page in _pages(layout) for text in statements(page)}
    old = accepted_digests(layout)
    _file(layout).write_text(json.dumps(fresh, indent=1, sort_keys=True) + "\n", "utf-8")
    return len(set(fresh.items()) ^ set(old.items()))


def _pages(layout: Layout) -> list[Page]:
    return [myst.read(layout, file) for file in layout.chapters]


def _file(layout: Layout) -> Path:
    return layout.book / "checks.json"


def accepted_digests(layout: Layout) -> dict[str, str]:
    """The digests of what was reread last, by label."""
    file = _file(layout)
    return dict(json.loads(file.read_text("utf-8"))) if file.exists() else {}
