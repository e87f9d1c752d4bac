"""A broken book must not build, must say where it is broken, and must leave the site alone.

Every fault is built twice: a tool that remembers its last run may fail once and pass unchanged.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

CELL = "```{{code-cell}} python\n{}\n```"


@dataclass(frozen=True)
class Fault:
    """Text added to a page, the line of it that is at fault, and what the message must say."""

    name: str
    text: str
    offset: int
    message: str
    page: str = "book/sample.md"


def cell(*lines: str) -> str:
    return CELL.format("\n".join(lines))


RAISES = cell("ratio = 1", "", "ratio / 0")
IN_A_FUNCTION = cell("def f(x):", "    return undefined * x", "", "f(2)")
CELLS = [
    Fault("exception", RAISES, 3, "ZeroDivisionError: division by zero"),
    Fault("deep exception", IN_A_FUNCTION, 4, "NameError: name 'undefined' is not defined"),
    Fault("syntax error", cell("a = 1", "b = = 2"), 2, "SyntaxError: invalid syntax"),
    Fault("missing package", cell("import calculus_lab"), 1, "ModuleNotFoundError"),
    Fault(
        "warning",
        cell("import warnings", "warnings.warn('take care')"),
        1,
        "the cell wrote to stderr: .*UserWarning: take care",
    ),
    Fault("dead kernel", cell("import os", "os._exit(1)"), 1, "DeadKernelError"),
    Fault(
        "expected exception that does not come",
        cell(":tags: [raises-exception]", "", "1 / 1"),
        3,
        "the cell is tagged raises-exception but raised nothing",
    ),
]
PAGES = [
    Fault("ref", "See {ref}`nowhere`.", 0, "undefined label: 'nowhere'"),
    Fault("eq", "See {eq}`eq-nowhere`.", 0, "equation not found: eq-nowhere"),
    Fault("numref", "See {numref}`fig-nowhere`.", 0, "undefined label: 'fig-nowhere'"),
    Fault("theorem", "See {prf:ref}`thm-nowhere`.", 0, "target not found: thm-nowhere"),
    Fault("term", "A {term}`nowhere`.", 0, "term not in glossary: 'nowhere'"),
    Fault("citation", "See {cite:t}`nobody1900`.", 0, 'could not find bibtex key "nobody1900"'),
    Fault("link", "See [this](nowhere.md).", 0, "cross-reference target not found: 'nowhere.md'"),
    Fault("image", "![A plot](missing.png)", 0, "image file not readable: .*missing.png"),
    Fault("figure", "```{figure} missing.svg\n:alt: A\n\nB\n```", 0, "image file not readable"),
    Fault("macro", "Then $\\nosuchmacro{x}$.", 0, r"Unsupported function name: \\nosuchmacro"),
    Fault("brace", "$$\n\\frac{1}{x\n$$", 0, "expected '}' at end of input"),
    Fault("role", "A {rolle}`x`.", 0, 'Unknown interpreted text role "rolle"'),
    Fault("directive", "```{thereom}\nA\n```", 0, "Unknown directive type: 'thereom'"),
    Fault("prose page", "Then $\\nosuchmacro$.", 0, "Unsupported function name", "book/prose.md"),
]


def check_fails_twice(copy, message: str) -> None:
    """Two builds in a row fail with the message in their last lines and leave the site alone."""
    before = copy.site()
    for _ in range(2):
        outcome = copy.build()
        assert outcome.status == 1, outcome
        assert "Traceback (most recent call last)\n  File" not in outcome.errors, outcome
        assert re.search(message, outcome.last_lines), outcome
        assert copy.site() == before


def test_every_failing_cell_is_told(copy):
    """Each in a page of its own, all of which are executed whatever the others do."""
    header = (copy.root / "book/sample.md").read_text("utf-8").partition("\n(ch-sample)=")[0]
    places = {}
    for number, fault in enumerate(CELLS):
        page = f"book/fault{number}.md"
        (copy.root / page).write_text(f"{header}\n# {fault.name}\n", "utf-8")
        copy.append("_toc.yml", f"      - file: fault{number}")
        places[f"{page}:{copy.append(page, fault.text) + fault.offset}"] = fault
    for _ in range(2):
        outcome = copy.build()
        assert outcome.status == 1, outcome
        for place, fault in places.items():
            assert re.search(rf"(?m)^{place}: .*{fault.message}", outcome.errors), (fault, outcome)


# One of each kind: found by execution, by a look at what was executed, while reading, while
# resolving, while writing.
KINDS = ("exception", "warning", "role", "image", "eq", "macro")
ALONE = [fault for fault in CELLS + PAGES if fault.name in KINDS]


@pytest.mark.parametrize("fault", ALONE, ids=lambda fault: fault.name)
def test_one_broken_place_fails_the_build(copy, fault):
    line = copy.append(fault.page, fault.text) + fault.offset
    check_fails_twice(copy, rf"(?m)^{fault.page}:{line}: .*{fault.message}")


def test_every_broken_place_is_told(copy):
    """All at once, so that one build is enough to see all that is to be mended."""
    places = [(fault, copy.append(fault.page, fault.text) + fault.offset) for fault in PAGES]
    for _ in range(2):
        outcome = copy.build()
        assert outcome.status == 1, outcome
        for fault, line in places:
            assert re.search(rf"(?m)^{fault.page}:{line}: .*{fault.message}", outcome.errors), fault


def test_an_endless_cell_is_stopped_and_one_that_waits_is_not(copy):
    """What counts is what a cell computes: on a busy machine every cell waits."""
    copy.edit("_config.yml", "timeout: 240 ", "timeout: 3 ")
    cells = [cell("import time", "time.sleep(5)"), cell("while True:", "    pass")]
    first = "\nThe answer, which"
    copy.edit("book/sample.md", first, "\n".join(["", *cells, first]))
    page = (copy.root / "book/sample.md").read_text("utf-8")
    line = page.partition("while True:")[0].count("\n") + 1
    check_fails_twice(copy, rf"(?m)^book/sample.md:{line}: .*the cell ran longer than 3 s")


@pytest.mark.whole
def test_what_only_latex_refuses_fails_the_build(copy):
    line = copy.append("book/prose.md", "Set by $\\Temml$.")
    for _ in range(2):
        outcome = copy.build("build")
        assert outcome.status == 1, outcome
        assert f"book/prose.md:{line} " in outcome.last_lines, outcome
        assert "Undefined control sequence" in outcome.last_lines
        assert "\\Temml" in outcome.errors


def test_code_without_header_is_refused(copy):
    copy.append("book/prose.md", cell("print(1)"))
    check_fails_twice(copy, r"(?m)^book/prose.md:1: .*no jupytext header")


def test_a_page_missing_from_disk_is_refused(copy):
    copy.edit("_toc.yml", "- file: prose", "- file: prosa")
    check_fails_twice(copy, r"(?m)^_toc.yml:8: .*there is no book/prosa.md")


def test_a_label_removed_elsewhere_fails_the_unchanged_page(settled):
    """The page that refers to it is not read again, but it must be looked at again."""
    settled.edit("book/sample.md", "(ch-sample)=\n", "")
    check_fails_twice(settled, r"(?m)^book/(prose|index).md:3: .*ch-sample")


def test_a_macro_removed_fails_the_unchanged_page(copy):
    macros = copy.root / "book/macros.tex"
    before = macros.read_text("utf-8")
    macros.write_text(before + "\\newcommand{\\fleeting}{f}\n", "utf-8")
    line = copy.append("book/prose.md", "A formula: $\\fleeting$.")
    assert copy.build().status == 0
    macros.write_text(before, "utf-8")
    check_fails_twice(copy, rf"(?m)^book/prose.md:{line}: .*\\fleeting")
