"""The text of a page for a notebook, where no directive of the book runs.

What the site numbers, fills in, draws or moves stands there as plain Markdown: theorems and
equations under their numbers, references as links, works by author and year, the graph of the
chapters as a list. Links lead to the site if its address is known, else to places of the notebooks;
what neither has stays as words. Old links lead to pages of the site, and a notebook has no index.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path, PurePosixPath
from typing import ClassVar

from bookkit import myst, reading
from bookkit.build.counts import counts
from bookkit.build.labels import Label, Work, labels, works
from bookkit.courses import prerequisites
from bookkit.definitions import locate, source_of
from bookkit.layout import Layout
from bookkit.myst import Block, Page

LATER = "*It is the first cell of this notebook.*"
#: What stands in a place of its own on the site, or nowhere.
LEFT_OUT = {"index", "moved", "toctree", "raw", "eval-rst", "bibliography", "reference-list"}
LEFT_OUT |= {"general-index", "check-index", "check-summary", "course"}
LEFT_OUT |= {"exercise-end", "solution-end"}
END = "∎"
# `words <target>` or the target alone; works may be several. A role in code is shown as it is.
ROLE = re.compile(
    r"``.+?``|\{(?P<role>doc|term|eq|ref|numref|prf:ref|cite:t|cite:p)\}"
    r"`(?:(?P<words>[^`<]+?)\s*<(?P<titled>[^`<>]+)>|(?P<target>[^`<>]+))`"
)
ENVIRONMENT = re.compile(r"\\begin\{(?P<name>\w+)\}.*?\\end\{(?P=name)\}", re.S)
DISPLAYED = re.compile(r"\$\$(?P<latex>.+?)\$\$(?:[ \t]*\((?P<label>[\w-]+)\))?", re.S)
DOWNLOAD = re.compile(r'<a href="(?P<file>[^":]+)">(?P<words>.+?)</a>')
NAME_OF_WHAT_FOLLOWS = re.compile(r"^\(([\w-]+)\)=\n", re.M)


@dataclass(frozen=True)
class Book:
    """What a notebook has to know of the other pages.

    Attributes
    ----------
    pages
        The folder of the pages as Sphinx wrote them.
    """

    layout: Layout
    pages: Path

    @cached_property
    def labels(self) -> dict[str, Label]:
        return labels(self.layout, self.pages)

    @cached_property
    def works(self) -> dict[str, Work]:
        return works(self.layout)

    @cached_property
    def counts(self) -> dict[str, int]:
        return counts(self.layout)

    def source(self, name: str) -> Page:
        """A page of the book by name."""
        return _source(self.layout, name)

    def address(self, name: str, anchor: str, start: str) -> str:
        """Where a page is found from another one's notebook: empty if only the site has it."""
        place = f"#{anchor}" if anchor else ""
        if self.layout.site_address:
            return f"{self.layout.site_address}{name}.html{place}"
        if name == start:
            return place
        if not self.source(name).cells:
            return ""
        return os.path.relpath(f"{name}.ipynb", PurePosixPath(start).parent) + place

    def place(self, label: str) -> str:
        """What stands in a notebook where a link to a label leads, unless it leads to the site."""
        found = self.labels.get(label)
        return f'<a id="{found.anchor}"></a>' if found and not self.layout.site_address else ""


@cache
def _source(layout: Layout, name: str) -> Page:
    return myst.read(layout, layout.book / f"{name}.md")


