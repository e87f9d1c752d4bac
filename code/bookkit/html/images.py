"""Pictures say their size, so that the page does not jump, and wait until they are near."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import imagesize
from lxml import html


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
    """Width and height of a picture in CSS pixels, if it states them."""
    if not file.is_file():
        return None
    try:
        width, height = imagesize.get(file)
    except ValueError:
        return None
    return (round(width), round(height)) if min(width, height) > 0 else None
