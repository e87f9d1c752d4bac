"""HTML of the book: what Sphinx's writer and the extensions' visitors set otherwise than it should.

Valid, accessible, and without classes and tokens that no style of the book speaks of. What needs
the finished page as a whole is done in `bookkit.html`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape
from typing import Any, cast

from docutils import nodes
from pygments.formatters import HtmlFormatter
from pygments.token import _TokenType
from sphinx.application import Sphinx
from sphinx.locale import admonitionlabels
from sphinx.writers.html5 import HTML5Translator
from sphinx_exercise.nodes import solution_node
from sphinx_proof.nodes import proof_node

from bookkit.sphinx_ext.boxes import EXERCISES, PROVED, TITLED, name_of
from bookkit.sphinx_ext.levels import MARK

# Classes that speak to MathJax, docutils and translators only.
FOREIGN = {"docutils", "notranslate", "container"}
CLASSES = re.compile(r' class="([^"]*)"')
# Kinds of token that have no style of their own.
PLAIN_TOKENS = {"n", "w", "p", "pre", "nn", "nx", "bp"}
# What stands before a proof without being proved in it.
UNPROVED = {"definition", "notation", "assumption", "axiom", "example", "remark", "algorithm"}
STARS = re.compile(r"(★+)\s*")


class BookHTMLTranslator(HTML5Translator):
    """Sphinx's HTML writer with the book's boxes, titles and tables."""

    taken = 0  # signs at the beginning of the next text that a formula has drawn to itself

    def starttag(self, node: nodes.Element, tagname: str, *rest: Any, **attributes: Any) -> str:
        return CLASSES.sub(own_classes, super().starttag(node, tagname, *rest, **attributes), 1)

    def written(self, parts: Iterable[nodes.Node]) -> str:
        """HTML of some nodes, outside of the running text."""
        outer, self.body = self.body, []
        for part in parts:
            part.walkabout(self)
        inner, self.body = self.body, outer
        return "".join(inner)

    def visit_Text(self, node: nodes.Text) -> None:
        text = node.astext()
        left, self.taken = text[self.taken :], max(0, self.taken - len(text))
        if self.protect_literal_text:
            # No element around every word, which no style speaks of; but no space is lost.
            self.body.append(re.sub(" (?= )", "\u00a0", self.encode(left)))
        else:
            super().visit_Text(node if left == text else nodes.Text(left))

    # Sections. Those inside of boxes have no heading, so they are none.

    def visit_section(self, node: nodes.section) -> None:
        if isinstance(node.parent, TITLED):
            self.section_level += 1
            self.body.append('<div class="content">\n')
        else:
            super().visit_section(node)

    def depart_section(self, node: nodes.section) -> None:
        if isinstance(node.parent, TITLED):
            self.section_level -= 1
            self.body.append("</div>\n")
        else:
            super().depart_section(node)

    def add_secnumber(self, node: nodes.Element) -> None:
        """The number of a chapter stands above its title, so it needs no point."""
        usual = self.secnumber_suffix
        if self.section_level == 1:
            self.secnumber_suffix = " "
        super().add_secnumber(node)
        self.secnumber_suffix = usual

    # Boxes: theorems, exercises, admonitions. Those of class ``dropdown`` fold without a script.

    def begin_box(self, node: nodes.Element, *classes: str) -> None:
        tag = "details" if is_folded(node) else "div"
        if is_folded(node):
            # A link inside of what opens the box could not be followed by keyboard.
            for link in list(node[0].findall(nodes.reference)):
                node.append(nodes.paragraph("", "", link.deepcopy()))
                link.parent.replace(link, link.children)
        self.body.append(self.starttag(node, tag, CLASS=" ".join(["admonition", *classes])))

    def end_box(self, node: nodes.Element) -> None:
        self.body.append("</details>\n" if is_folded(node) else "</div>\n")

    def visit_admonition(self, node: nodes.Element, name: str = "") -> None:
        if isinstance(node.parent, proof_node):
            self.begin_proof(node, node.parent)
            return
        if name:
            node.insert(0, nodes.title(name, admonitionlabels[name]))
        self.begin_box(node, *name.split())

    def depart_admonition(self, node: Any = None) -> None:
        if isinstance(node.parent, proof_node):
            self.body.append("</details>\n" if node.parent["folds"] else "</div>\n")
        else:
            self.end_box(node)

    def begin_proof(self, text: nodes.Element, proof: nodes.Element) -> None:
        """Open a proof; a long one is folded below a line that names what is proved."""
        first = next(iter(text.findall(nodes.Text)))
        rest = nodes.Text(first.removeprefix("Proof. "))
        if proof["folds"]:
            first.parent.replace(first, rest)
            name = f'<span class="proof-name">Proof</span>{self.of_what(proof)}'
            self.body.append(f'<details class="fold proof-text"><summary>{name}</summary>\n')
        else:
            # The word as an element of its own, so that it can be set apart.
            word = nodes.raw("", '<b class="proof-name">Proof.</b> ', format="html")
            first.parent.replace(first, [word, rest])
            self.body.append('<div class="proof-text">\n')

    def of_what(self, proof: nodes.Element) -> str:
        """`` of Theorem 3.4 (Name)``: the result that this is the first proof after."""
        around = cast(nodes.Element, proof.parent)
        for before in reversed(around.children[: around.index(proof)]):
            if isinstance(before, proof_node):
                break
            if isinstance(before, PROVED) and before["realtype"] not in UNPROVED:
                name = self.written(unlinked(name_of(cast(nodes.Element, before[0])))).strip()
                return f" of {self.number(before)}" + f" ({name})" * bool(name)
        return ""

    def visit_inline(self, node: nodes.inline) -> None:
        if MARK in node["classes"]:
            self.body.append(f'<span class="{MARK}" role="img" aria-label="deeper section">')
            self.context.append("</span>")
        else:
            super().visit_inline(node)

    def depart_inline(self, node: nodes.inline) -> None:
        if MARK in node["classes"]:
            self.body.append(self.context.pop())
        else:
            super().depart_inline(node)

    def visit_title(self, node: nodes.Element) -> None:
        if not isinstance(node.parent, nodes.Admonition):
            super().visit_title(node)
            return
        box = cast(nodes.Element, node.parent)
        tag = "summary" if is_folded(box) else "p"
        self.body.append(self.starttag(node, tag, "", CLASS="admonition-title"))
        if number := self.number(box):
            self.body.append(f'<span class="caption-number">{number} </span>')
            if name := self.written(name_of(node)).strip():
                self.body.append(title_parts(name))
            if tag == "p":  # a link inside of what opens a box could not be followed by keyboard
                kind = number.split()[0].lower()
                self.add_permalink_ref(box, f"Link to this {kind}")
            self.body.append(f"</{tag}>\n")
            raise nodes.SkipNode
        if isinstance(box, solution_node):
            # The link is not underlined before its first word.
            for link in list(node.findall(nodes.reference)):
                first = next(iter(link.findall(nodes.Text)))
                first.parent.replace(first, nodes.Text(first.lstrip()))
                node.insert(node.index(link), nodes.raw("", "<span> </span>", format="html"))
        self.context.append(f"</{tag}>\n")

    def number(self, box: nodes.Element) -> str:
        """``Theorem 3.4`` or ``Exercise 5.1``; empty for boxes without a number."""
        if isinstance(box, PROVED):
            kind, counter = str(box["realtype"]).title(), str(box["countertype"])
        elif isinstance(box, EXERCISES):
            kind, counter = "Exercise", "exercise"
        else:
            return ""
        given = self.builder.fignumbers.get(counter, {})
        number = ".".join(map(str, given.get(box["ids"][0], ())))
        return f"{kind} {number}".rstrip()

    # Tables stand in a box that scrolls when they are wider than the column.

    def visit_table(self, node: nodes.Element) -> None:
        self.body.append('<div class="table-box">')
        super().visit_table(node)

    def depart_table(self, node: nodes.Element) -> None:
        super().depart_table(node)
        self.body.append(self.body.pop().rstrip() + "</div>\n")

    # The bibliography is a list.

    def visit_citation(self, node: nodes.Element) -> None:
        if not isinstance(node.previous_sibling(), nodes.citation):
            self.body.append('<ul class="citation-list">\n')
        self.body.append(self.starttag(node, "li", CLASS="citation"))

    def depart_citation(self, node: nodes.Element) -> None:
        self.body.append("</li>\n")
        if not isinstance(node.next_node(descend=False, siblings=True), nodes.citation):
            self.body.append("</ul>\n")

    # What cells put out.

    def visit_literal_block(self, node: nodes.Element) -> None:
        text = node.astext()
        if "traceback" in node["classes"]:
            # The line of dashes on top says nothing and is wider than a phone.
            node.rawsource = re.sub(r"\A-+\n", "", text)
            node.children = [nodes.Text(node.rawsource)]
        elif "output" in node["classes"] and text.lstrip().startswith("✓ "):
            # What a check says is a sentence: it may be broken into lines.
            node["classes"].append("verdict")
        super().visit_literal_block(node)


def unlinked(parts: list[nodes.Node]) -> list[nodes.Node]:
    """Copies of nodes without their links: a line that opens something is no link."""
    copy = nodes.inline("", "", *(part.deepcopy() for part in parts))
    for link in list(copy.findall(nodes.reference)):
        link.parent.replace(link, link.children)
    return list(copy.children)


def is_folded(box: nodes.Element) -> bool:
    return "dropdown" in box["classes"]


def own_classes(found: re.Match[str]) -> str:
    kept = [name for name in found[1].split() if name not in FOREIGN]
    return f' class="{" ".join(kept)}"' if kept else ""


def title_parts(name: str) -> str:
    """The name of a box; the stars that its source begins with stand at the end."""
    stars = STARS.match(name)
    if stars is None:
        return f'<span class="name">{name}</span>'
    label = escape(f"difficulty {len(stars[1])} of 3")
    return (
        f'<span class="name">{name[stars.end() :]}</span>'
        f' <span class="stars" role="img" aria-label="{label}">{stars[1]}</span>'
    )


class PlainFormatter(HtmlFormatter):
    """Pygments' HTML without elements around tokens that look like the text around them."""

    def _get_css_class(self, ttype: _TokenType) -> str:
        name = str(super()._get_css_class(ttype))
        return "" if name in PLAIN_TOKENS else name

    def _wrap_pre(self, inner: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
        yield 0, "<pre>"
        yield from inner
        yield 0, "</pre>"


def highlight_plainly(app: Sphinx) -> None:
    if app.builder.format == "html":
        app.builder.highlighter.formatter = PlainFormatter  # type: ignore[attr-defined]


def setup(app: Sphinx) -> None:
    app.set_translator("html", BookHTMLTranslator)
    visitors = (BookHTMLTranslator.begin_box, BookHTMLTranslator.end_box)
    for kind in TITLED:
        app.add_node(kind, override=True, html=visitors)
    app.connect("builder-inited", highlight_plainly)
