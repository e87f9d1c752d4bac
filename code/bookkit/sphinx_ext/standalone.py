"""What the build does around Sphinx, for those who start plain Jupyter Book on the sources.

``jupyter-book build book --config _config.yml --toc _toc.yml`` knows neither the executor nor what
finishes the pages. Here it borrows both; only the PDF is left to `bookkit.build.pdf`.
"""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError

from bookkit.build import downloads, execute
from bookkit.html import pages
from bookkit.layout import BuildError, Layout


def complete_settings(app: Sphinx, config: Config) -> None:
    """Set what ``_config.yml`` cannot know."""
    layout = Layout.around(Path(app.srcdir))
    config.bookkit_environment = layout.reading_digest
    config.html_theme_options = {}  # Jupyter Book's are those of its own theme
    config.version = config.release = layout.citation["version"]
    day = datetime.fromtimestamp(layout.epoch, UTC)
    config.html_context |= {
        "author": layout.citation["authors"][0]["name"],
        "book_day": f"{day:%Y-%m-%d}",
        "book_date": f"{day.day} {day:%B %Y}",
    }
    config.html_additional_pages = {"404": "404.html"}
    # Jupyter Book hands on a path that is relative to the folder where it was started.
    config.external_toc_path = str(layout.toc_file)
    # The build of this package names its cache, because it has filled it.
    app.bookkit_alone = not config.nb_execution_cache_path  # type: ignore[attr-defined]
    config.nb_execution_cache_path = str(layout.cache)


def prepare(app: Sphinx) -> None:
    """Execute the chapters; let Sphinx write every page, so that none is finished twice."""
    if not app.bookkit_alone:  # type: ignore[attr-defined]
        return
    try:
        execute.execute_book(Layout.around(Path(app.srcdir)))
    except BuildError as error:
        raise ExtensionError(str(error)) from error
    shutil.rmtree(app.outdir)
    Path(app.outdir).mkdir()


def finish_pages(app: Sphinx, error: Exception | None) -> None:
    """Put the finished site in the place of Sphinx's pages."""
    if not app.bookkit_alone or error or app.builder.name != "html":  # type: ignore[attr-defined]
        return
    layout, rendered = Layout.around(Path(app.srcdir)), Path(app.outdir)
    finished = rendered.with_name("html.new")
    shutil.rmtree(finished, ignore_errors=True)
    pages.write(layout, rendered, finished, with_pdf=False)
    downloads.write(layout, rendered, finished)
    shutil.rmtree(rendered)
    finished.rename(rendered)


def setup(app: Sphinx) -> None:
    # Changes with the shared module, the lock file and this package; "env" makes Sphinx read all
    # pages anew.
    app.add_config_value("bookkit_environment", "", "env")
    # Jupyter Book sets this one even where the extension that reads it is not loaded.
    app.add_config_value("comments_config", {}, "")
    app.connect("config-inited", complete_settings)
    app.connect("builder-inited", prepare, priority=100)
    app.connect("build-finished", finish_pages, priority=999)
