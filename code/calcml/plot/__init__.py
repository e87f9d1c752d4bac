"""House style of the book's figures and the few pictures that recur.

Call :func:`use` once; every picture takes an ``Axes`` and returns it.
"""

from calcml.plot.graphs import circuit, computation_graph
from calcml.plot.overview import at_a_glance
from calcml.plot.pictures import arrow, contours, on_grid, rose, tangent_line, tangent_plane, trace
from calcml.plot.style import COLORS, FIGSIZE, note, resolved, role, shorten, use

__all__ = [
    "COLORS",
    "FIGSIZE",
    "arrow",
    "at_a_glance",
    "circuit",
    "computation_graph",
    "contours",
    "note",
    "on_grid",
    "resolved",
    "role",
    "rose",
    "shorten",
    "tangent_line",
    "tangent_plane",
    "trace",
    "use",
]
