"""Each repair of Sphinx's markup, on the smallest page that needs it."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import html
from lxml.html import HtmlElement

from bookkit.html import images, markup, navigation, pages, search

FORMULA = '<span class="math"><span class="katex"><span class="katex-mathml">x</span>'
FORMULA += '<span class="katex-html">{}</span></span></span>'


def mended(body: str) -> HtmlElement:
    page = html.document_fromstring(f"<html><head></head><body><article>{body}</article></body>")
    markup.mend(page)
    return page.find(".//article")


def text(element: HtmlElement) -> str:
    return " ".join(str(element.text_content()).split())


def test_ids_that_boxes_share_are_dropped() -> None:
    box = '<div class="proof admonition" id="{}"><section id="proof-content">x</section></div>'
    found = mended(box.format("a") + box.format("b"))
    assert found.xpath(".//@id") == ["a", "b"]
    assert found.xpath(".//section") == []


def test_a_proof_is_told_by_its_name() -> None:
    found = mended('<div class="proof admonition"><p>Proof. By <i>x</i>.</p></div>')
    assert text(found.find(".//b")) == "Proof."
    assert text(found) == "Proof. By x."


def test_titles_lose_brackets_and_stars_go_last() -> None:
    title = '<div><p class="admonition-title"><span class="caption-number">Exercise 1.2 </span>'
    found = mended(title + " (★★ All of <b>x</b>)</p></div>")
    assert text(found) == "Exercise 1.2 All of x ★★"
    assert found.find(".//*[@class='stars']").get("aria-label") == "difficulty 2 of 3"


def test_a_title_without_name_stays() -> None:
    found = mended('<p class="admonition-title"><span class="caption-number">Remark 1 </span></p>')
    assert text(found) == "Remark 1"


def test_only_long_formulas_break() -> None:
    found = mended(f"<p>{FORMULA.format('a' * 20)} {FORMULA.format('a' * 21)}</p>")
    assert [span.get("class") for span in found.findall("p/span")] == ["math", "math long"]


def test_punctuation_keeps_to_its_formula() -> None:
    found = mended(f"<p>so ({FORMULA.format('a')}), {FORMULA.format('b')} and</p>")
    joined = found.text_content().replace("\u2060", "·")
    assert "(·" in joined
    assert "·)," in joined
    assert "b and" in joined


def test_every_table_gets_one_box() -> None:
    boxed = '<div class="pst-scrollable-table-container"><table><tr><td>1</td></tr></table></div>'
    found = mended(boxed + "<p>x</p><table><tr><td>2</td></tr></table>tail")
    assert len(found.findall("div[@class='table-box']")) == 2
    assert text(found).endswith("2tail")


def test_dropdowns_fold_and_their_links_stay_reachable() -> None:
    found = mended(
        '<div class="solution dropdown admonition"><p class="admonition-title">To'
        ' <a href="x.html">it</a></p><div>Hidden.</div></div>'
    )
    assert text(found.find("details/summary")) == "To it"
    assert found.xpath("details/summary//a") == []
    assert found.xpath("details//a/@href") == ["x.html"]


def test_tokens_without_style_are_unwrapped() -> None:
    found = mended('<pre><span></span><span class="n">x</span> <span class="o">+</span></pre>')
    assert html.tostring(found.find("pre"), encoding="unicode") == (
        '<pre>x <span class="o">+</span></pre>'
    )


def test_sections_stand_below_their_page_in_the_contents() -> None:
    page = html.document_fromstring(
        '<head></head><body><nav id="contents"><p role="heading">Part</p>'
        '<ul><li><a class="current" href="#">A</a></li></ul></nav>'
        '<template id="sections"><ul><li><a href="#">A</a><ul><li><a href="#s">S</a>'
        "<ul><li>deep</li></ul></li></ul></li></ul></template><article></article>"
    )
    navigation.finish(page)
    assert page.xpath("//nav//ul[@class='sections']//a/@href") == ["#s"]
    assert page.xpath("//template | //nav//*[text()='deep'] | //*[@role]") == []
    assert page.xpath("//nav//a/@aria-current") == ["page"]


def test_description_is_the_first_paragraph() -> None:
    page = html.document_fromstring(
        "<html><head><meta charset='utf-8'><title>t</title></head><body><article><section>"
        f"<p>Why {FORMULA.format('x²')} {'matters ' * 40}</p></section></article></body>"
    )
    navigation.finish(page)
    (content,) = page.xpath("//meta[@name='description']/@content")
    assert content.startswith("Why x² matters")
    assert 100 < len(content) < 160


def test_links_to_a_missing_pdf_go() -> None:
    page = html.document_fromstring(
        '<ul><li><a href="../book.pdf">PDF</a></li> <li><a href="b.zip">Z</a></li></ul> '
        '<p>Read the <a href="book.pdf">PDF</a> now.</p>'
    )
    navigation.drop_pdf(page, "book.pdf")
    assert page.xpath("//a/@href") == ["b.zip"]
    assert text(page) == "Z Read the PDF now."


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ('width="72pt" height="36pt"', (96, 48)),
        ('width="2in" height="10mm"', (192, 38)),
        ('width="100" height="50px"', (100, 50)),
        ('viewBox="0 0 30 20"', (30, 20)),
        ('width="100%" viewBox="0,0,30,20"', (30, 20)),
        ("", None),
    ],
)
def test_size_of_a_drawing(tmp_path: Path, attributes: str, size: tuple[int, int] | None) -> None:
    file = tmp_path / "x.svg"
    file.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}><g/></svg>')
    assert images.size_of(file) == size


def test_pictures_state_their_size_and_wait() -> None:
    here = Path(__file__).parent
    page = html.document_fromstring('<article><img src="a.svg"><img src="b.svg"></article>')
    images.measure(page, here)
    assert page.xpath("//img/@loading") == ["lazy"]
    assert page.xpath("//img[1]/@loading") == []


def test_index_holds_each_section_once() -> None:
    page = html.document_fromstring(
        '<article><section id="top"><h1>Title</h1><p>One.</p><section id="sub"><h2>Sub</h2>'
        f"<dl><dt>Two</dt><dd>Three</dd></dl>{FORMULA.format('x+y')}</section></section></article>"
    )
    assert search.places(page, "a/b.html") == [
        ("a/b.html", "Title", "Title", "One."),
        ("a/b.html#sub", "Title", "Sub", "Two Three x+y"),
    ]


def test_a_page_is_finished_the_same_way_every_time(tmp_path: Path) -> None:
    source = f"<html><head></head><body><article><p>{FORMULA.format('x')}.</p></article></body>"
    first = pages.finish(source, tmp_path, Path("a.html"))
    assert first == pages.finish(source, tmp_path, Path("a.html"))
    assert str(first["text"]).startswith("<!DOCTYPE html>")
