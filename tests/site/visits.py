"""Pages of the built site, open in a browser that sees only the site."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Response, Route
from tests.patience import PATIENCE

HERE = Path(__file__).parent
OVERFLOW = (HERE / "overflow.js").read_text("utf-8")
CONTRAST = (HERE / "contrast.js").read_text("utf-8")
AXE = (HERE.parents[1] / "node_modules/axe-core/axe.min.js").read_text("utf-8")
# All rules but the experimental ones, whatever the impact.
VIOLATIONS = """async () => {
  const { violations } = await axe.run({ resultTypes: ["violations"] });
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, html }) => `${id}: ${target} ${html.slice(0, 100)}`));
}"""
# The console speaks of some violations of the policy only.
HEED_POLICY = """addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.violatedDirective} stops ${event.blockedURI}`))"""
# A page is looked at when all that it shows is there: pictures, those that wait until they are near
# too, fonts, and what its scripts do when they see the sizes of things. Playwright would wait for
# ever for a promise that is not kept.
SETTLED = """async (patience) => {
  const kept = (what, promise) => Promise.race([promise, new Promise((_, fail) =>
    setTimeout(fail, patience, Error(`waited in vain for ${what}`)))]);
  await kept("the rest of the page", new Promise((come) => {
    const look = () =>
      document.querySelector("[data-arriving], .later") ? setTimeout(look, 20) : come();
    look();
  }));
  await kept("pictures", Promise.all([...document.images].map((image) => {
    image.loading = "eager";
    return image.decode().catch(() => {});
  })));
  await kept("fonts", document.fonts.ready);
  for (let n = 0; n < 2; n++) await kept("a frame", new Promise(requestAnimationFrame));
}"""
HEIGHT = 844  # pixels that a window shows of a page


@dataclass
class Visit:
    """A page that is open, and what went wrong since it was opened."""

    page: Page
    faults: list[str] = field(default_factory=list)

    def refuse(self, route: Route) -> None:
        """Stop and note a request to another place than the site."""
        self.faults.append(f"asks {route.request.url}")
        route.abort()

    def hear(self, message: ConsoleMessage) -> None:
        """Note whatever is said: the library of the drawings only logs what it cannot draw."""
        self.faults.append(f"console {message.type}: {message.text}")

    def receive(self, response: Response) -> None:
        if response.status >= 400:
            self.faults.append(f"{response.status}: {response.url}")

    def turn(self, scheme: Literal["light", "dark"]) -> None:
        """Show the page as a reader sees it whose system is light or dark."""
        self.page.emulate_media(color_scheme=scheme)
        self.page.evaluate(SETTLED, PATIENCE * 1000)

    def rest_on(self, link: Locator) -> None:
        """Put the pointer on a link when the page has come to rest: a page that moves hides."""
        link.scroll_into_view_if_needed()
        self.page.evaluate(SETTLED, PATIENCE * 1000)
        link.hover()

    def looks(self) -> list[str]:
        """What a reader would see: text that is too pale, boxes that stick out of the page."""
        return [str(line) for script in (OVERFLOW, CONTRAST) for line in self.page.evaluate(script)]

    def violations(self) -> list[str]:
        """What axe-core finds: who does not see the page would miss something."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE)
        return [str(line) for line in self.page.evaluate(VIOLATIONS)]


@contextmanager
def visits(browser: Browser) -> Iterator[Callable[..., Visit]]:
    """Give what opens an address at a width in pixels, light or dark; close all in the end."""
    with ExitStack() as contexts:

        def open_page(url: str, *, width: int = 1280, scheme: Any = "light") -> Visit:
            context = browser.new_context(
                viewport={"width": width, "height": HEIGHT},
                color_scheme=scheme,
                reduced_motion="reduce",
            )
            contexts.callback(context.close)
            context.set_default_timeout(PATIENCE * 1000)
            seen = Visit(context.new_page())
            own = re.escape("file:" if url.startswith("file:") else url[: url.index("/", 8)])
            context.route(re.compile(f"^(?!{own}|data:|blob:)"), seen.refuse)
            context.add_init_script(HEED_POLICY)
            seen.page.on("console", seen.hear)
            seen.page.on("pageerror", lambda error: seen.faults.append(f"script: {error}"))
            seen.page.on("response", seen.receive)
            seen.page.goto(url, wait_until="load")
            seen.page.evaluate(SETTLED, PATIENCE * 1000)
            return seen

        yield open_page
