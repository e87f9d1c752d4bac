"""The book's Sphinx extension: gathers what Sphinx has to be taught."""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx

from bookkit.sphinx_ext import (
    api_reference,
    bibliography,
    cells,
    check_index,
    checks,
    counts,
    courses,
    folds,
    footnotes,
    formula_tables,
    general_index,
    glued,
    html,
    index_entries,
    interactive,
    latex,
    latex_parts,
    levels,
    mathematics,
    moved,
    outdated,
    prerequisites,
    solutions,
    source_code,
    standalone,
)


def setup(app: Sphinx) -> dict[str, Any]:
    for part in (
        standalone,
        outdated,
        html,
        mathematics,
        prerequisites,
        levels,
        cells,
        folds,
        glued,
        counts,
        courses,
        footnotes,
        bibliography,
        formula_tables,
        latex_parts,
        api_reference,
        solutions,
        moved,
        source_code,
        checks,
        check_index,
        index_entries,
        general_index,
        interactive,
        latex,
    ):
        part.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
