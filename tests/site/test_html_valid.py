"""The pages are valid HTML (html-validate, all recommended rules but two matters of style)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NODE = Path(sys.executable).with_name("node")
CHECKER = ROOT / "node_modules" / "html-validate" / "bin" / "html-validate.mjs"
RULES = Path(__file__).with_name("html-validate.mjs")


def complaints(files: list[Path]) -> list[str]:
    """What the checker says about the files, one line each."""
    command = [NODE, CHECKER, "--config", RULES, "--formatter", "json", *files]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.stdout.startswith("["), run.stderr
    return [
        f"{Path(report['filePath']).name}:{fault['line']}: {fault['ruleId']}: {fault['message']}"
        for report in json.loads(run.stdout)
        for fault in report["messages"]
    ]


def test_pages_are_valid(site: Path, pages: list[str]) -> None:
    assert complaints([site / page for page in pages]) == []


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
