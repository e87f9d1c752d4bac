"""The reference of ``calcml``: each entry says which chapters use it.

Sphinx's autodoc makes the entries from the docstrings, on pages below the one of the package; this
part reads the chapters' cells for the names that they import, adds "Used in" lines, and has the
pages made anew when a chapter changes.

``{reference-list}`` names all entries on the page of the package. They once stood there, so each
link has the id of its entry, as with `bookkit.sphinx_ext.moved`.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from bookkit import myst
from bookkit.layout import Layout

PAGE = "calcml"


def of_reference(document: str) -> bool:
    return document == PAGE or document.startswith(f"{PAGE}/")


class reference_list(nodes.General, nodes.Element):
    """The names of all entries, page by page."""


class ReferenceList(SphinxDirective):
    def run(self) -> list[nodes.Node]:
        return [reference_list()]


class ListEntries(SphinxPostTransform):
    """Write the names as links, when all pages are read; print has no entries to link."""

    default_priority = 4  # as for what moved

    def run(self, **_options: object) -> None:
        for node in list(self.document.findall(reference_list)):
            if self.app.builder.format == "html":
                pages = filter(of_reference, sorted(self.env.found_docs, key=self.order().index))
                lists = [part for page in pages if page != PAGE for part in self.entries(page)]
                node.replace_self(nodes.container("", *lists, classes=["moved"]))
            else:
                node.parent.remove(node)

    def order(self) -> list[str]:
        return [str(name) for name in self.app.config.external_site_map]

    def entries(self, page: str) -> list[nodes.Node]:
        """The title of a page, and a list of its modules, each with its names."""
        modules = nodes.bullet_list()
        for section in self.env.get_doctree(page).findall(nodes.section):
            if isinstance(section.parent, nodes.section):
                line = nodes.paragraph("", "", self.link(page, section[0].astext(), section["ids"]))
                for number, entry in enumerate(section.findall(addnodes.desc_signature)):
                    line += nodes.Text(", " if number else ": ")
                    name = nodes.literal("", entry["fullname"])
                    line += self.link(page, "", entry["ids"], name)
                modules += nodes.list_item("", line)
        title = self.link(page, self.env.titles[page].astext(), [])
        return [nodes.paragraph("", "", nodes.strong("", "", title)), modules]

    def link(self, page: str, text: str, ids: list[str], *inner: nodes.Node) -> nodes.reference:
        """A link to a page, or to what has the ids there, which has them itself."""
        address = self.app.builder.get_relative_uri(self.env.docname, page)
        address += f"#{ids[0]}" if ids else ""
        return nodes.reference("", text, *inner, internal=True, refuri=address, ids=ids)


def uses(code: str) -> set[str]:
    """Full names of what a chapter's code takes from calcml, such as ``calcml.diff.grad``."""
    tree = ast.parse(code)
    names: dict[str, str] = {}
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "calcml":
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    found.update(names.values())
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            owner = names.get(node.value.id)
            if owner is not None:
                found.add(f"{owner}.{node.attr}")
    return found


def collect(app: Sphinx) -> None:
    """Map every name of calcml to the chapters that use it."""
    layout = Layout.around(Path(app.srcdir))
    users: dict[str, list[str]] = defaultdict(list)
    for file in layout.chapters:
        document = file.relative_to(layout.book).with_suffix("").as_posix()
        if document.startswith("solutions/") or document == "index":
            continue
        try:
            found = uses("\n".join(cell.body for cell in myst.read(layout, file).cells))
        except SyntaxError:
            continue  # a cell that shows an error, or is not Python alone
        for name in found:
            users[name].append(document)
    app.bookkit_users = users  # type: ignore[attr-defined]


def add_users(
    app: Sphinx, _what: str, name: str, _object: object, _options: object, lines: list[str]
) -> None:
    documents = app.bookkit_users.get(name, [])  # type: ignore[attr-defined]
    if documents:
        links = ", ".join(f":doc:`/{document}`" for document in documents)
        lines += ["", f"*Used in:* {links}.", ""]


def skip_fields(
    _app: Sphinx, _what: str, _name: str, member: object, _skip: bool, _options: object
) -> bool | None:
    """The fields of a named tuple are told in its docstring; autodoc adds "Alias for field"."""
    return True if type(member).__name__ == "_tuplegetter" else None


def outdated(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    return list(filter(of_reference, env.found_docs)) if added | changed | removed else []


def setup(app: Sphinx) -> None:
    app.add_directive("reference-list", ReferenceList)
    app.add_post_transform(ListEntries)
    app.connect("builder-inited", collect)
    app.connect("autodoc-process-docstring", add_users)
    app.connect("autodoc-skip-member", skip_fields)
    app.connect("env-get-outdated", outdated)
