"""What the book promises of every chapter, each of which is tried on a page that breaks it."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bookkit import myst
from bookkit.layout import Layout
from bookkit.myst import Page
from bookkit.sections import DEEPER

LAYOUT = Layout(Path(__file__).resolve().parents[2])
PROMISES: dict[str, dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("promises.toml").read_text("utf-8")
)
RESULTS = ("eq-", "thm-", "def-", "lem-", "cor-", "alg-", "fig-")
LABEL = re.compile(r"(?::label: |\$\$ \()(eq-[\w-]+)")
TERM = re.compile(r"\{term\}")
CITED = re.compile(r"\{cite:\w+\}`([^`]+)`")


@cache
def pages() -> dict[str, Page]:
    return {LAYOUT.relative(file): myst.read(LAYOUT, file) for file in LAYOUT.chapters}


def chapters() -> list[Page]:
    return [
        page for page in pages().values() if page.stem in PROMISES and "solutions" not in page.name
    ]


def plain(text: str) -> str:
    """In small letters, with one kind of apostrophe and spaces."""
    return " ".join(text.lower().replace("’", "'").split())


def says(text: str, words: str) -> bool:
    """Does a plain text hold one of the alternatives?"""
    for one in words.split("|"):
        parts = map(re.escape, plain(one).split("*"))
        if re.search(r"(?<![a-z])" + r"[^.]{1,60}?".join(parts), text) or plain(one) in text:
            return True
    return False


def deeper_text(page: Page) -> str:
    sections = (section for section in page.sections if section.title.startswith(DEEPER))
    return "\n".join("\n".join(page.lines[section.line - 1 : section.last]) for section in sections)


def broken(page: Page, promise: dict[str, Any]) -> Iterator[str]:
    """What a chapter lacks of what is promised of it."""
    whole, deep = plain(page.text), plain(deeper_text(page))
    cells = plain("\n".join(cell.body for cell in page.cells) + page.text)
    yield from (
        f"does not speak of {words}" for words in promise["topics"] if not says(whole, words)
    )
    yield from (
        f"has no deeper section on {words}"
        for words in promise.get("deeper", ())
        if not says(deep, words)
    )
    yield from (
        f"does not reach {value}" for value in promise.get("values", ()) if not says(cells, value)
    )
    figures = [block.argument for block in page.named("interactive")]
    if "figure" in promise and promise["figure"] not in figures:
        yield f"has no interactive figure {promise['figure']}"
    titles = [section.title for section in page.sections] + [
        block.argument for block in page.blocks
    ]
    if "figure" in promise and not any(
        "goes wrong" in title or "misleads" in title for title in titles
    ):
        yield "does not say where it goes wrong"


@pytest.mark.parametrize("page", chapters(), ids=lambda page: page.stem)
def test_a_chapter_holds_what_is_promised(page: Page) -> None:
    assert list(broken(page, PROMISES[page.stem])) == []


def test_every_chapter_has_its_promises() -> None:
    executed = {page.stem for page in pages().values() if page.named("exercise")}
    assert set(PROMISES) >= executed
    assert len(chapters()) == len(PROMISES)


def test_what_is_missing_is_found() -> None:
    text = "# A\n\nOf the Chain\nrule.\n\n## ◇ More\n\nOn paths.\n"
    promise = {
        "topics": ["chain rule", "tape|list"],
        "deeper": ["path", "chain rule"],
        "values": ["1.5"],
    }
    assert list(broken(Page("book/a.md", text), {**promise, "figure": "wheel"})) == [
        "does not speak of tape|list",
        "has no deeper section on chain rule",
        "does not reach 1.5",
        "has no interactive figure wheel",
        "does not say where it goes wrong",
    ]


def uncited(keys: set[str], texts: list[str]) -> set[str]:
    cited = {
        key.strip() for text in texts for group in CITED.findall(text) for key in group.split(",")
    }
    return keys - cited


def test_every_source_is_cited() -> None:
    bibliography = (LAYOUT.book / "references.bib").read_text("utf-8")
    keys = set(re.findall(r"^@\w+\{([^,\s]+),", bibliography, re.M))
    assert len(keys) > 100
    assert uncited(keys, [page.text for page in pages().values()]) == set()
    assert uncited({"a", "b"}, ["{cite:t}`a`"]) == {"b"}


def unused(page: Page, uses: Counter[str]) -> Iterator[str]:
    """Numbered results and figures that nothing refers to, claims or checks.

    A result counts as used if an equation in it is, and a definition if it introduces terms.
    """
    inside = {
        str(block.options["label"]): [*LABEL.findall(block.body), *TERM.findall(block.body)]
        for block in page.blocks
        if block.name.startswith("prf:") and "label" in block.options
    }
    for label, line in page.labels.items():
        held = inside.get(label, [])
        if label.startswith(RESULTS) and not any(
            word.startswith("{term}") or uses[word] > 1 for word in (label, *held)
        ):
            yield page.at(line, f"nothing refers to {label}, and nothing checks it")


def uses_of(texts: Iterable[str]) -> Counter[str]:
    return Counter(word for text in texts for word in re.findall(r"[a-z]+-[\w-]+", text))


def test_every_label_is_used() -> None:
    uses = uses_of(page.text for page in pages().values())
    assert [complaint for page in pages().values() for complaint in unused(page, uses)] == []
    text = "$$\nx\n$$ (eq-a-x)\n\n```{prf:theorem} T\n:label: thm-a-t\n\nBy {eq}`eq-a-x`.\n```\n"
    assert [line.split(": ")[1] for line in unused(Page("book/a.md", text), uses_of([text]))] == [
        "nothing refers to thm-a-t, and nothing checks it"
    ]
