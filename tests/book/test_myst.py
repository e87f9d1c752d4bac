"""The one reader of sources sees every spelling of an equation and every nesting of blocks."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bookkit.myst import EXTENSIONS, Page, digest

ROOT = Path(__file__).resolve().parents[2]
TEX = "(x - 1)^2 = x^2 - 2x + 1"
# Everything that Sphinx displays with a number under the label LABEL, and the line of its block.
SPELLINGS = {
    "backticks": ("```{math}\n:label: LABEL\nTEX\n```", 1),
    "tildes": ("~~~{math}\n:label: LABEL\nTEX\n~~~", 1),
    "colons": (":::{math}\n:label: LABEL\n\nTEX\n:::", 1),
    "more options": (
        "```{math}\n:nowrap:\n:label: LABEL\n\\begin{equation}\nTEX\n\\end{equation}\n```",
        1,
    ),
    "YAML": ("```{math}\n---\nlabel: LABEL\n---\nTEX\n```", 1),
    "name": ("```{math}\n:name: LABEL\nTEX\n```", 1),
    "argument": ("```{math} TEX\n:label: LABEL\n```", 1),
    "dollars": ("$$\nTEX\n$$ (LABEL)", 1),
    "one line": ("$$TEX$$ (LABEL)", 1),
    "list": ("- An item\n\n  ```{math}\n  :label: LABEL\n  TEX\n  ```", 3),
    "quotation": ("> $$\n> TEX\n> $$ (LABEL)", 1),
    "definition": ("A term\n: with\n\n  $$\n  TEX\n  $$ (LABEL)", 4),
    "nested": (
        "````{prf:theorem} T\n:label: thm-LABEL\n\n:::{math}\n:label: LABEL\nTEX\n:::\n````",
        4,
    ),
    "nested twice": (
        "::::{note}\n\n```{tip}\n:class: a\n\n$$\nTEX\n$$ (LABEL)\n\n```\n\n::::",
        6,
    ),
}


def spelled(name: str, label: str, tex: str = TEX) -> str:
    return SPELLINGS[name][0].replace("LABEL", label).replace("TEX", tex)


@pytest.mark.parametrize("name", SPELLINGS)
def test_every_spelling_is_read_at_its_line(name):
    text = f"# A\n\n{spelled(name, 'eq-a-b')}\n\nThe end.\n"
    (equation,) = Page("a.md", text).equations.values()
    assert equation.label == "eq-a-b"
    assert TEX in equation.latex
    assert equation.line == 2 + SPELLINGS[name][1]


@pytest.mark.parametrize("name", SPELLINGS)
def test_what_is_only_quoted_is_no_equation(name):
    for shell in ("````{code-block} md\n{}\n````", "`````md\n{}\n`````", "<!--\n{}\n-->"):
        if "````" in SPELLINGS[name][0] and shell.startswith("````{"):
            continue
        text = shell.replace("{}", spelled(name, "eq-a-b"))
        assert Page("a.md", text).equations == {}


@pytest.mark.parametrize("place", range(len(TEX)))
def test_every_character_of_an_equation_counts(place):
    if not TEX[place].isspace():
        for new in ("", "7", "y"):
            assert digest(TEX[:place] + new + TEX[place + 1 :]) != digest(TEX)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("(x-1)^2  =\n x^2", "(x - 1)^2 = x^2", True),
        (r"\alpha x", r"\alphax", False),
        (r"a\ b", "a b", False),
        (r"\text{for all } x", r"\text{forall } x", False),
        (r"\text{for all } x", r"\text{for all }x", True),
        (r"\text{a {b c} d}", r"\text{a {bc} d}", False),
        (r"\text{for  all}", "\\text{for\n all}", True),
        (r"\operatorname{rank} A", r"\operatorname{rank}A", True),
        (r"\tag{1 2}", r"\tag{12}", False),
        (r"a \\ b", r"a \ b", False),
        (r"\text{open", r"\text{open ", True),
    ],
)
def test_spaces_count_where_they_are_displayed(one, other, same):
    assert (digest(one) == digest(other)) is same


def test_blocks_are_found_with_their_options_and_places():
    text = (
        "::::{grid} 1 2\n\n:::{card} A first one\ntext\n:::\n\n:::{card} B\n:class: c d\n\nmore\n"
        ":::\n\n::::\n\n```{code-cell} python\n---\ntags: [check]\nchecks: [eq-a, eq-b]\n---\n\n"
        "x = 1\n```\n\n```python\n:a: b\n```\n"
    )
    page = Page("book/a.md", text)
    seen = [(b.name, b.argument, b.line, b.last, b.body_line, b.body) for b in page.blocks]
    assert [block[:5] for block in seen] == [
        ("grid", "1 2", 1, 13, 3),
        ("card", "A first one", 3, 5, 4),
        ("card", "B", 7, 11, 10),
        ("code-cell", "python", 15, 22, 21),
        ("code", "python", 24, 26, 25),
    ]
    assert [block[5] for block in seen[1:]] == ["text", "more", "x = 1", ":a: b"]
    assert page.blocks[2].options == {"class": "c d"}
    assert page.cells[0].options == {"tags": ["check"], "checks": ["eq-a", "eq-b"]}
    assert page.prose[13:26] == [*[""] * 9, "", "", "", ""]
    assert page.at(3, "no") == "book/a.md:3: no"


def test_titles_and_paragraphs():
    page = Page("a.md", "---\na: b\n---\n\n(label)=\n# The *title* $x$ \n\n**Read.** One\ntwo.\n")
    assert page.title == "The *title* $x$"
    assert page.paragraph("**Read.**") == "**Read.** One\ntwo."
    assert page.paragraph("**Write.**") == Page("b.md", "").title == ""


def test_the_books_syntax_is_the_one_that_is_read():
    settings = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    enabled = set(settings["parse"]["myst_enable_extensions"])
    assert enabled >= EXTENSIONS
    # No other one makes blocks or equations; `amsmath` would.
    assert enabled - EXTENSIONS <= {"attrs_block", "attrs_inline", "smartquotes"}
