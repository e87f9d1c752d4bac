"""The general index of the site: full, sorted, no entry twice, each a link."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import html
from lxml.html import HtmlElement

from bookkit.sphinx_ext.general_index import slug

LETTERS = "//article//ul[@class='entries']"


def words(item: HtmlElement) -> str:
    """The text of an entry, without its links and what stands below it."""
    text = str(item.xpath("string(./span)") or item.text or "").strip(" ,")
    module = item.xpath("string(./span/small)")
    return text.replace(module, f"({module})") if module else text


def key(entry: str) -> str:
    return unicodedata.normalize("NFD", entry.lower())


def one_form(entry: str) -> str:
    """In small letters, the last word in the singular; a function keeps its module."""
    plain = re.sub(r"[^a-z0-9 ]", " ", key(entry))
    return re.sub(r"(?<![su])s$", "", " ".join(plain.split()))


def faults(page: HtmlElement) -> Iterator[str]:
    entries = page.xpath(f"{LETTERS}/li")
    texts = [words(entry) for entry in entries]
    for entry, text in zip(entries, texts, strict=True):
        links = entry.xpath(".//a")
        if not text or not links:
            yield f"{text!r} leads nowhere"
        for link in links:
            if not link.text_content().strip() or not link.get("href", "").partition("#")[2]:
                yield f"{text!r} has an empty link"
        targets = entry.xpath("./a/@href")
        if len(set(targets)) < len(targets):
            yield f"{text!r} leads twice to one place"
    for letter in page.xpath(LETTERS):
        below = [words(entry) for entry in letter.xpath("./li")]
        if sorted(below, key=key) != below:
            yield f"not sorted: {below[:3]} ..."
    for form, count in Counter(map(one_form, texts)).items():
        if count > 1:
            yield f"{form!r} stands there {count} times"


def test_it_is_full_and_sound(site: Path) -> None:
    page = html.parse(str(site / "general_index.html")).getroot()
    assert len(page.xpath(f"{LETTERS}//li")) >= 400
    assert list(faults(page)) == []
    wanted = {"gradient", "chain rule", "Jensen's inequality", "Challenger data", "Nesterov, Yurii"}
    assert wanted <= {words(entry) for entry in page.xpath(f"{LETTERS}/li")}


def test_references_to_entries_find_them(site: Path) -> None:
    page = html.parse(str(site / "general_index.html")).getroot()
    see = page.xpath(f"{LETTERS}//a[starts-with(@href, '#')]")
    assert len(see) >= 20
    assert {link.get("href")[1:] for link in see} <= set(page.xpath("//article//@id"))
    assert all(link.get("href") == f"#entry-{slug(link.text_content())}" for link in see)


def entry(text: str, links: str = '<a href="a.html#b">1.1</a>') -> str:
    return f"<li><span>{text}</span>, {links}</li>"


@pytest.mark.parametrize(
    ("items", "fault"),
    [
        ([entry("chain rule"), entry("Curl")], None),
        ([entry("curl"), entry("chain rule")], "not sorted"),
        ([entry("curl"), entry("Curl")], "'curl' stands there 2 times"),
        ([entry("kink"), entry("kinks")], "'kink' stands there 2 times"),
        ([entry("Newton-CG method"), entry("Newton–CG method")], "'newton cg method' stands there"),
        ([entry("curl", "")], "'curl' leads nowhere"),
        ([entry("curl", '<a href="a.html">1</a>')], "'curl' has an empty link"),
        ([entry("curl", '<a href="#a"></a>')], "'curl' has an empty link"),
    ],
)
def test_faults_of_an_index_are_found(items: list[str], fault: str | None) -> None:
    page = html.document_fromstring(f"<article><ul class='entries'>{''.join(items)}</ul></article>")
    found = list(faults(page))
    assert len(found) == (fault is not None), found
    assert all(line.startswith(str(fault)) for line in found)
