"""The notebooks that readers take away: well formed, complete, and running elsewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from lxml import html
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from tests.patience import PATIENCE

from bookkit.build import downloads, render
from bookkit.build.ledger import MIME as CHECK
from bookkit.build.plain import Writer
from bookkit.layout import Layout
from bookkit.myst import Page

LAYOUT = Layout(Path(__file__).resolve().parents[2])
ZIP = LAYOUT.site / downloads.ZIP_NAME
PAGES = render.output(LAYOUT, "html")
KERNEL = {"name": "python3", "display_name": "Python 3"}
# The chapter whose notebook is run in the fresh environment.
CHAPTER = "gradients_and_derivatives.ipynb"


@pytest.fixture(scope="module")
def site() -> Path:
    assert ZIP.exists(), "the site is not built: run `make` first"
    return LAYOUT.site


def executable_pages() -> list[str]:
    return [
        file.relative_to(LAYOUT.book).with_suffix(".ipynb").as_posix()
        for file in LAYOUT.chapters
        if "{code-cell}" in file.read_text("utf-8")
    ]


def read(text: str) -> nbformat.NotebookNode:
    return nbformat.reads(text, as_version=4)


def shown(notebook: nbformat.NotebookNode) -> list[list[dict]]:
    """What a reader sees under each code cell."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [in_one_piece([visible(output) for output in cell.outputs]) for cell in cells]


def in_one_piece(outputs: list[dict]) -> list[dict]:
    """The outputs with the pieces of a stream joined: how it is split depends on the moment."""
    joined: list[dict] = []
    for output in outputs:
        last = joined[-1] if joined else {}
        if output.keys() == last.keys() and output.keys() in ({"stdout"}, {"stderr"}):
            (stream,) = output
            joined[-1] = {stream: last[stream] + output[stream]}
        else:
            joined.append(output)
    return joined


def visible(output: nbformat.NotebookNode) -> dict:
    if output.output_type == "stream":
        return {output.name: "".join(output.text)}
    if output.output_type == "error":
        return {output.ename: output.evalue}
    # The PDF twin of a picture is for LaTeX and is not taken away; a check's time is no result.
    data = {kind: data for kind, data in output.data.items() if kind != "application/pdf"}
    if CHECK in data:
        data[CHECK] = {key: value for key, value in data[CHECK].items() if key != "seconds"}
    return data


def test_what_is_shown_does_not_depend_on_how_it_was_split():
    def outputs(*pieces: str) -> list[list[dict]]:
        streams = [new_output("stream", name="stdout", text=piece) for piece in pieces]
        drawn = new_output("display_data", data={"text/plain": "a"})
        cell = new_code_cell("1", outputs=[*streams, drawn, *streams])
        return shown(new_notebook(cells=[cell]))

    assert outputs("one\ntwo\n") == outputs("one\n", "two\n") == outputs("on", "e\ntw", "o\n")
    assert outputs("one\n") != outputs("one\n", "two\n")
    assert len(outputs("one\n", "two\n")[0]) == 3


def test_every_executable_page_has_a_notebook_of_its_name(site):
    folder = site / "notebooks"
    found = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    assert sorted(found) == sorted(executable_pages())
    assert CHAPTER in found


@pytest.mark.parametrize("name", executable_pages())
def test_a_notebook_is_valid_and_executed(site, name):
    notebook = read((site / "notebooks" / name).read_text("utf-8"))
    nbformat.validate(notebook)
    assert notebook.nbformat == 4
    assert notebook.nbformat_minor >= 5
    assert notebook.metadata.kernelspec.name == "python3"
    ids = [cell.id for cell in notebook.cells]
    assert len(ids) == len(set(ids))
    assert any(shown(notebook))
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.execution_count


