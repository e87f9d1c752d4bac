"""The overview picture: multivariable, vector and tensor calculus as one ladder of axes.

A derivative puts one more axis on an array, a contraction takes axes away. Every operator of the
three subjects is a step on that ladder, which is what the picture shows.
"""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, Rectangle

from calcml.plot.style import COLORS, INK, MUTED

# One column for each number of axes: its name, shape, and what it is in machine learning.
_COLUMNS = (
    ("scalar", "$(\\,)$", "loss\nlikelihood\ndensity"),
    ("vector", "$(d,)$", "gradient step\nlayer output\nflow, score"),
    ("matrix", "$(m, d)$", "layer Jacobian\nHessian\nweights"),
    ("tensor", "$(b, m, d)$", "batch of layers\nattention\nconvolution"),
)
_X = (1.25, 3.75, 6.25, 8.75)
_UP = (r"gradient $\nabla$", r"Jacobian $J$", r"derivative $D$")
_DOWN = (r"$\langle\nabla f, v\rangle$,  div", r"$Jv$,  $u^{\mathsf{T}}\!J$", "contraction")
# Opaque, so that the layers of a tensor do not shine through one another.
_TINT = "#c3d3e8"
#: What each subject asks about, and the last column that it reaches.
_SUBJECTS = {
    "multivariable": (r"one output:  $\nabla f$,  $\nabla^2 f$", 2),
    "vector": (r"several outputs:  $J$,  div,  curl", 2),
    "tensor": (r"arrays in, arrays out:  $D$", 3),
}


def at_a_glance(ax: Axes, focus: str) -> Axes:
    """Draw the objects, the operations between them, and their use in machine learning.

    Parameters
    ----------
    ax : Axes
        Best on a figure of about 5.6 by 4.6 inches.
    focus : {"multivariable", "vector", "tensor"}
        The subject to stress.

    Raises
    ------
    ValueError
        If ``focus`` is none of the three.
    """
    if focus not in _SUBJECTS:
        raise ValueError(f"focus must be one of {', '.join(_SUBJECTS)}, got {focus!r}")
    ax.set(xlim=(0, 10), ylim=(0.2, 10))
    ax.axis("off")
    for axes, (x, (name, shape, use)) in enumerate(zip(_X, _COLUMNS, strict=True)):
        ax.text(x, 9.65, name, ha="center", va="center", weight="bold")
        ax.text(x, 9.05, shape, ha="center", va="center", color=MUTED)
        _cells(ax, x, 7.95, axes)
        ax.text(x, 0.95, use, ha="center", va="center", fontsize=10.5, linespacing=1.15)
    for left, right, up, down in zip(_X, _X[1:], _UP, _DOWN, strict=False):
        _step(ax, left, right, 6.35, up, "derivative")
        _step(ax, right, left, 5.15, down, "path")
    for row, (name, (about, last)) in enumerate(_SUBJECTS.items()):
        text = f"{name} calculus,  {about}"
        _band(ax, _X[0] - 1.1, _X[last] + 1.1, 4.0 - 0.8 * row, text, name == focus)
    return ax


def _cells(ax: Axes, x: float, y: float, axes: int) -> None:
    """Draw an array with 0 to 3 axes as a stack of small squares around (x, y)."""
    rows, columns, layers = (3 if axes > k else 1 for k in range(3))
    w, h, shift = 0.3, 0.42, 0.16
    for layer in reversed(range(layers)):
        dx, dy = shift * (layer - (layers - 1) / 2), shift * 1.2 * (layer - (layers - 1) / 2)
        left, bottom = x + dx - columns * w / 2, y + dy - rows * h / 2
        for i in range(rows):
            for j in range(columns):
                cell = Rectangle((left + j * w, bottom + i * h), w, h, linewidth=0.8)
                cell.set(edgecolor=COLORS["function"], facecolor=_TINT)
                ax.add_patch(cell)


def _step(ax: Axes, start: float, end: float, y: float, text: str, name: str) -> None:
    """Draw a labelled arrow from one column to a neighbour."""
    pull = 0.35 if end > start else -0.35
    look = {"arrowstyle": "-|>", "color": COLORS[name], "linewidth": 1.5, "mutation_scale": 12}
    ax.annotate("", xy=(end - pull, y), xytext=(start + pull, y), arrowprops=look)
    middle = (start + end) / 2
    ax.text(middle, y + 0.33, text, ha="center", va="center", fontsize=10.5, color=COLORS[name])


def _band(ax: Axes, left: float, right: float, y: float, text: str, stressed: bool) -> None:
    """Draw the bar that says which columns a subject covers."""
    bar = FancyBboxPatch(
        (left, y - 0.28), right - left, 0.56, boxstyle="round,pad=0,rounding_size=0.25"
    )
    bar.set(edgecolor=INK if stressed else MUTED, linewidth=1.4 if stressed else 0.7)
    bar.set_facecolor(_TINT if stressed else "none")
    ax.add_patch(bar)
    ax.text((left + right) / 2, y - 0.02, text, ha="center", va="center")
