"""The whole build, and the one place where the site is replaced."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from bookkit import downloads, execute, pages, pdf, render
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
    if is_current(layout, with_pdf=with_pdf):
        print(f"{layout.relative(layout.site)} is up to date")
        return
    state = layout.inputs_digest
    execute.execute_book(layout)
    document = _render(layout, with_pdf=with_pdf)
    fresh = layout.build / "site.new"
    shutil.rmtree(fresh, ignore_errors=True)
    pages.write(layout, render.output(layout, "html"), fresh)
    downloads.write(layout, fresh)
    if document is not None:
        shutil.copy(document, fresh / layout.pdf_name)
    for stamp in _stamps(layout, with_pdf=False):
        stamp.unlink(missing_ok=True)
    replace(layout.site, fresh)
    _stamps(layout, with_pdf=with_pdf)[0].write_text(state)
    print(f"{layout.relative(layout.site)} built in {time.perf_counter() - start:.1f} s")


def is_current(layout: Layout, *, with_pdf: bool) -> bool:
    """Whether the site was made from these very inputs (a site with PDF serves for one without)."""
    return layout.site.exists() and any(
        stamp.exists() and stamp.read_text() == layout.inputs_digest
        for stamp in _stamps(layout, with_pdf=with_pdf)
    )


def replace(site: Path, fresh: Path) -> None:
    """Put the fresh site in the old one's place with two renames."""
    old = site.with_name("site.old")
    shutil.rmtree(old, ignore_errors=True)
    if site.exists():
        site.rename(old)
    fresh.rename(site)
    shutil.rmtree(old, ignore_errors=True)


def _stamps(layout: Layout, *, with_pdf: bool) -> list[Path]:
    """Files that note the inputs of the present site; the first is the one to write."""
    complete = layout.work / "inputs"
    return [complete] if with_pdf else [layout.work / "inputs-html", complete]


def _render(layout: Layout, *, with_pdf: bool) -> Path | None:
    """Run Sphinx for all outputs at once and LaTeX as soon as its input is there."""
    render.assets(layout)
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
