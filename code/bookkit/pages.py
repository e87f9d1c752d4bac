"""From Sphinx's output to the pages that are served."""

from __future__ import annotations

import shutil
from pathlib import Path

from bookkit.layout import Layout

# What Sphinx leaves behind for itself or for other projects.
NOT_SERVED = shutil.ignore_patterns(".buildinfo*", ".doctrees", "_sources", "*.map")


def write(layout: Layout, rendered: Path, site: Path) -> None:
    """Copy Sphinx's pages into the site."""
    shutil.copytree(rendered, site, ignore=NOT_SERVED)
