"""The parts of the build: digests, messages, the swap of the site, the real book's state."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from tests.book.conftest import HEAVY, Copy
from tests.calcml.kernel import run
from tests.patience import PATIENCE

from bookkit import layout
from bookkit.build import execute, render, site
from bookkit.layout import BuildError, Layout

ROOT = Path(__file__).resolve().parents[2]


def test_no_other_process_can_take_the_place_where_a_kernel_is_spoken_to() -> None:
    ask = "from ipykernel.connect import get_connection_info\nget_connection_info(unpack=True)"
    (answer,) = run(f"{ask}['transport']").outputs
    assert answer.data["text/plain"] == "'ipc'"


# --- what a result depends on ---------------------------------------------------------------------


def written(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.mark.parametrize("place", ["book", ".hidden/book", "x.egg-info/__pycache__/book"])
def test_sources_are_found_wherever_the_book_lies(tmp_path, place):
    folder = written(tmp_path / place, a="1", b__c="2")
    written(folder / "__pycache__", junk="")
    written(folder / ".cache", junk="")
    written(folder / "b" / "x.egg-info", junk="")
    found = [path.relative_to(folder).as_posix() for path in layout.sources(folder)]
    assert found == ["a", "b/c"]


def test_a_digest_sees_names_contents_and_facts(tmp_path):
    one = written(tmp_path / "one", a="1", b="2")
    files = layout.sources(one)
    original = layout.digest(one, files, "3.11")
    assert original == layout.digest(one, files, "3.11")
    assert original != layout.digest(one, files, "3.12")
    (one / "a").write_text("2")
    assert original != layout.digest(one, files, "3.11")
    swapped = written(tmp_path / "two", a="2", b="1")
    assert original != layout.digest(swapped, layout.sources(swapped), "3.11")


@pytest.mark.parametrize(
    ("file", "executes"),
    [
        ("code/calcml/answer.py", True),
        ("requirements-notebooks.txt", True),
        ("requirements.txt", False),
        ("code/bookkit/build/render.py", False),
        ("book/sample.md", False),
        ("book/macros.tex", False),
        ("_config.yml", False),
        ("_toc.yml", False),
        ("CITATION.cff", False),
        ("package-lock.json", False),
        ("pyproject.toml", False),
        ("LICENSE", False),
    ],
)
def test_every_input_counts(copy, file, executes):
    before = Layout(copy.root)
    assert before.is_current(with_pdf=False)
    assert not before.is_current(with_pdf=True)
    with (copy.root / file).open("a") as end:
        end.write("\n\n")
    after = Layout(copy.root)
    assert not after.is_current(with_pdf=False)
    assert (before.environment_digest != after.environment_digest) is executes


@pytest.mark.parametrize("name", ["_config.yml", "_toc.yml", "CITATION.cff"])
def test_settings_that_are_no_yaml_are_refused_with_their_line(tmp_path, name):
    (tmp_path / name).write_text("a: 1\nb: [1, 2\nc: 3\n")
    with pytest.raises(BuildError, match=rf"{name}:3: is not valid YAML"):
        layout.read_yaml(tmp_path / name)
    with pytest.raises(BuildError, match=r"nowhere.yml is missing: is .* the top folder\?"):
        layout.read_yaml(tmp_path / "nowhere.yml")


def test_the_edition_is_the_only_clock():
    book = Layout(ROOT)
    released = time.gmtime(book.epoch)
    assert time.strftime("%Y-%m-%d", released) == str(book.citation["date-released"])
    assert released[3:6] == (0, 0, 0)


# --- messages -------------------------------------------------------------------------------------


def test_complaints_are_plain_and_relative_and_told_once():
    book = Layout(Path("/somewhere"))
    text = (
        "\x1b[91m/somewhere/book/a.md:3: WARNING: undefined label: 'x'\x1b[39;49;00m\n"
        "\x1b[91m/somewhere/book/a.md:3: WARNING: undefined label: 'x'\x1b[39;49;00m\n"
        "\n/somewhere/book/a.rst: WARNING: label 'x' not found.\n"
        "The full traceback has been saved in a place, if you want to report the issue.\n"
    )
    assert render.complaints(text, book) == ["book/a.md:3: WARNING: undefined label: 'x'"]


def test_the_line_of_a_cell_is_that_of_its_code(copy):
    (chapter,) = execute.read_chapters(Layout(copy.root))
    lines = (copy.root / "book/sample.md").read_text("utf-8").splitlines()
    for number, cell in enumerate(chapter.notebook.cells):
        if cell.cell_type == "code":
            first = cell.source.splitlines()[0]
            assert lines[chapter.line(number) - 1] == first


# --- one build at a time, one swap ----------------------------------------------------------------


def test_the_site_is_replaced_as_a_whole(tmp_path):
    old = written(tmp_path / "site", a="old", b="old")
    fresh = written(tmp_path / "site.new", a="new")
    site.replace(old, fresh)
    assert [path.name for path in tmp_path.iterdir()] == ["site"]
    assert {path.name: path.read_text() for path in old.iterdir()} == {"a": "new"}


def test_a_second_build_waits_for_the_first(copy, capsys):
    book = Layout(copy.root)
    order: list[str] = []

    said = ""

    def build_and_note() -> None:
        site.build(book, with_pdf=False)
        order.append("second")

    with site.alone(book):
        second = threading.Thread(target=build_and_note)
        second.start()
        while "waiting for another build in this folder" not in said:
            assert second.is_alive(), "it did not wait"
            said += capsys.readouterr().out
        order.append("first")
    second.join()
    assert order == ["first", "second"]


def test_rendering_ends_with_the_build_that_asked_for_it(copy):
    """A killed build leaves nobody behind who writes where the next one works."""
    sphinx = render.SphinxRun(Layout(copy.root), "html")
    sphinx.go()
    sphinx.process.stdin.close()
    assert sphinx.process.wait(timeout=PATIENCE) == 1
    assert sphinx.messages.read_bytes() == b""


# --- the real book --------------------------------------------------------------------------------


def test_the_built_book_is_current_and_found_so_at_once():
    assert Layout(ROOT).is_current(with_pdf=True), "run `make` first"
    outcome = Copy(ROOT).build("build", PYTHONPROFILEIMPORTTIME="1")
    assert outcome.status == 0, outcome
    assert outcome.output == "_build/site is up to date\n"
    assert "bookkit" in outcome.imported
    assert not outcome.imported & HEAVY
