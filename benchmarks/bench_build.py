"""The whole cold build of the book beside plain Jupyter Book on the same sources.

Both sides start from a fresh copy without any `_build`, and end with a website and a PDF:

- ours: ``python -m bookkit build``;
- stock: ``jupyter-book build``, then ``jupyter-book build --builder pdflatex``, with a stock
  configuration: Jupyter Book's defaults, sphinx-proof, sphinx-exercise, BibTeX, MathJax, its own
  LaTeX set-up, and its cache, so that the PDF is made from the same execution as the site.

Stock does a little less: our own directives are replaced by what it knows (``source`` by
``literalinclude``) or left out, and it renders no formula while it builds. It is spared two things
that its LaTeX set-up asks for and few installations have: ``bbm.sty`` is a file of one line, and
the index is sorted by makeindex instead of xindy.

Our next builds are timed too: with nothing changed, and after an edit of one sentence.

    python benchmarks/bench_build.py [--limit 0.7] [--rounds 1]
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

from bookkit.definitions import locate

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
# What a book of this kind needs to be built at all; everything else is left at its default.
KEPT = ("title", "author", "copyright", "bibtex_bibfiles", "only_build_toc_files", "parse")
# Seconds in which it must be found that there is nothing to do.
UNCHANGED = 5.0
BBM = r"\ProvidesPackage{bbm}\providecommand{\mathbbm}[1]{\mathbb{#1}}" + "\n"


def copy_of_the_book(target: Path) -> None:
    """Everything that our build reads, and nothing that it made."""
    ignored = shutil.ignore_patterns("_build", "node_modules", ".*", "tests", "__pycache__")
    shutil.copytree(ROOT, target, ignore=ignored)
    (target / "node_modules").symlink_to(ROOT / "node_modules")


def stock_copy(target: Path) -> None:
    """The same chapters as a plain Jupyter Book."""
    shutil.copytree(ROOT / "book", target, ignore=shutil.ignore_patterns("_*"))
    shutil.copytree(ROOT / "code" / "calcml", target / "code" / "calcml")
    shutil.copy(ROOT / "_toc.yml", target)
    (target / "bbm.sty").write_text(BBM)
    settings = stock_settings(yaml.safe_load((ROOT / "_config.yml").read_text("utf-8")))
    (target / "_config.yml").write_text(yaml.safe_dump(settings), "utf-8")
    for page in target.rglob("*.md"):
        page.write_text(in_stock_syntax(page.read_text("utf-8")), "utf-8")


def stock_settings(ours: dict[str, Any]) -> dict[str, Any]:
    macros = (ROOT / "book" / "macros.tex").read_text("utf-8")
    extensions = ours["sphinx"]["config"]["extensions"]
    sphinxs_own = [name for name in extensions if name.startswith("sphinx.ext.")]
    return {key: ours[key] for key in KEPT if key in ours} | {
        "execute": {"execute_notebooks": "cache", "timeout": ours["execute"]["timeout"]},
        "latex": {"latex_engine": "xelatex"},
        "sphinx": {
            "extra_extensions": ["sphinx_proof", "sphinx_exercise", *sphinxs_own],
            "config": {
                "project": "stock",
                "language": "en",
                "mathjax3_config": {"tex": {"macros": mathjax_macros(macros)}},
                "latex_elements": {"preamble": latex_macros(macros)},
                "latex_use_xindy": False,
            },
        },
    }


def mathjax_macros(tex: str) -> dict[str, Any]:
    """LaTeX definitions in the form that MathJax is configured with."""
    pattern = r"^\\\w+command\{\\(\w+)\}(?:\[(\d)\])?\{(.*)\}$"
    return {
        name: [body, int(count)] if count else body
        for name, count, body in re.findall(pattern, tex, re.M)
    }


def latex_macros(tex: str) -> str:
    """The definitions in a form that takes precedence over what the stock set-up defines."""
    anew = r"\\providecommand{\1}{}\\renewcommand{\1}"
    return re.sub(r"^\\\w+command\{(\\\w+)\}", anew, tex, flags=re.M)


def in_stock_syntax(text: str) -> str:
    """Replace or leave out the directives that only our build knows."""
    text = re.sub(r"^```\{source\} (calcml\.\S+)\n(?::docstring:.*\n)?", literal, text, flags=re.M)
    ours = "|".join(our_directives())
    return re.sub(rf"^(`{{3,}}|:{{3,}})\{{({ours})\}}.*?^\1 *$", "", text, flags=re.M | re.S)


def our_directives() -> list[str]:
    """Names of the directives that the build's own extension adds."""
    code = "".join(file.read_text("utf-8") for file in (ROOT / "code/bookkit").rglob("*.py"))
    return re.findall(r"add_directive\(\"([\w-]+)\"", code)


