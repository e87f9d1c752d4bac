"""Each reference can be found: it is complete, in one form with the others, and has an address.

Each rule is tried on a wrong entry, which it must refuse, before the book's own are given to it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pybtex.database import BibliographyData, Entry, parse_string

BOOK = Path(__file__).resolve().parents[2] / "book"
# No DOI, ISBN or page could be confirmed for these; what they have finds them in a library.
WITHOUT_ADDRESS = {
    "korpelevich1976",
    "lagrange1788",
    "lagrange1806",
    "penrose1971",
    "powell1969",
    "schwarz1873",
}
REQUIRED = {
    "article": {"author", "title", "journal", "year"},
    "book": {"author", "title", "publisher", "year"},
    "incollection": {"author", "title", "booktitle", "pages", "publisher", "year"},
    "inproceedings": {"author", "title", "booktitle", "year"},
    "mastersthesis": {"author", "title", "school", "year"},
    "misc": {"author", "title", "howpublished", "year"},
    "phdthesis": {"author", "title", "school", "year"},
    "techreport": {"author", "title", "institution", "number", "year"},
}
# Lower-case in a name that is in title case; "di" and "i" are those of journals.
SMALL = {"a", "an", "and", "as", "at", "by", "di", "for", "from", "i", "in", "into", "its"}
SMALL |= {"of", "on", "or", "the", "to", "under", "with"}
ISBN = r"(?<![\d-])97[89][\d-]+"

Rule = Callable[[str, Entry], Iterator[str]]


def fields(key: str, entry: Entry) -> Iterator[str]:
    given = {*entry.fields, *entry.persons}
    for name in sorted(REQUIRED[entry.type] - given):
        yield f"no {name}"
    # Without pages the volume is not printed: then a note must give it.
    placed = {"volume", "pages"} <= given or entry.fields.get("note", "").startswith("Volume ")
    if entry.type == "article" and not placed:
        yield "no volume and pages"
    if not re.fullmatch(r"\d{4}", entry.fields.get("year", "")):
        yield "year"


def address(key: str, entry: Entry) -> Iterator[str]:
    has = {"doi", "isbn", "url"} & {*entry.fields} or re.search(ISBN, entry.fields.get("note", ""))
    if bool(has) == (key in WITHOUT_ADDRESS):
        yield "an address after all" if has else "no address"


def doi(key: str, entry: Entry) -> Iterator[str]:
    value = entry.fields.get("doi", "10.1000/1")
    if not re.fullmatch(r"10\.\d{4,9}/[^\s{}]*[^\s{}.,]", value):
        yield "form of the DOI"
    if value.startswith("10.48550/") and not re.fullmatch(r"\S+/arXiv\.\d{4}\.\d{4,5}", value):
        yield "form of the number at arXiv"


def url(key: str, entry: Entry) -> Iterator[str]:
    value = entry.fields.get("url", "https://a.b")
    if not re.fullmatch(r"https://[^\s{}]+", value):
        yield "form of the URL"
    if re.search(r"//(dx\.)?doi\.org/|//arxiv\.org/", value):
        yield "a URL that is a DOI"


def isbn(key: str, entry: Entry) -> Iterator[str]:
    found = re.findall(ISBN, entry.fields.get("note", ""))
    found += [entry.fields["isbn"]] if "isbn" in entry.fields else []
    for value in found:
        digits = [int(digit) for digit in value.replace("-", "") if digit.isdigit()]
        weighted = sum(digit * (3 if place % 2 else 1) for place, digit in enumerate(digits))
        if not re.fullmatch(r"97[89]-\d+-\d+-\d+-\d", value) or len(digits) != 13:
            yield "form of the ISBN"
        elif weighted % 10:
            yield "check digit of the ISBN"


def pages(key: str, entry: Entry) -> Iterator[str]:
    value = entry.fields.get("pages", "1")
    if not re.fullmatch(r"\d+--\d+(, \d+--\d+)*|e?\d+", value):
        yield "form of the pages"
    numbers = [int(number) for number in re.findall(r"\d+", value)]
    if numbers != sorted(numbers):
        yield "pages that run backwards"
    if re.search(r"\d(-|–|---)\d", entry.fields.get("number", "")) and entry.type == "article":
        yield "dash of the number"


def plain_title(key: str, entry: Entry) -> Iterator[str]:
    """All but books are printed as sentences: a capital that is not in braces would be lost."""
    if entry.type not in {"book", "phdthesis"}:
        title = re.sub(r"\$[^$]*\$", "", entry.fields.get("title", ""))
        while "{" in title:
            title = re.sub(r"\{[^{}]*\}", "x", title)
        if title[1:] != title[1:].lower():
            yield "a capital outside braces"


def title_case(key: str, entry: Entry) -> Iterator[str]:
    names = ["journal", "booktitle", "series"]
    names += ["title"] if entry.type in {"book", "phdthesis"} else []
    for name in [] if "language" in entry.fields else names:
        words = entry.fields.get(name, "").split()
        for before, word in zip([":", *words], words, strict=False):
            small = word in SMALL and not before.endswith(":")
            if word[0].islower() and not small:
                yield f"{name} not in title case: {word}"


def letters(key: str, entry: Entry) -> Iterator[str]:
    persons = [str(person) for people in entry.persons.values() for person in people]
    for value in [*entry.fields.values(), *persons]:
        if re.search(r"\\[^&]", re.sub(r"\$[^$]*\$", "", value)):
            yield f"an accent that is written as a command: {value}"
        if any(set("{}") & set(formula) for formula in value.split("$")[1::2]):
            yield f"braces inside a formula, which BibTeX would take for its own: {value}"
        if value.count("$") % 2:
            yield f"a dollar alone: {value}"
    if not re.fullmatch(r"(\d*(1st|2nd|3rd|\dth))|new", entry.fields.get("edition", "2nd")):
        yield "form of the edition"


RULES: list[Rule]
RULES = [fields, address, doi, url, isbn, pages, plain_title, title_case, letters]
GOOD = {
    "author": "Noether, Emmy",
    "title": "On {Noether}",
    "journal": "The Journal of Proofs",
    "volume": "1",
    "pages": "1--2",
    "year": "1918",
    "doi": "10.1000/a.b",
}
WRONG: list[tuple[Rule, dict[str, str | None]]] = [
    (fields, {"journal": None}),
    (fields, {"pages": None}),
    (fields, {"year": "in print"}),
    (address, {"doi": None}),
    (doi, {"doi": "https://doi.org/10.1000/a.b"}),
    (doi, {"doi": "10.1000/a.b."}),
    (doi, {"doi": "10.48550/arXiv:1412.6980"}),
    (url, {"url": "http://a.b"}),
    (url, {"url": "https://doi.org/10.1000/a.b"}),
    (url, {"url": "https://arxiv.org/abs/1412.6980"}),
    (isbn, {"isbn": "978-0-07-000657-8"}),
    (isbn, {"isbn": "9780070006577"}),
    (isbn, {"isbn": "0-07-000657-1"}),
    (isbn, {"note": "Reprinted, ISBN 978-0-07-000657-8"}),
    (pages, {"pages": "1-2"}),
    (pages, {"pages": "1–2"}),
    (pages, {"pages": "20--3"}),
    (pages, {"number": "1-2"}),
    (plain_title, {"title": "On Noether"}),
    (title_case, {"journal": "The journal of proofs"}),
    (title_case, {"series": "Proofs: a Series"}),
    (letters, {"author": r"Poincar{\'e}, Henri"}),
    (letters, {"title": r"On $\hat{x}$"}),
    (letters, {"title": "On $x"}),
    (letters, {"edition": "2"}),
]


def entry_of(values: dict[str, str | None]) -> Entry:
    body = ",".join(f"{name} = {{{value}}}" for name, value in values.items() if value)
    entry: Entry = parse_string(f"@article{{noether1918,{body}}}", "bibtex").entries["noether1918"]
    return entry


@pytest.fixture(scope="module")
def references() -> BibliographyData:
    return parse_string((BOOK / "references.bib").read_text(encoding="utf-8"), "bibtex")


@pytest.mark.parametrize(("rule", "change"), WRONG)
def test_a_rule_refuses(rule: Rule, change: dict[str, str | None]) -> None:
    assert list(rule("noether1918", entry_of({**GOOD, **change})))


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_accepts(rule: Rule) -> None:
    assert not list(rule("noether1918", entry_of(dict(GOOD))))


@pytest.mark.parametrize("rule", RULES)
def test_references_keep(rule: Rule, references: BibliographyData) -> None:
    found = [(key, what) for key, entry in references.entries.items() for what in rule(key, entry)]
    assert not found


def test_an_address_is_given_once(references: BibliographyData) -> None:
    for name in ("doi", "isbn", "url"):
        values = [entry.fields.get(name) for entry in references.entries.values()]
        counts = Counter(value.casefold() for value in values if value)
        assert not [value for value, count in counts.items() if count > 1]
    assert {*references.entries} >= WITHOUT_ADDRESS


def test_a_journal_has_one_name(references: BibliographyData) -> None:
    names = {entry.fields.get("journal", "") for entry in references.entries.values()}
    counts = Counter(re.sub(r"^the |[^a-z]", "", name.casefold()) for name in names)
    assert not [name for name, count in counts.items() if count > 1]


def test_references_are_in_the_order_of_their_keys(references: BibliographyData) -> None:
    keys = list(references.entries)
    assert keys == sorted(keys, key=str.lower)


def test_each_reference_is_cited_and_each_citation_has_one(references: BibliographyData) -> None:
    texts = [path.read_text(encoding="utf-8") for path in BOOK.glob("**/*.md")]
    roles = [role for text in texts for role in re.findall(r"\{cite(?::\w+)?\}`([^`]+)`", text)]
    cited = {key.strip() for role in roles for key in role.split(",")}
    assert cited == {*references.entries}
