"""Plans for lecturers and readers: what they name exists, comes in order, and adds up."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bookkit import myst, reading
from bookkit.courses import Course, Library, Reading, complaints, prerequisites
from bookkit.layout import Layout
from bookkit.sphinx_ext.courses import table

LAYOUT = Layout(Path(__file__).resolve().parents[2])
LIBRARY = Library.of(LAYOUT, prerequisites(LAYOUT))
PAGE = myst.read(LAYOUT, LAYOUT.book / "teaching.md")
BLOCKS = PAGE.named("course")
COURSES = [Course.parse(block.body, block.options.get("known", "")) for block in BLOCKS]
RIGHT = "- {read: [functions, limits_and_continuity], solve: [ex-limits-round]}"


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ("- {read: [limits_and_continuity]}", "1: limits_and_continuity is read before functions"),
        (RIGHT.replace("functions", "funktions"), "1: there is no chapter 'funktions'"),
        (RIGHT.replace("-round", "-square"), "1: there is no exercise 'ex-limits-square'"),
        (RIGHT.replace("ex-limits-round", "ex-kkt-walls"), "1: ex-kkt-walls is solved before"),
        ("- {read: [{functions: [One input]}]}", "1: functions has no section 'One input'"),
    ],
)
def test_wrong_plans_are_refused(wrong: str, complaint: str) -> None:
    assert next(complaints(Course.parse(wrong), LIBRARY)).startswith(complaint)


def test_a_right_plan_is_accepted() -> None:
    assert not list(complaints(Course.parse(RIGHT), LIBRARY))
    assert not list(complaints(Course.parse(RIGHT[:-1] + "}"), LIBRARY))
    known = Course.parse("- {read: [limits_and_continuity]}", known="functions")
    assert not list(complaints(known, LIBRARY))


def test_the_books_plans_are_right() -> None:
    assert len(COURSES) == 4
    assert [line for course in COURSES for line in complaints(course, LIBRARY)] == []


def test_the_plans_keep_what_the_page_says_of_them() -> None:
    weeks, sessions, *ways = COURSES
    assert (len(weeks.sittings), len(sessions.sittings)) == (12, 3 * 4)
    double = [n for n, week in enumerate(weeks.sittings, 1) if len(week.readings) == 2]
    assert double == [1, 2, 9, 12]
    half = [sum(map(LIBRARY.minutes, session.readings)) for session in sessions.sittings]
    assert max(half) <= 90 / 2, half
    for sitting in (sitting for way in ways for sitting in way.sittings):
        assert (len(sitting.readings), len(sitting.exercises)) == (1, 3)
        # No plan sends readers to exercises of another chapter.
        assert {LIBRARY.exercises[label][0] for label in sitting.exercises} == {
            sitting.readings[0].chapter
        }


@pytest.mark.parametrize("course", COURSES)
def test_the_minutes_of_a_table_add_up(course: Course) -> None:
    cells = [line[4:] for line in table("Week", course, LIBRARY) if line[:4] in ("* - ", "  - ")]
    *minutes, total = [int(cell.replace(",", "")) for cell in cells[6::4]]
    assert len(minutes) == len(course.sittings)
    assert sum(minutes) == total


def test_minutes_are_those_that_the_chapters_print() -> None:
    for name in LAYOUT.numbered:
        page = LIBRARY.pages[name]
        assert page.text.count("{minutes}`core`") == 1, f"{name} prints no reading time"
        assert not re.search(r"Reading time:[^{]*(\d|hour)", page.text), f"{name} types its time"
        printed = reading.fill(LAYOUT, page, "{minutes}`core`")
        assert int(printed) == LIBRARY.minutes(Reading(name))


WORDS = "word " * 450


@pytest.mark.parametrize(
    ("text", "core", "deeper"),
    [
        (WORDS, 5, 0),
        (f"{WORDS}\n\n## ◇ More\n\n{WORDS}{WORDS}", 5, 10),
        (f"{WORDS}\n\n## Exercises\n\n{WORDS}", 5, 0),
        ("$$\nx\n$$\n\n" * 10, 10, 0),
        ("$$ x $$ (eq-a-x)\n\n" * 10, 10, 0),
        ("```{math}\n:label: eq-a-x\nx\n```\n\n" * 10, 10, 0),
        ("```{code-cell} python\n" + "x = 1\n" * 60 + "```\n", 10, 0),
        ("```{code-cell} python\n:tags: [setup]\n" + "x = 1\n" * 60 + "```\n", 5, 0),
        ("A {term}`gradient` $a + b + c + d$ is one word. " * 100, 5, 0),
    ],
)
def test_the_rule_of_reading_times(text: str, core: int, deeper: int) -> None:
    page = myst.Page("book/a.md", f"# A\n\n{text}\n")
    assert reading.minutes(LAYOUT, page, "core") == core
    assert reading.minutes(LAYOUT, page, "deeper") == deeper
