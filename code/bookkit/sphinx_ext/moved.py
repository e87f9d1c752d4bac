"""``{moved} page``: what went from this page to another one, so that old links still arrive.

The content is a list of labels, or of sections by the names that addresses of the site give them.
Each stands on the site as a link to its new place, under the very ids that its old place had: a
browser that comes for one of them lands on the link, which ``book.js`` follows. In print and in
notebooks there are no old links, so nothing stands there.
"""

from __future__ import annotations

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import docname_join, logging
from sphinx.util.docutils import SphinxDirective

from bookkit.sphinx_ext.boxes import PROVED

logger = logging.getLogger(__name__)


class moved(nodes.General, nodes.Element):
    """Labels that moved to another page, each with its line: ``[("thm-...", 12), ...]``."""


class Moved(SphinxDirective):
    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        self.assert_has_content()
        labels = [
            (label, self.lineno + self.content_offset + number)
            for number, line in enumerate(self.content, 1)
            for label in line.split()
        ]
        node = moved("", page=docname_join(self.env.docname, self.arguments[0]), labels=labels)
        self.set_source_info(node)
        return [node]


class MovedLinks(SphinxPostTransform):
    """Write the links, each in an element with the old ids; tell what is not where a list says."""

    default_priority = 4  # before references are resolved, those to exercises and solutions too

    def run(self, **_options: object) -> None:
        lists = list(self.document.findall(moved))
        here = set(places(self.document)) if lists else set()
        for node in lists:
            # In print all pages are one.
            on_site = self.app.builder.format == "html"
            links = self.links(node["page"], node["labels"], here) if on_site else []
            if links:
                page = self.reference(node["page"], "", self.env.titles[node["page"]].astext())
                node.replace_self(nodes.paragraph("", "Moved to ", page, *links, classes=["moved"]))
            else:
                node.parent.remove(node)

    def links(self, page: str, labels: list[tuple[str, int]], here: set[str]) -> list[nodes.Node]:
        """Links to the new places, with the signs between; the ids of this page are added to."""
        there = places(self.env.get_doctree(page)) if page in self.env.found_docs else {}
        found: list[nodes.Node] = []
        for label, line in labels:
            names = (nodes.make_id(label), nodes.make_id(f"equation-{label}"))
            name = next((name for name in names if name in there), "")
            if page not in self.env.found_docs:
                fault = "there is no such page"
            elif not name:
                fault = f"nothing there is labeled {label!r}"
            elif name in here:
                fault = f"{label!r} still stands on this page, or is listed twice"
            else:
                target = there[name]
                ids = [name, *(other for other in target["ids"] if other not in here | {name})]
                here.update(ids)
                link: nodes.Element
                if isinstance(target, nodes.section):
                    link = self.reference(page, f"#{name}", target[0].astext())
                else:
                    link = self.by_number(label, target, equation=name == names[1])
                found += [nodes.Text(", " if found else ": "), nodes.inline("", "", link, ids=ids)]
                continue
            logger.warning("{moved} %s: %s", page, fault, location=(self.env.docname, line))
        return found

    def reference(self, page: str, anchor: str, text: str) -> nodes.reference:
        address = self.app.builder.get_relative_uri(self.env.docname, page) + anchor
        return nodes.reference("", text, internal=True, refuri=address)

    def by_number(
        self, label: str, target: nodes.Element, *, equation: bool
    ) -> addnodes.pending_xref:
        """What ``{eq}``, ``{prf:ref}``, ``{numref}`` or ``{ref}`` makes of a label."""
        if equation:
            domain, role = "math", "eq"
        elif isinstance(target, PROVED):
            domain, role = "prf", "ref"
        else:
            domain, role = "std", "numref" if isinstance(target, nodes.figure) else "ref"
        return addnodes.pending_xref(
            "",
            nodes.inline(label, label),
            refdomain=domain,
            reftype=role,
            reftarget=label,
            refdoc=self.env.docname,
            refexplicit=False,
            refwarn=True,
        )


def places(doctree: nodes.document) -> dict[str, nodes.Element]:
    """What has an anchor on a page, by the anchor."""
    return {name: node for node in doctree.findall(nodes.Element) for name in node["ids"]}


def name_links(_app: Sphinx, doctree: nodes.document, _page: str) -> None:
    """Give the ids to the links themselves, which now are resolved."""
    for paragraph in doctree.findall(nodes.paragraph):
        if "moved" in paragraph["classes"]:
            for place in list(paragraph.findall(nodes.inline)):
                if place["ids"]:
                    link = next(iter(place.findall(nodes.reference)))
                    link["ids"] = place["ids"]
                    place.replace_self(link)


def setup(app: Sphinx) -> None:
    app.add_directive("moved", Moved)
    app.add_post_transform(MovedLinks)
    app.connect("doctree-resolved", name_links)
