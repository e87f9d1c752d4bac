"""Execute every chapter once: in parallel, cached, with a time limit a cell.

A chapter is executed when the cache holds no run of the same cells under the same environment
digest (shared module, lock file, Python), made while the page displayed the same equations: checks
read their formulas from the page. Only clean runs enter the cache, so a failing chapter fails again
every time until it is mended.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import re
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_cache import get_cache
from jupyter_cache.cache.main import JupyterCacheBase
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from bookkit.build.cache import is_cached, keep, take_over
from bookkit.build.chapters import Chapter, read_chapters
from bookkit.build.timelimit import PATIENCE, TimeLimit
from bookkit.layout import BuildError, Layout

ANSI = re.compile(r"\x1b\[[0-9;]*m")
# One thread a kernel: two kernels already fill two cores, and sums keep their order.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class Kernel(AsyncKernelManager):
    """A kernel under a Python of choice, whatever kernels are installed for the user.

    It is spoken to through sockets in a folder. Jupyter's usual ports are found free, let go and
    taken again by the kernel, and on a busy machine another process is sometimes faster.
    """

    def __init__(self, python: Path, sockets: str) -> None:
        super().__init__(transport="ipc", ip=f"{sockets}/kernel")
        self.python = python

    @property
    def kernel_spec(self) -> KernelSpec:
        command = [str(self.python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=command, display_name="Python", language="python")


@dataclass(frozen=True)
class Start:
    """How the kernels of a run start, where that differs from the ordinary build."""

    environment: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    python: Path = Path(sys.executable)


ORDINARY = Start()


def execute_book(layout: Layout, *, workers: int = 2) -> int:
    """Execute what is not cached; return how many chapters were run.

    Raises
    ------
    BuildError
        If a cell raises, writes to stderr or exceeds its time limit. The last lines of the
        message name file, line and exception.
    """
    runs = get_cache(layout.cache)
    chapters = read_chapters(layout)
    stale = [
        chapter
        for chapter in chapters
        if not is_cached(runs, chapter) and not take_over(runs, chapter)
    ]
    print(f"execute: {len(stale)} of {len(chapters)} notebooks", flush=True)
    if not stale:
        return 0
    # On a new machine Matplotlib lists its fonts first, and says so; no page should repeat that.
    importlib.import_module("matplotlib.font_manager")
    # The longest first, so that no worker is left with a long one at the end.
    stale.sort(key=lambda chapter: -sum(len(cell.source) for cell in chapter.notebook.cells))
    with asyncio.Runner(loop_factory=Loop) as runner:
        runner.run(_run_all(layout, runs, stale, workers))
    failed = [chapter for chapter in stale if chapter.failure]
    if failed:
        logs = [line for chapter in failed for line in chapter.log]
        raise BuildError("\n".join([*logs, *(chapter.verdict() for chapter in failed)]))
    return len(stale)


class Loop(asyncio.SelectorEventLoop):
    """An event loop that an interrupt ends: nbclient's handlers would let it go on."""

    def add_signal_handler(self, *_: object) -> None:
        raise RuntimeError("interrupts end the loop")  # which nbclient takes for an answer


async def _run_all(
    layout: Layout, runs: JupyterCacheBase, chapters: list[Chapter], workers: int
) -> None:
    slots = asyncio.Semaphore(workers)
    done = 0

    async def run_one(chapter: Chapter) -> None:
        nonlocal done
        async with slots:
            await run(layout, chapter)
        if chapter.failure is None:
            keep(runs, chapter)
        done += 1
        verdict = "FAILED" if chapter.failure else f"{chapter.seconds:.1f} s"
        print(f"  [{done}/{len(chapters)}] {chapter.name}  {verdict}", flush=True)

    await asyncio.gather(*(run_one(chapter) for chapter in chapters))


