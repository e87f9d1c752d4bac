"""``{check-index}``: tables of every checked result and of every claim, made from their records.

In print, where they would fill seventy pages, stand their numbers by chapter and by kind.
"""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import cast

from docutils import nodes
from docutils.statemachine import StringList
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

from bookkit.build import ledger
from bookkit.build.cache import executed
from bookkit.build.chapters import read_chapters
from bookkit.layout import Layout
from bookkit.myst import Page

HEADER = ["Result", "What is checked, and how", "Tolerance", "Wrong versions rejected", "Time"]
TALLY = ["Chapter", "Results", "Claims", "Wrong versions rejected"]
IN_PRINT = (
    "In print they are counted; the page *Checked results* of the site lists every single one,"
    " with its tolerance."
)
Records = list[dict[str, object]]


class CheckIndex(SphinxDirective):
    def run(self) -> list[nodes.Node]:
        layout = Layout.around(Path(self.env.srcdir))
        sections: list[nodes.Node] = []
        tallies: list[list[str]] = []
        results: Records = []
        claims: Records = []
        for chapter in read_chapters(layout):
            notebook = executed(layout, chapter)
            found, claimed = ledger.results(notebook), ledger.claims(notebook)
            if found or claimed:
                document = chapter.file.relative_to(layout.book).with_suffix("").as_posix()
                kinds = ((found, "checked result"), (claimed, "claim"))
                counts = ", ".join(_count(records, kind) for records, kind in kinds if records)
                site = [f"{{doc}}`/{document}`: {counts}", ""]
                site += [*_results(found, document), ""] if found else []
                site += [*_claims(claimed, chapter.page), ""] if claimed else []
                sections.append(self._section(document, chapter.page.title, site))
                tallies.append([f"{{doc}}`/{document}`", *_tally(found, claimed)])
                results += found
                claims += claimed
        self.env.bookkit_check_index = self.env.docname  # type: ignore[attr-defined]
        by_chapter = [TALLY, *tallies, ["All", *_tally(results, claims)]]
        kinds_of = Counter(str(result["kind"]) for result in results).most_common()
        by_kind = [["Kind of check", "Results"], *([kind, str(n)] for kind, n in kinds_of)]
        printed = [IN_PRINT, "", *_table(by_chapter, "55 15 15 15"), ""]
        printed += _table(by_kind, "1 1") if results else []
        on_paper = self._parsed(addnodes.only(expr="latex"), printed)
        return [on_paper, addnodes.only("", *sections, expr="html")]

    def _section(self, document: str, title: str, lines: list[str]) -> nodes.Element:
        """A section of its own for each chapter: a browser lays out the one that is looked at."""
        name = "checks-" + document.replace("/", "-").replace("_", "-")
        section = nodes.section("", nodes.title("", title), ids=[name], names=[name])
        return self._parsed(section, lines)

    def _parsed(self, parent: nodes.Element, lines: list[str]) -> nodes.Element:
        self.state.nested_parse(StringList(lines, self.get_source_info()[0]), 0, parent)
        return parent


def _tally(results: Records, claims: Records) -> list[str]:
    """How many results, claims, and wrong versions of both."""
    rejected = sum(len(cast(list[str], record["rejected"])) for record in [*results, *claims])
    return [f"{number:,}" for number in (len(results), len(claims), rejected)]


def _count(found: Records, what: str) -> str:
    return f"{len(found)} {what}{'s' * (len(found) != 1)}"


def _claims(claims: Records, page: Page) -> list[str]:
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


def _results(found: Records, document: str) -> list[str]:
    """A table of results, one row each."""
    rows = [HEADER]
    for result in found:
        labels = result["label"]
        assert isinstance(labels, list)
        where = ", ".join(map(_link, labels)) or f"{{doc}}`/{document}`"
        how = f"{result['kind']}: {result['method']}" + ", loose" * bool(result["loose"])
        rejected, formulas = result["rejected"], result["formulas"]
        assert isinstance(rejected, list)
        assert isinstance(formulas, list)
        if any(formula["label"] for formula in formulas):
            how += "; formula read from the page"
        rows.append([where, how, str(result["tolerance"]), str(len(rejected)), _time(result)])
    return _table(rows, "10 54 15 12 9")


def _link(label: str) -> str:
    """A link to an equation, or to a table with the number of a row."""
    table, _, row = label.partition(":")
    return f"{{numref}}`{table}`, row {row}" if row else f"{{eq}}`{label}`"


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
