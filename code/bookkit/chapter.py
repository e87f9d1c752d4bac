"""``make chapter NAME=my_chapter``: a new chapter that builds from the first minute."""

from __future__ import annotations

import re
from pathlib import Path

from bookkit import myst
from bookkit.layout import BuildError, Layout

TEMPLATE = Path(__file__).with_name("template")


def create(layout: Layout, name: str) -> list[Path]:
    """Write chapter and solutions from the template, and name both in the table of contents.

    The chapter becomes the last of the last numbered part; move its line where it belongs.

    Raises
    ------
    BuildError
        If the name is not of lower-case words joined by underscores, or is taken.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name):
        raise BuildError(
            f"NAME={name!r}: a chapter is named by lower-case words joined by underscores,"
            " for example: make chapter NAME=partial_derivatives"
        )
    files = [layout.book / f"{name}.md", layout.book / "solutions" / f"{name}.md"]
    for file in files:
        if file.exists():
            raise BuildError(f"{layout.relative(file)} exists already")
    toc = with_chapter(layout.toc_file.read_text("utf-8"), name)
    title = name.replace("_", " ").capitalize()
    short = short_name(name, [myst.read(layout, file) for file in layout.chapters])
    for file, template in zip(files, ("chapter.md", "solutions.md"), strict=True):
        text = (TEMPLATE / template).read_text("utf-8")
        file.parent.mkdir(exist_ok=True)
        file.write_text(text.replace("@SHORT@", short).replace("@TITLE@", title), "utf-8")
    layout.toc_file.write_text(toc, "utf-8")
    return files


def short_name(name: str, pages: list[myst.Page]) -> str:
    """The word of a chapter's name that its labels begin with: the first that no page uses yet."""
    labels = [str(b.options.get("label", "")) for page in pages for b in page.blocks]
    labels += [label for page in pages for label in page.equations]
    used = {found[1] for label in labels if (found := re.match(r"[a-z]+-([a-z0-9]+)-", label))}
    words = name.split("_")
    return next((word for word in words if word not in used), words[0])


def with_chapter(toc: str, name: str) -> str:
    """The table of contents with a chapter after the last numbered one, and its solutions."""
    lines = toc.splitlines()
    parts = [number for number, line in enumerate(lines) if line.startswith("  - caption:")]
    ends = [*parts[1:], len(lines)]
    numbered = [
        end
        for start, end in zip(parts, ends, strict=True)
        if any(line.strip() == "numbered: true" for line in lines[start:end])
    ]
    solutions = [number for number, line in enumerate(lines) if "file: solutions/" in line]
    if not numbered or not solutions:
        raise BuildError("_toc.yml has no numbered part or no solutions to put the chapter after")
    places = {numbered[-1]: f"      - file: {name}"}
    places[solutions[-1] + 1] = f"      - file: solutions/{name}"
    for place in sorted(places, reverse=True):
        lines.insert(place, places[place])
    return "\n".join(lines) + "\n"
