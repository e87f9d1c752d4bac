"""Every kind of block that the LaTeX writer names has its look in the style file."""

from __future__ import annotations

import re
from pathlib import Path

from bookkit.sphinx_ext import latex

ROOT = Path(__file__).resolve().parents[2]


def test_every_look_is_defined():
    style = (ROOT / "book/_latex/calculusbook.sty").read_text("utf-8")
    defined = set(re.findall(r"\\newcommand\{?\\book@begin@(\w+)", style))
    program = Path(latex.__file__).read_text("utf-8")
    named = set(re.findall(r'begin_block\(\s*"(\w+)"', program))
    named |= set(re.findall(r'LOOKS\.get\(\w+(?:\.\w+)*, "(\w+)"\)', program))
    assert {"exercise", "proof", "note", "result"} <= named
    assert named | set(latex.LOOKS.values()) <= defined
