"""Every living figure answers what calcml computes, by keyboard and by pointer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from lxml import html
from playwright.sync_api import Browser, Locator, Route, expect
from tests.patience import PATIENCE, wait_until
from tests.site.living import ANSWERS
from tests.site.visits import HEIGHT, Visit, visits

ROOT = Path(__file__).parents[2]
SCRIPTS = {path.stem for path in (ROOT / "book/_static/interactive").glob("*.js")} - {"kit"}
MARK = re.compile(r'data-interactive="(\w+)"')
# All that a figure says, in one call: a test asks for it after every key.
STATE = """stage => ({
  script: stage.dataset.interactive,
  numbers: stage.dataset.numbers,
  controls: Object.fromEntries(
    [...stage.querySelectorAll("input")].map((input) => [input.name, input.value])),
  answers: Object.fromEntries(
    [...stage.querySelectorAll("[data-readout]")].map((o) => [o.dataset.readout, o.innerText])),
})"""
# A browser like Safari, in which the page moves when something above grows.
NO_ANCHOR = """() => {
  CSS.supports = () => false;
  for (const box of [document.documentElement, document.body]) box.style.overflowAnchor = "none";
}"""
FIGURE = "stage => stage.closest('figure').id"
# What follows the figure, at the top of the window.
PAST = """figure => {
  let above = figure;
  while (!above.nextElementSibling?.checkVisibility()) above = above.parentElement;
  window.below = above.nextElementSibling;
  scrollBy({ top: below.getBoundingClientRect().top, behavior: "instant" });
  return below.getBoundingClientRect().top;
}"""
# Takes the rest of the page away, which would be laid out anew with every change of the window.
ALONE = """stage => {
  for (let inner = stage; inner !== document.body; inner = inner.parentElement) {
    for (const other of inner.parentElement.children) other.hidden ||= other !== inner;
  }
}"""


@dataclass
class Figure:
    """An interactive figure, awake, on the page that shows it."""

    seen: Visit
    stage: Locator
    start: list[str]  # the values of its controls

    def reset(self) -> None:
        self.seen.page.emulate_media(color_scheme="light")
        self.seen.page.set_viewport_size({"width": 1280, "height": HEIGHT})
        for control, value in zip(self.stage.locator("input").all(), self.start, strict=True):
            control.fill(value)


@pytest.fixture(scope="session")
def marks(site: Path) -> dict[str, list[str]]:
    """The scripts of the figures on each page that has figures."""
    found = {
        page.relative_to(site).as_posix(): MARK.findall(page.read_text("utf-8"))
        for page in sorted(site.rglob("*.html"))
    }
    return {page: scripts for page, scripts in found.items() if scripts}


@pytest.fixture(scope="module", params=sorted(SCRIPTS))
def opened(
    request: pytest.FixtureRequest, browser: Browser, address: str, marks: dict[str, list[str]]
) -> Iterator[list[Figure]]:
    """All figures of one script; their pages are opened once for all tests."""
    with visits(browser) as visit:
        figures = []
        for page, scripts in marks.items():
            for index in [i for i, script in enumerate(scripts) if script == request.param]:
                seen = visit(address + page)
                stage = seen.page.locator("[data-interactive]").nth(index)
                stage.scroll_into_view_if_needed()
                expect(stage).to_have_attribute("data-awake", "")
                stage.evaluate(ALONE)
                start = [control.input_value() for control in stage.locator("input").all()]
                figures.append(Figure(seen, stage, start))
        yield figures


@pytest.fixture
def figures(opened: list[Figure]) -> Iterator[list[Figure]]:
    """The figures as the page shows them first."""
    assert opened, "no page shows it"
    yield opened
    for figure in opened:
        assert figure.seen.faults == []
        figure.reset()


def answers(stage: Locator) -> dict[str, str]:
    return dict(stage.evaluate(STATE)["answers"])


def assert_right(stage: Locator) -> dict[str, str]:
    """The readouts agree with calcml to the last digit shown; return them."""
    state = stage.evaluate(STATE)
    controls = {name: float(value) for name, value in state["controls"].items()}
    expected = ANSWERS[state["script"]](controls, json.loads(state["numbers"]))
    shown = dict(state["answers"])
    assert set(shown) == set(expected)
    for name, text in shown.items():
        found = re.match(r"−?[\d.]+", text)
        assert found, f"{name} shows {text!r}"
        digits = len(found[0].partition(".")[2])
        value = float(found[0].replace("−", "-"))
        assert value == pytest.approx(expected[name], abs=0.51 * 10.0**-digits), (name, controls)
    return shown


def test_every_script_is_used_and_has_answers(marks: dict[str, list[str]]) -> None:
    used = {script for scripts in marks.values() for script in scripts}
    assert used == SCRIPTS == set(ANSWERS)
    assert used


def test_controls_by_keyboard(figures: list[Figure]) -> None:
    for figure in figures:
        stage, keyboard = figure.stage, figure.seen.page.keyboard
        before = assert_right(stage)
        for control in stage.locator("input").all():
            value = control.input_value()
            control.focus()
            for key in ("ArrowRight", "PageUp", "ArrowRight"):
                keyboard.press(key)
            assert control.input_value() != value
            assert assert_right(stage) != before, "the readout did not move"
            for key in ("Home", "End"):
                keyboard.press(key)
                assert_right(stage)
            control.fill(value)


def test_controls_by_pointer(figures: list[Figure]) -> None:
    for figure in figures:
        stage = figure.stage
        for control in stage.locator("input").all():
            seen = [answers(stage)]
            box = control.bounding_box()
            assert box
            for share in (0.83, 0.17):  # the slider may stand at one of them already
                control.click(position={"x": share * box["width"], "y": box["height"] / 2})
                seen.append(assert_right(stage))
            assert any(answer != seen[0] for answer in seen[1:]), "the readout did not move"


def test_dragging_in_the_drawing(figures: list[Figure]) -> None:
    for figure in figures:
        stage, mouse = figure.stage, figure.seen.page.mouse
        board = stage.locator(".board")
        if board.get_attribute("data-drag") is None:
            continue  # this figure is moved by its sliders alone
        board.scroll_into_view_if_needed()
        before = answers(stage)
        box = board.bounding_box()
        assert box
        mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 0.3 * box["height"])
        mouse.down()
        mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.2 * box["height"], steps=5)
        mouse.up()
        assert assert_right(stage) != before, "the readout did not move"


def test_drawing_follows_the_theme_and_the_page(figures: list[Figure]) -> None:
    shapes = "[...stage.querySelectorAll('svg :is(path, line, polygon, ellipse)')]"
    inks = f"stage => {shapes}.map(s => s.getAttribute('stroke') + s.getAttribute('fill'))"
    for figure in figures:
        page, stage = figure.seen.page, figure.stage
        light, handle = stage.evaluate(inks), stage.element_handle()
        page.emulate_media(color_scheme="dark")
        # The drawing takes the inks of the dark page.
        page.wait_for_function(f"([s, l]) => `${{({inks})(s)}}` !== `${{l}}`", arg=[handle, light])
        page.set_viewport_size({"width": 390, "height": HEIGHT})
        # The drawing is no wider than its column.
        fits = "s => s.clientWidth < 400 && s.querySelector('svg').clientWidth <= s.clientWidth"
        page.wait_for_function(fits, arg=handle)
        assert_right(stage)


def test_every_figure_has_a_twin(site: Path, marks: dict[str, list[str]]) -> None:
    for page, scripts in marks.items():
        text = html.document_fromstring((site / page).read_text("utf-8"))
        twins = text.xpath("//*[@data-interactive]//img/@src")
        assert len(twins) >= len(scripts), page
        for twin in twins:
            assert ((site / page).parent / twin).is_file(), (page, twin)


def test_twin_stays_without_scripts(
    browser: Browser, address: str, site: Path, marks: dict[str, list[str]]
) -> None:
    """On the three shortest pages: all twins are made by one hand."""
    context = browser.new_context(java_script_enabled=False)
    context.set_default_timeout(PATIENCE * 1000)
    for page in sorted(marks, key=lambda page: (site / page).stat().st_size)[:3]:
        opened = context.new_page()
        opened.goto(address + page)
        (picture,) = opened.locator("[data-interactive] img").all()
        assert picture.is_visible()
    context.close()


@pytest.mark.parametrize("keeps", [True, False], ids=["the browser", "the script"])
def test_the_place_is_kept_when_a_figure_above_wakes(
    visit: Callable[..., Visit], address: str, keeps: bool
) -> None:
    seen = visit(address + "gradient_descent.html")
    if not keeps:
        seen.page.evaluate(NO_ANCHOR)
    stage = seen.page.locator("[data-interactive]:not([data-awake])").last
    figure = seen.page.locator(f"figure#{stage.evaluate(FIGURE)}")
    height = figure.evaluate("figure => figure.offsetHeight")
    assert figure.evaluate(PAST) == pytest.approx(0, abs=1)
    expect(figure.locator("[data-interactive]")).to_have_attribute("data-awake", "")
    assert figure.evaluate("figure => figure.offsetHeight") > height + 100, "it did not grow"
    seen.page.wait_for_function("() => Math.abs(below.getBoundingClientRect().top) < 2")


def test_what_has_the_focus_stays_in_sight_when_its_figure_wakes(
    visit: Callable[..., Visit], address: str
) -> None:
    """The sign behind a caption, when the drawing comes late and pushes the caption down."""
    seen = visit(address + "gradient_descent.html")
    stage = seen.page.locator("[data-interactive]:not([data-awake])").last
    figure = seen.page.locator(f"figure#{stage.evaluate(FIGURE)}")
    late: list[Route] = []
    seen.page.route(
        f"**/{stage.get_attribute('data-interactive')}.js", lambda route: late.append(route)
    )
    sign = figure.locator("figcaption .headerlink")
    sign.focus()
    sign.evaluate("sign => sign.scrollIntoView({ block: 'end', behavior: 'instant' })")
    wait_until(lambda: bool(seen.page.evaluate("1") and late), "the drawing is not asked for")
    before = sign.evaluate("sign => sign.getBoundingClientRect().bottom")
    height = figure.evaluate("figure => figure.offsetHeight")
    late[0].continue_()
    expect(figure.locator("[data-interactive]")).to_have_attribute("data-awake", "")
    assert before + figure.evaluate("figure => figure.offsetHeight") - height > HEIGHT + 100
    expect(sign).to_be_focused()
    expect(sign).to_be_in_viewport()
    assert seen.faults == []
