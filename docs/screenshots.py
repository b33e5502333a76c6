"""
Takes the README's pictures: starts the demo in a folder of its own and photographs what its guide names.

`make screenshots`. Needs a Chromium (Debian's `chromium`, or CHROMIUM=/path/to/one) and the test environment.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "img"
# file -> (what of the demo's guide, width, height, colour scheme)
PICTURES = {
    "order-page.png": ("live", 1280, 1000, "light"),
    "order-page-dark.png": ("live", 1280, 1000, "dark"),
    "order-page-phone.png": ("live", 390, 844, "light"),
    "choice.png": ("choice", 1000, 760, "light"),
    "choice-dark.png": ("choice", 1000, 760, "dark"),
    "incident.png": ("incident", 1280, 973, "light"),
    "incident-dark.png": ("incident", 1280, 973, "dark"),
}
FOR_STAFF = {"incident"}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--force-color-profile=srgb"]
PATIENCE = 180  # seconds for the demo to be ready


def main() -> None:
    """Write every picture. Raises SystemExit when the demo or Chromium cannot be had."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        raise SystemExit("No Chromium here: install Debian's package chromium, or set CHROMIUM.")
    with tempfile.TemporaryDirectory() as folder:
        demo = start_demo(Path(folder))
        try:
            guide = wait_for_guide(demo, Path(folder) / "guide.json")
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
                for name in PICTURES:
                    take(browser, guide, name)
        finally:
            demo.terminate()
            demo.wait(timeout=30)


def start_demo(folder: Path) -> "subprocess.Popen[bytes]":
    """Start the demo on a free port with its data in `folder`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = os.environ | {"DEMO": "1", "DATA_DIR": str(folder), "BASE_URL": f"http://localhost:{port}"}
    command = [sys.executable, "manage.py", "demo", "--port", str(port), "--stop-with-parent"]
    return subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL)  # noqa: S603


def wait_for_guide(demo: "subprocess.Popen[bytes]", file: Path) -> dict[str, dict[str, str]]:
    """Return what the demo says there is to see, once it is open."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if demo.poll() is not None:
            raise SystemExit("The demo has ended by itself; run `make demo` to see why.")
        if file.exists():
            guide: dict[str, dict[str, str]] = json.loads(file.read_text(encoding="utf-8"))
            return guide
        time.sleep(0.2)
    raise SystemExit(f"The demo was not ready after {PATIENCE} s.")


def take(browser: Browser, guide: dict[str, dict[str, str]], name: str) -> None:
    """Photograph the first screen of a sight into docs/img/`name`."""
    sight, width, height, scheme = PICTURES[name]
    page = browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        locale="en-US",
        reduced_motion="reduce",
    )
    if sight in FOR_STAFF:
        log_in(page, guide["admin"])
    page.goto(guide[sight]["url"])
    page.wait_for_load_state("load")
    IMAGES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=IMAGES / name)
    page.close()
    sys.stdout.write(f"docs/img/{name}\n")


def log_in(page: Page, admin: dict[str, str]) -> None:
    """Log in to the back-office with what the guide says beside it: address / password."""
    page.goto(admin["url"])
    for field, value in zip(
        ("input[name=login]", "input[name=password]"), admin["note"].split(" / "), strict=True
    ):
        page.fill(field, value)
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/admin/")


if __name__ == "__main__":
    main()
