"""Every row of the page of tables is held: a formula of it changed by one sign, number or
exponent does not pass."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tests.mutants.formulas import mutants

from bookkit import myst
from bookkit.layout import Layout

LAYOUT = Layout.around(Path(__file__).parents[2] / "book")
PAGE = myst.read(LAYOUT, LAYOUT.book / "tables.md")
WRONG = (AssertionError, ValueError, ArithmeticError, LookupError, TypeError, AttributeError)
CELLS = {cell.options["checks"][0]: cell for cell in PAGE.cells}


def cells_of(row, table):
    """The numbers of the cells that hold formulas to be checked."""
    first = 1 if table == "tab-tables-densities" else 0
    return [i for i in range(first, len(row) - 1) if row[i].startswith("$")]


def changed(row, column):
    """The row with each change of one of the formulas of a cell."""
    parts = row[column].split("$")
    for place in range(1, len(parts), 2):
        for tex in mutants(parts[place]):
            if undotted(tex) == undotted(parts[place]):
                continue  # the sign before the dots says nothing
            new = "$".join([*parts[:place], tex, *parts[place + 1 :]])
            yield (*row[:column], new, *row[column + 1 :])


def some(changes):
    """At most four of them, spread over the formula: a row costs a second for each."""
    return changes[:: max(1, -(-len(changes) // 4))]


def undotted(tex):
    return re.sub(r"[+-]\s*\\cdots", "", tex)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a check cell against a table of the given rows."""
    shown = tmp_path / "page.json"
    monkeypatch.setenv("CALCML_PAGES", str(shown))
    names = {}

    def check(label, rows):
        shown.write_text(json.dumps(dict.fromkeys(PAGE.tables, "[]") | {label: json.dumps(rows)}))
        exec(CELLS[label].body, names)

    for label in CELLS:  # later cells use the names of earlier ones
        check(label, [])
    return check


def test_every_table_has_its_check():
    assert set(CELLS) == set(PAGE.tables)
    assert all(table.rows for table in PAGE.tables.values())


@pytest.mark.mutants
@pytest.mark.parametrize("label", PAGE.tables)
def test_rows_hold_and_changed_rows_do_not(label, run):
    survived, tried = [], 0
    for row in PAGE.tables[label].rows:
        run(label, [row])
        for column in cells_of(row, label):
            for wrong in some(list(changed(row, column))):
                tried += 1
                try:
                    run(label, [wrong])
                except WRONG:
                    continue
                survived.append(wrong)
    # A few changes leave a formula true: another sign of a letter that occurs squared.
    assert len(survived) <= 0.03 * tried, survived
