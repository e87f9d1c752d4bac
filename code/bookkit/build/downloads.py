"""What readers take away.

Each chapter as a notebook, all of them in a zip that runs elsewhere, and the whole site in another.
"""

from __future__ import annotations

import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from bookkit.build.cache import executed
from bookkit.build.chapters import read_chapters
from bookkit.build.ledger import MIME as CHECK
from bookkit.build.plain import Book, Writer
from bookkit.layout import Layout, sources
from bookkit.myst import Page
from bookkit.numbers import PLACEHOLDER, fill, glued

PROJECT = "calculus-for-machine-learning"
ZIP_NAME = f"{PROJECT}-notebooks.zip"
#: Files of the site that only a host reads.
FOR_HOSTS = {"404.html", "sitemap.xml"}

MACRO = re.compile(r"^\\(?:new|provide)command\{(\\\w+)\}(?:\[(\d)\])?\{(.*)\}$", re.M)

README = """\
Calculus for Machine Learning: the notebooks
============================================

Each notebook is a chapter of the book. They need Python 3.11 or newer and the packages in
requirements.txt; the shared module `calcml` lies beside them.

    python3 -m venv .venv
    .venv/bin/pip install -r requirements.txt jupyterlab
    .venv/bin/jupyter lab

Text: CC BY 4.0. Code: MIT.
"""


def write(layout: Layout, rendered: Path, site: Path) -> None:
    """Write ``notebooks/*.ipynb`` and the zip of all of them into the site.

    Numbers and addresses come from the pages as Sphinx wrote them into `rendered`.
    """
    book = Book(layout, rendered)
    files = {
        chapter.file.relative_to(layout.book).with_suffix(".ipynb").as_posix(): nbformat.writes(
            portable(book, executed(layout, chapter), chapter.page)
        ).encode()
        for chapter in read_chapters(layout)
    }
    for name, notebook in files.items():
        target = site / "notebooks" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(notebook)
    for file in sources(layout.code / "calcml"):
        files[file.relative_to(layout.code).as_posix()] = file.read_bytes()
    for licence in sorted(layout.root.glob("LICENSE*")):
        files[licence.name] = licence.read_bytes()
    files["README.txt"] = README.encode()
    files["requirements.txt"] = layout.notebooks_lock_file.read_bytes()
    _zip(layout, site / ZIP_NAME, files)


def write_site(layout: Layout, site: Path) -> None:
    """Write the zip of the finished site, to be read from the disk.

    Its pages do not offer it.
    """
    offer = re.compile(rf'<li><a href="[^"]*{layout.site_zip_name}".*?</li>'.encode(), re.S)
    files = {
        file.relative_to(site).as_posix(): file.read_bytes()
        for file in site.rglob("*")
        if file.is_file() and file.name not in (layout.site_zip_name, *FOR_HOSTS)
    }
    for name, content in files.items():
        if name.endswith(".html"):
            files[name] = offer.sub(b"", content)
    _zip(layout, site / layout.site_zip_name, files)


def portable(book: Book, notebook: NotebookNode, page: Page) -> NotebookNode:
    """The notebook as any Jupyter shows it: plain Markdown, macros defined, captions below figures.

    Ids are fixed. The metadata hold the labeled equations, where `calcml.check.latex` reads them.
    """
    writer = Writer(book, page)
    numbers = glued(output for cell in notebook.cells for output in cell.get("outputs", []))
    cells = [nbformat.v4.new_markdown_cell(f"{needs(book.layout)}\n\n{_macros(book.layout)}")]
    for cell in notebook.cells:
        cells.append(cell)
        if cell.cell_type == "markdown":
            cell.source = fill(writer.text(cell.source), numbers)
        settings = cell.metadata.get("mystnb", {})
        figure, image = settings.get("figure", {}), settings.get("image", {})
        if "caption" in figure:
            figure["caption"] = fill(writer.text(figure["caption"]), numbers)
            caption = f"{writer.numbered(figure['name'])} {figure['caption']}"
            cells.append(nbformat.v4.new_markdown_cell(caption))
        if "alt" in image:
            image["alt"] = fill(image["alt"], numbers, PLACEHOLDER)
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "image/svg+xml" in data:
                data.pop("application/pdf", None)
            # How long a check took is no result, and differs from run to run.
            data.get(CHECK, {}).pop("seconds", None)
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"
    metadata = {key: notebook.metadata[key] for key in ("kernelspec", "language_info")}
    metadata["equations"] = {label: found.latex for label, found in page.equations.items()}
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


def needs(layout: Layout) -> str:
    """One line on how to get what a notebook imports."""
    archive = f"`{ZIP_NAME}`"
    if layout.site_address:
        archive = f"[{ZIP_NAME}]({layout.site_address}{ZIP_NAME})"
    return (
        f"*If `calcml` is missing: it lies beside the notebooks in {archive}, with a list of the"
        " packages that they need.*"
    )


def _macros(layout: Layout) -> str:
    r"""The macros of the book as MathJax and KaTeX both know them.

    One of them lacks ``\providecommand``, and the other lets ``\newcommand`` redefine nothing.
    """
    macros = (layout.book / "macros.tex").read_text("utf-8")
    definitions = "\n".join(
        rf"\def{name}{''.join(f'#{n + 1}' for n in range(int(arguments or 0)))}{{{body}}}"
        for name, arguments, body in MACRO.findall(macros)
    )
    return f"$$\n{definitions}\n$$"


def _zip(layout: Layout, target: Path, files: dict[str, bytes]) -> None:
    """A zip whose bytes depend on names and contents alone."""
    moment = datetime.fromtimestamp(layout.epoch, UTC).timetuple()[:6]
    with zipfile.ZipFile(target, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"{PROJECT}/{name}", date_time=moment)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, files[name])
