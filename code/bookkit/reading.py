"""How long a page takes to read: from its source, by one rule, so that no time is typed.

A minute is a hundred words of prose, one displayed formula, or six lines of code. Exercises and
notes are left out, and so is what a page folds or hides: imports, drawing code, checks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from bookkit.definitions import locate, source_of
from bookkit.layout import Layout
from bookkit.myst import Block, Page, Section
from bookkit.sections import DEEPER

WORDS, CODE_LINES = 100, 6  # of prose and of code, a minute
FOLDED = {"remove-input", "remove-cell", "check", "setup"}
LEFT_OUT = ("Exercises", "Notes and further reading")
STEP = 5  # minutes: no estimate is finer
PARTS = ("core", "deeper", "prose")  # of a page; prose is the core without formulas and code
ROLE = re.compile(rf"\{{minutes\}}`({'|'.join(PARTS)})`")


def minutes(layout: Layout, page: Page, *parts: str) -> int:
    """Minutes for some parts of a page together, in steps of five.

    Parameters
    ----------
    parts
        Those of `PARTS`, or titles of sections.

    Raises
    ------
    KeyError
        If the page has no section of that title.
    """
    total = sum(_minutes(layout, page, part) for part in parts)
    return max(STEP, STEP * round(total / STEP)) if total else 0


def _minutes(layout: Layout, page: Page, part: str) -> float:
    spent = by_line(layout.code, page, prose=part == "prose")
    beyond = _lines(section for section in page.sections if section.title.startswith(DEEPER))
    if part in ("core", "prose"):
        wanted = spent.keys() - beyond
    elif part == "deeper":
        wanted = spent.keys() & beyond
    else:
        found = [section for section in page.sections if section.title == part]
        if not found:
            raise KeyError(f"{page.name} has no section {part!r}")
        wanted = spent.keys() & _lines(found) - (set() if part.startswith(DEEPER) else beyond)
    return sum(spent[line] for line in wanted)


def by_line(code: Path, page: Page, *, prose: bool = False) -> dict[int, float]:
    """The minutes that each line of a source takes, for the lines that take any.

    Examples
    --------
    >>> page = Page("book/a.md", "# A\\n\\nTen words of prose take a tenth of a minute.\\n")
    >>> by_line(Path(), page)
    {1: 0.01, 3: 0.1}
    """
    left_out = _lines(section for section in page.sections if section.title in LEFT_OUT)
    spent: dict[int, float] = {}
    words = page.without("code", "code-cell", "source", "math", "raw", "moved", "unchecked")
    displayed = False
    for number, line in enumerate(words, 1):
        marks = line.count("$$")
        if marks:
            spent[number] = 0 if displayed or prose else 1
            displayed ^= marks % 2 == 1
        elif not displayed and not _markup(line):
            count = len(_plain(line).split())
            if count:
                spent[number] = count / WORDS
    for block in page.blocks:
        spent[block.line] = _prose(block) + (0 if prose else _time(code, block))
    header = page.lines.index("---", 1) + 1 if page.lines[:1] == ["---"] else 0
    return {n: t for n, t in spent.items() if t and n > header and n not in left_out}


def fill(layout: Layout, page: Page, text: str) -> str:
    """The text of a page with its minutes in the places of their roles."""
    return ROLE.sub(lambda found: str(minutes(layout, page, found[1])), text)


def _prose(block: Block) -> float:
    """The time for the caption of a figure that a cell draws."""
    figure = (block.options.get("mystnb") or {}).get("figure") or {}
    return len(_plain(figure.get("caption", "")).split()) / WORDS


def _time(code: Path, block: Block) -> float:
    """The time for a formula in display or for code that is shown."""
    if block.name == "math":
        return 1
    if block.name == "source" and (found := locate(code, block.argument)):
        file, node = found
        text = file.read_text("utf-8")
        return _code(source_of(text, node, docstring="docstring" in block.options))
    if block.name == "code-cell":
        tags = block.options.get("tags") or []
        hidden = FOLDED & set(tags if isinstance(tags, list) else re.findall(r"[\w-]+", tags))
        return 0 if hidden else _code(block.body)
    return _code(block.body) if block.name == "code" else 0


def _code(text: str) -> float:
    return sum(bool(line.strip()) for line in text.splitlines()) / CODE_LINES


def _markup(line: str) -> bool:
    return bool(re.match(r"\s*(```|~~~|:::|:\w+:|%|\(.+\)=$|---$)", line))


def _plain(text: str) -> str:
    """A formula in a line counts as one word, and so does a role; marks are none."""
    text = re.sub(r"\$[^$]+\$", " x ", text)
    text = re.sub(r"\{[\w:.-]+\}`[^`]*`", " x ", text)
    return re.sub(r"(?<!\w)[^\w\s]+(?!\w)", " ", text)


def _lines(sections: Iterable[Section]) -> set[int]:
    return {line for s in sections for line in range(s.line, s.last + 1)}
