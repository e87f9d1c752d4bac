"""Glued values in texts: in alternative texts as in prose and captions, and negative ones there.

Python prints a hyphen before a negative number; a reader expects a minus sign.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

from bookkit.numbers import PLACEHOLDER, fill, unknown

logger = logging.getLogger(__name__)


def values(app: Sphinx) -> dict[str, str]:
    """The values that the cells of this page glued, by name, as Python prints them."""
    # MyST-NB has just taken them out of the notebook and put them here.
    file = Path(app.outdir).parent / "jupyter_execute" / f"{app.env.docname}.glue.json"
    found = json.loads(file.read_text("utf-8")) if file.exists() else {}
    texts = {name: next(iter(output["data"].values())) for name, output in found.items()}
    # Claims are kept among them; they are no text.
    return {name: text for name, text in texts.items() if isinstance(text, str)}


def fill_alternatives(app: Sphinx, doctree: nodes.document) -> None:
    """Put numbers into the alternative texts of drawn figures; a name without one is an error."""
    known = values(app)
    reported: set[str] = set()
    for image in doctree.findall(nodes.image):
        text = image.get("alt", "")
        if not PLACEHOLDER.search(text) or not _drawn(image):
            continue
        image["alt"] = fill(text, known, PLACEHOLDER)
        for name in unknown(text, known):
            if name not in reported:
                reported.add(name)
                logger.warning(
                    "an alternative text names %r, but no cell glues it", name, location=image
                )


def set_minus_signs(_app: Sphinx, doctree: nodes.document) -> None:
    for value in doctree.findall(nodes.inline):
        if "pasted-text" in value["classes"]:
            for text in list(value.findall(nodes.Text)):
                value.replace(text, nodes.Text(re.sub(r"^-(?=\d)", "−", text)))


def _drawn(image: nodes.Element) -> bool:
    """Was it drawn by a cell?"""
    around = image.parent
    while around is not None and "cell" not in around.get("classes", ()):
        around = around.parent
    return around is not None


def setup(app: Sphinx) -> None:
    app.connect("doctree-read", fill_alternatives, priority=400)  # before figures come to life
    app.connect("doctree-read", set_minus_signs)
