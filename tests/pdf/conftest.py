"""The built PDF, and the pages that it has to agree with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from bs4 import BeautifulSoup, Tag
from pypdf import PdfReader
from tests.pdf.printed import texts

from bookkit.layout import Layout

ROOT = Path(__file__).parents[2]


@dataclass
class Book:
    """The PDF beside the pages made from the same sources."""

    layout: Layout
    reader: PdfReader
    texts: list[str]
    pages: dict[str, Tag]
    parts: list[dict[str, Any]]

    def kept(self, extension: str) -> str:
        """What LaTeX left of its last run."""
        file = self.layout.work / "pdf" / self.layout.pdf_name
        return file.with_suffix(extension).read_text("utf-8", "replace")


@pytest.fixture(scope="session")
def layout() -> Layout:
    return Layout(ROOT)


@pytest.fixture(scope="session")
def book(layout: Layout) -> Book:
    file = layout.site / layout.pdf_name
    if not file.is_file():
        pytest.fail(f"there is no {layout.relative(file)}: run `make` first", pytrace=False)
    reader = PdfReader(file)
    names = [path.relative_to(layout.book).with_suffix("").as_posix() for path in layout.chapters]
    pages = {name: article(layout.site / f"{name}.html") for name in names[1:]}
    toc = yaml.safe_load(layout.toc_file.read_text("utf-8"))
    return Book(layout, reader, texts(reader), pages, toc["parts"])


def article(file: Path) -> Tag:
    """The text of a page, without the theme around it."""
    found = BeautifulSoup(file.read_text("utf-8"), "lxml").find("article")
    assert isinstance(found, Tag), f"{file.name} has no article"
    return found
