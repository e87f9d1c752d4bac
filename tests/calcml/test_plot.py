"""The house style is legible on every page, and the recurring pictures show what they claim."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text
from numpy.typing import NDArray
from tests.calcml.kernel import run

from calcml import plot

Color = NDArray[np.float64]

WHITE, DARK = np.ones(3), np.full(3, 0x12 / 255)
ROLES = ("function", "derivative", "bound", "data", "path")

# What people with the three kinds of dichromacy see, in linear RGB: Machado, Oliveira & Fernandes
# (2009), "A physiologically-based model for simulation of color vision deficiency", severity 1.
VISION = {
    "normal": "1 0 0   0 1 0   0 0 1",
    "protan": "0.152286 1.052583 -0.204868 0.114503 0.786281 0.099216 -0.003882 -0.048116 1.051998",
    "deutan": "0.367322 0.860646 -0.227968 0.280085 0.672501 0.047413 -0.011820 0.042940 0.968881",
    "tritan": "1.255528 -0.076749 -0.178779 -0.078411 0.930809 0.147602 0.004733 0.691367 0.303900",
}
# CIE XYZ of linear sRGB (IEC 61966-2-1).
XYZ = "0.4124564 0.3575761 0.1804375 0.2126729 0.7151522 0.0721750 0.0193339 0.1191920 0.9503041"


def matrix(numbers: str) -> Color:
    return np.array(numbers.split(), dtype=float).reshape(3, 3)


def linear(srgb: Color) -> Color:
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def contrast(a: Color, b: Color) -> float:
    """WCAG 2 contrast ratio."""
    low, high = sorted(float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (a, b))
    return (high + 0.05) / (low + 0.05)


def turned(srgb: Color) -> Color:
    """What ``filter: invert(1) hue-rotate(180deg)`` makes of a color (CSS Filter Effects 1)."""
    weights = np.array([0.213, 0.715, 0.072])
    return np.clip((2 * weights - np.eye(3)) @ (1 - srgb), 0, 1)


def lab(rgb: Color) -> Color:
    """CIE L*a*b* of linear RGB."""
    x = matrix(XYZ) @ rgb / [0.95047, 1.0, 1.08883]
    f = np.where(x > 0.008856, np.cbrt(np.maximum(x, 0)), 7.787 * x + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.fixture(autouse=True)
def house_style() -> Iterator[None]:
    with mpl.rc_context():
        mpl.use("agg")
        plot.use()
        yield
        plt.close("all")


@pytest.mark.parametrize("name", plot.COLORS)
def test_contrast_on_white_and_dark_pages(name: str) -> None:
    ink = np.array(to_rgb(plot.COLORS[name]))
    assert contrast(ink, WHITE) >= 4.5
    assert contrast(turned(ink), DARK) >= 4.5


def test_turning_keeps_hue_and_turns_paper() -> None:
    np.testing.assert_allclose(turned(WHITE), 0, atol=1e-12)
    blue = np.array(to_rgb(plot.COLORS["function"]))
    assert np.argmax(turned(blue)) == np.argmax(blue) == 2


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("page", ["white", "dark"])
def test_roles_differ_for_color_blind_readers(vision: str, page: str) -> None:
    """A difference of 2.3 is just noticeable; any two roles are at least 10 apart."""
    seen = {}
    for name in ROLES:
        ink = np.array(to_rgb(plot.COLORS[name]))
        light = linear(turned(ink) if page == "dark" else ink)
        seen[name] = lab(np.clip(matrix(VISION[vision]) @ light, 0, 1))
    for a, b in itertools.combinations(ROLES, 2):
        assert np.linalg.norm(seen[a] - seen[b]) >= 10, (a, b)


def test_roles_differ_in_grey() -> None:
    """In pattern or marker, else clearly in lightness."""
    lightness = {r: lab(linear(np.array(to_rgb(plot.COLORS[r]))))[0] for r in ROLES}
    for a, b in itertools.combinations(ROLES, 2):
        looks = [(plot.role(r)["linestyle"], plot.role(r).get("marker")) for r in (a, b)]
        assert looks[0] != looks[1] or abs(lightness[a] - lightness[b]) >= 15, (a, b)


def test_role_takes_changes_and_names_the_roles() -> None:
    assert plot.role("path", marker=None)["marker"] is None
    assert "marker" not in plot.role("function")
    with pytest.raises(ValueError, match=r"role must be one of function, .*, got 'curve'"):
        plot.role("curve")


def test_letters_are_legible_on_a_phone() -> None:
    """At 390 pixels the column is 350 wide; letters shrink with the figure, to 9 pixels or more."""
    fig, ax = plt.subplots()
    ax.set(xlabel="x", ylabel="y", title="t")
    plot.contours(ax, lambda x: x @ x, (-1, 1), (-1, 1), n=11, labels=True)
    fig.canvas.draw()
    _, other = plt.subplots(figsize=(5.6, 4.6))
    plot.at_a_glance(other, "tensor")
    texts: list[Any] = [*fig.findobj(Text), *other.findobj(Text)]
    shrink = 350 / (plot.FIGSIZE[0] * 96)
    smallest = min(float(t.get_fontsize()) for t in texts if t.get_text())
    assert smallest * 96 / 72 * shrink >= 9


CELL = """
import matplotlib.pyplot as plt
from calcml import plot
plot.use()
for _ in range(2):
    fig, ax = plt.subplots()
    ax.plot([0, 1], [0, 1], **plot.role("path"))
    ax.set_xlabel(r"$\\theta$")
    plt.show()
