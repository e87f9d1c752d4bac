"""Parts of the book in the PDF: Sphinx's LaTeX drops the captions of the table of contents."""

from __future__ import annotations

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx


def insert_parts(app: Sphinx, doctree: nodes.document, _docname: str) -> None:
    r"""Put a LaTeX ``\bookpart`` or ``\bookmatter`` before the first chapter of each part.

    A numbered part becomes a part; a part without numbers (front and back matter) only tells
    LaTeX to stop numbering chapters. The macros are defined in the book's LaTeX style.
    """
    if app.builder.format != "latex":
        return
    first = {}
    for toctree in app.config.external_site_map[app.config.root_doc].subtrees:
        first[str(toctree.items[0]).removesuffix(".md")] = toctree
    for start in list(doctree.findall(addnodes.start_of_file)):
        subtree = first.get(start["docname"])
        if subtree is None or subtree.caption is None:
            continue
        command = "bookpart" if subtree.numbered else "bookmatter"
        title = nodes.raw("", rf"\{command}{{{subtree.caption}}}", format="latex")
        start.parent.insert(start.parent.index(start), title)


def setup(app: Sphinx) -> None:
    app.connect("doctree-resolved", insert_parts)
