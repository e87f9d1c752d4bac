"""Pictures that come back in many chapters: level sets, arrows, roses, paths."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgba
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from calcml.plot.style import COLORS, MUTED, role

Vector = NDArray[np.float64]
Span = tuple[float, float]

_SHADE = LinearSegmentedColormap.from_list(
    "height", [to_rgba(COLORS["function"], 0.0), to_rgba(COLORS["function"], 0.3)]
)


def on_grid(
    f: Callable[[Vector], Any], xlim: Span, ylim: Span, n: int = 81
) -> tuple[Vector, Vector, Vector]:
    """Evaluate f(x), x of shape (2,), on an n x n grid.

    Returns
    -------
    X1, X2, F : ndarrays, shape (n, n)

    Examples
    --------
    >>> X1, X2, F = on_grid(lambda x: x @ x, (0, 1), (0, 2), n=3)
    >>> float(F[-1, -1])
    5.0
    """
    X1, X2 = np.meshgrid(np.linspace(*xlim, n), np.linspace(*ylim, n))
    points = np.stack([X1.ravel(), X2.ravel()], axis=1)
    return X1, X2, np.array([float(f(x)) for x in points]).reshape(n, n)


def contours(
    ax: Axes,
    f: Callable[[Vector], Any],
    xlim: Span,
    ylim: Span,
    *,
    levels: int | Sequence[float] = 10,
    n: int = 81,
    labels: bool = False,
) -> Axes:
    """Draw level sets of f(x), x of shape (2,); the higher, the darker."""
    X1, X2, F = on_grid(f, xlim, ylim, n)
    ax.contourf(X1, X2, F, levels=levels, cmap=_SHADE, extend="both")
    lines = ax.contour(X1, X2, F, levels=levels, colors=MUTED, linewidths=0.7)
    if labels:
        ax.clabel(lines, fontsize=10.5, fmt="%g")
    ax.set(xlim=xlim, ylim=ylim)
    return ax


def arrow(
    ax: Axes, start: ArrayLike, vector: ArrayLike, name: str = "derivative", **changes: Any
) -> Axes:
    """Draw a vector from a point, both in data coordinates, in the color of a role."""
    tail = np.asarray(start, dtype=float)
    head = tail + np.asarray(vector, dtype=float)
    look = {"arrowstyle": "-|>", "color": COLORS[name], "linewidth": 1.8, "mutation_scale": 13}
    look |= {"shrinkA": 0, "shrinkB": 0} | changes
    ax.annotate("", xy=(head[0], head[1]), xytext=(tail[0], tail[1]), arrowprops=look)
    return ax


def rose(ax: Axes, center: ArrayLike, gradient: ArrayLike, *, scale: float = 1.0) -> Axes:
    r"""Draw the rose of directional derivatives at a point of the plane.

    In each direction :math:`u`, :math:`\|u\| = 1`, the curve is at distance
    :math:`|\langle\nabla f, u\rangle|` times ``scale`` from the center. That makes two circles
    through the center, of diameter :math:`\|\nabla f\|`: one for the directions that go up
    (solid) and one for those that go down (dashed).
    """
    x, g = np.asarray(center, dtype=float), np.asarray(gradient, dtype=float)
    phi = np.linspace(0, 2 * np.pi, 361)
    u = np.stack([np.cos(phi), np.sin(phi)])  # (2, 361)
    for sign, line in ((1, "-"), (-1, "--")):
        radius = scale * np.maximum(sign * (g @ u), 0)
        ax.plot(*(x[:, None] + radius * u), **role("derivative", linestyle=line))
    ax.plot(*x, "o", color=COLORS["function"], markersize=5, zorder=3)
    return ax


def trace(ax: Axes, points: ArrayLike, **changes: Any) -> Axes:
    """Draw the path of an iteration: points of shape (n, 2), the last one filled larger."""
    p = np.asarray(points, dtype=float)
    ax.plot(p[:, 0], p[:, 1], **role("path", markevery=max(1, len(p) // 100), **changes))
    ax.plot(*p[-1], **role("path", marker="o", markersize=6, label="_last"))
    return ax


def tangent_line(ax: Axes, f: Callable[[float], float], a: float, *, xlim: Span) -> Axes:
    """Draw f, its tangent at a, and the gradient: an arrow of length f'(a) on the axis."""
    x = np.linspace(*xlim, 201)
    y = np.array([f(float(t)) for t in x])
    h = 1e-6 * max(1.0, abs(a))
    slope = (f(a + h) - f(a - h)) / (2 * h)
    ax.plot(x, y, **role("function"))
    ax.plot(x, f(a) + slope * (x - a), **role("derivative"))
    ax.plot([a, a], [0, f(a)], **role("level", linestyle=":"))
    ax.plot(a, f(a), "o", color=COLORS["function"], markersize=5)
    arrow(ax, (a, 0), (slope, 0))
    low, high = float(y.min()), float(y.max())
    ax.set(xlim=xlim, ylim=(low - 0.12 * (high - low), high), xlabel="$x$")
    return ax


def tangent_plane(ax: Any, f: Callable[[Vector], Any], a: Vector, *, radius: float) -> Any:
    """Draw the graph of f over the plane, its tangent plane at a, and the gradient.

    ``ax`` is a three-dimensional Axes. The gradient lies in the base plane, at half its length.
    """
    X1, X2, F = on_grid(f, (-radius, radius), (-radius, radius), 25)
    g = np.array([(f(a + h) - f(a - h)) / 2e-6 for h in 1e-6 * np.eye(2)])
    floor = float(F.min()) - 0.35 * float(np.ptp(F))
    shade = {"color": COLORS["function"], "alpha": 0.15, "linewidth": 0, "shade": False}
    ax.plot_surface(X1, X2, F, **shade)
    ax.plot_wireframe(X1, X2, F, rstride=4, cstride=4, color=COLORS["function"], linewidth=0.6)
    P1, P2 = np.meshgrid(a[0] + np.array([-0.8, 0.8]), a[1] + np.array([-0.8, 0.8]))
    plane = f(a) + g[0] * (P1 - a[0]) + g[1] * (P2 - a[1])
    ax.plot_surface(P1, P2, plane, **(shade | {"color": COLORS["derivative"], "alpha": 0.45}))
    ax.plot([a[0]] * 2, [a[1]] * 2, [floor, f(a)], **role("level", linestyle=":"))
    ax.plot(*a, f(a), "o", color=COLORS["function"], markersize=4)
    ax.quiver(*a, floor, *(g / 2), 0, color=COLORS["derivative"], linewidth=2)
    ax.set(xlabel="$x_1$", ylabel="$x_2$", zlim=(floor, float(F.max())))
    ax.view_init(elev=22, azim=-62)
    for axis in (ax.xaxis, ax.yaxis, ax.zaxis):
        axis.pane.set(facecolor="none", edgecolor=MUTED, linewidth=0.4)
        axis.set_major_locator(MaxNLocator(3))
    ax.grid(False)
    return ax
