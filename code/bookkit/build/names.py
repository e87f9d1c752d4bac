"""Names of files that every output can carry: pages, LaTeX, notebooks, links and archives."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from bookkit.layout import BuildError, Layout, sources

ALLOWED = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
SAYS = "a name may hold only the letters A to Z and a to z, digits and the signs . _ -"


def verify(layout: Layout) -> None:
    """Refuse the files of the book that one output would take and another would not.

    Raises
    ------
    BuildError
        With a line for each: where it is used, its name, and what a name may hold.
    """
    refused = [
        file
        for file in sources(layout.book)
        if not all(map(ALLOWED.fullmatch, file.relative_to(layout.book).parts))
    ]
    if refused:
        lines = [f"{_place(layout, file)}: {layout.relative(file)!r}: {SAYS}" for file in refused]
        raise BuildError("\n".join(lines))


def _place(layout: Layout, file: Path) -> str:
    """The first line that uses a file, or else the folder that it lies in."""
    name = file.stem if file.suffix == ".md" else file.name
    for source in _texts(layout):
        for number, line in enumerate(source.read_text("utf-8").splitlines(), start=1):
            if _plain(name) in _plain(unquote(line)):
                return f"{layout.relative(source)}:{number}"
    return layout.relative(file.parent)


def _texts(layout: Layout) -> Iterator[Path]:
    yield layout.toc_file
    yield from (file for file in sources(layout.book) if file.suffix == ".md")


def _plain(text: str) -> str:
    """The same letters in the same form, whichever keyboard or file system they are from."""
    return unicodedata.normalize("NFC", text)
