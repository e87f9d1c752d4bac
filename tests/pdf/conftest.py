"""The built PDF, and the pages that it has to agree with."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from bs4 import BeautifulSoup, Tag
from pypdf import PdfReader
from tests.pdf.printed import texts

from bookkit.layout import Layout

ROOT = Path(__file__).parents[2]


class Book:
    """The PDF beside the pages made from the same sources; each part is read when it is needed."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.file = layout.site / layout.pdf_name

    @cached_property
    def reader(self) -> PdfReader:
        return PdfReader(self.file)

    @cached_property
    def texts(self) -> list[str]:
        return texts(self.reader)

    @cached_property
    def pages(self) -> dict[str, Tag]:
        """Those that the PDF has, too."""
        chapters = self.layout.chapters[1:]
        names = [file.relative_to(self.layout.book).with_suffix("").as_posix() for file in chapters]
        printed = [name for name in names if name not in self.layout.on_site_alone]
        return {name: article(self.layout.site / f"{name}.html") for name in printed}

    @cached_property
    def parts(self) -> list[dict[str, Any]]:
        toc = yaml.safe_load(self.layout.toc_file.read_text("utf-8"))
        return cast(list[dict[str, Any]], toc["parts"])

    def kept(self, extension: str) -> str:
        """What LaTeX left of its last run."""
        file = self.layout.work / "pdf" / self.layout.pdf_name
        return file.with_suffix(extension).read_text("utf-8", "replace")


@pytest.fixture(scope="session")
def book() -> Book:
    found = Book(Layout(ROOT))
    if not found.file.is_file():
        name = found.layout.relative(found.file)
        pytest.fail(f"there is no {name}: run `make` first", pytrace=False)
    return found


def article(file: Path) -> Tag:
    """The text of a page, without the theme around it."""
    found = BeautifulSoup(file.read_text("utf-8"), "lxml").find("article")
    assert isinstance(found, Tag), f"{file.name} has no article"
    return found
