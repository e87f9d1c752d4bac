"""The bibliography: formulas in titles, and works and their DOIs in print."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.writers.latex import LaTeXTranslator

from bookkit.sphinx_ext.latex import RUN_IN

RESOLVER = "https://doi.org/"


class cited_work(nodes.General, nodes.Element):
    """A work in the bibliography."""


class doi(nodes.General, nodes.Inline, nodes.Element):
    """The link of a work to ``https://doi.org``."""


class Formulas(SphinxPostTransform):
    """A title comes as text; what is between dollars in it is a formula."""

    default_priority = 380

    def run(self, **_options: Any) -> None:
        for citation in self.document.findall(nodes.citation):
            for text in list(citation.findall(nodes.Text)):
                if "$" in text:
                    text.parent.replace(text, parts(text.astext()))


def parts(title: str) -> list[nodes.Node]:
    """Text and formulas of a title."""
    found: list[nodes.Node] = []
    for number, part in enumerate(title.split("$")):
        if part:
            found.append(nodes.math("", part) if number % 2 else nodes.Text(part))
    return found


class Bibliography(SphinxPostTransform):
    """The bibliography stays where it was put; Sphinx would move it to the end of the book.

    A DOI is printed as such: Sphinx would print its link with a footnote, as its text is not the
    address.
    """

    default_priority = 390
    formats = ("latex",)

    def run(self, **_options: Any) -> None:
        for citation in list(self.document.findall(nodes.citation)):
            for link in list(citation.findall(nodes.reference)):
                if link["refuri"].startswith(RESOLVER):
                    link.replace_self(doi("", address=link["refuri"]))
            work = cited_work("", *citation.children[1:], **citation.attributes)
            citation.replace_self(work)


def visit_cited_work(self: LaTeXTranslator, node: cited_work) -> None:
    self.body.append(f"\n\\bookentry{{cite.{node['docname']}:{node['ids'][0]}}}")
    self.body.append(RUN_IN)


def depart_cited_work(_self: LaTeXTranslator, _node: cited_work) -> None:
    pass


def visit_doi(self: LaTeXTranslator, node: doi) -> None:
    address = self.encode_uri(node["address"])
    name = address.removeprefix(RESOLVER)
    self.body.append(rf"\sphinxhref{{{address}}}{{doi:\sphinxnolinkurl{{{name}}}}}")


def depart_doi(_self: LaTeXTranslator, _node: doi) -> None:
    pass


def setup(app: Sphinx) -> None:
    app.add_node(cited_work, latex=(visit_cited_work, depart_cited_work))
    app.add_node(doi, latex=(visit_doi, depart_doi))
    app.add_post_transform(Formulas)
    app.add_post_transform(Bibliography)
