"""LaTeX to PDF."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from bookkit import render
from bookkit.layout import BuildError, Layout, digest, sources

OVERFULL_LIMIT = 2.0  # points that a line may stand out unnoticed


def build(layout: Layout) -> Path:
    """Run LaTeX until the references stand; return the PDF.

    Raises
    ------
    BuildError
        If LaTeX is missing or stops, a reference is undefined, or a line leaves the page.
    """
    source = render.output(layout, "latex")
    folder = layout.work / "pdf"
    target = folder / layout.pdf_name
    stamp = folder / "inputs"
    state = digest(source, sources(source))
    if target.exists() and stamp.exists() and stamp.read_text() == state:
        return target
    if shutil.which("latexmk") is None or shutil.which("xelatex") is None:
        raise BuildError("LaTeX is missing: run `make`, which installs it or says how")
    stamp.unlink(missing_ok=True)
    shutil.copytree(source, folder, dirs_exist_ok=True)
    environment = {
        **os.environ,
        "SOURCE_DATE_EPOCH": str(layout.epoch),
        "FORCE_SOURCE_DATE": "1",
        "max_print_line": "1000",
    }
    name = Path(layout.pdf_name).stem
    command = ["latexmk", "-xelatex", "-interaction=nonstopmode", "-halt-on-error", f"{name}.tex"]
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    log_file = folder / f"{name}.log"
    log = log_file.read_text("utf-8", "replace") if log_file.exists() else ""
    if run.returncode != 0:
        raise BuildError(_first_error(log) or run.stdout.decode("utf-8", "replace")[-2000:])
    complaints = _complaints(log)
    if complaints:
        raise BuildError("\n".join(complaints))
    stamp.write_text(state)
    return target


def _first_error(log: str) -> str:
    """The error of LaTeX with the lines that follow it."""
    found = re.search(r"^(! .*(?:\n.*){0,12})", log, re.M)
    return f"LaTeX: {found[1]}" if found else ""


def _complaints(log: str) -> list[str]:
    """Undefined references, missing characters and lines that leave the page."""
    patterns = [
        r"LaTeX Warning: .*(?:undefined|multiply defined).*",
        r"Missing character: .*",
    ]
    lines = [found for pattern in patterns for found in re.findall(pattern, log)]
    for width, place in re.findall(r"Overfull \\hbox \(([\d.]+)pt too wide\)(.*(?:\n.*)?)", log):
        if float(width) > OVERFULL_LIMIT:
            lines.append(f"a line is {width} pt too wide{place}")
    return [f"LaTeX: {line}" for line in dict.fromkeys(lines)]
