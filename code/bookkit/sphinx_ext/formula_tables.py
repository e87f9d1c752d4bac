"""Tables of formulas in print: narrow ones of class ``folded`` stand in two halves side by side."""

from __future__ import annotations

from typing import cast

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform


class FoldTables(SphinxPostTransform):
    """Set the second half of the rows of a table beside the first."""

    default_priority = 400
    formats = ("latex",)

    def run(self, **_kwargs: object) -> None:
        for table in self.document.findall(nodes.table):
            if "folded" in table["classes"]:
                fold(table)


def fold(table: nodes.table) -> None:
    """Give a table twice the columns and half the rows."""
    group = next(iter(table.findall(nodes.tgroup)))
    specs = list(group.findall(nodes.colspec))
    head = next(iter(group.findall(nodes.thead)))
    body = next(iter(group.findall(nodes.tbody)))
    rows = cast("list[nodes.row]", list(body.children))
    half = (len(rows) + 1) // 2
    for row in cast("list[nodes.row]", list(head.children)):
        row += [entry.deepcopy() for entry in row.children]
    for place, row in enumerate(rows[:half]):
        other = rows[half + place].children if half + place < len(rows) else []
        row += [*other, *(nodes.entry() for _ in range(len(specs) - len(other)))]
    body.children = list(rows[:half])
    group["cols"] = 2 * len(specs)
    group[:0] = [spec.deepcopy() for spec in specs]


def setup(app: Sphinx) -> None:
    app.add_post_transform(FoldTables)
