"""Footnotes in print."""

from __future__ import annotations

from typing import Any, cast

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders.latex.nodes import footnotemark, footnotetext
from sphinx.transforms.post_transforms import SphinxPostTransform


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


def setup(app: Sphinx) -> None:
    app.add_post_transform(Footnotes)
