r"""LaTeX of the book: what Sphinx's writer sets too plainly is written here in its own words.

Theorems, exercises, admonitions, cells and tabs become environments of ``calculusbook.sty``.
Numbers are those that Sphinx gives, not LaTeX's own counts: the PDF and the pages agree, and LaTeX
needs one run less. Comments ``%% book/chapter.md:12`` tell which source a line of LaTeX is from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import cast
from unicodedata import lookup

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.math import wrap_displaymath
from sphinx.writers.latex import LaTeXTranslator
from sphinx_exercise.nodes import solution_node
from sphinx_proof.nodes import proof_node

from bookkit.sphinx_ext import latex_tables
from bookkit.sphinx_ext.boxes import EXERCISES, PROVED, TITLED, name_of
from bookkit.sphinx_ext.levels import MARK

# How a block looks, by its kind in the source; the looks are defined in calculusbook.sty.
LOOKS = {
    **dict.fromkeys(["definition", "notation", "assumption"], "definition"),
    **dict.fromkeys(["example", "remark", "observation"], "example"),
    **dict.fromkeys(["warning", "caution", "attention", "danger", "error"], "warning"),
    "tip": "tip",
    "hint": "hint",
    "algorithm": "algorithm",
}
RUN_IN = "%\n"  # ends an opening that the paragraph after it goes on
MARKED = (nodes.paragraph, nodes.math_block, nodes.literal_block, nodes.table, nodes.figure)


class BookTranslator(LaTeXTranslator):
    """Sphinx's LaTeX writer with the book's environments, numbers and marks."""

    def dispatch_visit(self, node: nodes.Node) -> None:
        if isinstance(node, MARKED) and not (self.tables or self.in_footnote or self.in_caption):
            self.mark(node)
        super().dispatch_visit(node)

    def mark(self, node: nodes.Element) -> None:
        """Note the source in a comment that changes nothing in the text."""
        before = "".join(self.body[-2:])
        if node.line is None or re.search(r"[^\\]%", before.rsplit("\n", 1)[-1]):
            return
        place = f"%% book/{self.curfilestack[-1]}.md:{node.line}"
        self.body.append(f"{place}\n" if before.endswith("\n") or not before else f"%\n{place}\n")

    def number(self, kind: str, ids: Iterable[str], docname: str = "") -> str:
        """The number that the pages show, such as ``3.4``; empty where they show none."""
        given = self.builder.env.toc_fignumbers.get(docname or self.curfilestack[-1], {})
        numbers = given.get(kind, {})
        return next((".".join(map(str, numbers[i])) for i in ids if numbers.get(i)), "")

    def written(self, parts: Iterable[nodes.Node]) -> str:
        """LaTeX of some nodes, outside of the running text."""
        self.pushbody([])
        for part in parts:
            part.walkabout(self)
        return "".join(self.popbody())

    def begin_block(self, look: str, name: str, title: str = "", labels: str = "") -> None:
        self.body.append(f"\n\\begin{{bookblock}}{{{look}}}{{{name}}}{{{title}}}{labels}")
        self.body.append(RUN_IN)
        self.no_latex_floats += 1
        if self.table:
            self.table.has_problematic = True

    def end_block(self, node: nodes.Element) -> None:
        self.no_latex_floats -= 1
        self.body.append("%\n\\end{bookblock}\n\n")

    def visit_paragraph(self, node: nodes.Element) -> None:
        """The first paragraph of a block goes on in the line of its heading."""
        if not node.children:
            raise nodes.SkipNode  # an empty cell of a table, which would become two lines
        if self.ends_exercise(node):
            self.body.append("\\booksolved{")
            return
        if RUN_IN in self.body[-2:]:
            self.body.append("\\sphinxAtStartPar\n")
        else:
            if "idea" in node["classes"]:
                self.body.append("\n\\begin{bookidea}")
            super().visit_paragraph(node)

    def depart_paragraph(self, node: nodes.Element) -> None:
        if self.ends_exercise(node):
            self.body.append("}\n")
            return
        super().depart_paragraph(node)
        if "idea" in node["classes"]:
            self.body.append("\\end{bookidea}\n\n")

    def ends_exercise(self, node: nodes.Element) -> bool:
        """Whether a paragraph is but the link to a solution, after another paragraph."""
        before = node.parent.children[max(node.parent.index(node) - 1, 0)]
        return (
            len(node) == 1
            and isinstance(node[0], nodes.reference)
            and self.solution_of(node[0]) is not None
            and isinstance(before, nodes.paragraph)
            and before is not node
        )

    # The sections inside theorems and exercises are no sections.

    def visit_section(self, node: nodes.Element) -> None:
        if not isinstance(node.parent, TITLED):
            super().visit_section(node)

    def depart_section(self, node: nodes.Element) -> None:
        if not isinstance(node.parent, TITLED):
            super().depart_section(node)

    # Admonitions, and proofs, which sphinx-proof hands over as such.

    def visit_admonition(self, node: nodes.Element) -> None:
        if isinstance(node.parent, proof_node):
            first = next(iter(node.findall(nodes.Text)))
            first.parent.replace(first, nodes.Text(first.removeprefix("Proof. ")))
            self.begin_block("proof", "Proof")
            return
        title = node[0]
        assert isinstance(title, nodes.title)
        node.remove(title)
        look = next((LOOKS[name] for name in node["classes"] if name in LOOKS), "note")
        self.begin_block(look, self.written(title.children))

    def _visit_named_admonition(self, node: nodes.Element) -> None:
        self.begin_block(LOOKS.get(node.tagname, "note"), node.tagname.title())

    def depart_admonition(self, node: nodes.Element) -> None:
        self.end_block(node)

    def _depart_named_admonition(self, node: nodes.Element) -> None:
        self.end_block(node)

    visit_note = visit_important = visit_seealso = _visit_named_admonition
    visit_attention = visit_caution = visit_danger = visit_error = _visit_named_admonition
    visit_hint = visit_tip = visit_warning = _visit_named_admonition
    depart_note = depart_important = depart_seealso = _depart_named_admonition
    depart_attention = depart_caution = depart_danger = depart_error = _depart_named_admonition
    depart_hint = depart_tip = depart_warning = _depart_named_admonition

    # Cells, tabs, dropdowns.

    def visit_container(self, node: nodes.Element) -> None:
        component = node.get("design_component")
        if "cell_input" in node["classes"] or "cell_output" in node["classes"]:
            kind = "input" if "cell_input" in node["classes"] else "output"
            join_texts(node)
            self.body.append(f"\n\\begin{{book{kind}}}\n")
        elif component == "dropdown":
            title = self.written(node.pop(0).children) if node.get("has_title") else "Details"
            self.begin_block("note", title)
        elif component == "tab-item":
            self.body.append(f"\n\\booktab{{{self.written(node.pop(0).children)}}}\n")

    def depart_container(self, node: nodes.Element) -> None:
        if "cell_input" in node["classes"] or "cell_output" in node["classes"]:
            kind = "input" if "cell_input" in node["classes"] else "output"
            self.body.append(f"\n\\end{{book{kind}}}\n\n")
        elif node.get("design_component") == "dropdown":
            self.end_block(node)
        elif node.get("design_component") == "tab-set":
            self.body.append("\n\\bookendtabs\n\n")

    def visit_math(self, node: nodes.Element) -> None:
        if self.in_title and isinstance(node.parent.parent, nodes.section):
            # The bookmark of a heading holds plain text.
            tex = rf"\texorpdfstring{{\protect\({node.astext()}\protect\)}}"
            tex += f"{{{self.escape(plain(node.astext()))}}}"
            self.body.append(tex)
            raise nodes.SkipNode
        super().visit_math(node)

    def visit_inline(self, node: nodes.Element) -> None:
        if MARK in node["classes"]:
            # The bookmark of a heading has no colors.
            mark = node.astext()
            self.body.append(rf"\texorpdfstring{{\protect\bookdeeper{{{mark}}}}}{{{mark}}}")
            raise nodes.SkipNode
        super().visit_inline(node)

    def visit_transition(self, node: nodes.Element) -> None:
        # MyST rules off the footnotes of a page; in print they stand elsewhere.
        if "footnotes" not in node["classes"]:
            super().visit_transition(node)

    def depart_reference(self, node: nodes.Element) -> None:
        """A link to a solution names its page, for readers on paper."""
        super().depart_reference(node)
        target = self.solution_of(node)
        if target is not None and not self.in_title:
            label = self.idescape(target.replace("#", ":"))
            self.body.append(rf" (page~\pageref*{{{label}}})")

    def solution_of(self, node: nodes.Element) -> str | None:
        """The address that a reference leads to, if that is a solution."""
        target = str(node.get("refuri", "")).removeprefix("%")
        known = getattr(self.builder.env, "sphinx_exercise_registry", {})
        found = known.get(target.partition("#")[2], {}).get("node")
        return target if isinstance(found, solution_node) else None

    # Numbers as Sphinx gives them.

    def visit_math_block(self, node: nodes.Element) -> None:
        if not node.get("label"):
            super().visit_math_block(node)
        number = self.number("displaymath", node["ids"])
        label = f"equation:{node['docname']}:{node['label']}"
        tex = wrap_displaymath(node.astext(), label, False)
        self.body.append(f"\\booknumber{{equation}}{{{number}}}\n{tex}")
        raise nodes.SkipNode

    def visit_math_reference(self, node: nodes.Element) -> None:
        docname, target = node["docname"], node["target"]
        number = self.number("displaymath", [nodes.make_id(f"equation-{target}")], docname)
        self.body.append(f"\\hyperref[equation:{docname}:{target}]{{({number})}}")

    def visit_caption(self, node: nodes.Element) -> None:
        kinds = {"figure": "figure", "captioned_literal_block": "code-block"}
        kind = kinds.get(node.parent.tagname)
        if kind is not None:
            counter = "figure" if kind == "figure" else "literalblock"
            number = self.number(kind, node.parent["ids"])
            self.body.append(f"\\booknumber{{{counter}}}{{{number}}}\n")
        super().visit_caption(node)

    def visit_table(self, node: nodes.Element) -> None:
        rows = list(node.findall(nodes.row))
        formulas = "formulas" in node["classes"]
        breaks = latex_tables.is_long(rows, formulas=formulas) and not self.tables
        if breaks:
            node["classes"].append("longtable")
        if formulas:
            written = [[self.written(cell.children) for cell in row.children] for row in rows]
            parts = node.get("parts", 1)
            self.next_table_colspec = latex_tables.formulas(len(written[0]), parts)
            whole = "" if breaks else "\\begin{bookwhole}"
            measured = latex_tables.measured(rows, written, parts)
            self.body.append(f"\n\\begin{{bookformulas}}{whole}\n{measured}")
        elif self.next_table_colspec is None and not self.tables:
            self.next_table_colspec = latex_tables.columns(rows, breaks=breaks)
        super().visit_table(node)

    def depart_table(self, node: nodes.Element) -> None:
        assert self.table is not None
        if self.table.caption:
            self.body.append(f"\n\\booknumber{{table}}{{{self.number('table', node['ids'])}}}\n")
        super().depart_table(node)
        if "formulas" in node["classes"]:
            whole = "" if "longtable" in node["classes"] else "\\end{bookwhole}"
            self.body.append(f"\n{whole}\\end{{bookformulas}}\n")

    def visit_number_reference(self, node: nodes.Element) -> None:
        target = str(node.get("refuri", "")).removeprefix("%")
        docname, _, name = target.partition("#")
        docname, name = docname or self.curfilestack[-1], name or str(node.get("refid", ""))
        kinds = self.builder.env.toc_fignumbers.get(docname, {})
        number = next(filter(None, (self.number(kind, [name], docname) for kind in kinds)), "")
        text = str(node["title"]).replace("{number}", "%s")
        text = self.escape(text).replace(r"\%s", "%s") % number
        self.body.append(f"\\hyperref[{self.idescape(f'{docname}:{name}')}]{{{text}}}")
        raise nodes.SkipNode


def join_texts(cell: nodes.Element) -> None:
    """Make one text of what a cell prints piece by piece, such as one line for each check."""
    for text in [part for part in cell if isinstance(part, nodes.literal_block)]:
        before = cell[cell.index(text) - 1] if cell.index(text) else None
        if isinstance(before, nodes.literal_block) and before["language"] == text["language"]:
            whole = before.deepcopy()
            whole.rawsource = f"{before.rawsource.rstrip()}\n{text.rawsource}"
            whole.children = [nodes.Text(f"{before.astext().rstrip()}\n{text.astext()}")]
            cell.replace(before, whole)
            cell.remove(text)


def plain(tex: str) -> str:
    r"""Mathematics in letters, for a bookmark: ``\nabla f(\vx)`` is ``∇f(x)``."""

    def sign(match: re.Match[str]) -> str:
        name = match[1]
        if name in ("nabla", "infty", "sqrt"):
            return {"nabla": "∇", "infty": "∞", "sqrt": "√"}[name]
        if len(name) == 2 and name[0] in "vmt":  # the book's vectors, matrices, tensors
            return name[1]
        size = "CAPITAL" if name[0].isupper() else "SMALL"
        try:
            return lookup(f"GREEK {size} LETTER {name.removeprefix('var').upper()}")
        except KeyError:
            return ""

    return re.sub(r"[{}$\\]", "", re.sub(r"\\([A-Za-z]+)\s*", sign, tex))


def visit_proved(self: BookTranslator, node: nodes.Element) -> None:
    title = node[0]
    node.remove(title)
    kind = str(node["realtype"])
    name = f"{kind.title()} {self.number(str(node['countertype']), node['ids'])}".strip()
    text = self.written(name_of(cast(nodes.Element, title))).strip()
    labels = self.hypertarget(str(node["label"]))
    self.begin_block(LOOKS.get(kind, "result"), name, text, labels)


def visit_exercise(self: BookTranslator, node: nodes.Element) -> None:
    title = cast(nodes.title, node[0])
    node.remove(title)
    name, text = exercise_title(self, title)
    label = str(node["label"])
    labels = self.hypertarget(label) + rf"\label{{exercise:{label}}}"
    self.begin_block("exercise", name, text, labels)


def visit_solution(self: BookTranslator, node: nodes.Element) -> None:
    title = node[0]
    node.remove(title)
    link = next(iter(title.findall(nodes.reference)))
    name, text = exercise_title(self, cast(nodes.Element, link))
    target = str(node["target_label"])
    name = rf"Solution to \hyperref[exercise:{target}]{{{name}}}"
    self.begin_block("exercise", name, text, self.hypertarget(str(node["label"])))


def exercise_title(self: BookTranslator, title: nodes.Element) -> tuple[str, str]:
    """``Exercise 1.2 (Name)`` as number and name."""
    name = title[0].astext().strip()
    return self.escape(name), self.written(title.children[2:-1])


def depart(_self: BookTranslator, _node: nodes.Element) -> None:
    pass


def setup(app: Sphinx) -> None:
    app.set_translator("latex", BookTranslator)
    for kind in PROVED:
        app.add_node(kind, override=True, latex=(visit_proved, BookTranslator.end_block))
    for kind in EXERCISES:
        app.add_node(kind, override=True, latex=(visit_exercise, BookTranslator.end_block))
    app.add_node(solution_node, override=True, latex=(visit_solution, BookTranslator.end_block))
    app.add_node(proof_node, override=True, latex=(depart, depart))
