"""Two levels of reading: sections whose title begins with ◇ are deeper, **Idea.** sums up a proof.

The ◇ stands as an element of its own in the title, so that headings and contents can set it apart
and a screen reader says "deeper section". A paragraph that begins with ``**Idea.**`` has a class.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx

from bookkit.sections import DEEPER

MARK = "deeper-mark"


def mark_levels(_app: Sphinx, doctree: nodes.document) -> None:
    for section in doctree.findall(nodes.section):
        title = section[0] if section.children else None
        if isinstance(title, nodes.title) and title.astext().startswith(DEEPER):
            section["classes"].append("deeper")
            first = next(iter(title.findall(nodes.Text)))
            rest = nodes.Text("\u00a0" + first.removeprefix(DEEPER).lstrip())
            first.parent.replace(first, [nodes.inline("", DEEPER, classes=[MARK]), rest])
    for paragraph in doctree.findall(nodes.paragraph):
        # MyST may begin with an empty text.
        opening = next((part for part in paragraph.children if part.astext()), None)
        if isinstance(opening, nodes.strong) and opening.astext() == "Idea.":
            paragraph["classes"].append("idea")


def setup(app: Sphinx) -> None:
    # Before the titles are gathered for the contents.
    app.connect("doctree-read", mark_levels, priority=100)
