"""Command line of the build: ``python -m bookkit build | html | serve | ...``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bookkit.layout import BuildError, Layout


def main() -> int:
    parser = argparse.ArgumentParser(prog="bookkit", description="Build the book.")
    commands = ["build", "html", "serve", "accept-checks", "accept-outputs", "elsewhere", "chapter"]
    parser.add_argument("command", choices=commands)
    parser.add_argument("--root", type=Path, default=Path.cwd(), help="top folder of the book")
    parser.add_argument("--name", default="", help="name of a new chapter")
    parser.add_argument("--setting", default="", help="which changed arithmetic to try")
    parser.add_argument("--port", type=int, default=8000, help="where the site is served")
    options = parser.parse_args()
    layout = Layout(options.root.resolve())
    # The heavy imports wait until it is known that there is work.
    try:
        if options.command in ("build", "html"):
            with_pdf = options.command == "build"
            if layout.is_current(with_pdf=with_pdf):
                print(f"{layout.relative(layout.site)} is up to date")
            else:
                from bookkit.build import site

                site.build(layout, with_pdf=with_pdf)
        elif options.command == "serve":
            from bookkit.build import serve

            serve.serve(layout, options.port)
        elif options.command == "accept-checks":
            from bookkit.build import execute, ledger

            execute.execute_book(layout)
            print(f"{ledger.accept(layout)} digests of equations and texts changed")
        elif options.command == "accept-outputs":
            from bookkit.build import execute, outputs

            execute.execute_book(layout)
            print(f"{outputs.accept(layout)} texts changed in {layout.relative(layout.outputs)}")
        elif options.command == "elsewhere":
            from bookkit.build import elsewhere

            return min(elsewhere.try_all(layout, options.setting), 1)
        else:
            from bookkit import chapter

            for file in chapter.create(layout, options.name):
                print(f"wrote {layout.relative(file)}")
    except KeyboardInterrupt:
        print("\nInterrupted; the site was left as it was.", file=sys.stderr)
        return 130
    except BuildError as error:
        print(f"\nBuild failed; the site was left as it was.\n\n{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
