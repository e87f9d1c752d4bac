"""Mathematics without scripts: Temml makes MathML of every formula while the page is written.

One Node process serves the whole build. A formula that Temml refuses is a warning with file and
line, and warnings are errors. The macros come from the one file that LaTeX reads too. The LaTeX of
a formula stays on the page as ``data-tex``, for who copies it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from html import escape
from itertools import takewhile
from pathlib import Path
from typing import Any, NamedTuple, cast

from docutils import nodes
from lxml import etree
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
APPLY = "\u2061"  # the sign between a function's name and its argument, which is not seen
# What may be a factor before a function's name.
FACTORS = {"mi", "mn", "msub", "msup", "msubsup", "mfrac", "msqrt"}
DOTS, OPENING, CLOSING = "…⋯⋮", "([{⟨⌊⌈", ")]}⟩⌋⌉"
# Signs that need no more space before them than they bring.
APART = {*CLOSING, *",;.:=≠≤≥<>≈∼≡∝→↦∈"}
THIN, NONE = "0.1667em", "0em"


class Formula(NamedTuple):
    """MathML of a formula, whether a line may break inside of it, or why there is none."""

    mathml: str
    is_long: bool
    error: str


class Temml:
    """A running Temml with the book's macros; see ``mathematics.mjs`` for the protocol."""

    def __init__(self, root: Path, macros: Path) -> None:
        server = Path(__file__).with_suffix(".mjs")
        # Node looks for packages beside the script, and those lie in the root of the book.
        source = server.read_text("utf-8").replace(
            'from "temml"', f'from "{(root / "node_modules/temml/dist/temml.mjs").as_uri()}"'
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
                answer = self._ask(tex=line, macro=True)
                if "error" in answer:
                    logger.warning(answer["error"], location=(str(macros), number), type="math")

    def _render(self, tex: str, display: bool) -> Formula:
        answer = self._ask(tex=tex, displayMode=display)
        if "error" in answer:
            return Formula("", False, answer["error"])
        root = etree.fromstring(answer["mathml"])
        finished(root)
        signs = "".join(root.itertext())
        is_long = not display and len(signs) > UNBROKEN and divided(root)
        if not is_long:
            unwrapped(root)
        return Formula(etree.tostring(root, encoding="unicode"), is_long, "")

    def _ask(self, **question: Any) -> dict[str, str]:
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps(question) + "\n")
        stdin.flush()
        return cast("dict[str, str]", json.loads(stdout.readline()))

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


def finished(root: etree._Element) -> None:
    """Space MathML as TeX does, where browsers do it otherwise."""
    for scripted in root.iter("msub", "msup", "msubsup", "munder", "mover", "munderover"):
        for operator in (each for script in scripted[1:] for each in script.iter("mo")):
            if not {"lspace", "stretchy"} & set(operator.keys()):
                spaced(operator, NONE, NONE)
    for operator in root.iter("mo"):
        before, after = operator.getprevious(), operator.getnext()
        if operator.text == APPLY:
            name = operator.getparent()
            before = name.getprevious() if name.tag == "mrow" and name[0].tag == "mi" else None
            if before is not None and (before.tag in FACTORS or ends_closed(before)):
                name.addprevious(etree.Element("mspace", width=THIN))
        elif (operator.text or APPLY) in DOTS and operator.get("lspace") is None:
            spaced(operator, *(THIN if is_factor(each) else NONE for each in (before, after)))
    for space in list(root.iter("mspace")):
        name = space.getprevious()
        if name is not None and name.text == APPLY and not takes_space(follower(space)):
            space.getparent().remove(space)
    root.attrib.pop("style", None)  # the style sheet sets what is displayed


def spaced(operator: etree._Element, before: str, after: str) -> None:
    operator.set("lspace", before)
    operator.set("rspace", after)


def follower(part: etree._Element) -> etree._Element | None:
    """What comes after a part in the row that it ends, or in the row around that one."""
    while (row := part.getparent()) is not None and row.tag in ("mrow", "math"):
        if (after := part.getnext()) is not None:
            return after
        part = row
    return None


def takes_space(part: etree._Element | None) -> bool:
    """Whether a function's name keeps a distance from what follows: not from nothing."""
    return part is not None and not (part.tag == "mo" and (part.text or "") in APART)


def is_factor(part: etree._Element | None) -> bool:
    return part is not None and part.tag not in ("mo", "mspace")


def ends_closed(part: etree._Element) -> bool:
    return part.tag == "mrow" and len(part) > 0 and part[-1].get("form") == "postfix"


def divided(root: etree._Element) -> bool:
    """Divide a formula into rows between which a line may break; say whether there are several.

    As in TeX, it may end after a relation or an operator that stands outside of brackets.
    """
    (whole,) = root
    parts, depth = [etree.Element("mrow")], 0
    for child in list(whole) if whole.tag == "mrow" else [whole]:
        if child.tag == "mspace" and not len(parts[-1]) and len(parts) > 1:
            parts[-2].append(child)  # a space stays with what it follows
            continue
        parts[-1].append(child)
        if child.tag == "mo":
            depth += (child.text in OPENING) - (child.text in CLOSING)
            if depth == 0 and is_broken_after(child):
                parts.append(etree.Element("mrow"))
    root[:] = [part for part in parts if len(part)]
    return len(root) > 1


def unwrapped(root: etree._Element) -> None:
    """Take away the row around a whole formula, which is a row by itself."""
    (row,) = root
    if row.tag == "mrow" and not row.attrib:
        root[:] = list(row)


def is_broken_after(operator: etree._Element) -> bool:
    sign = operator.text or ""
    return not (
        operator.get("form") in ("prefix", "postfix")
        or operator.get("separator")
        or operator.get("movablelimits")
        or operator.get("minsize")
        or sign in DOTS + OPENING + CLOSING + APPLY
    )


def start(app: Sphinx) -> None:
    if app.builder.format == "html":
        app.temml = Temml(  # type: ignore[attr-defined]
            Layout.around(Path(app.srcdir)).root, Path(app.srcdir) / "macros.tex"
        )


def stop(app: Sphinx, _error: Exception | None) -> None:
    temml: Temml | None = getattr(app, "temml", None)
    if temml is not None:
        temml.close()


def rendered(translator: HTML5Translator, node: nodes.Element, tex: str, display: bool) -> Formula:
    temml: Temml = translator.builder.app.temml  # type: ignore[attr-defined]
    formula = temml.render(tex, display)
    if formula.error:
        message = "%s  [in: %s]", formula.error, " ".join(tex.split())
        logger.warning(*message, location=located(node), type="math")
    return formula


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
    before, after = beside(node)
    if before.endswith(("(", "[", "‘", "“")):
        self.body.append(WORD_JOINER)
    kind = "math long" if formula.is_long else "math"
    tex = {"data-tex": node.astext()}
    self.body.append(self.starttag(node, "span", "", CLASS=kind, **tex))
    self.body.append(formula.mathml + "</span>")
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
    formula, source = rendered(self, node, tex, display=True), escape(node.astext().strip())
    self.body.append(f'<div class="formula" data-tex="{source}">{formula.mathml}</div>')
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
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_display, None))
    app.connect("builder-inited", start)
    app.connect("build-finished", stop)
