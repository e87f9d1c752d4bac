"""Execute the book as other machines would, and list what a reader there would see otherwise.

``make elsewhere`` changes the arithmetic of the kernels, one setting after the other: NumPy without
its vector loops, another kernel of OpenBLAS, the last bit of all linear algebra at random
(`calcml.noise`), two threads, and the other Pythons found here with the NumPy that the lock gives
them. A chapter is run again under a setting only when its cells, calcml or the lock changed.
"""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import nbformat
import numpy as np

from bookkit.build import outputs
from bookkit.build.cache import executed
from bookkit.build.chapters import Chapter, read_chapters
from bookkit.build.drawings import alike
from bookkit.build.execute import Start, execute_book, run
from bookkit.layout import BuildError, Layout, digest

PYTHONS = ("3.11", "3.12", "3.13")
#: A kernel of OpenBLAS for every processor of the family, so one that is seldom the default.
CORE = {"x86_64": "Prescott", "amd64": "Prescott", "aarch64": "ARMV8", "arm64": "ARMV8"}
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Setting:
    """One changed arithmetic; ``missing`` says why it cannot be tried here."""

    name: str
    start: Start = Start()  # noqa: RUF009 - immutable
    missing: str = ""


def settings(layout: Layout) -> Iterator[Setting]:
    """All settings, in the order in which they are tried."""
    vector = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    off = {"NPY_DISABLE_CPU_FEATURES": " ".join(vector)}
    yield Setting("simd", Start(off), "" if vector else "NumPy finds no vector loops to turn off")
    yield Setting("noise", noise(1))
    # One run for both, for every `make test`; each alone tells which of them it was.
    yield Setting("both", noise(2, **off))
    yield blas(os.environ, platform.machine().lower())
    yield Setting("threads", Start(dict.fromkeys(THREADS, "2")))
    for version in PYTHONS:
        if version == "{}.{}".format(*sys.version_info):
            continue
        found = interpreter(version)
        python = environment_of(layout, version) / "bin" / "python"
        missing = "" if found else f"there is no python{version} on the path"
        yield Setting(f"python{version}", Start(python=python), missing)


def noise(seed: int, **more: str) -> Start:
    """Kernels with noise in the last bit of linear algebra, and with further variables."""
    environment = {"CALCML_NOISE_SEED": str(seed), **more}
    return Start(environment, ("--IPKernelApp.extra_extensions=calcml.noise",))


def blas(environment: Mapping[str, str], machine: str) -> Setting:
    """Another kernel of OpenBLAS, unless whoever runs this chose one."""
    if "OPENBLAS_CORETYPE" in environment:
        return Setting(
            "blas", missing="the environment sets OPENBLAS_CORETYPE, which stays as it is"
        )
    if machine not in CORE:
        return Setting("blas", missing=f"no other kernel of OpenBLAS is known for {machine}")
    return Setting("blas", Start({"OPENBLAS_CORETYPE": CORE[machine]}))


def interpreter(version: str) -> Path | None:
    """A Python of this version that runs: on the path, or where pyenv and Homebrew put them."""
    name = f"python{version}"
    home = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    places = [shutil.which(name), f"/usr/local/bin/{name}", f"/opt/homebrew/bin/{name}"]
    places += sorted(map(str, home.glob(f"versions/{version}.*/bin/{name}")), reverse=True)
    for place in filter(None, places):
        if Path(place).exists():
            answer = subprocess.run([place, "-c", "import venv, ensurepip"], capture_output=True)
            if answer.returncode == 0:
                return Path(place)
    return None


def environment_of(layout: Layout, version: str) -> Path:
    return layout.build / "elsewhere" / f"python{version}"


