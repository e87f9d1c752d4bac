"""LaTeX to PDF: as many runs of XeLaTeX as the references need, then one of xdvipdfmx."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from bookkit.build import latexlog, render
from bookkit.layout import BuildError, Layout, digest, sources

MOST_RUNS = 6
# What one run writes for the next one to read.
NOTES = (".aux", ".toc", ".out", ".ind")
_running: set[subprocess.Popen[str]] = set()


def build(layout: Layout) -> Path:
    """Run LaTeX until the references stand; return the PDF.

    Raises
    ------
    BuildError
        If LaTeX is missing or stops, a reference is undefined, a sign is in no font, or a line
        leaves the page; every line of the message begins with its place in the chapters.
    """
    source = render.output(layout, "latex")
    folder = layout.work / "pdf"
    target = folder / layout.pdf_name
    stamp = folder / "inputs"
    state = digest(source, sources(source), str(layout.epoch))
    if target.exists() and stamp.exists() and stamp.read_text() == state:
        return target
    for program in ("xelatex", "xdvipdfmx", "makeindex"):
        if shutil.which(program) is None:
            raise BuildError(f"LaTeX is missing ({program}): run `make`, which installs it")
    stamp.unlink(missing_ok=True)
    _lay_out(source, folder)
    tex = folder / f"{target.stem}.tex"
    text = tex.read_text("utf-8")
    _run_until_settled(layout, tex)
    log, aux = (tex.with_suffix(end).read_text("utf-8", "replace") for end in (".log", ".aux"))
    found = latexlog.complaints(log, text, aux) + _write(layout, tex)
    if found:
        raise BuildError("\n".join(found))
    stamp.write_text(state)
    return target


def _lay_out(source: Path, folder: Path) -> None:
    """Put Sphinx's files where LaTeX runs, and keep nothing of the last time but LaTeX's notes."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if old.is_dir():
            shutil.rmtree(old)
        elif old.suffix not in NOTES:
            old.unlink()
    shutil.copytree(source, folder, dirs_exist_ok=True)


def _run_until_settled(layout: Layout, tex: Path) -> None:
    """Run XeLaTeX until it reads what it would write."""
    command = ["xelatex", "-no-pdf", "-no-shell-escape", "-interaction=batchmode"]
    command += ["-halt-on-error", "-file-line-error", tex.name]
    read = _notes(tex)
    for _ in range(MOST_RUNS):
        run = _call(layout, tex.parent, command)
        if run.returncode != 0:
            log_file = tex.with_suffix(".log")
            log = log_file.read_text("utf-8", "replace") if log_file.exists() else ""
            # Half-written notes would stop the next build too.
            for extension in NOTES:
                tex.with_suffix(extension).unlink(missing_ok=True)
            raise BuildError(
                latexlog.first_error(log, tex.read_text("utf-8"), tex.name)
                or f"XeLaTeX stopped: {run.stdout[-2000:]}"
            )
        _sort_index(layout, tex)
        written = _notes(tex)
        if written == read:
            return
        read = written
    raise BuildError(f"the page numbers of the PDF do not settle in {MOST_RUNS} runs of LaTeX")


def _notes(tex: Path) -> str:
    """Digest of the notes, but for the count of pages, which no page shows."""
    total = hashlib.sha256()
    for extension in NOTES:
        file = tex.with_suffix(extension)
        lines = file.read_bytes().splitlines() if file.exists() else []
        total.update(b"\n".join(line for line in lines if b"@abspage@last" not in line) + b"\0")
    return total.hexdigest()


def _sort_index(layout: Layout, tex: Path) -> None:
    index = tex.with_suffix(".idx")
    if index.exists() and index.stat().st_size:
        run = _call(layout, tex.parent, ["makeindex", "-q", "-s", "python.ist", index.name])
        if run.returncode != 0:
            raise BuildError(f"makeindex stopped: {run.stdout}")


def _write(layout: Layout, tex: Path) -> list[str]:
    """Turn LaTeX's pages into the PDF; return what xdvipdfmx warns of."""
    pages = tex.with_suffix(".xdv").name
    run = _call(layout, tex.parent, ["xdvipdfmx", "-E", "-o", f"{tex.stem}.pdf", pages])
    if run.returncode != 0:
        raise BuildError(f"xdvipdfmx stopped: {run.stdout[-2000:]}")
    return [f"xdvipdfmx: {line}" for line in run.stdout.splitlines() if "warning" in line.lower()]


def _call(layout: Layout, folder: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "SOURCE_DATE_EPOCH": str(layout.epoch),
        "FORCE_SOURCE_DATE": "1",
        "max_print_line": "2000",
    }
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        _running.add(process)
        try:
            output, _ = process.communicate()
        finally:
            _running.discard(process)
    return subprocess.CompletedProcess(command, process.returncode, output)


def stop() -> None:
    """End the program that runs, and with it the build that runs it."""
    for process in tuple(_running):
        process.kill()
