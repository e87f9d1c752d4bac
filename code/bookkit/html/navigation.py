"""Finish what stands around the text: the contents at the side, and the head of the page."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256

from lxml.html import HtmlElement, builder

from bookkit.html.search import read

DESCRIPTION_LENGTH = 155


def finish(page: HtmlElement) -> None:
    """Apply every step to a parsed page, in place."""
    for step in (
        plain_captions_of_contents,
        sections_in_contents,
        one_viewport,
        describe,
        allow_scripts,
    ):
        step(page)


def plain_captions_of_contents(page: HtmlElement) -> None:
    """Parts of the book are labels of lists in the navigation, not headings of the page."""
    for number, caption in enumerate(page.xpath("//nav[@id='contents']/p")):
        caption.attrib.clear()
        caption.set("id", f"part-{number}")
        following = caption.getnext()
        if following is not None and following.tag == "ul":
            following.set("aria-labelledby", f"part-{number}")


def sections_in_contents(page: HtmlElement) -> None:
    """Below the entry of this page come its sections."""
    here = page.xpath("//nav[@id='contents']//li/a[contains(@class, 'current')]")
    sections = page.xpath("//template[@id='sections']")
    for entry in here:
        entry.set("aria-current", "page")
    for template in sections:
        inner = template.xpath("./ul/li/ul")
        if here and inner:
            listing = inner[0]
            listing.set("class", "sections")
            for deeper in listing.xpath(".//ul"):
                deeper.drop_tree()
            here[-1].getparent().append(listing)
        template.drop_tree()


def one_viewport(page: HtmlElement) -> None:
    for extra in page.xpath("//meta[@name='viewport']")[1:]:
        extra.drop_tree()


def describe(page: HtmlElement) -> None:
    """The first paragraph describes the page to search engines, or the title and what it lists."""
    head = page.find("head")
    if head.xpath("meta[@name='description']"):
        return
    texts = filter(None, map(read, page.xpath("//article//section/p")))
    text = next(texts, "") or _listed(page)
    if text:
        short = text if len(text) <= DESCRIPTION_LENGTH else _cut(text)
        head.insert(2, builder.META(name="description", content=short))


def _listed(page: HtmlElement) -> str:
    """``Glossary: activation; Adam; ...``; empty if the page lists nothing."""
    entries = page.xpath(
        "//article//dl/dt | //article//li[@class='citation']//p"
        " | //article//p[@class='admonition-title']/a[not(@class='headerlink')]"
    )
    title = page.xpath("//article//h1")
    if not entries or not title:
        return ""
    names = "; ".join(read(entry).rstrip(".") for entry in entries[:8])
    return f"{read(title[0])}: {names}"


def style(page: HtmlElement, sheets: Mapping[str, str]) -> None:
    """Put the style sheets into the page, in the places of the links to them."""
    for link in page.xpath("//link[@rel='stylesheet']"):
        folder, _, name = link.get("href").partition("?")[0].rpartition("/")
        text = sheets.get(name, "").replace("url(fonts/", f"url({folder}/fonts/")
        named = {"id": link.get("id")} if link.get("id") else {}
        link.getparent().replace(link, builder.STYLE(text, named))


def allow_scripts(page: HtmlElement) -> None:
    """Say which scripts may run: the site's own files, and what the template has in the head.

    Browsers differ in whether a file on the disk is of the site, so those are named; no page that
    comes from a server can load them.
    """
    head = page.find("head")
    digests = (
        b64encode(sha256(script.text.encode()).digest()).decode()
        for script in head.xpath("script[not(@src)]")
    )
    sources = " ".join(["'self'", "file:", *(f"'sha256-{digest}'" for digest in digests)])
    policy = f"script-src {sources}; object-src 'none'"
    # Before the first script, and after the encoding, which has to stand at the very beginning.
    head.insert(1, builder.META({"http-equiv": "Content-Security-Policy", "content": policy}))


def _cut(text: str) -> str:
    return text[:DESCRIPTION_LENGTH].rsplit(" ", 1)[0].rstrip(",;:") + " …"


def drop_links(page: HtmlElement, name: str) -> None:
    """Take out the links to a download: a site that was built without it offers none."""
    for link in page.xpath("//a[@href]"):
        if link.get("href").endswith(name):
            around = link.getparent()
            if around.text_content().strip() == link.text_content().strip():
                around.drop_tree()
            else:
                link.drop_tag()
