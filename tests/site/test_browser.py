"""The site in real Chromium: quiet, self-contained, readable, and usable by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from lxml import html
from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from tests.site.visits import Visit

CHAPTER = "gradients_and_derivatives.html"


@pytest.fixture
def chapter(visit: Callable[..., Visit], address: str) -> Iterator[Visit]:
    seen = visit(address + CHAPTER)
    yield seen
    assert seen.faults == []


def background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the element has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    pytest.fail(f"{selector} cannot be reached by Tab")


# What a check says is wrapped, and whole: looked at last, since it opens all that is closed.
VERDICTS = """() => [...document.querySelectorAll(".verdict pre")].flatMap((text) => {
  text.closest("[popover]")?.showPopover();
  const style = getComputedStyle(text);
  const start = parseFloat(style.paddingLeft) + parseFloat(style.textIndent);
  const wide = text.scrollWidth > text.clientWidth + 1;
  return wide || start < 0 ? [`${text.textContent} starts at ${start}`] : [];
})"""
SHARES = 4  # of the pages, so that processes can divide them


@pytest.mark.whole
@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize(
    ("width", "schemes"), [(1280, ("light", "dark")), (390, ("dark", "light"))]
)
def test_every_page_opens_cleanly(
    visit: Callable[..., Visit],
    address: str,
    pages: list[str],
    width: int,
    schemes: tuple[Literal["light", "dark"], ...],
    share: int,
) -> None:
    """At both widths it opens in one scheme and is turned into the other."""
    faults = []
    for name in pages[share::SHARES]:
        seen = visit(address + name, width=width, scheme=schemes[0])
        for scheme in schemes:
            seen.turn(scheme)
            found = seen.looks() + seen.violations()
            faults += [f"{name}, {scheme}: {line}" for line in found]
        faults += [f"{name}: {line}" for line in seen.page.evaluate(VERDICTS)]
        faults += [f"{name}: {line}" for line in seen.faults]
        seen.page.close()
    assert faults == []


def test_every_page_says_which_scripts_may_run(site: Path, pages: list[str]) -> None:
    for name in pages:
        head = html.parse(site / name).find("head")
        (policy,) = head.xpath("meta[@http-equiv='Content-Security-Policy']/@content")
        assert policy.startswith("script-src 'self' "), name
        assert "unsafe" not in policy, name
        assert head.xpath("script[1]/preceding-sibling::meta[@http-equiv]"), name


def test_fonts_of_the_site_are_used(chapter: Visit) -> None:
    faces = "[...document.fonts].filter(f => f.status === 'loaded').map(f => f.family)"
    loaded = {family.strip('"') for family in chapter.page.evaluate(faces)}
    assert {"STIX Two Text", "Source Sans 3", "Source Code Pro", "STIX Two Math"} <= loaded


def test_column_is_68_to_76_characters(chapter: Visit) -> None:
    """Counts the characters of the full lines of all long paragraphs."""
    lengths = chapter.page.evaluate(
        """() => [...document.querySelectorAll("article section > p")].flatMap((p) => {
          const text = p.textContent.trim();
          if (p.querySelector("math, code") || text.length < 200) return [];
          const lines = Math.round(p.clientHeight / parseFloat(getComputedStyle(p).lineHeight));
          return lines > 3 ? [text.length / (lines - 0.5)] : [];
        })"""
    )
    assert lengths
    assert 66 <= sum(lengths) / len(lengths) <= 78


def test_dark_page_by_keyboard(chapter: Visit) -> None:
    page = chapter.page
    before = background(page)
    tab_to(page, "#theme-button")
    page.keyboard.press("Enter")
    assert background(page) != before
    expect(page.locator("#theme-button")).to_have_attribute("aria-pressed", "true")
    page.reload()
    assert background(page) != before, "the choice was forgotten"
    tab_to(page, "#theme-button")
    page.keyboard.press("Space")
    assert background(page) == before


def test_search_by_keyboard(chapter: Visit) -> None:
    page = chapter.page
    tab_to(page, "#search-field")
    page.keyboard.type("gradient")
    page.keyboard.press("Enter")
    hits = page.locator("#search-results li a")
    expect(hits.first).to_be_visible()
    assert any(CHAPTER in (hit.get_attribute("href") or "") for hit in hits.all())
    hits.first.click()
    expect(page).not_to_have_url(re.compile(r"search\.html"))
    expect(page.locator("article h1")).to_be_visible()
    assert "gradient" in page.locator("article").inner_text().lower()


def test_search_says_when_nothing_is_found(visit: Callable[..., Visit], address: str) -> None:
    seen = visit(f"{address}search.html?q=xyzzyplugh")
    expect(seen.page.locator("article")).to_contain_text("Nothing found")
    assert seen.page.locator("#search-results li").count() == 0
    assert seen.faults == []


def test_downloads_by_keyboard(chapter: Visit) -> None:
    page = chapter.page
    tab_to(page, "#downloads-button")
    page.keyboard.press("Enter")
    links = page.locator("#downloads a")
    expect(links.first).to_be_visible()
    assert links.count() == 4
    for link in links.all():
        answer = page.request.get(str(link.evaluate("a => a.href")))
        assert answer.ok, answer.url
        assert len(answer.body()) > 1000, answer.url
    page.keyboard.press("Escape")
    expect(links.first).to_be_hidden()


def test_contents_of_a_phone_by_keyboard(visit: Callable[..., Visit], address: str) -> None:
    seen = visit(address + CHAPTER, width=390)
    contents = seen.page.locator("#contents")
    expect(contents).to_be_hidden()
    tab_to(seen.page, ".menu-button")
    seen.page.keyboard.press("Enter")
    expect(contents).to_be_visible()
    seen.page.keyboard.press("Escape")
    expect(contents).to_be_hidden()
    seen.page.locator(".menu-button").click()
    contents.locator(".sections a").first.click()
    expect(contents).to_be_hidden()
    expect(seen.page).to_have_url(re.compile("#"))
    assert seen.faults == []


def test_wide_boxes_scroll_by_keyboard(visit: Callable[..., Visit], address: str) -> None:
    seen = visit(address + CHAPTER, width=390)
    boxes = seen.page.evaluate(
        """() => [...document.querySelectorAll("article :is(.formula, pre)")]
          .filter((box) => box.checkVisibility() && box.scrollWidth > box.clientWidth + 1)
          .map((box) => box.tabIndex)"""
    )
    assert boxes, "nothing is wider than a phone on the chapter with the longest formulas"
    assert set(boxes) == {0}


def test_previews_by_keyboard(chapter: Visit) -> None:
    page = chapter.page
    preview = page.locator("#preview")
    # One of each kind that points into this page, and one whose target is on another.
    for target in ("#equation-", "#thm-", "#fig-", "glossary.html#", "references.html#"):
        link = page.locator(f"article p a.internal[href*='{target}']").first
        page.keyboard.press("Tab")  # what follows is a focus of the keyboard
        link.focus()
        expect(preview).to_be_visible()
        assert preview.inner_text().strip(), target
        expect(link).to_have_attribute("aria-describedby", "preview")
        box = preview.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 1280
        page.keyboard.press("Escape")
        expect(preview).to_be_hidden()


def test_previews_by_pointer(chapter: Visit) -> None:
    page = chapter.page
    preview = page.locator("#preview")
    chapter.rest_on(page.locator("article p a.internal[href*='#equation-']").first)
    expect(preview).to_be_visible()
    # A figure may come to life above: the page scrolls, and the link stays under the pointer.
    scrolled = page.evaluate("scrollY")
    page.evaluate("document.querySelector('article').prepend(document.createElement('hr'))")
    page.evaluate("document.querySelector('article > hr').style.height = '300px'")
    page.wait_for_function("before => scrollY > before + 200", arg=scrolled)
    preview.hover()  # one may go into it
    # What would hide it comes before.
    page.evaluate("new Promise((done) => setTimeout(done, 1000))")
    expect(preview).to_be_visible()
    page.mouse.move(5, 5)
    expect(preview).to_be_hidden()


# Frames come, and time goes by, when a test lets them.
HELD = """window.held = [];
window.waiting = [];
const soon = setTimeout;
requestAnimationFrame = (come) => held.push(come);
setTimeout = (come, wait) => (wait >= 1000 ? waiting.push(come) : soon(come, wait));"""
FRAME = "held.splice(0).forEach((come) => come(performance.now()))"
HIDDEN = """() => [...document.querySelectorAll("article section > :not([popover]), footer")]
  .filter((block) => !block.checkVisibility()).map((block) => block.outerHTML.slice(0, 80))"""


@pytest.fixture
def arriving(visit: Callable[..., Visit], address: str) -> Callable[[str], Page]:
    """Go to a page that gets no frame after its first."""

    def go(place: str) -> Page:
        page = visit(address + "search.html").page
        page.add_init_script(HELD)
        page.goto(address + place)
        return page

    return go


def test_the_rest_of_a_page_comes_after_its_first_screen(arriving: Callable[[str], Page]) -> None:
    page = arriving("gradient_descent.html")
    expect(page.locator("article h1")).to_be_visible()
    expect(page.locator("article h2").first).to_be_visible()
    for later in ("article h2 >> nth=1", "#exercises", "footer"):
        expect(page.locator(later)).to_be_hidden()
    page.evaluate(FRAME)
    expect(page.locator("footer")).to_be_visible()
    expect(page.locator("#exercises > h2")).to_be_hidden()  # in pieces, from above
    while page.locator(".later").count():
        page.evaluate(FRAME)
    assert page.evaluate(HIDDEN) == []


@pytest.mark.parametrize(
    ("place", "parts"),
    {
        "glossary.html": ".glossary > dd",
        "general_index.html": ".entries",
        "references.html": ".citation-list > li",
        "solutions/gradient_descent.html": ".solution",
    }.items(),
)
def test_a_page_that_is_one_list_comes_in_pieces_too(
    arriving: Callable[[str], Page], place: str, parts: str
) -> None:
    page = arriving(place)
    expect(page.locator(parts).first).to_be_visible()
    for _ in range(2):
        expect(page.locator(parts).last).to_be_hidden()
        page.evaluate(FRAME)
    while page.locator(".later").count():
        page.evaluate(FRAME)
    assert page.evaluate(HIDDEN) == []


def test_a_table_at_the_top_waits_for_its_faces(arriving: Callable[[str], Page]) -> None:
    page = arriving("checks/one_variable.html")
    rows = page.locator("article table >> nth=0").locator("tbody tr")
    expect(rows.first).to_be_visible()
    expect(rows.nth(1)).to_be_hidden()
    page.evaluate(FRAME)
    expect(rows.last).to_be_visible()


@pytest.mark.parametrize("cause", ["key", "wheel", "time"])
def test_a_reader_who_does_something_gets_it_at_once(
    arriving: Callable[[str], Page], cause: str
) -> None:
    page = arriving("gradient_descent.html")
    expect(page.locator("footer")).to_be_hidden()
    if cause == "time":  # in a page that nobody sees there is no frame
        page.evaluate("waiting.forEach((come) => come())")
    elif cause == "wheel":
        page.mouse.move(400, 400)
        page.mouse.wheel(0, 300)
    else:
        page.keyboard.press("End")
    expect(page.locator("footer")).to_be_visible()
    assert page.evaluate(HIDDEN) == []


def test_a_first_visit_asks_for_some_faces_after_its_first_screen(
    arriving: Callable[[str], Page], address: str
) -> None:
    page = arriving("gradient_descent.html")
    faces = page.locator("#faces")
    assert faces.count() == 1, "the browser was here before"
    page.evaluate("localStorage.clear()")
    page.goto(address + "momentum.html")
    expect(faces).to_have_count(0)
    page.evaluate(FRAME)
    expect(faces).to_have_count(1)


def test_who_goes_to_a_place_below_finds_it_there(arriving: Callable[[str], Page]) -> None:
    page = arriving("gradient_descent.html#exercises")
    expect(page.locator("#exercises > h2")).to_be_in_viewport()
    assert page.evaluate(HIDDEN) == []


def test_equation_numbers_stand_at_the_right(chapter: Visit) -> None:
    for equation in chapter.page.locator(".equation:visible:has(> .eqno)").all():
        box, number = equation.bounding_box(), equation.locator(".eqno").bounding_box()
        assert box is not None
        assert number is not None
        assert number["x"] + number["width"] == pytest.approx(box["x"] + box["width"], abs=1)


def test_pictures_have_their_size(chapter: Visit) -> None:
    for picture in chapter.page.locator("article img").all():
        assert picture.get_attribute("width"), picture.get_attribute("src")
        assert picture.get_attribute("height"), picture.get_attribute("src")
        natural = picture.evaluate("i => i.naturalWidth / i.naturalHeight")
        shown = picture.evaluate("i => i.clientWidth / i.clientHeight")
        assert shown == pytest.approx(natural, rel=0.02)


POLICY = '<meta http-equiv="Content-Security-Policy" content="script-src \'self\'">'
PAGE = (
    '<!DOCTYPE html><html lang="en"><title>Page</title><link rel="icon" href="data:,">'
    '<meta name="viewport" content="width=device-width">{}<main><h1>Page</h1><p>Text.</p>{}</main>'
)
BROKEN = {
    "asks https": '<img src="https://example.org/x.png" alt="">',
    "404": '<img src="missing.png" alt="">',
    "console error: oh": "<script>console.error('oh')</script>",
    "script: ": "<script>undefinedFunction()</script>",
    "div.": '<div style="width: 900px">wide</div>',
    "contrast": '<p style="color: #aaa">pale</p>',
    "empty-table-header": "<table><tr><th></th><td>Cell.</td></tr></table>",
    "button-name": "<button></button>",
    "policy: script-src-elem": "<script>let stopped</script>",
    "policy: script-src-attr": '<img src="missing.png" alt="" onerror="let stopped">',
}


@pytest.mark.parametrize(("complaint", "markup"), BROKEN.items())
def test_a_broken_page_is_noticed(
    visit: Callable[..., Visit],
    serve: Callable[[Path], str],
    tmp_path: Path,
    complaint: str,
    markup: str,
) -> None:
    policy = POLICY if complaint.startswith("policy") else ""
    (tmp_path / "page.html").write_text(PAGE.format(policy, markup))
    seen = visit(serve(tmp_path) + "page.html", width=390)
    found = seen.looks() + seen.violations() + seen.faults
    assert any(complaint in line for line in found), found


def test_a_clean_page_passes(
    visit: Callable[..., Visit], serve: Callable[[Path], str], tmp_path: Path
) -> None:
    (tmp_path / "page.html").write_text(PAGE.format("", ""))
    seen = visit(serve(tmp_path) + "page.html")
    assert seen.looks() + seen.violations() + seen.faults == []


def test_solutions_open_beside_their_exercises(chapter: Visit) -> None:
    page = chapter.page
    folds = page.locator("details.beside")
    page.locator(".exercise.admonition").first.scroll_into_view_if_needed()
    expect(folds.first).to_be_attached()
    assert folds.count() == page.locator(".exercise.admonition").count() > 0
    fold = folds.first
    fold.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(fold.get_by_text("This solution on its own page")).to_be_visible()
    assert len(fold.inner_text()) > 200
    assert page.evaluate("new Set([...document.querySelectorAll('[id]')].map(e => e.id)).size") == (
        page.locator("[id]").count()
    ), "an id stands twice"
    page.keyboard.press("Enter")
    expect(fold.get_by_text("This solution on its own page")).to_be_hidden()
    fold.locator("summary").click()
    fold.get_by_text("This solution on its own page").click()
    expect(page).to_have_url(re.compile("/solutions/"))
