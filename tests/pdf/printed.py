"""The printed book as the tests see it: every function returns what is wrong, in words.

Each is given a `pypdf.PdfReader`, so `test_printed.py` can hand them PDFs broken on purpose.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any, cast

import pypdfium2
from pypdf import DocumentInformation, PdfReader
from pypdf.generic import Destination, DictionaryObject

EMBEDDED = ("/FontFile", "/FontFile2", "/FontFile3")
# What LaTeX and Sphinx print where something is missing.
MISSING = ("??", "[?]", "[Missing", "Missing character", "\ufffd", "<Figure size")
HEADING = tuple[int, str]


def texts(reader: PdfReader) -> list[str]:
    """Text of each page, ligatures and the letters of mathematics as plain letters."""
    reader.stream.seek(0)
    document = pypdfium2.PdfDocument(reader.stream.read())  # twenty times as quick as pypdf here
    found = [page.get_textpage().get_text_range() for page in document]
    return [unicodedata.normalize("NFKC", text).replace("\r\n", "\n") for text in found]


def letters(text: str) -> str:
    """Letters and digits alone: what is left of a text however its lines are broken."""
    return "".join(re.findall(r"\w", unicodedata.normalize("NFKC", text))).lower()


def unreadable(pages: list[str], sentences: dict[str, str]) -> list[str]:
    """Sentences, by the chapter they stand in, that cannot be found in the text of the PDF."""
    whole = letters("".join(pages))
    return [f"{name}: {text!r}" for name, text in sentences.items() if letters(text) not in whole]


def signs_of_something_missing(pages: list[str]) -> list[str]:
    """Pages that show one of the signs of a missing reference, figure or character."""
    return [
        f"page {number}: {sign!r} in {line.strip()!r}"
        for number, text in enumerate(pages, start=1)
        for line in text.splitlines()
        for sign in MISSING
        if sign in line
    ]


def blank_pages(reader: PdfReader, pages: list[str]) -> list[str]:
    """Pages that hold nothing but, perhaps, their number."""
    return [
        f"page {number} is blank"
        for number, (page, text) in enumerate(zip(reader.pages, pages, strict=True), start=1)
        if not re.sub(r"[\dxvi\s]", "", text) and not drawings(page.get("/Resources"))
    ]


def sizes(reader: PdfReader) -> list[str]:
    """Pages that have another size than the first."""
    first = [round(float(side), 1) for side in reader.pages[0].mediabox]
    return [
        f"page {number} is {size}, not {first}"
        for number, page in enumerate(reader.pages, start=1)
        if (size := [round(float(side), 1) for side in page.mediabox]) != first or page.rotation
    ]


def fonts_left_out(reader: PdfReader) -> list[str]:
    """Fonts that are used and not embedded, in the figures too."""
    return [
        f"{font.get('/BaseFont')} is not embedded (page {number})"
        for number, page in enumerate(reader.pages, start=1)
        for font in fonts(page.get("/Resources"))
        if font.get("/Subtype") != "/Type3" and not is_embedded(font)
    ]


def is_embedded(font: DictionaryObject) -> bool:
    parts = font.get("/DescendantFonts")
    holder = font if parts is None else parts.get_object()[0].get_object()
    descriptor = holder.get("/FontDescriptor", DictionaryObject()).get_object()
    return any(key in descriptor for key in EMBEDDED)


def fonts(resources: Any) -> Iterator[DictionaryObject]:
    """Fonts of a page and of the drawings in it."""
    if resources is None:
        return
    resources = resources.get_object()
    for font in resources.get("/Font", DictionaryObject()).get_object().values():
        yield font.get_object()
    for drawing in drawings(resources):
        yield from fonts(drawing.get("/Resources"))


def drawings(resources: Any) -> list[DictionaryObject]:
    """Vector figures that a page includes, and pictures."""
    if resources is None:
        return []
    included = resources.get_object().get("/XObject", DictionaryObject()).get_object()
    return [item.get_object() for item in included.values()]


def bookmarks(reader: PdfReader) -> list[tuple[int, Destination]]:
    """Bookmarks and their levels, in order."""

    def walk(items: Iterable[Any], level: int) -> Iterator[tuple[int, Destination]]:
        for item in items:
            if isinstance(item, list):
                yield from walk(item, level + 1)
            else:
                yield level, item

    return list(walk(reader.outline, 0))


def outline(reader: PdfReader) -> list[HEADING]:
    """Bookmarks as (level, title), in order."""
    return [(level, str(mark.title)) for level, mark in bookmarks(reader)]


def lengths(reader: PdfReader) -> dict[str, int]:
    """Pages of each numbered chapter, by its title; each begins on a page of its own."""
    places = [
        (level, str(mark.title), reader.get_destination_page_number(mark) or 0)
        for level, mark in bookmarks(reader)
        if level < 2
    ]
    places.append((0, "", len(reader.pages)))
    return {
        title: after - page
        for (level, title, page), (_, _, after) in pairwise(places)
        if level and title[0].isdecimal()
    }


def differing_bookmarks(found: list[HEADING], expected: list[HEADING]) -> list[str]:
    """Bookmarks that are missing, of another wording or level, or too many."""
    plain = [(level, letters(title)) for level, title in found]
    wanted = [(level, letters(title)) for level, title in expected]
    lost = [
        f"lacks {entry}" for entry, key in zip(expected, wanted, strict=True) if key not in plain
    ]
    more = [f"has {entry}" for entry, key in zip(found, plain, strict=True) if key not in wanted]
    if not lost and not more and plain != wanted:
        return ["the bookmarks stand in another order than the table of contents"]
    return lost + more


def dead_links(reader: PdfReader) -> list[str]:
    """Links within the PDF whose target does not exist."""
    known = set(reader.named_destinations)
    dead: list[str] = []
    for number, page in enumerate(reader.pages, start=1):
        for note in page.get("/Annots", []):
            action = note.get_object().get("/A", DictionaryObject()).get_object()
            target = action.get("/D") if action.get("/S") == "/GoTo" else None
            if isinstance(target, (str, bytes)) and str(target) not in known:
                dead.append(f"page {number}: no target {target!r}")
    return dead


def wrong_metadata(reader: PdfReader, citation: dict[str, Any]) -> list[str]:
    """What the document's own description says other than ``CITATION.cff``."""
    data = reader.metadata or DocumentInformation()
    root = cast(DictionaryObject, reader.trailer["/Root"].get_object())
    day = str(citation["date-released"])
    created = data.creation_date
    window = cast(DictionaryObject, root.get("/ViewerPreferences", DictionaryObject()).get_object())
    people = [str(person.get("name", person.get("family-names"))) for person in citation["authors"]]
    facts = {
        "title": data.get("/Title") == citation["title"],
        "author": all(person in str(data.get("/Author")) for person in people),
        "version": str(citation["version"]) in str(data.get("/Subject")),
        "date": isinstance(created, datetime) and created.date().isoformat() == day,
        "language": str(root.get("/Lang")) == "en-US",
        "title in the window": bool(window.get("/DisplayDocTitle")),
    }
    return [f"the PDF's {fact} is wrong or missing" for fact, right in facts.items() if not right]
