"""What only a site that knows its own address can say: to search engines, previews, who cites it.

The address comes from the environment (``BOOK_ADDRESS=https://...``). Without it nothing is said:
no address is invented, and the pages work wherever they lie.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote
from xml.sax.saxutils import escape

from lxml.html import HtmlElement, builder

LOST = "404.html"
UNLISTED = {LOST, "search.html"}


def complete(page: HtmlElement, name: str, address: str) -> None:
    """Tell a page where it lies; `name` is relative to the site, `address` ends with a slash."""
    head, here = page.find("head"), address_of(name, address)
    if name == LOST:
        # A host shows it in the place of pages in any folder.
        head.insert(0, builder.BASE(href=address))
        return
    if name in UNLISTED:
        return
    title, _, book = (page.findtext(".//title") or "").partition(" · ")
    described = page.xpath("//meta[@name='description']/@content")
    facts = {
        "og:type": "book" if not book else "article",
        "og:site_name": book or title,
        "og:title": title,
        "og:url": here,
        **({"og:description": described[0]} if described else {}),
    }
    head.append(builder.LINK(rel="canonical", href=here))
    for key, value in facts.items():
        head.append(builder.META(property=key, content=value))
    for citation in page.xpath("//p[@id='citation']"):
        link = builder.A(here, href=here)
        if len(citation):
            citation[-1].tail = (citation[-1].tail or "") + " "
        citation.append(link)


def address_of(name: str, address: str) -> str:
    return address + quote("" if name == "index.html" else name)


def sitemap(names: Iterable[str], address: str) -> str:
    """The list of all pages for search engines."""
    pages = (address_of(name, address) for name in sorted(set(names) - UNLISTED))
    entries = "\n".join(f"<url><loc>{escape(page)}</loc></url>" for page in pages)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        f"{entries}\n</urlset>\n"
    )
