"""Where a Python object is defined below ``code/``, found by reading and not by importing."""

from __future__ import annotations

import ast
import textwrap
from pathlib import Path

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
