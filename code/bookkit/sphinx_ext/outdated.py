"""Which pages Sphinx reads again: those whose content changed, whatever the dates of the files say.

Sphinx compares dates, which a restored, copied or checked out file does not keep.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment


def outdated(
    _app: Sphinx, env: BuildEnvironment, _added: set[str], _changed: set[str], _removed: set[str]
) -> list[str]:
    """Pages whose source, or a file that it draws on, is not what it was when they were read."""
    known: dict[str, str] = getattr(env, "bookkit_digests", {})
    return [page for page in env.found_docs if known.get(page) != content(env, page)]


def forget(app: Sphinx, env: BuildEnvironment, pages: list[str]) -> None:
    """Drop what is known of all pages that will be read, before the first of them is.

    Sphinx forgets one page at a time, and takes a label that moved for two of one name.
    """
    for page in pages:
        app.events.emit("env-purge-doc", env, page)
        env.clear_doc(page)


def remember(_app: Sphinx, env: BuildEnvironment) -> list[str]:
    env.bookkit_digests = {  # type: ignore[attr-defined]
        page: content(env, page) for page in env.found_docs
    }
    return []


def content(env: BuildEnvironment, page: str) -> str:
    """Digest of a page's source and of the files that it depends on."""
    total = hashlib.sha256()
    drawn_on = sorted(str(name) for name in env.dependencies.get(page, ()))
    for file in (Path(env.doc2path(page)), *(Path(env.srcdir, name) for name in drawn_on)):
        total.update(file.read_bytes() if file.is_file() else b"missing")
    return total.hexdigest()


def setup(app: Sphinx) -> None:
    app.connect("env-get-outdated", outdated)
    app.connect("env-before-read-docs", forget)
    app.connect("env-updated", remember)
