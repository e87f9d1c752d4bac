"""Ways through the book: what is read at which sitting, which exercises go with it, how long it is.

A course is written as YAML, one entry a sitting, and names chapters, sections and exercises alone;
titles and minutes are taken from the chapters. It is refused where a chapter stands before what it
needs, or an exercise before its chapter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import yaml
from myst_parser.mdit_to_docutils.base import default_slugify

from bookkit import myst, reading
from bookkit.layout import Layout
from bookkit.myst import Page

OPENING = "**Read first.**"  # of the paragraph that links what a chapter needs


@dataclass(frozen=True)
class Reading:
    """The core of a chapter, or some of its sections."""

    chapter: str
    sections: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sitting:
    """What is read and solved together."""

    title: str
    readings: tuple[Reading, ...]
    exercises: tuple[str, ...]


@dataclass(frozen=True)
class Course:
    """A sequence of sittings for readers who know some chapters already.

    Examples
    --------
    >>> course = Course.parse("- {read: [a, {b: [One, Two]}], solve: [ex-a-first]}", known="c d")
    >>> course.sittings[0].readings[1]
    Reading(chapter='b', sections=('One', 'Two'))
    >>> course.known
    ('c', 'd')
    """

    sittings: tuple[Sitting, ...]
    known: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str, known: str = "") -> Course:
        return cls(tuple(map(_sitting, yaml.safe_load(text))), tuple(known.split()))


@dataclass(frozen=True)
class Library:
    """The chapters that a course may name."""

    pages: dict[str, Page]
    needs: dict[str, list[str]]
    layout: Layout

    @classmethod
    def of(cls, layout: Layout, needs: dict[str, list[str]]) -> Library:
        """Those chapters whose needs are given."""
        pages = {name: myst.read(layout, layout.book / f"{name}.md") for name in needs}
        return cls(pages, needs, layout)

    @cached_property
    def exercises(self) -> dict[str, tuple[str, str]]:
        """Chapter and title of each exercise, by label."""
        return {
            str(block.options["label"]): (name, block.argument)
            for name, page in self.pages.items()
            for block in page.named("exercise", "exercise-start")
        }

    def minutes(self, course_reading: Reading) -> int:
        """Minutes as the chapter prints them, or those of the sections together."""
        page = self.pages[course_reading.chapter]
        return reading.minutes(self.layout, page, *(course_reading.sections or ("core",)))

    def address(self, chapter: str, section: str) -> str:
        """Where a section stands, as a link in a page of the book."""
        return f"{chapter}.md#{default_slugify(section)}"


def complaints(course: Course, library: Library) -> Iterator[str]:
    """What a course names that is not there, or not yet read."""
    read = set(course.known)
    yield from (
        f"there is no chapter {name!r}" for name in course.known if name not in library.pages
    )
    for number, sitting in enumerate(course.sittings, 1):
        for item in sitting.readings:
            if item.chapter not in library.pages:
                yield f"{number}: there is no chapter {item.chapter!r}"
                continue
            titles = {section.title for section in library.pages[item.chapter].sections}
            for title in item.sections:
                if title not in titles:
                    yield f"{number}: {item.chapter} has no section {title!r}"
            for needed in library.needs[item.chapter]:
                if needed not in read:
                    yield f"{number}: {item.chapter} is read before {needed}"
            read.add(item.chapter)
        for label in sitting.exercises:
            chapter, _ = library.exercises.get(label, (None, ""))
            if chapter is None:
                yield f"{number}: there is no exercise {label!r}"
            elif chapter not in read:
                yield f"{number}: {label} is solved before {chapter} is read"


def _sitting(entry: dict[str, Any]) -> Sitting:
    return Sitting(
        str(entry.get("title", "")),
        tuple(_reading(item) for item in entry["read"]),
        tuple(entry.get("solve", ())),
    )


def _reading(item: str | dict[str, list[str]]) -> Reading:
    if isinstance(item, str):
        return Reading(item)
    ((chapter, sections),) = item.items()
    return Reading(chapter, tuple(sections))


def prerequisites(layout: Layout) -> dict[str, list[str]]:
    """The chapters in reading order, each with the chapters that its "Read first" names."""
    found: dict[str, list[str]] = {}
    for file in layout.chapters:
        paragraph = myst.read(layout, file).paragraph(OPENING)
        if paragraph and file.parent == layout.book:
            found[file.stem] = myst.linked_documents(paragraph)
    return {name: [other for other in others if other in found] for name, others in found.items()}
