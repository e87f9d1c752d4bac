"""A page of the book as text with its fenced blocks, read without Sphinx."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class Block:
    """A fenced directive or block of code."""

    name: str
    argument: str
    line: int
    text: str

    @cached_property
    def options(self) -> dict[str, Any]:
        """Options of either form: ``:key: value`` lines or a YAML block between ``---``."""
        if found := re.match(r"---\n(.*?)^---$", self.text, re.M | re.S):
            return yaml.safe_load(found[1]) or {}
        lines = re.match(r"(?::[\w-]+:.*\n?)*", self.text)[0].splitlines()
        pairs = (re.match(r":([\w-]+):\s*(.*)", line).groups() for line in lines)
        return {key: yaml.safe_load(value) if key == "tags" else value for key, value in pairs}

    @property
    def code(self) -> str:
        return re.sub(r"\A(---\n.*?^---\n|(:[\w-]+:.*\n)+)", "", self.text, flags=re.M | re.S)


@dataclass(frozen=True)
class Page:
    """One source file of the book."""

    name: str
    text: str

    @property
    def stem(self) -> str:
        return Path(self.name).stem

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @cached_property
    def blocks(self) -> list[Block]:
        """All fenced blocks, nested ones too, in the order of their openings."""
        found: list[Block] = []
        open_fences: list[tuple[str, str, str, int]] = []
        for number, line in enumerate(self.lines, 1):
            fence = re.match(r"\s*(`{3,}|:{3,})(?:\{([\w:-]+)\}\s*(.*)|(\w*))\s*$", line)
            if not fence:
                continue
            ticks, directive, argument, language = fence.groups()
            inside_code = open_fences and open_fences[-1][1] in ("code", "code-cell")
            if open_fences and ticks == open_fences[-1][0] and not directive and not language:
                _, name, given, start = open_fences.pop()
                found.append(Block(name, given, start, "\n".join(self.lines[start : number - 1])))
            elif not inside_code:
                open_fences.append((ticks, directive or "code", argument or "", number))
        return sorted(found, key=lambda block: block.line)

    def named(self, *names: str) -> list[Block]:
        return [block for block in self.blocks if block.name in names]

    @cached_property
    def prose(self) -> list[str]:
        """The lines with code left empty, so that line numbers stay."""
        lines = list(self.lines)
        for block in self.named("code", "code-cell", "source"):
            end = block.line + block.text.count("\n") + 1
            lines[block.line - 1 : end + 1] = [""] * (end + 1 - block.line + 1)
        return lines

    def at(self, line: int, what: str) -> str:
        return f"{self.name}:{line}: {what}"
