"""Code as it is served: with those marks of the highlighter that the style sheet colors.

The others, nearly all of them around operators, are a twelfth of the elements of a chapter.
"""

from __future__ import annotations

import re

from lxml.html import HtmlElement

COLORS = re.compile(r"\.highlight :is\(([^)]*)\)")
KIND = re.compile(r"[a-z]{1,2}\d?")  # Pygments' short name for a kind of token


def lighten(page: HtmlElement, sheet: str) -> None:
    """Take away marks without a color.

    Examples
    --------
    >>> from lxml import html
    >>> page = html.fromstring('<pre>x <span class="o">=</span> <span class="mi">2</span></pre>')
    >>> lighten(page, ".highlight :is(.mi, .mf) { color: red; }")
    >>> html.tostring(page)
    b'<pre>x = <span class="mi">2</span></pre>'
    """
    colored = {name.strip(" .") for rule in COLORS.findall(sheet) for name in rule.split(",")}
    for mark in page.xpath("descendant-or-self::pre//span[@class]"):
        kind = mark.get("class")
        if KIND.fullmatch(kind) and kind not in colored:
            mark.drop_tag()
