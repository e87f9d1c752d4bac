"""One run of Jupyter Book on the executed notebooks, as a process of its own.

Warnings are errors. Sphinx reports a warning only for the pages that it handles, so

- what a failed run left behind is never built upon: the next run starts from nothing;
- only changed pages are read again, but all are written: a page that did not change may refer to
  one that did.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from bookkit.execute import ANSI, ONE_THREAD
from bookkit.layout import Layout

# Sphinx's advice to report an error of its own, which ours are not; and what sphinx-proof says of
# a page under a name that the page does not have (it says the same again with the right one).
NOISE = re.compile(
    r"The full traceback|To report this|If you want to report|Please also report|\S+\.rst: WARNING"
)


def output(layout: Layout, builder: str) -> Path:
    return layout.work / builder / "out"


def start(layout: Layout, builder: str) -> subprocess.Popen[bytes]:
    """Start Jupyter Book with one builder; `finish` waits for it."""
    environment = {
        **os.environ,
        **ONE_THREAD,
        "PYTHONPATH": str(layout.code),
        "PYTHONHASHSEED": "0",
        "SOURCE_DATE_EPOCH": str(layout.epoch),
    }
    command = [sys.executable, "-m", "bookkit.render", str(layout.root), builder]
    with _messages(layout, builder).open("wb") as messages:
        return subprocess.Popen(command, env=environment, stderr=messages)


def finish(layout: Layout, builder: str, process: subprocess.Popen[bytes]) -> list[str]:
    """Wait for the end; return what is wrong, each complaint beginning with its place."""
    status = process.wait()
    if status == 0:
        return []
    text = _messages(layout, builder).read_text("utf-8", "replace")
    return complaints(text, layout) or [f"{builder}: Sphinx ended with status {status}"]


def complaints(text: str, layout: Layout) -> list[str]:
    """Sphinx's warnings and errors as plain text, places relative to the root of the book."""
    plain = ANSI.sub("", text).replace(f"{layout.root}/", "")
    lines = [line for line in plain.splitlines() if line.strip() and not NOISE.match(line)]
    return list(dict.fromkeys(lines))


def _messages(layout: Layout, builder: str) -> Path:
    layout.work.mkdir(parents=True, exist_ok=True)
    return layout.work / f"{builder}.messages"


def settings(layout: Layout) -> dict[str, Any]:
    """What the build adds to ``_config.yml``."""
    return {
        "external_toc_path": str(layout.toc_file),
        "latex_individualpages": False,
        "nb_execution_cache_path": str(layout.cache),
        "bookkit_environment": layout.reading_digest,
        "bookkit_root": str(layout.root),
        "bookkit_node": str(Path(sys.executable).with_name("node")),
        "version": layout.citation["version"],
        "release": layout.citation["version"],
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


if __name__ == "__main__":
    sys.exit(run(Layout(Path(sys.argv[1])), sys.argv[2]))