@pytest.mark.parametrize("name", executable_pages())
def test_a_notebook_defines_the_macros_that_it_uses(site, name):
    notebook = read((site / "notebooks" / name).read_text("utf-8"))
    first, *others = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    defined = set(re.findall(r"^\\def\\(\w+)(?:#\d)*\{.*\}$", first, re.M))
    macros = (LAYOUT.book / "macros.tex").read_text("utf-8")
    assert defined == set(re.findall(r"^\\\w+command\{?\\(\w+)", macros, re.M))
    if name == "gradients_and_derivatives.ipynb":
        assert any(f"\\{macro}" in text for macro in defined for text in others)


def texts(folder: Path, name: str) -> list[str]:
    """The cells of text of a notebook, but for the first one, which every notebook has."""
    notebook = read((folder / name).read_text("utf-8"))
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"][1:]


@pytest.mark.parametrize("name", executable_pages())
def test_a_notebook_is_plain_markdown(site, name):
    """No directive, role or label is left, and what links to notebooks finds them."""
    text = "\n".join(texts(site / "notebooks", name))
    assert not re.findall(r"^\s*[`:]{3,}\s*\{.*", text, re.M)
    assert not re.findall(r"\{[\w:]+\}`[^`]*`", text)
    assert not re.findall(r"^\([\w-]+\)=$|\$\$ *\([\w-]+\)$", text, re.M)
    places: dict[Path, set[str]] = {}
    here = site / "notebooks" / name
    for target, place in re.findall(r"\]\(([\w/.]+\.ipynb)?(?:#([^)]*))?\)", text):
        file = (here.parent / target).resolve() if target else here.resolve()
        if file not in places:
            found = "\n".join(texts(file.parent, file.name))
            places[file] = set(re.findall(r'<a id="([^"]+)"></a>', found))
        assert not place or place in places[file], (target, place)
    if name == "index.ipynb":
        assert re.search(r"- \*\*\d+\*\* chapters", text)
        assert "- **Momentum and acceleration**, after " in text


@pytest.mark.parametrize("name", executable_pages())
def test_a_notebook_has_the_numbers_of_its_page(site, name):
    """Equations, theorems, exercises and figures, each in the order of the page."""
    page = html.parse(str(site / Path(name).with_suffix(".html"))).getroot()
    text = "\n".join(texts(site / "notebooks", name))
    equations = [span.text_content() for span in page.find_class("eqno")]
    there = [re.search(r"\(([^()]+)\)", number)[1] for number in equations]
    assert re.findall(r"\\tag\{([^{}]+)\}", text) == there
    kinds = "Theorem|Lemma|Corollary|Definition|Example|Remark|Exercise|Fig[.]|Table"
    shown = [" ".join(span.text_content().split()) for span in page.find_class("caption-number")]
    named = [found for found in shown if re.match(kinds, found)]
    assert re.findall(rf"^\*\*((?:{kinds}) [\w.]*\w)", text, re.M) == [n.strip(".") for n in named]


def test_every_figure_has_its_caption_below_it(site):
    notebook = read((site / "notebooks" / CHAPTER).read_text("utf-8"))
    drawn = [
        number
        for number, cell in enumerate(notebook.cells)
        if "caption" in cell.metadata.get("mystnb", {}).get("figure", {})
    ]
    assert len(drawn) > 3
    for number in drawn:
        caption = notebook.cells[number].metadata.mystnb.figure.caption
        assert re.fullmatch(
            rf'\*\*Fig. [\d.]+\*\*<a id="fig-[\w-]+"></a> {re.escape(caption)}',
            notebook.cells[number + 1].source,
        )


REFERRING = """
By {eq}`eq-gradients-metric`, {prf:ref}`thm-descent-convex` and {doc}`the next page </momentum>` of
{cite:t}`ahlfors1979`, a {term}`gradient`; <a href="index.html">all of it</a>.
"""


