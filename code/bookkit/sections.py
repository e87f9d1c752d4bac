"""Core and deeper sections: what belongs to which level, and what of it the core refers to.

A section whose title begins with ◇ is deeper, with all of its subsections. The core of the book
and exercises of one star can be read without any of them: so they refer to no label of theirs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bookkit.myst import Page

DEEPER = "◇"
REFERENCE = re.compile(r"\{(?:prf:ref|eq|ref|numref)\}`(?:[^`<]*<)?(?P<label>[^`<>]+)>?`")
#: What may point to what is deeper: where to go on from here.
FREE = ("Notes and further reading",)


def deeper_labels(page: Page) -> set[str]:
    """The labels in the deeper sections of a page, their own included.

    Examples
    --------
    >>> page = Page("book/a.md", "# A\\n\\n(sec-more)=\\n## ◇ More\\n\\n$$\\nx\\n$$ (eq-a-x)\\n")
    >>> sorted(deeper_labels(page))
    ['eq-a-x', 'sec-more']
    """
    inside = _lines_of_deeper(page)
    return {label for label, line in page.labels.items() if _section_line(page, line) in inside}


def core_references(page: Page) -> Iterator[tuple[int, str]]:
    """Line and label of every reference in the core of a page, exercises of one star included."""
    left_out = _lines_of_deeper(page)
    for section in page.sections:
        if section.title in FREE:
            left_out |= set(range(section.line, section.last + 1))
    for block in page.named("exercise", "exercise-start"):
        if block.argument.startswith("★★"):
            left_out |= set(range(block.line, block.last + 1))
    for number, line in enumerate(page.prose, 1):
        if number not in left_out:
            yield from ((number, found["label"]) for found in REFERENCE.finditer(line))


def _lines_of_deeper(page: Page) -> set[int]:
    deeper = (section for section in page.sections if section.title.startswith(DEEPER))
    return {line for section in deeper for line in range(section.line, section.last + 1)}


def _section_line(page: Page, line: int) -> int:
    """The line itself, or that of the heading that it names, where it is a target before one."""
    following = line
    while following < len(page.lines) and re.fullmatch(r"\s*|\(.+\)=", page.lines[following - 1]):
        following += 1
    heads = {section.line for section in page.sections}
    return following if following in heads else line
