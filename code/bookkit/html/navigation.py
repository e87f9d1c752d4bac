"""Finish what stands around the text: the contents at the side, and the head of the page."""

from __future__ import annotations

import copy

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
        preload_mathematics,
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
    """The first paragraph describes the page to search engines."""
    head = page.find("head")
    if head.xpath("meta[@name='description']"):
        return
    for paragraph in page.xpath("//article//section/p"):
        text = read(paragraph)
        if text:
            short = text if len(text) <= DESCRIPTION_LENGTH else _cut(text)
            head.insert(2, builder.META(name="description", content=short))
            return


def preload_mathematics(page: HtmlElement) -> None:
    """The two faces of almost every formula are fetched together with the text's own."""
    text_face = page.xpath("//link[@rel='preload' and @as='font']")
    if not text_face or not page.xpath("(//main//*[@class='katex'])[1]"):
        return
    fonts = text_face[0].get("href").rsplit("/", 1)[0]
    for face in ("KaTeX_Math-Italic", "KaTeX_Main-Regular"):
        link = copy.deepcopy(text_face[0])
        link.set("href", f"{fonts}/katex/{face}.woff2")
        text_face[0].addnext(link)


def _cut(text: str) -> str:
    return text[:DESCRIPTION_LENGTH].rsplit(" ", 1)[0].rstrip(",;:") + " …"


def drop_pdf(page: HtmlElement, name: str) -> None:
    """Take out the links to the PDF: a site that was built without it offers none."""
    for link in page.xpath("//a[@href]"):
        if link.get("href").endswith(name):
            around = link.getparent()
            if around.text_content().strip() == link.text_content().strip():
                around.drop_tree()
            else:
                link.drop_tag()
