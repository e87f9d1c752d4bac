"""What the book refers to: its labels, as the site numbers them, and the works that it cites."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from docutils.nodes import make_id
from lxml import html
from pybtex.database import BibliographyData, Entry, Person, parse_file

from bookkit import myst
from bookkit.layout import BuildError, Layout

DOI = "https://doi.org/"
HEADINGS = ("h1", "h2", "h3", "h4")


@dataclass(frozen=True)
class Label:
    """A place that can be referred to.

    Attributes
    ----------
    page
        The name of its page, as in ``solutions/functions``.
    anchor
        Its address on the page of the site.
    words
        What the site calls it: ``Theorem 3.2``, ``(3.2)``, or the title of a section.
    """

    page: str
    anchor: str
    words: str


@dataclass(frozen=True)
class Work:
    """A work in the bibliography: its authors, its year, and where it is found, if anywhere."""

    authors: str
    year: str
    address: str


def labels(layout: Layout, pages: Path) -> dict[str, Label]:
    """The labels of all chapters, named as on their pages.

    Parameters
    ----------
    pages
        The folder of the pages as Sphinx wrote them.

    Raises
    ------
    BuildError
        If a page does not show what its source labels.
    """
    found = {}
    for file in layout.chapters:
        page = myst.read(layout, file)
        name = file.relative_to(layout.book).with_suffix("").as_posix()
        wanted = page.labels
        if not wanted:
            continue
        tree = html.parse(str(pages / f"{name}.html"))
        places = {element.get("id"): element for element in tree.iterfind(".//*[@id]")}
        for label, line in wanted.items():
            named = f"equation-{label}" if label in page.equations else label
            anchor = next(filter(places.__contains__, (named, make_id(named))), None)
            if anchor is None:
                raise BuildError(page.at(line, f"the page shows nothing labeled {label!r}"))
            found[label] = Label(name, anchor, words(places[anchor]))
    return found


def words(element: html.HtmlElement) -> str:
    """What the site calls a place: its number with its kind, or the title of the section.

    Empty for a paragraph, to which links have words of their own.

    Examples
    --------
    >>> words(html.fromstring('<figure><span class="caption-number">Fig. 1 </span></figure>'))
    'Fig. 1'
    >>> words(html.fromstring("<section><span></span><h2>A <i>title</i></h2></section>")[0])
    'A title'
    """
    if element.tag in ("section", "span"):
        section = element if element.tag == "section" else element.getparent()
        heading = next(section.iter(*HEADINGS), None)
        if heading is None:
            return ""
        number = "".join(span.text_content() for span in heading.find_class("section-number"))
        return _plain(heading).removeprefix(number.strip()).strip()
    if "equation" in element.classes:
        (number,) = element.find_class("eqno")
        return "(" + number.text_content().partition("(")[2].partition(")")[0] + ")"
    for name in ("caption-number", "admonition-title"):
        for found in element.find_class(name):
            return _plain(found).partition(" (")[0]
    return ""


def _plain(element: html.HtmlElement) -> str:
    """The text of an element, without the sign that links to it."""
    return " ".join(element.text_content().replace("#", "").split())


def works(layout: Layout) -> dict[str, Work]:
    """The works of the bibliography by key."""
    library: BibliographyData = parse_file(str(layout.book / "references.bib"), "bibtex")
    return {key: _work(entry) for key, entry in library.entries.items()}


def _work(entry: Entry) -> Work:
    persons = entry.persons.get("author") or entry.persons.get("editor") or []
    doi, url = entry.fields.get("doi"), entry.fields.get("url", "")
    return Work(_authors(persons), entry.fields.get("year", ""), f"{DOI}{doi}" if doi else url)


def _authors(persons: list[Person]) -> str:
    """One or two last names, or the first of more."""
    names = [
        re.sub(r"[{}]", "", " ".join([*person.prelast_names, *person.last_names]))
        for person in persons
    ]
    return " and ".join(names) if len(names) < 3 else f"{names[0]} et al."
