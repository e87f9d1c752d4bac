"""One cell, run as a notebook runs it."""

from __future__ import annotations

from typing import Any

import nbformat
from nbclient import NotebookClient
from tests.patience import PATIENCE


def run(source: str) -> Any:
    """Execute the source in a fresh kernel; return the cell with its outputs."""
    cell: dict[str, Any] = {"cell_type": "code", "execution_count": None, "metadata": {}}
    cell |= {"id": "cell", "source": source, "outputs": []}
    page = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    notebook = nbformat.from_dict(page)  # type: ignore[no-untyped-call]
    NotebookClient(
        notebook,
        timeout=PATIENCE,
        startup_timeout=PATIENCE,
        iopub_timeout=PATIENCE,
        raise_on_iopub_timeout=True,
        kernel_name="python3",
    ).execute()
    return notebook.cells[0]
