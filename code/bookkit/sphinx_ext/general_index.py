"""``{general-index}``: the list of all entries that `index_entries` has noted.

On the site each entry links the sections in which it stands, by their numbers; in print LaTeX's
makeindex lists the pages.
"""

from __future__ import annotations

import re
import unicodedata
from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment.adapters.indexentries import IndexEntries
from sphinx.util.docutils import SphinxDirective

from bookkit.sphinx_ext.api_reference import of_reference
from bookkit.sphinx_ext.index_entries import places_of


class general_index(nodes.General, nodes.Element):
    """Where the list is to stand."""


class GeneralIndex(SphinxDirective):
    def run(self) -> list[nodes.Node]:
        return [general_index("")]


class Listing:
    """The entries as HTML, letter by letter."""

    def __init__(self, app: Sphinx) -> None:
        self.env = app.env
        self.order = {
            name: number for number, name in enumerate(app.config.external_site_map.keys())
        }
        self.groups = IndexEntries(app.env).create_index(app.builder, group_entries=False)

    def html(self) -> str:
        letters = "".join(
            f'<a href="#letter-{slug(letter)}">{escape(letter)}</a> ' for letter, _ in self.groups
        )
        parts = [f'<nav class="letters" aria-label="Letters">{letters}</nav>']
        for letter, entries in self.groups:
            items = "".join(item(word, *self.below(word, entry)) for word, entry in entries)
            parts.append(f'<h2 id="letter-{slug(letter)}">{escape(letter)}</h2>')
            parts.append(f'<ul class="entries">{items}</ul>')
        return "\n".join(parts)

    def below(self, word: str, entry: Any) -> tuple[str, str]:
        """The links of an entry, and the entries below it."""
        targets, below, _ = entry
        see = "".join(seen(sub) for sub, places in below if not places)
        inner = "".join(
            f"<li>{seen(sub)}{self.links(places)}</li>" for sub, places in below if places
        )
        return self.links(targets) + see, f"<ul>{inner}</ul>" if inner else ""

    def links(self, targets: list[tuple[str | None, str]]) -> str:
        """A link for each section, in the order of the book; bold where the thing is defined."""
        found: dict[tuple[int, tuple[int, ...], str], tuple[str, str, bool]] = {}
        for main, uri in targets:
            page, _, name = uri.partition("#")
            document = page.removesuffix(".html")
            title = self.env.titles[document].astext()
            section = places_of(self.env)[document].get(name, "")
            numbers = self.env.toc_secnumbers.get(document, {})
            number = tuple(numbers.get(f"#{section}", numbers.get("", ())) or ())
            label = ".".join(map(str, number)) or ("reference" if of_reference(document) else title)
            place = (self.order[document], number, title)
            if main or place not in found:
                found[place] = (uri, label, bool(main))
        return "".join(
            f', <a href="{uri}" title="{escape(place[2])}">{strong(escape(label), main)}</a>'
            for place, (uri, label, main) in sorted(found.items())
        )


def item(word: str, links: str, below: str) -> str:
    return f'<li><span id="entry-{slug(word)}">{seen(word)}</span>{links}{below}</li>\n'


def strong(text: str, main: bool) -> str:
    return f"<b>{text}</b>" if main else text


def seen(word: str) -> str:
    """The words of an entry: what it refers to is a link, the module of a function stands apart."""
    see = re.fullmatch(r"(see(?: also)?) (.+)", word)
    if see:
        return f', <i>{see[1]}</i> <a href="#entry-{slug(see[2])}">{escape(see[2])}</a>'
    function = re.fullmatch(r"(\w+) \((calcml[\w.]*)\)", word)
    if function:
        return f"<code>{function[1]}</code> <small>{function[2]}</small>"
    return escape(word)


def slug(text: str) -> str:
    """Letters and digits of a text, for an id.

    Examples
    --------
    >>> slug("L'Hôpital's rule")
    'l-hopital-s-rule'
    """
    plain = unicodedata.normalize("NFD", text.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "symbols"


def write(app: Sphinx, doctree: nodes.document, _docname: str) -> None:
    """Fill in the list, when all pages are read."""
    for node in list(doctree.findall(general_index)):
        if app.builder.format == "html":
            node.replace_self(nodes.raw("", Listing(app).html(), format="html"))
        else:
            node.replace_self(nodes.raw("", "\\printindex", format="latex"))


def setup(app: Sphinx) -> None:
    app.add_node(general_index)
    app.add_directive("general-index", GeneralIndex)
    app.connect("doctree-resolved", write)
