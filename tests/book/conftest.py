"""A small copy of the real book that a test may break and build."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.patience import PATIENCE

from bookkit.build import render
from bookkit.layout import Layout

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = Path(__file__).with_name("sample")
# What the copy shares with the real book: its settings, its code, its look, not its chapters.
SETTINGS = ["_config.yml", "CITATION.cff", "pyproject.toml"]
SETTINGS += ["requirements.txt", "requirements-notebooks.txt"]
SETTINGS += ["package-lock.json", *(path.name for path in ROOT.glob("LICENSE*"))]
# What a build imports only when there is something to build.
HEAVY = {"jupyter_book", "jupyter_cache", "myst_nb", "nbclient", "numpy", "sphinx"}
LOOK = ["_latex", "_static", "_templates", "macros.tex"]


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    status: int
    output: str
    errors: str

    def __str__(self) -> str:
        return f"exit {self.status}\n{self.output}\n{self.errors}"

    @property
    def last_lines(self) -> str:
        return "\n".join(self.errors.strip().splitlines()[-3:])

    @property
    def imported(self) -> set[str]:
        """Packages that were imported, if Python was asked by ``PYTHONPROFILEIMPORTTIME``."""
        return set(re.findall(r"(?m)^import time: .*\| +(\w+)", self.errors))


@dataclass(frozen=True)
class Copy:
    """One copy of the book."""

    root: Path

    def copy_to(self, target: Path, *, with_build: bool = True) -> Copy:
        ignore = None if with_build else shutil.ignore_patterns("_build")
        shutil.copytree(self.root, target, symlinks=True, ignore=ignore)
        return Copy(target)

    def edit(self, name: str, old: str, new: str) -> None:
        file = self.root / name
        text = file.read_text("utf-8")
        assert text.count(old) == 1, f"{name} must hold {old!r} once"
        file.write_text(text.replace(old, new), "utf-8")

    def append(self, name: str, text: str) -> int:
        """Add text to the end of a file; return the number of its first line."""
        file = self.root / name
        before = file.read_text("utf-8")
        file.write_text(f"{before}\n{text}\n", "utf-8")
        return before.count("\n") + 2

    def start(self, command: str = "html", *more: str, **variables: str) -> subprocess.Popen[str]:
        # The copy's own bookkit and calcml, not the installed ones.
        environment = {**os.environ, "PYTHONPATH": str(self.root / "code"), **variables}
        return subprocess.Popen(
            [sys.executable, "-m", "bookkit", command, "--root", str(self.root), *more],
            cwd=self.root,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def build(self, command: str = "html", more: Sequence[str] = (), **variables: str) -> Outcome:
        process = self.start(command, *more, **variables)
        output, errors = process.communicate(timeout=PATIENCE)
        return Outcome(process.returncode, output, errors)

    def site(self) -> dict[str, bytes]:
        """Every file of the site with its bytes."""
        site = self.root / "_build" / "site"
        return {
            file.relative_to(site).as_posix(): file.read_bytes()
            for file in sorted(site.rglob("*"))
            if file.is_file()
        }

    def readings(self) -> dict[str, int]:
        """When Sphinx last read each page, in nanoseconds."""
        folder = self.root / "_build/work/html/doctrees"
        return {file.stem: file.stat().st_mtime_ns for file in folder.rglob("*.doctree")}

    def page(self, name: str) -> str:
        return (self.root / "_build/site" / name).read_text("utf-8")

    def latex(self) -> str:
        """The text that LaTeX would typeset, made from what is executed."""
        run = render.SphinxRun(Layout(self.root), "latex")
        run.go()
        found = run.finish()
        run.stop()
        assert found == []
        (file,) = render.output(run.layout, "latex").glob("calculus*.tex")
        return file.read_text("utf-8")


def make_copy(root: Path) -> Copy:
    """The real book's settings, code and look around the sample's few pages."""
    root.mkdir(parents=True)
    ignore = shutil.ignore_patterns("__pycache__", "*.egg-info", "_toc.yml")
    shutil.copytree(SAMPLE, root / "book", ignore=ignore)
    shutil.copytree(ROOT / "code", root / "code", ignore=ignore)
    shutil.copy(SAMPLE / "_toc.yml", root)
    for name in SETTINGS:
        shutil.copy(ROOT / name, root)
    for name in LOOK:
        source = ROOT / "book" / name
        if source.is_dir():
            shutil.copytree(source, root / "book" / name)
        elif source.exists():
            shutil.copy(source, root / "book")
    (root / "node_modules").symlink_to(ROOT / "node_modules")
    (root / "code/calcml/answer.py").write_text("def answer() -> int:\n    return 41\n")
    return Copy(root)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """A sound copy, built once; tests must not change it."""
    copy = make_copy(tmp_path_factory.mktemp("built") / "book")
    outcome = copy.build()
    assert outcome.status == 0, outcome
    return copy


@pytest.fixture
def copy(built: Copy, tmp_path: Path) -> Copy:
    """A built copy of one's own."""
    return built.copy_to(tmp_path / "book")


@pytest.fixture
def settled(copy: Copy) -> Copy:
    """A copy that was also built where it lies, so that its next build continues from there."""
    (copy.root / "_build/work/inputs-html").unlink()
    outcome = copy.build()
    assert outcome.status == 0, outcome
    return copy
