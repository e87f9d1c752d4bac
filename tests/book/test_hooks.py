"""The checks before a commit: they run with what is installed, and refuse what they should."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
CONFIG = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
HOOKS = {hook["id"]: hook for repository in CONFIG["repos"] for hook in repository["hooks"]}


def run(hook: str, file: Path) -> int:
    _, *arguments = shlex.split(HOOKS[hook]["entry"])
    program = Path(sys.executable).with_name(Path(shlex.split(HOOKS[hook]["entry"])[0]).name)
    command = [program, *arguments, file]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode


def test_every_hook_is_local():
    assert [repository["repo"] for repository in CONFIG["repos"]] == ["local"]
    assert {hook["language"] for hook in HOOKS.values()} == {"system"}
    assert all(hook["entry"].startswith(".venv/bin/") for hook in HOOKS.values())
    validate = [Path(sys.executable).with_name("pre-commit"), "validate-config"]
    subprocess.run([*validate, ".pre-commit-config.yaml"], cwd=ROOT, check=True)


@pytest.mark.parametrize(
    ("hook", "name", "right", "wrong"),
    [
        ("ruff", "a.py", "x = 1\n", "x = undefined\n"),
        ("spelling", "a.md", "The gradient.\n", "The t" + "eh function.\n"),
    ],
)
def test_a_hook_refuses_what_is_wrong(tmp_path, hook, name, right, wrong):
    file = tmp_path / name
    file.write_text(right, "utf-8")
    assert run(hook, file) == 0
    file.write_text(wrong, "utf-8")
    assert run(hook, file) != 0


def test_the_format_is_mended(tmp_path):
    file = tmp_path / "a.py"
    file.write_text("x=1\n", "utf-8")
    assert run("format", file) == 0
    assert file.read_text("utf-8") == "x = 1\n"


def test_the_rules_of_the_chapters_are_those_of_the_tests():
    """The expression that selects them still selects something of each kind."""
    entry = shlex.split(HOOKS["sources"]["entry"])
    program = [sys.executable, *entry[1:], "--collect-only"]
    listed = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in ("the_book_keeps_the_rule", "table_of_contents", "every_exercise_is_solved"):
        assert name in listed
