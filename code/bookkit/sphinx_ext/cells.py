"""A cell of which nothing is shown, neither source nor output, leaves nothing on the page.

With the tag ``remove-input`` that is a cell which defines, glues or claims, and prints nothing.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx


def drop_empty_cells(_app: Sphinx, doctree: nodes.document) -> None:
    for cell in list(doctree.findall(nodes.container)):
        if "cell" in cell["classes"] and not shows(cell):
            cell.parent.remove(cell)


def shows(cell: nodes.container) -> bool:
    """Is there anything in it but boxes?"""
    return any(not isinstance(part, nodes.container) for part in cell.findall())


def setup(app: Sphinx) -> None:
    app.connect("doctree-read", drop_empty_cells)
