"""Finish what stands around the text: the contents at the side, and the head of the page."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

from lxml.html import HtmlElement, builder

from bookkit.html.search import read

DESCRIPTION_LENGTH = 155
#: Faces that pages need beside the text's own, and where they are needed.
FACES = {
    "//main//em": "stix-two-text-latin-wght-italic",
    "//main//pre": "source-code-pro-latin-wght-normal",
    "//main//math": "stix-two-math-latin-400-normal",
    "//header": "source-sans-3-latin-wght-normal",
}

PRELOAD = """
if (location.protocol !== "file:") for (const face of "{faces}".split(" ")) {{
  const link = {{ rel: "preload", as: "font", crossOrigin: "", href: `{folder}/${{face}}.woff2` }};
  document.head.append(Object.assign(document.createElement("link"), link));
}}
"""


def finish(page: HtmlElement) -> None:
    """Apply every step to a parsed page, in place."""
    for step in (
        plain_captions_of_contents,
        sections_in_contents,
        one_viewport,
        describe,
        preload_faces,
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


def preload_faces(page: HtmlElement) -> None:
    """Further faces are fetched together with the text's own, so that no line moves later.

    All stand in the head: a browser waits a little for what is named there before it draws. From
    the body they would let the first lines be seen earlier, and then move. A script asks for them,
    because from the disk a browser fetches nothing ahead, and complains.
    """
    for text_face in page.xpath("//link[@rel='preload' and @as='font']"):
        folder, _, face = text_face.get("href").rpartition("/")
        needed = (other for place, other in FACES.items() if page.xpath(f"({place})[1]"))
        faces = " ".join([face.removesuffix(".woff2"), *needed])
        script = builder.SCRIPT(PRELOAD.format(folder=folder, faces=faces))
        text_face.getparent().replace(text_face, script)


def style(page: HtmlElement, sheet: str) -> None:
    """Put the style sheet into the page, in the place of the link to it."""
    for link in page.xpath("//link[@rel='stylesheet']"):
        folder = link.get("href").rpartition("/")[0]
        element = builder.STYLE(sheet.replace("url(fonts/", f"url({folder}/fonts/"))
        link.getparent().replace(link, element)


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
