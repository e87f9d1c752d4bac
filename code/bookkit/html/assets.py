"""Styles and scripts that are served with the pages.

The hand-written ones lie in ``book/_static``. The style sheets are joined into two, and stand in
the head of every page, so that a page can be drawn as soon as it arrives: ``style/book.css`` with
what it imports, and ``style/faces.css``.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from bookkit.layout import BuildError, Layout

IMPORT = re.compile(r'^@import "([^"]+)";\n', re.M)
SHEETS = ("book.css", "faces.css")
COMMENT = re.compile(r"/\*.*?\*/", re.S)


def write(layout: Layout, static: Path) -> None:
    """Fill the site's ``_static``, fonts apart."""
    static.mkdir(parents=True)
    package = layout.root / "node_modules" / "jsxgraph"
    (static / "jsxgraph").mkdir()
    _copy(package / "distrib" / "jsxgraphcore.js", static / "jsxgraph")
    _copy(package / "LICENSE.MIT", static / "jsxgraph" / "LICENSE.txt")
    own = layout.book / "_static"
    shutil.copytree(own, static, dirs_exist_ok=True, ignore=shutil.ignore_patterns("style", ".*"))


def sheets(layout: Layout) -> dict[str, str]:
    """The style sheets of the pages by their names, without comments and indents."""
    return {name: _sheet(layout.book / "_static" / "style" / name) for name in SHEETS}


def _sheet(file: Path) -> str:
    text = COMMENT.sub("", joined(file))
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def joined(file: Path) -> str:
    """A style sheet with the sheets that it imports put in their places."""
    text = file.read_text("utf-8")
    return IMPORT.sub(lambda found: joined(file.parent / found[1]), text)


def _copy(file: Path, target: Path) -> None:
    if not file.is_file():
        raise BuildError(f"{file} is missing; run `make` (it installs what is needed)")
    shutil.copy(file, target)
