r"""A document in the book's look in which everything that can break does, at each of its lines.

Every kind of text stands once for each line at which a page can end in it. Its words tell how they
must look: ``link`` stands in a link and has its color, ``color`` has that color without a link,
``word`` and ``plain`` have neither.
"""

from __future__ import annotations

import re
from itertools import count

LINES = 10  # at which a page ends in each piece


def inside(environment: str, *parts: str, options: str = "") -> str:
    """Paragraphs in an environment."""
    text = "\n\n".join(parts)
    return rf"\begin{{{environment}}}{options}" f"\n{text}\n%\n" rf"\end{{{environment}}}"


def link(words: int) -> str:
    return rf"\hyperref[stress:there]{{{' '.join(['link'] * words)}}}"


def block(look: str, *parts: str) -> str:
    """A theorem, a definition, an exercise, an admonition, ..."""
    return inside("bookblock", *parts, options=rf"{{{look}}}{{Name 1.2}}{{{link(17)}}}%")


PROSE = rf"\sphinxAtStartPar word {link(17)} word \(\gamma^2\) word {link(17)} word {link(17)} word"
COLOR = rf"word \textcolor{{bookaccent}}{{{' '.join(['color'] * 25)}}} word {link(1)} word"
WEB = rf"\sphinxhref{{https://example.org/\#part}}{{{' '.join(['link'] * 25)}}}"
# Notes have numbers of their own; `document` gives them.
FOOTNOTE = inside("footnote", rf"\sphinxAtStartFootnote word {WEB} word.", options="[NUMBER]")
DISPLAY = inside("equation*", inside("split", r"\gamma^2 + \alpha^2 = \beta^2"))
LIST = inside("itemize", rf"\item {{}} {PROSE}", rf"\item {{}} {PROSE}")
CELL = rf"word {link(17)} word"
TABLE = r"\sphinxthistablewithglobalstyle\sphinxthistablewithbooktabsstyle" "\n" + inside(
    "longtable",
    r"\sphinxtoprule " + rf"{CELL} & {CELL} \\" * 4 + r"\sphinxbottomrule",
    options=r"{\bookcolumn{0.5}\bookcolumn{0.5}}",
)
CAPTION = rf"\booknumber{{figure}}{{1}}\caption{{{CELL}}}"
FIGURE = inside("figure", rf"\centering\capstart\rule{{60pt}}{{30pt}}{CAPTION}", options="[!t]")
TOKEN = r"\PYG{l+s+s2}{" + " ".join(["token"] * 20) + "}"
CODE = rf"""\begin{{sphinxVerbatim}}[commandchars=\\\{{\}}]
\PYG{{k}}{{def}} {TOKEN} plain
{TOKEN}
{TOKEN}
\end{{sphinxVerbatim}}"""

LOOKS = ["result", "algorithm", "definition", "warning", "note", "tip", "example", "exercise"]
LOOKS += ["proof", "hint"]
PIECES = {
    "paragraph": PROSE,
    "color": COLOR,
    "footnote": PROSE + FOOTNOTE,
    "footnotes": f"word{FOOTNOTE} {PROSE}{FOOTNOTE}",
    "figure above": f"{FIGURE}\n\n{PROSE}",
    "code": inside("bookinput", CODE),
    "output": inside("bookoutput", CODE),
    "list": LIST,
    "table": TABLE,
    "tab": rf"\booktab{{Tab}}{PROSE}" "\n\n" r"\bookendtabs",
    "reference": rf"\bookentry{{cite.NUMBER}}{PROSE}",
    **{look: block(look, PROSE, DISPLAY, PROSE) for look in LOOKS},
    "footnote in a block": block("definition", PROSE + FOOTNOTE),
    "code in a block": block("definition", PROSE, CODE, PROSE),
    "list in a block": block("definition", LIST),
    "block in a block": block("note", PROSE, block("result", CELL), PROSE),
    "block in a list": inside("itemize", r"\item {} word" + block("result", PROSE)),
}


def columns(line: int) -> str:
    """Two columns over more than a page, as in the index, where a link is a single number."""
    return inside("multicols", *["word"] * line, *[COLOR] * 30, options=r"{2}\parskip 0pt plus 1pt")


def document(preamble: str) -> str:
    """The document in the look of a preamble."""
    parts = [r"\pagestyle{normal}\chapter{head}\section{head}\label{stress:there}"]
    for name, piece in PIECES.items():
        for line in range(LINES):
            # Where the last lines of a page cannot break, it gives way.
            room = rf"\textheight-{line + 3.5}\baselineskip"
            skip = rf"\dimexpr{room}\relax minus 3\baselineskip"
            parts.append(rf"\clearpage \vspace*{{{skip}}} %% {name}")
            parts.append(f"{piece}\n\nword word \\(\\gamma\\) word word")
    parts += [rf"\clearpage {columns(line)}" for line in range(LINES)]
    body = "\n\n".join(parts)
    numbers = count(1)
    body = re.sub("NUMBER", lambda _: str(next(numbers)), body)
    return f"{preamble}\\begin{{document}}\n{body}\n\\end{{document}}\n"