def test_references_lead_to_the_site_if_its_address_is_known_else_to_notebooks(site, monkeypatch):
    page = Page("book/solutions/a.md", "")
    monkeypatch.delenv("BOOK_ADDRESS", raising=False)
    text = Writer(downloads.Book(LAYOUT, PAGES), page).text(REFERRING)
    metric = r"\.\./gradients_and_derivatives\.ipynb#equation-eq-gradients-metric"
    assert re.search(rf"\[\(\d+\.\d+\)\]\({metric}\)", text)
    convex = r"\.\./gradient_descent\.ipynb#thm-descent-convex"
    assert re.search(rf"\[Theorem \d+\.\d+\]\({convex}\)", text)
    assert "Ahlfors (1979), a gradient; all of it." in text
    monkeypatch.setenv("BOOK_ADDRESS", "https://example.org/book")
    text = Writer(downloads.Book(LAYOUT, PAGES), page).text(REFERRING)
    for address in re.findall(r"\]\((.*?)\)[,;\s.]", text):
        file, _, anchor = address.removeprefix("https://example.org/book/").partition("#")
        target = html.parse(str(site / file)).getroot()
        assert not anchor or target.get_element_by_id(anchor) is not None
    assert text.count("https://example.org/book/") == 5
    first, link = downloads.needs(LAYOUT).split("](")
    assert first.startswith("*If `calcml` is missing")
    assert link.startswith(f"https://example.org/book/{downloads.ZIP_NAME})")


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("```{index} a\n```\nText.", "Text."),
        ("(sec-a)=\n## A", "## A"),
        ("```{math}\na \\\\\nb\n```", "$$\n\\begin{aligned}\na \\\\\nb\n\\end{aligned}\n$$"),
        ("````{tab-set}\n```{tab-item} JAX\nx\n```\n````", "**JAX**\n\nx"),
        ("```{prf:proof}\nBy hand.\n```", "*Proof.* By hand. ∎"),
        (
            "```{figure} a.png\n:alt: A line.\n\nIt is straight.\n```",
            "*A line.*\n\nIt is straight.",
        ),
        ("Write `` {doc}`nowhere` ``.", "Write `` {doc}`nowhere` ``."),
        ("```{warning} Mind\nthe gap.\n```", "Mind\n\nthe gap."),
        ("```python\n{eq}`eq-a`\n```", "```python\n{eq}`eq-a`\n```"),
        (
            "See {cite:p}`ahlfors1979,amari1998`.",
            "See (Ahlfors, 1979; [Amari, 1998](https://doi.org/10.1162/089976698300017746)).",
        ),
    ],
)
def test_what_stands_for_a_directive(source, shown):
    writer = Writer(downloads.Book(LAYOUT, PAGES), Page("book/a.md", ""))
    assert writer.text(source) == shown


@pytest.mark.parametrize("name", executable_pages())
def test_numbers_stand_in_the_text_of_a_notebook(site, name):
    text = (site / "notebooks" / name).read_text("utf-8")
    assert "{glue:" not in text


def test_a_glued_number_is_printed_as_the_text_asks():
    value = new_output(
        "display_data",
        data={"application/papermill.record/text/plain": "89.8444"},
        metadata={"scrapbook": {"name": "angle", "mime_prefix": ""}},
    )
    text = "An angle of {glue:text}`angle:.1f`°, or {glue:text}`angle`, in {minutes}`core` minutes."
    cells = [new_markdown_cell(text), new_code_cell("1", outputs=[value])]
    notebook = new_notebook(
        cells=cells, metadata={"kernelspec": KERNEL, "language_info": {"name": "python"}}
    )
    page = Page("book/angle.md", f"# Angle\n\n{'word ' * 600}\n\n$$\na = 1\n$$ (eq-angle)\n")
    portable = downloads.portable(downloads.Book(LAYOUT, PAGES), notebook, page)
    assert portable.metadata["equations"] == {"eq-angle": "a = 1"}
    assert portable.cells[1].source == "An angle of 89.8°, or 89.8444, in 5 minutes."


