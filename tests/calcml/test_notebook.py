"""Numbers glued in a cell reach the prose of the page in the form that MyST-NB reads."""

from __future__ import annotations

import numpy as np
import pytest
from myst_nb.ext.glue import extract_glue_data_cell
from tests.calcml.kernel import run

from calcml.notebook import glue

CELL = """
import numpy as np
from calcml.notebook import glue
glue(angle=np.float64(89.844), count=np.int64(7), name="Challenger")
"""


def test_glued_values_are_found_by_name_and_not_shown() -> None:
    cell = run(CELL)
    found = {key: output["data"]["text/plain"] for key, output in extract_glue_data_cell(cell)}
    assert found == {"angle": "89.844", "count": "7", "name": "'Challenger'"}
    assert cell.outputs == []


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(TypeError, match="path must be a number or a string, got ndarray"):
        glue(path=np.zeros(3))  # type: ignore[arg-type]
