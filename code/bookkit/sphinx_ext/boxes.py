"""The boxes that have a number and a name of their own, alike on the site and in print."""

from __future__ import annotations

from sphinx_exercise.nodes import exercise_enumerable_node, exercise_node, solution_node
from sphinx_proof.nodes import NODE_TYPES, unenumerable_node

PROVED = (*NODE_TYPES.values(), unenumerable_node)
EXERCISES = (exercise_node, exercise_enumerable_node)
TITLED = (*PROVED, *EXERCISES, solution_node)


def without_brackets(name: str) -> str:
    """``Name`` from the ``(Name)`` that the extensions write after a number."""
    name = name.strip()
    return name[1:-1].strip() if name.startswith("(") and name.endswith(")") else name
