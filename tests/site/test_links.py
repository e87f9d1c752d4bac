"""Every link, picture, font and script of the site is there; nothing is fetched elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from lxml import html

LINKS = "//@href | //@src | //@poster | //@action | //@data"
# Attributes that make a browser fetch something without being asked.
FETCHED = "//@src | //@srcset | //@poster | //link[@rel!='canonical']/@href | //object/@data"
ENDS = (".pdf", "-notebooks.zip", "-site.zip")
CSS_ADDRESS = re.compile(r"url\(\s*['\"]?([^'\")]+)['\"]?\s*\)|@import\s+['\"]([^'\"]+)")


@dataclass(frozen=True)
class Links:
    """What a page links, fetches, offers for download, and names."""

    addresses: list[str]
    fetched: list[str]
    downloads: set[str]
    anchors: frozenset[str]


@cache
def links(page: Path) -> Links:
    """Read a page once for all that is asked of it."""
    tree = html.parse(str(page))
    found = [str(value) for value in tree.xpath(LINKS)]
    for value in tree.xpath("//@srcset"):
        found += [candidate.split()[0] for candidate in value.split(",")]
    for style in tree.xpath("//@style | //style/text()"):
        found += in_css(str(style))
    return Links(
        found,
        [str(address) for address in tree.xpath(FETCHED)],
        {str(address) for address in tree.xpath("//*[@id='downloads']//a/@href")},
        frozenset(map(str, tree.xpath("//@id | //a/@name"))),
    )


def in_css(text: str) -> list[str]:
    return [first or second for first, second in CSS_ADDRESS.findall(text)]


def fault(site: Path, source: Path, address: str) -> str | None:
    """What is wrong with an address that stands in a file of the site, if anything."""
    parts = urlsplit(address)
    where = f"{source.relative_to(site)}: {address}"
    if parts.scheme in ("http", "https", "mailto", "data") and not parts.path.startswith("file:"):
        return None
    if parts.scheme or parts.netloc or parts.path.startswith("/"):
        return f"{where} depends on where the site lies"
    target = (source.parent / unquote(parts.path)).resolve() if parts.path else source
    if target.is_dir():
        target /= "index.html"
    if not target.is_relative_to(site) or not target.is_file():
        return f"{where} leads nowhere"
    anchor = unquote(parts.fragment)
    if anchor and target.suffix == ".html" and anchor not in links(target).anchors:
        return f"{where}: no such place on that page"
    return None


def link_faults(site: Path) -> list[str]:
    found = []
    for page in sorted(site.rglob("*.html")):
        found += [fault(site, page, address) for address in links(page).addresses]
    for sheet in sorted(site.rglob("*.css")):
        found += [fault(site, sheet, address) for address in in_css(sheet.read_text("utf-8"))]
    return [line for line in found if line]


def foreign_resources(site: Path) -> list[str]:
    found = []
    for page in sorted(site.rglob("*.html")):
        for address in links(page).fetched:
            if "//" in address.split("?")[0] and not address.startswith("data:"):
                found.append(f"{page.relative_to(site)}: {address}")
    for sheet in sorted(site.rglob("*.css")):
        for address in in_css(sheet.read_text("utf-8")):
            if "//" in address and not address.startswith("data:"):
                found.append(f"{sheet.relative_to(site)}: {address}")
    return found


def test_every_link_leads_somewhere(site: Path) -> None:
    assert link_faults(site.resolve()) == []


def test_nothing_is_fetched_from_elsewhere(site: Path) -> None:
    assert foreign_resources(site) == []


def test_every_page_offers_the_downloads(site: Path, pages: list[str]) -> None:
    for name in pages:
        found = links(site / name).downloads
        up = "../" * name.count("/")
        wanted = {f"{up}calculus-for-machine-learning{end}" for end in ENDS}
        notebook = f"notebooks/{name.removesuffix('.html')}.ipynb"
        if (site / notebook).exists():
            wanted.add(up + notebook)
        assert found == wanted, name


BROKEN = {
    '<a href="nowhere.html">x</a>': "nowhere.html leads nowhere",
    '<a href="#gone">x</a>': "#gone: no such place",
    '<a href="other.html#gone">x</a>': "other.html#gone: no such place",
    '<img src="a.png" alt="">': "a.png leads nowhere",
    '<img srcset="other.html 1x, b.png 2x" alt="">': "b.png leads nowhere",
    '<p style="background: url(c.png)">x</p>': "c.png leads nowhere",
    '<a href="/other.html">x</a>': "depends on where the site lies",
    '<a href="../../outside.html">x</a>': "leads nowhere",
    '<a href="file:///etc/hosts">x</a>': "depends on where the site lies",
    '<link rel="stylesheet" href="bad.css">': "d.woff2 leads nowhere",
}


@pytest.mark.parametrize(("markup", "complaint"), BROKEN.items())
def test_a_broken_link_is_found(tmp_path: Path, markup: str, complaint: str) -> None:
    (tmp_path / "other.html").write_text("<p id='here'>here</p>")
    (tmp_path / "bad.css").write_text("@font-face { src: url(d.woff2) }" if "bad" in markup else "")
    (tmp_path / "page.html").write_text(f'<a href="other.html#here">good</a>{markup}')
    found = link_faults(tmp_path)
    assert len(found) == 1
    assert complaint in found[0]


@pytest.mark.parametrize(
    "markup",
    [
        '<script src="https://cdn.example/x.js"></script>',
        '<link rel="stylesheet" href="//cdn.example/x.css">',
        '<img srcset="https://cdn.example/x.png 2x" alt="">',
        '<iframe src="http://example.org"></iframe>',
    ],
)
def test_a_foreign_resource_is_found(tmp_path: Path, markup: str) -> None:
    (tmp_path / "page.html").write_text(f'<a href="https://example.org">fine</a>{markup}')
    assert len(foreign_resources(tmp_path)) == 1
