r"""Parts and edition of the printed book: what Sphinx's LaTeX does not know of.

A numbered part of the table of contents opens with a page of its own (``\bookpart``); a part
without numbers tells LaTeX to stop numbering: front matter (``\bookmatter``), or back matter in
smaller type (``\bookback``), where the solutions to one chapter follow those to the one before
and tables of formulas have more of the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util.texescape import escape
from sphinx_external_toc.api import TocTree

from bookkit.layout import Layout

SOLUTIONS = "solutions/"  # the folder of all pages with solutions


def insert_parts(app: Sphinx, doctree: nodes.document, _docname: str) -> None:
    """Put a part's opening before its first chapter, and frames around solutions and tables.

    What the site alone has goes.
    """
    if app.builder.format != "latex":
        return
    alone = Layout.around(Path(app.srcdir)).on_site_alone
    for start in list(doctree.findall(addnodes.start_of_file)):
        if start["docname"] in alone:
            start.parent.remove(start)
    subtrees = app.config.external_site_map[app.config.root_doc].subtrees
    openings = {
        document_name(tree.items[0]): opening_of(app.env, tree, after=subtrees[:place])
        for place, tree in enumerate(subtrees)
        if tree.caption
    }
    before = ""
    for start in list(doctree.findall(addnodes.start_of_file)):
        opening = openings.get(start["docname"], "")
        frame = frame_of(start)
        if frame != before:
            ends, begins = f"\\bookend{before}" * bool(before), f"\\book{frame}" * bool(frame)
            opening, before = ends + opening + begins, frame
        if opening:
            raw = nodes.raw("", opening, format="latex")
            start.parent.insert(start.parent.index(start), raw)


def frame_of(page: nodes.Element) -> str:
    """What a page stands in, beside its part."""
    if page["docname"].startswith(SOLUTIONS):
        return "solutions"
    formulas = any("formulas" in table["classes"] for table in page.findall(nodes.table))
    return "tables" if formulas else ""


def opening_of(env: BuildEnvironment, tree: TocTree, after: Sequence[TocTree]) -> str:
    if not tree.numbered:
        return r"\bookback" if any(part.numbered for part in after) else r"\bookmatter"
    lines = []
    for item in tree.items:
        name = document_name(item)
        number = ".".join(map(str, env.toc_secnumbers.get(name, {}).get("", ())))
        title = escape(env.titles[name].astext(), "xelatex")
        lines.append(rf"\bookpartchapter{{{number}}}{{{title}}}{{\detokenize{{{name}::doc}}}}")
    return rf"\bookpart{{{escape(tree.caption or '', 'xelatex')}}}{{{''.join(lines)}}}"


def document_name(item: object) -> str:
    return str(item).removesuffix(".md")


def tell_edition(app: Sphinx, config: Config) -> None:
    """Give LaTeX what ``CITATION.cff`` names."""
    layout = Layout.around(Path(app.srcdir))
    day = datetime.fromtimestamp(layout.epoch, UTC)
    people = [
        person.get("name") or f"{person['given-names']} {person['family-names']}"
        for person in layout.citation["authors"]
    ]
    facts = {
        "title": layout.citation["title"],
        "authors": ", ".join(people),
        "version": layout.citation["version"],
        "date": f"{day:%B} {day.day}, {day.year}",
        "year": str(day.year),
    }
    told = "".join(
        f"\\newcommand{{\\book{name}}}{{{escape(str(fact), 'xelatex')}}}\n"
        for name, fact in facts.items()
    )
    config.latex_elements["preamble"] = told + config.latex_elements.get("preamble", "")


def setup(app: Sphinx) -> None:
    app.connect("config-inited", tell_edition)
    app.connect("doctree-resolved", insert_parts)
