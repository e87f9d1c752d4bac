"""``{prerequisite-graph}``: which chapter needs which, drawn from their "Read first" paragraphs."""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

from bookkit import myst
from bookkit.courses import prerequisites
from bookkit.layout import Layout

WIDTH, LINE, ACROSS, DOWN = 166, 17, 48, 18  # a box and its lines; the space between boxes


def depths(graph: dict[str, list[str]]) -> dict[str, int]:
    """How many steps of reading stand before each chapter at most.

    Raises
    ------
    ValueError
        If chapters need each other in a circle.
    """
    path: list[str] = []

    @cache
    def depth(name: str) -> int:
        if name in path:
            circle = " → ".join([*path[path.index(name) :], name])
            raise ValueError(f"chapters need each other in a circle: {circle}")
        path.append(name)
        found = 1 + max((depth(other) for other in graph[name]), default=-1)
        path.pop()
        return found

    return {name: depth(name) for name in graph}


def arrows(graph: dict[str, list[str]]) -> dict[str, list[str]]:
    """The needs of each chapter without those that its other needs bring along."""

    @cache
    def ancestors(name: str) -> frozenset[str]:
        return frozenset(graph[name]).union(*(ancestors(other) for other in graph[name]))

    return {
        name: [other for other in others if not any(other in ancestors(o) for o in others)]
        for name, others in graph.items()
    }


def drawing(graph: dict[str, list[str]], titles: dict[str, str]) -> str:
    """The graph as SVG in the colors of the page: columns by depth, arrows to what comes later.

    It scrolls where the page is narrower, so that its letters stay legible.
    """
    level = depths(graph)
    height_of_box = 10 + LINE * max(len(_lines(titles[name])) for name in graph)
    rows: dict[int, int] = {}
    place: dict[str, tuple[int, int]] = {}
    for name in graph:
        column = level[name]
        row = rows[column] = rows.get(column, -1) + 1
        place[name] = (column * (WIDTH + ACROSS), row * (height_of_box + DOWN))
    width = (max(level.values()) + 1) * (WIDTH + ACROSS) - ACROSS
    height = (max(rows.values()) + 1) * (height_of_box + DOWN) - DOWN
    parts = [
        '<div class="table-box">'
        f'<svg class="prerequisites" width="{width + 4}" viewBox="-2 -2 {width + 4} {height + 4}"'
        ' role="group" aria-label="Which chapter needs which">'
    ]
    middle = height_of_box / 2
    for name, others in arrows(graph).items():
        x, y = place[name]
        for other in others:
            u, v = place[other][0] + WIDTH, place[other][1] + middle
            bend = (x - u) / 2
            curve = f"M{u} {v:g}C{u + bend:g} {v:g} {x - bend:g} {y + middle:g} {x} {y + middle:g}"
            head = f"M{x - 8} {y + middle - 4:g}L{x - 1} {y + middle:g}L{x - 8} {y + middle + 4:g}"
            parts.append(f'<path d="{curve}{head}"/>')
    for name, (x, y) in place.items():
        lines = _lines(titles[name])
        first = y + middle + 5 - LINE / 2 * (len(lines) - 1)
        # A space between the lines: what is read aloud are words.
        text = " ".join(
            f'<text x="{x + WIDTH / 2:g}" y="{first + LINE * number:g}">{escape(line)}</text>'
            for number, line in enumerate(lines)
        )
        box = f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{height_of_box}" rx="6"/>'
        needed = ", ".join(titles[other] for other in graph[name])
        label = escape(f"{titles[name]}, needs {needed}" if needed else titles[name])
        parts.append(f'<a href="{name}.html" aria-label="{label}">{box}{text}</a>')
    return "".join([*parts, "</svg></div>"])


def _lines(title: str, longest: int = 22) -> list[str]:
    lines = [""]
    for word in title.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > longest:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


class PrerequisiteGraph(SphinxDirective):
    def run(self) -> list[nodes.Node]:
        layout = Layout.around(Path(self.env.srcdir))
        graph = prerequisites(layout)
        titles = {name: myst.read(layout, layout.book / f"{name}.md").title for name in graph}
        self.env.bookkit_prerequisites = self.env.docname  # type: ignore[attr-defined]
        return [nodes.raw("", drawing(graph, titles), format="html")]


def outdated(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    page = getattr(env, "bookkit_prerequisites", None)
    return [page] if page in env.found_docs and (added | changed | removed) else []


def setup(app: Sphinx) -> None:
    app.add_directive("prerequisite-graph", PrerequisiteGraph)
    app.connect("env-get-outdated", outdated)
