"""``{source} calcml.module.name``: the real source of an object, pulled in by name.

The file is read, not imported, so what is shown is what stands there. The body of the docstring is
left out (its first line stays) unless the option ``:docstring:`` asks for it.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from bookkit.definitions import locate, source_of
from bookkit.layout import Layout


class SourceCode(SphinxDirective):
    required_arguments = 1
    option_spec: ClassVar = {"docstring": directives.flag}

    def run(self) -> list[nodes.Node]:
        name = self.arguments[0]
        code = Layout.around(Path(self.env.srcdir)).code
        found = locate(code, name)
        if found is None:
            message = f"there is no Python object {name!r} below code/"
            return [self.state.document.reporter.warning(message, line=self.lineno)]
        file, node = found
        self.env.note_dependency(str(file))
        text = source_of(file.read_text("utf-8"), node, docstring="docstring" in self.options)
        block = nodes.literal_block(text, text, language="python", classes=["source"])
        block["source-of"] = name
        link = addnodes.pending_xref(
            "",
            nodes.inline("", "reference"),
            refdomain="py",
            reftype="obj",
            reftarget=name,
            refdoc=self.env.docname,
        )
        on_site = addnodes.only("", nodes.Text(" · "), link, expr="html")
        caption = nodes.caption("", "", nodes.literal(name, name), on_site)
        wrapper = nodes.container("", caption, block, literal_block=True, classes=["source"])
        self.set_source_info(block)
        return [wrapper]


def setup(app: Sphinx) -> None:
    app.add_directive("source", SourceCode)
