"""Whatever breaks between two pages, wherever: it is seen, in its own color, and its links hold."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from pypdf import PdfReader
from tests.pdf import stress, visible
from tests.pdf.conftest import Book

from bookkit.build import pdf
from bookkit.layout import Layout

ACCENT, BLACK = frozenset({"#1D4E79"}), frozenset({"#000000"})
pytestmark = pytest.mark.whole

COLORS = {"link": ACCENT, "color": ACCENT, "word": BLACK, "plain": BLACK}
KEPT = {".sty", ".cls", ".ist"}


@pytest.fixture(scope="module")
def broken(book: Book, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stress document, made as the book is: a complaint of LaTeX stops it."""
    layout = Layout(tmp_path_factory.mktemp("stress"))
    source = layout.work / "latex" / "out"
    source.mkdir(parents=True)
    for file in (book.layout.work / "latex" / "out").iterdir():
        if file.suffix in KEPT or file.name == "macros.tex":
            shutil.copy(file, source)
    for file in (book.layout.book / "_latex").iterdir():
        shutil.copy(file, source)
    shutil.copy(book.layout.root / "CITATION.cff", layout.root)
    preamble = book.kept(".tex").partition(r"\begin{document}")[0]
    tex = source / Path(layout.pdf_name).with_suffix(".tex")
    tex.write_text(stress.document(preamble), "utf-8")
    return pdf.build(layout)


def test_everything_that_breaks_is_seen(broken: Path) -> None:
    assert not visible.unseen(broken)


def test_everything_that_breaks_keeps_its_color_and_its_link(broken: Path) -> None:
    document = pypdfium2.PdfDocument(broken)
    wrong: list[str] = []
    inside_a_link = 0
    for number, (page, notes) in enumerate(
        zip(document, PdfReader(broken).pages, strict=True), start=1
    ):
        links = rectangles(notes)
        found = [(re.sub(r"\W", "", word.text), word) for word in visible.words(page)]
        names = [name for name, _ in found if name in COLORS]
        inside_a_link += names[:1] == ["link"]
        for name, word in found:
            if name in COLORS and word.colors != COLORS[name]:
                wrong.append(f"page {number}: {word.text!r} is {set(word.colors)}")
            if any(covers(link, word.box) for link in links) != (name == "link"):
                wrong.append(f"page {number}: a link at {word.text!r} is missing or too many")
    assert not wrong
    # A piece is a page and a half at least, and many break within a link.
    assert len(document) > 1.5 * stress.LINES * len(stress.PIECES)
    assert inside_a_link > stress.LINES * len(stress.PIECES) / 4


def rectangles(page: Any) -> list[visible.Box]:
    notes = page.get("/Annots", [])
    return [tuple(map(float, note.get_object()["/Rect"])) for note in notes]  # type: ignore[misc]


def covers(link: visible.Box, box: visible.Box) -> bool:
    """Whether the middle of a box lies in a link."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return link[0] <= x <= link[2] and link[1] <= y <= link[3]
