"""From Sphinx's output to the pages that are served.

Every page is parsed once: completed (`navigation`, `addresses`), its code, tables and pictures,
too (`code`, `tables`, `images`), its text taken into the index (`search`), its signs
counted (`fonts`). A page that did not change since the last build is taken from there.
What Sphinx leaves behind besides is not served.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from lxml import html

from bookkit.html import addresses, assets, code, fonts, images, navigation, search, tables
from bookkit.layout import Layout, digest, sources

FOLDERS = ("_images", "_downloads")
SOURCE = re.compile(rb'<img[^>]* src="([^":]+)"')


def write(layout: Layout, rendered: Path, site: Path, *, with_pdf: bool) -> None:
    """Fill the site with finished pages and with what they ask for."""
    site.mkdir(parents=True)
    for folder in FOLDERS:
        if (rendered / folder).is_dir():
            shutil.copytree(rendered / folder, site / folder)
    shutil.copy(rendered / "objects.inv", site)
    assets.write(layout, site / "_static")

    sheets, address = assets.sheets(layout), layout.site_address
    maker = "".join([_digest_of_maker(), *sheets.values(), address])
    index: list[search.Place] = []
    names: list[str] = []
    texts, formulas = set(), set()
    for source in sorted(rendered.rglob("*.html")):
        name = source.relative_to(rendered)
        if name.parts[0] == "_static":
            continue
        stored = layout.work / "pages" / name.with_suffix(".json")
        before = source.read_bytes()
        key = _key(f"{maker}{with_pdf}", before, site / name.parent)
        page = json.loads(stored.read_text("utf-8")) if stored.exists() else {}
        if page.get("key") != key:
            absent = () if with_pdf else (layout.pdf_name, layout.site_zip_name)
            finished = finish(
                before.decode(), site, name, sheets=sheets, absent=absent, address=address
            )
            page = {"key": key, **finished}
            stored.parent.mkdir(parents=True, exist_ok=True)
            # At once or not at all: a build may be killed at any moment.
            written = stored.with_suffix(".new")
            written.write_text(json.dumps(page), "utf-8")
            written.replace(stored)
        target = site / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(page["text"], "utf-8")
        names.append(name.as_posix())
        index += page["places"]
        texts.add(page["signs"][0])
        formulas.add(page["signs"][1])
    if address:
        (site / "sitemap.xml").write_text(addresses.sitemap(names, address), "utf-8")
    search.write(index, site / "_static")
    fonts.write(layout, site / "_static" / "fonts", texts, formulas)


def finish(
    text: str,
    site: Path,
    name: Path,
    *,
    sheets: Mapping[str, str] = {},
    absent: Sequence[str] = (),
    address: str = "",
) -> dict[str, object]:
    """One page, finished, with its places in the index and the signs that it shows.

    `site` holds the pictures that the page shows; `sheets` are the style sheets that it gets, by
    their names; `absent` names downloads that the site lacks; `address` says where the site will
    lie, if that is known.
    """
    page = html.document_fromstring(text)
    navigation.style(page, sheets)
    code.lighten(page, sheets.get("book.css", ""))
    navigation.finish(page)
    for download in absent:
        navigation.drop_links(page, download)
    if address:
        addresses.complete(page, name.as_posix(), address)
    tables.name_headers(page)
    images.measure(page, site / name.parent)
    finished = html.tostring(page, encoding="unicode", doctype="<!DOCTYPE html>") + "\n"
    places = search.places(page, name.as_posix())
    return {"text": finished, "places": places, "signs": fonts.signs_of(finished)}


def _key(maker: str, page: bytes, folder: Path) -> str:
    """Digest of all that a finished page is made from."""
    total = hashlib.sha256(maker.encode() + page)
    for name in SOURCE.findall(page):
        file = folder / name.decode()
        total.update(file.read_bytes() if file.is_file() else b"")
    return total.hexdigest()


def _digest_of_maker() -> str:
    here = Path(__file__).parent
    return digest(here, sources(here))
