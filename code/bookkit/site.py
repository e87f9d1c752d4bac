"""The whole build, and the one place where the site is replaced."""

from __future__ import annotations

import fcntl
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bookkit import downloads, execute, ledger, pages, pdf, render
from bookkit.layout import BuildError, Layout


def build(layout: Layout, *, with_pdf: bool = True) -> None:
    """Bring ``_build/site`` up to date; leave it as it was when anything fails.

    Without the PDF the site holds none: one of an earlier text would be stale.

    Raises
    ------
    BuildError
        With everything that is wrong, the last lines naming file and line.
    """
    start = time.perf_counter()
    with _alone(layout):
        if not layout.is_current(with_pdf=with_pdf):
            _build(layout, with_pdf=with_pdf)
    print(f"{layout.relative(layout.site)} is up to date after {time.perf_counter() - start:.1f} s")


@contextmanager
def _alone(layout: Layout) -> Iterator[None]:
    """Wait until no other build works in this folder."""
    layout.work.mkdir(parents=True, exist_ok=True)
    with (layout.work / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("waiting for another build in this folder", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(layout: Layout, *, with_pdf: bool) -> None:
    state = layout.inputs_digest
    execute.execute_book(layout)
    ledger.verify(layout)
    document = _render(layout, with_pdf=with_pdf)
    fresh = layout.build / "site.new"
    shutil.rmtree(fresh, ignore_errors=True)
    pages.write(layout, render.output(layout, "html"), fresh, with_pdf=with_pdf)
    downloads.write(layout, fresh)
    if document is not None:
        shutil.copy(document, fresh / layout.pdf_name)
    for stamp in layout.stamps(with_pdf=False):
        stamp.unlink(missing_ok=True)
    replace(layout.site, fresh)
    layout.stamps(with_pdf=with_pdf)[0].write_text(state)


def replace(site: Path, fresh: Path) -> None:
    """Put the fresh site in the old one's place with two renames."""
    old = site.with_name("site.old")
    shutil.rmtree(old, ignore_errors=True)
    if site.exists():
        site.rename(old)
    fresh.rename(site)
    shutil.rmtree(old, ignore_errors=True)


def _render(layout: Layout, *, with_pdf: bool) -> Path | None:
    """Run Sphinx for all outputs at once and LaTeX as soon as its input is there."""
    builders = ["latex", "html"] if with_pdf else ["html"]
    print(f"render: {' and '.join(builders)}", flush=True)
    running = {builder: render.start(layout, builder) for builder in builders}
    document = None
    complaints: list[str] = []
    try:
        if with_pdf:
            complaints += render.finish(layout, "latex", running["latex"])
            if not complaints:
                print("pdf: LaTeX", flush=True)
                try:
                    document = pdf.build(layout)
                except BuildError as error:
                    complaints.append(str(error))
        # LaTeX knows only its own file, Sphinx the place in the chapter: it has the last word.
        complaints += render.finish(layout, "html", running["html"])
    finally:
        for process in running.values():
            process.kill()
            process.wait()
    if complaints:
        raise BuildError("\n".join(dict.fromkeys(complaints)))
    return document
