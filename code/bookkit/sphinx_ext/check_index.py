"""``{check-index}``: tables of every checked result and of every claim, made from their records.

There are a page for each part of the book, ``checks/name_of_the_part``, and one with their numbers
by chapter and by kind (``{check-summary}``), which alone stands in print: the tables would fill
seventy pages.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, cast

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
    "In print they are counted; the pages *Checked results* of the site list every single one,"
    " with its tolerance."
)
Records = list[dict[str, object]]


class Recorded(NamedTuple):
    """A chapter with its records."""

    document: str
    page: Page
    results: Records
    claims: Records


class Checks(SphinxDirective):
    """What both directives share: the records, and text with roles and tables made from them."""

    @cached_property
    def layout(self) -> Layout:
        return Layout.around(Path(self.env.srcdir))

    def records(self) -> Iterator[Recorded]:
        """The chapters that have records, in reading order."""
        self.env.bookkit_check_pages = {  # type: ignore[attr-defined]
            *pages_of_checks(self.env),
            self.env.docname,
        }
        for chapter in read_chapters(self.layout):
            notebook = executed(self.layout, chapter)
            results, claims = ledger.results(notebook), ledger.claims(notebook)
            if results or claims:
                document = chapter.file.relative_to(self.layout.book).with_suffix("").as_posix()
                yield Recorded(document, chapter.page, results, claims)

    def part_of(self, document: str) -> str:
        """The part of the book with a chapter, or with the chapter that a page solves."""
        name = document.removeprefix("solutions/")
        parts = self.layout.contents["parts"]
        for part in parts:
            if any(chapter["file"] == name for chapter in part["chapters"]):
                return str(part["caption"])
        return str(parts[0]["caption"])  # the first page of all

    def parsed(self, parent: nodes.Element, lines: list[str]) -> nodes.Element:
        self.state.nested_parse(StringList(lines, self.get_source_info()[0]), 0, parent)
        return parent


class CheckSummary(Checks):
    """Numbers by chapter, each a link to its tables, which once stood here; and by kind."""

    def run(self) -> list[nodes.Node]:
        found = list(self.records())
        results = [result for chapter in found for result in chapter.results]
        claims = [claim for chapter in found for claim in chapter.claims]
        kinds = Counter(str(result["kind"]) for result in results).most_common()
        tallies = [[f"{{doc}}`/{one.document}`", *_tally(one.results, one.claims)] for one in found]
        by_chapter = [TALLY, *tallies, ["All", *_tally(results, claims)]]
        by_kind = [["Kind of check", "Results"], *([kind, str(n)] for kind, n in kinds)]
        on_paper = self.parsed(addnodes.only(expr="latex"), [IN_PRINT, ""])
        table = self.parsed(nodes.container(classes=["moved"]), _table(by_chapter, "55 15 15 15"))
        kinds_table = self.parsed(nodes.container(), _table(by_kind, "1 1") if results else [])
        if self.env.app.builder.format != "html":
            return [on_paper, *table.children, *kinds_table.children]
        links = list(table.findall(addnodes.pending_xref))
        for link, chapter in zip(links, found, strict=True):
            link.replace_self(self.link(chapter))
        return [table, *kinds_table.children]

    def link(self, chapter: Recorded) -> nodes.reference:
        page = "checks/" + self.part_of(chapter.document).lower().replace(" ", "_")
        name = _anchor(chapter.document)
        address = f"{self.env.app.builder.get_relative_uri(self.env.docname, page)}#{name}"
        title = chapter.page.title
        return nodes.reference("", title, internal=True, refuri=address, ids=[name])


class CheckIndex(Checks):
    """Tables of one part of the book, named by its caption."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        sections: list[nodes.Node] = []
        for found in self.records():
            if self.part_of(found.document) == self.arguments[0]:
                kinds = ((found.results, "checked result"), (found.claims, "claim"))
                counts = ", ".join(_count(records, kind) for records, kind in kinds if records)
                lines = [f"{{doc}}`/{found.document}`: {counts}", ""]
                lines += [*_results(found.results, found.document), ""] if found.results else []
                lines += [*_claims(found.claims, found.page), ""] if found.claims else []
                sections.append(self._section(found.document, found.page.title, lines))
        return sections

    def _section(self, document: str, title: str, lines: list[str]) -> nodes.Element:
        name = _anchor(document)
        section = nodes.section("", nodes.title("", title), ids=[name], names=[name])
        return self.parsed(section, lines)


def _anchor(document: str) -> str:
    return "checks-" + document.replace("/", "-").replace("_", "-")


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
    return _table(rows, "22 58 20")


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
    return _table(rows, "10 46 22 12 10")


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


def pages_of_checks(env: BuildEnvironment) -> set[str]:
    return cast("set[str]", getattr(env, "bookkit_check_pages", set()))


def always_outdated(
    _app: Sphinx, env: BuildEnvironment, _added: set[str], _changed: set[str], _removed: set[str]
) -> list[str]:
    """The index depends on the results of all other pages."""
    return sorted(pages_of_checks(env) & env.found_docs)


def setup(app: Sphinx) -> None:
    app.add_directive("check-index", CheckIndex)
    app.add_directive("check-summary", CheckSummary)
    app.connect("env-get-outdated", always_outdated)
