"""Mend the markup of Sphinx and its extensions: valid, accessible, and without dead weight."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator

from lxml.html import HtmlElement, builder

# Ids that extensions give to every one of their boxes; nothing links to them.
SHARED_IDS = ("proof", "proof-content", "exercise-content", "solution-content")
# Kinds of token that have no style of their own.
PLAIN_TOKENS = ("n", "w", "p", "pre", "nn", "nx", "bp")
# Classes that speak to MathJax, docutils and translators only.
FOREIGN = {"tex2jax_ignore", "mathjax_ignore", "docutils", "notranslate", "container"}
WORD_JOINER = "\u2060"
# Characters that a formula in a line may have before it may be broken.
UNBROKEN = 20


def mend(page: HtmlElement) -> None:
    """Apply every repair to a parsed page, in place."""
    for repair in (
        drop_shared_ids,
        drop_foreign_classes,
        boxes_are_not_sections,
        name_proofs,
        set_titles,
        number_chapter,
        list_references,
        let_long_formulas_break,
        keep_punctuation,
        box_tables,
        fold_dropdowns,
        name_hidden_cells,
        shorten_tracebacks,
        mark_verdicts,
        unwrap_plain_tokens,
        plain_data_frames,
    ):
        repair(page)


def _with_class(page: HtmlElement, name: str, tag: str = "*") -> list[HtmlElement]:
    test = f"contains(concat(' ', normalize-space(@class), ' '), ' {name} ')"
    found: list[HtmlElement] = page.xpath(f"//{tag}[{test}]")
    return found


def drop_shared_ids(page: HtmlElement) -> None:
    for element in page.xpath("//div[@id] | //section[@id]"):
        if element.get("id") in SHARED_IDS:
            del element.attrib["id"]


def drop_foreign_classes(page: HtmlElement) -> None:
    test = " or ".join(f"contains(@class, '{name}')" for name in sorted(FOREIGN))
    for element in page.xpath(f"//article//*[{test}]"):
        kept = [name for name in element.get("class").split() if name not in FOREIGN]
        if kept:
            element.set("class", " ".join(kept))
        else:
            del element.attrib["class"]


def boxes_are_not_sections(page: HtmlElement) -> None:
    """A section needs a heading; the insides of theorems and exercises have none."""
    for section in page.xpath("//div[contains(@class, 'admonition')]/section"):
        section.tag = "div"
        section.set("class", "content")


def name_proofs(page: HtmlElement) -> None:
    """The word "Proof." as an element of its own, so that it can be set apart."""
    for proof in _with_class(page, "proof", "div"):
        first = proof.find("p")
        if first is None or "admonition-title" in first.get("class", ""):
            continue
        opening = re.match(r"(Proof\.)\s*", first.text or "")
        if opening:
            name = builder.B(opening[1], builder.CLASS("proof-name"))
            name.tail = " " + first.text[opening.end() :]
            first.text = None
            first.insert(0, name)
            proof.set("class", "proof-text")


def set_titles(page: HtmlElement) -> None:
    """ "Exercise 1.2 (★★ Name)": the name without brackets, the stars at the end."""
    for title in _with_class(page, "admonition-title"):
        number = title.find("span[@class='caption-number']")
        for link in title.xpath("./a[starts-with(text(), ' ')]"):
            link.text = link.text.lstrip()
            link.addprevious(builder.SPAN(" "))
        if number is None or not (number.tail or "").strip().startswith("("):
            continue
        name = builder.SPAN(builder.CLASS("name"))
        name.text = number.tail.strip().removeprefix("(").removesuffix(")")
        number.tail = None
        name.extend(list(number.itersiblings()))
        if len(name) and name[-1].tail:
            name[-1].tail = name[-1].tail.removesuffix(")")
        number.addnext(name)
        stars = re.search(r"★+", name.text)
        if stars:
            name.text = name.text.replace(stars[0], "").strip() + ("" if not len(name) else " ")
            label = f"difficulty {len(stars[0])} of 3"
            attributes = {"class": "stars", "role": "img", "aria-label": label}
            name.addnext(builder.SPAN(stars[0], **attributes))
            name.tail = " "


def let_long_formulas_break(page: HtmlElement) -> None:
    """A short formula stays whole; a long one may break after its relations and operators."""
    for formula in _with_class(page, "math", "span"):
        visible = "".join(formula.xpath(".//*[@class='katex-html']//text()"))
        if len(visible) > UNBROKEN:
            formula.set("class", "math long")


def keep_punctuation(page: HtmlElement) -> None:
    """A comma after a formula does not begin a line, nor does a bracket before it end one."""
    for formula in _with_class(page, "math", "span"):
        stop = re.match(r"[.,;:!?)\]’”]+", formula.tail or "")
        if stop:
            # The style sheet lets the last part of the formula be as wide as its stop is, too.
            mark = builder.SPAN(builder.CLASS("stop"), stop[0])
            mark.tail = formula.tail[stop.end() :]
            formula.tail = None
            formula.addnext(mark)
            formula.tail = WORD_JOINER
        before = formula.getprevious()
        text = formula.getparent().text if before is None else before.tail
        if text and text[-1] in "([‘“":
            if before is None:
                formula.getparent().text = text + WORD_JOINER
            else:
                before.tail = text + WORD_JOINER


def box_tables(page: HtmlElement) -> None:
    """Every table stands in a box that scrolls when the table is wider than the column."""
    for table in page.xpath("//article//table"):
        parent = table.getparent()
        if parent.get("class", "") == "pst-scrollable-table-container":
            parent.set("class", "table-box")
        else:
            box = builder.DIV(builder.CLASS("table-box"))
            box.tail, table.tail = table.tail, None
            table.addprevious(box)
            box.append(table)


def number_chapter(page: HtmlElement) -> None:
    """The number of a chapter stands above its title, so it needs no point."""
    for number in page.xpath("//h1/span[@class='section-number']"):
        number.text = (number.text or "").strip().rstrip(".") + " "


def list_references(page: HtmlElement) -> None:
    for listing in _with_class(page, "citation-list"):
        listing.tag = "ul"
        del listing.attrib["role"]
        for citation in listing:
            citation.tag = "li"
            citation.attrib.pop("role", None)


def fold_dropdowns(page: HtmlElement) -> None:
    """Boxes of class ``dropdown`` fold without a script."""
    for box in _with_class(page, "dropdown", "div") + _with_class(page, "toggle", "div"):
        title = next(iter(_with_class_below(box, "admonition-title")), None)
        if title is None:
            continue
        box.tag = "details"
        title.tag = "summary"
        # A link inside of what opens the box could not be followed by keyboard.
        for link in title.xpath(".//a"):
            box.append(builder.P(copy.deepcopy(link)))
            box[-1][0].tail = None
            link.drop_tag()
        box.set("class", " ".join(n for n in box.get("class").split() if n != "toggle"))
        if "toggle-shown" in box.get("class"):
            box.set("open", "")


def _with_class_below(box: HtmlElement, name: str) -> Iterator[HtmlElement]:
    return (child for child in box if name in child.get("class", "").split())


def name_hidden_cells(page: HtmlElement) -> None:
    """A hidden part of a cell opens by words, not by a paragraph inside a summary."""
    for details in page.xpath("//details[contains(@class, 'hide')]"):
        words = "output" if "below-input" in details.get("class") else "code"
        summary = details.find("summary")
        for child in list(summary):
            summary.remove(child)
        summary.attrib.clear()
        summary.text = f"The {words}"
        details.set("class", "hidden-cell")


def shorten_tracebacks(page: HtmlElement) -> None:
    """The line of dashes on top says nothing and is wider than a phone."""
    for dashes in page.xpath("//div[contains(@class, 'traceback')]//pre/span[@class='gt'][1]"):
        if set((dashes.text or "").strip()) == {"-"}:
            dashes.tail = (dashes.tail or "").lstrip("\n")
            dashes.text = None
            dashes.drop_tag()


def mark_verdicts(page: HtmlElement) -> None:
    """What a check says is a sentence: it may be broken into lines."""
    for output in _with_class(page, "output", "div"):
        if "".join(output.itertext()).lstrip().startswith("✓ "):
            output.set("class", f"{output.get('class')} verdict")


def unwrap_plain_tokens(page: HtmlElement) -> None:
    for span in page.xpath("//pre//span[@class] | //code/span[@class]"):
        if span.get("class") in PLAIN_TOKENS:
            span.drop_tag()
    for span in page.xpath("//pre/span[not(@class) and not(node())]"):
        span.drop_tag()


def plain_data_frames(page: HtmlElement) -> None:
    """pandas brings a style sheet and a border to every table."""
    for style in page.xpath("//article//style[@scoped]"):
        style.drop_tree()
    for table in _with_class(page, "dataframe", "table"):
        table.attrib.pop("border", None)
        for row in table.xpath(".//*[@style]"):
            del row.attrib["style"]
