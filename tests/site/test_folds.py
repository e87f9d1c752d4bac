"""Long proofs and imports fold, and open by hand, by links into them, and on paper."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from lxml import html
from playwright.sync_api import Browser, Page, expect
from tests.patience import PATIENCE

if TYPE_CHECKING:
    from tests.site.visits import Visit

FOLD = "details.fold.proof-text"
# Put into a folded proof, as an equation or a result that others refer to.
TARGET = """fold => {
  const inner = fold.querySelector(":scope > p");
  inner.id = "into-a-fold";
  document.body.insertAdjacentHTML("afterbegin", "<a id=in-link href='#into-a-fold'>Go</a>");
}"""


@pytest.fixture(scope="session")
def folded(site: Path, pages: list[str]) -> str:
    """A page with a long proof."""
    return next(
        name
        for name in pages
        if html.parse(site / name).xpath("//details[contains(@class, 'proof-text')]")
    )


@pytest.fixture
def page(visit: Callable[..., Visit], address: str, folded: str) -> Page:
    return visit(address + folded).page


def test_every_fold_says_what_it_holds(site: Path, pages: list[str]) -> None:
    folds = [
        " ".join(fold.find("summary").text_content().split())
        for name in pages
        for fold in html.parse(site / name).xpath("//details[contains(@class, 'proof-text')]")
    ]
    assert len(folds) > 3
    named = [text for text in folds if text.startswith("Proof of ")]
    # A proof that stands in a section of its own is named by the title of the section.
    assert len(named) > 0.75 * len(folds)
    assert all(text.startswith("Proof") for text in folds)


def test_a_fold_opens_and_closes_by_keyboard_and_keeps_its_place(page: Page) -> None:
    fold = page.locator(FOLD).first
    summary, text = fold.locator("> summary"), fold.locator("> p").first
    summary.focus()
    before = summary.bounding_box()
    for visible in (True, False):
        page.keyboard.press("Enter")
        expect(text).to_be_visible(visible=visible)
        expect(summary).to_be_focused()
        after = summary.bounding_box()
        assert before is not None
        assert after is not None
        assert abs(after["y"] - before["y"]) < 2


# A browser may open what a link leads into by itself; where it does not, the page does.
FOLLOWED = "document.getElementById('in-link').click()"
TOLD = "history.replaceState(0, '', '#into-a-fold'), dispatchEvent(new Event('hashchange'))"


@pytest.mark.parametrize("go", [FOLLOWED, TOLD])
def test_a_link_into_a_fold_opens_it(page: Page, go: str) -> None:
    fold = page.locator(FOLD).last
    fold.evaluate(TARGET)
    expect(page.locator("#into-a-fold")).to_be_hidden()
    page.evaluate(go)
    expect(page.locator("#into-a-fold")).to_be_visible()
    expect(page.locator("#into-a-fold")).to_be_in_viewport()
    assert fold.evaluate("fold => fold.open")


def test_paper_shows_what_is_folded_and_the_screen_stays_as_it_was(page: Page) -> None:
    text = page.locator(f"{FOLD} > p").first
    page.emulate_media(media="print")
    assert text.evaluate("text => text.checkVisibility() && text.offsetHeight > 10")
    page.emulate_media(media="screen")
    expect(text).to_be_hidden()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(f"[...document.querySelectorAll('{FOLD}')].every(fold => fold.open)")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(text).to_be_hidden()


def test_without_scripts_a_fold_opens_by_hand(browser: Browser, address: str, folded: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    context.set_default_timeout(PATIENCE * 1000)
    page = context.new_page()
    page.goto(address + folded)
    fold = page.locator(FOLD).first
    expect(fold.locator("> p").first).to_be_hidden()
    fold.locator("> summary").click()
    expect(fold.locator("> p").first).to_be_visible()
    context.close()


def test_search_knows_what_is_folded(site: Path, folded: str) -> None:
    proof, *_ = html.parse(site / folded).xpath("//details[contains(@class, 'proof-text')]")
    words = next(p.text for p in proof.findall("p") if p.text and len(p.text.split()) > 2)
    opening = " ".join(words.split()[:3])
    index = (site / "_static/search-texts.js").read_text("utf-8")
    assert opening in " ".join(index.split())
