"""What a page must and must not hold: one function a rule, from a page to complaints."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator

from bookkit.myst import Page
from bookkit.sections import core_references, deeper_labels
from bookkit.statements import label_of, statements

HEADER = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  name: python3
  display_name: Python 3
---
"""
# Hidden content vanishes from the PDF, skipped cells prove nothing, removed output shows nothing.
ALLOWED_TAGS = {"check", "draws-rounding", "raises-exception"}
ALLOWED_TAGS |= {"remove-input", "remove-cell", "setup", "code-later"}
# Chapters that were cut out of another one; equations that moved with them keep their labels.
CUT_OUT_OF = {
    "constrained_methods": "kkt",
    "curvature_of_networks": "hessian",
    "deep_networks": "chain",
    "derivatives": "gradients",
    "momentum": "descent",
}
# Chapters whose labels begin with the field's short name for their subject.
SHORT_NAMES = {"automatic_differentiation": "autodiff", "monte_carlo": "montecarlo"}
FILLER = re.compile(r"\b(simply(?! connected)|obviously|clearly|it is easy to see)\b", re.I)

Complaints = Iterator[str]


def header(page: Page) -> Complaints:
    """Without a jupytext header a page's cells would silently not be executed."""
    has_cells = bool(page.named("code-cell"))
    if has_cells and not page.text.startswith(HEADER):
        yield page.at(1, "has code cells but does not start with the jupytext header")
    if not has_cells and page.text.startswith("---\njupytext"):
        yield page.at(1, "has the jupytext header but no code cell")


def alternative_text(page: Page) -> Complaints:
    for number, line in enumerate(page.prose, 1):
        for alt in re.findall(r"!\[(.*?)\]", line):
            if not alt.strip():
                yield page.at(number, "an image without alternative text")
    for block in page.named("figure", "image"):
        if not block.options.get("alt"):
            yield page.at(block.line, f"{{{block.name}}} without :alt:")
    for cell in page.named("code-cell"):
        settings = cell.options.get("mystnb", {})
        alt = settings.get("image", {}).get("alt") or ""
        if "figure" in settings and len(alt.split()) < 5:
            yield page.at(cell.line, "a figure without mystnb.image.alt that says what is seen")


def figures(page: Page) -> Complaints:
    """A figure can be referred to and says its conclusion."""
    for cell in page.named("code-cell"):
        settings = cell.options.get("mystnb", {})
        # The landing page is not in the PDF: a number on its picture would shift all others.
        if "figure" in settings or ("image" in settings and page.stem != "index"):
            figure = settings.get("figure", {})
            if not re.fullmatch(r"fig(-[a-z0-9]+)+", figure.get("name") or ""):
                yield page.at(cell.line, "a figure needs mystnb.figure.name: fig-<chapter>-<what>")
            if not (figure.get("caption") or "").strip():
                yield page.at(cell.line, "a figure needs mystnb.figure.caption")


def tags(page: Page) -> Complaints:
    for cell in page.named("code-cell"):
        given = cell.options.get("tags", [])
        for tag in given:
            if tag not in ALLOWED_TAGS:
                yield page.at(cell.line, f"cell tag {tag!r} is not used in this book")
        if "remove-cell" in given and not only_tells(cell.body):
            yield page.at(
                cell.line, "a removed cell may only glue numbers into the prose, and claim"
            )


def only_tells(code: str) -> bool:
    return all(
        isinstance(statement, (ast.Import, ast.ImportFrom))
        or re.match(r"(glue|claim\.\w+)\(", ast.unparse(statement))
        for statement in ast.parse(code).body
    )


def errors_allowed(page: Page) -> Complaints:
    for number, line in enumerate(page.lines, 1):
        if re.search(r"allow_errors|execution_mode|raise_on_error", line):
            yield page.at(number, "how errors are handled is settled in _config.yml alone")


