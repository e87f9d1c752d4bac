"""The one reader of MyST sources: blocks, labeled equations, sections, labels, links of a page.

Whatever has to be known of a page before Sphinx reads it comes from here, from the tokens of the
parser that Sphinx's own reading starts from. So every spelling counts alike: fences of backticks
and of colons, ``$$ ... $$ (label)``, options as ``:key: value`` or as YAML, blocks within blocks.
`bookkit.sphinx_ext.checks` compares the equations found here with those that Sphinx displays.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Any

from docutils.parsers.rst.directives.misc import TestDirective
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.directives import parse_directive_text
from myst_parser.parsers.mdit import create_md_parser

from bookkit.layout import Layout

#: Syntax extensions that hold blocks or equations, for text that stands in no book.
EXTENSIONS = frozenset({"colon_fence", "deflist", "dollarmath"})
#: Directives whose content is no Markdown.
VERBATIM = {"bibliography", "code", "code-block", "code-cell", "eval-rst"}
VERBATIM |= {"math", "moved", "raw", "toctree"}
DIRECTIVE = re.compile(r"\{(?P<name>[\w:.+-]+)\}\s*(?P<argument>.*)")


@dataclass(frozen=True)
class Block:
    """A fenced block: a directive, or code to look at (its name is ``code``).

    Attributes
    ----------
    line, last
        Lines of the opening and of the closing fence; the first line of a page is 1.
    body_line
        Line of the first line of the body.
    body
        What follows the options.
    """

    name: str
    argument: str
    line: int
    last: int
    options: dict[str, Any]
    body_line: int
    body: str

    @property
    def shown(self) -> str:
        """What a directive that takes a text displays: its first line and its body."""
        return f"{self.argument}\n\n{self.body}" if self.argument else self.body


@dataclass(frozen=True)
class Equation:
    """A labeled displayed equation; `line` is where its block begins."""

    label: str
    line: int
    latex: str

    @property
    def digest(self) -> str:
        return digest(self.latex)


@dataclass(frozen=True)
class FormulaTable:
    """A named table of class ``formulas``, whose rows a check reads; cells as they are written."""

    label: str
    line: int
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Section:
    """A heading with what stands below it, its subsections included; lines as in `Block`."""

    title: str
    level: int
    line: int
    last: int


@dataclass(frozen=True)
class Page:
    """One source file of the book.

    Examples
    --------
    >>> page = Page("book/squares.md", "# Squares\\n\\n$$\\na^2\\n$$ (eq-squares-one)\\n")
    >>> page.title
    'Squares'
    >>> page.equations["eq-squares-one"].latex, page.equations["eq-squares-one"].line
    ('a^2', 3)
    """

    name: str
    text: str
    extensions: frozenset[str] = EXTENSIONS

    @property
    def stem(self) -> str:
        return PurePosixPath(self.name).stem

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @property
    def blocks(self) -> Sequence[Block]:
        """All fenced blocks, nested ones too, in the order of their openings."""
        return _read(self.text, self.extensions)[0]

    @property
    def equations(self) -> dict[str, Equation]:
        """The labeled equations by label, in the order of the page."""
        return {equation.label: equation for equation in _read(self.text, self.extensions)[1]}

    @cached_property
    def tables(self) -> dict[str, FormulaTable]:
        """The tables of formulas by label.

        Examples
        --------
        >>> head = "```{table} A\\n:name: tab-a\\n:class: formulas\\n\\n|f|g|\\n|-|-|"
        >>> text = head + "\\n|$x$|$1$|\\n```\\n"
        >>> Page("book/a.md", text).tables["tab-a"].rows
        (('$x$', '$1$'),)
        """
        found = {}
        for block in self.named("table"):
            if "formulas" in str(block.options.get("class", "")).split():
                label = str(block.options.get("name", ""))
                found[label] = FormulaTable(label, block.line, self._rows(block.body))
        return found

    def _rows(self, text: str) -> tuple[tuple[str, ...], ...]:
        """The cells of a table below its heading."""
        rows: list[list[str]] = []
        inside = False
        for token, after in pairwise(_parser(self.extensions).parse(text)):
            inside = token.type == "tbody_open" or (inside and token.type != "tbody_close")
            if inside and token.type == "tr_open":
                rows.append([])
            elif inside and token.type == "td_open":
                rows[-1].append(after.content)
        return tuple(map(tuple, rows))

    @property
    def cells(self) -> list[Block]:
        """The code cells that are executed."""
        return self.named("code-cell")

    def named(self, *names: str) -> list[Block]:
        return [block for block in self.blocks if block.name in names]

    @cached_property
    def prose(self) -> list[str]:
        """The lines with code left empty, so that line numbers stay."""
        return self.without("code", "code-cell", "source")

    def without(self, *names: str) -> list[str]:
        """The lines, those of the named blocks left empty."""
        lines = list(self.lines)
        for block in self.named(*names):
            lines[block.line - 1 : block.last] = [""] * (block.last - block.line + 1)
        return lines

    @cached_property
    def title(self) -> str:
        """The first heading as it is written; empty if there is none."""
        tokens = _parser(self.extensions).parse(self.text)
        pairs = pairwise(tokens)
        return next((after.content for token, after in pairs if token.type == "heading_open"), "")

    @cached_property
    def sections(self) -> list[Section]:
        """The sections in the order of their headings.

        Examples
        --------
        >>> page = Page("book/a.md", "# A\\n\\n## B\\n\\nText.\\n\\n### C\\n\\n## D\\n")
        >>> [(s.title, s.line, s.last) for s in page.sections]
        [('A', 1, 9), ('B', 3, 8), ('C', 7, 8), ('D', 9, 9)]
        """
        heads = [
            (after.content, int(token.tag[1:]), token.map[0] + 1)
            for token, after in pairwise(_parser(self.extensions).parse(self.text))
            if token.type == "heading_open" and token.map is not None
        ]
        end = len(self.lines) + 1
        return [
            Section(
                title,
                level,
                line,
                next((n for _, other, n in heads[i + 1 :] if other <= level), end) - 1,
            )
            for i, (title, level, line) in enumerate(heads)
        ]

    @cached_property
    def labels(self) -> dict[str, int]:
        """What can be referred to, with the line where it stands."""
        tokens = _parser(self.extensions).parse(self.text)
        found = {t.content: t.map[0] + 1 for t in tokens if t.type == "myst_target" and t.map}
        for block in self.blocks:
            if block.name == "interactive":  # its label is read out, and names no place
                continue
            figure = (block.options.get("mystnb") or {}).get("figure") or {}
            for label in (*map(block.options.get, ("label", "name")), figure.get("name")):
                if label:
                    found[str(label)] = block.line
        return found | {label: equation.line for label, equation in self.equations.items()}

    def paragraph(self, opening: str) -> str:
        """The first paragraph that begins with these signs; empty if there is none."""
        tokens = _parser(self.extensions).parse(self.text)
        found = (t.content for t in tokens if t.type == "inline" and t.content.startswith(opening))
        return next(found, "")

    def at(self, line: int, what: str) -> str:
        """A complaint that begins with its place."""
        return f"{self.name}:{line}: {what}"


def read(layout: Layout, file: Path) -> Page:
    """A source file of the book, read with the syntax that its settings enable."""
    extensions = frozenset(layout.config["parse"]["myst_enable_extensions"])
    return Page(layout.relative(file), file.read_text("utf-8"), extensions)


def linked_documents(text: str) -> list[str]:
    """The documents that a paragraph links to, as ``{doc}`` roles or as links to ``.md`` files.

    Examples
    --------
    >>> linked_documents("{doc}`one`, {doc}`Two </two>`, [three](three.md)")
    ['one', 'two', 'three']
    """
    found = []
    for token in _parser(EXTENSIONS, inline=True).parse(text):
        for child in token.children or ():
            if child.type == "myst_role" and child.meta["name"] == "doc":
                target = re.search(r"<([^<>]*)>$", child.content)
                found.append((target[1] if target else child.content).strip().removeprefix("/"))
            elif child.type == "link_open":
                address = str(child.attrGet("href")).partition("#")[0]
                if address.endswith(".md"):
                    found.append(address.removesuffix(".md"))
    return found


# Commands whose argument is text, in which spaces count.
TEXT = re.compile(r"\\(?:text(?:rm|bf|it|sf|tt|up|normal)?|mbox|hbox|tag\*?)\s*\{")
TOKEN = re.compile(r"\\[A-Za-z]+\*?|\\.|.", re.S)


def digest(latex: str) -> str:
    r"""A short digest of displayed LaTeX: of every token, and of the spaces within texts.

    Examples
    --------
    >>> digest("a  = b") == digest("a=b")
    True
    >>> digest(r"\alpha x") == digest(r"\alphax")
    False
    >>> digest(r"\text{for all}") == digest(r"\text{forall}")
    False
    """
    return hashlib.sha256("\0".join(_tokens(latex)).encode()).hexdigest()[:16]


def _tokens(latex: str) -> Iterator[str]:
    place = 0
    while place < len(latex):
        opening = TEXT.match(latex, place)
        end = _closing(latex, opening.end()) if opening else 0
        if opening and end:
            yield "".join(opening[0].split())
            yield re.sub(r"\s+", " ", latex[opening.end() : end])
        else:
            found = TOKEN.match(latex, place)
            assert found is not None
            end = found.end()
            if not found[0].isspace():
                yield found[0]
        place = end


def _closing(latex: str, start: int) -> int:
    """Place of the brace that closes the group that was opened before `start`; 0 if none does."""
    depth = 1
    for found in TOKEN.finditer(latex, start):
        depth += (found[0] == "{") - (found[0] == "}")
        if depth == 0:
            return found.start()
    return 0


@cache
def _parser(extensions: frozenset[str], *, inline: bool = False) -> MarkdownIt:
    config = MdParserConfig(
        enable_extensions=set(extensions), disable_syntax=[] if inline else ["inline"]
    )
    return create_md_parser(config, RendererHTML)


@cache
def _read(text: str, extensions: frozenset[str]) -> tuple[list[Block], list[Equation]]:
    """Blocks and labeled equations of a text, sorted by line."""
    blocks: list[Block] = []
    equations: list[Equation] = []
    _gather(text, 0, _parser(extensions), blocks, equations)
    blocks.sort(key=lambda block: block.line)
    equations.sort(key=lambda equation: equation.line)
    return blocks, equations


def _gather(
    text: str, above: int, parser: MarkdownIt, blocks: list[Block], equations: list[Equation]
) -> None:
    """Add what a text holds, of which `above` lines stand before it on its page."""
    for token in parser.parse(text):
        if token.map is None:
            continue
        line = above + token.map[0] + 1
        if token.type == "math_block_label":
            equations.append(Equation(token.info, line, token.content.strip()))
        elif token.type in ("fence", "colon_fence"):
            block = _block(token, line)
            blocks.append(block)
            if block.name == "math":
                # Sphinx takes `name` for a label where there is no other.
                label = block.options.get("label", block.options.get("name"))
                if label:
                    equations.append(Equation(str(label), line, block.shown.strip()))
            elif block.name not in VERBATIM:
                _gather(block.body, block.body_line - 1, parser, blocks, equations)


def _block(token: Token, line: int) -> Block:
    assert token.map is not None
    last = line + token.map[1] - token.map[0] - 1
    directive = DIRECTIVE.fullmatch(token.info.strip())
    if directive is None:
        body = token.content.removesuffix("\n")
        return Block("code", token.info.strip(), line, last, {}, line + 1, body)
    # Docutils' own directive for trials takes any option, as text; cells have theirs in YAML.
    parsed = parse_directive_text(
        TestDirective,
        directive["argument"],
        token.content,
        validate_options=directive["name"] != "code-cell",
    )
    body = "\n".join(parsed.body)
    # The parser's own count is one too high where a blank line ends the block.
    above = len(token.content.rstrip().splitlines()) - len(body.rstrip().splitlines())
    name, argument = directive["name"], directive["argument"].strip()
    return Block(name, argument, line, last, parsed.options, line + 1 + above, body)
