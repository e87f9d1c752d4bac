"""``make chapter`` makes a chapter that builds and keeps every rule from the first minute."""

from __future__ import annotations

import pytest
from lxml import html
from pypdf import PdfReader
from tests.book import rules
from tests.book.test_numbers import copied, printed_by
from tests.book.test_sources import RULES

from bookkit.build import ledger
from bookkit.build.cache import executed
from bookkit.build.chapters import read_chapters
from bookkit.chapter import create, short_name, with_chapter
from bookkit.layout import BuildError, Layout
from bookkit.myst import Page

NAME = "a_new_chapter"
TOC = """\
format: jb-book
root: index
parts:
  - caption: The only part
    numbered: true
    chapters:
      - file: sample
      - file: prose
  - caption: Back matter
    chapters:
      - file: solutions/other
      - file: references
"""


@pytest.fixture(scope="module")
def with_new_chapter(built, tmp_path_factory):
    """A copy of the book with a new chapter in it, built."""
    copy = built.copy_to(tmp_path_factory.mktemp("chapter") / "book")
    # The sample is no model of a book: its only chapter has no solutions.
    toc = copy.root / "_toc.yml"
    toc.write_text(TOC, "utf-8")
    (copy.root / "book/solutions").mkdir()
    (copy.root / "book/solutions/other.md").write_text("# Solutions: Other\n", "utf-8")
    outcome = copy.build("chapter", more=["--name", NAME])
    assert outcome.status == 0, outcome
    assert f"wrote book/{NAME}.md" in outcome.output
    assert f"wrote book/solutions/{NAME}.md" in outcome.output
    outcome = copy.build()
    assert outcome.status == 0, outcome
    return copy


def test_a_new_chapter_builds(with_new_chapter):
    page = html.fromstring(with_new_chapter.page(f"{NAME}.html"))
    marks = page.xpath("//*[contains(@class, 'check-mark')]/@popovertarget")
    assert marks == ["check-eq-a-result"]
    assert "✓" in page.get_element_by_id(marks[0]).text_content()
    assert page.xpath("//figure//img/@alt")
    hint, *_ = page.xpath("//details[contains(@class, 'hint')]/summary")
    assert hint.text_content() == "Hint"
    links = page.xpath("//*[contains(@class, 'exercise')]//a[contains(@href, '#sol-')]/@href")
    assert len(links) == 8
    solutions = html.fromstring(with_new_chapter.page(f"solutions/{NAME}.html"))
    for link in links:
        assert solutions.get_element_by_id(link.partition("#")[2]) is not None


def test_a_new_chapter_keeps_the_rules_of_all_chapters(with_new_chapter):
    folder = with_new_chapter.root / "book"
    pages = [
        Page(f"book/{name}", (folder / name).read_text("utf-8"))
        for name in (f"{NAME}.md", f"solutions/{NAME}.md")
    ]
    for rule in {rule: None for rule, _, _ in RULES}:
        assert [complaint for page in pages for complaint in rule(page)] == []
    assert list(rules.unsolved(pages[:1], pages[1:])) == []
    titles = [block.argument for block in pages[0].named("exercise")]
    assert len(titles) >= 8
    assert {title.split()[0] for title in titles} == {"★", "★★", "★★★"}


def test_a_new_chapter_is_checked_and_types_no_result(with_new_chapter):
    layout = Layout(with_new_chapter.root)
    chapters = [chapter for chapter in read_chapters(layout) if chapter.file.stem == NAME]
    assert len(chapters) == 2
    for chapter in chapters:
        results = ledger.results(executed(layout, chapter))
        assert results
        assert all(result["rejected"] for result in results)
        claims = ledger.claims(executed(layout, chapter))
        subjects = [subject for claim in claims for subject in claim["label"]]
        figures = [s for s in rules.unclaimed(chapter.page, subjects) if "summary" not in s]
        assert figures == []
        assert bool(claims) == ("## Summary" in chapter.page.text)
        assert copied(chapter.page.text, printed_by(layout, chapter)) == {}
        assert ledger.by_hand(layout, chapter) == {}  # every formula is read from the page


def test_a_new_chapter_has_a_specimen_of_each_part_of_the_kit(with_new_chapter):
    page = html.fromstring(with_new_chapter.page(f"{NAME}.html"))
    assert page.xpath("//details[@class='fold setup']")
    assert page.xpath("//section[@class='deeper']")
    assert page.xpath("//p[@class='idea']")
    assert "x = -1.0." in page.xpath("//figure//img/@alt")[0]


@pytest.mark.whole
def test_a_new_chapter_is_printed(with_new_chapter, tmp_path):
    copy = with_new_chapter.copy_to(tmp_path / "book")
    outcome = copy.build("build")
    assert outcome.status == 0, outcome
    pdf = PdfReader(copy.root / "_build/site" / Layout(copy.root).pdf_name)
    text = " ".join(" ".join(page.extract_text() for page in pdf.pages).split())
    assert "import matplotlib" not in text
    assert "The imports and the data of this chapter are on its page" in text
    assert text.count("◇ What is deeper") >= 2  # in the contents and above the section
    assert r"◇\xa0What is deeper" in str(pdf.outline)
    assert "Idea. Multiply out" in text


def test_a_new_chapter_stands_after_the_last_one():
    lines = with_chapter(TOC, "new").splitlines()
    assert lines[lines.index("      - file: prose") + 1] == "      - file: new"
    assert lines[lines.index("      - file: solutions/other") + 1] == "      - file: solutions/new"
    assert len(lines) == len(TOC.splitlines()) + 2
    with pytest.raises(BuildError, match="no numbered part"):
        with_chapter(TOC.replace("    numbered: true\n", ""), "new")


def test_labels_begin_with_a_word_of_the_name_that_is_free():
    page = Page("", "```{math}\n:label: eq-partial-sum\nx\n```\n")
    assert short_name("partial_derivatives", [page]) == "derivatives"
    assert short_name("partial_derivatives", []) == "partial"
    assert short_name("partial", [page]) == "partial"


@pytest.mark.parametrize("name", ["", "My_chapter", "2d", "a__b", "../x", "new-chapter"])
def test_names_that_are_no_names_are_refused(copy, name):
    with pytest.raises(BuildError, match=r"make chapter NAME=partial_derivatives"):
        create(Layout(copy.root), name)


def test_a_chapter_is_not_overwritten(copy):
    with pytest.raises(BuildError, match=r"book/sample\.md exists already"):
        create(Layout(copy.root), "sample")
