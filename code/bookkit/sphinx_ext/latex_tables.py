r"""Columns of the tables in print: LaTeX can measure a table or break it between pages, not both.

Tables of formulas are measured beforehand: ``\bookmeasure`` in ``calculusbook.sty``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from docutils import nodes

LINE = 82  # signs in a line of a table
# Commands that print their names.
NAMES = {"cos", "cosh", "det", "exp", "log", "logsumexp", "max", "min", "sin", "sinh", "softmax"}
NAMES |= {"arccos", "arcsin", "arctan", "diag", "relu", "softplus", "tan", "tanh", "tr"}
LONG_TABLE = 28  # lines from which a table may break between pages
LONG_FORMULAS = 15  # rows from which a table of formulas may
# What stands between the parts of a table of formulas: where it is measured, and where it is set.
NEXT_PART, GAP = "\\bookgap%\n", r"!{\hspace{\bookgapwidth}}"


def is_long(rows: Sequence[nodes.Element], *, formulas: bool) -> bool:
    """Whether a table is too high to stand on one page whole."""
    if formulas:
        return len(rows) > LONG_FORMULAS  # with the head
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
    # Narrow columns keep their width; wide ones hold what cannot be broken, and share the rest.
    fair = LINE / len(widths)
    wide = [width > fair for width in widths]
    least = [
        max(map(unbroken, column)) + 3 if breakable else width
        for column, width, breakable in zip(zip(*cells, strict=True), widths, wide, strict=True)
    ]
    spare = sum(w - m for w, m in zip(widths, least, strict=True))
    left = max(LINE - sum(least), 0) / max(spare, 1)
    parts = [m + left * (w - m) for w, m in zip(widths, least, strict=True)]
    return "".join(f"\\bookcolumn{{{part / max(LINE, sum(least)):.3f}}}" for part in parts)


def measured(rows: Sequence[nodes.Element], written: Sequence[Sequence[str]], parts: int) -> str:
    r"""What tells LaTeX how wide each column is, and whether its cells may be broken.

    The columns of `formulas` get their widths from it; `written` are the cells in LaTeX.
    """
    columns = []
    cells = zip(*(row.children for row in rows), strict=True)
    for column, texts in zip(cells, zip(*written, strict=True), strict=True):
        shown = "".join(f"\\bookcell{{{text}}}" for text in texts)
        wide = any(
            may_break(cell) for cell in column if isinstance(cell.parent.parent, nodes.tbody)
        )
        columns.append(f"\\bookcells{{{int(wide)}}}{{{shown}}}%\n")
    return f"\\bookmeasure{{%\n{apart(columns, parts, NEXT_PART)}}}\n"


def formulas(number: int, parts: int) -> str:
    """The columns of a table of formulas, with a gap between its parts."""
    columns = [f"\\bookmeasured{{{place}}}" for place in range(1, number + 1)]
    return f"@{{}}{apart(columns, parts, GAP)}@{{}}"


def apart(columns: Sequence[str], parts: int, gap: str) -> str:
    """Columns of equal parts of a table, with something between the parts."""
    size = len(columns) // parts
    return gap.join("".join(columns[at : at + size]) for at in range(0, len(columns), size))


def may_break(cell: nodes.Node) -> bool:
    """Whether there are spaces between the formulas of a cell."""
    texts = [text for text in cell.findall(nodes.Text) if not isinstance(text.parent, nodes.math)]
    return any(" " in text for text in texts)


def length(cell: nodes.Node) -> int:
    """About how many signs wide a cell is."""
    return max(map(len, printed(cell).splitlines()), default=0)


def unbroken(cell: nodes.Node) -> int:
    """About how wide the widest part of a cell is that holds no space."""
    text = re.sub(r" ?([<>]|\\in\b) ?", r"\1", cell.astext())  # a condition stays together
    return max(map(len, printed(nodes.inline("", text)).split()), default=0)


def printed(cell: nodes.Node) -> str:
    """The signs of a cell; a command of LaTeX counts as its name or as one."""
    text = re.sub(r"\\operatorname\*?\{(\w+)\}", r"\1", cell.astext())
    text = re.sub(r"(\\(?:sqrt|[td]?frac)) (?=\w)", r"\1", text)
    text = re.sub(r"\\([A-Za-z]+)\*?|\\.", lambda m: m[1] if m[1] in NAMES else "x", text)
    return re.sub(r"[{}^_$]", "", text)
