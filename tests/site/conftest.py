"""The built site as the tests see it: its pages, a local server, and a real browser."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Locator,
    Page,
    Response,
    Route,
    expect,
    sync_playwright,
)
from tests.patience import PATIENCE

HERE = Path(__file__).parent
SITE = HERE.parents[1] / "_build" / "site"
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), ""
)
# Chromium refuses its sandbox to root, and a container's /dev/shm is small.
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
OVERFLOW = (HERE / "overflow.js").read_text("utf-8")
CONTRAST = (HERE / "contrast.js").read_text("utf-8")
# A page is looked at when all that it shows is there: pictures, those that wait until they are near
# too, fonts, and what its scripts do when they see the sizes of things.
SETTLED = """async () => {
  await Promise.all([...document.images].map((image) => {
    image.loading = "eager";
    return image.decode().catch(() => {});
  }));
  await document.fonts.ready;
  for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
}"""
# Playwright counts in milliseconds.
expect.set_options(timeout=PATIENCE * 1000)


@pytest.fixture(scope="session")
def site() -> Path:
    """Folder of the built site."""
    if not (SITE / "index.html").is_file():
        pytest.fail("there is no site in _build/site: run `make` first", pytrace=False)
    return SITE


@pytest.fixture(scope="session")
def pages(site: Path) -> list[str]:
    """Addresses of all pages, relative to the site."""
    return sorted(page.relative_to(site).as_posix() for page in site.rglob("*.html"))


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[[Path], str]]:
    """Serve a folder on a free port; gives its address."""
    with ExitStack() as running:
        yield lambda folder: running.enter_context(served(folder))


@pytest.fixture(scope="session")
def address(site: Path, serve: Callable[[Path], str]) -> str:
    """Address of a server of the site."""
    return serve(site)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    if not CHROMIUM:
        pytest.fail("Chromium is missing: `make test` installs it", pytrace=False)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=FLAGS, timeout=PATIENCE * 1000
        )
        yield chromium
        chromium.close()


@dataclass
class Visit:
    """A page that is open, and what went wrong since it was opened."""

    page: Page
    host: str
    faults: list[str] = field(default_factory=list)

    def gate(self, route: Route) -> None:
        """Let requests to the site pass, stop and note all others."""
        url = urlsplit(route.request.url)
        if url.netloc == self.host or url.scheme in ("data", "blob"):
            route.continue_()
        else:
            self.faults.append(f"asks {route.request.url}")
            route.abort()

    def hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"console {message.type}: {message.text}")

    def receive(self, response: Response) -> None:
        if response.status >= 400:
            self.faults.append(f"{response.status}: {response.url}")

    def turn(self, scheme: Literal["light", "dark"]) -> None:
        """Show the page as a reader sees it whose system is light or dark."""
        self.page.emulate_media(color_scheme=scheme)
        self.page.evaluate(SETTLED)

    def rest_on(self, link: Locator) -> None:
        """Put the pointer on a link when the page has come to rest: a page that moves hides."""
        link.scroll_into_view_if_needed()
        self.page.evaluate(SETTLED)
        link.hover()

    def looks(self) -> list[str]:
        """What a reader would see: text that is too pale, boxes that stick out of the page."""
        return [str(line) for script in (OVERFLOW, CONTRAST) for line in self.page.evaluate(script)]


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visit]]:
    """Open an address at a width in pixels, light or dark."""
    with ExitStack() as contexts:

        def open_page(url: str, *, width: int = 1280, scheme: Any = "light") -> Visit:
            context = browser.new_context(
                viewport={"width": width, "height": 844},
                color_scheme=scheme,
                reduced_motion="reduce",
            )
            contexts.callback(context.close)
            context.set_default_timeout(PATIENCE * 1000)
            seen = Visit(context.new_page(), urlsplit(url).netloc)
            context.route("**/*", seen.gate)
            seen.page.on("console", seen.hear)
            seen.page.on("pageerror", lambda error: seen.faults.append(f"script: {error}"))
            seen.page.on("response", seen.receive)
            seen.page.goto(url, wait_until="load")
            seen.page.evaluate(SETTLED)
            return seen

        yield open_page
