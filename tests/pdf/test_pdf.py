"""The built PDF: whole, readable, and with the numbers of the pages."""

from __future__ import annotations

import re
import shutil
from itertools import pairwise
from pathlib import Path

import pytest
from bs4 import Tag
from tests.pdf import printed, visible
from tests.pdf.conftest import Book

from bookkit.build import latexlog, ledger, pdf
from bookkit.build.cache import executed
from bookkit.build.chapters import read_chapters
from bookkit.layout import Layout
from bookkit.sphinx_ext.api_reference import PAGE

PICTURES = {"image/svg+xml", "application/pdf", "image/png"}
HIDDEN = {"check", "remove-cell", "remove-output"}
MOST_PAGES, MOST_OF_A_CHAPTER = 700, 20


def plain_sentence(article: Tag) -> str:
    """A longer sentence of a page without mathematics, code or notes."""
    for paragraph in article.find_all("p"):
        if not paragraph.find(["span", "code", "sup", "a", "img"]):
            for sentence in re.split(r"(?<=[.?!])\s+", paragraph.get_text()):
                if len(sentence.split()) > 7:
                    return sentence
    return ""


def heading(tag: Tag | None) -> str:
    """Text of a heading without its link and with bare mathematics."""
    assert tag is not None
    clone = Tag(name="h")
    clone.extend(list(tag.__copy__().contents))
    for part in clone.select("a.headerlink"):
        part.decompose()
    return clone.get_text().strip()


def test_every_chapter_can_be_read_and_searched(book: Book) -> None:
    titles = {name: heading(page.h1) for name, page in book.pages.items()}
    sentences = {
        f"{name} (a sentence)": plain_sentence(page)
        for name, page in book.pages.items()
        if name != PAGE
    }
    assert any(sentences.values())
    assert not printed.unreadable(book.texts, titles | sentences)


def test_nothing_is_missing(book: Book) -> None:
    assert not printed.signs_of_something_missing(book.texts)


@pytest.mark.whole
def test_every_word_is_seen(book: Book) -> None:
    assert not visible.unseen(book.file)


def test_an_empty_cell_of_a_table_is_no_paragraph(book: Book) -> None:
    assert not re.search(r"\\sphinxAtStartPar\s*(&|\\\\)", book.kept(".tex"))


def test_no_page_is_blank(book: Book) -> None:
    assert not printed.blank_pages(book.reader, book.texts)


def test_all_pages_have_one_size(book: Book) -> None:
    assert not printed.sizes(book.reader)
    width, height = (float(side) / 72 for side in book.reader.pages[0].mediabox[2:])
    assert (width, height) == pytest.approx((7, 10), abs=0.01)


def test_fonts_are_embedded(book: Book) -> None:
    assert not printed.fonts_left_out(book.reader)


def test_links_lead_somewhere(book: Book) -> None:
    assert len(book.reader.named_destinations) > len(book.pages)
    assert not printed.dead_links(book.reader)


def test_every_work_shows_its_doi(book: Book) -> None:
    links = book.pages["references"].select('.citation a[href^="https://doi.org/"]')
    whole = re.sub(r"\s", "", "".join(book.texts))
    assert links
    assert not [link for link in links if link.get_text() not in whole]
    # Where a title has a formula, nothing of its source is left.
    assert "$" not in book.pages["references"].get_text()


def test_metadata(book: Book) -> None:
    assert not printed.wrong_metadata(book.reader, book.layout.citation)


def test_bookmarks_are_the_table_of_contents(book: Book) -> None:
    expected: list[printed.HEADING] = [(0, "Contents")]
    parts = iter(["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X"])
    for part in book.parts:
        level = 1 if part.get("numbered") else 0
        if level:
            expected.append((0, f"{next(parts)} {part['caption']}"))
        for entry in part["chapters"]:
            # The sections of the reference, the checks and the index stand on the site alone.
            alone = entry["file"] in (PAGE, "checks", "general_index")
            levels = ["h1"] if alone else ["h1", "h2", "h3"]
            for tag in book.pages[entry["file"]].find_all(levels):
                expected.append((level + int(tag.name[1]) - 1, heading(tag)))
    assert not printed.differing_bookmarks(printed.outline(book.reader), expected)


def test_it_is_no_longer_than_promised(book: Book) -> None:
    chapters = printed.lengths(book.reader)
    numbered = [part for part in book.parts if part.get("numbered")]
    assert len(chapters) == sum(len(part["chapters"]) for part in numbered)
    assert {title: pages for title, pages in chapters.items() if pages > MOST_OF_A_CHAPTER} == {}
    assert len(book.reader.pages) <= MOST_PAGES


