"""The graph of what to read first."""

from __future__ import annotations

import pytest

from bookkit.needs import LINK, depths, drawing


def test_depth_is_the_longest_way() -> None:
    graph = {"a": [], "b": ["a"], "c": ["a", "b"], "d": []}
    assert depths(graph) == {"a": 0, "b": 1, "c": 2, "d": 0}


def test_a_circle_is_named() -> None:
    with pytest.raises(ValueError, match="in a circle: a → b → a"):
        depths({"a": ["b"], "b": ["a"]})


def test_links_of_all_forms_are_found() -> None:
    text = "{doc}`one`, {doc}`Two <two>`, {doc}`/three`, [four](four.md)"
    assert [first or second for first, second in LINK.findall(text)] == [
        "one",
        "two",
        "three",
        "four",
    ]


def test_every_chapter_is_a_link_with_its_needs() -> None:
    svg = drawing({"a": [], "b": ["a"]}, {"a": "Alpha & more", "b": "Beta"})
    assert 'href="a.html"' in svg
    assert 'aria-label="Beta, needs Alpha &amp; more"' in svg
    assert svg.count("<path") == 1
