"""Titles with formulas on the page of references."""

from __future__ import annotations

import pytest
from docutils import nodes

from bookkit.sphinx_ext.bibliography import parts


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("On numbers", [("#text", "On numbers")]),
        ("On $x$ again", [("#text", "On "), ("math", "x"), ("#text", " again")]),
        ("$x$", [("math", "x")]),
        ("$x$ and $y^2$", [("math", "x"), ("#text", " and "), ("math", "y^2")]),
    ],
)
def test_what_is_between_dollars_is_a_formula(title: str, expected: list[tuple[str, str]]) -> None:
    found = parts(title)
    assert [(part.tagname, part.astext()) for part in found] == expected
    assert all(isinstance(part, nodes.math | nodes.Text) for part in found)