def test_four_pages_hold_the_tables(book: Book) -> None:
    """They are there to be printed and laid beside one's work."""
    places = [
        (mark.title, book.reader.get_destination_page_number(mark) or 0)
        for level, mark in printed.bookmarks(book.reader)
        if level == 0
    ]
    (pages,) = [after - page for (title, page), (_, after) in pairwise(places) if title == "Tables"]
    assert pages <= 4


def test_the_index_is_full_and_short(book: Book) -> None:
    entries = re.findall(r"^\s*\\(?:sub)?item \\spxentry", book.kept(".ind"), re.M)
    assert len(entries) >= 400
    last = book.reader.outline[-1]
    assert not isinstance(last, list)
    assert last.title == "Index"
    start = book.reader.get_destination_page_number(last)
    assert start is not None
    assert len(book.reader.pages) - start <= 10


@pytest.mark.whole
def test_numbers_are_those_of_the_pages(book: Book) -> None:
    """Label by label: equations and figures; by name: theorems, exercises, listings, tables."""
    labels = dict(re.findall(r"\\newlabel\{(.+?)\}\{\{(.*?)\}\{.*?\}", book.kept(".aux")))
    compared = 0
    for name, page in book.pages.items():
        for equation in page.select(".eqno"):
            shown = re.search(r"\(([\d.]+)\)", equation.get_text())
            holder = equation.find_parent(id=True)
            assert shown is not None
            assert holder is not None, f"{name}: an equation with a number has no anchor"
            label = f"equation:{name}:{str(holder['id']).removeprefix('equation-')}"
            assert labels.get(label) == shown[1], label
            compared += 1
        for figure in page.find_all("figure", id=True):
            caption = figure.select_one(".caption-number")
            if caption is not None:
                number = caption.get_text().split()[-1]
                assert labels.get(f"{name}:{figure['id']}") == number, figure["id"]
                compared += 1
    assert compared > 0
    whole = printed.letters("".join(book.texts))
    for name, page in book.pages.items():
        for caption in page.select(".caption-number"):
            assert printed.letters(caption.get_text()) in whole, f"{name}: {caption.get_text()}"


def test_every_figure_is_in_it(book: Book) -> None:
    shown = sum(
        bool(PICTURES & set(output.get("data", {})))
        for chapter in read_chapters(book.layout)
        if chapter.file != book.layout.chapters[0]  # the landing page is for the site alone
        for cell in executed(book.layout, chapter).cells
        if not HIDDEN & set(cell.metadata.get("tags", []))
        for output in cell.get("outputs", [])
    )
    drawn = sum(len(printed.drawings(page.get("/Resources"))) for page in book.reader.pages)
    captions = sum(len(page.select("figure .caption-number")) for page in book.pages.values())
    assert drawn >= max(shown, captions) > 0


def test_the_checks_are_counted_on_two_pages(book: Book) -> None:
    notebooks = [executed(book.layout, chapter) for chapter in read_chapters(book.layout)]
    results = [result for notebook in notebooks for result in ledger.results(notebook)]
    claims = [claim for notebook in notebooks for claim in ledger.claims(notebook)]
    rejected = sum(len(record["rejected"]) for record in [*results, *claims])
    total = f"All {len(results):,} {len(claims):,} {rejected:,}"
    found = [n for n, text in enumerate(book.texts) if total in " ".join(text.split())]
    first = next(n for n, text in enumerate(book.texts) if text.startswith("Checked results"))
    assert found
    assert found[-1] - first <= 2


def test_latex_had_nothing_to_complain_of(book: Book) -> None:
    tex, log = book.kept(".tex"), book.kept(".log")
    assert "Output written on" in log
    assert not latexlog.complaints(log, tex, book.kept(".aux"))
    assert len(latexlog.Source(tex).marks) > len(book.pages)


@pytest.mark.whole
def test_same_inputs_give_the_same_bytes(book: Book, tmp_path: Path) -> None:
    """In another folder, with none of the notes that LaTeX leaves for its next run."""
    other = Layout(tmp_path / "elsewhere")
    source = book.layout.work / "latex" / "out"
    shutil.copytree(source, other.work / "latex" / "out")
    shutil.copy(book.layout.root / "CITATION.cff", other.root)
    again = pdf.build(other)
    assert again.read_bytes() == book.file.read_bytes()
