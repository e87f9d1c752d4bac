"""The text of a page for a notebook, where no directive of the book runs.

What the site fills in, draws or moves stands there as words: counts, the graph of the chapters, a
cell that is shown later. Links by the names of chapters and terms become links between notebooks,
or the words alone. Old links lead to pages of the site, and a notebook has no index.
"""

from __future__ import annotations

import os
import re

from bookkit import myst, reading
from bookkit.build.counts import counts
from bookkit.courses import prerequisites
from bookkit.layout import Layout
from bookkit.myst import Block, Page

LATER = "*It is the first cell of this notebook.*"
# Roles that need no number: chapters, terms, and whatever is linked under words of its own.
LINK = re.compile(
    r"\{(?P<role>doc|term|ref)\}`(?P<words>[^`<]+?)(?P<titled> <(?P<target>[^`<>]+)>)?`"
)


def plain(layout: Layout, page: Page, text: str) -> str:
    """A part of a page, its directives replaced by what they show, its minutes filled in."""
    part = Page("", text)
    lines: list[str | None] = list(part.lines)
    for block in part.blocks:
        shown = words(layout, block)
        if shown is not None:
            lines[block.line - 1 : block.last] = [None] * (block.last - block.line + 1)
            lines[block.line - 1] = shown
    joined = "\n".join(line for line in lines if line is not None)
    return LINK.sub(lambda found: link(layout, page, found), reading.fill(layout, page, joined))


def words(layout: Layout, block: Block) -> str | None:
    """What stands for a directive; None if it stays."""
    if block.name in ("index", "moved"):
        return ""
    if block.name == "counted":
        return block.body.rstrip().format(**counts(layout))
    if block.name == "code-later":
        return LATER
    if block.name == "prerequisite-graph":
        return needs(layout)
    return None


def link(layout: Layout, page: Page, found: re.Match[str]) -> str:
    """A link in Markdown to the notebook of a chapter; of other links the words."""
    if found["role"] != "doc":
        untitled = found["role"] == "ref" and not found["titled"]  # its words are a number
        return found[0] if untitled else found["words"]
    name = found["target"] or found["words"]
    folder = (layout.root / page.name).parent  # from which names count, but for those from the top
    file = (layout.book / name[1:] if name.startswith("/") else folder / name).with_suffix(".md")
    other = myst.read(layout, file.resolve())
    text = found["words"] if found["titled"] else other.title
    address = os.path.relpath(file.with_suffix(".ipynb"), folder)
    return f"[{text}]({address})" if other.cells else text


def needs(layout: Layout) -> str:
    """The graph of the chapters as a list."""
    graph = prerequisites(layout)
    titles = {name: myst.read(layout, layout.book / f"{name}.md").title for name in graph}
    lines = []
    for name, others in graph.items():
        before = f", after {', '.join(titles[other] for other in others)}" if others else ""
        lines.append(f"- **{titles[name]}**{before}")
    return "\n".join(lines)
