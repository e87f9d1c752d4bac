"""The graph of what to read first."""

from __future__ import annotations

import re

import pytest

from bookkit.courses import OPENING
from bookkit.myst import Page, linked_documents
from bookkit.sphinx_ext.prerequisites import arrows, depths, drawing


def test_depth_is_the_longest_way() -> None:
    graph = {"a": [], "b": ["a"], "c": ["a", "b"], "d": []}
    assert depths(graph) == {"a": 0, "b": 1, "c": 2, "d": 0}


def test_a_circle_is_named() -> None:
    with pytest.raises(ValueError, match="in a circle: a → b → a"):
        depths({"a": ["b"], "b": ["a"]})


def test_links_of_all_forms_are_found() -> None:
    text = "{doc}`one`, {doc}`Two <two>`,\n{doc}`/three`, [four](four.md), [x](http://a.b/c.md#d)"
    page = Page("", f"# T\n\n{OPENING} {text}.\n\n{OPENING} {{doc}}`five`\n")
    assert linked_documents(page.paragraph(OPENING))[:4] == ["one", "two", "three", "four"]


def test_a_need_of_a_need_has_no_arrow_of_its_own() -> None:
    graph = {"a": [], "b": ["a"], "c": ["a", "b"], "d": ["a"]}
    assert arrows(graph) == {"a": [], "b": ["a"], "c": ["b"], "d": ["a"]}


def test_boxes_are_as_high_as_the_longest_title() -> None:
    long = "Lagrange multipliers and the conditions of Karush, Kuhn and Tucker"
    heights = [
        float(str(re.findall(r'<rect[^>]* height="(\d+)"', drawing({"a": []}, {"a": title}))[0]))
        for title in ("Limits", long)
    ]
    assert heights[1] - heights[0] >= 2 * 15, "three or four lines do not fit into the box of one"


def test_every_chapter_is_a_link_with_its_needs() -> None:
    svg = drawing({"a": [], "b": ["a"]}, {"a": "Alpha & more", "b": "Beta"})
    assert 'href="a.html"' in svg
    assert 'aria-label="Beta, needs Alpha &amp; more"' in svg
    assert svg.count("<path") == 1
