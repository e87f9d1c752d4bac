"""What holds for every test: it is decided neither by a clock, nor by chance, nor by its neighbors.

The order of the tests is drawn anew in every run; its seed stands in the first lines of the output,
and ``make test SEED=1234`` repeats it.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Reading the PDF takes longer than any test of it: one process reads it for all of them.
PDF = Path(__file__).with_name("pdf")

# The same examples in every run, however long each of them takes.
settings.register_profile(
    "book", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("book")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep in one process what shares something costly."""
    for item in items:
        if PDF in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("pdf"))