def literal(found: re.Match[str]) -> str:
    """``literalinclude`` of the same object."""
    place = locate(ROOT / "code", found[1])
    if place is None:
        raise ValueError(f"there is no {found[1]} below code/")
    file, node = place
    lines = f":language: python\n:lines: {node.lineno}-{node.end_lineno}\n"
    return f"```{{literalinclude}} /{file.relative_to(ROOT).as_posix()}\n{lines}"


def timed(label: str, command: list[str | Path], folder: Path, **more: str) -> float:
    """Seconds that a command takes; the benchmark ends when the command fails."""
    print(f"  {label} ...", end=" ", flush=True)
    start = time.perf_counter()
    run = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - start
    print(f"{seconds:.1f} s", flush=True)
    if run.returncode != 0:
        sys.exit(f"{run.stdout[-4000:]}\n{label}: failed, so there is nothing to compare")
    return seconds


def ours(folder: Path) -> float:
    copy_of_the_book(folder)
    command: list[str | Path] = [sys.executable, "-m", "bookkit", "build", "--root", folder]
    seconds = timed("ours: build", command, folder, PYTHONPATH=str(folder / "code"))
    require(folder / "_build/site/index.html", folder / "_build/site")
    return seconds


def again(folder: Path) -> tuple[float, float]:
    """Seconds of our next builds: with nothing changed, and after an edit of one sentence."""
    command: list[str | Path] = [sys.executable, "-m", "bookkit", "html", "--root", folder]
    unchanged = timed("ours: nothing changed", command, folder, PYTHONPATH=str(folder / "code"))
    page = folder / "book" / "index.md"
    page.write_text(page.read_text("utf-8") + "\nOne more sentence.\n", "utf-8")
    edited = timed("ours: a sentence edited", command, folder, PYTHONPATH=str(folder / "code"))
    return unchanged, edited


def stock(folder: Path) -> float:
    stock_copy(folder)
    places = {
        "PYTHONPATH": str(folder / "code"),
        "TEXINPUTS": f"{folder}:",
        "CALCML_PAGES": str(folder),
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
    }
    command: list[str | Path] = [BIN / "jupyter-book", "build", "."]
    seconds = timed("stock: jupyter-book build", command, folder, **places)
    pdf = [*command, "--builder", "pdflatex"]
    seconds += timed("stock: its PDF builder", pdf, folder, **places)
    require(folder / "_build/html/index.html", folder / "_build/latex")
    return seconds


def require(page: Path, pdf_folder: Path) -> None:
    """Both sides must have made what they are timed for."""
    if not page.exists() or not list(pdf_folder.glob("*.pdf")):
        sys.exit(f"{page.parent} or its PDF was not made, so there is nothing to compare")


def main() -> int:
    parser = argparse.ArgumentParser(description="Time our cold build beside plain Jupyter Book.")
    parser.add_argument("--limit", type=float, default=0.7, help="largest ratio ours / stock")
    parser.add_argument("--rounds", type=int, default=1, help="the fastest of so many is taken")
    options = parser.parse_args()
    times: dict[str, list[float]] = {"ours": [], "stock": []}
    unchanged: list[float] = []
    edited: list[float] = []
    with tempfile.TemporaryDirectory() as place:
        for number in range(options.rounds):
            times["ours"].append(ours(Path(place, f"ours-{number}")))
            same, other = again(Path(place, f"ours-{number}"))
            unchanged.append(same)
            edited.append(other)
            times["stock"].append(stock(Path(place, f"stock-{number}")))
    mine, theirs = min(times["ours"]), min(times["stock"])
    ratio = mine / theirs
    print(f"cold build: ours {mine:.1f} s, plain Jupyter Book {theirs:.1f} s, ratio {ratio:.2f}")
    print(f"nothing changed: {min(unchanged):.1f} s, a sentence edited: {min(edited):.1f} s")
    failed = False
    if ratio > options.limit:
        print(f"the ratio is above {options.limit}", file=sys.stderr)
        failed = True
    if min(unchanged) > UNCHANGED:
        print(f"finding that nothing changed takes more than {UNCHANGED} s", file=sys.stderr)
        failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
