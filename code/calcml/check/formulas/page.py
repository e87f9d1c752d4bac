"""Find the LaTeX of a displayed equation by its label, in the pages at hand.

Looked for, in this order: the files and folders in the environment variable ``CALCML_PAGES``
(separated like ``PATH``), the current folder, its ``book`` folder, and the same for its parents.
Pages are MyST Markdown (``.md``), notebooks (``.ipynb``), or a ``.json`` table from label to LaTeX.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

_FENCE = re.compile(
    r"^(?P<ticks>[`~:]{3,})\{math\}[^\n]*\n(?P<body>.*?)^(?P=ticks)\s*$", re.DOTALL | re.MULTILINE
)
_DOLLARS = re.compile(r"\$\$(?P<body>.+?)\$\$\s*\((?P<label>[\w:.-]+)\)", re.DOTALL)
_AMS = re.compile(
    r"\\begin\{(?P<env>equation|align|gather|multline)\}(?P<body>.*?)\\end\{(?P=env)\}", re.DOTALL
)
_OPTION = re.compile(r"^:(?P<key>[\w-]+):[ \t]*(?P<value>.*)\n", re.MULTILINE)
_LABEL = re.compile(r"\\label\{(?P<label>[^}]*)\}")


def equations(text: str) -> dict[str, str]:
    """Return every labeled displayed equation of a MyST page: label to LaTeX.

    Examples
    --------
    >>> equations("$$\\na = b\\n$$ (eq-demo)")
    {'eq-demo': 'a = b'}
    """
    found: dict[str, str] = {}
    for match in _FENCE.finditer(text):
        body = match["body"]
        options = {m["key"]: m["value"].strip() for m in _OPTION.finditer(body)}
        if "label" in options:
            found[options["label"]] = _OPTION.sub("", body).strip()
    for match in _DOLLARS.finditer(text):
        found[match["label"]] = match["body"].strip()
    for match in _AMS.finditer(text):
        for label in _LABEL.finditer(match["body"]):
            found[label["label"]] = _LABEL.sub("", match["body"]).strip()
    return found


def _read(file: Path) -> dict[str, str]:
    text = file.read_text("utf-8")
    if file.suffix == ".json":
        return {str(k): str(v) for k, v in json.loads(text).items()}
    if file.suffix == ".ipynb":
        cells = json.loads(text).get("cells", [])
        parts = (c["source"] for c in cells if c.get("cell_type") == "markdown")
        text = "\n\n".join(p if isinstance(p, str) else "".join(p) for p in parts)
    return equations(text)


def _files() -> Iterator[Path]:
    places = [Path(p) for p in os.environ.get("CALCML_PAGES", "").split(os.pathsep) if p]
    here = Path.cwd()
    for folder in (here, *list(here.parents)[:3]):
        places += [folder, folder / "book"]
    for place in places:
        if place.is_file():
            yield place
        elif place.is_dir():
            yield from sorted(f for f in place.iterdir() if f.suffix in (".md", ".ipynb"))


def find(label: str) -> str:
    """Return the LaTeX displayed under ``label``.

    Raises
    ------
    LookupError
        If no page at hand displays an equation with this label.
    """
    for file in _files():
        found = _read(file).get(label)
        if found is not None:
            return found
    raise LookupError(
        f"no page at hand displays an equation labeled {label!r}; run in the folder of the chapter,"
        " or name its file in the environment variable CALCML_PAGES"
    )


def digest(latex: str) -> str:
    """Return a short digest of displayed LaTeX; spacing does not count.

    Examples
    --------
    >>> digest("a  = b") == digest("a=b")
    True
    """
    return hashlib.sha256("".join(latex.split()).encode()).hexdigest()[:16]
