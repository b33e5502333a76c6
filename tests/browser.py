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
from playwright.sync_api import Browser, Page, Response, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--force-color-profile=srgb"]
STILL = (  # a promise that every colour has stopped to change
    "Promise.all(document.getAnimations().filter((each) => each instanceof CSSTransition)"
    ".map((each) => each.finished.catch(() => null)))"
)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
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
    sizes: dict[str, int] = field(default_factory=dict)

    def watch(self, page: Page) -> None:
        """Collect from now on."""
        page.on("console", lambda message: self._said(message.type, message.text))
        page.on("pageerror", lambda error: self.console.append(f"uncaught: {error}"))
        page.on("response", self._answered)

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
        if response.status == 200 and kind in (
            "text/html",
            "text/css",
            "text/javascript",
            "application/javascript",
        ):
            self.sizes[url.path] = len(response.body())

    @property
    def total(self) -> int:
        """Bytes of HTML, style sheets and scripts, before compression."""
        return sum(self.sizes.values())


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
        """Return axe's violations, one line each; [] when there is none. Waits for colours that change."""
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
    **context)`.

    `path` is below the live server; pass "" for a blank page. Contexts are closed after the test.
    """
    contexts = []

    def opened(
        path: str = "",
        *,
        width: int = 390,
        height: int = 844,
        scheme: Literal["light", "dark"] = "light",
        js: bool = True,
        cookies: tuple[dict[str, str], ...] = (),
        **context: Any,
    ) -> Opened:
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
        page.set_default_timeout(15_000)
        page._scripts = js  # type: ignore[attr-defined]
        page.add_init_script(LISTEN)
        seen = Seen(urlsplit(live_server.url).netloc)
        seen.watch(page)
        if path:
            page.goto(live_server.url + path)
        return Opened(page, seen)

    yield opened
    for made in contexts:
        made.close()
