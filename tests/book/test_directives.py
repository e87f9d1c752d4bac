"""What the kit counts, moves, plans and checks row by row, in pages that are really built."""

from __future__ import annotations

import re

import pytest
from lxml import html

SAMPLE, PROSE = "book/sample.md", "book/prose.md"
WORDS = "word " * 1480
CHAPTER = f"""
**Read first.** Nothing. It takes {{minutes}}`core` minutes.

```{{code-cell}} python
:tags: [code-later]

later = "shown below"
```

{WORDS}

## Rows

:::{{table}} Derivatives
:name: tab-sample-slopes
:class: formulas halves

| function | derivative | where |
|---|---|---|
| $x^2$ | $2x$ | |
| $\\log x$ | $\\frac1x$ | $x > 0$ |
| $e^x$ | $e^x$ | |
:::

```{{code-cell}} python
---
tags: [check]
checks: [tab-sample-slopes]
---
from calcml import check

check.table("tab-sample-slopes", "derivatives");
```

````{{exercise}} ★ Two times three
:label: ex-sample-six

Compute it.
````

The code is this:

```{{code-later}}
```
"""
PLAN = """
```{counted}
- **{chapters}** chapter, {exercises} exercises
```

```{course} Evening
- title: The only one
  read: [sample]
  solve: [ex-sample-six]
```
"""
# What is changed in which page, and what the build then says.
FAULTS = {
    "a row": (SAMPLE, "$2x$", "$3x$", r"CheckFailed: .*tab-sample-slopes"),
    "a condition": (SAMPLE, "$x > 0$", "", r"(Error|CheckFailed): .*"),
    "a table without a check": (SAMPLE, "checks: [tab-sample-slopes]", "checks: []", "check"),
    "a part": (SAMPLE, "{minutes}`core`", "{minutes}`all`", "no minutes of 'all' are counted"),
    "a count": (PROSE, "{exercises}", "{pages}", "there is no count of 'pages'"),
    "an exercise": (PROSE, "ex-sample-six", "ex-sample-ten", "no exercise 'ex-sample-ten'"),
}


@pytest.fixture
def kit(copy):
    copy.append(SAMPLE, CHAPTER)
    copy.append(PROSE, PLAN)
    return copy


def test_they_build_and_show_what_they_promise(kit):
    outcome = kit.build()
    assert outcome.status == 0, outcome
    page = html.document_fromstring(kit.page("sample.html"))
    text = " ".join(page.text_content().split())
    (minutes,) = re.findall(r"It takes (\d+) minutes", text)
    assert int(minutes) in (15, 20)  # 1480 words, and what else the sample has
    # The cell stands where it is asked for, once.
    assert text.count("shown below") == 1
    assert text.index("The code is this:") < text.index("shown below")
    assert len(page.xpath("//table[.//math]//tr")) == 4  # in print they stand abreast
    plan = html.document_fromstring(kit.page("prose.html"))
    (line,) = plan.xpath("//*[contains(@class, 'counted')]//li")
    assert " ".join(line.text_content().split()) == "1 chapter, 0 exercises"  # none is solved
    (course,) = plan.xpath("//table[contains(@class, 'course')]")
    rows = [
        [" ".join(c.text_content().split()) for c in r.xpath("./th|./td")]
        for r in course.xpath(".//tr")
    ]
    assert rows[0] == ["Evening", "Read", "Minutes", "Solve"]
    assert rows[1][:3] == ["1", "The only one. A chapter that runs", minutes]
    assert rows[2] == ["All", "", minutes, "1 exercises"]
    (link,) = course.xpath(".//td[4]//a")
    assert link.get("href") == "sample.html#ex-sample-six"


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_wrong_in_them_stops_the_build(kit, name):
    page, old, new, message = FAULTS[name]
    kit.edit(page, old, new)
    outcome = kit.build()
    assert outcome.status == 1, outcome
    assert re.search(message, outcome.last_lines), outcome
