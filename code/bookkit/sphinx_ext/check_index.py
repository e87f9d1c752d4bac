"""``{check-index}``: tables of every checked result and of every claim, made from their records."""

from __future__ import annotations

import math
from pathlib import Path
from typing import cast

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

from bookkit.build import ledger
from bookkit.build.cache import executed
from bookkit.build.chapters import read_chapters
from bookkit.layout import Layout
from bookkit.myst import Page

HEADER = ["Result", "What is checked, and how", "Tolerance", "Wrong versions rejected", "Time"]
# In print the table is set as small as footnotes are.
SMALLER = r"\begingroup\let\small\footnotesize"


class CheckIndex(SphinxDirective):
    def run(self) -> list[nodes.Node]:
        layout = Layout.around(Path(self.env.srcdir))
        lines: list[str] = []
        for chapter in read_chapters(layout):
            notebook = executed(layout, chapter)
            found, claims = ledger.results(notebook), ledger.claims(notebook)
            if found or claims:
                document = chapter.file.relative_to(layout.book).with_suffix("").as_posix()
                kinds = ((found, "checked result"), (claims, "claim"))
                counts = ", ".join(_count(records, kind) for records, kind in kinds if records)
                lines += [f"**{{doc}}`/{document}`**: {counts}", ""]
                lines += [*_results(found, document), ""] if found else []
                lines += [*_claims(claims, chapter.page), ""] if claims else []
        self.env.bookkit_check_index = self.env.docname  # type: ignore[attr-defined]
        box = nodes.container(classes=["check-index"])
        self.state.nested_parse(StringList(lines, self.get_source_info()[0]), 0, box)
        return [
            nodes.raw("", SMALLER, format="latex"),
            *box.children,
            nodes.raw("", r"\endgroup", format="latex"),
        ]


def _count(found: list[dict[str, object]], what: str) -> str:
    return f"{len(found)} {what}{'s' * (len(found) != 1)}"


def _claims(claims: list[dict[str, object]], page: Page) -> list[str]:
    """A table of claims, one row each."""
    results = {block.options.get("label") for block in page.blocks if block.name[:4] == "prf:"}
    rows = [["About", "What is claimed, of the numbers shown", "Tolerance"]]
    for claim in claims:
        (subject,) = map(str, cast(list[str], claim["label"]))
        kind = {"fig": "numref", "eq": "eq"}.get(subject.partition("-")[0], "ref")
        role = "prf:ref" if subject in results else kind
        where = f"{{{role}}}`{subject}`" if subject in page.labels else subject
        rows.append([where, str(claim["statement"]), str(claim["tolerance"])])
    return _table(rows, "16 64 20")


def _results(found: list[dict[str, object]], document: str) -> list[str]:
    """A table of results, one row each."""
    rows = [HEADER]
    for result in found:
        labels = result["label"]
        assert isinstance(labels, list)
        where = ", ".join(f"{{eq}}`{label}`" for label in labels) or f"{{doc}}`/{document}`"
        how = f"{result['kind']}: {result['method']}" + ", loose" * bool(result["loose"])
        rejected, formulas = result["rejected"], result["formulas"]
        assert isinstance(rejected, list)
        assert isinstance(formulas, list)
        if any(formula["label"] for formula in formulas):
            how += "; formula read from the page"
        rows.append([where, how, str(result["tolerance"]), str(len(rejected)), _time(result)])
    return _table(rows, "10 54 15 12 9")


def _table(rows: list[list[str]], widths: str) -> list[str]:
    """A list-table, its first row the heading."""
    lines = ["````{list-table}", ":header-rows: 1", f":widths: {widths}", ""]
    for row in rows:
        for column, text in enumerate(row):
            lines.append(("* - " if column == 0 else "  - ") + text)
    return [*lines, "````"]


def _time(result: dict[str, object]) -> str:
    """The time as a power of ten, so that two builds print the same."""
    seconds = max(float(str(result["seconds"])), 1e-3)
    power = math.ceil(math.log10(seconds))
    return f"<\u00a0{10.0**power:g}\u00a0s"


def always_outdated(
    _app: Sphinx, env: BuildEnvironment, _added: set[str], _changed: set[str], _removed: set[str]
) -> list[str]:
    """The index depends on the results of all other pages."""
    document = getattr(env, "bookkit_check_index", None)
    return [document] if document in env.found_docs else []


def setup(app: Sphinx) -> None:
    app.add_directive("check-index", CheckIndex)
    app.connect("env-get-outdated", always_outdated)
