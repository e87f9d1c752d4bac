"""What stands beside the text: checks, hints, solutions, what needs what, who uses what."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from lxml import html
from playwright.sync_api import Locator, Page, expect

if TYPE_CHECKING:
    from tests.site.visits import Visit

CHAPTER = "gradients_and_derivatives.html"
WIDTHS = [1280, 390]


@pytest.fixture(params=WIDTHS)
def chapter(
    visit: Callable[..., Visit], address: str, request: pytest.FixtureRequest
) -> Iterator[Page]:
    seen = visit(address + CHAPTER, width=request.param)
    yield seen.page
    assert seen.faults == []


def panel_of(page: Page, mark: Locator) -> Locator:
    return page.locator(f"[id='{mark.get_attribute('popovertarget')}']")


def assert_shows_a_check(panel: Locator) -> None:
    expect(panel).to_be_visible()
    expect(panel).to_contain_text("How this result is checked")
    expect(panel.locator(".cell_input pre").first).to_contain_text("check.")
    expect(panel.locator(".verdict pre").first).to_contain_text(
        re.compile(r"^✓ .*wrong versions? rejected", re.S)
    )


def test_a_check_opens_by_keyboard(chapter: Page) -> None:
    for key, number in (("Enter", 0), ("Space", 3)):
        mark = chapter.locator(".check-mark").nth(number)
        panel = panel_of(chapter, mark)
        expect(panel).to_be_hidden()
        mark.focus()
        chapter.keyboard.press(key)
        assert_shows_a_check(panel)
        chapter.keyboard.press("Escape")
        expect(panel).to_be_hidden()
        expect(mark).to_be_focused()


def test_a_check_opens_by_pointer(chapter: Page) -> None:
    mark = chapter.locator(".check-mark").nth(1)
    panel = panel_of(chapter, mark)
    mark.click()
    assert_shows_a_check(panel)
    chapter.mouse.click(3, 300)  # beside the panel
    expect(panel).to_be_hidden()


def test_every_mark_names_its_equation_and_has_a_check(chapter: Page) -> None:
    marks = chapter.locator(".check-mark").all()
    assert len(marks) > 10
    for mark in marks:
        # What is not laid out yet has a text, but no inner text.
        number = re.sub(r"[^\d.]", "", mark.locator("xpath=..").text_content() or "")
        expect(mark).to_have_role("button")
        expect(mark).to_have_accessible_name(f"How equation {number} is checked")
        mark.evaluate("mark => mark.popoverTargetElement.showPopover()")
        assert_shows_a_check(panel_of(chapter, mark))
        expect(chapter.get_by_role("dialog", name="How this result is checked")).to_be_visible()
        chapter.keyboard.press("Escape")


def test_hints_are_folded_and_open_by_keyboard_and_pointer(chapter: Page) -> None:
    hints = chapter.locator(".exercise details.hint")
    acts = ("Enter", "click")
    assert hints.count() >= len(acts)
    for number, act in enumerate(acts):
        hint = hints.nth(number)
        summary, text = hint.locator("summary"), hint.locator("p").last
        expect(summary).to_have_text("Hint")
        expect(text).to_be_hidden()
        for visible in (True, False):
            if act == "click":
                summary.click()
            else:
                summary.focus()
                chapter.keyboard.press(act)
            expect(text).to_be_visible(visible=visible)


def test_solutions_have_no_mark_that_leads_nowhere(chapter: Page) -> None:
    chapter.locator(".exercise.admonition").last.scroll_into_view_if_needed()
    fold = chapter.locator("details.beside").last
    fold.locator("summary").focus()
    chapter.keyboard.press("Enter")
    expect(fold.get_by_text("This solution on its own page")).to_be_visible()
    assert fold.locator(".check-mark, .headerlink").count() == 0


def test_links_to_solutions_name_the_exercise(site: Path) -> None:
    texts = [
        " ".join(link.text_content().split())
        for file in sorted(site.rglob("*.html"))
        for link in html.fromstring(file.read_text("utf-8")).xpath(
            "//article//a[contains(@href, '#sol-') and not(contains(@class, 'headerlink'))]"
        )
    ]
    assert len(texts) > 40
    assert [text for text in texts if text.endswith("Solution to") or not text] == []
    bare = [text for text in texts if text != "Solution"]
    assert bare, "no page refers to a solution by its number"
    assert all(re.fullmatch(r"Solution to Exercise \d+(\.\d+)?", text) for text in bare), bare


def test_terms_show_their_definition_by_pointer_and_focus(
    visit: Callable[..., Visit], address: str
) -> None:
    seen = visit(address + CHAPTER)
    page, preview = seen.page, seen.page.locator("#preview")
    term = page.locator("article p a.internal[href*='glossary.html#term-']").first
    seen.rest_on(term)
    expect(preview).to_be_visible()
    by_pointer = preview.inner_text()
    assert len(by_pointer) > 40
    page.mouse.move(5, 5)
    expect(preview).to_be_hidden()
    page.keyboard.press("Tab")
    term.focus()
    expect(preview).to_be_visible()
    assert preview.inner_text() == by_pointer
    assert seen.faults == []


@pytest.mark.parametrize("width", WIDTHS)
def test_what_needs_what_is_legible(visit: Callable[..., Visit], address: str, width: int) -> None:
    seen = visit(f"{address}index.html", width=width)
    letters = seen.page.evaluate(
        """() => {
          const graph = document.querySelector("svg.prerequisites");
          const shown = graph.getBoundingClientRect().width / graph.viewBox.baseVal.width;
          return shown * parseFloat(getComputedStyle(graph.querySelector("text")).fontSize);
        }"""
    )
    assert letters >= 14
    beyond = seen.page.evaluate(
        """() => [...document.querySelectorAll("svg.prerequisites a")].filter((link) => {
          const box = link.querySelector("rect").getBBox();
          return [...link.querySelectorAll("text")].map((text) => text.getBBox()).some((text) =>
            text.x < box.x || text.x + text.width > box.x + box.width
            || text.y < box.y || text.y + text.height > box.y + box.height);
        }).map((link) => link.textContent)"""
    )
    assert beyond == [], "a title sticks out of its box"
    box = seen.page.locator(".table-box:has(svg.prerequisites)")
    if box.evaluate("box => box.scrollWidth > box.clientWidth + 1"):
        assert box.get_attribute("tabindex") == "0", "it scrolls, but not by keyboard"
    links = seen.page.locator("svg.prerequisites a")
    links.first.focus()
    seen.page.keyboard.press("Enter")
    expect(seen.page).not_to_have_url(re.compile(r"index\.html"))
    expect(seen.page.locator("article h1")).to_be_visible()
    assert seen.faults == []


def test_the_reference_says_which_chapters_use_a_function(site: Path) -> None:
    page = html.fromstring((site / "calcml/diff.html").read_text("utf-8"))
    entry = page.get_element_by_id("calcml.diff.grad").getparent()
    used = entry.xpath(".//p[em[contains(., 'Used in')]]//a/@href")
    assert f"../{CHAPTER}" in used
    assert "Alias for field number" not in page.text_content()
