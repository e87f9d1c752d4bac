"""Cells show what the committed reference remembers, and the same under another arithmetic."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from nbclient import NotebookClient
from nbformat import v4
from tests.patience import PATIENCE

from bookkit.build import elsewhere, outputs
from bookkit.build.execute import Kernel
from bookkit.build.outputs import Shown, differences
from bookkit.layout import BuildError, Layout
from calcml import noise

ROOT = Path(__file__).parents[2]


def test_the_build_shows_what_the_reference_remembers() -> None:
    stale = outputs.stale(Layout(ROOT))
    assert not stale, "\n".join([*stale, outputs.REMEDY])


# --- the reference --------------------------------------------------------------------------------

ITEMS = [
    Shown("print(x)  # a comment", ("1.5", "", "  indented")),
    Shown("print(x)  # a comment", ("", "after a blank line", "# no comment")),
    Shown("{glue:text}`share:.1f`", ("49.5",)),
]


def test_the_reference_is_read_as_it_was_written() -> None:
    book = {"book/a.md": ITEMS, "book/empty.md": [], "book/b.md": ITEMS[:1]}
    assert outputs.read(outputs.write(book)) == book


def test_a_line_that_belongs_to_nothing_is_refused() -> None:
    with pytest.raises(BuildError, match=r"outputs.txt:2: this line belongs to no chapter"):
        outputs.read("# header\n  title\n")


def test_a_changed_text_is_named_with_both_values() -> None:
    new = [*ITEMS[:2], Shown("{glue:text}`share:.1f`", ("49.6",), 120)]
    expected = "book/a.md:120: {glue:text}`share:.1f`\n    - 49.5\n    + 49.6"
    assert differences("book/a.md", ITEMS, new) == [expected]
    assert differences("book/a.md", ITEMS, ITEMS) == []


def test_texts_that_come_and_go_are_named() -> None:
    assert differences("a.md", ITEMS, ITEMS[:2]) == ["a.md: a text is gone: {glue:text}`share:.1f`"]
    assert differences("a.md", ITEMS[:2], ITEMS) == ["a.md: a text is new: {glue:text}`share:.1f`"]


class Chapter:
    """As much of a chapter as is asked for what it shows."""

    def __init__(self, file: Path, prose: str = "") -> None:
        file.write_text(prose, "utf-8")
        self.file = file

    def line(self, _index: int) -> int:
        return 7


def test_a_stream_in_pieces_is_the_same_text(tmp_path: Path) -> None:
    """How a kernel cuts what is printed depends on the moment."""

    def page(*pieces: str) -> list[Shown]:
        streams = [v4.new_output("stream", name="stdout", text=piece) for piece in pieces]
        cell = v4.new_code_cell("print(x)\n", outputs=streams)
        book = v4.new_notebook(cells=[cell])
        return outputs.shown(Chapter(tmp_path / "a.md"), book)  # type: ignore[arg-type]

    assert page("one\ntwo\n") == page("one\nt", "wo\n") == [Shown("print(x)", ("one", "two"))]


def test_a_glued_number_is_shown_as_the_prose_prints_it(tmp_path: Path) -> None:
    record = {"scrapbook": {"name": "share"}}
    data = {"application/papermill.record/text/plain": "49.4961"}
    cell = v4.new_code_cell("glue(share=share)")
    cell.outputs = [v4.new_output("display_data", data=data, metadata=record)]
    prose = "About {glue:text}`share:.0f` %, or\n{glue:text}`share:.2f`; {glue:text}`share:.0f`."
    found = outputs.shown(Chapter(tmp_path / "a.md", prose), v4.new_notebook(cells=[cell]))  # type: ignore[arg-type]
    assert [(item.title, item.lines, item.place) for item in found] == [
        ("{glue:text}`share:.0f`", ("49",), 1),
        ("{glue:text}`share:.2f`", ("49.50",), 2),
    ]


# --- other arithmetic ----------------------------------------------------------------------------

STEADY = """
```{code-cell} python
import numpy as np
from calcml.notebook import below

A = np.random.default_rng(0).normal(size=(30, 30))
b = A @ np.ones(30)
residue = np.abs(np.linalg.solve(A, b) - 1).max()
print(f"solved, off by {below(residue, 1e-9)}")
```
"""
LOOSE = """
```{code-cell} python
print(f"solved, off by {residue:.6e}")
```
"""


def test_elsewhere_finds_a_number_that_depends_on_the_machine(copy) -> None:
    copy.append("book/sample.md", STEADY)
    outcome = copy.build("accept-outputs")
    assert outcome.status == 0, outcome
    outcome = copy.build("elsewhere", ["--setting", "noise"])
    assert outcome.status == 0, outcome
    assert "noise: nothing differs" in outcome.output
    # Once more: the run is kept.
    assert "book/sample.md " not in copy.build("elsewhere", ["--setting", "noise"]).output

    line = copy.append("book/sample.md", LOOSE) + 2
    outcome = copy.build("elsewhere", ["--setting", "noise"])
    assert outcome.status == 1, outcome
    assert "make accept-outputs" in outcome.errors
    assert copy.build("accept-outputs").status == 0
    outcome = copy.build("elsewhere", ["--setting", "noise"])
    assert outcome.status == 1, outcome
    assert f"noise: book/sample.md:{line}: print(" in outcome.output
    assert "noise: 1 differs" in outcome.output


def test_an_unknown_setting_is_refused_with_the_choice(copy) -> None:
    outcome = copy.build("elsewhere", ["--setting", "quantum"])
    assert outcome.status == 1
    assert "SETTING=quantum: choose among simd, noise, both, blas, threads" in outcome.errors


def test_a_chosen_kernel_of_the_blas_is_left_alone() -> None:
    chosen = elsewhere.blas({"OPENBLAS_CORETYPE": "Zen"}, "x86_64")
    assert "OPENBLAS_CORETYPE" in chosen.missing
    assert not chosen.start.environment
    free = elsewhere.blas({}, "x86_64")
    assert free.start.environment == {"OPENBLAS_CORETYPE": "Prescott"}
    assert "riscv64" in elsewhere.blas({}, "riscv64").missing


def test_noise_moves_the_last_bit_and_nothing_else() -> None:
    rng = np.random.default_rng(3)
    for kind in (np.float64, np.float32):
        x = rng.normal(size=1000).astype(kind)
        moved = noise.jog(x)
        assert moved.dtype == x.dtype
        steps = (moved - x) / np.spacing(x)
        assert set(np.unique(np.round(np.abs(steps), 1))) <= {0.0, 0.5, 1.0}
        assert 0.5 < np.mean(moved != x) < 0.8
    exact = np.array([0.0, -3.0, 2.5, np.inf, 1e6])
    np.testing.assert_array_equal(noise.jog(exact), exact)
    assert noise.jog("text") == "text"
    counts = np.arange(3)
    assert noise.jog(counts) is counts
    pair = noise.jog(np.linalg.eigh(np.eye(2)))
    assert type(pair).__name__ == "EighResult"


NOISY = """
import numpy as np
from calcml.diff import grad
from calcml.nn import mlp
rng = np.random.default_rng(0)
A, b = rng.normal(size=(2, 9, 9))
np.savez("seen.npz", product=A @ b, dot=np.dot(A, b), solve=np.linalg.solve(A, b),
         traced=grad(lambda x: np.sum(np.linalg.inv(x) @ b))(A), library=mlp([(A, b[0])], A))
"""


def test_noise_reaches_cells_library_and_traces(tmp_path: Path) -> None:
    seen = []
    for extension in ([], ["--IPKernelApp.extra_extensions=calcml.noise"]):
        page = v4.new_notebook(cells=[v4.new_code_cell(NOISY)])
        with tempfile.TemporaryDirectory() as sockets:
            client = NotebookClient(
                page,
                timeout=PATIENCE,
                startup_timeout=PATIENCE,
                iopub_timeout=PATIENCE,
                km=Kernel(Path(sys.executable), sockets),
                resources={"metadata": {"path": str(tmp_path)}},
                extra_arguments=extension,
            )
            client.execute(cleanup_kc=True)
        with np.load(tmp_path / "seen.npz") as arrays:
            seen.append({name: arrays[name] for name in arrays})
    plain, noisy = seen
    for name, values in plain.items():
        assert np.any(values != noisy[name]), name
        np.testing.assert_allclose(noisy[name], values, rtol=1e-10, err_msg=name)
    assert json.dumps(sorted(plain)) == json.dumps(sorted(noisy))
