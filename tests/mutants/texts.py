"""Change a number, an order or a place in captions, alternative texts and summaries.

Each of 100 changes, drawn from all that are possible in the book, is made in the source of a page;
the ledger must notice that the text is not the one that was reread beside its claims.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from bookkit import myst
from bookkit.build import ledger
from bookkit.layout import Layout
from bookkit.myst import Page

ROOT = Path(__file__).parents[2]
TRIES = 100
OPPOSITES = (
    "above below, left right, first last, larger smaller, largest smallest, more less, most least,"
    " higher lower, highest lowest, faster slower, before after, rises falls, grows shrinks,"
    " longer shorter, upper lower, inside outside, up down, steeper flatter, twice half, two three,"
    " three four, four five, five six, ten twelve, always never, increasing decreasing"
)
SWAPS = {
    word: other
    for pair in OPPOSITES.split(", ")
    for word, other in (pair.split(), reversed(pair.split()))
}
CHANGED = re.compile(rf"\d+|\b(?:{'|'.join(SWAPS)})\b", re.I)
# Found by the layout of the lines alone, so that the reader of sources is tried as well.
KEY = re.compile(r"\s+(?P<key>[a-z]+):")
SPOKEN = ("alt", "caption")


def spoken(text: str) -> Iterator[int]:
    """The lines (the first is 0) of captions, alternative texts and summaries of a source."""
    inside, head, code = False, "", False
    for number, line in enumerate(text.splitlines()):
        head = line if line.startswith("## ") else head
        code ^= line.startswith(("```", "---"))
        if head == "## Summary" and not code and not line.startswith(("```", "#")):
            yield number
            continue
        key = KEY.match(line)
        inside = key["key"] in SPOKEN if key else inside and line.startswith(" ")
        if inside:
            yield number


def mutants(text: str) -> Iterator[str]:
    """The source with one number or one word of order or place changed."""
    lines = text.splitlines(keepends=True)
    for number in spoken(text):
        for match in CHANGED.finditer(lines[number]):
            word = match[0]
            new = str(int(word) + 1) if word.isdigit() else SWAPS[word.lower()]
            line = lines[number][: match.start()] + new + lines[number][match.end() :]
            yield "".join([*lines[:number], line, *lines[number + 1 :]])


def is_noticed(page: Page, mutant: str, accepted: dict[str, str]) -> bool:
    return bool(ledger.changed_texts(Page(page.name, mutant, page.extensions), accepted))


def main() -> int:
    """Print how many were noticed; 0 if at least 90 % were."""
    layout = Layout(ROOT)
    accepted = ledger.accepted_digests(layout)
    pages = [myst.read(layout, file) for file in layout.chapters]
    every = [(page, mutant) for page in pages for mutant in mutants(page.text)]
    tried = random.Random(0).sample(every, min(TRIES, len(every)))
    missed = [pair for pair in tried if not is_noticed(*pair, accepted)]
    share = 1 - len(missed) / len(tried)
    print(
        f"texts: {len(tried) - len(missed)} of {len(tried)} noticed, of {len(every)}: {share:.1%}"
    )
    for page, mutant in missed:
        both = zip(page.lines, mutant.splitlines(), strict=True)
        line, new = next((n, new) for n, (old, new) in enumerate(both, 1) if old != new)
        print(f"    unnoticed  {page.at(line, new.strip())}")
    return int(share < 0.9)


if __name__ == "__main__":
    sys.exit(main())
