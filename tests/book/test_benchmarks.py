"""The plain Jupyter Book that ours is measured beside can be made from the same chapters."""

from __future__ import annotations

import ast
import re
import textwrap
from pathlib import Path
from types import ModuleType

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    return __import__("bench_build")


@pytest.fixture
def stock(bench: ModuleType, tmp_path: Path) -> Path:
    bench.stock_copy(tmp_path / "stock")
    return tmp_path / "stock"


def files(entry: object) -> set[str]:
    """Pages that a table of contents names."""
    if isinstance(entry, list):
        return set().union(*map(files, entry))
    if not isinstance(entry, dict):
        return set()
    named = {value for key, value in entry.items() if key in ("root", "file")}
    return named.union(*map(files, entry.values()))


def test_the_plain_book_has_all_pages_and_the_module(stock: Path) -> None:
    pages = files(yaml.safe_load((stock / "_toc.yml").read_text("utf-8")))
    assert len(pages) > 50
    assert [page for page in pages if not (stock / f"{page}.md").is_file()] == []
    assert (stock / "code/calcml/__init__.py").is_file()


def test_the_plain_book_uses_no_directive_of_ours(bench: ModuleType, stock: Path) -> None:
    own = set(bench.our_directives())
    assert "source" in own
    used = {
        name
        for page in stock.rglob("*.md")
        for name in re.findall(r"^(?:`{3,}|:{3,})\{([\w-]+)\}", page.read_text("utf-8"), re.M)
    }
    assert "literalinclude" in used
    assert used & own == set()


def test_the_code_that_the_plain_book_shows_is_there(stock: Path) -> None:
    shown = re.compile(r"\{literalinclude\} /(\S+)\n:language: python\n:lines: (\d+)-(\d+)$", re.M)
    places = [
        found for page in stock.rglob("*.md") for found in shown.findall(page.read_text("utf-8"))
    ]
    assert len(places) >= 10
    for file, first, last in places:
        lines = (stock / file).read_text("utf-8").splitlines()[int(first) - 1 : int(last)]
        [definition] = ast.parse(textwrap.dedent("\n".join(lines))).body
        assert isinstance(definition, (ast.FunctionDef, ast.ClassDef)), file
