"""Every living figure answers what calcml computes, by keyboard and by pointer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Locator, expect
from tests.patience import PATIENCE
from tests.site.living import ANSWERS

if TYPE_CHECKING:
    from tests.site.conftest import Visit

ROOT = Path(__file__).parents[2]
MODULES = {path.stem for path in (ROOT / "book/_static/interactive").glob("*.js")} - {"kit"}
MARK = re.compile(r'data-interactive="(\w+)"')


def stages(
    visit: Callable[..., Visit], address: str, site: Path
) -> Iterator[tuple[Visit, Locator]]:
    """Every interactive figure of the site, awake."""
    for page in sorted(site.rglob("*.html")):
        for index, _ in enumerate(MARK.findall(page.read_text("utf-8"))):
            seen = visit(address + page.relative_to(site).as_posix())
            stage = seen.page.locator("[data-interactive]").nth(index)
            stage.scroll_into_view_if_needed()
            expect(stage).to_have_attribute("data-awake", "")
            yield seen, stage
            assert seen.faults == []
            seen.page.close()


def answers(stage: Locator) -> dict[str, str]:
    shown = stage.locator("[data-readout]").all()
    return {str(item.get_attribute("data-readout")): item.inner_text() for item in shown}


def assert_right(stage: Locator) -> None:
    """The readouts agree with calcml to the last digit shown."""
    state = {
        str(control.get_attribute("name")): float(control.input_value())
        for control in stage.locator("input").all()
    }
    numbers = json.loads(str(stage.get_attribute("data-numbers")))
    expected = ANSWERS[str(stage.get_attribute("data-interactive"))](state, numbers)
    shown = answers(stage)
    assert set(shown) == set(expected)
    for name, text in shown.items():
        found = re.match(r"−?[\d.]+", text)
        assert found, f"{name} shows {text!r}"
        digits = len(found[0].partition(".")[2])
        value = float(found[0].replace("−", "-"))
        assert value == pytest.approx(expected[name], abs=0.51 * 10.0**-digits), (name, state)


def test_every_module_is_used_and_has_answers(site: Path) -> None:
    used = {name for page in site.rglob("*.html") for name in MARK.findall(page.read_text("utf-8"))}
    assert used == MODULES == set(ANSWERS)
    assert used


def test_controls_by_keyboard(visit: Callable[..., Visit], address: str, site: Path) -> None:
    for seen, stage in stages(visit, address, site):
        assert_right(stage)
        for control in stage.locator("input").all():
            before, value = answers(stage), control.input_value()
            control.focus()
            for key in ("ArrowRight", "PageUp", "ArrowRight"):
                seen.page.keyboard.press(key)
            assert control.input_value() != value
            assert answers(stage) != before, "the readout did not move"
            assert_right(stage)
            for key in ("Home", "End"):
                seen.page.keyboard.press(key)
                assert_right(stage)
            control.fill(value)


def test_controls_by_pointer(visit: Callable[..., Visit], address: str, site: Path) -> None:
    for _, stage in stages(visit, address, site):
        for control in stage.locator("input").all():
            seen = [answers(stage)]
            box = control.bounding_box()
            assert box
            for share in (0.83, 0.17):  # the slider may stand at one of them already
                control.click(position={"x": share * box["width"], "y": box["height"] / 2})
                seen.append(answers(stage))
                assert_right(stage)
            assert any(answer != seen[0] for answer in seen[1:]), "the readout did not move"


def test_dragging_in_the_drawing(visit: Callable[..., Visit], address: str, site: Path) -> None:
    for seen, stage in stages(visit, address, site):
        board = stage.locator(".board")
        if board.get_attribute("data-drag") is None:
            continue  # this figure is moved by its sliders alone
        board.scroll_into_view_if_needed()
        before = answers(stage)
        box = board.bounding_box()
        assert box
        seen.page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 0.3 * box["height"])
        seen.page.mouse.down()
        seen.page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.2 * box["height"], steps=5)
        seen.page.mouse.up()
        assert answers(stage) != before, "the readout did not move"
        assert_right(stage)


def test_drawing_follows_the_theme_and_the_page(
    visit: Callable[..., Visit], address: str, site: Path
) -> None:
    inks = "stage => [...stage.querySelectorAll('svg path')].map(p => p.getAttribute('stroke'))"
    for seen, stage in stages(visit, address, site):
        light, handle = stage.evaluate(inks), stage.element_handle()
        seen.page.emulate_media(color_scheme="dark")
        # The drawing takes the inks of the dark page.
        seen.page.wait_for_function(
            f"([s, l]) => `${{({inks})(s)}}` !== `${{l}}`", arg=[handle, light]
        )
        seen.page.set_viewport_size({"width": 390, "height": 844})
        # The drawing is no wider than its column.
        fits = "s => s.clientWidth < 400 && s.querySelector('svg').clientWidth <= s.clientWidth"
        seen.page.wait_for_function(fits, arg=handle)
        assert_right(stage)


def test_twin_stays_without_scripts(browser: object, address: str, site: Path) -> None:
    context = browser.new_context(java_script_enabled=False)  # type: ignore[attr-defined]
    context.set_default_timeout(PATIENCE * 1000)
    for page in sorted(site.rglob("*.html")):
        if MARK.search(page.read_text("utf-8")):
            opened = context.new_page()
            opened.goto(address + page.relative_to(site).as_posix())
            for picture in opened.locator("[data-interactive] img").all():
                assert picture.is_visible()
    context.close()
