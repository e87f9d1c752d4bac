"""The tests of the PDF are tested: each fault, made on purpose, is found."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    TextStringObject,
)
from tests.pdf import printed, visible

SENTENCES = {"one": "The gradient is a column.", "two": "An efficient office, n\u2019est-ce pas?"}
CITATION: dict[str, Any] = {
    "title": "A Book",
    "authors": [{"name": "Somebody"}],
    "version": "1.2.3",
    "date-released": "2026-11-21",
}


@pytest.fixture
def writer() -> PdfWriter:
    """A PDF of two pages of text, with bookmarks and metadata, and without a fault."""
    buffer = BytesIO()
    with mpl.rc_context({"pdf.fonttype": 42}), PdfPages(buffer) as pages:
        for text in SENTENCES.values():
            figure = Figure(figsize=(7, 10))
            figure.text(0.1, 0.5, text)
            pages.savefig(figure)
    made = PdfWriter(clone_from=PdfReader(buffer))
    part = made.add_outline_item(title="I Part", page_number=0)
    made.add_outline_item(title="1 Chapter", page_number=0, parent=part)
    made.add_outline_item(title="References", page_number=1)
    made.add_metadata(
        {
            "/Title": "A Book",
            "/Author": "Somebody",
            "/Subject": "Version 1.2.3",
            "/CreationDate": "D:20261121000000Z",
        }
    )
    made.root_object[NameObject("/Lang")] = TextStringObject("en-US")
    window = made.create_viewer_preferences()
    window[NameObject("/DisplayDocTitle")] = BooleanObject(True)
    return made


def read(writer: PdfWriter) -> PdfReader:
    buffer = BytesIO()
    writer.write(buffer)
    return PdfReader(buffer)


def test_a_sound_pdf_has_no_fault(writer: PdfWriter) -> None:
    reader = read(writer)
    pages = printed.texts(reader)
    assert not printed.unreadable(pages, SENTENCES)
    assert not printed.signs_of_something_missing(pages)
    assert not printed.blank_pages(reader, pages)
    assert not printed.sizes(reader)
    assert not printed.fonts_left_out(reader)
    assert not printed.dead_links(reader)
    assert not printed.wrong_metadata(reader, CITATION)
    expected = [(0, "I Part"), (1, "1. Chapter"), (0, "References")]
    assert not printed.differing_bookmarks(printed.outline(reader), expected)


def test_lost_text_is_found(writer: PdfWriter) -> None:
    writer.remove_page(0)
    lost = printed.unreadable(printed.texts(read(writer)), SENTENCES)
    assert lost == ["one: 'The gradient is a column.'"]


@pytest.mark.parametrize("sign", ["see Theorem ??", "[?]", "\ufffd"])
def test_signs_of_something_missing_are_found(sign: str) -> None:
    assert printed.signs_of_something_missing(["all is well", sign])[0].startswith("page 2: ")


@pytest.mark.parametrize(
    ("color", "above", "faint"),
    [
        ("black", None, 0),
        ("#555555", None, 0),
        ("white", None, 1),
        ("#E0E0E0", None, 1),
        ("black", "black", 1),
        ("white", "black", 1),
    ],
)
def test_a_word_that_cannot_be_seen_is_found(
    tmp_path: Path, color: str, above: str | None, faint: int
) -> None:
    """In the color of its ground, almost so, or covered."""
    figure = Figure(figsize=(7, 10))
    figure.text(0.1, 0.8, "Seen")
    figure.text(0.1, 0.5, "gradient", color=color)
    if above:
        figure.add_artist(Rectangle((0, 0.4), 1, 0.2, color=above, zorder=9))
    figure.savefig(tmp_path / "page.pdf")
    found = visible.unseen(tmp_path / "page.pdf")
    assert len(found) == faint, found
    assert all(line.startswith("page 1: 'gradient' has a contrast of ") for line in found)


@pytest.mark.parametrize(("color", "seen"), [("black", True), ("white", False)])
def test_an_underscore_is_seen_however_the_pixels_divide_it(
    tmp_path: Path, color: str, seen: bool
) -> None:
    """It fills its box, which may be a few whole rows of pixels, without a pixel of its ground."""
    figure = Figure(figsize=(7, 10))
    places = [(0.05 + column / 17, 0.05 + row / 46.3) for column in range(15) for row in range(40)]
    with mpl.rc_context({"pdf.fonttype": 42, "font.family": "DejaVu Sans Mono"}):
        for x, y in places:
            figure.text(x, y, "_", color=color, size=9)
        figure.savefig(tmp_path / "page.pdf")
    found = visible.unseen(tmp_path / "page.pdf")
    assert found == ([] if seen else ["page 1: '_' has a contrast of 0 of 255"] * len(places))


def test_a_blank_page_is_found(writer: PdfWriter) -> None:
    writer.insert_blank_page(index=1)
    reader = read(writer)
    assert printed.blank_pages(reader, printed.texts(reader)) == ["page 2 is blank"]


def test_an_odd_size_is_found(writer: PdfWriter) -> None:
    writer.add_blank_page(width=300, height=400)
    assert printed.sizes(read(writer))[0].startswith("page 3 is [0.0, 0.0, 300.0, 400.0]")


@pytest.mark.parametrize("inside_drawing", [False, True])
def test_a_font_left_out_is_found(writer: PdfWriter, inside_drawing: bool) -> None:
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    used = DictionaryObject({NameObject("/Font"): DictionaryObject({NameObject("/F9"): font})})
    if inside_drawing:
        drawing = DictionaryObject({NameObject("/Resources"): used})
        used = DictionaryObject(
            {NameObject("/XObject"): DictionaryObject({NameObject("/X"): drawing})}
        )
    writer.pages[1][NameObject("/Resources")] = used
    assert printed.fonts_left_out(read(writer)) == ["/Helvetica is not embedded (page 2)"]


def test_wrong_bookmarks_are_found(writer: PdfWriter) -> None:
    found = printed.outline(read(writer))
    right = [(0, "I Part"), (1, "1 Chapter"), (0, "References")]
    assert printed.differing_bookmarks(found, [*right, (0, "Glossary")]) == [
        "lacks (0, 'Glossary')"
    ]
    assert printed.differing_bookmarks(found, right[:2]) == ["has (0, 'References')"]
    wrong_level = [right[0], (0, "1 Chapter"), right[2]]
    assert printed.differing_bookmarks(found, wrong_level)
    assert printed.differing_bookmarks(found, [right[2], *right[:2]])


def test_a_dead_link_is_found(writer: PdfWriter) -> None:
    action = DictionaryObject(
        {NameObject("/S"): NameObject("/GoTo"), NameObject("/D"): TextStringObject("nowhere")}
    )
    note = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject("/Link"),
            NameObject("/Rect"): ArrayObject([FloatObject(0)] * 4),
            NameObject("/A"): action,
        }
    )
    writer.pages[0][NameObject("/Annots")] = ArrayObject([note])
    assert printed.dead_links(read(writer)) == ["page 1: no target 'nowhere'"]


@pytest.mark.parametrize(
    ("fact", "changed"),
    [
        ("title", {"title": "Another Book"}),
        ("author", {"authors": [{"name": "Somebody"}, {"name": "Nobody"}]}),
        ("version", {"version": "9.9"}),
        ("date", {"date-released": "2026-11-22"}),
    ],
)
def test_wrong_metadata_is_found(writer: PdfWriter, fact: str, changed: dict[str, Any]) -> None:
    faults = printed.wrong_metadata(read(writer), CITATION | changed)
    assert faults == [f"the PDF's {fact} is wrong or missing"]


def test_a_missing_language_is_found(writer: PdfWriter) -> None:
    del writer.root_object["/Lang"]
    faults = printed.wrong_metadata(read(writer), CITATION)
    assert faults == ["the PDF's language is wrong or missing"]
