"""Columns of the tables in print: LaTeX can measure a table or break it between pages, not both."""

from __future__ import annotations

import re
from collections.abc import Sequence

from docutils import nodes

LINE = 82  # signs in a line of a table
LONG_TABLE = 28  # lines from which a table may break between pages


def is_long(rows: Sequence[nodes.Element]) -> bool:
    """Whether a table is too high to stand on one page whole."""
    lines = [-(-max(map(length, row.children)) * len(row) // LINE) for row in rows]
    return sum(lines) >= LONG_TABLE


def columns(rows: Sequence[nodes.Element], *, breaks: bool) -> str:
    """Columns of a table: LaTeX measures short tables; long ones get widths from their texts."""
    cells = [list(row.children) for row in rows]
    if not breaks or any(len(row) != len(cells[0]) for row in cells):
        return "L" * max(map(len, cells))
    widths = [max(map(length, column)) + 3 for column in zip(*cells, strict=True)]
    if sum(widths) <= LINE:
        return "l" * len(widths)
    # Narrow columns keep their width, the wide ones share what is left.
    fair = LINE / len(widths)
    left = LINE - sum(width for width in widths if width <= fair)
    share = left / sum(width for width in widths if width > fair)
    parts = [(width if width <= fair else width * share) / LINE for width in widths]
    return "".join(f"\\bookcolumn{{{part:.3f}}}" for part in parts)


def length(cell: nodes.Node) -> int:
    """About how many signs wide a cell is, a command of LaTeX counting as one."""
    text = re.sub(r"\\[A-Za-z]+\*?|\\.", "x", cell.astext())
    return max((len(re.sub(r"[{}^_$]", "", line)) for line in text.splitlines()), default=0)
