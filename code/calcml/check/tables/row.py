r"""The rows of a table of formulas, and what their conditions say about the symbols.

The last cell of a row holds its conditions, formulas between dollar signs: ``$x > 0$``,
``$\abs{x} < a$``, ``$0 < p < 1$``, ``$a \ne 0$``, ``$n \in \N$``, a definition as in
``$m = \frac{1}{n}\vone\T\vx$``, or a name with a word after it, as in ``$\mA$ symmetric``.  A row
is tried where its conditions hold and nowhere else, so a domain that is printed too wide fails.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import sympy as sp

from calcml.check.formulas import page
from calcml.check.formulas.cursor import canonical
from calcml.check.formulas.formula import Formula, latex
from calcml.check.formulas.tokens import LatexError

_MATH = re.compile(r"\$([^$]+)\$")
_ROLE = re.compile(r"\{[\w:]+\}`[^`]*`")
_NAME = r"(?P<name>\\?[A-Za-z]+)"
_END = r"(?P<{}>-?\\?\w+(?:/\d+)?)"
_SIGNED = re.compile(rf"{_NAME} *(?P<sign>>|<|\\ge|\\le) *{_END.format('end')}")
_BETWEEN = re.compile(rf"{_END.format('low')} *< *{_NAME} *< *{_END.format('high')}")
_SMALL = re.compile(rf"\\abs\{{{_NAME}\}} *< *{_END.format('end')}")
_OTHER = re.compile(rf"{_NAME} *\\ne *\S+|[a-z]_i *> *0")
_WHOLE = re.compile(rf"{_NAME} *\\in *\\N")
_DEFINED = re.compile(r"(?P<name>[^=<>]+?) *= *(?P<value>[^=<>]+)")
# Where a parameter is tried that the row leaves free on one side.
FAR, NEAR = 3.5, 0.6


@dataclass(frozen=True)
class Row:
    """One row: the label of its table, its number there from 1, the Markdown of its cells."""

    table: str
    number: int
    cells: tuple[str, ...]

    @property
    def label(self) -> str:
        """The name under which the result of its check is recorded."""
        return f"{self.table}:{self.number}"

    def formulas(self, column: int) -> list[str]:
        """The LaTeX of each formula in a cell; links are left out."""
        return _MATH.findall(_ROLE.sub("", self.cells[column]))

    def formula(self, column: int) -> str:
        """The LaTeX of a cell that holds one formula and nothing else.

        Raises
        ------
        LatexError
            If it holds something else.
        """
        found = _MATH.fullmatch(self.cells[column].strip())
        if found is None:
            raise LatexError(f"{self.label}: one formula wanted, found {self.cells[column]!r}")
        return found[1]

    @property
    def conditions(self) -> str:
        """The last cell without its links."""
        return _ROLE.sub("", self.cells[-1])

    def record(self, *columns: int) -> list[dict[str, Any]]:
        """Provenance for the record of a check: what was read, from which table."""
        read = " , ".join(self.cells[column].strip() for column in columns)
        return [{"label": self.table, "latex": read, "unread": []}]


def rows(table: str) -> list[Row]:
    """Return the rows of a table on a page at hand.

    Raises
    ------
    LookupError
        If no page at hand shows a table with this label.
    """
    cells = json.loads(page.find(table))
    return [Row(table, number, tuple(row)) for number, row in enumerate(cells, start=1)]


@dataclass
class Domain:
    """What the conditions of a row say: symbols with their assumptions, intervals, definitions."""

    symbols: dict[str, sp.Symbol] = field(default_factory=dict)
    where: dict[str, tuple[float, float]] = field(default_factory=dict)
    definitions: list[tuple[str, str]] = field(default_factory=list)

    def add(self, name: str, low: float, high: float, **assumptions: bool) -> None:
        """State that a symbol lies in an interval."""
        plain = re.sub(r"[\\{}]", "", name)
        self.symbols[name] = sp.Symbol(plain, **(assumptions or {"real": True}))
        self.where[plain] = (low, high)

    def reach(self, end: str) -> float:
        """The value of an end; one that is a symbol becomes a positive one beyond 1."""
        if re.fullmatch(r"-?\d+", end):
            return float(end)
        if end.lstrip("-") == r"\pi":
            return -3.14159 if end[0] == "-" else 3.14159
        self.add(end, 1.1, FAR, positive=True)
        return 1.0


def domain(row: Row) -> Domain:
    """Read the conditions of a row.

    Raises
    ------
    LatexError
        If one is written in another way than those of this module.

    Examples
    --------
    >>> found = domain(Row("tab-a", 1, ("$x$", r"$x > 0$, $n \\in \\N$")))
    >>> found.where
    {'x': (0.6, 3.5), 'n': (1, 6)}
    """
    found = Domain()
    for text in _MATH.findall(row.conditions):
        condition = text.strip()
        if match := _SMALL.fullmatch(condition):
            end = found.reach(match["end"])
            found.add(match["name"], -0.97 * end, 0.97 * end)
        elif match := _BETWEEN.fullmatch(condition):
            low, high = found.reach(match["low"]), found.reach(match["high"])
            inside = 0.03 * (high - low)
            found.add(match["name"], low + inside, high - inside, **_positive(low >= 0))
        elif match := _SIGNED.fullmatch(condition):
            end, name = found.reach(match["end"]), match["name"]
            above = match["sign"] in (">", r"\ge")
            low, high = (end + NEAR, end + FAR) if above else (end - FAR, end - NEAR)
            found.add(name, low, high, **_positive(low >= 0))
        elif match := _WHOLE.fullmatch(condition):
            found.add(match["name"], 1, 6, integer=True, positive=True)
        elif _OTHER.fullmatch(condition):
            continue  # a random number is none of those left out; entries are drawn positive
        elif match := _DEFINED.fullmatch(condition):
            found.definitions.append((match["name"], match["value"]))
        elif not re.fullmatch(r"\\?[A-Za-z]+", condition):
            raise LatexError(f"{row.label}: no condition that is understood: {condition}")
    return found


def _positive(is_so: bool) -> dict[str, bool]:
    return {"positive": True} if is_so else {}


def read(row: Row, tex: str, symbols: Mapping[str, Any], functions: Mapping[str, Any]) -> Formula:
    """Read a formula of a row with the symbols that its conditions speak of."""
    try:
        formula = latex(tex, symbols=symbols, functions=functions)
    except LatexError as error:
        raise LatexError(f"{row.label}: {error}") from None
    return replace(formula, label=row.table)


def known(names: Mapping[str, Any]) -> dict[str, Any]:
    """Return a mapping under the one spelling of its names."""
    return {canonical(name): value for name, value in names.items()}
