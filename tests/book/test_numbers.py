"""Numbers that the code computed are glued into the prose, never typed.

A decimal number of the prose that a cell of the same chapter prints was probably typed from there;
it would stay when the result changes. Such numbers are glued, or `typed_numbers.toml` says why the
number is the author's own (published, or worked out by hand).
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from bookkit.build.cache import executed
from bookkit.build.chapters import Chapter, read_chapters
from bookkit.layout import Layout
from bookkit.myst import Page

ROOT = Path(__file__).parents[2]
TYPED = Path(__file__).with_name("typed_numbers.toml")
DECIMAL = re.compile(r"(?<![\w.])[−-]?\d+\.\d{2,}(?![\w.]*\d)")
NO_PROSE = ("code", "code-cell", "source", "unchecked", "bibliography")
ROLE = re.compile(r"\{[\w:]+\}`[^`]*`|`[^`]*`")


def typed(prose: str) -> dict[str, int]:
    """Decimal numbers with two or more digits after the point, and the lines they stand in."""
    lines = Page("", prose).without(*NO_PROSE)
    # The fences of other blocks are no inline code.
    lines = ["" if re.match(r"\s*(`{3,}|:{3,})", line) else line for line in lines]
    prose = ROLE.sub(lambda match: "\n" * match[0].count("\n"), "\n".join(lines))
    return {
        match[0].replace("−", "-"): prose.count("\n", 0, match.start()) + 1
        for match in DECIMAL.finditer(prose)
    }


def printed(outputs: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?\d+\.\d+(?:e[+-]?\d+)?", outputs)]


def copied(prose: str, outputs: str) -> dict[str, int]:
    """Typed numbers that a cell prints, to the digits that were typed."""
    values = printed(outputs)
    found = {}
    for number, line in typed(prose).items():
        half = 0.5 * 10.0 ** -len(number.partition(".")[2])
        if any(abs(value - float(number)) <= 1.001 * half for value in values):
            found[number] = line
    return found


def printed_by(layout: Layout, chapter: Chapter) -> str:
    texts = []
    for cell in executed(layout, chapter).cells:
        for output in cell.get("outputs", []):
            texts.append(output.get("text", "") or output.get("data", {}).get("text/plain", ""))
    return "\n".join(texts)


def test_no_computed_number_is_typed() -> None:
    layout = Layout(ROOT)
    allowed = tomllib.loads(TYPED.read_text("utf-8"))
    complaints = []
    for chapter in read_chapters(layout):
        name = chapter.file.relative_to(layout.book).with_suffix("").as_posix()
        if name.startswith("solutions/"):
            continue  # worked by hand beside the computed answer
        found = copied(chapter.page.text, printed_by(layout, chapter))
        reasons = allowed.get(name, {})
        complaints += [
            f"{chapter.name}:{line}: {number} is printed by a cell: glue it, or say in"
            f" {TYPED.name} why it is typed"
            for number, line in found.items()
            if number not in reasons
        ]
        complaints += [
            f"{TYPED.name}: {name} no longer types {number}"
            for number in reasons
            if number not in found
        ]
    assert complaints == []


@pytest.mark.parametrize(
    ("prose", "outputs", "wrong"),
    [
        ("The loss falls to 0.4417.", "loss 0.44173", {"0.4417": 1}),
        ("The loss falls\nto $0.4417$.", "loss 0.44173", {"0.4417": 2}),
        ("It is −0.23216 at last.", "theta -0.232163", {"-0.23216": 1}),
        ("The loss falls to {glue:text}`loss:.4f`, not 0.5.", "loss 0.5000", {}),
        ("A step of 0.25 is enough.", "loss 0.44173", {}),
        ("```{code-cell} python\nprint(0.44173)\n```\n", "0.44173", {}),
        ("```{source} a.b\n```\n\nIt is 0.4417.\n\n```python\n1\n```\n", "0.4417", {"0.4417": 4}),
        ("```{hint}\nIt is 0.4417.\n```\n\n```\n0.4417\n```\n", "0.4417", {"0.4417": 2}),
    ],
)
def test_the_rule_itself(prose: str, outputs: str, wrong: dict[str, int]) -> None:
    assert copied(prose, outputs) == wrong
