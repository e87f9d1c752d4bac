"""The bytes of a figure depend on what is drawn, not on the last bit of its coordinates.

Matplotlib writes coordinates to a millionth of a point, leaves out points of a curve by comparing
them in full, and names clips and markers by digests of both. Here every coordinate is rounded to a
hundredth of a point *before* that. Where rounding itself would hang on the last bit, halfway
between two hundredths, a small shift has decided already.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends import backend_pdf
from matplotlib.path import Path
from numpy.typing import ArrayLike, NDArray

#: Added to every coordinate: a mean of two round numbers is no longer halfway between hundredths.
_SHIFT = 0.0013718281828
_IDENTITY = np.eye(3)


def rounded(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round coordinates in points to hundredths, ties apart.

    Examples
    --------
    >>> rounded(np.array([1.005 - 1e-15, 1.005 + 1e-15, 2.0]))
    array([1.01, 1.01, 2.  ])
    """
    return np.round(coordinates + _SHIFT, 2) + 0.0  # + 0.0: no negative zero


def resolved(errors: ArrayLike, floor: float) -> NDArray[np.float64]:
    """Return errors as a logarithmic plot shows them on every machine.

    An error within a few decades of the roundoff in it is known to a few digits: it is moved to the
    nearest of twenty places in a decade, less than half the width of a marker away. One below
    ``floor`` becomes nan, which is not drawn. Take a floor of about a thousand roundoffs.

    Examples
    --------
    >>> resolved([0.0213, 3.00e-9, 2e-16], 1e-13)
    array([2.23872114e-02, 3.16227766e-09,            nan])
    """
    sizes = np.asarray(errors, dtype=np.float64)
    seen = np.where(sizes > floor, sizes, np.nan)
    return np.asarray(10.0 ** (np.round(20 * np.log10(seen)) / 20))


@contextmanager
def rounding() -> Iterator[None]:
    """Within this context Matplotlib writes rounded coordinates to SVG and PDF."""
    paths: Any = mpl._path
    writer: Any = backend_pdf
    as_text, as_pdf = paths.convert_to_string, writer.pdfRepr

    def convert_to_string(path: Path, transform: Any, *rest: Any) -> Any:
        drawn = path if transform is None else path.transformed(transform)
        vertices = rounded(drawn.vertices)  # type: ignore[arg-type]
        path = Path(vertices, _closed(vertices, drawn.codes))
        return as_text(path, _IDENTITY, *rest)

    def pdf_repr(value: Any) -> Any:
        return as_pdf(round(value + _SHIFT / 100, 4) if isinstance(value, float) else value)

    paths.convert_to_string = convert_to_string
    writer.pdfRepr = pdf_repr
    try:
        yield
    finally:
        paths.convert_to_string = as_text
        writer.pdfRepr = as_pdf


def _closed(vertices: NDArray[np.float64], codes: Any) -> Any:
    """Mark the loops of a polygon as closed: level curves miss their start by the last bit."""
    straight = {Path.MOVETO, Path.LINETO, Path.CLOSEPOLY}
    if codes is None or len(codes) == 0 or not set(codes) <= straight:
        return codes
    codes = np.array(codes)
    starts = np.flatnonzero(codes == Path.MOVETO)
    ends = np.append(starts[1:], len(codes)) - 1
    loops = ends[(ends > starts + 1) & np.all(vertices[starts] == vertices[ends], axis=1)]
    codes[loops] = Path.CLOSEPOLY
    return codes


def shorten(svg: str) -> str:
    """Write positions in an SVG to hundredths, and name its parts by what the whole shows.

    Examples
    --------
    >>> shorten('<path d="M 10.125 0.5 L 7.999999 3" style="stroke-width: 0.125"/>')
    '<path d="M 10.13 0.5 L 8 3" style="stroke-width: 0.125"/>'
    >>> shorten('<g transform="translate(1.234567 2) scale(0.125)"/>')
    '<g transform="translate(1.24 2) scale(0.125)"/>'
    """
    places = r' (?:d|x|y|x1|y1|x2|y2|width|height|points)="[^"]*"|translate\([^)]*\)'
    svg = re.sub(places, lambda place: re.sub(r"-?\d+\.\d+", _hundredths, place[0]), svg)
    svg = _without_twins(svg)
    numbers: dict[str, str] = {}
    generated = re.compile(r'(?<=["#])([A-Za-z]\w*?|)([0-9a-f]{10})(?=["\)])')
    named = generated.sub(lambda m: f"{m[1]}{numbers.setdefault(m[0], f'~{len(numbers)}~')}", svg)
    whole = hashlib.sha256(named.encode()).hexdigest()[:8]
    return re.sub(r"~(\d+)~", rf"{whole}-\1", named)


def _without_twins(svg: str) -> str:
    """Keep one of several clips that differed in the last bit of a corner."""
    first: dict[str, str] = {}
    same: dict[str, str] = {}

    def once(clip: re.Match[str]) -> str:
        same[clip[1]] = first.setdefault(clip[2], clip[1])
        return clip[0] if same[clip[1]] == clip[1] else ""

    svg = re.sub(r'\s*<clipPath id="(\w+)">(.*?)</clipPath>', once, svg, flags=re.DOTALL)
    return re.sub(r"(?<=url\(#)\w+(?=\))", lambda name: same.get(name[0], name[0]), svg)


def _hundredths(number: re.Match[str]) -> str:
    return f"{round(float(number[0]) + _SHIFT, 2) + 0.0:g}"
