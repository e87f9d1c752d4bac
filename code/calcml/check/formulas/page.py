"""Find the LaTeX of a displayed equation by its label.

Pages are not read here: whoever makes a notebook or runs one says what its page displays, in a
table from label to LaTeX. It is looked for in the ``.json`` files that the environment variable
``CALCML_PAGES`` names (separated like ``PATH``), then under ``equations`` in the metadata of the
notebooks (``.ipynb``) of the current folder.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def _tables() -> Iterator[dict[str, Any]]:
    for name in os.environ.get("CALCML_PAGES", "").split(os.pathsep):
        if name:
            yield json.loads(Path(name).read_text("utf-8"))
    for file in sorted(Path.cwd().glob("*.ipynb")):
        yield json.loads(file.read_text("utf-8"))["metadata"].get("equations", {})


def find(label: str) -> str:
    """Return the LaTeX displayed under ``label``.

    Raises
    ------
    LookupError
        If no page at hand displays an equation with this label.
    """
    for table in _tables():
        if label in table:
            return str(table[label])
    raise LookupError(
        f"no page at hand displays an equation labeled {label!r}; run in the notebook's"
        " folder, or name a table of equations in the environment variable CALCML_PAGES"
    )