def expected_exceptions(page: Page) -> Complaints:
    """A cell that must fail stands next to a sentence that says why."""
    for cell in page.named("code-cell"):
        if "raises-exception" in cell.options.get("tags", []):
            before = next((line for line in reversed(page.lines[: cell.line - 1]) if line), "")
            after = next((line for line in page.lines[cell.last :] if line), "")
            if not any(re.match(r"[\w$*{\"“(]", line) for line in (before, after)):
                yield page.at(cell.line, "a cell that must fail needs a sentence that says why")


def equation_labels(page: Page) -> Complaints:
    for equation in page.equations.values():
        chapter = re.fullmatch(r"eq-([a-z0-9]+)-[a-z0-9-]+", equation.label)
        words = [*page.stem.split("_"), CUT_OUT_OF.get(page.stem), SHORT_NAMES.get(page.stem)]
        if not chapter or chapter[1] not in words:
            what = f"equation label {equation.label!r} is not eq-<chapter>-<what>"
            yield page.at(equation.line, what)


def exercise_labels(page: Page) -> Complaints:
    """Every exercise has a label and leads to its solution."""
    for block in page.named("exercise"):
        label = block.options.get("label", "")
        if not re.fullmatch(r"ex-[a-z0-9]+-[a-z0-9-]+", label):
            yield page.at(block.line, f"exercise label {label!r} is not ex-<chapter>-<what>")
        elif f"<sol-{label.removeprefix('ex-')}>`" not in block.body:
            yield page.at(block.line, f"exercise {label} does not link to its solution")


def hints(page: Page) -> Complaints:
    """A hint is folded, so that nobody reads it by accident, and stands in its exercise."""
    exercises = page.named("exercise", "exercise-start")
    for block in page.named("hint"):
        if "dropdown" not in block.options.get("class", "").split():
            yield page.at(block.line, "a hint is open: give it `:class: dropdown`")
        around = (e for e in exercises if e.line < block.line <= e.last)
        if not any(around):
            yield page.at(block.line, "a hint outside of an exercise")


def filler(page: Page) -> Complaints:
    for number, line in enumerate(page.prose, 1):
        for word in FILLER.findall(line):
            yield page.at(number, f"says {word!r}")


def imports(page: Page) -> Complaints:
    """Chapters import what the downloaded notebooks come with: calcml and its requirements."""
    for cell in page.named("code-cell"):
        for found in re.finditer(r"^\s*(?:from|import) (\w+)", cell.body, re.M):
            if found[1] in ("bookkit", "myst_nb", "sphinx", "tests"):
                yield page.at(cell.line, f"a chapter imports {found[1]}, which readers lack")


def deeper_references(pages: list[Page]) -> Complaints:
    """The core of the book, and exercises of one star, need nothing of a deeper section."""
    deeper = {label: page.name for page in pages for label in deeper_labels(page)}
    for page in pages:
        if page.stem == "tables":
            continue  # formulas to look up, of all levels
        for line, label in core_references(page):
            if label in deeper:
                yield page.at(line, f"refers to {label}, which stands in a ◇ section")


def unclaimed(page: Page, subjects: Collection[str]) -> Complaints:
    """Figures and summaries that nothing is claimed about; `subjects` are what claims are about."""
    for statement in statements(page):
        if statement.label not in {label_of(subject, page) for subject in subjects}:
            yield page.at(statement.line, f"no cell claims anything about {statement.label}")


def unsolved(chapters: list[Page], solutions: list[Page]) -> Complaints:
    """Exercises without a full solution, and solutions of nothing."""
    for chapter in chapters:
        name = f"book/solutions/{chapter.stem}.md"
        answers = next((page for page in solutions if page.name == name), Page(name, ""))
        solved = {
            block.argument: (block.line, block.options.get("label", ""))
            for block in answers.named("solution", "solution-start")
        }
        for exercise in chapter.named("exercise"):
            label = exercise.options.get("label", "")
            line, own = solved.pop(label, (0, ""))
            if not line:
                yield chapter.at(exercise.line, f"exercise {label} has no solution in {name}")
            elif own != f"sol-{label.removeprefix('ex-')}":
                yield answers.at(line, f"the solution of {label} is labeled {own!r}")
        for label, (line, _) in solved.items():
            yield answers.at(line, f"solves {label}, which is no exercise of {chapter.name}")
