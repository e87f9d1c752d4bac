"""A page of the site on paper: dark on white from either theme."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.site.visits import Visit

CHAPTER = "gradient_descent.html"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("theme", ["", "light", "dark"])
def test_paper_is_white_and_whole(
    visit: Callable[..., Visit], address: str, scheme: str, theme: str
) -> None:
    page = visit(address + CHAPTER, scheme=scheme).page
    page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
    page.emulate_media(media="print", color_scheme=scheme)
    color = "getComputedStyle(document.querySelector('article p'))"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate(f"{color}.color") == "rgb(0, 0, 0)"
    pictures = page.locator("article img")
    assert set(pictures.evaluate_all("all => all.map(e => getComputedStyle(e).filter)")) == {"none"}
    inked = "article :is(pre, pre span, a, math)"
    pale = """(inked) => [...document.querySelectorAll(inked)].filter(e => {
      const [r, g, b] = getComputedStyle(e).color.match(/\\d+/g).map(Number);
      return (r + g + b) / 3 > 150;
    }).map(e => e.outerHTML.slice(0, 80)).slice(0, 3)"""
    assert page.evaluate(pale, inked) == []


def test_nothing_is_folded_on_paper(visit: Callable[..., Visit], address: str) -> None:
    page = visit(address + "derivatives.html").page
    folds = page.locator("article details:not(.beside)")
    hint = page.locator(".hint > p:not(.admonition-title)").first
    assert folds.count() > 3
    assert not hint.is_visible()
    page.emulate_media(media="print")
    unseen = (
        "folds => folds.filter(f => !f.lastElementChild.checkVisibility()).map(f => f.className)"
    )
    assert folds.evaluate_all(unseen) == []
    assert hint.is_visible()
    # A link to what paper does not have is left out.
    assert page.locator(".exercise a[href*='#sol-'] >> visible=true").all_inner_texts() == []
    page.emulate_media(media="screen")
    assert not hint.is_visible()
