"""Where the parts of the book lie, and digests of what its results depend on."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml


class BuildError(Exception):
    """The build cannot go on; the message says what is wrong, where, and what to do."""


@dataclass(frozen=True)
class Layout:
    """The folders and settings of one copy of the book."""

    root: Path

    @classmethod
    def around(cls, book: Path) -> Layout:
        """The layout of the book whose chapters lie in this folder."""
        return cls(book.resolve().parent)

    @property
    def book(self) -> Path:
        return self.root / "book"

    @property
    def code(self) -> Path:
        return self.root / "code"

    @property
    def config_file(self) -> Path:
        return self.root / "_config.yml"

    @property
    def toc_file(self) -> Path:
        return self.root / "_toc.yml"

    @property
    def lock_file(self) -> Path:
        """Every package that building and testing need, pinned."""
        return self.root / "requirements.txt"

    @property
    def notebooks_lock_file(self) -> Path:
        """Those of them that a chapter needs when it runs; they come with the notebooks."""
        return self.root / "requirements-notebooks.txt"

    @property
    def build(self) -> Path:
        return self.root / "_build"

    @property
    def site(self) -> Path:
        """What a static host serves; it exists only whole."""
        return self.build / "site"

    @property
    def work(self) -> Path:
        """Everything that is kept between builds to make the next one faster."""
        return self.build / "work"

    @property
    def cache(self) -> Path:
        """Executed notebooks of this state of code and lock file."""
        return self.work / "executed" / self.environment_digest[:16]

    @property
    def outputs(self) -> Path:
        """What the cells show, as every machine must reproduce it."""
        return self.root / "tests" / "book" / "outputs.txt"

    @cached_property
    def config(self) -> dict[str, Any]:
        return read_yaml(self.config_file)

    @cached_property
    def citation(self) -> dict[str, Any]:
        """Title, authors, version and date of this edition."""
        return read_yaml(self.root / "CITATION.cff")

    @property
    def pdf_name(self) -> str:
        return "calculus-for-machine-learning.pdf"

    @property
    def site_zip_name(self) -> str:
        return "calculus-for-machine-learning-site.zip"

    @property
    def site_address(self) -> str:
        """Where the site will lie, from the environment; empty if nobody said."""
        address = os.environ.get("BOOK_ADDRESS", "").strip()
        return f"{address.rstrip('/')}/" if address else ""

    @property
    def epoch(self) -> int:
        """Seconds since 1970 of the edition's date: the only clock that the build reads."""
        released = self.citation["date-released"]
        day = released if isinstance(released, date) else date.fromisoformat(str(released))
        return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())

    @cached_property
    def contents(self) -> dict[str, Any]:
        """The table of contents as it is written."""
        return read_yaml(self.toc_file)

    @property
    def numbered(self) -> list[str]:
        """Names of the chapters that have a number, in reading order."""
        return [
            str(chapter["file"]).removesuffix(".md")
            for part in self.contents.get("parts", [])
            if part.get("numbered")
            for chapter in part["chapters"]
        ]

    @cached_property
    def chapters(self) -> list[Path]:
        """Source files named in the table of contents, in reading order."""
        names: list[str] = []

        def collect(entry: dict[str, Any]) -> None:
            names.extend(str(entry[key]) for key in ("root", "file") if key in entry)
            for key in ("parts", "chapters", "sections"):
                for child in entry.get(key, []):
                    collect(child)

        collect(self.contents)
        files = [self.book / f"{name.removesuffix('.md')}.md" for name in names]
        for name, file in zip(names, files, strict=True):
            if not file.is_file():
                raise BuildError(
                    f"_toc.yml:{self._toc_line(name)}: names {name!r},"
                    f" but there is no {self.relative(file)}"
                )
        return files

    @cached_property
    def on_site_alone(self) -> set[str]:
        """Names of the pages that stand below another one in the table of contents.

        They list what fills many pages and is looked up, so print has the page above them only.
        """
        return {
            str(page["file"]).removesuffix(".md")
            for part in self.contents.get("parts", [])
            for chapter in part["chapters"]
            for page in chapter.get("sections", [])
        }

    def _toc_line(self, name: str) -> int:
        lines = self.toc_file.read_text("utf-8").splitlines()
        return next((n for n, line in enumerate(lines, 1) if line.endswith(f" {name}")), 1)

    def relative(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    @cached_property
    def environment_digest(self) -> str:
        """Digest of everything but its own cells that a chapter's results depend on."""
        files = [*sources(self.code / "calcml"), self.notebooks_lock_file]
        return digest(self.root, files, platform.python_version(), platform.machine())

    @cached_property
    def reading_digest(self) -> str:
        """Digest of everything but its own text that the reading of a page depends on."""
        files = [*sources(self.code / "bookkit"), self.lock_file]
        return digest(self.root, files, self.environment_digest)

    @cached_property
    def inputs_digest(self) -> str:
        """Digest of everything that the site depends on."""
        settings = [self.config_file, self.toc_file, self.lock_file, self.root / "CITATION.cff"]
        settings += [self.root / "package-lock.json", self.root / "pyproject.toml"]
        settings += sorted(self.root.glob("LICENSE*"))
        files = [*sources(self.book), *sources(self.code), *settings]
        return digest(self.root, files, self.environment_digest, self.site_address)

    def stamps(self, *, with_pdf: bool) -> list[Path]:
        """Files that note the inputs of the present site; the first is the one to write."""
        complete = self.work / "inputs"
        return [complete] if with_pdf else [self.work / "inputs-html", complete]

    def is_current(self, *, with_pdf: bool) -> bool:
        """Whether the site was made from these inputs (one with the PDF does for one without)."""
        return self.site.exists() and any(
            stamp.exists() and stamp.read_text() == self.inputs_digest
            for stamp in self.stamps(with_pdf=with_pdf)
        )


def sources(folder: Path) -> list[Path]:
    """All files below a folder that a person wrote, in a fixed order."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not any(map(_generated, path.relative_to(folder).parts))
    )


def _generated(name: str) -> bool:
    return name.startswith(".") or name == "__pycache__" or name.endswith(".egg-info")


def read_yaml(file: Path) -> dict[str, Any]:
    """Read settings; an error names file and line."""
    try:
        settings: dict[str, Any] = yaml.safe_load(file.read_text("utf-8"))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BuildError(f"{file.name}:{line}: is not valid YAML: {error.problem}") from error
    except FileNotFoundError as error:
        raise BuildError(f"{file} is missing: is {file.parent} the top folder?") from error
    return settings


def digest(root: Path, files: Iterable[Path], *facts: str) -> str:
    """SHA-256 over the names and contents of files and over further facts."""
    total = hashlib.sha256()
    for fact in facts:
        total.update(fact.encode() + b"\0")
    for file in files:
        total.update(file.relative_to(root).as_posix().encode() + b"\0")
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()
