"""The index that the search page reads: sections, results, exercises, terms and functions.

Each has its own text: what stands in a theorem is found there, and not in the section around it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterator
from pathlib import Path

from lxml.html import HtmlElement

#: One place: address, title of its page, its own heading, its text without the places in it.
Place = tuple[str, str, str, str]

# What moved is found in its new place, and what the index lists where it is said.
UNREAD = {"headerlink", "check-panel", "entries", "moved"}
BLOCKS = ("p", "dt", "dd", "li", "td", "th", "pre", "div", "summary", "figcaption")


def places(page: HtmlElement, address: str) -> list[Place]:
    """The places of a page; `address` is relative to the root of the site."""
    headings = page.xpath("//article//h1")
    if not headings:
        return []
    title = read(headings[0])
    found, own = [], set()
    for heading, name, parts in [*_boxes(page), *_entries(page)]:
        place = heading.get("id") or heading.getparent().get("id")
        text = " ".join(filter(None, map(read, parts)))
        found.append((f"{address}#{place}", title, name, text))
        own.update([heading, *parts])
    for section in reversed(page.xpath("//article//section[@id]")):
        heading = next((child for child in section if child.tag in ("h1", "h2", "h3", "h4")), None)
        if heading is None:
            continue
        parts = [child for child in section if child is not heading and child.tag != "section"]
        text = " ".join(filter(None, (read(part, own) for part in parts)))
        anchor = "" if heading.tag == "h1" else f"#{section.get('id')}"
        found.insert(0, (address + anchor, title, read(heading), text))
    return found


#: What an entry begins with, what it is called, and the parts of its text.
Entry = tuple[HtmlElement, str, list[HtmlElement]]


def _boxes(page: HtmlElement) -> Iterator[Entry]:
    """Theorems, definitions, exercises and the like: the title, and what stands around it."""
    for title in page.xpath("//article//div[@id]/p[contains(@class, 'admonition-title')]"):
        yield title, read(title), [part for part in title.getparent() if part is not title]


def _entries(page: HtmlElement) -> Iterator[Entry]:
    """Terms of the glossary and functions of the reference: the name, and what explains it.

    A function is called by its name alone; its parameters explain it.
    """
    for term in page.xpath("//article//dl/dt[@id]"):
        explained = term.getnext()
        if explained is None or explained.tag != "dd":
            continue
        names = term.xpath("span[contains(@class, 'descname') or contains(@class, 'descclass')]")
        if names:
            yield term, "".join(map(read, names)), [term, explained]
        else:
            yield term, read(term), [explained]


def write(found: list[Place], folder: Path) -> None:
    """Write the index as scripts, which a page may load where it may not fetch (``file:``).

    What places are called comes first and is small, so that a search has answers before the texts
    are there.
    """
    for name, before, index, after in (
        ("search-index", "const bookIndex = ", [place[:3] for place in found], ";"),
        ("search-texts", "addTexts(", [place[3] for place in found], ");"),
    ):
        text = json.dumps(index, ensure_ascii=False, separators=(",", ":"))
        (folder / f"{name}.js").write_text(f"{before}{text}{after}\n", "utf-8")


def read(element: HtmlElement, without: Container[HtmlElement] = ()) -> str:
    """The text of an element as a reader sees it, formulas as plain signs."""
    words: list[str] = []
    _gather(element, words, without)
    return " ".join(re.sub("[\u200b\u2060-\u2063]", "", "".join(words)).split())


def _gather(element: HtmlElement, words: list[str], without: Container[HtmlElement]) -> None:
    unread = element.get("class") in UNREAD if isinstance(element.tag, str) else True
    if unread or element in without:
        return
    # A block begins a new word even where no space stands before it.
    words.append((" " if element.tag in BLOCKS else "") + (element.text or ""))
    for child in element:
        _gather(child, words, without)
        words.append(child.tail or "")
