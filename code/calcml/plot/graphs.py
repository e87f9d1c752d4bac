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

#: Place (x, y) of a gate and what is written in it.
Gate = tuple[float, float, str]
#: Tail, head, the value that goes forward along the wire, and the adjoint that comes back.
Wire = tuple[str, str, float, float]

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


def circuit(ax: Axes, gates: Mapping[str, Gate], wires: Sequence[Wire]) -> Axes:
    r"""Draw a circuit of gates with two numbers on every wire.

    Above a wire stands the value that goes forward along it, below it the part of the adjoint that
    comes back.  Where a number leaves a gate on several wires, its adjoint is the sum of the parts.

    Parameters
    ----------
    ax : Axes
        Its frame is removed.
    gates : mapping
        From a name to ``(x, y, label)``; an input or an output is a gate, too.
    wires : sequence of (tail, head, value, adjoint)

    Raises
    ------
    ValueError
        If a wire joins a gate that is not there.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> gates = {"x": (0, 0, "$x$"), "square": (1, 0, "$x^2$")}
    >>> ax = circuit(Figure().add_subplot(), gates, [("x", "square", 3, 6)])
    >>> [text.get_text() for text in ax.texts if text.get_text()]
    ['3', '6', '$x$', '$x^2$']
    """
    ax.axis("off")
    for tail, head, value, adjoint in wires:
        if tail not in gates or head not in gates:
            raise ValueError(f"the wire {tail} -> {head} joins a gate that is not among the gates")
        (x0, y0), (x1, y1) = gates[tail][:2], gates[head][:2]
        look: dict[str, Any] = {"arrowstyle": "-|>", "color": MUTED, "linewidth": 1.0}
        look |= {"mutation_scale": 9, "shrinkA": _RADIUS, "shrinkB": _RADIUS}
        ax.annotate("", xy=(x1, y1), xytext=(x0, y0), arrowprops=look)
        middle = ((x0 + x1) / 2, (y0 + y1) / 2)
        for number, dy, name in ((value, _LINE, "function"), (adjoint, -_LINE, "derivative")):
            place: dict[str, Any] = {"xytext": (0, 0.8 * dy), "textcoords": "offset points"}
            place |= {"ha": "center", "va": "center", "color": COLORS[name]}
            ax.annotate(_text(number), middle, **place)
    rim = {"boxstyle": "circle,pad=0.35", "edgecolor": COLORS["function"], "facecolor": _TINT}
    for x, y, label in gates.values():
        ax.text(x, y, label, ha="center", va="center", bbox=rim)
    return ax


def _text(number: float) -> str:
    """At most four decimals, a real minus sign, no trailing zeros."""
    return f"{round(number, 4) + 0.0:.4f}".rstrip("0").rstrip(".").replace("-", "\N{MINUS SIGN}")
