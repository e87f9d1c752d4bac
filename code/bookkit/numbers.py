"""Glued values in texts: how ``{glue:text}`` and the placeholders of alternative texts are filled.

A cell's alternative text is plain text, so a value stands there as in Python's format strings:
``alt: "... falls to {gap:.2f}"``, with the names and formats of ``{glue:text}`gap:.2f```.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from typing import Any

# What values are kept under; claims, which are kept as well, are under another.
RECORD = "application/papermill.record/"
ROLE = re.compile(r"\{glue:text\}`(?P<name>[^`:]+)(?::(?P<format>[^`]*))?`")
PLACEHOLDER = re.compile(r"\{(?P<name>[A-Za-z_]\w*)(?::(?P<format>[^{}]*))?\}")


def glued(outputs: Iterable[Any]) -> dict[str, str]:
    """The values that outputs of cells keep for the text, by name, as Python prints them."""
    return {
        output.metadata.scrapbook.name: text
        for output in outputs
        if "scrapbook" in output.get("metadata", {})
        for kind, text in output.data.items()
        if kind.startswith(RECORD)
    }


def fill(text: str, values: Mapping[str, str], form: re.Pattern[str] = ROLE) -> str:
    """The text with values in the places of their names; unknown names stay as they are.

    Examples
    --------
    >>> fill("falls to {gap:.2f}, not to {zero}", {"gap": "0.12345"}, PLACEHOLDER)
    'falls to 0.12, not to {zero}'
    """

    def value(found: re.Match[str]) -> str:
        if found["name"] not in values:
            return found[0]
        return format(ast.literal_eval(values[found["name"]]), found["format"] or "")

    return form.sub(value, text)


def unknown(text: str, values: Mapping[str, str]) -> list[str]:
    """The names of an alternative text under which no value was glued."""
    return [m["name"] for m in PLACEHOLDER.finditer(text) if m["name"] not in values]
