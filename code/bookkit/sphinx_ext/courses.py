"""``{course}``: a table of sittings, with minutes and titles taken from the chapters they name."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from bookkit.courses import Course, Library, Reading, Sitting, complaints, prerequisites
from bookkit.layout import Layout


class CourseTable(SphinxDirective):
    """The argument names what a row is, as in ``{course} Week``."""

    has_content = True
    required_arguments = 1
    option_spec: ClassVar = {"known": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        layout = Layout.around(Path(self.env.srcdir))
        for file in layout.chapters:
            self.env.note_dependency(str(file))
        library = Library.of(layout, prerequisites(layout))
        course = Course.parse("\n".join(self.content), self.options.get("known", ""))
        wrong = list(complaints(course, library))
        if wrong:
            reporter = self.state.document.reporter
            return [reporter.warning(f"{{course}} {line}", line=self.lineno) for line in wrong]
        box = nodes.container(classes=["course"])
        lines = table(self.arguments[0], course, library)
        self.state.nested_parse(StringList(lines, self.get_source_info()[0]), 0, box)
        return list(box.children)


def table(unit: str, course: Course, library: Library) -> list[str]:
    """A course as a list-table in MyST: a row for each sitting, and one for their sum."""
    rows = [[unit, "Read", "Minutes", "Solve"]]
    total = exercises = 0
    for number, sitting in enumerate(course.sittings, 1):
        minutes = sum(map(library.minutes, sitting.readings))
        total += minutes
        exercises += len(sitting.exercises)
        solve = "; ".join(
            f"{{ref}}`{_stars(library, label)} <{label}>`" for label in sitting.exercises
        )
        rows.append([str(number), _read(sitting, library), str(minutes), solve])
    rows.append(["All", "", f"{total:,}", f"{exercises} exercises"])
    lines = ["````{list-table}", ":header-rows: 1", ":widths: 9 47 10 34", ":class: course", ""]
    for row in rows:
        lines += [("* - " if column == 0 else "  - ") + text for column, text in enumerate(row)]
    return [*lines, "````"]


def _read(sitting: Sitting, library: Library) -> str:
    title = f"**{sitting.title}.** " if sitting.title else ""
    return title + "; ".join(_linked(item, library) for item in sitting.readings)


def _linked(item: Reading, library: Library) -> str:
    # The address of a title with a formula is not predictable, so it has no link of its own.
    sections = ", ".join(
        section if "$" in section else f"[{section}]({library.address(item.chapter, section)})"
        for section in item.sections
    )
    return f"{{doc}}`{item.chapter}`" + (f": {sections}" if sections else "")


def _stars(library: Library, label: str) -> str:
    return library.exercises[label][1]


def setup(app: Sphinx) -> None:
    app.add_directive("course", CourseTable)
