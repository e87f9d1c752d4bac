"""The table of symbols and the symbols of the book are the same."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from bookkit import myst
from bookkit.layout import Layout
from bookkit.myst import Page

LAYOUT = Layout(Path(__file__).resolve().parents[2])
MACROS = re.findall(r"command\{\\(\w+)\}", (LAYOUT.book / "macros.tex").read_text("utf-8"))
# A row for bold, upper-case and sans-serif letters stands for the whole alphabet.
LETTER = re.compile(r"[vmt][a-zA-Z]")
FAMILIES = {"v": "vx", "m": "mA", "t": "tX"}
COMMAND = re.compile(r"\\([A-Za-z]+)")
# Typefaces are the macros' business, but for a matrix of zeros and for a transpose among exponents.
# Greek letters stay light.
TYPEFACE = re.compile(
    r"\\(?:mathbf\b(?!\s*\{?0)|mathsf\b(?!\{T\})|mathbb\b|boldsymbol\b|bm\b|pmb\b)"
)


def prose(page: Page) -> str:
    return "\n".join(page.prose)


def commands(pages: Iterable[Page]) -> set[str]:
    return {found[1] for page in pages for found in COMMAND.finditer(prose(page))}


def without_row(used: set[str], table: str) -> list[str]:
    """The macros that are used and have no row in the table."""
    listed = set(COMMAND.findall(table))
    rows = {FAMILIES[name[0]] if LETTER.fullmatch(name) else name for name in used}
    return sorted(rows - listed)


NOTATION = myst.read(LAYOUT, LAYOUT.book / "notation.md")
(SYMBOLS,) = (section for section in NOTATION.sections if section.title == "Symbols")
TABLE = "\n".join(NOTATION.lines[SYMBOLS.line : SYMBOLS.last])
PAGES = [myst.read(LAYOUT, file) for file in LAYOUT.chapters if file.stem != "notation"]


def test_a_macro_without_a_row_is_found() -> None:
    table = r"| $\vx$ | a vector |" + "\n" + r"| $\E$ | expectation |"
    assert without_row({"va", "E"}, table) == []
    assert without_row({"mB", "E", "Var"}, table) == ["Var", "mA"]


def test_every_macro_of_the_book_has_a_row() -> None:
    assert without_row(set(MACROS) & commands(PAGES), TABLE) == []


def test_every_row_has_a_symbol_that_the_book_uses() -> None:
    used = commands(PAGES)
    assert sorted(set(COMMAND.findall(TABLE)) & set(MACROS) - used) == []


def test_every_macro_is_used() -> None:
    texts = [file.read_text("utf-8") for file in LAYOUT.book.rglob("*.md")]
    used = {name for text in texts for name in COMMAND.findall(text)}
    assert sorted(set(MACROS) - used) == []


def test_a_typeface_in_a_formula_is_found() -> None:
    wrong = [r"\mathbf{u}", r"\boldsymbol\mu", r"\mathsf X", r"\mathbb{E}"]
    assert all(map(TYPEFACE.search, wrong))
    assert not any(
        map(TYPEFACE.search, [r"\mathbf{0}", r"\mathbf 0", r"\mJ^{-\mathsf{T}}", r"\vu"])
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_bold_and_light_come_from_the_macros(page: Page) -> None:
    wrong = [page.at(n, line) for n, line in enumerate(page.prose, 1) if TYPEFACE.search(line)]
    assert wrong == []