def prepare(layout: Layout, setting: Setting) -> None:
    """Make the environment of another Python, with what a chapter needs and nothing else."""
    python = setting.start.python
    if python == Path(sys.executable):
        return
    folder = python.parent.parent
    wanted = layout.notebooks_lock_file.read_text("utf-8")
    file = folder / "requirements.txt"
    if file.exists() and file.read_text("utf-8") == wanted:
        return
    found = interpreter(setting.name.removeprefix("python"))
    print(f"  installing its packages into {layout.relative(folder)}", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    pending = folder / "requirements.pending"
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    try:
        subprocess.run([str(found), "-m", "venv", str(folder)], check=True)
        pending.write_text(wanted, "utf-8")
        subprocess.run([str(python), *install, "-r", str(pending)], check=True)
    except subprocess.CalledProcessError as error:
        raise BuildError(f"{setting.name}: its packages could not be installed") from error
    pending.rename(file)


@dataclass(frozen=True)
class Trial:
    """The book under one setting; sound runs are kept in ``_build/work/elsewhere/<setting>/``."""

    layout: Layout
    setting: Setting

    @cached_property
    def key(self) -> str:
        """Digest of everything but its own cells that a run depends on."""
        start = self.setting.start
        facts = [*start.arguments, *(f"{k}={v}" for k, v in sorted(start.environment.items()))]
        return digest(self.layout.root, [], self.layout.environment_digest, *facts)

    def file(self, chapter: Chapter) -> Path:
        name = chapter.name.replace("/", "-").removesuffix(".md") + ".ipynb"
        return self.layout.work / "elsewhere" / self.setting.name / name

    def take_over(self, chapter: Chapter) -> bool:
        """Give a chapter the outputs of an earlier run of the same cells, if there is one."""
        if not self.file(chapter).exists():
            return False
        kept = nbformat.read(self.file(chapter), as_version=4)
        if kept.metadata["run"] != [self.key, chapter.digest]:
            return False
        for cell, ran in zip(chapter.code, kept.cells, strict=True):
            cell.outputs = ran.outputs
        return True

    def keep(self, chapter: Chapter) -> None:
        facts = {"run": [self.key, chapter.digest]}
        self.file(chapter).parent.mkdir(parents=True, exist_ok=True)
        notebook = nbformat.v4.new_notebook(cells=chapter.code, metadata=facts)
        nbformat.write(notebook, self.file(chapter))

    async def execute(self, chapters: Sequence[Chapter], workers: int) -> None:
        """Run what is not kept, the longest first, a few at a time."""
        slots = asyncio.Semaphore(workers)

        async def one(chapter: Chapter) -> None:
            if self.take_over(chapter):
                return
            async with slots:
                await run(self.layout, chapter, self.setting.start)
            print(f"  {chapter.name}  {chapter.seconds:.1f} s", flush=True)
            if chapter.failure is None:
                self.keep(chapter)

        longest = sorted(chapters, key=lambda c: -sum(len(cell.source) for cell in c.code))
        await asyncio.gather(*(one(chapter) for chapter in longest))


def compare(
    chapter: Chapter, expected: list[outputs.Shown], drawn: list[outputs.Figure]
) -> list[str]:
    """What a reader sees otherwise: failures, texts, numbers, figures."""
    if chapter.failure:
        return [chapter.verdict()]
    messages = outputs.differences(chapter.name, expected, outputs.shown(chapter, chapter.notebook))
    found = outputs.figures(chapter, chapter.notebook)
    if [figure.place for figure in drawn] != [figure.place for figure in found]:
        return [*messages, f"{chapter.name}: other figures are drawn"]
    return messages + [
        f"{chapter.name}:{new.place}: the figure looks different"
        for old, new in zip(drawn, found, strict=True)
        if not alike(old.svg, new.svg)
    ]


def try_all(layout: Layout, only: str = "", *, workers: int = 2) -> int:
    """Try the settings named in ``only``, or all; return how many things differ.

    Raises
    ------
    BuildError
        If a setting does not exist, or the reference is not that of the present cells.
    """
    known = list(settings(layout))
    names = only.replace(",", " ").split()
    if unknown := set(names) - {setting.name for setting in known}:
        choice = ", ".join(setting.name for setting in known)
        raise BuildError(f"SETTING={' '.join(sorted(unknown))}: choose among {choice}")
    execute_book(layout, workers=workers)
    reference = outputs.reference(layout)
    if stale := outputs.stale(layout):
        raise BuildError("\n".join([*stale, outputs.REMEDY]))
    drawn = {c.name: outputs.figures(c, executed(layout, c)) for c in read_chapters(layout)}
    total = 0
    for setting in known:
        if names and setting.name not in names:
            continue
        if setting.missing:
            print(f"{setting.name}: skipped, because {setting.missing}")
            continue
        print(f"{setting.name}: {described(setting.start)}", flush=True)
        prepare(layout, setting)
        chapters = read_chapters(layout)
        asyncio.run(Trial(layout, setting).execute(chapters, workers))
        found = [
            message
            for chapter in chapters
            for message in compare(chapter, reference[chapter.name], drawn[chapter.name])
        ]
        for message in found:
            print(f"{setting.name}: {message}")
        print(f"{setting.name}: {len(found) or 'nothing'} differ{'s' if len(found) < 2 else ''}")
        total += len(found)
    return total


def described(start: Start) -> str:
    changes: list[Any] = [f"{name}={value}" for name, value in start.environment.items()]
    if start.python != Path(sys.executable):
        changes.append(start.python)
    return ", ".join(map(str, changes))
