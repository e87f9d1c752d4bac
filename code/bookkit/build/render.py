"""One run of Jupyter Book on the executed notebooks, as a process of its own.

Warnings are errors. Sphinx reports a warning only for the pages that it handles, so

- what a failed run left behind is never built upon: the next run starts from nothing;
- only changed pages are read again, but all are written: a page that did not change may refer to
  one that did.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from bookkit.build.execute import ANSI, ONE_THREAD
from bookkit.layout import Layout

# Sphinx's advice to report an error of its own, which ours are not; and what sphinx-proof says of
# a page under a name that the page does not have (it says the same again with the right one).
NOISE = re.compile(
    r"The full traceback|To report this|If you want to report|Please also report|\S+\.rst: WARNING"
)
GO = b"go\n"


def output(layout: Layout, builder: str) -> Path:
    return layout.work / builder / "out"


def environment(layout: Layout) -> dict[str, str]:
    """What Sphinx finds in its environment: always the same, for always the same pages."""
    return {
        **ONE_THREAD,
        "PYTHONPATH": str(layout.code),
        "PYTHONHASHSEED": "0",
        "SOURCE_DATE_EPOCH": str(layout.epoch),
    }


class SphinxRun:
    """Jupyter Book with one builder in a process of its own.

    It starts at once, to import what it needs while chapters are executed, and waits for `go`.
    """

    def __init__(self, layout: Layout, builder: str) -> None:
        self.layout, self.builder = layout, builder
        layout.work.mkdir(parents=True, exist_ok=True)
        self.messages = layout.work / f"{builder}.messages"
        command = [sys.executable, "-m", "bookkit.build.render", str(layout.root), builder]
        with self.messages.open("wb") as messages:
            self.process = subprocess.Popen(
                command,
                env={**os.environ, **environment(layout)},
                stdin=subprocess.PIPE,
                stderr=messages,
            )

    def go(self) -> None:
        """Let it build; the executed notebooks are there."""
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it died; `finish` says of what
            self.process.stdin.write(GO)
            self.process.stdin.flush()

    def finish(self) -> list[str]:
        """Wait for the end; return what is wrong, each complaint beginning with its place."""
        status = self.process.wait()
        if status == 0:
            return []
        text = self.messages.read_text("utf-8", "replace")
        return complaints(text, self.layout) or [f"{self.builder}: ended with status {status}"]

    def stop(self) -> None:
        assert self.process.stdin is not None
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()


class SphinxRunHere(SphinxRun):
    """The same in this process, for a process that has imported Sphinx and ends after the build."""

    def __init__(self, layout: Layout, builder: str) -> None:
        self.layout, self.builder = layout, builder

    def go(self) -> None:
        """Nobody waits: `finish` does the work."""

    def finish(self) -> list[str]:
        with contextlib.redirect_stderr(io.StringIO()) as messages:
            status = run(self.layout, self.builder)
        return complaints(messages.getvalue(), self.layout) if status else []

    def stop(self) -> None:
        """Nothing runs."""


def complaints(text: str, layout: Layout) -> list[str]:
    """Sphinx's warnings and errors as plain text, places relative to the root of the book."""
    plain = ANSI.sub("", text).replace(f"{layout.root}/", "")
    lines = [line for line in plain.splitlines() if line.strip() and not NOISE.match(line)]
    return list(dict.fromkeys(lines))


def settings(layout: Layout) -> dict[str, Any]:
    """What the build adds to ``_config.yml``; see also `bookkit.sphinx_ext.standalone`."""
    return {
        "latex_individualpages": False,
        "nb_execution_cache_path": str(layout.cache),
    }


def run(layout: Layout, builder: str) -> int:
    """Build in this process; return its exit status."""
    from jupyter_book.sphinx import build_sphinx

    folder = layout.work / builder
    trusted = folder / "complete"
    if not trusted.exists():
        shutil.rmtree(folder, ignore_errors=True)
    trusted.unlink(missing_ok=True)
    shutil.rmtree(output(layout, builder), ignore_errors=True)
    status = build_sphinx(
        layout.book,
        output(layout, builder),
        doctreedir=folder / "doctrees",
        noconfig=True,
        path_config=layout.config_file,
        confoverrides=settings(layout),
        builder=builder,
        force_all=True,
        warningiserror=True,
        keep_going=True,
        quiet=True,
    )
    if status == 0:
        trusted.touch()
        return 0
    return 1


def main() -> int:
    layout, builder = Layout(Path(sys.argv[1])), sys.argv[2]
    for extension in layout.config["sphinx"]["config"]["extensions"]:
        importlib.import_module(extension)
    # Without a word from the one who started this, nobody waits for the outcome any more.
    if sys.stdin.buffer.readline() != GO:
        return 1
    threading.Thread(target=end_with_the_starter, daemon=True).start()
    return run(layout, builder)


def end_with_the_starter() -> None:
    """Stop when the other end of the pipe is gone: another build may work in this folder now."""
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
