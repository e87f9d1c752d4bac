"""The whole build, and the one place where the site is replaced."""

from __future__ import annotations

import fcntl
import shutil
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bookkit.build import downloads, execute, ledger, names, pdf, render
from bookkit.html import pages
from bookkit.layout import BuildError, Layout

#: What Sphinx makes without and with the PDF.
BUILDERS = {False: ["html"], True: ["latex", "html"]}


def build(
    layout: Layout, *, with_pdf: bool = True, sphinx: type[render.SphinxRun] = render.SphinxRun
) -> None:
    """Bring ``_build/site`` up to date; leave it as it was when anything fails.

    Without the PDF the site holds none: one of an earlier text would be stale.

    Raises
    ------
    BuildError
        With everything that is wrong, the last lines naming file and line.
    """
    start = time.perf_counter()
    with alone(layout):
        if not layout.is_current(with_pdf=with_pdf):
            _build(layout, with_pdf, sphinx)
    seconds = time.perf_counter() - start
    # At once: the server ends the process that has built.
    print(f"{layout.relative(layout.site)} is up to date after {seconds:.1f} s", flush=True)


@contextmanager
def alone(layout: Layout) -> Iterator[None]:
    """Wait until no other build works in this folder."""
    layout.work.mkdir(parents=True, exist_ok=True)
    with (layout.work / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("waiting for another build in this folder", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def undisturbed() -> Iterator[None]:
    """An interrupt comes too late here, and is dropped."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        if signal.SIGINT in signal.sigpending():
            signal.sigwait({signal.SIGINT})
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _build(layout: Layout, with_pdf: bool, sphinx: type[render.SphinxRun]) -> None:
    names.verify(layout)
    state = layout.inputs_digest
    fresh = layout.build / "site.new"
    shutil.rmtree(fresh, ignore_errors=True)
    with ExitStack() as running:
        runs = {builder: sphinx(layout, builder) for builder in BUILDERS[with_pdf]}
        for process in runs.values():
            running.callback(process.stop)
        execute.execute_book(layout)
        ledger.verify(layout)
        print(f"render: {' and '.join(runs)}", flush=True)
        for process in runs.values():
            process.go()
        _assemble(layout, runs, fresh)
    with undisturbed():
        for stamp in layout.stamps(with_pdf=False):
            stamp.unlink(missing_ok=True)
        replace(layout.site, fresh)
        layout.stamps(with_pdf=with_pdf)[0].write_text(state)


def _assemble(layout: Layout, runs: dict[str, render.SphinxRun], fresh: Path) -> None:
    """Write the pages, the notebooks and, at the same time, the PDF."""
    with ThreadPoolExecutor(1) as beside:
        latex = runs.get("latex")
        document = beside.submit(_document, layout, latex) if latex else None
        try:
            complaints = runs["html"].finish()
            if not complaints:
                rendered = render.output(layout, "html")
                pages.write(layout, rendered, fresh, with_pdf=bool(latex))
                downloads.write(layout, rendered, fresh)
            try:
                made = document.result() if document else None
            except BuildError as error:
                # LaTeX knows only its own file, Sphinx the place in the chapter: its word is last.
                complaints = [*str(error).splitlines(), *complaints]
        except KeyboardInterrupt:
            while document and not document.done():
                runs["latex"].stop()
                pdf.stop()
                wait([document], timeout=0.1)
            raise
    if complaints:
        raise BuildError("\n".join(dict.fromkeys(complaints)))
    if made:
        shutil.copy(made, fresh / layout.pdf_name)
        downloads.write_site(layout, fresh)


def _document(layout: Layout, latex: render.SphinxRun) -> Path:
    """The PDF, as soon as Sphinx has written its LaTeX."""
    complaints = latex.finish()
    if complaints:
        raise BuildError("\n".join(complaints))
    print("pdf: LaTeX", flush=True)
    return pdf.build(layout)


def replace(site: Path, fresh: Path) -> None:
    """Put the fresh site in the old one's place with two renames."""
    old = site.with_name("site.old")
    shutil.rmtree(old, ignore_errors=True)
    if site.exists():
        site.rename(old)
    fresh.rename(site)
    shutil.rmtree(old, ignore_errors=True)
