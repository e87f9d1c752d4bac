"""The drawing on the title page: gradient descent in a narrow valley, computed and not painted.

Level curves of f(x, y) = (x² + 9 y²) / 2, and the steps x ← x − η ∇f(x), which are at right angles
to the curves where they start; η is just below 2/9, where descent would begin to diverge.
"""

from __future__ import annotations

from math import cos, radians, sin

CURVATURE = (1.0, 9.0)
STEP = 0.205
START = (-2.2, 0.62)
SCALE = 118.0  # points a unit
CENTER = (268.0, -340.0)  # the minimum, from the upper left corner of the text
TURN = radians(24)
ACCENT, FAINT = "0.114 0.306 0.475", "0.85 0.89 0.93"
ROUND = 0.5522847498  # control points of a quarter circle


def drawing() -> str:
    """The drawing as operators of PDF, for LaTeX's ``pdf:content`` special."""
    turned = f"{cos(TURN):.5f} {sin(TURN):.5f} {-sin(TURN):.5f} {cos(TURN):.5f}"
    levels = [0.04 * 1.7**k for k in range(12)]
    curves = " ".join(ellipse((2 * level) ** 0.5) for level in levels)
    steps = path(32)
    first, *others = (f"{x * SCALE:.2f} {y * SCALE:.2f}" for x, y in steps)
    line = f"{first} m " + " ".join(f"{point} l" for point in others)
    dots = " ".join(dot(x * SCALE, y * SCALE, 2.2) for x, y in steps)
    return (
        f"1 j {turned} {CENTER[0]} {CENTER[1]} cm {FAINT} RG 0.8 w {curves} S"
        f" {ACCENT} RG 1.1 w {line} S {ACCENT} rg {dots} f"
    )


def path(count: int) -> list[tuple[float, float]]:
    """Gradient descent from `START`."""
    points = [START]
    for _ in range(count):
        x, y = points[-1]
        points.append((x * (1 - STEP * CURVATURE[0]), y * (1 - STEP * CURVATURE[1])))
    return points


def ellipse(radius: float) -> str:
    """The level curve through (radius, 0)."""
    return oval(0, 0, SCALE * radius / CURVATURE[0] ** 0.5, SCALE * radius / CURVATURE[1] ** 0.5)


def dot(x: float, y: float, radius: float) -> str:
    return oval(x, y, radius, radius)


def oval(x: float, y: float, a: float, b: float) -> str:
    """Four Bézier curves around (x, y) with half axes a and b."""
    k = ROUND
    quarters = [
        (a, k * b, k * a, b, 0, b),
        (-k * a, b, -a, k * b, -a, 0),
        (-a, -k * b, -k * a, -b, 0, -b),
        (k * a, -b, a, -k * b, a, 0),
    ]
    text = f"{x + a:.2f} {y:.2f} m"
    for x1, y1, x2, y2, x3, y3 in quarters:
        text += f" {x + x1:.2f} {y + y1:.2f} {x + x2:.2f} {y + y2:.2f} {x + x3:.2f} {y + y3:.2f} c"
    return f"{text} h"
