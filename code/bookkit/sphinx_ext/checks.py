"""Every numbered equation is checked: the cell that does it opens from a ✓ beside the number.

A cell with the tag ``check`` names the equations it checks in its metadata, ``checks: [eq-...]``.
It leaves the reading flow: on the site a panel that the ✓ opens, in the PDF nothing.
A numbered equation without a check stops the build, unless it stands in a definition or
``{unchecked} eq-...`` says in a sentence why. A table of class ``formulas`` is checked row by row
(`calcml.check.table`), and its ✓ stands in its caption.
"""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator
from sphinx.writers.latex import LaTeXTranslator
from sphinx_proof.nodes import definition_node

from bookkit import myst
from bookkit.layout import Layout

logger = logging.getLogger(__name__)


class check_panel(nodes.General, nodes.Element):
    """A check cell, out of the reading flow."""


class unchecked_reason(nodes.Invisible, nodes.Element):
    """Why an equation has no check."""


class Unchecked(SphinxDirective):
    """``{unchecked} eq-label`` with the reason as its content."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        self.assert_has_content()
        node = unchecked_reason(label=self.arguments[0], reason=" ".join(self.content))
        self.set_source_info(node)
        return [node]


def join_checks(app: Sphinx, doctree: nodes.document) -> None:
    """Turn check cells into panels and tie them to the equations that they check."""
    equations = {
        str(node["label"]): node for node in doctree.findall(nodes.math_block) if node.get("label")
    }
    compare_with_source(app, equations)
    tables = {
        name: node
        for node in doctree.findall(nodes.table)
        if "formulas" in node["classes"]
        for name in node["names"]
    }
    panels: dict[str, str] = {}
    opened: dict[str, check_panel] = {}
    for cell in list(doctree.findall(nodes.container)):
        if "tag_check" not in cell["classes"]:
            continue
        labels = [str(label) for label in cell["cell_metadata"].get("checks", [])]
        if not labels:
            logger.warning("a check cell names no equation: add `checks: [eq-...]`", location=cell)
        for label in labels:
            if label not in equations and label not in tables:
                logger.warning("a check names %r, which is no equation here", label, location=cell)
        identifier = f"check-{'-'.join(labels)}"
        if identifier in opened:
            # Two cells check the same equations: one panel shows both.
            cell.parent.remove(cell)
            opened[identifier] += cell
            continue
        panel = opened[identifier] = check_panel("", ids=[identifier], labels=labels)
        cell.replace_self(panel)
        panel += cell
        panels |= dict.fromkeys(labels, identifier)
    mark_tables(tables, panels)
    reasons = {node["label"]: node for node in doctree.findall(unchecked_reason)}
    for label, node in reasons.items():
        if label not in equations:
            logger.warning("{unchecked} names %r, which is no equation here", label, location=node)
        elif label in panels:
            logger.warning("%r is checked and called unchecked", label, location=node)
    for label, equation in equations.items():
        if label in panels:
            equation["check"] = panels[label]
        elif label not in reasons and not within(equation, definition_node):
            logger.warning(
                "the numbered equation %r has no check: name it in a check cell (`checks: [%s]`),"
                " or say why not with {unchecked}",
                label,
                label,
                location=equation,
            )


def mark_tables(tables: dict[str, nodes.table], panels: dict[str, str]) -> None:
    """Set the ✓ that opens its check into the caption of each table of formulas."""
    for label, table in tables.items():
        if label not in panels:
            logger.warning(
                "the table of formulas %r has no check: name it in a check cell (`checks: [%s]`)",
                label,
                label,
                location=table,
            )
            continue
        title = next(iter(table.findall(nodes.title)))
        mark = (
            f' <button type="button" class="check-mark" popovertarget="{panels[label]}"'
            ' aria-label="How the rows of this table are checked">✓</button>'
        )
        title += nodes.raw("", mark, format="html")


def compare_with_source(app: Sphinx, equations: dict[str, nodes.math_block]) -> None:
    """Whatever is displayed under a label was read from the source, too: the ledger holds that."""
    layout = Layout.around(Path(app.srcdir))
    known = myst.read(layout, Path(app.env.doc2path(app.env.docname))).equations
    for label, equation in equations.items():
        if label not in known or known[label].digest != myst.digest(equation.astext()):
            logger.warning(
                "the equation %r is displayed otherwise than the ledger of checks reads it: write"
                " it as a `{math}` block with `:label:`, or as `$$ ... $$ (label)`",
                label,
                location=equation,
            )


def within(node: nodes.Node, kind: type[nodes.Node]) -> bool:
    parent: nodes.Node | None = node.parent
    while parent is not None:
        if isinstance(parent, kind):
            return True
        parent = parent.parent
    return False


def visit_panel_html(self: HTML5Translator, node: check_panel) -> None:
    # The browser's own popover: opens by a button, closes by Escape, needs no script.
    title = "How this result is checked"
    attributes = f'id="{node["ids"][0]}" popover role="dialog" aria-label="{title}"'
    self.body.append(f'<div class="check-panel" {attributes}>')
    self.body.append(f'<p class="check-title">{title}</p>')


def depart_panel_html(self: HTML5Translator, _node: check_panel) -> None:
    self.body.append("</div>\n")


def skip(_self: HTML5Translator | LaTeXTranslator, _node: nodes.Element) -> None:
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    app.add_directive("unchecked", Unchecked)
    app.add_node(check_panel, html=(visit_panel_html, depart_panel_html), latex=(skip, None))
    app.add_node(unchecked_reason, html=(skip, None), latex=(skip, None))
    app.connect("doctree-read", join_checks)
