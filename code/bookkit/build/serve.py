"""Read the site locally; what is edited is built anew and the open page reloads itself.

Pages are shown as they will be shipped but for one script tag, which is added to them on their way
to the browser. When a build fails, the last good site stays and the page says what is wrong, in
the words of the terminal.

Builds run in processes forked from one that has imported Sphinx and its extensions already.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import signal
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path

from watchfiles import watch

from bookkit.layout import BuildError, Layout

HOST = "127.0.0.1"
EVENTS, SCRIPT = "/-/events", "/-/live.js"
TAG = f'<script src="{SCRIPT}" defer></script>'.encode()
LIVE = f"""
let shown;
new EventSource("{EVENTS}").onmessage = (event) => {{
  const {{ edition, error }} = JSON.parse(event.data);
  shown ??= edition;
  if (edition !== shown) location.reload();
  document.getElementById("build-error")?.remove();
  if (!error) return;
  const box = document.createElement("pre");
  box.id = "build-error";
  box.setAttribute("role", "alert");
  box.style = "position: fixed; inset: auto 0 0 0; z-index: 9999; max-height: 60vh; margin: 0;" +
    "padding: 1rem; overflow: auto; white-space: pre-wrap; color: #fff; background: #7a1420;" +
    "font: 14px/1.45 monospace";
  box.textContent = error;
  document.body.append(box);
}};
"""
# With the extensions, what every build imports.
IMPORTED = ["bookkit.build.site", "jupyter_book.sphinx", "sphinx.builders.html", "myst_nb.sphinx_"]
NO_SITE = b"<!DOCTYPE html><html lang=en><title>Building</title><body><p>The book is being built."


class State:
    """What the open pages have to know: the edition of the site and what is wrong with the next."""

    def __init__(self, layout: Layout) -> None:
        self.layout, self.error = layout, ""
        self.changed = threading.Condition()

    @property
    def edition(self) -> str:
        """Digest of what the present site was made from."""
        stamps = self.layout.stamps(with_pdf=False)
        return next((stamp.read_text() for stamp in stamps if stamp.exists()), "")

    def report(self, error: str) -> None:
        with self.changed:
            self.error = error
            self.changed.notify_all()

    def message(self) -> bytes:
        return f"data: {json.dumps({'edition': self.edition, 'error': self.error})}\n\n".encode()


class Handler(SimpleHTTPRequestHandler):
    """Serves the site's files, the one script, and the stream of news."""

    def __init__(self, state: State, *args: object, directory: str) -> None:
        self.state = state
        super().__init__(*args, directory=directory)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        file = Path(self.translate_path(self.path))
        if file.is_dir() and self.path.endswith("/"):
            file /= "index.html"
        if self.path == EVENTS:
            self._news()
        elif self.path == SCRIPT:
            self._send(LIVE.encode(), "text/javascript")
        elif file.suffix == ".html" and (file.is_file() or not Path(self.directory).exists()):
            page = file.read_bytes() if file.is_file() else NO_SITE + b"</body>"
            self._send(page.replace(b"</body>", TAG + b"</body>"), "text/html; charset=utf-8")
        else:
            super().do_GET()

    def _send(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _news(self) -> None:
        """Send the state now and whenever it changes, until the page is closed."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        try:
            with self.state.changed:
                while True:
                    self.wfile.write(self.state.message())
                    self.state.changed.wait()
        except OSError:
            return

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Keep the terminal for the builds."""


def serve(layout: Layout, port: int = 8000) -> None:
    """Build, serve and rebuild until interrupted."""
    if os.environ.get("PYTHONHASHSEED") != "0":
        _restart()  # the order of sets is as in every other build
    state = State(layout)
    server = _server(layout, state, port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"The book is at http://{HOST}:{server.server_port}/ (stop with Ctrl-C)", flush=True)
    processes = multiprocessing.get_context("forkserver")
    extensions = layout.config["sphinx"]["config"]["extensions"]
    processes.set_forkserver_preload([*IMPORTED, *extensions])
    settings = [layout.config_file, layout.toc_file, layout.root / "CITATION.cff"]
    build(layout, state, processes)
    watched = False
    for changes in watch(
        layout.book, layout.code, *settings, debounce=200, rust_timeout=500, yield_on_timeout=True
    ):
        if not changes and (watched or layout.is_current(with_pdf=False)):
            watched = True  # what was edited before the watch began is built once it has begun
            continue
        watched = True
        if any("bookkit" in Path(name).parts for _, name in changes):
            _restart()
        build(layout, state, processes)


def build(
    layout: Layout, state: State, processes: multiprocessing.context.ForkServerContext
) -> None:
    """One build in a fresh process; tell the open pages how it ended."""
    here, there = processes.Pipe(duplex=False)
    process = processes.Process(target=build_once, args=(layout.root, there))
    process.start()
    there.close()
    try:
        error: str = here.recv()
    except EOFError:
        error = "The build stopped without a word."
    finally:
        process.terminate()  # it has said all, or was interrupted
        process.join()
    if error:
        error = f"Build failed; the site was left as it was.\n\n{error}"
        print(f"\n{error}\n", file=sys.stderr, flush=True)
    state.report(error)


def build_once(root: Path, answer: Connection) -> None:
    """Build the pages; send what is wrong, or nothing."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server stops it
    from bookkit.build import render, site

    layout, error = Layout(root), ""
    os.environ |= render.environment(layout)
    with contextlib.suppress(KeyboardInterrupt):
        # While it builds, it ends as an interrupt would end it: its kernels with it.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            site.build(layout, with_pdf=False, sphinx=render.SphinxRunHere)
        except BuildError as failure:
            error = str(failure)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    answer.send(error)


def _server(layout: Layout, state: State, port: int) -> ThreadingHTTPServer:
    handler = partial(Handler, state, directory=str(layout.site))
    try:
        server = ThreadingHTTPServer((HOST, port), handler)
    except OSError:
        server = ThreadingHTTPServer((HOST, 0), handler)  # the port is taken: any other
    server.daemon_threads = True
    return server


def _restart() -> None:
    """Begin again in this very process, with this package as it stands now."""
    arguments = [sys.executable, "-m", "bookkit", *sys.argv[1:]]
    os.execve(sys.executable, arguments, {**os.environ, "PYTHONHASHSEED": "0"})
