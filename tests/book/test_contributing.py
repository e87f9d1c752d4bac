"""The instructions for contributors name things that exist, and their examples work."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from tests.book import rules

from bookkit.courses import Course, Library, complaints, prerequisites
from bookkit.layout import Layout
from bookkit.myst import Page
from calcml import check

ROOT = Path(__file__).resolve().parents[2]
LAYOUT = Layout(ROOT)
TEXT = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
EXAMPLES = re.findall(r"^(`{4,})md\n(.*?)^\1$", TEXT, re.M | re.S)
PAGE = "\n".join(text for _, text in EXAMPLES)
MODULES = {name for name in check.__all__ if name.islower()} - {"latex", "check_grads"}


def test_every_check_is_named():
    assert len(MODULES) == 17
    assert [name for name in sorted(MODULES) if f"`{name}`" not in TEXT] == []


def test_every_command_exists():
    targets = re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text("utf-8"), re.M)
    named = set(re.findall(r"`make ([a-z-]+)", TEXT))
    assert {"html", "serve", "test", "chapter", "accept-checks", "mutants", "lint"} <= named
    assert named <= set(targets)


def test_every_file_exists():
    for name in re.findall(r"`((?:book|tests)/[\w/.]+\.\w+)`", TEXT):
        assert (ROOT / name).is_file() or name.endswith("tangent.js"), name


def test_the_examples_keep_the_rules():
    page = Page("book/gradients_and_derivatives.md", PAGE)
    kept = (rules.figures, rules.alternative_text, rules.tags, rules.equation_labels)
    for rule in (*kept, rules.exercise_labels, rules.hints):
        assert list(rule(page)) == [], rule.__name__
    kinds = ("math", "code-cell", "unchecked", "interactive", "exercise", "hint", "counted")
    for kind in (*kinds, "course"):
        assert page.named(kind), kind


def test_the_plan_of_the_example_is_right():
    library = Library.of(LAYOUT, prerequisites(LAYOUT))
    (block,) = Page("", PAGE).named("course")
    assert not list(complaints(Course.parse(block.body, block.options["known"]), library))


def test_the_checked_equation_of_the_example_is_checked(tmp_path, monkeypatch):
    (cell,) = (
        block
        for block in Page("book/x.md", PAGE).named("code-cell")
        if "check" in block.options.get("tags", [])
    )
    assert cell.options["checks"] == ["eq-gradients-square"]
    file = tmp_path / "displayed.json"
    for formula, passes in ((r"2\vx", True), (r"3\vx", False), (r"-2\vx", False)):
        page = Page("book/x.md", PAGE.replace(r"^2 = 2\vx", rf"^2 = {formula}"))
        shown = {label: equation.latex for label, equation in page.equations.items()}
        file.write_text(json.dumps(shown), "utf-8")
        monkeypatch.setenv("CALCML_PAGES", str(file))
        if passes:
            exec(cell.body, {"check": check, "np": np})
        else:
            with pytest.raises(check.CheckFailed):
                exec(cell.body, {"check": check, "np": np})
