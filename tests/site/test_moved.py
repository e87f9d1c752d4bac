"""Old links to what moved to another page arrive: with scripts and without, from server or disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from lxml import html
from playwright.sync_api import Browser, Page, expect
from tests.book.conftest import Copy, make_copy
from tests.patience import PATIENCE

NEW = """
(old-heading)=
## A section that $x$ moved

```{prf:theorem} All
:label: thm-prose-all

So.
```

$$
x = x
$$ (eq-prose-same)

```{unchecked} eq-prose-same
Nobody doubts it.
```

```{math}
:label: eq-prose-other
y = y
```

```{unchecked} eq-prose-other
Nor that.
```

```{figure} line.png
:name: fig-prose-line
:alt: A rising line.

A line.
```

```{exercise} ★ Do it
:label: ex-prose-do

Now.
```

## Without a label
"""
MOVED = """
:::{moved} prose
thm-prose-all eq-prose-same eq-prose-other
fig-prose-line
ex-prose-do old-heading without-a-label
:::
"""
# What the old page had in its addresses, and what the reader finds at the end of the page.
LINKS = {
    "thm-prose-all": "Theorem 2.1",
    "equation-eq-prose-same": "(2.1)",
    "equation-eq-prose-other": "(2.2)",
    "fig-prose-line": "Fig. 2.1",
    "ex-prose-do": "Exercise 2.1",
    "old-heading": "A section that x moved",
    "without-a-label": "Without a label",
}

# A section may have two anchors.
SAME_PLACE = """anchor => {
  const [found, wanted] = [document.querySelector(":target"), document.getElementById(anchor)];
  return found === wanted || found.closest("section") === wanted.closest("section");
}"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    copy = make_copy(tmp_path_factory.mktemp("moved") / "book")
    copy.append("book/prose.md", NEW)
    copy.append("book/sample.md", MOVED)
    outcome = copy.build()
    assert outcome.status == 0, outcome
    return copy


@pytest.fixture(scope="module")
def site(copy: Copy) -> Path:
    return copy.root / "_build/site"


@pytest.fixture(params=["served", "from disk"])
def root(request: pytest.FixtureRequest, serve: Callable[[Path], str], site: Path) -> str:
    return serve(site) if request.param == "served" else f"{site.as_uri()}/"


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """An empty page, with scripts or without."""
    with ExitStack() as contexts:

        def opened(*, scripts: bool) -> Page:
            context = browser.new_context(java_script_enabled=scripts)
            contexts.callback(context.close)
            context.set_default_timeout(PATIENCE * 1000)
            return context.new_page()

        yield opened


def test_every_old_anchor_is_a_link_to_the_new_one(copy: Copy) -> None:
    (list_,) = html.document_fromstring(copy.page("sample.html")).find_class("moved")
    page, *links = list_.iter("a")
    assert (page.get("href"), page.text_content()) == ("prose.html", "A page of prose")
    assert {link.get("id"): link.text_content() for link in links if link.get("id")} == LINKS
    there = html.document_fromstring(copy.page("prose.html"))
    for link in links:
        assert link.get("href") == f"prose.html#{link.get('id')}"
        assert there.get_element_by_id(link.get("id")) is not None


def test_a_section_with_a_label_keeps_both_of_its_anchors(copy: Copy) -> None:
    assert 'id="a-section-that-x-moved"' in copy.page("sample.html")


def test_search_notebook_and_print_know_nothing_of_it(copy: Copy) -> None:
    assert "Moved to" in copy.page("sample.html")
    assert "Moved to" not in copy.page("_static/search-texts.js")
    notebook = copy.page("notebooks/sample.ipynb")
    assert "Nobody doubts" in notebook
    assert "thm-prose-all" not in notebook
    assert "{moved}" not in notebook
    text = copy.latex()
    assert "Nobody doubts" in text
    assert "Moved to" not in text


@pytest.mark.parametrize("anchor", [*LINKS, "a-section-that-x-moved"])
def test_the_page_forwards_at_once(open_page: Callable[..., Page], root: str, anchor: str) -> None:
    page = open_page(scripts=True)
    page.goto(f"{root}index.html")
    page.goto(f"{root}sample.html#{anchor}")
    page.wait_for_url(f"{root}prose.html#*")
    assert page.evaluate(SAME_PLACE, anchor)
    page.go_back()
    assert page.url == f"{root}index.html"


def test_a_link_on_the_page_itself_goes_on_too(open_page: Callable[..., Page], root: str) -> None:
    page = open_page(scripts=True)
    page.goto(f"{root}sample.html#fig-sample-line")
    page.evaluate("() => { location.hash = 'thm-prose-all' }")
    page.wait_for_url(f"{root}prose.html#thm-prose-all")


def test_what_did_not_move_stays(open_page: Callable[..., Page], root: str) -> None:
    page = open_page(scripts=True)
    page.goto(f"{root}sample.html#fig-sample-line")
    expect(page.locator("#fig-sample-line")).to_be_in_viewport()
    assert page.url.endswith("sample.html#fig-sample-line")


@pytest.mark.parametrize("anchor", LINKS)
def test_without_scripts_the_place_is_one_click_away(
    open_page: Callable[..., Page], root: str, anchor: str
) -> None:
    page = open_page(scripts=False)
    page.goto(f"{root}sample.html#{anchor}")
    link = page.locator(f"a#{anchor}")
    expect(link).to_be_in_viewport()
    link.click()
    page.wait_for_url(f"{root}prose.html#{anchor}")
    expect(page.locator(f"#{anchor}")).to_be_in_viewport()


def test_what_is_not_where_the_list_says_stops_the_build(copy: Copy, tmp_path: Path) -> None:
    wrong = copy.copy_to(tmp_path / "book")
    lines = {
        "def-sample-square": "nothing there is labeled 'def-sample-square'",
        "thm-prose-all thm-prose-all": "'thm-prose-all' still stands on this page, or is listed",
        "fig-nowhere": "nothing there is labeled 'fig-nowhere'",
    }
    line = wrong.append("book/index.md", "\n".join([":::{moved} prose", *lines, ":::"]))
    nowhere = wrong.append("book/index.md", ":::{moved} prosa\nthm-prose-all\n:::") + 1
    still = wrong.append("book/prose.md", ":::{moved} sample\nch-sample\na-page-of-prose\n:::")
    for _ in range(2):
        outcome = wrong.build()
        assert outcome.status == 1, outcome
        for number, message in enumerate(lines.values(), line + 1):
            assert f"book/index.md:{number}: WARNING: {{moved}} prose: {message}" in outcome.errors
        assert f"book/index.md:{nowhere}: WARNING: {{moved}} prosa: there is no such page" in (
            outcome.errors
        )
        assert f"book/prose.md:{still + 2}: " in outcome.errors, outcome
