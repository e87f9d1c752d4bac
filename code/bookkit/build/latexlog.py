"""What LaTeX complains of, in plain words and with the place in the chapters.

LaTeX counts lines of a file that nobody wrote. `bookkit.sphinx_ext.latex` leaves comments such as
``%% book/chapter.md:12`` in it; from them and from the headings each complaint gets its place.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field

OVERFULL_LIMIT = 2.0  # points that a line may stand out unnoticed

MARK = re.compile(r"%% (book/\S+?\.md:\d+)$")
HEADING = re.compile(r"\\(?:chapter|section|subsection)\{(.*)\}$")
OVERFULL = re.compile(
    r"^Overfull \\(?P<box>[hv])box \((?P<width>[\d.]+)pt too (?:wide|high)\)"
    r"(?: in (?:paragraph|alignment) at lines (?P<first>\d+)--\d+| detected at line (?P<line>\d+))?"
    r"(?P<rest>.*)\n(?P<text>.*)",
    re.M,
)
ERROR = re.compile(r"^(?:\./)?(?P<file>[^\s:()]+\.\w+):(?P<line>\d+): (?P<message>.*)$", re.M)
UNDEFINED = re.compile(
    r"^LaTeX Warning: (?:Hyper r|R|C)e?(?:ference|itation) [`'](?P<name>.+?)' on page \S+"
    r" undefined on input line (?P<line>\d+)",
    re.M,
)
TWICE = re.compile(r"^LaTeX Warning: Label [`'](?P<name>.+?)' multiply defined", re.M)
MISSING = re.compile(
    r"^Missing character: There is no (?P<sign>\S+) .*?in font (?P<font>.*?)!", re.M
)
BEGINS = re.compile(r"^\\newlabel\{(?P<name>[^{}]+)::doc\}\{\{[^{}]*\}\{(?P<page>\d+)\}", re.M)
FONT = re.compile(r"\\TU/(\S+?) |\\[A-Za-z]+/\S+ |\[\]")


@dataclass
class Source:
    """The LaTeX that was set, with the places that its lines come from."""

    tex: str
    marks: list[tuple[int, str]] = field(default_factory=list)
    headings: list[tuple[int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for number, line in enumerate(self.tex.splitlines(), start=1):
            if mark := MARK.search(line):
                self.marks.append((number, mark[1]))
            elif heading := HEADING.match(line):
                self.headings.append((number, heading[1]))

    def place(self, line: int) -> str:
        """``book/chapter.md:12 (in “Heading”)`` for a line of the LaTeX."""
        mark = _last(self.marks, line) or f"line {line} of the LaTeX file"
        heading = _last(self.headings, line)
        return f"{mark} (in “{heading}”)" if heading else mark


def _last(known: list[tuple[int, str]], line: int) -> str:
    """The last entry at or before a line."""
    index = bisect_right(known, line, key=lambda pair: pair[0])
    return known[index - 1][1] if index else ""


def first_error(log: str, tex: str, name: str) -> str:
    """The error that stopped LaTeX, with the lines that it prints below; empty if there is none."""
    found = ERROR.search(log)
    if found is None:
        emergency = re.search(r"^! .*(?:\n.*){0,4}", log, re.M)
        return f"LaTeX stopped: {emergency[0]}" if emergency else ""
    line = int(found["line"])
    place = Source(tex).place(line) if found["file"] == name else f"{found['file']}:{line}"
    following = log[found.end() :].splitlines()[1:7]
    shown = [text for text in following if text.strip() and not text.startswith("Here is how")]
    return "\n".join([f"LaTeX stopped: {found['message']}", *shown, f"{place}: {found['message']}"])


def complaints(log: str, tex: str, aux: str) -> list[str]:
    """Everything in the log that must not stand in a printed book.

    Parameters
    ----------
    log
        LaTeX's log, its lines not broken (``max_print_line``).
    tex
        The LaTeX file, with its marks.
    aux
        LaTeX's notes: they tell on which page a chapter begins.
    """
    source = Source(tex)
    pages = [(int(page), name) for name, page in BEGINS.findall(aux)]
    found = [_overfull(source, log, pages, match) for match in OVERFULL.finditer(log)]
    for match in UNDEFINED.finditer(log):
        place = source.place(int(match["line"]))
        found.append(f"{place}: refers to {match['name']!r}, which is nowhere in the PDF")
    for match in TWICE.finditer(log):
        found.append(f"the label {match['name']!r} is given twice in the PDF")
    for match in MISSING.finditer(log):
        found.append(_missing(tex, source, match["sign"], match["font"]))
    if not any("nowhere" in line for line in found) and "There were undefined references" in log:
        found.append("LaTeX reports undefined references without saying which")
    return list(dict.fromkeys(filter(None, found)))


def _overfull(source: Source, log: str, pages: list[tuple[int, str]], match: re.Match[str]) -> str:
    width = float(match["width"])
    if width <= OVERFULL_LIMIT:
        return ""
    line = int(match["first"] or match["line"] or 0)
    part = _other_file(log[: match.start()])
    place = part or (source.place(line) if line else _page(log[: match.start()], pages))
    text = " ".join(FONT.sub("", match["text"]).replace("|", "").split())[:90]
    if match["box"] == "v":
        return f"{place}: something is {width:.1f} pt higher than the page"
    quoted = f": “{text}”" if text else " (a table or a formula)"
    return f"{place}: a line stands {width:.1f} pt out of the text{quoted}"


def _page(before: str, pages: list[tuple[int, str]]) -> str:
    """The page that LaTeX was filling, and its chapter: all that is known of a whole page."""
    page = int(([*re.findall(r"(?:^|\] )\[(\d+)", before, re.M)] or ["0"])[-1]) + 1
    name = _last(sorted(pages), page)
    return f"book/{name}.md (page {page})" if name else f"page {page}"


def _other_file(before: str) -> str:
    """Which file but the book itself LaTeX was reading at the end of this part of the log."""
    names = {".toc": "the table of contents", ".ind": "the index"}
    for extension, name in names.items():
        start = max(
            before.rfind(f"{extension}\n"),
            before.rfind(f"{extension} "),
            before.rfind(f"{extension}["),
        )
        if start >= 0:
            # Quoted text may hold parentheses of its own; those lines do not count.
            lines = before[start:].splitlines()
            quoted = {i + 1 for i, line in enumerate(lines) if "full \\" in line}
            rest = "".join(
                line for i, line in enumerate(lines) if i not in quoted and i - 1 not in quoted
            )
            depth = re.sub(r"\([\d.]+pt [^)]*\)|\(badness \d+\)", "", rest)
            if depth.count(")") <= depth.count("("):
                return name
    return ""


def _missing(tex: str, source: Source, sign: str, font: str) -> str:
    line = next((n for n, text in enumerate(tex.splitlines(), start=1) if sign in text), 0)
    place = source.place(line) if line else "somewhere"
    name = re.sub(r"[\[\]]|/.*|:.*", "", font.rsplit("/", 1)[-1] if "[" not in font else font)
    return (
        f"{place}: the face {name} has no sign “{sign}” (U+{ord(sign[0]):04X}); write it as"
        " mathematics, or add its range in book/_latex/calculusbook.sty"
    )
