"""The tool that changes formulas changes them, and counts as killed what a check rejects."""

from __future__ import annotations

import pytest
from nbformat.v4 import new_code_cell, new_notebook
from tests.mutants import formulas

from bookkit.build.chapters import Chapter
from bookkit.myst import Page


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        ("a + b", ["a - b"]),
        ("a_i x^2", ["a_i x^3", "a_j x^2"]),
        ("x^n", ["x^{n+1}"]),
        (r"\mA\T x", [r"\mA x"]),
        (r"y = x", [r"y = 2 \cdot x"]),
        (r"y &= x", [r"y &= 2 \cdot x"]),
        (r"f(x) = 0 .", ["f(x) = 1 ."]),
        (r"\vg = \vzero", []),
        (r"\sum_{k=1} k", [r"\sum_{k=2} k"]),
        (r"\begin{align2} \text{2 - 1} \end{align2}", []),
        ("12.5", ["13.5", "12.6"]),
    ],
)
def test_changes(tex, expected):
    assert list(formulas.mutants(tex)) == expected


PAGE = """\
```{math}
:label: eq-a-square
(x + 1)^2 = x^2 + 2x + 1
```

```{math}
:label: eq-a-typed
x = 5
```
"""
READS = "check.identity(check.latex('eq-a-square'))"
BLUNT = "check.latex('eq-a-square')"  # reads the formula and accepts whatever it says
TYPED = "check.equal(5, 5, atol=0)"


@pytest.fixture
def chapter(tmp_path, monkeypatch):
    file = tmp_path / "a.md"
    file.write_text(PAGE, "utf-8")
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.setattr(formulas.ledger, "by_hand", lambda layout, chapter: {"eq-a-typed"})

    def made(*cells):
        notebook = new_notebook(cells=[new_code_cell("from calcml import check")])
        for label, code in cells:
            notebook.cells.append(new_code_cell(code, metadata={"checks": [label]}))
        return Chapter(file, Page("book/a.md", PAGE), notebook)

    return made


def test_a_check_that_reads_the_page_kills_all(chapter, capfd):
    tally = formulas.chapter_tally(None, chapter(("eq-a-square", READS), ("eq-a-typed", TYPED)))
    assert tally.killed == len(list(formulas.mutants("(x + 1)^2 = x^2 + 2x + 1"))) == 9
    assert tally.survived == []
    assert tally.by_digest == {"eq-a-typed": 2}


def test_a_blunt_check_lets_them_live_unless_another_cell_kills(chapter, capfd):
    blunt, sharp = ("eq-a-square", BLUNT), ("eq-a-square", READS)
    alone = formulas.chapter_tally(None, chapter(blunt))
    assert (alone.killed, len(alone.survived)) == (0, 9)
    for cells in ((blunt, sharp), (sharp, blunt)):
        both = formulas.chapter_tally(None, chapter(*cells))
        assert (both.killed, both.survived) == (9, [])
