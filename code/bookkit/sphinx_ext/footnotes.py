"""Footnotes and bibliography in print."""

from __future__ import annotations

from typing import Any, cast

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders.latex.nodes import footnotemark, footnotetext
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.writers.latex import LaTeXTranslator

from bookkit.sphinx_ext.latex import RUN_IN


class cited_work(nodes.General, nodes.Element):
    """A work in the bibliography."""


class Footnotes(SphinxPostTransform):
    """Footnotes are numbered in the order of their marks, from 1 in each chapter.

    Sphinx numbers written notes and those that print the addresses of links apart.
    """

    default_priority = 610  # after Sphinx has put each note where its mark stands
    formats = ("latex",)

    def run(self, **_options: Any) -> None:
        for chapter in self.document.findall(addnodes.start_of_file):
            numbers: dict[str, str] = {}
            for found in chapter.findall(is_footnote):
                node = cast(nodes.Element, found)
                name = str(node["refid"] if isinstance(node, footnotemark) else node["ids"][0])
                number = nodes.Text(numbers.setdefault(name, str(len(numbers) + 1)))
                label = node if isinstance(node, footnotemark) else cast(nodes.label, node[0])
                label.children = []
                label.append(number)


def is_footnote(node: nodes.Node) -> bool:
    return isinstance(node, (nodes.footnote, footnotemark, footnotetext))


class Bibliography(SphinxPostTransform):
    """The bibliography stays where it was put; Sphinx would move it to the end of the book.

    A link whose text is not its address (such as ``doi:…``) shows the address, as print needs it.
    """

    default_priority = 390
    formats = ("latex",)

    def run(self, **_options: Any) -> None:
        for citation in list(self.document.findall(nodes.citation)):
            for link in citation.findall(nodes.reference):
                link.children = []
                link += nodes.Text(link["refuri"])
            work = cited_work("", *citation.children[1:], **citation.attributes)
            citation.replace_self(work)


def visit_cited_work(self: LaTeXTranslator, node: cited_work) -> None:
    self.body.append(f"\n\\bookentry{{cite.{node['docname']}:{node['ids'][0]}}}")
    self.body.append(RUN_IN)


def depart_cited_work(_self: LaTeXTranslator, _node: cited_work) -> None:
    pass


def setup(app: Sphinx) -> None:
    app.add_node(cited_work, latex=(visit_cited_work, depart_cited_work))
    app.add_post_transform(Bibliography)
    app.add_post_transform(Footnotes)
