"""How much the book has of what: for the landing page, and for its notebook."""

from __future__ import annotations

from typing import cast

from bookkit import myst, reading
from bookkit.build import ledger
from bookkit.build.cache import executed
from bookkit.build.chapters import read_chapters
from bookkit.courses import prerequisites
from bookkit.layout import Layout


def counts(layout: Layout) -> dict[str, int]:
    """How much the book has of what, from the sources and from the records of their execution.

    Returns
    -------
    dict
        ``chapters``; ``results``, the numbered equations that a check names; ``claims``;
        ``rejected``, the wrong versions that checks and claims refused; ``exercises``, those that
        a solution answers; ``hours`` of reading, deeper sections included.
    """
    results: set[str] = set()
    answered: set[str] = set()
    found = dict.fromkeys(("claims", "rejected"), 0)
    for chapter in read_chapters(layout):
        notebook = executed(layout, chapter)
        checked, claimed = ledger.results(notebook), ledger.claims(notebook)
        results.update(label for record in checked for label in cast(list[str], record["label"]))
        found["claims"] += len(claimed)
        found["rejected"] += sum(
            len(cast(list[str], record["rejected"])) for record in [*checked, *claimed]
        )
        answered.update(block.argument for block in chapter.page.named("solution-start"))
    pages = [myst.read(layout, layout.book / f"{name}.md") for name in prerequisites(layout)]
    exercises = {
        str(block.options["label"])
        for page in pages
        for block in page.named("exercise", "exercise-start")
    }
    time = sum(reading.minutes(layout, page, part) for page in pages for part in ("core", "deeper"))
    return found | {
        "chapters": sum(page.stem in layout.numbered for page in pages),
        "results": len(results),
        "exercises": len(exercises & answered),
        "hours": round(time / 60),
    }
