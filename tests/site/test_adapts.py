"""Pages fit their readers: narrow windows, large letters, the colors of a system, no pointer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.site.visits import Visit

SHARES = 4  # of the pages, so that processes can divide them
SOME = ["index.html", "momentum.html", "tables.html", "calcml/diff.html", "search.html?q=gradient"]


@pytest.mark.whole
@pytest.mark.parametrize("share", range(SHARES))
def test_nothing_sticks_out_of_a_narrow_window(
    visit: Callable[..., Visit], address: str, pages: list[str], share: int
) -> None:
    """The smallest phones have 320 pixels; a desk at 200 % has half of its 1280."""
    faults = []
    for name in pages[share::SHARES]:
        seen = visit(address + name, width=320)
        for width in (320, 640):
            seen.page.set_viewport_size({"width": width, "height": 600})
            faults += [f"{name} at {width}: {line}" for line in seen.looks()]
        seen.page.close()
    assert faults == []


@pytest.mark.whole
@pytest.mark.parametrize("name", SOME)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colors_of_the_system_are_taken(
    visit: Callable[..., Visit], address: str, name: str, scheme: Literal["light", "dark"]
) -> None:
    seen = visit(address + name)
    # Also with a choice of the reader that is not the system's.
    seen.page.evaluate("document.documentElement.dataset.theme = 'light'")
    seen.page.emulate_media(forced_colors="active")
    seen.turn(scheme)
    canvas = seen.page.evaluate(
        """() => {
          const sample = document.body.appendChild(document.createElement("p"));
          sample.style.backgroundColor = "Canvas";
          const color = getComputedStyle(sample).backgroundColor;
          sample.remove();
          return color;
        }"""
    )
    assert seen.page.evaluate("getComputedStyle(document.body).backgroundColor") == canvas
    assert seen.looks() == []
    drawn = seen.page.evaluate(
        """() => [...document.querySelectorAll("article img[src$='.svg']")].map((image) => {
          const { backgroundColor, filter } = getComputedStyle(image);
          return `${backgroundColor} ${filter}`;
        })"""
    )
    assert set(drawn) <= {"rgb(255, 255, 255) none"}
    assert seen.faults == []


def test_nothing_moves_for_who_asks_for_rest(visit: Callable[..., Visit], address: str) -> None:
    page = visit(address + "momentum.html", width=390).page
    moving = "document.getAnimations({ subtree: true }).length"
    for motion, expected in (("no-preference", 1), ("reduce", 0)):
        page.emulate_media(reduced_motion=motion)
        page.locator(".menu-button").evaluate("button => button.click()")
        expect(page.locator("#contents")).to_be_visible()
        assert page.evaluate(moving) == expected, motion
        page.keyboard.press("Escape")
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


# What has the focus: whether a reader can see it and where it is.
FOCUS = """() => {
  if (document.activeElement === document.body) return null;
  const [label] = document.activeElement.labels ?? [];  // a tab is the label of a button
  const focused = label?.matches(".sd-tab-label") ? label : document.activeElement;
  const box = focused.getBoundingClientRect();
  const bar = document.querySelector(".bar").getBoundingClientRect().bottom;
  const inside = focused.closest(".bar, .contents, .skip");
  const { outlineStyle, outlineWidth } = getComputedStyle(focused);
  const faults = [];
  if (!focused.checkVisibility({ opacityProperty: true })) faults.push("is not visible");
  if (box.bottom <= (inside ? 0 : bar) || box.top >= innerHeight) faults.push("is out of sight");
  if (outlineStyle === "none" || outlineWidth === "0px") faults.push("has no outline");
  return [focused.outerHTML.slice(0, 120), faults, !!focused.closest("footer")];
}"""


@pytest.mark.parametrize("name", ["index.html", "momentum.html", "calcml/diff.html"])
def test_the_keyboard_goes_all_the_way_and_sees_where_it_is(
    visit: Callable[..., Visit], address: str, name: str
) -> None:
    seen = visit(address + name)
    focusable = seen.page.evaluate(
        """() => [...document.querySelectorAll("a[href], button, input, summary, [tabindex='0']")]
          .filter((element) => element.checkVisibility()).length"""
    )
    visited, faults, in_footer = 0, [], False
    while visited <= focusable + 20:
        seen.page.keyboard.press("Tab")
        found = seen.page.evaluate(FOCUS)
        if found is None:
            break
        visited += 1
        shown, wrong, in_footer = found
        faults += [f"{shown} {fault}" for fault in wrong]
    assert faults == []
    assert in_footer, "the walk ends at the foot of the page"
    assert visited >= 0.9 * focusable
