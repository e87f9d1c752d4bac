"""Styles, fonts and scripts that are served with the pages.

The hand-written ones lie in ``book/_static``; fonts and KaTeX's style sheet come from the locked
packages in ``node_modules``. The style sheets are joined into one file, in the order that
``style/book.css`` imports them, so a page asks for one.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from bookkit.layout import BuildError, Layout

#: Families and the files of each that the pages may ask for.
FONTS = {
    "stix-two-text": ["latin-wght-normal", "latin-wght-italic", "latin-ext-wght-normal"],
    "source-sans-3": ["latin-wght-normal", "latin-ext-wght-normal"],
    "source-code-pro": ["latin-wght-normal", "greek-wght-normal"],
}
IMPORT = re.compile(r'^@import "([^"]+)";\n', re.M)


def write(layout: Layout, static: Path) -> None:
    """Fill the site's ``_static``."""
    packages = layout.root / "node_modules"
    fonts = static / "fonts"
    fonts.mkdir(parents=True)
    for family, names in FONTS.items():
        files = packages / "@fontsource-variable" / family / "files"
        for name in names:
            _copy(files / f"{family}-{name}.woff2", fonts)
        _copy(files.parent / "LICENSE", fonts / f"{family}-LICENSE.txt")
    katex = packages / "katex" / "dist"
    (fonts / "katex").mkdir()
    for font in sorted((katex / "fonts").glob("*.woff2")):
        shutil.copy(font, fonts / "katex")
    _copy(packages / "katex" / "LICENSE", fonts / "katex" / "LICENSE.txt")
    (static / "jsxgraph").mkdir()
    _copy(packages / "jsxgraph" / "distrib" / "jsxgraphcore.mjs", static / "jsxgraph")
    _copy(packages / "jsxgraph" / "LICENSE.MIT", static / "jsxgraph" / "LICENSE.txt")
    own = layout.book / "_static"
    shutil.copytree(own, static, dirs_exist_ok=True, ignore=shutil.ignore_patterns("style", ".*"))
    sheet = joined(own / "style" / "book.css").replace("/* KaTeX */", katex_style(katex))
    (static / "book.css").write_text(sheet, "utf-8")


def joined(sheet: Path) -> str:
    """A style sheet with the sheets that it imports put in their places."""
    text = sheet.read_text("utf-8")
    return IMPORT.sub(lambda found: joined(sheet.parent / found[1]), text)


def katex_style(katex: Path) -> str:
    """KaTeX's own sheet, asking for the one format that every browser with fonts reads."""
    text = (katex / "katex.min.css").read_text("utf-8")
    text = re.sub(r",url\([^)]+\.(?:woff|ttf)\) format\([^)]+\)", "", text)
    return text.replace("url(fonts/", "url(fonts/katex/")


def _copy(file: Path, target: Path) -> None:
    if not file.is_file():
        raise _missing(file)
    shutil.copy(file, target)


def _missing(path: Path) -> BuildError:
    return BuildError(f"{path} is missing; run `make` (it installs what is needed)")
