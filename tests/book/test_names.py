"""Names with accents, spaces and signs: carried through every output alike, or refused at once."""

from __future__ import annotations

import json
import re
import shutil
import unicodedata
from urllib.parse import unquote

import pytest
from pypdf import PdfReader

from bookkit.build import names
from bookkit.layout import BuildError, Layout

NAMES = ["größe", "my line", "100%", "a#b", "a+b", "ναι", "-o", "a'b", "a&b", "a(1)"]
USES = ["![A line]({}.png)", "![A line](<{}.png>)", "```{{figure}} {}.png\n:alt: A line.\n\nB\n```"]


def check_refused(copy, place: str, name: str) -> None:
    with pytest.raises(BuildError) as refused:
        names.verify(Layout(copy.root))
    assert str(refused.value) == (
        f"{place}: {name!r}: a name may hold only the letters A to Z and a to z, digits and"
        " the signs . _ -"
    )


def test_the_build_refuses_before_anything_runs(copy):
    before = copy.site()
    shutil.copy(copy.root / "book/line.png", copy.root / "book/my line.png")
    for _ in range(2):
        outcome = copy.build()
        assert outcome.status == 1, outcome
        assert "'book/my line.png': a name may hold only" in outcome.last_lines.splitlines()[-1]
        assert "execute" not in outcome.output
        assert copy.site() == before


@pytest.mark.parametrize("name", NAMES)
def test_an_image_is_refused_where_it_is_used(copy, name):
    shutil.copy(copy.root / "book/line.png", copy.root / f"book/{name}.png")
    for number, use in enumerate(USES):
        line = copy.append("book/prose.md", use.format(name))
        if number == 0:
            first = line
    check_refused(copy, f"book/prose.md:{first}", f"book/{name}.png")


@pytest.mark.parametrize("written", ["my%20line.png", "gr%C3%B6%C3%9Fe.png"])
def test_an_image_is_found_however_its_name_is_written(copy, written):
    name = {"my%20line.png": "my line.png"}.get(written, "größe.png")
    # As some file systems keep it: the letter and its accent apart.
    stored = unicodedata.normalize("NFD", name)
    shutil.copy(copy.root / "book/line.png", copy.root / "book" / stored)
    line = copy.append("book/prose.md", f"![A line]({written})")
    check_refused(copy, f"book/prose.md:{line}", f"book/{stored}")


@pytest.mark.parametrize("name", ["prüfung", "two words", "C++"])
def test_a_chapter_is_refused_where_it_is_named(copy, name):
    (copy.root / f"book/{name}.md").write_text("# A chapter\n\nText.\n", "utf-8")
    copy.edit("_toc.yml", "- file: prose\n", f"- file: prose\n      - file: {name}\n")
    check_refused(copy, "_toc.yml:9", f"book/{name}.md")


def test_a_folder_and_a_file_that_nobody_uses_are_refused_too(copy):
    (copy.root / "book/my pictures").mkdir()
    shutil.copy(copy.root / "book/line.png", copy.root / "book/my pictures/dot.png")
    check_refused(copy, "book/my pictures", "book/my pictures/dot.png")


LABELS = """
(sec-größe)=
## Eine Größe

$$
a = b
$$ (eq-größe)

```{unchecked} eq-größe
It is a name.
```

```{figure} line.png
:name: fig-größe
:alt: A line.

A line.
```

```{prf:theorem} Größe
:label: thm-größe

True.
```

Of {ref}`sec-größe`: {eq}`eq-größe`, {numref}`fig-größe`, {prf:ref}`thm-größe`, {numref}`fig-naïve`.
"""


@pytest.mark.whole
def test_labels_and_names_of_numbers_may_have_accents(copy):
    """The same number and the same target on the pages, in the PDF and in the notebook."""
    copy.append("book/prose.md", LABELS)
    copy.edit("book/sample.md", "fig-sample-drawn", "fig-naïve")
    copy.edit(
        "book/sample.md",
        'print("The answer is", answer())',
        'from myst_nb import glue\nglue("größe", 1.25, display=False)\n'
        'print("The answer is", answer())',
    )
    copy.append("book/sample.md", "It is {glue:text}`größe:.2f` long.")
    outcome = copy.build("build")
    assert outcome.status == 0, outcome
    assert re.search(r"It is <span[^>]*>1\.25</span> long", copy.page("sample.html"))
    notebook = json.loads(copy.page("notebooks/sample.ipynb"))
    assert any("It is 1.25 long" in "".join(cell["source"]) for cell in notebook["cells"])
    page = copy.page("prose.html")
    said = page[page.index("<p>Of ") :].partition("</p>")[0]
    for target in re.findall(r'href="(?:sample\.html)?#([^"]+)"', said):
        holder = copy.page("sample.html") if target.startswith("fig-na") else page
        assert f'id="{unquote(target)}"' in holder, target
    assert said.count("href=") == 5
    reader = PdfReader(next((copy.root / "_build/site").glob("*.pdf")))
    text = " ".join(page.extract_text() for page in reader.pages)
    shown = re.sub(r"<[^>]+>", "", said).split(":")[1]
    assert re.sub(r"\W", "", shown) in re.sub(r"\W", "", text)
    assert "It is 1.25 long" in " ".join(text.split())
