"""The ecosystem's own command, with the relative paths that people type, builds the same site."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.book.conftest import Copy

COMMAND = ["build", "book", "--config", "_config.yml", "--toc", "_toc.yml"]


def jupyter_book(copy: Copy) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("jupyter-book"), *COMMAND],
        cwd=copy.root,
        env={**os.environ, "PYTHONPATH": str(copy.root / "code"), "PYTHONHASHSEED": "0"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


@pytest.fixture
def clone(built, tmp_path) -> Copy:
    """A copy in which nothing was ever built."""
    return built.copy_to(tmp_path / "clone", with_build=False)


@pytest.mark.whole
def test_plain_jupyter_book_builds_the_same_site(built, clone):
    for executed in (1, 0):
        run = jupyter_book(clone)
        assert run.returncode == 0, run.stdout
        assert f"execute: {executed} of 1 notebooks" in run.stdout
        html = clone.root / "_build/html"
        files = {
            file.relative_to(html).as_posix(): file.read_bytes()
            for file in html.rglob("*")
            if file.is_file()
        }
        expected = built.site()
        assert files.keys() == expected.keys()
        assert [name for name in expected if files[name] != expected[name]] == []
    # What it leaves behind is in the way of nothing.
    assert clone.build().status == 0
    assert clone.site() == built.site()


def test_plain_jupyter_book_stops_at_a_failing_cell(clone):
    line = clone.append("book/sample.md", "```{code-cell} python\n1 / 0\n```") + 1
    run = jupyter_book(clone)
    assert run.returncode != 0
    assert f"book/sample.md:{line}: ZeroDivisionError: division by zero" in run.stdout
