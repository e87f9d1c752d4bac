"""``{source} calcml.module.name``: the real source of an object, pulled in by name.

The file is read, not imported, so what is shown is what stands there. The body of the docstring is
left out (its first line stays) unless the option ``:docstring:`` asks for it.
"""

from __future__ import annotations

import ast
import textwrap
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from bookkit.layout import Layout


class SourceCode(SphinxDirective):
    required_arguments = 1
    option_spec: ClassVar = {"docstring": directives.flag}

    def run(self) -> list[nodes.Node]:
        name = self.arguments[0]
        code = Layout.around(Path(self.env.srcdir)).code
        found = locate(code, name)
        if found is None:
            message = f"there is no Python object {name!r} below code/"
            return [self.state.document.reporter.warning(message, line=self.lineno)]
        file, node = found
        self.env.note_dependency(str(file))
        text = source_of(file.read_text("utf-8"), node, docstring="docstring" in self.options)
        block = nodes.literal_block(text, text, language="python", classes=["source"])
        block["source-of"] = name
        link = addnodes.pending_xref(
            "",
            nodes.inline("", "reference"),
            refdomain="py",
            reftype="obj",
            reftarget=name,
            refdoc=self.env.docname,
        )
        on_site = addnodes.only("", nodes.Text(" · "), link, expr="html")
        caption = nodes.caption("", "", nodes.literal(name, name), on_site)
        wrapper = nodes.container("", caption, block, literal_block=True, classes=["source"])
        self.set_source_info(block)
        return [wrapper]


Definition = ast.FunctionDef | ast.ClassDef


def locate(code: Path, name: str) -> tuple[Path, Definition] | None:
    """File and syntax tree of ``package.module.object``, through re-exports of packages."""
    parts = name.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        stem = code.joinpath(*parts[:cut])
        file = next(
            (f for f in (stem.with_suffix(".py"), stem / "__init__.py") if f.is_file()), None
        )
        if file is not None:
            return _inside(code, file, parts[cut:])
    return None


def _inside(code: Path, file: Path, path: list[str]) -> tuple[Path, Definition] | None:
    tree: ast.Module | ast.ClassDef = ast.parse(file.read_text("utf-8"))
    for depth, name in enumerate(path):
        for node in tree.body:
            if isinstance(node, Definition) and node.name == name:
                if depth == len(path) - 1:
                    return file, node
                if isinstance(node, ast.ClassDef):
                    tree = node
                    break
            if isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    if (alias.asname or alias.name) == name:
                        rest = ".".join([node.module, alias.name, *path[depth + 1 :]])
                        return locate(code, rest)
        else:
            return None
    return None


def source_of(text: str, node: Definition, *, docstring: bool) -> str:
    """The lines of a definition, decorators included."""
    lines = text.splitlines()
    start = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    shown = lines[start - 1 : node.end_lineno]
    first = node.body[0]
    summary = ast.get_docstring(node)
    if not docstring and summary is not None and first.end_lineno != first.lineno:
        assert first.end_lineno is not None
        raw = "r" if "\\" in summary.split("\n", 1)[0] else ""
        line = " " * first.col_offset + f'{raw}"""{summary.splitlines()[0]}"""'
        shown[first.lineno - start : first.end_lineno - start + 1] = [line]
    return textwrap.dedent("\n".join(shown))


def setup(app: Sphinx) -> None:
    app.add_directive("source", SourceCode)
