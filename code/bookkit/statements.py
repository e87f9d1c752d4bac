"""What a page says about its results beside its equations: figures and summaries in words.

A statement is the caption of a figure with its alternative text, or a section "Summary". What it
concludes is claimed in a cell (`calcml.claim`); the ledger remembers the text that was reread.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from bookkit.myst import Block, Page

SUMMARY = "summary"
CODE = ("code", "code-cell", "source")


@dataclass(frozen=True)
class Statement:
    """A text that concludes something; `line` is where its block begins."""

    label: str
    line: int
    text: str

    @property
    def digest(self) -> str:
        """A short digest of every word and sign; how lines are broken does not count."""
        return hashlib.sha256(" ".join(self.text.split()).encode()).hexdigest()[:16]


def statements(page: Page) -> list[Statement]:
    """The figures and the summary of a page, in its order.

    Examples
    --------
    >>> found = statements(Page("book/a.md", "# A\\n\\n## Summary\\n\\nIt falls.\\n\\n## Notes\\n"))
    >>> found[0].label, found[0].line, found[0].text
    ('summary of a', 3, 'It falls.')
    """
    found = [figure for block in page.blocks if (figure := _figure(block, page))]
    text = page.without(*CODE)
    for section in page.sections:
        if section.title.lower() == SUMMARY:
            words = "\n".join(text[section.line : section.last]).strip()
            found.append(Statement(label_of(SUMMARY, page), section.line, words))
    return sorted(found, key=lambda statement: statement.line)


def label_of(subject: str, page: Page) -> str:
    """The label under which the ledger knows the subject of a claim."""
    folder = "solutions to " * page.name.startswith("book/solutions/")
    return f"{SUMMARY} of {folder}{page.stem}" if subject == SUMMARY else subject


def _figure(block: Block, page: Page) -> Statement | None:
    if block.name == "code-cell":
        settings = block.options.get("mystnb") or {}
        figure, image = settings.get("figure") or {}, settings.get("image") or {}
        label, caption, alt = figure.get("name"), figure.get("caption"), image.get("alt")
    elif block.name == "figure":
        label, caption, alt = block.options.get("name"), block.body, block.options.get("alt")
    else:
        return None
    # The landing page has one without a name.
    label = label or (f"picture of {page.stem}" if alt else None)
    return Statement(str(label), block.line, f"{caption}\n\n{alt}") if label else None
