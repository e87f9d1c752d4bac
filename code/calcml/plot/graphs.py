"""Pictures of programs: values flow forward along the edges of a graph, adjoints backward."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes

from calcml.plot.style import COLORS, MUTED

#: Place (x, y) of a node, its value, and its adjoint.
Node = tuple[float, float, float, float]
#: Tail, head, and the local slope of the head in the tail.
Edge = tuple[str, str, float]

_TINT = "#c3d3e8"  # opaque, so that edges end at the rim of a node
_RADIUS = 13  # points


def computation_graph(ax: Axes, nodes: Mapping[str, Node], edges: Sequence[Edge]) -> Axes:
    r"""Draw a computation graph with a number at every node and every edge.

    Above a node stands its value, below it its adjoint; an edge carries the local slope
    :math:`\partial v_k / \partial v_i`.  The adjoint of a node is the sum, over the edges that
    leave it, of slope times adjoint at the other end.

    Parameters
    ----------
    ax : Axes
        Its frame is removed.
    nodes : mapping
        From the name, set as mathematics, to ``(x, y, value, adjoint)``.
    edges : sequence of (tail, head, slope)

    Raises
    ------
    ValueError
        If an edge joins a node that is not there.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> nodes = {"x": (0, 0, 3, 6), "L": (1, 0, 9, 1)}
    >>> ax = computation_graph(Figure().add_subplot(), nodes, [("x", "L", 6)])
    >>> [text.get_text() for text in ax.texts if text.get_text()]
    ['6', '$x$', '3', '6', '$L$', '9', '1']
    """
    ax.axis("off")
    for tail, head, slope in edges:
        if tail not in nodes or head not in nodes:
            raise ValueError(f"the edge {tail} -> {head} joins a node that is not among the nodes")
        (x0, y0), (x1, y1) = nodes[tail][:2], nodes[head][:2]
        look: dict[str, Any] = {"arrowstyle": "-|>", "color": MUTED, "linewidth": 1.0}
        look |= {"mutation_scale": 9, "shrinkA": _RADIUS, "shrinkB": _RADIUS}
        ax.annotate("", xy=(x1, y1), xytext=(x0, y0), arrowprops=look)
        side = "center" if y0 == y1 else "right" if y1 > y0 else "left"
        at = (x0 + 0.36 * (x1 - x0), y0 + 0.36 * (y1 - y0))
        offset: dict[str, Any] = {"xytext": (0, 2), "textcoords": "offset points", "fontsize": 10.5}
        ax.annotate(_text(slope), at, ha=side, va="bottom", color=COLORS["bound"], **offset)
    for name, (x, y, value, adjoint) in nodes.items():
        rim: dict[str, Any] = {
            "boxstyle": "circle,pad=0.35",
            "edgecolor": COLORS["function"],
            "facecolor": _TINT,
        }
        ax.text(x, y, f"${name}$", ha="center", va="center", bbox=rim)
        for number, step, role in ((value, 1, "function"), (adjoint, -1, "derivative")):
            offset = {"xytext": (0, step * (_RADIUS + 2)), "textcoords": "offset points"}
            side = "bottom" if step > 0 else "top"
            ax.annotate(_text(number), (x, y), ha="center", va=side, color=COLORS[role], **offset)
    return ax


def _text(number: float) -> str:
    """At most four decimals, a real minus sign, no trailing zeros."""
    return f"{round(number, 4) + 0.0:.4f}".rstrip("0").rstrip(".").replace("-", "\N{MINUS SIGN}")
