"""What folds on the site: long proofs, and cells with the tag ``setup`` (imports, data).

Both are ``<details>``, which open by hand without a script, by a link to what is in them, and in
print. The PDF prints the proofs; of a setup cell it says where to find it.
"""

from __future__ import annotations

import math
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator
from sphinx.writers.latex import LaTeXTranslator
from sphinx_proof.directive import ProofDirective

LONGEST = 10  # lines of a proof that stays open
WIDTH = 100  # signs of a line


class FoldingProof(ProofDirective):
    """``{prf:proof}``, which folds if its source is longer than ten lines."""

    def run(self) -> list[nodes.Node]:
        lines = sum(max(1, math.ceil(len(line) / WIDTH)) for line in self.content)
        proofs: list[nodes.Node] = super().run()
        for proof in proofs:
            assert isinstance(proof, nodes.Element)
            proof["folds"] = lines > LONGEST
        return proofs


class setup_fold(nodes.General, nodes.Element):
    """A cell that imports or loads what the chapter needs."""


def fold_setup(_app: Sphinx, doctree: nodes.document) -> None:
    for cell in list(doctree.findall(nodes.container)):
        if "tag_setup" in cell["classes"]:
            fold = setup_fold()
            cell.replace_self(fold)
            fold += cell


def visit_setup_html(self: HTML5Translator, _node: setup_fold) -> None:
    self.body.append('<details class="fold setup"><summary>Imports and data</summary>\n')


def depart_setup_html(self: HTML5Translator, _node: setup_fold) -> None:
    self.body.append("</details>\n")


def visit_setup_latex(self: LaTeXTranslator, _node: setup_fold) -> None:
    self.body.append("\n\\booksetup\n\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    app.add_directive_to_domain("prf", "proof", FoldingProof, override=True)
    html: Any = (visit_setup_html, depart_setup_html)
    app.add_node(setup_fold, html=html, latex=(visit_setup_latex, None))
    app.connect("doctree-read", fold_setup)
