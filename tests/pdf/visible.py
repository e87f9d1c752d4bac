"""The printed book as the eye sees it: rendered pages, beside the characters that stand on them.

The text layer of a PDF holds words whether or not they can be seen: drawn in the color of their
ground, covered, or clipped, they are still found by every search.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium

SCALE = 2.0  # pixels a point
LEAST = 60  # the least difference of luminance between a word and its ground, of 255
#: Pixels a point of the second look at what the first took for too faint.
CLOSER = 8.0

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Word:
    """Characters between spaces: boxes (left, bottom, right, top) and colors of the letters."""

    text: str
    boxes: tuple[Box, ...]
    colors: frozenset[str]

    @property
    def box(self) -> Box:
        left, bottom, right, top = zip(*self.boxes, strict=True)
        return min(left), min(bottom), max(right), max(top)


def words(page: pypdfium2.PdfPage) -> Iterator[Word]:
    """Words in the order of the text layer; those of one color and those of several."""
    layer = page.get_textpage()
    corners = [ctypes.c_double() for _ in range(4)]
    channels = [ctypes.c_uint() for _ in range(4)]
    text, boxes, colors = "", [], set()
    for index in range(layer.count_chars() + 1):
        code = pdfium.FPDFText_GetUnicode(layer, index) if index < layer.count_chars() else 32
        sign = chr(code)
        if not sign.isspace() and sign.isprintable():
            pdfium.FPDFText_GetCharBox(layer, index, *map(ctypes.byref, _order(corners)))
            pdfium.FPDFText_GetFillColor(layer, index, *map(ctypes.byref, channels))
            text += sign
            boxes.append(tuple(corner.value for corner in corners))
            if sign.isalpha():
                colors.add("#" + "".join(f"{channel.value:02X}" for channel in channels[:3]))
        elif text:
            yield Word(text, tuple(boxes), frozenset(colors))
            text, boxes, colors = "", [], set()


def _order(corners: list[Any]) -> list[Any]:
    """PDFium asks for left, right, bottom, top."""
    left, bottom, right, top = corners
    return [left, right, bottom, top]


def contrast(
    pixels: np.ndarray[Any, Any], box: Box, height: float, scale: float, *, around: int = 0
) -> int:
    """Difference of luminance between the lightest and the darkest pixel of a box.

    An underscore fills its box: its ground is seen in so many pixels `around` the box.
    """
    left, bottom, right, top = box
    first, last = int((height - top) * scale) - around, int((height - bottom) * scale) + around
    rows = slice(max(0, first), last + 1)
    columns = slice(max(0, int(left * scale) - around), int(right * scale) + around + 1)
    part = pixels[rows, columns]
    return int(part.max()) - int(part.min()) if part.size else 0


def look(page: pypdfium2.PdfPage, scale: float) -> np.ndarray[Any, Any]:
    """Luminance of every pixel of a page."""
    return page.render(scale=scale, grayscale=True).to_numpy().astype(int)


def unseen(file: Path) -> list[str]:
    """Words that stand in the text layer and cannot be seen on the page."""
    document = pypdfium2.PdfDocument(file)
    found: list[str] = []
    for number, page in enumerate(document, start=1):
        height = page.get_height()
        pixels = look(page, SCALE)
        faint = [
            word
            for word in words(page)
            if re.search(r"\w", word.text) and contrast(pixels, word.box, height, SCALE) < LEAST
        ]
        closer = look(page, CLOSER) if faint else pixels
        for word in faint:
            seen = contrast(closer, word.box, height, CLOSER, around=1)
            if seen < LEAST:
                found.append(f"page {number}: {word.text!r} has a contrast of {seen} of 255")
        page.close()
    return found
