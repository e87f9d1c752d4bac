"""Tables of formulas in print: of narrow ones two ``halves`` or three ``thirds`` stand abreast."""

from __future__ import annotations

from typing import cast

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

PARTS = {"halves": 2, "thirds": 3}


class FoldTables(SphinxPostTransform):
    """Set the parts of a table beside each other, as its class says."""

    default_priority = 400
    formats = ("latex",)

    def run(self, **_kwargs: object) -> None:
        for table in self.document.findall(nodes.table):
            for name, parts in PARTS.items():
                if name in table["classes"]:
                    fold(table, parts)


def fold(table: nodes.table, parts: int) -> None:
    """Give a table more columns and fewer rows."""
    table["parts"] = parts
    group = next(iter(table.findall(nodes.tgroup)))
    specs = list(group.findall(nodes.colspec))
    head = next(iter(group.findall(nodes.thead)))
    body = next(iter(group.findall(nodes.tbody)))
    rows = cast("list[nodes.row]", list(body.children))
    length = -(-len(rows) // parts)
    rest = nodes.row("", *(nodes.entry() for _ in specs))
    rows += [rest.deepcopy() for _ in range(parts * length - len(rows))]
    for row in cast("list[nodes.row]", list(head.children)):
        row += [entry.deepcopy() for _ in range(parts - 1) for entry in list(row.children)]
    for place, row in enumerate(rows[:length]):
        for other in rows[place + length :: length]:
            row += other.children
    body.children = list(rows[:length])
    group["cols"] = parts * len(specs)
    group[:0] = [spec.deepcopy() for _ in range(parts - 1) for spec in specs]


def setup(app: Sphinx) -> None:
    app.add_post_transform(FoldTables)
