"""Links to solutions: ``{ref}`sol-...` `` reads "Solution to Exercise 2.4".

sphinx-exercise names a solution by its title, which says "Solution to" until the page that holds
it is written; a link from any other page would say no more than that.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform


class SolutionLinks(SphinxPostTransform):
    """Resolve links to solutions; a text of the author's own stays."""

    default_priority = 6  # before Sphinx resolves references

    def run(self, **_options: Any) -> None:
        registry = getattr(self.env, "sphinx_exercise_registry", {})
        for link in list(self.document.findall(addnodes.pending_xref)):
            found = registry.get(link["reftarget"], {})
            if link["reftype"] != "ref" or not found.get("type", "").startswith("solution"):
                continue
            exercise = str(found["node"]["target_label"])
            given = link.astext() if link["refexplicit"] else ""
            text = given or f"Solution to Exercise {self.number(registry, exercise)}".rstrip()
            address = self.app.builder.get_relative_uri(self.env.docname, found["docname"])
            address += f"#{link['reftarget']}"
            reference = nodes.reference("", "", internal=True, refuri=address)
            reference += nodes.inline(text, text, classes=["std", "std-ref"])
            link.replace_self(reference)

    def number(self, registry: dict[str, Any], exercise: str) -> str:
        numbers = self.env.toc_fignumbers.get(registry.get(exercise, {}).get("docname", ""), {})
        return ".".join(map(str, numbers.get("exercise", {}).get(exercise, ())))


def setup(app: Sphinx) -> None:
    app.add_post_transform(SolutionLinks)
