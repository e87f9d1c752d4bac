"""``{interactive} script``: bring a figure of the page to life where the browser can.

The figure itself is drawn by a code cell and named in ``:twin:``; it is what the PDF, the notebook
and a page without scripts show. The directive tells which script of ``book/_static/interactive/``
takes its place on the site, from which numbers (``:data:``, JSON glued by the cell that drew the
twin), and under which accessible name. Its content says what there is to try.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator
from sphinx.writers.latex import LaTeXTranslator

from bookkit.sphinx_ext import glued

logger = logging.getLogger(__name__)


class stage(nodes.General, nodes.Element):
    """The picture of a figure, with the script that may replace it."""


class try_this(nodes.General, nodes.Element):
    """What there is to try; shown when the figure has come to life."""


class Interactive(SphinxDirective):
    required_arguments = 1
    has_content = True
    option_spec: ClassVar = {
        "twin": directives.unchanged_required,
        "data": directives.unchanged,
        "label": directives.unchanged_required,
    }

    def run(self) -> list[nodes.Node]:
        script = self.arguments[0]
        file = Path(self.env.srcdir) / "_static" / "interactive" / f"{script}.js"
        for wrong, message in (
            (not file.is_file(), f"there is no book/_static/interactive/{script}.js"),
            ("twin" not in self.options, "name the figure it brings to life: `:twin: fig-...`"),
            ("label" not in self.options, "say what it shows to a screen reader: `:label: ...`"),
        ):
            if wrong:
                warning = self.state.document.reporter.warning(
                    f"{{interactive}} {script}: {message}", line=self.lineno
                )
                return [warning]
        node = try_this("", script=script, **self.options)
        self.set_source_info(node)
        self.state.nested_parse(self.content, self.content_offset, node)
        return [node]


def join_twins(app: Sphinx, doctree: nodes.document) -> None:
    """Put each directive's content into the figure that it brings to life."""
    figures = {name: figure for figure in doctree.findall(nodes.figure) for name in figure["names"]}
    for node in list(doctree.findall(try_this)):
        figure = figures.get(node["twin"])
        if figure is None:
            logger.warning("{interactive}: no figure here is named %r", node["twin"], location=node)
            continue
        data = glued.values(app).get(node.get("data", ""), "").strip("'")
        if "data" in node and not data:
            logger.warning("{interactive}: no cell glues %r", node["data"], location=node)
            continue
        node.parent.remove(node)
        captions = [child for child in figure.children if isinstance(child, nodes.caption)]
        pictures = [child for child in figure.children if child not in captions]
        picture = stage("", script=node["script"], label=node["label"], data=data or "{}")
        picture += pictures
        figure.children = []
        figure += [picture, node, *captions]


def visit_stage(self: HTML5Translator, node: stage) -> None:
    attributes = {
        "class": "stage",
        "data-interactive": node["script"],
        "data-numbers": node["data"],
        "aria-label": node["label"],
        "role": "group",
    }
    text = " ".join(f'{key}="{escape(value)}"' for key, value in attributes.items())
    self.body.append(f"<div {text}>")


def visit_try_this(self: HTML5Translator, _node: try_this) -> None:
    self.body.append('<div class="try-this" hidden>')


def depart(self: HTML5Translator, _node: nodes.Element) -> None:
    self.body.append("</div>\n")


def show_content(_self: LaTeXTranslator, _node: nodes.Element) -> None:
    """The twin stands in the PDF as any figure does."""


def skip(_self: LaTeXTranslator, _node: nodes.Element) -> None:
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    app.add_directive("interactive", Interactive)
    app.add_node(stage, html=(visit_stage, depart), latex=(show_content, show_content))
    app.add_node(try_this, html=(visit_try_this, depart), latex=(skip, None))
    app.connect("doctree-read", join_twins)
