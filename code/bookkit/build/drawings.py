"""Whether two drawings of a figure look alike: the same strokes and letters, half a point apart.

The bytes of an SVG hang on the last bit of its data: where a coordinate is rounded, which points of
a curve are left out, whether a level curve closes. What a reader sees does not.
"""

from __future__ import annotations

import base64
import io
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from xml.etree import ElementTree

import numpy as np
from matplotlib.image import imread
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: Half a point is a third of the width of a line.
NEAR = 0.5
#: Of the 255 levels of a color: less than the eye tells apart.
SHADE = 4 / 255
#: Points compared at a time, so that memory stays small.
AT_ONCE = 256

_SVG = "{http://www.w3.org/2000/svg}"
_HREF = "{http://www.w3.org/1999/xlink}href"
_NUMBER = re.compile(r"-?\d*\.?\d+(?:e[+-]?\d+)?", re.IGNORECASE)
#: Names that Matplotlib makes of a digest of what they stand for.
_GENERATED = re.compile(r"[A-Za-z]\w*?[0-9a-f]{10}|p[0-9a-f]{10}")


@dataclass(frozen=True)
class Drawing:
    """What an SVG shows, in points of its page."""

    svg: str

    @cached_property
    def _shows(self) -> tuple[dict[str, list[Array]], list[tuple[Array, Array]]]:
        page = ElementTree.fromstring(self.svg)
        named = {part.get("id"): part for part in page.iter() if part.get("id")}
        strokes: dict[str, list[Array]] = defaultdict(list)
        images: list[tuple[Array, Array]] = []
        for part, look, to_page in _parts(page, "", np.eye(3), named):
            if part.tag == _SVG + "path":
                for line in _lines(part.get("d", "")):
                    strokes[look].append(_moved(line, to_page))
            elif part.tag == _SVG + "image":
                corner = np.array([float(part.get("x", 0)), float(part.get("y", 0))])
                size = np.array([float(part.attrib["width"]), float(part.attrib["height"])])
                box = _moved(np.array([corner, corner + size]), to_page)
                images.append((box, _pixels(part.attrib[_HREF])))
        return dict(strokes), images

    @property
    def strokes(self) -> dict[str, list[Array]]:
        """The lines, by how they look: arrays of points (n, 2)."""
        return self._shows[0]

    @property
    def images(self) -> list[tuple[Array, Array]]:
        """Two corners (2, 2) and the pixels (height, width, channels) of each bitmap."""
        return self._shows[1]


def alike(one: str, other: str) -> bool:
    """Whether no reader could tell two SVGs apart.

    Examples
    --------
    >>> def line(x, color="red"):
    ...     path = f'<path d="M 0 0 L {x} 50" style="stroke: {color}"/>'
    ...     return f'<svg xmlns="http://www.w3.org/2000/svg">{path}</svg>'
    >>> alike(line(70), line(70.01)), alike(line(70), line(72)), alike(line(70), line(70, "blue"))
    (True, False, False)
    """
    if one == other:
        return True
    a, b = Drawing(one), Drawing(other)
    if a.strokes.keys() != b.strokes.keys() or len(a.images) != len(b.images):
        return False
    pairs = [(a.strokes[look], b.strokes[look]) for look in a.strokes]
    if not all(_covers(*pair) and _covers(*reversed(pair)) for pair in pairs):
        return False
    return all(
        np.abs(box - place).max() <= NEAR
        and seen.shape == shown.shape
        and np.abs(seen - shown).max() <= SHADE
        for (box, seen), (place, shown) in zip(a.images, b.images, strict=True)
    )


def _parts(
    part: Any, look: str, to_page: Array, named: dict[str | None, Any]
) -> Iterator[tuple[Any, str, Array]]:
    """What is drawn, in order, with its look and the matrix (3, 3) from its points to the page."""
    if part.tag in (_SVG + "defs", _SVG + "clipPath", _SVG + "metadata"):
        return
    to_page = to_page @ _matrix(part.get("transform", ""))
    look = f"{look} {part.get('style', '')}".strip()
    if part.tag == _SVG + "use":
        name = part.attrib[_HREF].removeprefix("#")
        at = f"translate({part.get('x', 0)} {part.get('y', 0)})"
        # A letter has its own name, and is another letter under another; a marker is its shape.
        letter = "" if _GENERATED.fullmatch(name) else name
        yield from _parts(named[name], f"{look} {letter}", to_page @ _matrix(at), named)
        return
    yield part, look, to_page
    for child in part:
        yield from _parts(child, look, to_page, named)


def _matrix(transform: str) -> Array:
    """The matrix of a list of translations, scales and rotations."""
    whole = np.eye(3)
    for kind, inside in re.findall(r"(\w+)\(([^)]*)\)", transform):
        values = [float(v) for v in _NUMBER.findall(inside)]
        step = np.eye(3)
        if kind == "translate":
            step[:2, 2] = [*values, 0.0][:2]
        elif kind == "scale":
            step[0, 0], step[1, 1] = values[0], values[-1]
        elif kind == "rotate" and len(values) == 1:
            c, s = np.cos(np.radians(values[0])), np.sin(np.radians(values[0]))
            step[:2, :2] = [[c, -s], [s, c]]
        elif kind == "matrix":
            step[:2] = np.reshape(values, (3, 2)).T
        else:
            raise ValueError(f"a transformation that is not read here: {kind}({inside})")
        whole = whole @ step
    return whole


def _lines(path: str) -> Iterator[Array]:
    """The lines of a path through its points; the control points of a curve among them."""
    for piece in re.split(r"(?=M)", path):
        points = np.array(_NUMBER.findall(piece), dtype=np.float64).reshape(-1, 2)
        if len(points):
            closed = "z" in piece.lower()
            yield np.vstack([points, points[:1]]) if closed else points


def _moved(points: Array, to_page: Array) -> Array:
    return points @ to_page[:2, :2].T + to_page[:2, 2]


def _pixels(link: str) -> Array:
    data = base64.b64decode(link.removeprefix("data:image/png;base64,"))
    return np.asarray(imread(io.BytesIO(data)), dtype=np.float64)


def _covers(lines: list[Array], others: list[Array]) -> bool:
    """Whether every point of the others lies near one of the lines."""
    starts = np.vstack([line[:-1] if len(line) > 1 else line for line in lines])
    ends = np.vstack([line[1:] if len(line) > 1 else line for line in lines])
    along = ends - starts  # (m, 2)
    squares = np.maximum(np.sum(along**2, axis=1), np.finfo(float).tiny)
    points = np.vstack(others)
    # Nearly all are points of both drawings.
    points = points[~np.isin(_in_tenths(points), _in_tenths(np.vstack(lines)))]
    for begin in range(0, len(points), AT_ONCE):
        away = points[begin : begin + AT_ONCE, None] - starts  # (n, m, 2)
        share = np.clip(np.sum(away * along, axis=2) / squares, 0, 1)
        gaps = np.sum((away - share[:, :, None] * along) ** 2, axis=2)
        if gaps.min(axis=1).max() > NEAR**2:
            return False
    return True


def _in_tenths(points: Array) -> NDArray[np.complex128]:
    """The points (n, 2) rounded to a tenth, each as one complex number."""
    return np.asarray(points.round(1) @ [1, 1j])
