"""Pictures say their size, so that the page does not jump, and wait until they are near."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

from lxml import etree, html

# CSS pixels in each unit of length that an SVG may state.
UNITS = {"": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4}


def measure(page: html.HtmlElement, folder: Path) -> None:
    """Set width, height and lazy loading on the pictures of a page that lies in `folder`."""
    for position, image in enumerate(page.xpath("//article//img")):
        file = folder / unquote(image.get("src", ""))
        if not image.get("width") and not image.get("style") and (size := size_of(file)):
            image.set("width", str(size[0]))
            image.set("height", str(size[1]))
        # What a reader sees first is not made to wait.
        if position > 0:
            image.set("loading", "lazy")
        image.set("decoding", "async")


def size_of(file: Path) -> tuple[int, int] | None:
    """Width and height of an SVG or PNG in CSS pixels."""
    if not file.is_file():
        return None
    if file.suffix == ".svg":
        return _svg_size(file)
    head = file.read_bytes()[:24]
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
    return None


def _svg_size(file: Path) -> tuple[int, int] | None:
    with file.open("rb") as stream:
        root = next(etree.iterparse(stream, events=("start",)))[1]
    width, height = (_pixels(root.get(side, "")) for side in ("width", "height"))
    if width is None or height is None:
        box = root.get("viewBox", "").replace(",", " ").split()
        if len(box) != 4:
            return None
        width, height = float(box[2]), float(box[3])
    return round(width), round(height)


def _pixels(length: str) -> float | None:
    found = re.fullmatch(r"([\d.]+)([a-z]*)", length.strip())
    if found is None or found[2] not in UNITS:
        return None
    return float(found[1]) * UNITS[found[2]]
