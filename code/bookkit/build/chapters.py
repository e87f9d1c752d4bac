"""The chapters as notebooks: what their cells are, and what their results depend on."""

from __future__ import annotations

import copy
import hashlib
import json
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from myst_nb.core.read import is_myst_markdown_notebook, read_myst_markdown_notebook
from myst_parser.config.main import MdParserConfig
from nbformat import NotebookNode

from bookkit import myst
from bookkit.layout import BuildError, Layout


@dataclass
class Chapter:
    """One executable source file and the notebook read from it."""

    file: Path
    page: myst.Page
    notebook: NotebookNode
    current: int = 0
    offset: int = 0
    failure: str | None = None
    seconds: float = 0.0
    log: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.page.name

    def line(self, index: int) -> int:
        """Line in the source file of the first line of code of a cell."""
        fence = int(self.notebook.metadata["source_map"][index])
        cell = next(block for block in self.page.cells if block.line == fence)
        return cell.body_line

    @property
    def code(self) -> list[NotebookNode]:
        return [cell for cell in self.notebook.cells if cell.cell_type == "code"]

    @property
    def equations(self) -> dict[str, str]:
        """What checks read from the page by label: LaTeX of equations, rows of tables as JSON."""
        read = {label: equation.latex for label, equation in self.page.equations.items()}
        for label, table in self.page.tables.items():
            read[label] = json.dumps(table.rows, ensure_ascii=False)
        return read

    @property
    def displayed(self) -> str:
        """The same as JSON."""
        return json.dumps(self.equations, ensure_ascii=False, indent=1)

    @cached_property
    def digest(self) -> str:
        """Digest of all that the results depend on in this file: code, and labeled equations."""
        parts = [self.displayed]
        for cell in self.code:
            parts += [cell.source, str("raises-exception" in cell.metadata.get("tags", []))]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def verdict(self) -> str:
        """The failure as one line: file, line, exception."""
        return f"{self.name}:{self.line(self.current) + self.offset}: {self.failure}"


def read_chapters(layout: Layout) -> list[Chapter]:
    """Read all sources of the table of contents that hold code cells."""
    chapters = []
    for file in layout.chapters:
        page = myst.read(layout, file)
        if is_myst_markdown_notebook(page.text):
            # A run adds its outputs to the notebook, so everyone gets a copy.
            chapters.append(Chapter(file, page, copy.deepcopy(_parsed(page, str(file)))))
        elif page.cells:
            raise BuildError(
                f"{page.name}:1: has code cells but no jupytext header, so they would never run;"
                " start the file like the other chapters do"
            )
    return chapters


@cache
def _parsed(page: myst.Page, path: str) -> NotebookNode:
    parser = MdParserConfig(enable_extensions=set(page.extensions))
    return read_myst_markdown_notebook(page.text, config=parser, add_source_map=True, path=path)
