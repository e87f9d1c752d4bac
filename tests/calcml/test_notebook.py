"""Numbers glued in a cell reach the prose of the page in the form that MyST-NB reads."""

from __future__ import annotations

import numpy as np
import pytest
from myst_nb.ext.glue import extract_glue_data_cell
from tests.calcml.kernel import run

from calcml.notebook import below, glue

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


def test_a_residue_is_written_as_its_floor() -> None:
    for residue in (0.0, 2.2e-16, -2.2e-16, np.float64(2.5e-15)):
        assert below(residue, 1e-14) == "< 1e-14"
    assert below(-4.1e-14, 1e-14, ".0e") == "-4e-14"


@pytest.mark.parametrize("value", [2.6e-15, 1e-14, 3.9e-14, np.nan, np.inf])
def test_a_value_near_the_floor_is_refused(value: float) -> None:
    """On another machine it would stand on the other side."""
    with pytest.raises(ValueError, match="at most a quarter of floor=1e-14 in size, got"):
        below(value, 1e-14)
    if value < 3.95e-14 or np.isnan(value):
        with pytest.raises(ValueError, match=r"or at least four times as large for '.1e', got"):
            below(value, 1e-14, ".1e")
