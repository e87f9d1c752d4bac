"""Mathematics without scripts: KaTeX renders every formula while the page is written.

One Node process serves the whole build. A formula that KaTeX refuses is a warning with file and
line, and warnings are errors. The macros come from the one file that LaTeX reads too.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from html import unescape
from itertools import takewhile
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

from bookkit.layout import Layout
from bookkit.sphinx_ext.html import BookHTMLTranslator

logger = logging.getLogger(__name__)

WORD_JOINER = "\u2060"
STOP = re.compile(r"[.,;:!?)\]’”]+")
# Signs that a formula in a line may have before it may be broken.
UNBROKEN = 20


class Katex:
    """A running KaTeX with the book's macros; see ``katex.mjs`` for the protocol."""

    def __init__(self, root: Path, macros: Path) -> None:
        server = Path(__file__).with_name("katex.mjs")
        # Node looks for packages beside the script, and those lie in the root of the book.
        source = server.read_text("utf-8").replace(
            'from "katex"', f'from "{(root / "node_modules/katex/dist/katex.mjs").as_uri()}"'
        )
        self.process = subprocess.Popen(
            [Path(sys.executable).with_name("node"), "--input-type=module", "--eval", source],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self.render = cache(self._render)
        for number, line in enumerate(macros.read_text("utf-8").splitlines(), start=1):
            if line.strip() and not line.lstrip().startswith("%"):
                _, error = self._ask(line, display=False, define=True)
                if error:
                    logger.warning(error, location=(str(macros), number), type="katex")

    def _render(self, tex: str, display: bool) -> tuple[str, str]:
        return self._ask(tex, display=display, define=False)

    def _ask(self, tex: str, *, display: bool, define: bool) -> tuple[str, str]:
        """Return (HTML, error); one of them is empty."""
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps({"tex": tex, "displayMode": display, "define": define}) + "\n")
        stdin.flush()
        answer = json.loads(stdout.readline())
        return answer.get("html", ""), answer.get("error", "")

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def start(app: Sphinx) -> None:
    if app.builder.format == "html":
        app.katex = Katex(  # type: ignore[attr-defined]
            Layout.around(Path(app.srcdir)).root, Path(app.srcdir) / "macros.tex"
        )


def stop(app: Sphinx, _error: Exception | None) -> None:
    katex: Katex | None = getattr(app, "katex", None)
    if katex is not None:
        katex.close()


def rendered(translator: HTML5Translator, node: nodes.Element, tex: str, display: bool) -> str:
    katex: Katex = translator.builder.app.katex  # type: ignore[attr-defined]
    html, error = katex.render(tex, display)
    if error:
        logger.warning(
            "%s  [in: %s]", error, " ".join(tex.split()), location=located(node), type="katex"
        )
    return html


def located(node: nodes.Element) -> nodes.Element:
    """The nearest node around that knows its line (inline mathematics does not)."""
    place: Any = node
    while place is not None and place.line is None:
        place = place.parent
    return place if place is not None else node


def visit_inline(self: BookHTMLTranslator, node: nodes.math) -> None:
    """A short formula stays whole; a long one may break after its relations and operators.

    A comma after a formula does not begin a line, nor does a bracket before it end one.
    """
    formula = rendered(self, node, node.astext(), display=False)
    visible = unescape(re.sub(r"<[^>]*>", "", formula.partition('<span class="katex-html"')[2]))
    before, after = beside(node)
    if before.endswith(("(", "[", "‘", "“")):
        self.body.append(WORD_JOINER)
    kind = "math long" if len(visible.partition(">")[2]) > UNBROKEN else "math"
    self.body.append(self.starttag(node, "span", "", CLASS=kind) + formula + "</span>")
    if stop := STOP.match(after):
        # The style sheet lets the last part of the formula be as wide as its stop is, too.
        self.body.append(f'{WORD_JOINER}<span class="stop">{stop[0]}</span>')
        self.taken = stop.end()
    raise nodes.SkipNode


def beside(node: nodes.Node) -> tuple[str, str]:
    """The running text before and after a formula, up to the next element."""
    siblings = node.parent.children
    place = siblings.index(node)
    before = takewhile(is_text, reversed(siblings[:place]))
    after = takewhile(is_text, siblings[place + 1 :])
    return "".join(reversed([*map(str, before)])), "".join(map(str, after))


def is_text(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Text)


def visit_display(self: HTML5Translator, node: nodes.math_block) -> None:
    tex = node.astext().strip()
    if r"\\" in tex and not node.get("nowrap"):
        tex = rf"\begin{{split}}{tex}\end{{split}}"  # as Sphinx does for LaTeX
    self.body.append(self.starttag(node, "div", CLASS="equation"))
    # A formula wider than the column scrolls in a box of its own, beside its number.
    formula = rendered(self, node, tex, display=True)
    self.body.append(f'<div class="formula">{formula}</div>')
    if node["number"]:
        number = get_node_equation_number(self, node)
        self.body.append('<span class="eqno">')
        if panel := node.get("check"):
            label = f"How equation {number} is checked"
            button = f'<button type="button" class="check-mark" popovertarget="{panel}"'
            self.body.append(f'{button} aria-label="{label}">✓</button>')
        link = f'<a href="#{node["ids"][0]}" title="Link to this equation">({number})</a>'
        self.body.append(f"{link}</span>")
    self.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    app.add_html_math_renderer("katex", (visit_inline, None), (visit_display, None))
    app.connect("builder-inited", start)
    app.connect("build-finished", stop)
