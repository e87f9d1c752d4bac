"""``{counted}`` and ``{minutes}``: numbers about the book, taken from its sources and records.

In the text of ``{counted}``, ``{claims}`` stands for how many claims there are, and so on for what
`counts` returns; ``{minutes}`core``` says how long a part of the page takes to read
(`bookkit.reading`). They are not typed, so they cannot be out of date.
"""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

from bookkit import myst, reading
from bookkit.build.counts import counts
from bookkit.layout import Layout

logger = logging.getLogger(__name__)


class Counted(SphinxDirective):
    has_content = True

    def run(self) -> list[nodes.Node]:
        layout = Layout.around(Path(self.env.srcdir))
        for file in layout.chapters:
            self.env.note_dependency(str(file))
        known = counts(layout)
        try:
            lines = [line.format(**known) for line in self.content]
        except KeyError as error:
            message = f"there is no count of {error}, but of {', '.join(sorted(known))}"
            return [self.state.document.reporter.warning(message, line=self.lineno)]
        box = nodes.container(classes=["counted"])
        self.state.nested_parse(StringList(lines, self.get_source_info()[0]), 0, box)
        return [box]


class Minutes(SphinxRole):
    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        layout = Layout.around(Path(self.env.srcdir))
        page = myst.read(layout, Path(self.env.doc2path(self.env.docname)))
        if self.text not in reading.PARTS:
            logger.warning("no minutes of %r are counted", self.text, location=self.get_location())
            return [], []
        return [nodes.Text(str(reading.minutes(layout, page, self.text)))], []


def setup(app: Sphinx) -> None:
    app.add_directive("counted", Counted)
    app.add_role("minutes", Minutes())
