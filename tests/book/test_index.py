"""What is noted in a chapter stands in the index of the site and of the PDF, and nowhere else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lxml import html
from pypdf import PdfReader

from bookkit import myst
from bookkit.layout import Layout
from bookkit.sphinx_ext.index_entries import NAMED

LAYOUT = Layout(Path(__file__).resolve().parents[2])

PAGE = """
## Rates

The {term}`chain rule` multiplies *rates*.

```{index} Challenger data, Rates of change
```
```{index} single: Nesterov, Yurii
```

The second paragraph.

```{index} extreme value theorem
```

```{prf:proof}
By compactness.
```

````{prf:theorem} The noise floor
:label: thm-prose-floor

It is there.
````

```{index} single: Nesterov, Yurii
```
```{index} floor; of a room, ! lower end
```

````{prf:theorem} Nothing falls through
:label: thm-prose-nothing

It does not.
````

````{prf:definition} Curl, divergence
:label: def-prose-curl

Both are new.
````
"""
GLOSSARY = (
    "# Glossary\n\n```{glossary}\nchain rule\n    A product.\n\nNewton’s method\n    A.\n```\n"
)
INDEX = """# Index

```{index} see: rule for chains; chain rule
```

```{general-index}
```
"""
ENTRIES = {
    "chain rule": ["2.1", "3"],
    "Challenger data": ["2.1"],
    "curl": ["2.1"],
    "divergence": ["2.1"],
    "extreme value theorem": ["2.1"],
    "floor": [],
    "lower end": ["2.1"],
    "Nesterov, Yurii": ["2.1"],
    "Newton's method": ["3"],
    "noise floor": ["2.1"],
    "Rates of change": ["2.1"],
    "rule for chains": ["chain rule"],
}


@pytest.mark.whole
def test_entries_stand_on_the_site_and_in_print(copy) -> None:
    copy.append("book/prose.md", PAGE)
    copy.append("book/sample.md", "```{index} notebook\n```\n\nA last paragraph.")
    (copy.root / "book/glossary.md").write_text(GLOSSARY, "utf-8")
    (copy.root / "book/general_index.md").write_text(INDEX, "utf-8")
    more = "- file: prose\n      - file: glossary\n      - file: general_index\n"
    copy.edit("_toc.yml", "- file: prose\n", more)
    outcome = copy.build("build")
    assert outcome.status == 0, outcome
    page = html.document_fromstring(copy.page("general_index.html"))
    shown, below = {}, set[str]()
    for item in page.xpath("//ul[@class='entries']/li"):
        links = item.xpath(".//a")
        own = [link.text_content() for link in item.xpath("./a|./b/a")]
        shown[item.xpath("string(./span)").strip()] = own
        below |= {part.text.strip(", ") for part in item.xpath("./ul/li")}
        for link in links:
            target, _, name = link.get("href").partition("#")
            assert f'id="{name}"' in copy.page(target or "general_index.html"), name
    assert {name: shown.get(name) for name in ENTRIES} == ENTRIES
    # Entries before a theorem stand for its name.
    assert below == {"of a room"}
    assert "nothing falls through" not in shown
    assert list(map(str.lower, shown)) == sorted(map(str.lower, shown))
    assert "{index}" not in copy.page("notebooks/sample.ipynb")
    reader = PdfReader(next((copy.root / "_build/site").glob("*.pdf")))
    printed = " ".join(" ".join(one.extract_text() for one in reader.pages[-2:]).split())
    for name in [*below, *filter(ENTRIES.get, ENTRIES)]:
        assert re.search(rf"{re.escape(name)}, (\d|see)", printed.replace("’", "'")), name


def test_no_sentence_stands_in_the_index() -> None:
    """A theorem whose title is long has words before it under which it is to be found."""
    sentences = []
    for page in (myst.read(LAYOUT, file) for file in LAYOUT.chapters):
        told = {number for block in page.named("index") for number in (block.last, block.last + 1)}
        for box in page.named(*(f"prf:{kind}" for kind in NAMED)):
            defines = box.name == "prf:definition" and "{term}" in box.body
            if len(box.argument.split()) > 4 and not defines and box.line - 1 not in told:
                sentences.append(page.at(box.line, box.argument))
    assert sentences == []
