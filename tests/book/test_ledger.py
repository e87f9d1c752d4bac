"""The ledger holds by a digest what the checks of an equation do not read."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from bookkit.build import ledger
from bookkit.myst import Page
from calcml import check

PAGE = """\
```{math}
:label: eq-a-square
(x + 1)^2 = x^2 + 2\\,x + 1, \\qquad \\text{for } x > 0 .
```

```{math}
:label: eq-a-log
\\log(1 + x) \\le x .
```

```{math}
:label: eq-a-typed
x = 5
```

```{math}
:label: eq-a-read
2x = x + x .
```
"""
CHECKS = {
    "eq-a-square": lambda: check.identity(check.latex("eq-a-square", part=0)),
    "eq-a-log": lambda: check.inequality(
        check.latex("eq-a-log"), where={"x": (0.001, 0.9)}, tight=0.95
    ),
    "eq-a-typed": lambda: check.equal(5, 5, atol=0),
    "eq-a-read": lambda: check.identity(check.latex("eq-a-read")),
}


@pytest.fixture
def held(tmp_path, monkeypatch):
    """What the ledger holds of a page on which the checks were executed."""
    file = tmp_path / "displayed.json"
    monkeypatch.setenv("CALCML_PAGES", str(file))

    def of(text):
        page = Page("a.md", text)
        shown = {label: equation.latex for label, equation in page.equations.items()}
        file.write_text(json.dumps(shown), "utf-8")
        notebook = new_notebook()
        for label, verify in CHECKS.items():
            output = new_output("display_data", data={check.MIME: verify().to_json()})
            cell = new_code_cell(metadata={"checks": [label]}, outputs=[output])
            notebook.cells.append(cell)
        monkeypatch.setattr(ledger, "executed", lambda layout, chapter: notebook)
        found = ledger.held(None, SimpleNamespace(page=page, line=lambda index: index))
        return {label: equation.digest for label, equation in found.items()}

    return of


@pytest.mark.parametrize(
    ("old", "new", "label"),
    [
        ("for } x > 0", "for } x < 0", "eq-a-square"),
        ("for }", "if }", "eq-a-square"),
        (r"\log(1 + x)", r"\log(1 + x - x^4)", "eq-a-log"),  # weaker, and true
        (r"\le x", r"\lt x + x^4", "eq-a-log"),
        ("x = 5", "x = 6", "eq-a-typed"),
    ],
)
def test_what_no_check_reads_is_held(held, old, new, label):
    before = held(PAGE)
    assert set(before) == {"eq-a-square", "eq-a-log", "eq-a-typed"}
    after = held(PAGE.replace(old, new, 1))
    assert {name for name in before if after[name] != before[name]} == {label}


def test_layout_is_free_and_what_is_read_is_left_to_the_check(held):
    before = held(PAGE)
    assert held(PAGE.replace(r"2\,x", "2 x", 1).replace("x + x .", "x + x", 1)) == before
    assert held(PAGE.replace("x + x .", "3x - x .", 1)) == before  # read, and true
    with pytest.raises(check.CheckFailed):
        held(PAGE.replace("x + x .", "x + 2x .", 1))
