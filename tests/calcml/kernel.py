"""One cell, run as a notebook runs it."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from tests.patience import PATIENCE

from bookkit.build.execute import Kernel


def run(source: str) -> Any:
    """Execute the source in a fresh kernel; return the cell with its outputs."""
    cell: dict[str, Any] = {"cell_type": "code", "execution_count": None, "metadata": {}}
    cell |= {"id": "cell", "source": source, "outputs": []}
    page = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    notebook = nbformat.from_dict(page)  # type: ignore[no-untyped-call]
    with tempfile.TemporaryDirectory() as sockets:
        NotebookClient(
            notebook,
            timeout=PATIENCE,
            startup_timeout=PATIENCE,
            iopub_timeout=PATIENCE,
            raise_on_iopub_timeout=True,
            km=Kernel(Path(sys.executable), sockets),
        ).execute(cleanup_kc=True)
    return notebook.cells[0]
