"""Sections far below are laid out when a reader comes near; until then their height is guessed.

A browser that lays out a whole chapter at once keeps a phone busy for seconds. What is of class
``far`` it leaves for later, and takes the height that is guessed here from what stands in it, at
the width of a phone and of a screen. A good guess keeps the bar at the side from jumping; what a
link leads to, what is printed and what is searched for is laid out in any case.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from lxml.html import HtmlElement, builder

from bookkit.html.search import read


@dataclass(frozen=True)
class Width:
    """The measures of the column at one width of the window, in CSS pixels."""

    column: float
    sign: float  # width of a sign of the text
    line: float  # height of a line
    gap: float  # between paragraphs
    code_line: float


PHONE = Width(column=350, sign=7.7, line=27.9, gap=18, code_line=20.5)
SCREEN = Width(column=600, sign=8.3, line=32, gap=20, code_line=21.3)
HEADINGS = {"h2": 105.0, "h3": 75.0, "h4": 55.0}
#: What is not seen until it is asked for.
UNSEEN = {"check-panel", "headerlink", "moved"}
FOLDED = 44.0
CODE_RIM, FORMULA, ROW_RIM = 60.0, 66.0, 13.0
TALLER = 34.0  # a further row of a formula
SMALLER = 0.87  # the reference is set smaller than the text


def mark(page: HtmlElement) -> None:
    """Say of each section and each solution how tall it will be."""
    for section in page.xpath("//article/section//section[h2 or h3 or h4]"):
        _mark(section, section)
    for solution in page.xpath("//article//div[contains(@class, 'solution admonition')]"):
        # Its code stands out of it, and what is laid out by itself is cut off at its rim.
        around = builder.DIV()
        solution.addprevious(around)
        around.tail, solution.tail = solution.tail, None
        around.append(solution)
        _mark(around, solution)


def _mark(box: HtmlElement, content: HtmlElement) -> None:
    box.set("class", f"{box.get('class', '')} far".strip())
    tall, wide = (round(height(content, width)) for width in (PHONE, SCREEN))
    box.set("style", f"--tall:{tall}px;--wide:{wide}px")


def height(element: HtmlElement, width: Width) -> float:
    """The height of an element with the space around it, guessed."""
    kind, names = element.tag, set((element.get("class") or "").split())
    if not isinstance(kind, str) or names & UNSEEN or element.get("popover") is not None:
        return 0
    if kind == "details" and element.get("open") is None:
        return FOLDED
    if kind in HEADINGS:
        return HEADINGS[kind]
    if kind == "img":
        return _picture(element, width)
    if kind == "pre":
        text = element.text_content().rstrip("\n")
        return CODE_RIM + width.code_line * (text.count("\n") + 1)
    if "equation" in names:
        rows = len(element.xpath(".//mtr"))
        return FORMULA + TALLER * max(0, rows - 1)
    if kind == "tr":
        return _row(element, width)
    if kind in ("p", "dt", "summary", "li", "dd") and not _blocks(element):
        return _lines(element, width) * width.line + width.gap * (kind == "p")
    inner = sum(height(child, width) for child in element)
    return SMALLER * inner if kind == "dl" and "py" in names else inner


def _blocks(element: HtmlElement) -> bool:
    return bool(element.xpath(".//p|.//pre|.//ul|.//ol|.//dl|.//img|.//table"))


def _lines(element: HtmlElement, width: Width) -> int:
    return max(1, ceil(len(read(element)) * width.sign / width.column))


def _row(row: HtmlElement, width: Width) -> float:
    """A row of a table: as high as its highest cell, if the text divides the width among them."""
    lengths = [len(read(cell)) for cell in row]
    lines = max(1, ceil(sum(lengths) * width.sign / width.column)) if lengths else 1
    return ROW_RIM + 0.75 * width.line * lines


def _picture(image: HtmlElement, width: Width) -> float:
    try:
        own = float(image.get("width", "")), float(image.get("height", ""))
    except ValueError:
        return 0
    return own[1] * min(1, width.column / own[0]) + 2 * width.gap
