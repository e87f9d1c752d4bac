"""Sections far below are laid out late: nobody who goes there, prints or searches may notice."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from lxml import html
from playwright.sync_api import Browser, Page
from tests.patience import PATIENCE
from tests.site.visits import HEIGHT

from bookkit.html import sizes

CHAPTER = "gradient_descent.html"
PAGES = [CHAPTER, "solutions/momentum.html", "calcml.html", "checks.html", "notation.html"]
WIDTHS = [390, 1280]
RESTED = """async () => {
  await document.fonts.ready;
  for (let frame = 0; frame < 10; frame++) await new Promise(requestAnimationFrame);
}"""
#: Is it laid out for the screen?
LAID_OUT = "e => e.checkVisibility({ contentVisibilityAuto: true })"


@pytest.fixture
def at(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    contexts = []

    def open_page(name: str, width: int = 390, **settings: str) -> Page:
        context = browser.new_context(viewport={"width": width, "height": HEIGHT}, **settings)
        context.set_default_timeout(PATIENCE * 1000)
        contexts.append(context)
        page = context.new_page()
        page.goto(address + name)
        page.evaluate(RESTED)
        return page

    yield open_page
    for context in contexts:
        context.close()


def test_what_is_far_is_not_laid_out_and_what_is_near_is(at: Callable[..., Page]) -> None:
    page = at(CHAPTER)
    assert page.locator("article h1").evaluate(LAID_OUT)
    last = page.locator(".far > p").last
    assert not last.evaluate(LAID_OUT)
    last.evaluate("e => e.scrollIntoView()")
    page.evaluate(RESTED)
    assert last.evaluate(LAID_OUT)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_heights_are_guessed_well(at: Callable[..., Page], name: str, width: int) -> None:
    page = at(name, width)
    total = "document.documentElement.scrollHeight"
    guessed = page.evaluate(total)
    page.add_style_tag(content=".far { content-visibility: visible !important }")
    assert guessed == pytest.approx(page.evaluate(total), rel=0.15)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    "kind", ["section.far", ".far .equation[id]", ".exercise[id]", "figure[id]"]
)
def test_a_link_arrives_at_its_place(at: Callable[..., Page], kind: str, width: int) -> None:
    page = at(CHAPTER, width)
    places = page.locator(f"article {kind}").evaluate_all("all => all.map(e => e.id)")
    name = places[2 * len(places) // 3]
    top = f"document.getElementById({name!r}).getBoundingClientRect().top"
    page.evaluate(f"location.hash = {name!r}")
    page.evaluate(RESTED)
    assert 0 < page.evaluate(top) < 200
    fresh = at(f"{CHAPTER}#{name}", width)
    assert 0 < fresh.evaluate(top) < 200


def test_text_and_links_are_found_where_nothing_is_laid_out(at: Callable[..., Page]) -> None:
    page = at(CHAPTER)
    opening = "all => all.map(p => (p.firstChild.data ?? '').slice(0, 30))"
    openings = page.locator("section.far > p").evaluate_all(opening)
    words = [text for text in openings if len(text) == 30][-1]
    assert page.evaluate("words => find(words)", words)
    page.evaluate(RESTED)
    focused = page.locator(".far > p a").last
    focused.evaluate("link => link.focus()")
    page.evaluate(RESTED)
    top = focused.evaluate("link => link.getBoundingClientRect().top")
    assert 0 <= top < HEIGHT


def test_the_end_of_a_chapter_is_reached_by_key(at: Callable[..., Page]) -> None:
    page = at(CHAPTER)
    page.evaluate("document.body.focus()")
    for _ in range(3):  # what is laid out on the way may be taller than was guessed
        page.keyboard.press("End")
        page.evaluate(RESTED)
    page.wait_for_function("scrollY + innerHeight > document.documentElement.scrollHeight - 3")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("theme", ["", "light", "dark"])
def test_paper_is_white_and_whole(at: Callable[..., Page], scheme: str, theme: str) -> None:
    page = at(CHAPTER, 1280, color_scheme=scheme)
    page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
    page.emulate_media(media="print", color_scheme=scheme)
    color = "getComputedStyle(document.querySelector('article p'))"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate(f"{color}.color") == "rgb(0, 0, 0)"
    pictures = page.locator("article img")
    assert set(pictures.evaluate_all("all => all.map(e => getComputedStyle(e).filter)")) == {"none"}
    boxes = page.locator(".far")
    seen = set(boxes.evaluate_all("all => all.map(e => getComputedStyle(e).contentVisibility)"))
    assert seen == {"visible"}
    inked = "article :is(pre, pre span, a, math)"
    pale = """(inked) => [...document.querySelectorAll(inked)].filter(e => {
      const [r, g, b] = getComputedStyle(e).color.match(/\\d+/g).map(Number);
      return (r + g + b) / 3 > 150;
    }).map(e => e.outerHTML.slice(0, 80)).slice(0, 3)"""
    assert page.evaluate(pale, inked) == []


def test_a_guess_counts_what_is_seen() -> None:
    section = html.fragment_fromstring(
        "<section><h2>A</h2><p>Short.</p><pre>1\n2\n3</pre>"
        '<img width="700" height="350"><div popover>' + "unseen " * 99 + "</div>"
        "<details><summary>More</summary><p>" + "folded " * 99 + "</p></details></section>"
    )
    phone, screen = (sizes.height(section, width) for width in (sizes.PHONE, sizes.SCREEN))
    assert 500 < phone < 700
    assert phone + 80 < screen < phone + 200
    section.find("p").text = "long " * 200
    assert sizes.height(section, sizes.PHONE) > phone + 500
