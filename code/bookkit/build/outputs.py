"""What the cells of the book show, as text: the reference that every machine must reproduce.

``tests/book/outputs.txt`` holds, chapter by chapter, the text that each cell shows and each glued
number as the prose prints it. ``make test`` compares the build with it and ``make elsewhere`` other
kinds of arithmetic; ``make accept-outputs`` renews it after a cell was edited.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from myst_nb.core.variables import format_plain_text
from nbformat import NotebookNode

from bookkit.build.cache import executed
from bookkit.build.chapters import Chapter, read_chapters
from bookkit.build.execute import ANSI
from bookkit.build.ledger import MIME
from bookkit.layout import BuildError, Layout
from bookkit.numbers import glued

GLUED = re.compile(r"\{glue:text\}`(?P<name>[\w-]+)(?::(?P<format>[^`]*))?`")
#: Tag of a figure that shows rounding errors themselves: they differ between machines.
UNCOMPARED = "draws-rounding"
SVG = "image/svg+xml"
HEADER = """\
# What the cells of the book show, and the glued numbers as the prose prints them.
# Written by `make accept-outputs`; its difference is reviewed like that of the cells.
"""
REMEDY = """
A cell shows something else than tests/book/outputs.txt (-) remembers. If you edited it, and the new
text (+) is right, run `make accept-outputs` and commit the file with the cell. If you did not, the
number depends on the machine: print the digits that all share, or `calcml.notebook.below`.
"""


@dataclass(frozen=True)
class Shown:
    """One text that a reader sees and that a cell computed."""

    title: str  # first line of the cell's code, or the role that prints a glued value
    lines: tuple[str, ...]
    place: int = field(default=0, compare=False)  # line in the source file


@dataclass(frozen=True)
class Figure:
    """One drawn figure: the line of its cell in the source file, and the drawing."""

    place: int
    svg: str


Outputs = dict[str, list[Shown]]


def shown(chapter: Chapter, notebook: NotebookNode) -> list[Shown]:
    """The texts of an executed chapter in the order of the page, then its glued values."""
    found: list[Shown] = []
    values: dict[str, str] = {}
    for index, cell in enumerate(notebook.cells):
        outputs = cell.get("outputs", [])
        lines = "".join(_texts(outputs)).splitlines()
        if any(line.strip() for line in lines):
            title = cell.source.strip().split("\n", 1)[0]
            text = tuple(line.rstrip() for line in lines)
            found.append(Shown(title, text, chapter.line(index)))
        values |= glued(outputs)
    source = chapter.file.read_text("utf-8")
    roles: dict[str, Shown] = {}
    for role in GLUED.finditer(source):
        name, form = role["name"], "s" if role["format"] is None else role["format"]
        if name in values and role[0] not in roles:
            place = source.count("\n", 0, role.start()) + 1
            roles[role[0]] = Shown(role[0], (format_plain_text(values[name], form),), place)
    return found + list(roles.values())


def _texts(outputs: Iterable[Any]) -> Iterator[str]:
    """The text of each output, ending in a line break; however the stream was cut in pieces."""
    stream = ""
    for output in outputs:
        if output.output_type == "stream":
            stream += output.text
            continue
        if stream:
            yield _ended(stream)
            stream = ""
        if output.output_type == "error":
            yield f"{output.ename}: {ANSI.sub('', output.evalue)}\n"
        elif "scrapbook" not in output.metadata:
            yield _ended(_text(output.data))
    if stream:
        yield _ended(stream)


def _text(data: Any) -> str:
    if any(kind in data for kind in (SVG, "application/pdf", "image/png")):
        return ""
    if MIME in data:
        return _verdict(data[MIME])
    if "text/html" in data:
        rows = re.sub(r"</tr>", "\n", str(data["text/html"]))
        return "\n".join(" ".join(row.split()) for row in re.sub(r"<[^>]+>", " ", rows).split("\n"))
    return str(data.get("text/plain", data.get("text/latex", "")))


def _verdict(check: Any) -> str:
    """What a check decided; not what it measured on the way."""
    name = ", ".join(check["label"]) or "check"
    return f"✓ {name}: {check['kind']}, {len(check['rejected'])} wrong versions rejected"


def _ended(text: str) -> str:
    return text if text.endswith("\n") or not text else text + "\n"


def figures(chapter: Chapter, notebook: NotebookNode) -> list[Figure]:
    """The drawn figures of an executed chapter that must look alike on every machine."""
    return [
        Figure(chapter.line(index), output.data[SVG])
        for index, cell in enumerate(notebook.cells)
        for output in cell.get("outputs", [])
        if SVG in output.get("data", {}) and UNCOMPARED not in cell.metadata.get("tags", [])
    ]


def of_build(layout: Layout) -> Outputs:
    """What the cells of the present build show."""
    return {
        chapter.name: shown(chapter, executed(layout, chapter)) for chapter in read_chapters(layout)
    }


def write(outputs: Outputs) -> str:
    """The reference file: a chapter at the margin, a title by two spaces, its text by four."""
    parts = [HEADER]
    for name, items in outputs.items():
        parts.append(f"\n{name}\n")
        for item in items:
            parts.append(f"  {item.title}\n")
            parts += [f"    {line}".rstrip() + "\n" for line in item.lines]
    return "".join(parts)


def read(text: str) -> Outputs:
    """The inverse of `write`.

    Raises
    ------
    BuildError
        If a line belongs to nothing.
    """
    found: Outputs = {}
    title = ""
    lines: list[str] = []
    items: list[Shown] | None = None

    def finish() -> None:
        if title and items is not None:
            while lines and not lines[-1]:
                lines.pop()
            items.append(Shown(title, tuple(lines)))

    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("#"):
            continue
        if line.startswith("    ") or (not line and title):
            lines.append(line[4:])
        elif line.startswith("  ") and items is not None:
            finish()
            title, lines = line[2:], []
        elif line and not line.startswith(" "):
            finish()
            title, items = "", found.setdefault(line, [])
        elif line:
            raise BuildError(f"outputs.txt:{number}: this line belongs to no chapter")
    finish()
    return found


def reference(layout: Layout) -> Outputs:
    """The committed reference; empty before the first was written."""
    file = layout.outputs
    return read(file.read_text("utf-8")) if file.exists() else {}


def stale(layout: Layout) -> list[str]:
    """How the present build differs from the reference, one message each."""
    old, new = reference(layout), of_build(layout)
    gone = [f"outputs.txt: there is no page {name} any more" for name in old if name not in new]
    return gone + [
        message
        for name, items in new.items()
        for message in differences(name, old.get(name, []), items)
    ]


def accept(layout: Layout) -> int:
    """Write what the present build shows as the new reference; return how many texts changed."""
    new, old = of_build(layout), reference(layout)
    text = write(new)
    if read(text) != {name: [_trimmed(item) for item in items] for name, items in new.items()}:
        raise BuildError("the outputs cannot be written so that they are read again")
    layout.outputs.parent.mkdir(parents=True, exist_ok=True)
    layout.outputs.write_text(text, "utf-8")
    return sum(len(set(new.get(name, [])) ^ set(old.get(name, []))) for name in {*new, *old})


def _trimmed(item: Shown) -> Shown:
    lines = list(item.lines)
    while lines and not lines[-1]:
        lines.pop()
    return Shown(item.title, tuple(lines))


def differences(name: str, expected: list[Shown], found: list[Shown]) -> list[str]:
    """How the texts of a chapter differ from the reference, one message each with its line."""
    if [item.title for item in expected] != [item.title for item in found]:
        return [f"{name}: {_first_other_title(expected, found)}"]
    messages = []
    for old, new in zip(expected, found, strict=True):
        if old == _trimmed(new):
            continue
        lines = [
            f"    {mark} {text}"
            for pair in zip_longest(old.lines, _trimmed(new).lines)
            if pair[0] != pair[1]
            for mark, text in zip("-+", pair, strict=True)
            if text is not None
        ]
        messages.append("\n".join([f"{name}:{new.place}: {new.title}", *lines]))
    return messages


def _first_other_title(expected: list[Shown], found: list[Shown]) -> str:
    for old, new in zip_longest(expected, found):
        if old is None:
            return f"a text is new: {new.title}"
        if new is None:
            return f"a text is gone: {old.title}"
        if old.title != new.title:
            return f"other cells or glued numbers from line {new.place} on: {new.title}"
    return "the same texts"
