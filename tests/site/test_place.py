"""Where the reader was is kept; signs beside headings and results copy their addresses."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Locator, expect
from tests.patience import wait_until
from tests.site.test_browser import tab_to

if TYPE_CHECKING:
    from tests.site.visits import Visit

CHAPTER = "momentum.html"
# Playwright's window never hides, so a page hears of its end when it is left.
KEPT = "JSON.parse(localStorage.getItem('place'))"


@pytest.fixture
def reader(visit: Callable[..., Visit], address: str) -> Visit:
    """Somebody who has read as far as the first theorem of a chapter, and gone home."""
    seen = visit(address + CHAPTER)
    here(seen)
    assert seen.page.locator(".resume").count() == 0, "nobody was here before"
    go_to(seen, ".theorem >> nth=0")
    open_page(seen, address + "index.html")
    return seen


def open_page(seen: Visit, url: str) -> None:
    """Go to a page, and wait for the script that comes when all else is there."""
    seen.page.goto(url)
    here(seen)


def here(seen: Visit) -> None:
    # A page lets nobody evaluate text in it, so Playwright's own way of waiting is closed.
    came = "performance.getEntriesByType('resource').some(({ name }) => name.endsWith('place.js'))"
    wait_until(lambda: bool(seen.page.evaluate(came)), "place.js does not come")
    seen.page.evaluate("() => new Promise(requestAnimationFrame)")


def go_to(seen: Visit, place: str) -> None:
    expect(seen.page.locator("[data-arriving], .later")).to_have_count(0)
    seen.page.locator(place).evaluate("e => e.scrollIntoView()")


def offer(seen: Visit) -> Locator:
    return seen.page.get_by_role("navigation", name="Where you stopped reading")


def test_home_leads_back_to_the_place(reader: Visit) -> None:
    place = reader.page.evaluate(KEPT)
    expect(offer(reader)).to_contain_text(place["title"])
    assert place["title"].startswith("15.")
    assert reader.violations() == []
    tab_to(reader.page, ".resume a")
    reader.page.keyboard.press("Enter")
    expect(reader.page.locator(".theorem").first).to_be_in_viewport()
    expect(offer(reader)).to_have_count(0)
    assert reader.faults == []


def test_the_chapter_leads_back_and_no_other_one_does(reader: Visit, address: str) -> None:
    open_page(reader, address + "monte_carlo.html")
    expect(offer(reader)).to_have_count(0)
    open_page(reader, address + CHAPTER)
    offer(reader).get_by_role("link").click()
    expect(reader.page.locator(".theorem").first).to_be_in_viewport()
    expect(offer(reader)).to_have_count(0)


def test_an_offer_that_is_closed_does_not_come_back(reader: Visit, address: str) -> None:
    tab_to(reader.page, ".resume button")
    reader.page.keyboard.press("Enter")
    expect(offer(reader)).to_have_count(0)
    for place in ("index.html", CHAPTER):
        open_page(reader, address + place)
        expect(offer(reader)).to_have_count(0)


def test_the_offer_goes_when_one_reads_on(reader: Visit, address: str) -> None:
    open_page(reader, address + CHAPTER)
    expect(offer(reader)).to_be_visible()
    go_to(reader, "h2 >> nth=2")
    expect(offer(reader)).to_have_count(0)


def test_who_reads_to_the_end_is_offered_nothing(reader: Visit, address: str) -> None:
    open_page(reader, address + CHAPTER)
    go_to(reader, "footer")
    open_page(reader, address + "index.html")
    assert reader.page.evaluate(KEPT) is None
    expect(offer(reader)).to_have_count(0)


def test_what_another_program_has_kept_is_no_place(
    visit: Callable[..., Visit], address: str
) -> None:
    seen = visit(address + "index.html")
    for kept in ("{", "1", '{"page": "https://example.org/", "id": "x", "title": "x"}'):
        seen.page.evaluate("kept => localStorage.setItem('place', kept)", kept)
        seen.page.reload()
        open_page(seen, address + "index.html")
        expect(offer(seen)).to_have_count(0)
    assert seen.faults == []


@pytest.mark.parametrize(
    ("box", "link"),
    {
        "article h2": ".headerlink",
        ".theorem": ".admonition-title .headerlink",
        ".exercise": ".admonition-title .headerlink",
        ".equation:has(.eqno)": ".eqno > a",
        "figure[id]": ".headerlink",
    }.items(),
)
def test_a_sign_copies_the_address(
    visit: Callable[..., Visit], address: str, box: str, link: str
) -> None:
    seen = visit(address + CHAPTER)
    seen.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sign = seen.page.locator(box).first.locator(link)
    sign.click()
    # The values beside the sliders of a figure that has come are statuses, too.
    expect(seen.page.locator("body > [role=status]")).to_have_text("Link copied")
    copied = seen.page.evaluate("navigator.clipboard.readText()")
    assert copied == seen.page.url
    start, _, anchor = copied.partition("#")
    assert start == address + CHAPTER
    expect(seen.page.locator(f"[id='{anchor}']")).to_be_in_viewport()
    assert seen.faults == []
