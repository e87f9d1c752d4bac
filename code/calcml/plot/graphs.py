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
_LINE = 13  # points


def computation_graph(ax: Axes, nodes: Mapping[str, Node], edges: Sequence[Edge]) -> Axes:
    r"""Draw a computation graph with a number at every node and every edge.

    At a node stands its value and beneath that its adjoint; an edge carries the local slope
    :math:`\partial v_k / \partial v_i`.  The adjoint of a node is the sum, over the edges that
    leave it, of slope times adjoint at the other end.  The numbers stand above the nodes of the
    upper half, below those of the lower half, and to the right of a node that no edge leaves.

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
        t = 0.5 if y0 == y1 else 0.36  # before the middle, where edges cross
        at = (x0 + t * (x1 - x0), y0 + t * (y1 - y0))
        beside: dict[str, Any] = {
            "ha": "center" if y0 == y1 else "left",
            "va": "top" if y1 > y0 else "bottom",
        }
        offset: dict[str, Any] = {"xytext": (0, 2 if y1 <= y0 else -2), "fontsize": 10.5}
        offset |= {"textcoords": "offset points", "color": COLORS["bound"]}
        ax.annotate(_text(slope), at, **beside, **offset)
    tails = {tail for tail, _, _ in edges}
    middle = sum(node[1] for node in nodes.values()) / len(nodes)
    for name, (x, y, value, adjoint) in nodes.items():
        rim: dict[str, Any] = {
            "boxstyle": "circle,pad=0.35",
            "edgecolor": COLORS["function"],
            "facecolor": _TINT,
        }
        ax.text(x, y, f"${name}$", ha="center", va="center", bbox=rim)
        dx, top, side = 0.0, _RADIUS + 1.6 * _LINE, "center"
        if y < middle:
            top = -_RADIUS - 0.6 * _LINE
        if name not in tails:
            dx, top, side = _RADIUS + 4.0, _LINE / 2, "left"
        for number, dy, role in ((value, top, "function"), (adjoint, top - _LINE, "derivative")):
            offset = {"xytext": (dx, dy), "textcoords": "offset points", "va": "center"}
            ax.annotate(_text(number), (x, y), ha=side, color=COLORS[role], **offset)
    return ax


def _text(number: float) -> str:
    """At most four decimals, a real minus sign, no trailing zeros."""
    return f"{round(number, 4) + 0.0:.4f}".rstrip("0").rstrip(".").replace("-", "\N{MINUS SIGN}")
