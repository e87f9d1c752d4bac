"""Drawings are alike where a reader sees the same, whatever the last bit of the data."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from bookkit.build.drawings import Drawing, alike
from calcml import plot

Array = Any
X = np.linspace(0.1, 6.2, 200)


def field(noise: Array) -> tuple[Array, Array, Array]:
    a, b = np.meshgrid(np.linspace(-1, 2, 40), np.linspace(-2, 1, 40))
    return a, b, (a**2 + 3 * a * b + np.sin(5 * b)) * (1 + noise.reshape(40, 40))


def loop(noise: Array) -> PathPatch:
    """A polygon that is closed if its end meets its start exactly, as level curves are."""
    corners = np.array([[1, 1], [5, 1], [3, 4], [1, 1.0]])
    corners[-1] += noise[:2]
    closed = bool(np.all(corners[0] == corners[-1]))
    last = Path.CLOSEPOLY if closed else Path.LINETO
    return PathPatch(Path(corners, [Path.MOVETO, Path.LINETO, Path.LINETO, last]), fill=False)


DRAWINGS: dict[str, Callable[[Axes, Array], Any]] = {
    "curve": lambda ax, e: ax.plot(X, np.sin(X) + e[:200], **plot.role("function")),
    "markers": lambda ax, e: ax.plot(X, np.cos(X) * (1 + e[:200]), **plot.role("data")),
    "logarithmic": lambda ax, e: ax.loglog(X, np.exp(-X) * (1 + e[:200]), **plot.role("path")),
    "straight": lambda ax, e: ax.plot(X + e[:200], 3 * X, **plot.role("bound")),
    "clipped": lambda ax, e: (ax.plot(X, np.tan(X) + e[:200]), ax.set_ylim(-2, 2)),
    "level curves": lambda ax, e: ax.contour(*field(e), levels=[0.3, 1.1, 2.7], colors="k"),
    "shading": lambda ax, e: ax.contourf(*field(e), levels=[0.3, 1.1, 2.7], cmap="Blues"),
    "loop": lambda ax, e: (ax.add_patch(loop(e)), ax.set(xlim=(0, 6), ylim=(0, 6))),
    "points": lambda ax, e: ax.scatter(X, X**2 * (1 + e[:200]), s=7.3),
    "between": lambda ax, e: ax.fill_between(X, X + e[:200], X**2, alpha=0.3),
    "bars": lambda ax, e: ax.bar(X[:9], X[:9] ** 2 * (1 + e[:9]), width=0.3),
    "words": lambda ax, e: ax.text(0.3 + e[0], 0.7 + e[1], r"$\theta = 1$"),
    "bitmap": lambda ax, e: ax.imshow(np.sin(field(e)[2]), interpolation="nearest"),
    "arrows": lambda ax, e: ax.quiver(X[:9], X[:9], np.sin(X[:9]) + e[:9], X[:9] + e[9:18]),
}


def drawn(draw: Callable[[Axes, Array], Any], noise: Array) -> str:
    with mpl.rc_context():
        plot.use()
        fig, ax = plt.subplots()
        draw(ax, noise)
        target = io.BytesIO()
        fig.savefig(target, format="svg", metadata={"Date": None})
        plt.close(fig)
    return plot.shorten(target.getvalue().decode())


@pytest.mark.parametrize("name", DRAWINGS)
def test_the_last_bits_of_the_data_do_not_count(name: str) -> None:
    rng = np.random.default_rng(7)
    quiet = drawn(DRAWINGS[name], np.zeros(1600))
    assert alike(quiet, quiet)
    for size in (1e-13, 1e-11):
        assert alike(drawn(DRAWINGS[name], size * rng.normal(size=1600)), quiet)


@pytest.mark.parametrize("name", DRAWINGS)
def test_what_the_eye_sees_does_count(name: str) -> None:
    """A few numbers are others."""
    moved = np.zeros(1600)
    moved[[0, 1, 2, 150, 151]] = 0.3
    moved[700:900] = 0.3
    assert not alike(drawn(DRAWINGS[name], moved), drawn(DRAWINGS[name], np.zeros(1600)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (lambda ax: ax.set_title("at 3"), lambda ax: ax.set_title("at 8")),
        (lambda ax: ax.set_title("ab"), lambda ax: ax.set_title("ba")),
        (lambda ax: ax.plot([0, 1], color="r"), lambda ax: ax.plot([0, 1], color="b")),
        (lambda ax: ax.plot([0, 1]), lambda ax: ax.plot([0, 1], "--")),
        (lambda ax: ax.plot([0, 1], "o"), lambda ax: ax.plot([0, 1], "s")),
        (lambda ax: ax.plot([0, 1, 2]), lambda ax: (ax.plot([0, 1, 2]), ax.plot([0, 2, 2]))),
        (lambda ax: ax.plot([0, 1, 2], "o"), lambda ax: ax.plot([0, 2], [0, 2], "o")),
    ],
)
def test_other_letters_lines_and_markers_are_seen(one: Any, other: Any) -> None:
    a, b = (drawn(lambda ax, _, draw=draw: draw(ax), np.zeros(1)) for draw in (one, other))
    assert alike(a, a)
    assert alike(b, b)
    assert not alike(a, b)
    assert not alike(b, a)


def test_points_are_told_in_points_of_the_page() -> None:
    """Markers through `use`, letters through scales: compared with where Matplotlib puts them."""
    fig, ax = plt.subplots(figsize=(4, 3))
    ax.plot([0.2, 0.7], [0.1, 0.9], "s", color="#123456", markersize=4)
    target = io.BytesIO()
    fig.savefig(target, format="svg")
    strokes = Drawing(target.getvalue().decode()).strokes
    (squares,) = (lines for look, lines in strokes.items() if "fill: #123456" in look)
    at = ax.transData.transform([[0.2, 0.1], [0.7, 0.9]]) * 72 / fig.dpi
    at[:, 1] = 3 * 72 - at[:, 1]  # an SVG counts from the top
    plt.close(fig)
    np.testing.assert_allclose([square[:4].mean(axis=0) for square in squares], at, atol=1e-3)
    assert {float(np.ptp(square[:, 0])) for square in squares} == {4.0}


def test_what_is_not_read_is_refused() -> None:
    page = '<svg xmlns="http://www.w3.org/2000/svg"><path transform="skewX(3)" d="M 0 0"/></svg>'
    with pytest.raises(ValueError, match=r"not read here: skewX\(3\)"):
        alike(page, page + " ")


def test_errors_up_to_a_floor_are_not_drawn() -> None:
    errors = np.logspace(-16, 0, 1001)
    np.testing.assert_array_equal(
        plot.resolved(errors, 1e-13), np.where(errors > 1e-13, errors, np.nan)
    )