async def run(layout: Layout, chapter: Chapter, start: Start = ORDINARY) -> None:
    """Run one chapter in a fresh kernel and an empty folder; note time or failure in it."""
    began = time.perf_counter()
    seconds = int(layout.config["execute"]["timeout"])
    patience = PATIENCE * seconds
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryDirectory() as sockets,
        tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as displayed,
    ):
        displayed.write(chapter.displayed)
        displayed.flush()
        environment = {**kernel_environment(layout, Path(displayed.name)), **start.environment}
        client = NotebookClient(
            chapter.notebook,
            timeout=patience,
            startup_timeout=patience,
            # Output that comes late on a busy machine is waited for, and never left out.
            iopub_timeout=patience,
            raise_on_iopub_timeout=True,
            km=Kernel(start.python, sockets),
            record_timing=False,
            shutdown_kernel="immediate",  # a cell that is interrupted says nothing any more
            coalesce_streams=True,  # how output is split depends on the moment it comes
            extra_arguments=["--IPKernelApp.log_level=ERROR", *start.arguments],
            resources={"metadata": {"path": folder}},
            on_cell_start=lambda cell, cell_index: _note_start(chapter, cell_index, limit),
        )
        limit: TimeLimit = TimeLimit(client, seconds)
        watching = asyncio.create_task(limit.watch())
        try:
            await client.async_execute(env=environment, cleanup_kc=True)
        except CellTimeoutError:
            chapter.failure = f"CellTimeoutError: the cell waited longer than {patience} s"
        except DeadKernelError:
            chapter.failure = (
                f"CellTimeoutError: the cell ran longer than {seconds} s"
                if limit.exceeded
                else "DeadKernelError: the kernel died in this cell"
            )
        except CellExecutionError:
            _note_exception(chapter)
        else:
            _refuse_stderr(chapter)
            _require_expected_exceptions(chapter)
        finally:
            watching.cancel()
    chapter.seconds = time.perf_counter() - began


def _note_start(chapter: Chapter, index: int, limit: TimeLimit) -> None:
    chapter.current = index
    limit.begin_cell()
    if sys.stdout.isatty():
        print(f"\r\x1b[K  {chapter.name}:{chapter.line(index)}", end="\r", flush=True)


def kernel_environment(layout: Layout, displayed: Path) -> dict[str, str]:
    """The same environment for every kernel, with this copy's shared module first on the path."""
    return {
        **os.environ,
        **ONE_THREAD,
        "PYTHONPATH": str(layout.code),
        "CALCML_PAGES": str(displayed),  # where `calcml.check.latex` reads the displayed formulas
        "PYTHONHASHSEED": "0",
        "PYTHONNOUSERSITE": "1",
        # Not the start-up files and settings of whoever builds the book.
        "IPYTHONDIR": str(layout.work / "ipython"),
        "MATPLOTLIBRC": os.devnull,
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "SOURCE_DATE_EPOCH": str(layout.epoch),
    }


def _note_exception(chapter: Chapter) -> None:
    """Keep the traceback and the line in the source file at which the current cell failed."""
    outputs = chapter.notebook.cells[chapter.current].outputs
    error = next(output for output in outputs if output.output_type == "error")
    chapter.log = ANSI.sub("", "\n".join(error.traceback)).splitlines()
    within = re.search(r"Cell In\[\d+\], line (\d+)", "\n".join(chapter.log))
    chapter.offset = int(within[1]) - 1 if within else 0
    chapter.failure = f"{error.ename}: {error.evalue}"


def _refuse_stderr(chapter: Chapter) -> None:
    """A chapter prints no warning: what reaches stderr is a failure."""
    for index, cell in enumerate(chapter.notebook.cells):
        for output in cell.get("outputs", []):
            if output.output_type == "stream" and output.name == "stderr":
                chapter.current = index
                chapter.log = ANSI.sub("", output.text).strip().splitlines()
                chapter.failure = f"the cell wrote to stderr: {chapter.log[0]}"
                return


def _require_expected_exceptions(chapter: Chapter) -> None:
    """A cell that says it raises must raise."""
    for index, cell in enumerate(chapter.notebook.cells):
        if "raises-exception" in cell.metadata.get("tags", []) and not any(
            output.output_type == "error" for output in cell.outputs
        ):
            chapter.current = index
            chapter.failure = "the cell is tagged raises-exception but raised nothing"
            return
