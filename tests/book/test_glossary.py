"""Every term of the glossary is linked, and first where a reader first meets it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from bookkit import myst
from bookkit.layout import Layout
from bookkit.myst import Page

LAYOUT = Layout(Path(__file__).resolve().parents[2])
# What a reader does not read as running text, where a word may announce what comes.
NO_PROSE = ("code", "code-cell", "glossary", "index", "interactive", "math", "moved", "source")
ANNOUNCED = re.compile(
    r"^\*\*What you will be able to do.*?(?=^\*\*|^#)|^\*\*Read first.*?$|^#.*?$|^\|.*?$|^:\w+:.*?$"
    r"|^[`:]{3,}.*?$|\A---$.*?^---$|^\([\w-]+\)=$",
    re.M | re.S,
)
SPAN = re.compile(
    r"\$\$.*?\$\$|\$[^$]+\$|\{(?P<role>[\w:]+)\}`[^`]*`|(?P<code>`+)[^`]+(?P=code)", re.S
)
TERM = re.compile(r"\{term\}`(?:[^`<]*<)?(?P<term>[^`<>]+?)>?`")


def blank(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", found[0])


def prose(page: Page) -> str:
    """The running text with its terms, all else blank, so that lines stay."""
    text = ANNOUNCED.sub(blank, "\n".join(page.without(*NO_PROSE))).replace("'", "’")
    return SPAN.sub(lambda found: found[0] if found["role"] == "term" else blank(found), text)


def terms(glossary: Page) -> list[str]:
    (block,) = glossary.named("glossary")
    return [line for line in block.body.splitlines() if line and not line.startswith(" ")]


def links(page: Page) -> dict[str, int]:
    """The first line of the page on which each term is linked."""
    found: dict[str, int] = {}
    for number, line in enumerate(page.prose, 1):
        for link in TERM.finditer(line):
            found.setdefault(link["term"], number)
    return found


def first_word(page: Page, term: str) -> tuple[int, bool]:
    """Line of the first place in the text that says the term (0: none); is it linked there?"""
    words = r"[\s–-]+".join(map(re.escape, re.split(r"[ –-]", term)))
    word = re.compile(rf"(?<![\w–-]){words}(?:e?s)?(?![\w–-])", re.I)
    text = prose(page)
    linked = {found.span(): found["term"] for found in TERM.finditer(text)}
    for found in word.finditer(text):
        around = next((s for s in linked if s[0] <= found.start() < s[1]), None)
        if around is None or linked[around] == term:
            return text[: found.start()].count("\n") + 1, around is not None
    return 0, True


def faults(glossary: Page, chapters: list[Page]) -> Iterator[str]:
    for term in terms(glossary):
        chapter = next((page for page in chapters if term in links(page)), None)
        if chapter is None:
            yield f"{term!r} is linked nowhere"
            continue
        line, is_link = first_word(chapter, term)
        if not is_link and line <= links(chapter)[term]:
            yield chapter.at(line, f"says {term!r} before the link to it")
    for page in chapters:
        for term, line in links(page).items():
            if term not in terms(glossary):
                yield page.at(line, f"{term!r} is no term as the glossary writes it")


@cache
def pages() -> tuple[Page, list[Page]]:
    read = {
        file.stem: myst.read(LAYOUT, file)
        for file in LAYOUT.chapters
        if "solutions" not in file.parts
    }
    glossary = read.pop("glossary")
    return glossary, list(read.values())


WORDS = """continuous, limit, derivative, chain rule, partial derivative, gradient, Jacobian,
 Hessian, integral, convex function, duality, entropy, softmax, loss, learning rate, overfitting,
 likelihood, prior, posterior, density, expectation, variance, eigenvalue, inner product,
 gradient descent"""


def test_the_glossary_has_the_words_of_the_field() -> None:
    assert {word.strip() for word in WORDS.split(",")} <= set(terms(pages()[0]))


def test_the_glossary_is_sorted() -> None:
    found = [term.lower().replace("–", "-").replace("’", "") for term in terms(pages()[0])]
    assert found == sorted(set(found))


def test_each_term_is_linked_where_it_is_first_said() -> None:
    assert list(faults(*pages())) == []


GLOSSARY = Page(
    "book/glossary.md", "```{glossary}\nchain rule\n    A rule.\n\nlimit\n    A.\n```\n"
)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("# Chain rule\n\nThe *{term}`chain rule`*. A {term}`limit`. Chain\nrules.", None),
        (
            "**What you will be able to do**\n- limit\n\n**R**\n{term}`chain rule` {term}`limit`",
            None,
        ),
        ("$limit$ `limit` {doc}`limit` {term}`Chain rules <chain rule>` {term}`limit`", None),
        (
            "Of chain\nrules.\n\nThe {term}`chain rule` {term}`limit`",
            "book/a.md:1: says 'chain rule' before",
        ),
        ("The {term}`limit`", "'chain rule' is linked nowhere"),
        ("{term}`chain rule` {term}`limit` {term}`Limit`", "book/a.md:1: 'Limit' is no term"),
    ],
)
def test_a_term_that_is_not_linked_is_found(text: str, complaint: str | None) -> None:
    found = list(faults(GLOSSARY, [Page("book/a.md", text)]))
    assert len(found) == (complaint is not None)
    assert all(line.startswith(str(complaint)) for line in found), found
