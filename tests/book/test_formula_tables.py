"""Tables of formulas in print: their parts stand abreast, and LaTeX is told what may be broken."""

from __future__ import annotations

import pytest
from docutils import nodes

from bookkit.sphinx_ext import latex_tables
from bookkit.sphinx_ext.formula_tables import PARTS, fold


def a_row(*texts: str) -> nodes.row:
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", text)) for text in texts))


def a_table(rows: int) -> nodes.table:
    """A table of two columns, with a head."""
    body = nodes.tbody("", *(a_row(f"f{i}", f"where {i}") for i in range(rows)))
    head = nodes.thead("", a_row("the function", "where"))
    group = nodes.tgroup("", nodes.colspec(), nodes.colspec(), head, body, cols=2)
    return nodes.table("", group, classes=["formulas"])


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("rows", [5, 6, 7])
def test_parts_are_read_one_below_the_other(name: str, rows: int) -> None:
    table = a_table(rows)
    fold(table, parts := PARTS[name])
    (body,) = table.findall(nodes.tbody)
    grid = [[cell.astext() for cell in row.children] for row in body.children]
    assert {len(row) for row in grid} == {table[0]["cols"]} == {2 * parts}
    assert len(list(table.findall(nodes.colspec))) == 2 * parts
    below = [row[2 * part] for part in range(parts) for row in grid]
    assert below == [f"f{i}" for i in range(rows)] + [""] * (len(below) - rows)
    assert len(grid) == -(-rows // parts)


def test_a_column_may_be_broken_if_a_formula_of_it_is_followed_by_words() -> None:
    rows = list(a_table(1).findall(nodes.row))
    written = [["A", "B"], ["C", "D"]]
    assert latex_tables.measured(rows, written, 1).split("%\n")[1:-1] == [
        r"\bookcells{0}{\bookcell{A}\bookcell{C}}",  # the spaces of its head do not count
        r"\bookcells{1}{\bookcell{B}\bookcell{D}}",
    ]
    assert r"\bookgap" not in latex_tables.measured(rows, written, 1)
    assert latex_tables.measured(rows, written, 2).count(r"\bookgap") == 1
    one, _, two = latex_tables.formulas(2, 2).removeprefix("@{}").partition(latex_tables.GAP)
    assert (one, two) == (r"\bookmeasured{1}", r"\bookmeasured{2}@{}")