class Writer:
    """Writes the text of one page for its notebook."""

    def __init__(self, book: Book, page: Page) -> None:
        self.book, self.page = book, page
        # Names count from the folder of the chapters, whatever the folder is called.
        self.name = PurePosixPath(*PurePosixPath(page.name).parts[1:]).with_suffix("").as_posix()

    def text(self, source: str) -> str:
        """A part of the page as Markdown that any Jupyter shows; glued values stay as they are."""
        part = Page("", source, self.page.extensions)
        pieces = []
        above = 0
        for block in part.blocks:
            if block.line > above:  # else it stands within the one before
                pieces.append(self._prose("\n".join(part.lines[above : block.line - 1])))
                shown = "\n".join(part.lines[block.line - 1 : block.last])
                pieces.append(self._block(block, shown))
                above = block.last
        pieces.append(self._prose("\n".join(part.lines[above:])))
        return "\n\n".join(piece.strip("\n") for piece in pieces if piece.strip())

    def _prose(self, source: str) -> str:
        source = DISPLAYED.sub(self._displayed, NAME_OF_WHAT_FOLLOWS.sub(self._before, source))
        source = DOWNLOAD.sub(self._download, source)
        return ROLE.sub(self._role, reading.fill(self.book.layout, self.page, source))

    def _before(self, found: re.Match[str]) -> str:
        place = self.book.place(found[1])
        return f"{place}\n\n" if place else ""

    # Blocks

    def _block(self, block: Block, shown: str) -> str:
        if block.name in LEFT_OUT:
            return ""
        if block.name == "code":
            return shown
        write = self.BLOCKS.get(block.name)
        if write is None:
            write = Writer._theorem if block.name.startswith("prf:") else Writer._shown
        return write(self, block)

    def _named(self, block: Block) -> str:
        """What the site calls a block, in bold, before its text."""
        label = str(block.options.get("label", block.options.get("name", "")))
        kind = block.name.removeprefix("prf:").removesuffix("-start").capitalize()
        name = self.book.labels[label].words if label else kind
        title = f" ({block.argument})" if block.argument else ""
        return f"**{name}**{self.book.place(label)}{self._prose(title)}"

    def _theorem(self, block: Block) -> str:
        return f"{self._named(block)}\n\n{self.text(block.body)}"

    def _proof(self, block: Block) -> str:
        title = f" ({block.argument})" if block.argument else ""
        return f"*Proof{self._prose(title)}.* {self.text(block.body)} {END}"

    def _solution(self, block: Block) -> str:
        label = str(block.options["label"])
        title = self._link(self.book.labels[label].words, self.book.labels[block.argument])
        return f"**{title}**{self.book.place(label)}\n\n{self.text(block.body)}"

    def _hint(self, block: Block) -> str:
        return f"*Hint.* {self.text(block.body)}"

    def _equation(self, block: Block) -> str:
        return self._display(block.shown, str(block.options.get("label", "")))

    def _titled(self, block: Block) -> str:
        return f"**{self._prose(block.argument)}**\n\n{self.text(block.body)}"

    def _shown(self, block: Block) -> str:
        """Of what is not known here, the text."""
        return self.text(block.shown)

    def numbered(self, label: str) -> str:
        """What the caption of a figure or a table begins with."""
        return f"**{self.book.labels[label].words}.**{self.book.place(label)}"

    def _figure(self, block: Block) -> str:
        """A picture that no cell draws: what is seen, and the caption."""
        alt, label = block.options.get("alt", ""), str(block.options.get("name", ""))
        number = f"{self.numbered(label)} " if label else ""
        seen = f"*{alt}*\n\n" if alt else ""
        return f"{seen}{number}{self.text(block.body)}"

    def _table(self, block: Block) -> str:
        label = str(block.options.get("name", ""))
        number = f"{self.numbered(label)} " if label else ""
        return f"{number}{self._prose(block.argument)}\n\n{self.text(block.body)}"

    def _source(self, block: Block) -> str:
        found = locate(self.book.layout.code, block.argument)
        assert found is not None, "the site would not have been built"
        file, node = found
        whole = "docstring" in block.options
        code = source_of(file.read_text("utf-8"), node, docstring=whole)
        return f"`{block.argument}`\n\n```python\n{code}\n```"

    def _interactive(self, block: Block) -> str:
        twin = self.book.labels[str(block.options["twin"])]
        address = self.book.address(twin.page, twin.anchor, self.name)
        if not self.book.layout.site_address:
            return ""
        return f"*[On the site]({address}) this figure can be moved.* {self._prose(block.body)}"

    def _counted(self, block: Block) -> str:
        return block.body.rstrip().format(**self.book.counts)

    def _later(self, _block: Block) -> str:
        return LATER

    def _graph(self, _block: Block) -> str:
        """The graph of the chapters as a list."""
        graph = prerequisites(self.book.layout)
        titles = {name: self.book.source(name).title for name in graph}
        lines = []
        for name, others in graph.items():
            before = f", after {', '.join(titles[other] for other in others)}" if others else ""
            lines.append(f"- **{titles[name]}**{before}")
        return "\n".join(lines)

    BLOCKS: ClassVar[dict[str, Callable[[Writer, Block], str]]] = {
        "admonition": _titled,
        "code-later": _later,
        "counted": _counted,
        "dropdown": _titled,
        "exercise": _theorem,
        "exercise-start": _theorem,
        "figure": _figure,
        "hint": _hint,
        "image": _figure,
        "interactive": _interactive,
        "math": _equation,
        "prerequisite-graph": _graph,
        "prf:proof": _proof,
        "solution": _solution,
        "solution-start": _solution,
        "source": _source,
        "tab-item": _titled,
        "table": _table,
    }

    # Equations and roles

    def _displayed(self, found: re.Match[str]) -> str:
        return self._display(found["latex"], found["label"] or "")

    def _display(self, latex: str, label: str) -> str:
        r"""An equation with its number; lines that ``\\`` ends need an environment."""
        latex = re.sub(r"\n\s*\n", "\n", latex.strip())
        if r"\\" in ENVIRONMENT.sub("", latex):
            latex = f"\\begin{{aligned}}\n{latex}\n\\end{{aligned}}"
        number = self.book.labels[label].words.strip("()") if label else ""
        tag = rf" \tag{{{number}}}" if number else ""
        place = self.book.place(label)
        return f"{place}{chr(10) * bool(place)}$$\n{latex}{tag}\n$$"

    def _role(self, found: re.Match[str]) -> str:
        role, words = found["role"], found["words"] or ""
        if not role:
            return found[0]
        target = (found["titled"] or found["target"]).strip()
        if role == "doc":
            return self._page(words, target)
        if role == "term":
            name = words or target
            address = self.book.address("glossary", f"term-{target.replace(' ', '-')}", self.name)
            return f"[{name}]({address})" if address else name
        if role.startswith("cite:"):
            return self._works(target.split(","), in_brackets=role == "cite:p")
        label = self.book.labels[target]
        return self._link(words.replace("%s", label.words.split()[-1]) or label.words, label)

    def _page(self, words: str, target: str) -> str:
        """A link to a page: its name counts from this one's folder or, after a ``/``, the top."""
        folder = PurePosixPath() if target.startswith("/") else PurePosixPath(self.name).parent
        name = os.path.normpath(folder / target.lstrip("/"))
        address = self.book.address(name, "", self.name)
        words = words or self.book.source(name).title
        return f"[{words}]({address})" if address else words

    def _download(self, found: re.Match[str]) -> str:
        """A file that lies beside the pages of the site."""
        site = self.book.layout.site_address
        return f"[{found['words']}]({site}{found['file']})" if site else found["words"]

    def _link(self, words: str, label: Label) -> str:
        address = self.book.address(label.page, label.anchor, self.name)
        return f"[{words}]({address})" if address else words

    def _works(self, keys: list[str], *, in_brackets: bool) -> str:
        """Works by author and year, as the site names them."""
        shown = []
        for key in keys:
            work = self.book.works[key.strip()]
            text = (
                f"{work.authors}, {work.year}" if in_brackets else f"{work.authors} ({work.year})"
            )
            shown.append(f"[{text}]({work.address})" if work.address else text)
        return f"({'; '.join(shown)})" if in_brackets else ", ".join(shown)
