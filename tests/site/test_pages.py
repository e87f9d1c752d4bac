"""What is done to finished pages, each on the smallest page that needs it."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from lxml import etree, html
from lxml.html import HtmlElement

from bookkit.html import addresses, images, navigation, pages, search, tables

FORMULA = '<span class="math" data-tex="x^2"><math><mrow>{}</mrow></math></span>'


def text(element: HtmlElement) -> str:
    return " ".join(str(element.text_content()).split())


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


def test_scripts_run_from_files_and_from_the_head_alone() -> None:
    page = html.document_fromstring(
        "<head><meta charset='utf-8'><script>a()</script></head><body><script>b()</script></body>"
    )
    navigation.finish(page)
    (policy,) = page.xpath("//head/meta[2][@http-equiv='Content-Security-Policy']/@content")
    digest = "'sha256-" + b64encode(sha256(b"a()").digest()).decode() + "'"
    assert policy == f"script-src 'self' file: {digest}; object-src 'none'"


def test_headers_of_tables_are_text_or_have_names() -> None:
    page = html.document_fromstring(
        "<table><thead><tr><th><p></p></th>"
        f"<th><p>{FORMULA.format('<mi>x</mi>')}\u2060</p></th>"
        f"<th>At {FORMULA.format('<mi>x</mi>')}</th></tr></thead>"
        "<tbody><tr><th>Row</th></tr></tbody></table>"
    )
    tables.name_headers(page)
    cells = [(cell.tag, cell.get("scope")) for cell in page.xpath("//tr/*")]
    assert cells == [("td", None), ("th", "col"), ("th", "col"), ("th", "row")]
    assert [formula.get("aria-label") for formula in page.iter("math")] == ["x^2", None]


def test_description_is_the_first_paragraph() -> None:
    page = html.document_fromstring(
        "<html><head><meta charset='utf-8'><title>t</title></head><body><article><section>"
        f"<p>Why {FORMULA.format('x²')} {'matters ' * 40}</p></section></article></body>"
    )
    navigation.finish(page)
    (content,) = page.xpath("//meta[@name='description']/@content")
    assert content.startswith("Why x² matters")
    assert 100 < len(content) < 160


@pytest.mark.parametrize(
    "entries",
    [
        "<dl><dt>adjoint<a class='headerlink'>#</a></dt><dd><p>A slope.</p></dd><dt>bias</dt></dl>",
        "<ul><li class='citation'><p>adjoint.</p></li><li class='citation'><p>bias.</p></li></ul>",
        "".join(
            f"<div><p class='admonition-title'>Solution to <a>{name}</a></p><p>x</p></div>"
            for name in ("adjoint", "bias")
        ),
    ],
)
def test_a_list_is_described_by_its_title_and_entries(entries: str) -> None:
    page = html.document_fromstring(
        "<html><head><meta charset='utf-8'><title>t</title></head><body><article><section>"
        f"<h1>Terms</h1>{entries}</section></article></body>"
    )
    navigation.finish(page)
    assert page.xpath("//meta[@name='description']/@content") == ["Terms: adjoint; bias"]


def test_every_page_of_the_book_is_described(site: Path, pages: list[str]) -> None:
    described = "//meta[@name='description']/@content"
    bare = {name for name in pages if not html.parse(site / name).xpath(described)}
    assert bare == {"404.html", "search.html"}


def test_links_to_a_missing_pdf_go() -> None:
    page = html.document_fromstring(
        '<ul><li><a href="../book.pdf">PDF</a></li> <li><a href="b.zip">Z</a></li></ul> '
        '<p>Read the <a href="book.pdf">PDF</a> now.</p>'
    )
    navigation.drop_links(page, "book.pdf")
    assert page.xpath("//a/@href") == ["b.zip"]
    assert text(page) == "Z Read the PDF now."


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ('width="72pt" height="36pt"', (96, 48)),
        ('width="2in" height="10mm"', (192, 38)),
        ('width="100" height="50px"', (100, 50)),
        ('width="100%" viewBox="0,0,30,20"', None),
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
        f"<dl><dt>Two</dt><dd>Three</dd></dl>{FORMULA.format('x+y')}"
        "<div class=check-panel>Unread.</div><!-- Unread. --></section></section></article>"
    )
    assert search.places(page, "a/b.html") == [
        ("a/b.html", "Title", "Title", "One."),
        ("a/b.html#sub", "Title", "Sub", "Two Three x+y"),
    ]


@pytest.mark.parametrize(
    ("name", "here"),
    [("index.html", ""), ("a b.html", "a%20b.html"), ("solutions/a.html", "solutions/a.html")],
)
def test_a_page_that_knows_its_address_says_it(tmp_path: Path, name: str, here: str) -> None:
    source = (
        "<html><head><meta charset='utf-8'><title>Slopes · The Book</title></head><body><article>"
        "<section><p>What a slope is.</p></section></article><p id='citation'>By us.</p></body>"
    )
    root = "https://example.org/book/"
    text = str(pages.finish(source, tmp_path, Path(name), address=root)["text"])
    page = html.document_fromstring(text)
    assert page.xpath("//link[@rel='canonical']/@href") == [root + here]
    assert page.xpath("//p[@id='citation']/a/@href") == [root + here]
    facts = {meta.get("property"): meta.get("content") for meta in page.xpath("//meta[@property]")}
    assert facts == {
        "og:type": "article",
        "og:site_name": "The Book",
        "og:title": "Slopes",
        "og:url": root + here,
        "og:description": "What a slope is.",
    }
    silent = html.document_fromstring(str(pages.finish(source, tmp_path, Path(name))["text"]))
    assert silent.xpath("//link | //meta[@property] | //base | //p/a") == []


def test_the_page_for_lost_readers_finds_home_from_any_folder(tmp_path: Path) -> None:
    source = "<html><head><title>Lost</title></head><body><a href='index.html'>Home</a></body>"
    root = "https://example.org/book/"
    text = str(pages.finish(source, tmp_path, Path("404.html"), address=root)["text"])
    page = html.document_fromstring(text)
    assert page.xpath("//head/*[1]/self::base/@href") == [root]
    assert page.xpath("//link[@rel='canonical']") == []


def test_the_sitemap_lists_what_is_to_be_found() -> None:
    names = ["b.html", "index.html", "404.html", "search.html", "solutions/a&b.html"]
    text = addresses.sitemap(names, "https://example.org/")
    places = etree.fromstring(text.encode()).xpath("//*[local-name()='loc']/text()")
    home = "https://example.org/"
    assert places == [f"{home}b.html", home, f"{home}solutions/a%26b.html"]


def test_a_page_is_finished_the_same_way_every_time(tmp_path: Path) -> None:
    source = f"<html><head></head><body><article><p>{FORMULA.format('x')}.</p></article></body>"
    first = pages.finish(source, tmp_path, Path("a.html"))
    assert first == pages.finish(source, tmp_path, Path("a.html"))
    assert str(first["text"]).startswith("<!DOCTYPE html>")
