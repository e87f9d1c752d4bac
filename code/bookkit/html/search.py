"""The index that the search page reads: every section of the book with its text."""

from __future__ import annotations

import json
import re
from pathlib import Path

from lxml.html import HtmlElement

#: One section: address, title of its page, its own heading, its text without its subsections.
Place = tuple[str, str, str, str]

# What moved is found in its new place, and what the index lists where it is said.
UNREAD = {"headerlink", "check-panel", "entries", "moved"}
BLOCKS = ("p", "dt", "dd", "li", "td", "th", "pre", "div", "summary", "figcaption")


def places(page: HtmlElement, address: str) -> list[Place]:
    """The sections of a page; `address` is relative to the root of the site."""
    headings = page.xpath("//article//h1")
    if not headings:
        return []
    title = read(headings[0])
    found = []
    for section in page.xpath("//article//section[@id]"):
        heading = next((child for child in section if child.tag in ("h1", "h2", "h3", "h4")), None)
        if heading is None:
            continue
        own = [child for child in section if child is not heading and child.tag != "section"]
        text = " ".join(filter(None, map(read, own)))
        anchor = "" if heading.tag == "h1" else f"#{section.get('id')}"
        found.append((address + anchor, title, read(heading), text))
    return found


def write(found: list[Place], target: Path) -> None:
    """Write the index as a script, which a page may load where it may not fetch (``file:``)."""
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    target.write_text(f"const bookIndex = {text};\n", "utf-8")


def read(element: HtmlElement) -> str:
    """The text of an element as a reader sees it, formulas as plain signs."""
    words: list[str] = []
    _gather(element, words)
    return " ".join(re.sub("[\u200b\u2060-\u2063]", "", "".join(words)).split())


def _gather(element: HtmlElement, words: list[str]) -> None:
    if not isinstance(element.tag, str) or element.get("class") in UNREAD:
        return
    # A block begins a new word even where no space stands before it.
    words.append((" " if element.tag in BLOCKS else "") + (element.text or ""))
    for child in element:
        _gather(child, words)
        words.append(child.tail or "")
