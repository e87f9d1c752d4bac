"""The bytes of a figure depend on what is drawn, not on the last bit of its data."""

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

from calcml import plot
from calcml.plot.rounding import rounded, rounding, shorten

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
    "arrows": lambda ax, e: ax.quiver(X[:9], X[:9], np.sin(X[:9]) + e[:9], X[:9] + e[9:18]),
}


def drawn(draw: Callable[[Axes, Array], Any], noise: Array, kind: str) -> bytes:
    with mpl.rc_context():
        plot.use()
        fig, ax = plt.subplots()
        draw(ax, noise)
        target = io.BytesIO()
        dated = {"svg": "Date", "pdf": "CreationDate"}[kind]
        with rounding():
            fig.savefig(target, format=kind, metadata={dated: None})
        plt.close(fig)
    data = target.getvalue()
    return shorten(data.decode()).encode() if kind == "svg" else data


@pytest.mark.parametrize("kind", ["svg", "pdf"])
@pytest.mark.parametrize("name", DRAWINGS)
def test_the_last_bits_of_the_data_do_not_show(name: str, kind: str) -> None:
    rng = np.random.default_rng(7)
    quiet = drawn(DRAWINGS[name], np.zeros(1600), kind)
    for _ in range(3):
        assert drawn(DRAWINGS[name], 1e-13 * rng.normal(size=1600), kind) == quiet


@pytest.mark.parametrize("kind", ["svg", "pdf"])
def test_what_the_eye_could_see_does_show(kind: str) -> None:
    curve = DRAWINGS["curve"]
    assert drawn(curve, np.full(1600, 0.01), kind) != drawn(curve, np.zeros(1600), kind)


def test_matplotlib_writes_as_before_outside_of_the_context() -> None:
    before = mpl._path.convert_to_string  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="Format 'abc' is not supported"), rounding():
        plt.figure().savefig(io.BytesIO(), format="abc")
    assert mpl._path.convert_to_string is before  # type: ignore[attr-defined]


def test_resolved_errors_lie_on_a_grid_above_the_floor() -> None:
    errors = np.logspace(-16, 0, 1001)
    seen = plot.resolved(errors, 1e-13)
    np.testing.assert_array_equal(np.isnan(seen), errors <= 1e-13)
    kept = errors > 1e-13
    np.testing.assert_allclose(np.log10(seen[kept]), np.log10(errors[kept]), atol=0.0251)
    shaken = errors[kept] * (1 + 1e-9)
    assert np.mean(plot.resolved(shaken, 1e-13) != seen[kept]) < 0.01


def test_rounding_moves_nothing_by_more_than_a_hundredth() -> None:
    x = np.random.default_rng(1).uniform(-500, 500, 10_000)
    assert np.abs(rounded(x) - x).max() < 0.0065
    halfway = np.arange(1000) / 100 + 0.005
    np.testing.assert_array_equal(rounded(halfway - 1e-12), rounded(halfway + 1e-12))


def test_parts_are_named_by_what_the_whole_shows() -> None:
    """Two figures on one page may not share a name, or one would be clipped by the other."""
    one = '<clipPath id="p0123456789"/><path d="M 1 2" clip-path="url(#p0123456789)"/>'
    other = one.replace("p0123456789", "pabcdef0123")
    assert shorten(one) == shorten(other)
    name = shorten(one).split('"')[1]
    assert f"url(#{name})" in shorten(one)
    assert name not in shorten(one.replace("M 1 2", "M 1 3"))
