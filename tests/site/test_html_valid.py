"""The pages are valid HTML (html-validate, all recommended rules but two matters of style)."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from lxml import html

ROOT = Path(__file__).parents[2]
NODE = Path(sys.executable).with_name("node")
CHECKER = ROOT / "node_modules" / "html-validate" / "bin" / "html-validate.mjs"
RULES = Path(__file__).with_name("html-validate.mjs")


def complaints(files: list[Path]) -> list[str]:
    """What the checker says about the files, one line each."""
    with tempfile.TemporaryDirectory() as folder:
        # Through a file: the report quotes whole pages, more than Node writes to a pipe.
        report = Path(folder, "report.json")
        command = [NODE, CHECKER, "--config", RULES, "--formatter", f"json={report}", *files]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        assert report.exists(), run.stderr
        results = json.loads(report.read_text("utf-8"))
    return [
        f"{Path(result['filePath']).name}:{fault['line']}: {fault['ruleId']}: {fault['message']}"
        for result in results
        for fault in result["messages"]
    ]


@pytest.mark.whole
def test_pages_are_valid(site: Path, pages: list[str]) -> None:
    assert complaints([site / page for page in pages]) == []


def test_no_page_has_an_empty_cell(site: Path, pages: list[str]) -> None:
    cells = [
        (page, cell)
        for page in pages
        for cell in html.parse(site / page).xpath("//*[starts-with(@class, 'cell')]")
    ]
    assert cells
    seen = ".//img | .//*[local-name() = 'svg']"
    empty = [page for page, cell in cells if not (cell.text_content().strip() or cell.xpath(seen))]
    assert empty == []


PAGE = '<!DOCTYPE html><html lang="en"><head><title>A page</title></head><body>{}</body></html>'


@pytest.mark.parametrize(
    ("markup", "rule"),
    [
        ('<p id="a">x</p><p id="a">y</p>', "no-dup-id"),
        ("<summary>lost</summary>", "element-permitted-content"),
        ('<img src="x.png">', "wcag/h37"),
        ("<p><div>x</div></p>", "no-implicit-close"),
        ("<b>x", "close-order"),
    ],
)
def test_an_invalid_page_is_found(tmp_path: Path, markup: str, rule: str) -> None:
    page = tmp_path / "page.html"
    page.write_text(PAGE.format(markup))
    assert any(rule in line for line in complaints([page])), complaints([page])


def test_a_valid_page_passes(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(PAGE.format("<p>Fine.</p>"))
    assert complaints([page]) == []
