"""Header cells of tables say what stands below or beside them, to who hears the page, too."""

from __future__ import annotations

from lxml.html import HtmlElement


def name_headers(page: HtmlElement) -> None:
    """Header cells without text are plain cells; the others say of what, and formulas get names.

    The name is the formula's LaTeX: the signs of a formula, read one by one, are not the formula.
    """
    for cell in page.xpath("//th"):
        if not cell.text_content().strip():
            cell.tag = "td"
            continue
        cell.set("scope", "row" if cell.xpath("ancestor::tbody") else "col")
        if not "".join(cell.xpath(".//text()[not(ancestor::math)]")).strip("\u2060 \n"):
            for formula in cell.xpath(".//math"):
                formula.set("aria-label", formula.getparent().get("data-tex"))
