"""Ctrl-C, whatever the build is at: one line, exit status 130, nothing runs on, the old site."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.patience import PATIENCE, wait_until

from bookkit.build import pdf, site

ROOT = Path(__file__).resolve().parents[2]
LINE = "\nInterrupted; the site was left as it was.\n"
MARK = "BOOKKIT_INTERRUPTED"  # in the environment of all that a command starts
pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")


def descendants(mark: str) -> list[str]:
    """Commands that still run of all that was started with a mark."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            variables = (folder / "environ").read_bytes().split(b"\0")
            command = (folder / "cmdline").read_bytes()
        except OSError:  # it ended, or is another's
            continue
        if command and f"{MARK}={mark}".encode() in variables:
            found.append(command.replace(b"\0", b" ").decode())
    return found


class Started:
    """A command in a session of its own, as in a terminal of its own."""

    def __init__(self, command: list[str], folder: Path, **variables: str) -> None:
        self.mark = uuid.uuid4().hex
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, MARK: self.mark, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def says(self, words: str) -> None:
        """Wait until it has printed this."""
        for line in self.process.stdout:
            if words in line:
                return
        raise AssertionError(self.process.stderr.read())

    def interrupt(self) -> tuple[int, str]:
        """Press Ctrl-C; return exit status and what it says of it."""
        os.killpg(self.process.pid, signal.SIGINT)
        _, errors = self.process.communicate(timeout=PATIENCE)
        wait_until(lambda: not descendants(self.mark), f"still running: {descendants(self.mark)}")
        return self.process.returncode, errors

    def kill(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate(timeout=PATIENCE)


@pytest.fixture
def start() -> Iterator:
    running: list[Started] = []

    def started(*arguments, **variables: str) -> Started:
        running.append(Started(*arguments, **variables))
        return running[-1]

    yield started
    for one in running:
        one.kill()


def bookkit(copy, *arguments: str) -> tuple[list[str], Path]:
    command = [sys.executable, "-m", "bookkit", *arguments, "--root", str(copy.root)]
    return command, copy.root


def endless(copy, tmp_path: Path) -> Path:
    """Give the book a cell that never ends; return the file that it writes when it begins."""
    begun = tmp_path / "begun"
    copy.edit(
        "book/sample.md",
        "1 / 0",
        f"import pathlib, time\npathlib.Path({str(begun)!r}).touch()\ntime.sleep(1000)\n1 / 0",
    )
    copy.edit("_config.yml", "timeout: 240 ", "timeout: 900 ")
    return begun


def test_while_a_cell_runs(copy, start, tmp_path):
    before = copy.site()
    begun = endless(copy, tmp_path)
    build = start(*bookkit(copy, "html"), PYTHONPATH=str(copy.root / "code"))
    wait_until(begun.exists, "the cell never began")
    assert build.interrupt() == (130, LINE)
    assert copy.site() == before


@pytest.mark.parametrize(
    ("command", "phase", "program"),
    [
        ("html", "render: ", ""),
        pytest.param("build", "pdf: LaTeX", "", marks=pytest.mark.whole),
        pytest.param("build", "pdf: LaTeX", "xelatex ", marks=pytest.mark.whole),
    ],
)
def test_while_pages_are_made(copy, start, command, phase, program):
    before = copy.site()
    copy.append("book/prose.md", "More text.")
    build = start(*bookkit(copy, command), PYTHONPATH=str(copy.root / "code"))
    build.says(phase)
    if program:
        wait_until(
            lambda: any(line.startswith(program) for line in descendants(build.mark)),
            f"{program} never began",
        )
    assert build.interrupt() == (130, LINE)
    assert copy.site() == before
    # What was half done is not built upon.
    outcome = copy.build(command)
    assert outcome.status == 0, outcome


@pytest.mark.whole
def test_what_a_killed_latex_left_is_not_read(copy):
    """Its notes may end in the middle of a word, which stops every run that reads them."""
    assert copy.build("build").status == 0
    folder = copy.root / "_build/work/pdf"
    (notes,) = folder.glob("*.aux")
    notes.write_text(notes.read_text("utf-8")[:-40] + "\\newlabel{half", "utf-8")
    (folder / pdf.UNFINISHED).touch()
    copy.append("book/prose.md", "More text.")
    outcome = copy.build("build")
    assert outcome.status == 0, outcome
    assert not (folder / pdf.UNFINISHED).exists()


def test_while_the_site_is_served(copy, start):
    server = start(*bookkit(copy, "serve", "--port", "0"), PYTHONPATH=str(copy.root / "code"))
    server.says("is up to date")
    assert server.interrupt() == (130, LINE)


def test_while_what_was_edited_is_built(copy, start, tmp_path):
    before = copy.site()
    server = start(*bookkit(copy, "serve", "--port", "0"), PYTHONPATH=str(copy.root / "code"))
    server.says("is up to date")
    begun = endless(copy, tmp_path)
    wait_until(begun.exists, "the cell never began")
    assert server.interrupt() == (130, LINE)
    assert copy.site() == before


@pytest.mark.parametrize("what", ["python", "node"])
def test_while_packages_are_installed(start, tmp_path, what):
    """The installers are stood for by one that starts a child, and dies talking when it can."""
    installer = f"""#!{sys.executable}
import pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
pathlib.Path("begun").touch()
time.sleep(1000)
"""
    for name in (".venv/bin/pip", ".venv/bin/npm"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(installer)
        file.chmod(0o755)
    script = str(ROOT / "code/bookkit/install.sh")
    path = f"{tmp_path / '.venv/bin'}:{os.environ['PATH']}"
    run = start(["sh", script, what], tmp_path, PATH=path)
    wait_until((tmp_path / "begun").exists, "the installer never began")
    assert run.interrupt() == (130, "\nInterrupted; the next make goes on from here.\n")


def test_in_the_middle_of_the_swap():
    """It comes too late: the new site stands, and the next interrupt is heard again."""
    with site.undisturbed():
        signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
