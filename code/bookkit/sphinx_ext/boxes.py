"""The boxes that have a number and a name of their own, alike on the site and in print."""

from __future__ import annotations

from docutils import nodes
from sphinx_exercise.nodes import exercise_enumerable_node, exercise_node, solution_node
from sphinx_proof.nodes import NODE_TYPES, unenumerable_node

PROVED = (*NODE_TYPES.values(), unenumerable_node)
EXERCISES = (exercise_node, exercise_enumerable_node)
TITLED = (*PROVED, *EXERCISES, solution_node)


def name_of(title: nodes.Element) -> list[nodes.Node]:
    """What a title says besides its number: ``Name``, where the extensions write ``(Name)``."""
    parts = list(title.children)
    if parts and parts[0].astext().lstrip().startswith("(") and parts[-1].astext().endswith(")"):
        parts[0] = nodes.Text(parts[0].astext().lstrip().removeprefix("("))
        parts[-1] = nodes.Text(parts[-1].astext().removesuffix(")"))
        title.children = []
        title += parts  # so that each part has the others beside it
    return parts
