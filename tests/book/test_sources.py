"""The text of the chapters keeps the rules that the build relies on.

Each rule is tried on wrong pages, which it must refuse at the right line, before the book's own
pages are given to it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jupyter_cache import get_cache
from nbformat.v4 import new_code_cell, new_notebook, new_output
from tests.book import rules

from bookkit.build.cache import executed, is_cached
from bookkit.build.chapters import read_chapters
from bookkit.layout import Layout
from bookkit.myst import Page

LAYOUT = Layout(Path(__file__).resolve().parents[2])


def cell(options: str, code: str = "1") -> str:
    return f"```{{code-cell}} python\n---\n{options}\n---\n{code}\n```\n"


FIGURE = "mystnb:\n  image: {alt: A line that always rises}\n  figure: {name: NAME, caption: A.}"
BARE = "mystnb:\n  figure: {name: fig-a, caption: A.}"
RULES = [
    (rules.header, "# A\n\n```{code-cell} python\n1\n```\n", 1),
    (rules.header, rules.HEADER + "\n# A\n", 1),
    (rules.alternative_text, "# A\n\n![](a.svg)\n", 3),
    (rules.alternative_text, "# A\n\n```{figure} a.svg\n:name: fig-a\n\nA.\n```\n", 3),
    (rules.alternative_text, ":::{image} a.svg\n:::\n", 1),
    (rules.alternative_text, "\n" + cell(BARE), 2),
    (rules.figures, cell(FIGURE.replace("NAME", "line")), 1),
    (rules.figures, cell(FIGURE.replace("NAME", "fig-a").replace("A.", "")), 1),
    (rules.tags, "```{code-cell} python\n:tags: [hide-input]\n1\n```\n", 1),
    (rules.tags, "```{code-cell} python\n:tags: [hide-cell]\n1\n```\n", 1),
    (rules.tags, cell("tags: [hide-output]"), 1),
    (rules.tags, "```{code-cell} python\n:tags: [skip-execution]\n1\n```\n", 1),
    (rules.tags, cell("tags: [remove-cell]", "x = 1"), 1),
    (rules.errors_allowed, "---\nmystnb:\n  execution_allow_errors: true\n---\n", 3),
    (rules.expected_exceptions, "# A\n\n" + cell("tags: [raises-exception]", "1 / 0"), 3),
    (rules.equation_labels, "\n```{math}\n:label: eq-other-a\nx\n```\n", 2),
    (rules.equation_labels, "\n```{math}\n:label: pythagoras\nx\n```\n", 2),
    (rules.equation_labels, "$$\nx\n$$ (einstein)\n", 1),
    (rules.exercise_labels, "```{exercise} A\nB\n```\n", 1),
    (rules.exercise_labels, "```{exercise} A\n:label: ex-sample-a\n\nB\n```\n", 1),
    (rules.hints, "````{exercise} A\n```{hint}\nB\n```\n````\n", 2),
    (rules.hints, "````{exercise} A\n````\n\n```{hint}\n:class: dropdown\nB\n```\n", 4),
    (rules.filler, "# A\n\nThis is Clearly so.\n", 3),
    (rules.filler, "It is easy to see.\n", 1),
    (rules.imports, "\n```{code-cell} python\nimport numpy\nfrom bookkit import site\n```\n", 2),
]
GOOD = (
    rules.HEADER
    + """
# A chapter

![A line that rises](a.svg) on a simply connected domain.

```{code-cell} python
:tags: [raises-exception]

print("clearly ![]")
1 / 0
```

The cell divides by zero.

````{prf:theorem} T
:label: thm-sample-a

```{math}
:label: eq-sample-square
x^2
```
````

```{code-cell} python
---
mystnb:
  image:
    alt: "Two lines: one rises and one falls."
  figure:
    name: fig-sample-lines
    caption: Two lines.
---
plt.plot([1, 2])
```

```{code-cell} python
---
tags: [remove-cell]
---
from calcml.notebook import glue

glue(a=1)
claim.below("a rises", 1, 2, about="fig-sample-lines")
```

````{exercise} E
:label: ex-sample-e

Do. {ref}`Solution <sol-sample-e>`

```{hint}
:class: dropdown
Begin.
```
````
"""
)


DEEPER = """\
# A

See {prf:ref}`the theorem <thm-a-deep>` and {eq}`eq-a-deep`.

(sec-a-deep)=
## ◇ Deep

````{prf:theorem}
:label: thm-a-deep

$$
x
$$ (eq-a-deep)
````

Again {eq}`eq-a-deep`.

### Still deep

Here {ref}`sec-a-deep`.

## Exercises

```{exercise} ★ One
By {prf:ref}`thm-a-deep`.
```

```{exercise} ★★ Two
By {prf:ref}`thm-a-deep`.
```

## Notes and further reading

