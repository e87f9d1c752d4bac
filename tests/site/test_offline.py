"""The zip of the site, unpacked and read from the disk as a reader in a train does."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.site.test_links import link_faults
from tests.site.visits import Visit


@pytest.fixture(scope="module")
def unpacked(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("offline")
    with zipfile.ZipFile(site / "calculus-for-machine-learning-site.zip") as archive:
        archive.extractall(folder)
    return folder / "calculus-for-machine-learning"


def test_it_is_whole(unpacked: Path, site: Path) -> None:
    here = {page.relative_to(unpacked) for page in unpacked.rglob("*.html")}
    there = {page.relative_to(site) for page in site.rglob("*.html")}
    assert there - here == {Path("404.html")}
    assert link_faults(unpacked.resolve()) == []


@pytest.mark.parametrize("name", ["index", "momentum", "solutions/momentum", "checks", "calcml"])
@pytest.mark.parametrize("place", ["unpacked", "site"])
def test_pages_from_the_disk_say_nothing(
    visit: Callable[..., Visit], request: pytest.FixtureRequest, place: str, name: str
) -> None:
    folder: Path = request.getfixturevalue(place)
    seen = visit((folder / f"{name}.html").as_uri(), width=390)
    faces = "[...document.fonts].filter(f => f.status === 'loaded').map(f => f.family)"
    assert "STIX Two Text" in {face.strip('"') for face in seen.page.evaluate(faces)}
    assert seen.faults == []


@pytest.mark.whole
def test_every_page_from_the_disk_says_nothing(visit: Callable[..., Visit], unpacked: Path) -> None:
    """The policy for scripts holds there, too."""
    faults = []
    for page in sorted(unpacked.rglob("*.html")):
        seen = visit(page.as_uri())
        faults += [f"{page.name}: {line}" for line in seen.faults]
        seen.page.close()
    assert faults == []


def test_the_search_works_from_the_disk(visit: Callable[..., Visit], unpacked: Path) -> None:
    seen = visit((unpacked / "search.html").as_uri() + "?q=nabla")
    hits = seen.page.locator("#search-results a")
    expect(hits.first).to_be_visible()
    seen.page.fill("#search-field", "gradient")
    hits.first.click()
    expect(seen.page.locator("article h1")).to_be_visible()
    assert seen.faults == []


@pytest.mark.parametrize("name", ["gradients_and_derivatives", "momentum", "vector_calculus"])
def test_living_figures_wake_up_from_the_disk(
    visit: Callable[..., Visit], unpacked: Path, name: str
) -> None:
    """What brings them to life comes when the reader is near, and not before."""
    seen = visit((unpacked / f"{name}.html").as_uri())
    scripts = "[...document.scripts].map(script => script.src.split('/').pop()).filter(Boolean)"
    assert seen.page.evaluate(scripts) == ["book.js", "previews.js", "place.js"]
    stage = seen.page.locator("[data-interactive]").first
    stage.scroll_into_view_if_needed()
    expect(stage).to_have_attribute("data-awake", "")
    assert "jsxgraphcore.js" in seen.page.evaluate(scripts)
    answers = stage.locator(".readouts")
    before = answers.text_content() or ""
    stage.locator("input").first.press("PageUp")
    expect(answers).not_to_have_text(before)
    assert seen.faults == []


def test_solutions_are_linked_from_the_disk(visit: Callable[..., Visit], unpacked: Path) -> None:
    """A page there may not read another one, so none opens beside its exercise."""
    seen = visit((unpacked / "momentum.html").as_uri())
    link = seen.page.locator("article .exercise a[href*='#sol-']").first
    link.scroll_into_view_if_needed()
    expect(link).to_have_text("Solution")
    link.click()
    expect(seen.page.locator("article h1")).to_contain_text("Solutions")
    assert seen.faults == []
