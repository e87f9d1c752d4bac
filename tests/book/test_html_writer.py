"""What the book's HTML writer makes of each construct, in a page that was really built."""

from __future__ import annotations

import re

import pytest
from lxml import html

PROSE = """
````{prf:theorem} All of $x$
:label: thm-prose-all

So ($a$), $b$ and $aaaaaaaaaaaaaaaaaa=a$ or $aaaaaaaaaaaaaaaaaaa=a$. A "$c$" [$d$]; *($e$).*

| One | Two |
|---|---|
| 1 | 2 |
````

```{prf:remark}
:label: rem-prose-bare

A remark.
```

```{prf:proof}
By *x*.
```

(sec-prose-deeper)=
## ◇ Deep *down*

~~~{prf:theorem} By {prf:ref}`rem-prose-bare`, $x$
:label: thm-prose-long

So.
~~~

**Idea.** By lines.

```{prf:proof}
One *x*.

Two.

Three.

Four.

Five.

Six.
```

````{exercise} ★★ All of $x$
:label: ex-prose-all

Do it.

```{hint}
:class: dropdown

Hidden.
```
````

```{exercise} $y$ (at last)
:label: ex-prose-last

Do it, too.
```

```{solution} ex-prose-all
:label: sol-prose-all

Done.
```

```{solution} ex-prose-last
:label: sol-prose-last
:class: dropdown

Done, too.
```

```python

x = None + 1
```
"""
CELL = """
```{code-cell} python
print("✓ It holds; 3 wrong versions rejected.")
```

```{code-cell} python
:tags: [setup]

import math
```

```{code-cell} python
:tags: [remove-input]

nothing = "to be seen"
```

```{code-cell} python
:tags: [remove-input]

print("Seen without", "its source.")
```

```{code-cell} python
:tags: [remove-cell]

from calcml.notebook import glue

glue(cold=-0.25)
```

It is {glue:text}`cold:.2f`, not -0.25.
"""


@pytest.fixture(scope="module")
def copy(built, tmp_path_factory):
    copy = built.copy_to(tmp_path_factory.mktemp("writer") / "book")
    copy.append("book/prose.md", PROSE)
    copy.append("book/sample.md", CELL)
    outcome = copy.build()
    assert outcome.status == 0, outcome
    return copy


@pytest.fixture(scope="module")
def article(copy):
    return html.document_fromstring(copy.page("prose.html")).find(".//article")


@pytest.fixture(scope="module")
def chapter(copy):
    return html.document_fromstring(copy.page("sample.html")).find(".//article")


def text(element) -> str:
    """The text that is seen, word joiners as dots."""
    seen = element.text_content().replace("\u2060", "·")
    return " ".join(re.sub("[\u200b\u2061]", "", seen).split())


def titles(article, kind: str) -> list[str]:
    """Titles of boxes, without the sign that leads to the box."""
    boxes = article.xpath(f".//*[contains(concat(' ', @class, ' '), ' {kind} ')]")
    seen = (text(box.find("*[@class='admonition-title']")).replace("·", "") for box in boxes)
    return [title.removesuffix("#").rstrip() for title in seen]


def test_ids_are_unique_and_boxes_are_not_sections(copy):
    for name in ("prose.html", "sample.html", "references.html"):
        page = html.document_fromstring(copy.page(name))
        ids = page.xpath("//@id")
        assert len(ids) == len(set(ids))
        assert page.xpath("//section[not(h1 or h2 or h3)]") == []


def test_no_class_is_left_that_only_tools_know(copy):
    for name in ("prose.html", "sample.html", "references.html"):
        page = html.document_fromstring(copy.page(name))
        classes = {part for value in page.xpath("//article//@class") for part in value.split()}
        assert not classes & {"docutils", "notranslate", "container", "tex2jax_ignore"}
        assert not page.xpath("//article//@class[normalize-space() = '']")


def test_what_has_a_number_has_a_sign_that_leads_to_it(article):
    links = "p[@class='admonition-title']/a[@class='headerlink']"
    numbered = article.xpath(f".//div[@id][{links}]")
    assert numbered
    for box in numbered:
        (link,) = box.xpath(links)
        number = box.findtext(".//span[@class='caption-number']")
        assert link.get("href") == f"#{box.get('id')}"
        assert link.get("title") == f"Link to this {number.split()[0].lower()}"
    boxes = article.xpath(".//div[@id][p[@class='admonition-title']/span[@class='caption-number']]")
    assert numbered == boxes


def test_a_proof_is_told_by_its_name(article):
    (proof,) = article.xpath(".//div[@class='proof-text']")
    assert text(proof.find(".//b[@class='proof-name']")) == "Proof."
    assert text(proof) == "Proof. By x."


def test_a_long_proof_folds_below_what_it_proves(article):
    (proof,) = article.xpath(".//details[@class='fold proof-text']")
    assert proof.get("open") is None
    summary = proof.find("summary")
    assert text(summary) == "Proof of Theorem 2.2 (By Remark 2.1, x)"
    assert summary.xpath(".//a") == []
    assert text(proof).startswith(f"{text(summary)} One x. Two.")