Go on with {ref}`sec-a-deep`.
"""


def test_the_core_needs_nothing_deeper():
    page, other = Page("book/a.md", DEEPER), Page("book/b.md", "# B\n\nBy {ref}`sec-a-deep`.\n")
    found = [complaint.split(",")[0] for complaint in rules.deeper_references([page, other])]
    assert found == [
        "book/a.md:3: refers to thm-a-deep",
        "book/a.md:3: refers to eq-a-deep",
        "book/a.md:25: refers to thm-a-deep",
        "book/b.md:3: refers to sec-a-deep",
    ]
    # Of the book itself: solutions may use what they need.
    assert list(rules.deeper_references([p for p in PAGES if "/solutions/" not in p.name])) == []


def book_pages() -> list[Page]:
    files = [path for path in LAYOUT.book.rglob("*.md") if "/_" not in LAYOUT.relative(path)]
    return [Page(LAYOUT.relative(path), path.read_text("utf-8")) for path in sorted(files)]


PAGES = book_pages()


@pytest.mark.parametrize(("rule", "wrong", "line"), RULES)
def test_rules_refuse_what_is_wrong(rule, wrong, line):
    complaints = list(rule(Page("book/sample.md", wrong)))
    assert len(complaints) == 1
    assert complaints[0].startswith(f"book/sample.md:{line}: ")


@pytest.mark.parametrize("rule", {rule: None for rule, _, _ in RULES})
def test_rules_accept_what_is_right(rule):
    assert list(rule(Page("book/sample.md", GOOD))) == []


@pytest.mark.parametrize("rule", {rule: None for rule, _, _ in RULES})
def test_the_book_keeps_the_rule(rule):
    assert [complaint for page in PAGES for complaint in rule(page)] == []


def test_pages_on_disk_and_in_the_table_of_contents_are_the_same():
    listed = [LAYOUT.relative(path) for path in LAYOUT.chapters]
    assert len(listed) == len(set(listed))
    assert sorted(listed) == sorted(page.name for page in PAGES)


def test_every_exercise_is_solved():
    chapters = [page for page in PAGES if "/solutions/" not in page.name]
    solutions = [page for page in PAGES if "/solutions/" in page.name]
    assert list(rules.unsolved(chapters, solutions)) == []
    assert {page.stem for page in solutions} <= {page.stem for page in chapters}


def test_unsolved_exercises_are_found():
    chapter = Page("book/sample.md", "```{exercise} E\n:label: ex-sample-e\n```\n")
    right = "```{solution} ex-sample-e\n:label: sol-sample-e\n```\n"
    name = "book/solutions/sample.md"
    assert list(rules.unsolved([chapter], [Page(name, right)])) == []
    assert "has no solution" in next(rules.unsolved([chapter], []))
    mislabeled = right.replace("sol-sample-e", "sol-sample-f")
    assert "is labeled" in next(rules.unsolved([chapter], [Page(name, mislabeled)]))
    extra = right + right.replace("-e", "-x")
    assert "is no exercise" in next(rules.unsolved([chapter], [Page(name, extra)]))


def numbered_chapters() -> list[Page]:
    names = {f"book/{name}.md" for name in LAYOUT.numbered}
    return [page for page in PAGES if page.name in names]


@pytest.mark.parametrize("page", numbered_chapters(), ids=lambda page: page.stem)
def test_a_chapter_has_exercises_of_three_levels(page):
    titles = [block.argument for block in page.named("exercise")]
    assert len(titles) >= 8
    for level in ("★ ", "★★ ", "★★★ "):
        assert any(title.startswith(level) for title in titles), level


def pictures_without_alternative(notebook: Any) -> list[int]:
    """Numbers of the executed cells that show a picture but say nothing to who cannot see it."""
    return [
        number
        for number, cell in enumerate(notebook.cells)
        if any(
            kind.startswith("image/")
            for output in cell.get("outputs", [])
            for kind in output.get("data", {})
        )
        and not cell.metadata.get("mystnb", {}).get("image", {}).get("alt")
    ]


def test_every_picture_of_an_executed_cell_has_alternative_text():
    cache = get_cache(LAYOUT.cache)
    chapters = read_chapters(LAYOUT)
    assert chapters
    for chapter in chapters:
        assert is_cached(cache, chapter), f"{chapter.name} is not executed: run `make` first"
        bare = pictures_without_alternative(executed(LAYOUT, chapter))
        assert [f"{chapter.name}:{chapter.line(number)}" for number in bare] == []


def test_a_picture_without_alternative_text_is_found():
    picture = new_output("display_data", data={"image/svg+xml": "<svg/>"})
    described = {"mystnb": {"image": {"alt": "A line"}}}
    cells = [new_code_cell(outputs=[picture]), new_code_cell(outputs=[picture], metadata=described)]
    assert pictures_without_alternative(new_notebook(cells=cells)) == [0]
