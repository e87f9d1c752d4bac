"""Which cells a page shows, and where.

A cell of which nothing is shown, neither source nor output, leaves nothing on the page: with the
tag ``remove-input`` that is a cell which defines, glues or claims, and prints nothing. A cell with
the tag ``code-later`` runs where it stands and is shown where the page has ``{code-later}``.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


def drop_empty_cells(_app: Sphinx, doctree: nodes.document) -> None:
    for cell in list(doctree.findall(nodes.container)):
        if "cell" in cell["classes"] and not shows(cell):
            cell.parent.remove(cell)


class code_later(nodes.General, nodes.Element):
    """The place of the cells that are shown later than they run."""


class CodeLater(SphinxDirective):
    def run(self) -> list[nodes.Node]:
        return [code_later()]


def move_later_cells(_app: Sphinx, doctree: nodes.document) -> None:
    for place in list(doctree.findall(code_later)):
        cells = [c for c in doctree.findall(nodes.container) if "tag_code-later" in c["classes"]]
        for cell in cells:
            cell.parent.remove(cell)
        place.replace_self(cells)


def shows(cell: nodes.container) -> bool:
    """Is there anything in it but boxes?"""
    return any(not isinstance(part, nodes.container) for part in cell.findall())


def setup(app: Sphinx) -> None:
    app.add_directive("code-later", CodeLater)
    app.add_node(code_later)
    app.connect("doctree-read", move_later_cells)
    app.connect("doctree-read", drop_empty_cells)