def test_a_deeper_section_is_marked_in_title_and_contents(copy):
    page = html.document_fromstring(copy.page("prose.html"))
    (section,) = page.xpath("//section[@id='deep-down']")
    assert section.get("class") == "deeper"
    for element in (section.find("h2"), page.xpath("//a[@href='#deep-down']")[0]):
        (mark,) = element.xpath(".//*[@class='deeper-mark']")
        assert (mark.text, mark.get("aria-label")) == ("◇", "deeper section")
        assert "◇ Deep down" in text(element)


def test_the_idea_of_a_proof_is_set_apart(article):
    (idea,) = article.xpath(".//p[@class='idea']")
    assert text(idea) == "Idea. By lines."


def test_a_setup_cell_folds(chapter):
    (fold,) = chapter.xpath(".//details[@class='fold setup']")
    assert text(fold.find("summary")) == "Imports and data"
    assert "import math" in text(fold.find(".//pre"))


def test_a_cell_that_shows_nothing_leaves_nothing(chapter):
    (output,) = chapter.xpath(".//div[@class='cell tag_remove-input']")
    assert text(output) == "Seen without its source."
    assert "to be seen" not in text(chapter)


def test_titles_lose_brackets_and_stars_go_last(article):
    assert titles(article, "theorem")[0] == "Theorem 2.1 All of x"
    assert titles(article, "remark") == ["Remark 2.1"]
    assert titles(article, "exercise") == ["Exercise 2.1 All of x ★★", "Exercise 2.2 y (at last)"]
    (stars,) = article.xpath(".//*[@class='exercise admonition']//*[@class='stars']")
    assert stars.get("aria-label") == "difficulty 2 of 3"
    first, last = titles(article, "solution")
    assert re.fullmatch(r"Solution to Exercise 2\.1 \(★★ All of x\)", first)
    assert re.fullmatch(r"Solution to Exercise 2\.2 \(y \(at last\)\)", last)


def test_dropdowns_fold_and_their_links_stay_reachable(article):
    hint, solution = article.xpath(".//details[contains(@class, 'dropdown')]")
    assert text(hint.find("summary")) == "Hint"
    assert text(hint.find("p")) == "Hidden."
    assert solution.xpath("summary//a") == []
    (link,) = solution.xpath(".//a[contains(@href, 'ex-prose-last')]")
    assert text(link) in text(solution.find("summary"))


def test_only_long_formulas_break(article):
    formulas = article.xpath(".//span[@class='math' or @class='math long'][contains(., 'aaaaa')]")
    assert [formula.get("class") for formula in formulas] == ["math", "math long"]


def test_punctuation_keeps_to_its_formula(article):
    (paragraph,) = article.xpath(".//p[starts-with(., 'So ')]")
    shown = text(paragraph)
    assert shown.startswith(
        "So (·a·), b and aaaaaaaaaaaaaaaaaa=a or aaaaaaaaaaaaaaaaaaa=a·. A “·c·”"
    )
    assert shown.endswith("[·d·]; (·e·).")
    stops = [stop.text for stop in paragraph.xpath(".//span[@class='stop']")]
    assert stops == ["),", ".", "”", "];", ")."]


def test_every_table_gets_one_box(article):
    (table,) = article.xpath(".//table")
    assert table.getparent().get("class") == "table-box"
    assert len(table.getparent()) == 1


def test_code_has_no_elements_without_style(article):
    (code,) = article.xpath(".//div[contains(@class, 'highlight-python')]//pre")
    assert code.xpath(".//span[not(@class)] | .//span[@class='n' or @class='w']") == []
    assert code.xpath(".//span[@class='kc']/text()") == ["None"]
    assert code.text_content().strip() == "x = None + 1"


def test_the_number_of_a_chapter_has_no_point(article):
    assert text(article.find(".//h1/span[@class='section-number']")) == "2"


def test_the_bibliography_is_a_list(copy):
    page = html.document_fromstring(copy.page("references.html"))
    (listing,) = page.xpath("//article//ul[contains(@class, 'citation-list')]")
    assert {child.tag for child in listing} == {"li"}
    assert not page.xpath("//article//*[@role='list' or @role='doc-biblioentry']")


def test_a_traceback_has_no_line_of_dashes(chapter):
    (block,) = chapter.xpath(".//*[contains(@class, 'traceback')]")
    assert "ZeroDivisionError" in block.text_content()
    assert not block.text_content().lstrip().startswith("-------")


def test_a_verdict_may_be_broken_into_lines(chapter):
    (verdict,) = chapter.xpath(".//div[contains(@class, 'verdict')]")
    assert text(verdict).startswith("✓ It holds")


def test_a_negative_glued_number_has_a_minus_sign(chapter):
    assert "It is −0.25, not -0.25." in chapter.text_content()
