"""LaTeX to PDF: latexmk runs XeLaTeX as often as the references need, then xdvipdfmx."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from pathlib import Path

from bookkit.build import latexlog, render
from bookkit.layout import BuildError, Layout, digest, sources

MOST_RUNS = 6
# How latexmk calls its programs; it adds options of its own (%O) and the names of files.
PROGRAMS = {
    "xelatex": "xelatex -no-shell-escape -interaction=batchmode -halt-on-error"
    " -file-line-error %O %S",
    "xdvipdfmx": "xdvipdfmx -E -o %D %O %S",
    "makeindex": "makeindex -q -s python.ist -o %D %S",
}
# What one run writes for the next one to read, and the file that stands meanwhile.
NOTES = (".aux", ".toc", ".out", ".idx", ".ind", ".fdb_latexmk")
UNFINISHED = "unfinished"
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
    for program in ("latexmk", *PROGRAMS):
        if shutil.which(program) is None:
            raise BuildError(f"LaTeX is missing ({program}): run `make`, which installs it")
    stamp.unlink(missing_ok=True)
    _lay_out(source, folder)
    tex = folder / f"{target.stem}.tex"
    text = tex.read_text("utf-8")
    said = _run_latexmk(layout, tex)
    log, aux = (tex.with_suffix(end).read_text("utf-8", "replace") for end in (".log", ".aux"))
    found = latexlog.complaints(log, text, aux)
    found += [line for line in said.splitlines() if line.startswith("xdvipdfmx:warning:")]
    if found:
        raise BuildError("\n".join(found))
    stamp.write_text(state)
    return target


def _lay_out(source: Path, folder: Path) -> None:
    """Put Sphinx's files where LaTeX runs, and keep nothing of the last time but LaTeX's notes.

    Notes of a run that failed or was killed may be half written, which would stop the next one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    kept = () if (folder / UNFINISHED).exists() else NOTES
    for old in folder.iterdir():
        if old.is_dir():
            shutil.rmtree(old)
        elif old.suffix not in kept and old.name != UNFINISHED:
            old.unlink()
    shutil.copytree(source, folder, dirs_exist_ok=True)


def _run_latexmk(layout: Layout, tex: Path) -> str:
    """Run latexmk; return what it and its programs say."""
    command = ["latexmk", "-norc", "-pdfxe", "-e", f"$max_repeat = {MOST_RUNS}"]
    for program, call in PROGRAMS.items():
        command += ["-e", f"${program} = '{call}'"]
    unfinished = tex.parent / UNFINISHED
    unfinished.touch()
    run = _call(layout, tex.parent, [*command, tex.name])
    if "Maximum runs of " in run.stdout:
        raise BuildError(f"the page numbers of the PDF do not settle in {MOST_RUNS} runs of LaTeX")
    if run.returncode != 0:
        log_file = tex.with_suffix(".log")
        log = log_file.read_text("utf-8", "replace") if log_file.exists() else ""
        raise BuildError(
            latexlog.first_error(log, tex.read_text("utf-8"), tex.name)
            or f"latexmk stopped: {run.stdout[-2000:]}"
        )
    unfinished.unlink()
    return run.stdout


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
        process_group=0,
    ) as process:
        _running.add(process)
        try:
            output, _ = process.communicate()
        finally:
            _running.discard(process)
    return subprocess.CompletedProcess(command, process.returncode, output)


def stop() -> None:
    """End latexmk with all that it started, and with it the build that runs it."""
    for process in tuple(_running):
        with contextlib.suppress(ProcessLookupError):  # it has just ended
            os.killpg(process.pid, signal.SIGKILL)