"""


@pytest.fixture(scope="module")
def shown() -> list[dict[str, str]]:
    """What a notebook shows for the same figure, drawn twice."""
    return [dict(o["data"]) for o in run(CELL).outputs if "data" in o]


def test_notebook_shows_svg_and_pdf_with_reproducible_bytes(shown: list[dict[str, str]]) -> None:
    first, second = shown
    for mime in ("image/svg+xml", "application/pdf"):
        assert first[mime] == second[mime]
    assert "image/png" not in first
    assert "<dc:date>" not in first["image/svg+xml"]


def test_notebook_figures_have_the_size_asked_for(shown: list[dict[str, str]]) -> None:
    assert 'width="403.2pt" height="244.8pt"' in shown[0]["image/svg+xml"]


def test_shortened_paths_lose_no_more_than_a_hundredth() -> None:
    svg = '<g transform="scale(0.015625)"><path d="M -0.001 1.23156 L 403.199 7 z"/></g>'
    assert (
        plot.shorten(svg) == '<g transform="scale(0.015625)"><path d="M 0 1.23 L 403.2 7 z"/></g>'
    )


def test_rose_is_two_circles_with_the_gradient_as_diameter() -> None:
    _, ax = plt.subplots()
    x, g, scale = np.array([1.0, -2.0]), np.array([3.0, 4.0]), 0.5
    assert plot.rose(ax, x, g, scale=scale) is ax
    for line, sign in zip(ax.lines[:2], (1, -1), strict=True):
        p = np.array(line.get_xydata())
        center = x + sign * scale * g / 2
        away = p[np.linalg.norm(p - x, axis=1) > 1e-9]
        np.testing.assert_allclose(np.linalg.norm(away - center, axis=1), scale * 5 / 2, rtol=1e-12)
        assert np.linalg.norm(away - x, axis=1).max() == pytest.approx(scale * 5, rel=1e-4)


def test_contours_and_grid_show_the_function() -> None:
    f = lambda x: x[0] + 10 * x[1]  # noqa: E731
    X1, X2, F = plot.on_grid(f, (0, 1), (2, 3), n=5)
    np.testing.assert_array_equal(F, X1 + 10 * X2)
    _, ax = plt.subplots()
    assert plot.contours(ax, f, (0, 1), (2, 3), n=5) is ax
    assert ax.get_xlim() == (0, 1)
    assert ax.get_ylim() == (2, 3)


def test_tangents_have_the_slope_of_the_function() -> None:
    _, ax = plt.subplots()
    plot.tangent_line(ax, lambda x: x**2, 1.0, xlim=(-1, 3))
    tangent = np.array(ax.lines[1].get_xydata())
    np.testing.assert_allclose(np.diff(tangent[:, 1]) / np.diff(tangent[:, 0]), 2.0, rtol=1e-6)
    ax3 = plt.figure().add_subplot(projection="3d")
    assert plot.tangent_plane(ax3, lambda x: x @ x, np.array([1.0, 0.5]), radius=2.0) is ax3


def test_a_circuit_has_two_numbers_on_each_wire_and_refuses_loose_ends() -> None:
    gates = {"x": (0.0, 0.0, "$x$"), "y": (0.0, 1.0, "$y$"), "sum": (2.0, 1.0, "$+$")}
    wires = [("x", "sum", 2.0, 6.0), ("y", "sum", -3.0, 0.25)]
    ax = plot.circuit(Figure().add_subplot(), gates, wires)
    written = {text.get_text(): text for text in ax.texts if text.get_text()}
    assert list(written) == ["2", "6", "\N{MINUS SIGN}3", "0.25", "$x$", "$y$", "$+$"]
    assert written["2"].get_position()[1] > 0 > written["6"].get_position()[1]
    assert written["2"].get_color() == plot.COLORS["function"]
    assert written["6"].get_color() == plot.COLORS["derivative"]
    with pytest.raises(ValueError, match="the wire x -> z joins a gate that is not among"):
        plot.circuit(Figure().add_subplot(), gates, [("x", "z", 1.0, 1.0)])


def test_arrow_note_and_trace_return_their_axes() -> None:
    _, ax = plt.subplots()
    assert plot.arrow(ax, (0, 0), (1, 2)) is ax
    assert plot.note(ax, 0, 0, "here", "path") is ax
    assert ax.texts[-1].get_color() == plot.COLORS["path"]
    assert plot.trace(ax, [[0, 0], [1, 1], [2, 0]]) is ax
    np.testing.assert_array_equal(ax.lines[-1].get_xydata(), [[2, 0]])


@pytest.mark.parametrize("focus", ["multivariable", "vector", "tensor"])
def test_overview_stresses_one_subject(focus: str) -> None:
    _, ax = plt.subplots()
    assert plot.at_a_glance(ax, focus) is ax
    texts = [t.get_text() for t in ax.texts]
    for word in ("scalar", "vector", "matrix", "tensor", f"{focus} calculus"):
        assert any(word in t for t in texts)


def test_overview_refuses_other_subjects() -> None:
    _, ax = plt.subplots()
    with pytest.raises(ValueError, match="focus must be one of multivariable, vector, tensor"):
        plot.at_a_glance(ax, "stochastic")
