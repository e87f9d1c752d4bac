"""The pages as a phone gets them, beside the same pages from plain Jupyter Book.

Lighthouse opens each page with the network and the processor of a slow phone that it simulates.
Both sites come from the same local server, compressed, and take turns, so that what disturbs one
disturbs both; the median of the rounds counts. The plain book has a stock configuration, as in
``bench_build``; its MathJax comes from where its pages ask for it.

    python benchmarks/bench_site.py [--rounds 3] [--alone] [PAGE ...]
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shutil
import statistics
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from mimetypes import guess_type
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from bench_build import BIN, ROOT, stock_copy, timed

LIGHTHOUSE = ROOT / "_build/lighthouse/node_modules/.bin/lighthouse"
SITE = ROOT / "_build/site"
STOCK = ROOT / "_build/stock"
PACKED = {".woff2", ".woff", ".png", ".jpg", ".zip", ".pdf"}
#: What is measured of a page: heading of the column, and its place in Lighthouse's report.
MEASURES = {
    "FCP ms": "first-contentful-paint",
    "LCP ms": "largest-contentful-paint",
    "TBT ms": "total-blocking-time",
    "CLS": "cumulative-layout-shift",
    "KiB": "total-byte-weight",
    "nodes": "dom-size",
}
COLUMNS = ["score", *MEASURES, "KiB script"]
Result = dict[str, float]


@cache
def packed(file: Path) -> tuple[bytes, bool]:
    """A file as it goes over the wire, and whether that is compressed."""
    content = file.read_bytes()
    return (content, False) if file.suffix in PACKED else (gzip.compress(content, 6), True)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder, compressed; gives its address."""

    class Server(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            file = folder / unquote(urlsplit(self.path).path).lstrip("/")
            found = file.is_file()
            content, smaller = packed(file) if found else (b"", False)
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", guess_type(file.name)[0] or "application/octet-stream")
            if smaller:
                self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Patient(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """A browser that closes a page no longer wants what it asked for; else, say it."""
            if not isinstance(sys.exception(), ConnectionError):
                super().handle_error(request, client_address)

    server = Patient(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def measure(address: str) -> Result:
    """What Lighthouse says of a page on a phone."""
    names = ("chromium", "chromium-browser", "google-chrome")
    browser = next(filter(None, map(shutil.which, names)), "")
    flags = "--headless=new --no-sandbox --disable-dev-shm-usage"
    command = [LIGHTHOUSE, address, "--quiet", f"--chrome-flags={flags}", "--output=json"]
    run = subprocess.run(
        [*command, "--only-categories=performance"],
        env={**os.environ, "CHROME_PATH": browser},
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode != 0:
        sys.exit(f"{run.stderr[-2000:]}\nLighthouse failed at {address}")
    report = json.loads(run.stdout)
    audits = report["audits"]
    found = {label: float(audits[name]["numericValue"]) for label, name in MEASURES.items()}
    found["KiB"] /= 1024
    requests = audits["network-requests"]["details"]["items"]
    scripts = (item["transferSize"] for item in requests if item.get("resourceType") == "Script")
    found["KiB script"] = sum(scripts) / 1024
    found["score"] = 100 * report["categories"]["performance"]["score"]
    return found


def median(results: list[Result]) -> Result:
    return {column: statistics.median(result[column] for result in results) for column in COLUMNS}


def plain_book() -> Path:
    """The same chapters, built by plain Jupyter Book; only what changed is executed again."""
    built = STOCK / "_build"
    kept = STOCK.with_name("stock-kept")
    shutil.rmtree(kept, ignore_errors=True)
    if built.exists():
        built.rename(kept)
    shutil.rmtree(STOCK, ignore_errors=True)
    stock_copy(STOCK)
    if kept.exists():
        kept.rename(built)
    places = {
        "PYTHONPATH": str(STOCK / "code"),
        "CALCML_PAGES": str(STOCK),
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
    }
    timed("stock: jupyter-book build", [BIN / "jupyter-book", "build", "."], STOCK, **places)
    return built / "html"


def line(label: str, result: Result) -> str:
    digits = {"CLS": 3}
    cells = (f"{result[column]:>11,.{digits.get(column, 0)}f}" for column in COLUMNS)
    return f"{label:<40}{''.join(cells)}"


def ratio(mine: Result, other: Result) -> str:
    """How many times as much ours has; there is no ratio to nothing."""
    cells = (
        f"{mine[column] / other[column]:>11.2f}" if other[column] else f"{'–':>11}"
        for column in COLUMNS
    )
    return f"{'  ratio':<40}{''.join(cells)}"


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure the pages beside plain Jupyter Book's.")
    parser.add_argument("pages", nargs="*", help="names such as momentum; all, if none is given")
    parser.add_argument("--rounds", type=int, default=3, help="the median of so many is taken")
    parser.add_argument("--alone", action="store_true", help="without plain Jupyter Book")
    options = parser.parse_args()
    skipped = {"404", "search"}
    every = (page.relative_to(SITE).with_suffix("").as_posix() for page in SITE.rglob("*.html"))
    pages = options.pages or sorted(set(every) - skipped)
    sides = [SITE] if options.alone else [SITE, plain_book()]
    print(f"{'page':<40}" + "".join(f"{column:>11}" for column in COLUMNS), flush=True)
    for page in pages:
        rounds: dict[Path, list[Result]] = {side: [] for side in sides}
        for _ in range(options.rounds):
            for side in sides:
                with served(side) as address:
                    rounds[side].append(measure(f"{address}{page}.html"))
        mine, *others = (median(results) for results in rounds.values())
        print(line(page, mine), flush=True)
        for other in others:
            print(line("  plain Jupyter Book", other), ratio(mine, other), sep="\n", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
