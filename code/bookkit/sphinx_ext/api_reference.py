"""The reference of ``calcml``: each entry says which chapters use it.

Sphinx's autodoc makes the entries from the docstrings; this part reads the chapters' cells for the
names that they import, adds "Used in" lines, and has the page made anew when a chapter changes.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from bookkit import myst
from bookkit.layout import Layout

PAGE = "calcml"


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
    return [PAGE] if PAGE in env.found_docs and (added | changed | removed) else []


def leave_to_the_site(app: Sphinx, doctree: nodes.document, _docname: str) -> None:
    """The PDF has the page's introduction only: fifty pages of docstrings are for the screen."""
    if app.builder.format != "latex":
        return
    for start in doctree.findall(addnodes.start_of_file):
        if start["docname"] == PAGE:
            page = next(iter(start.findall(nodes.section)))
            for section in [node for node in page.children if isinstance(node, nodes.section)]:
                page.remove(section)


def setup(app: Sphinx) -> None:
    app.connect("doctree-resolved", leave_to_the_site)
    app.connect("builder-inited", collect)
    app.connect("autodoc-process-docstring", add_users)
    app.connect("autodoc-skip-member", skip_fields)
    app.connect("env-get-outdated", outdated)
