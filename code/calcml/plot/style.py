"""House style of the figures: one palette with fixed roles, one size, one face.

The inks are dark and the background is transparent, so a figure is right on paper and on a white
page as it stands. On a dark page the style sheet turns it over with
``filter: invert(1) hue-rotate(180deg)``, which keeps the hues: blue stays blue. (No single ink
has a contrast of 4.5 on both white and #121212.) Tests measure the contrast on both pages and the
distance between any two roles as the three kinds of color blindness see them.
"""

from __future__ import annotations

import re
from typing import Any

import matplotlib as mpl
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

INK = "#1f1f1f"
MUTED = "#6b6b6b"

#: Color of each role. A color means the same thing in every figure of the book.
COLORS: dict[str, str] = {
    "function": "#043a7c",
    "derivative": "#a84617",
    "bound": INK,
    "data": "#0f7752",
    "path": "#c02dba",
    "level": MUTED,
}

# Lines differ in pattern as well as in color, so that they can be told apart in grey.
_LINES: dict[str, dict[str, Any]] = {
    "function": {"linestyle": "-", "linewidth": 2.0},
    "derivative": {"linestyle": "-", "linewidth": 1.6},
    "bound": {"linestyle": "--", "linewidth": 1.3},
    "data": {"linestyle": "none", "marker": "o", "markersize": 4.5, "markerfacecolor": "none"},
    "path": {"linestyle": "-", "linewidth": 1.2, "marker": "o", "markersize": 3.0},
    "level": {"linestyle": "-", "linewidth": 0.8},
}

#: Width and height in inches of a figure as wide as the column.
FIGSIZE = (5.6, 3.4)

_RC: dict[Any, Any] = {
    "figure.figsize": FIGSIZE,
    "figure.dpi": 100,
    "figure.facecolor": "none",
    "figure.constrained_layout.use": True,
    "savefig.facecolor": "none",
    "axes.facecolor": "none",
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": cycler(
        color=[COLORS[r] for r in ("function", "derivative", "data", "path", "bound")],
        linestyle=["-", "--", "-.", ":", (0, (5, 1, 1, 1))],
    ),
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "grid.color": MUTED,
    "grid.linewidth": 0.4,
    "grid.alpha": 0.4,
    "contour.negative_linestyle": "solid",
    "legend.frameon": False,
    # STIX comes with Matplotlib, agrees with the mathematics of the page, and is the same on
    # every machine; outlines ("path") need no font where the figure is shown.
    "font.family": "STIXGeneral",
    "mathtext.fontset": "stix",
    "font.size": 11.5,
    "axes.labelsize": 11.5,
    "axes.titlesize": 11.5,
    "legend.fontsize": 10.5,
    "xtick.labelsize": 10.5,
    "ytick.labelsize": 10.5,
    "svg.fonttype": "path",
    "svg.hashsalt": "calcml",
    "pdf.fonttype": 42,
}


def role(name: str, **changes: Any) -> dict[str, Any]:
    """Return the keyword arguments of ``Axes.plot`` for a role, with changes.

    Examples
    --------
    >>> role("bound", linewidth=1)
    {'color': '#1f1f1f', 'linestyle': '--', 'linewidth': 1}

    Raises
    ------
    ValueError
        If there is no such role.
    """
    if name not in COLORS:
        raise ValueError(f"role must be one of {', '.join(COLORS)}, got {name!r}")
    return {"color": COLORS[name], **_LINES[name], **changes}


def use() -> None:
    """Switch to the house style; in a notebook, also to SVG on the web and PDF in print.

    The bytes of a figure depend on nothing but the figure: no date, no random identifiers. The
    size is the size asked for, so that letters are equally large in all figures of a page.
    """
    mpl.rcParams.update(_RC)
    try:
        from IPython import get_ipython
    except ImportError:  # calcml runs without IPython
        return
    shell = get_ipython()
    if shell is None:
        return
    from IPython.core.pylabtools import print_figure
    from matplotlib_inline.backend_inline import set_matplotlib_formats

    set_matplotlib_formats("svg", "pdf")  # type: ignore[no-untyped-call]
    formatters = shell.display_formatter.formatters
    for mime, kind, dated in (
        ("image/svg+xml", "svg", "Date"),
        ("application/pdf", "pdf", "CreationDate"),
    ):

        def draw(figure: Figure, kind: str = kind, dated: str = dated) -> Any:
            options = {"bbox_inches": None, "metadata": {dated: None}}
            data = print_figure(figure, kind, **options)  # type: ignore[no-untyped-call]
            return shorten(data) if kind == "svg" and data else data

        formatters[mime].for_type(Figure, draw)


def shorten(svg: str) -> str:
    """Round the coordinates of the paths in an SVG to 0.01 points, a third of its size.

    Examples
    --------
    >>> shorten('<path d="M 10.123456 0.5 L 7.999999 3" style="stroke-width: 0.125"/>')
    '<path d="M 10.12 0.5 L 8 3" style="stroke-width: 0.125"/>'
    """

    def rounded(path: re.Match[str]) -> str:
        return re.sub(r"-?\d+\.\d+", lambda m: f"{round(float(m[0]), 2) + 0.0:g}", path[0])

    return re.sub(r' d="[^"]*"', rounded, svg)


def resolved(errors: ArrayLike, floor: float) -> NDArray[np.float64]:
    """Return errors as a plot can show them on every machine: nan, not drawn, up to ``floor``.

    Take a floor of about a thousand times the roundoff in the errors.

    Examples
    --------
    >>> resolved([0.0213, 3.00e-9, 2e-16], 1e-13)
    array([2.13e-02, 3.00e-09,      nan])
    """
    sizes = np.asarray(errors, dtype=np.float64)
    return np.where(sizes > floor, sizes, np.nan)


def note(ax: Axes, x: float, y: float, text: str, name: str, **changes: Any) -> Axes:
    """Label a thing directly, at data coordinates (x, y), in the color of its role."""
    ax.text(x, y, text, **{"color": COLORS[name], "va": "center", **changes})
    return ax