def test_the_zip_holds_all_that_a_notebook_needs():
    with zipfile.ZipFile(ZIP) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        texts = {name: archive.read(name) for name in names}
    (top,) = {name.partition("/")[0] for name in names}
    assert names == sorted(names)
    inside = {name.removeprefix(f"{top}/") for name in names}
    assert set(executable_pages()) <= inside
    assert {"requirements.txt", "README.txt", "calcml/__init__.py"} <= inside
    assert "calcml/diff/__init__.py" in inside
    assert {path.name for path in LAYOUT.root.glob("LICENSE*")} <= inside
    assert not any("__pycache__" in name or "bookkit" in name for name in names)
    for name in executable_pages():
        alone = (LAYOUT.site / "notebooks" / name).read_bytes()
        assert texts[f"{top}/{name}"] == alone


def test_the_zip_depends_on_its_contents_alone(site, tmp_path):
    """Written again, at another time and elsewhere, it is the same file."""
    downloads.write(LAYOUT, PAGES, tmp_path)
    assert (tmp_path / downloads.ZIP_NAME).read_bytes() == ZIP.read_bytes()
    with zipfile.ZipFile(ZIP) as archive:
        dates = {entry.date_time[:3] for entry in archive.infolist()}
    assert dates == {tuple(map(int, str(LAYOUT.citation["date-released"]).split("-")))}


def test_the_requirements_are_those_of_the_chapters():
    lines = LAYOUT.notebooks_lock_file.read_text("utf-8").splitlines()
    pinned = {line.partition("==")[0] for line in lines if "==" in line}
    assert {"numpy", "scipy", "sympy", "matplotlib", "scikit-learn", "ipykernel"} <= pinned
    # What a package of ours needs is there too; what only the build or the tests need is not.
    assert {"contourpy", "joblib", "pyzmq", "fastjsonschema"} <= pinned
    assert not pinned & {"sphinx", "jupyter-book", "myst-nb", "pytest", "playwright", "lxml"}
    starts = [number for number, line in enumerate(lines) if "==" in line]
    assert all("--hash=sha256:" in lines[number + 1] for number in starts)
    with zipfile.ZipFile(ZIP) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("requirements.txt"))
        assert archive.read(name) == LAYOUT.notebooks_lock_file.read_bytes()


@pytest.mark.whole
def test_a_notebook_runs_in_a_fresh_environment(site, tmp_path):
    """Unzip it elsewhere, install what it asks for and nothing else, and compare the outputs."""
    with zipfile.ZipFile(ZIP) as archive:
        archive.extractall(tmp_path)
    (folder,) = (path for path in tmp_path.iterdir() if path.is_dir())
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "VIRTUAL_ENV", "JUPYTER", "CALCML", "IPYTHON", "MPL"))
    }
    environment |= {"HOME": str(tmp_path / "home"), "OMP_NUM_THREADS": "1"}
    cache = os.environ.get("PIP_CACHE_DIR", str(Path.home() / ".cache" / "pip"))
    environment |= {"PIP_CACHE_DIR": cache, "OPENBLAS_NUM_THREADS": "1"}

    def run(*command: str | Path) -> None:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"

    run(sys.executable, "-m", "venv", "venv")
    python = folder / "venv" / "bin" / "python"
    run(python, "-m", "pip", "install", "-q", "--require-hashes", "-r", "requirements.txt")
    run(python, "-m", "pip", "check")
    # Where Matplotlib has never run it lists the fonts once, and says so on stderr.
    run(python, "-c", "import matplotlib.font_manager")
    patient = f"--startup_timeout={PATIENCE}"
    run(python, "-m", "jupyter", "execute", "--inplace", patient, CHAPTER)

    there = read((folder / CHAPTER).read_text("utf-8"))
    here = read((site / "notebooks" / CHAPTER).read_text("utf-8"))
    assert shown(there) == shown(here)
