"""What LaTeX complains of, from real runs of it on small faulty texts."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bookkit.build import pdf
from bookkit.layout import BuildError, Layout

pytestmark = pytest.mark.whole

ROOT = Path(__file__).parents[2]
BOOK = r"""\documentclass{{report}}
\usepackage{{graphicx}}
\begin{{document}}
\chapter{{Derivatives}}\label{{derivatives::doc}}
%% book/derivatives.md:7
\section{{Slopes}}
%% book/derivatives.md:9

A first paragraph.

%% book/derivatives.md:12
{fault}

%% book/derivatives.md:20

A last paragraph.
\end{{document}}
"""


def prepared(folder: Path, fault: str) -> Layout:
    """A copy of the book whose LaTeX is a small text with a fault."""
    layout = Layout(folder)
    source = layout.work / "latex" / "out"
    source.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "CITATION.cff", folder)
    tex = source / layout.pdf_name
    tex.with_suffix(".tex").write_text(BOOK.format(fault=fault), "utf-8")
    return layout


def build(folder: Path, fault: str, *, times: int = 1) -> str:
    """Message of the failed build of a text with a fault."""
    layout = prepared(folder, fault)
    message = ""
    for _ in range(times):
        with pytest.raises(BuildError) as failure:
            pdf.build(layout)
        message = str(failure.value)
    return message


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (r"\noindent\hbox to 400pt{out\hfil of the text}", "a line stands 55.0 pt out of the text"),
        (r"\[\hbox to 360pt{\hfil}\]", "a line stands 15.0 pt out of the text"),
        (
            r"\noindent\begin{tabular}{p{200pt}p{160pt}}a&b\end{tabular}",
            "a line stands 39.0 pt out of the text",
        ),
        (r"See \ref{eq-lost}.", "refers to 'eq-lost', which is nowhere in the PDF"),
        (r"See \cite{lost1847}.", "refers to 'lost1847', which is nowhere in the PDF"),
        ("A snowman: \N{SNOWMAN}.", "has no sign “\N{SNOWMAN}” (U+2603)"),
    ],
)
def test_a_complaint_has_its_place_twice_in_a_row(tmp_path: Path, fault: str, said: str) -> None:
    message = build(tmp_path, fault, times=2)
    assert message.startswith("book/derivatives.md:12 (in “Slopes”): ")
    assert said in message


def test_a_label_given_twice(tmp_path: Path) -> None:
    assert "the label 'twin' is given twice" in build(tmp_path, r"\label{twin}\label{twin}")


@pytest.mark.parametrize("before", [0, 1, 4])
def test_something_higher_than_the_page(tmp_path: Path, before: int) -> None:
    pages = r"\newpage word " * before
    message = build(tmp_path, rf"{pages}\newpage\vbox{{\hrule width 1pt height 1000pt}}")
    assert message.startswith(f"book/derivatives.md (page {2 + before}): something is ")
    assert "pt higher than the page" in message


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (r"The macro \undefinedmacro is wrong.", "Undefined control sequence."),
        (r"\includegraphics{lost-figure.pdf}", "lost-figure.pdf"),
        (r"\begin{itemize} No item.", "LaTeX Error"),
    ],
)
def test_an_error_stops_with_its_place_twice_in_a_row(
    tmp_path: Path, fault: str, said: str
) -> None:
    message = build(tmp_path, fault, times=2)
    assert said in message
    assert message.splitlines()[-1].startswith("book/derivatives.md:")
    assert "(in “Slopes”)" in message.splitlines()[-1]


def test_two_points_are_tolerated(tmp_path: Path) -> None:
    layout = prepared(tmp_path, r"\noindent\hbox to 346.9pt{\hfil}")
    assert pdf.build(layout).is_file()
