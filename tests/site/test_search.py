"""What readers look for, as they type it, is among the first that they are shown."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lxml import html
from playwright.sync_api import Browser, Page, Route, expect
from tests.patience import PATIENCE
from tests.site.visits import Visit

#: Typed words, and the beginning of an address that must be among the first five.
FOUND = {
    "term": ("jacobian", "glossary.html#term-Jacobian"),
    "theorem by name": ("fundamental theorem of calculus", "integration_examples.html#thm-"),
    "function": ("value_and_grad", "calcml/diff.html#calcml.diff."),
    "function with its module": ("calcml.diff.grad", "calcml/diff.html#calcml.diff.grad"),
    "full stop at the end": ("convex function.", "glossary.html#term-convex"),
    "accent left out": ("Lindelof", ""),
    "accents left out": ("L'Hopital", ""),
    "letter that has no accent to leave out": ("Lojasiewicz", "gradient_descent.html#"),
    "plural": ("gradients", "gradients_and_derivatives.html"),
    "capitals": ("KL DIVERGENCE", "glossary.html#term-"),
    "abbreviation": ("KL divergence", "glossary.html#term-"),
    "function by its name alone": ("smo", "calcml/constrained.html#calcml.svm.smo"),
    "theorem by its number": ("theorem 3.2", "derivatives.html#thm-"),
    "theorem by a part of its name": ("weak duality", "duality_and_svm.html#thm-"),
    "norm": ("‖x‖", ""),
    "exercise by its title": ("five step sizes", "gradient_descent.html#ex-descent-byhand"),
}
#: A slip, and the word that is meant.
SLIPS = {
    "gradeint": "gradient",
    "jacobain": "jacobian",
    "lagrangain": "lagrangian",
    "backpropogation": "backpropagation",
    "eigenvale": "eigenval",
    "back-propagation": "backpropagation",
}
ADDRESSES = "links => links.slice(0, 5).map(link => link.getAttribute('href'))"


@pytest.fixture
def search(visit: Callable[..., Visit], address: str) -> Iterator[Page]:
    seen = visit(address + "search.html?q=gradient")
    expect(seen.page.locator("#search-status")).to_contain_text(re.compile(r"^\d+ places"))
    yield seen.page
    assert seen.faults == []


def first(page: Page, query: str) -> list[str]:
    page.fill("#search-field", query)
    return list(page.locator("#search-results a").evaluate_all(ADDRESSES))


def test_what_is_typed_is_found(search: Page) -> None:
    missed = []
    for what, (query, wanted) in FOUND.items():
        places = first(search, query)
        expect(search.locator("#search-status")).not_to_contain_text("nothing with")
        if not any(place.startswith(wanted) for place in places):
            missed.append((what, query, places))
    assert missed == []


def test_signs_are_found_by_their_names(search: Page) -> None:
    for name, sign in {"nabla": "∇", "infinity": "∞", "integral": "∫", "lambda": "λ"}.items():
        by_name = first(search, f"{name} of")
        assert by_name, name
        marked = search.locator("#search-results mark").all_inner_texts()
        first(search, sign)
        capitals = search.locator("#search-results mark").all_inner_texts()
        assert {text.lower() for text in capitals} == {sign}
        assert sign in marked or name[:4] in " ".join(marked).lower()


def test_slips_are_mended_and_said(search: Page) -> None:
    for slip, meant in SLIPS.items():
        assert first(search, slip), slip
        expect(search.locator("#search-status")).to_contain_text(meant)
        expect(search.locator("#search-status")).to_contain_text(f"nothing with “{slip}”")
    first(search, "gradient")
    expect(search.locator("#search-status")).not_to_contain_text("nothing")


def test_another_word_is_no_slip(search: Page) -> None:
    assert first(search, "Hölder") == []  # not "colder"
    expect(search.locator("#search-status")).to_have_text("Nothing found for “Hölder”.")


def test_the_name_of_a_function_comes_first(search: Page) -> None:
    assert first(search, "grad")[0] == "calcml/diff.html#calcml.diff.grad"


def test_all_that_has_a_name_is_in_the_index(site: Path, pages: list[str]) -> None:
    index = (site / "_static/search-index.js").read_text("utf-8")
    known = {place[0] for place in json.loads(index[index.index("[") : -2])}
    named = "//article//*[contains(@class, 'admonition') and @id]/@id | //article//dl/dt[@id]/@id"
    wanted = {
        f"{name}#{place}"
        for name in pages
        for place in html.document_fromstring((site / name).read_text("utf-8")).xpath(named)
    }
    assert len(wanted) > 500
    assert wanted <= known


def test_results_show_where(search: Page) -> None:
    assert first(search, "strongly convex")
    hit = search.locator("#search-results li").first
    assert hit.locator("small").inner_text().strip()
    assert "convex" in " ".join(hit.locator("mark").all_inner_texts()).lower()


def test_titles_are_found_before_the_texts_and_without_them(browser: Browser, address: str) -> None:
    with browser.new_context() as context:
        context.set_default_timeout(PATIENCE * 1000)
        page = context.new_page()
        waiting: list[Route] = []
        page.route("**/search-texts.js", lambda route: waiting.append(route))
        page.goto(f"{address}search.html?q=convex", wait_until="domcontentloaded")
        status = page.locator("#search-status")
        expect(status).to_contain_text("The texts follow")
        assert any(place.startswith("glossary.html#term-convex") for place in first(page, "convex"))
        waiting[0].abort()
        expect(status).to_contain_text("The texts could not be loaded")
        assert first(page, "strongly convex")


def test_the_texts_come_when_somebody_searches(browser: Browser, address: str) -> None:
    with browser.new_context() as context:
        context.set_default_timeout(PATIENCE * 1000)
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{address}search.html", wait_until="networkidle")
        assert any("search-index.js" in url for url in asked)
        assert not any("search-texts.js" in url for url in asked)
        page.locator("#search-field").press_sequentially("convex")
        expect(page.locator("#search-status")).to_have_text(
            re.compile(r"^\d+ places with “convex”")
        )
        assert sum("search-texts.js" in url for url in asked) == 1


@pytest.mark.parametrize("width", [390, 1280])
def test_a_slash_goes_to_the_search(visit: Callable[..., Visit], address: str, width: int) -> None:
    page = visit(f"{address}momentum.html", width=width).page
    page.keyboard.press("/")
    expect(page.locator("#search-field")).to_be_focused()
    page.keyboard.type("a/b")
    expect(page.locator("#search-field")).to_have_value("a/b")
