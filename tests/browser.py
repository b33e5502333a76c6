"""
A real Chromium for tests: pages of any width and scheme, everything that went wrong on them, and axe.

Ask for the fixture `open_page`: tests/conftest.py makes it known everywhere, once, because one process can
hold only one Playwright. axe is injected through the DevTools protocol, so that the strict CSP stays on.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, Response, expect, sync_playwright

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")  # the lightest first
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--force-color-profile=srgb"]
STILL = (  # a promise that every colour has stopped to change
    "Promise.all(document.getAnimations().filter((each) => each instanceof CSSTransition)"
    ".map((each) => each.finished.catch(() => null)))"
)
WEIGHED = ("text/html", "text/css", "text/javascript", "application/javascript")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PATIENCE = 20_000  # milliseconds: a busy machine is not a fault of the page
expect.set_options(timeout=PATIENCE)
LISTEN = """
  document.addEventListener("securitypolicyviolation", (event) => { (window.violations ||=
  []).push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`); });
"""


@dataclass
class Seen:
    """Everything a page did besides looking good."""

    host: str
    console: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    told: list[Response] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        """Collect from now on."""
        page.on("console", lambda message: self._said(message.type, message.text))
        page.on("pageerror", lambda error: self.console.append(f"uncaught: {error}"))
        page.on("response", self._answered)

    def forget(self) -> None:
        """Begin anew: axe itself does what a page may not (styles and requests of its own)."""
        for each in (self.console, self.failed, self.foreign, self.told):
            each.clear()

    def _said(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.console.append(f"{kind}: {text}")

    def _answered(self, response: Response) -> None:
        url = urlsplit(response.url)
        if url.scheme in ("data", "blob", "about"):
            return
        if url.netloc != self.host:
            self.foreign.append(response.url)
        if response.status >= 400:
            self.failed.append(f"{response.status} {url.path}")
        kind = response.headers.get("content-type", "").split(";")[0]
        if response.status == 200 and kind in WEIGHED:
            self.told.append(response)

    def sizes(self) -> dict[str, int]:
        """Return bytes of HTML, style sheets and scripts of the open page, before compression, by path."""
        return {urlsplit(each.url).path: len(each.body()) for each in self.told}

    @property
    def total(self) -> int:
        """All of it together."""
        return sum(self.sizes().values())


@dataclass
class Opened:
    """A page and what was seen on it."""

    page: Page
    seen: Seen

    def problems(self) -> list[str]:
        """Return console errors, failed and third-party requests, and CSP violations so far."""
        violations = self.page.evaluate("window.violations || []") if self._scripts() else []
        return [*self.seen.console, *self.seen.failed, *self.seen.foreign, *violations]

    def _scripts(self) -> bool:
        return getattr(self.page, "_scripts", True)

    def axe(self) -> list[str]:
        """
        Return axe's violations, one line each; [] when there is none. Waits for colours that change. What the
        console says of axe itself (it tries styles, and talks into frames) is not a problem of the page.
        """
        said = len(self.seen.console)
        session = self.page.context.new_cdp_session(self.page)
        session.send("Runtime.evaluate", {"expression": AXE_SCRIPT})
        options = json.dumps({"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]})
        answer = session.send(
            "Runtime.evaluate",
            {
                "expression": f"{STILL}.then(() => axe.run(document, {options}))"
                ".then((all) => JSON.stringify(all.violations))",
                "awaitPromise": True,
                "returnByValue": True,
            },
        )
        session.detach()
        self.page.wait_for_timeout(0)  # hear what is still on its way
        del self.seen.console[said:]
        return [
            f"{rule['id']}: {node['target']} {node.get('failureSummary', '')}"
            for rule in json.loads(answer["result"]["value"])
            for node in rule["nodes"]
        ]

    def overflow(self) -> int:
        """Return by how many CSS pixels the page is wider than its window."""
        return int(
            self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        )

    def small_targets(self, least: int = 44) -> list[str]:
        """
        Return what can be pressed but is smaller than `least` CSS pixels (links within a sentence are
        exempt).
        """
        found: list[str] = self.page.evaluate(
            """(least) => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), summary")]
              .filter((el) => el.checkVisibility() && !el.classList.contains("skip") &&
              !el.closest("p:not(.row)")) .map((el) => [el, (el.labels?.[0]?.contains(el) ? el.labels[0] :
              el).getBoundingClientRect()]) .filter(([el, box]) => box.height < least - 0.5)
              .map(([el, box]) => `${el.outerHTML.slice(0, 90)} ${box.width}x${box.height}`)""",
            least,
        )
        return found


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for the whole run; tests are skipped where there is none."""
    if CHROMIUM is None:
        pytest.skip("no Chromium here")
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield made
        made.close()


@pytest.fixture
def open_page(chromium: Browser, live_server: Any) -> Iterator[Callable[..., Opened]]:
    """
    Return a function `open_page(path, width=390, height=844, scheme="light", js=True, cookies=(),
    again=False, **context)`.

    `path` is below the live server; pass "" for a blank page. With `again` the page last opened so goes
    there, in the width and scheme asked for now: of a walk through many pages a new window for each takes
    most of the time. Contexts are closed after the test.
    """
    contexts = []
    kept: dict[str, Opened] = {}

    def opened(
        path: str = "",
        *,
        width: int = 390,
        height: int = 844,
        scheme: Literal["light", "dark"] = "light",
        js: bool = True,
        cookies: tuple[dict[str, str], ...] = (),
        again: bool = False,
        **context: Any,
    ) -> Opened:
        visitor = repr((js, cookies, context))
        if again and visitor in kept:
            page = kept[visitor].page
            page.goto("about:blank")  # what axe did is told late, even into the next page
            kept[visitor].seen.forget()
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme=scheme)
            page.goto(live_server.url + path)
            return kept[visitor]
        context.setdefault("locale", "en-US")
        made = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            java_script_enabled=js,
            **context,
        )
        contexts.append(made)
        for cookie in cookies:
            made.add_cookies([{"url": live_server.url, "name": cookie["name"], "value": cookie["value"]}])
        page = made.new_page()
        page.set_default_timeout(PATIENCE)
        page._scripts = js  # type: ignore[attr-defined]
        page.add_init_script(LISTEN)
        seen = Seen(urlsplit(live_server.url).netloc)
        seen.watch(page)
        if path:
            page.goto(live_server.url + path)
        kept[visitor] = Opened(page, seen)
        return kept[visitor]

    yield opened
    for made in contexts:
        made.close()
