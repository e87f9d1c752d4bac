"""Command line of the build: ``python -m bookkit build | html | serve``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bookkit.layout import BuildError, Layout


def main() -> int:
    parser = argparse.ArgumentParser(prog="bookkit", description="Build the book.")
    parser.add_argument("command", choices=["build", "html", "serve"])
    parser.add_argument("--root", type=Path, default=Path.cwd(), help="top folder of the book")
    options = parser.parse_args()
    layout = Layout(options.root.resolve())
    # The heavy imports wait until it is known that there is work.
    from bookkit import site

    try:
        if options.command == "serve":
            from bookkit import serve

            serve.serve(layout)
        else:
            site.build(layout, with_pdf=options.command == "build")
    except BuildError as error:
        print(f"\nBuild failed; the site was left as it was.\n\n{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
