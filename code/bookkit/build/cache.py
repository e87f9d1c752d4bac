"""The cache of executed notebooks: a run counts for the same cells beside the same equations.

The folder of the cache carries the digest of everything else that results depend on (see
`bookkit.layout.Layout.cache`). Only clean runs enter it.
"""

from __future__ import annotations

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.cache.main import JupyterCacheBase
from nbformat import NotebookNode

from bookkit.build.chapters import Chapter
from bookkit.layout import Layout


def is_cached(runs: JupyterCacheBase, chapter: Chapter) -> bool:
    try:
        record = runs.match_cache_notebook(chapter.notebook)
    except KeyError:
        return False
    return bool(record.data.get("digest") == chapter.digest)


def take_over(runs: JupyterCacheBase, chapter: Chapter) -> bool:
    """Keep the run of the same code under other captions, alternative texts or tags."""
    for record in runs.list_cache_records():
        if record.data.get("digest") == chapter.digest:
            run = runs.get_cache_bundle(record.pk).nb
            for cell, ran in zip(chapter.code, run.cells, strict=True):
                cell.outputs, cell.execution_count = ran.outputs, ran.execution_count
            chapter.notebook.metadata["language_info"] = run.metadata["language_info"]
            chapter.seconds = record.data["execution_seconds"]
            keep(runs, chapter)
            return True
    return False


def keep(runs: JupyterCacheBase, chapter: Chapter) -> None:
    """Put an executed chapter into the cache."""
    facts = {"execution_seconds": chapter.seconds, "digest": chapter.digest}
    bundle = CacheBundleIn(chapter.notebook, str(chapter.file), data=facts)
    runs.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)


def executed(layout: Layout, chapter: Chapter) -> NotebookNode:
    """The chapter with the outputs of its cached run."""
    _, notebook = get_cache(layout.cache).merge_match_into_notebook(chapter.notebook)
    return notebook
