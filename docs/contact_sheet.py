"""
Draws every built-in message on contact sheets, to be looked at: phone and desktop, light and dark.

`python docs/contact_sheet.py --language de FOLDER [KIND …]` in the test environment; needs a Chromium. Sheets
are FOLDER/messages-1.png and so on, twelve messages each.
"""

import argparse
import base64
import html
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--force-color-profile=srgb"]
LOOKS = [(width, scheme) for width in (390, 640) for scheme in ("light", "dark")]
SCALE = 0.5
TALLEST = 1500  # px of a message that are shown
PER_SHEET = 12


def main() -> None:
    """Write the sheets. Raises SystemExit when there is no Chromium or no such message."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path)
    asked.add_argument("kinds", nargs="*")
    asked.add_argument("--language", default="en")
    given = asked.parse_args()
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        raise SystemExit("No Chromium here: install Debian's package chromium, or set CHROMIUM.")
    given.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        command = [sys.executable, "manage.py", "render_messages", folder, "--parcels", "2"]
        subprocess.run(command, cwd=ROOT, check=True)  # noqa: S603 (our own command)
        files = sorted(Path(folder).glob(f"*.{given.language}.html"))
        chosen = [file for file in files if not given.kinds or file.name.split(".")[0] in given.kinds]
        if not chosen:
            raise SystemExit("There is no such message.")
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for number, start in enumerate(range(0, len(chosen), PER_SHEET), 1):
            target = given.folder / f"messages-{number}.png"
            draw(browser, chosen[start : start + PER_SHEET], target)
            print(target)


def draw(browser: Browser, files: list[Path], target: Path) -> None:
    """Photograph each message in every look, and put them on one sheet."""
    rows = []
    for file in files:
        shots = "".join(
            f'<img alt="" src="data:image/png;base64,{shot(browser, file, width, scheme)}">'
            for width, scheme in LOOKS
        )
        rows.append(f"<h2>{html.escape(file.stem)}</h2><div>{shots}</div>")
    page = browser.new_page(viewport={"width": 1120, "height": 800})
    style = (
        "body{margin:16px;background:#888;font:16px sans-serif}div{display:flex;gap:8px}img{align-self:start}"
    )
    page.set_content(f"<style>{style}</style>{''.join(rows)}")
    page.screenshot(path=target, full_page=True)
    page.close()


def shot(browser: Browser, file: Path, width: int, scheme: str) -> str:
    """Return one look of a message as a PNG in base64."""
    dark = "dark" if scheme == "dark" else "light"
    context = browser.new_context(
        viewport={"width": width, "height": 400}, color_scheme=dark, device_scale_factor=SCALE
    )
    page = context.new_page()
    page.set_content(file.read_text(encoding="utf-8"))
    tall = min(int(page.evaluate("document.documentElement.scrollHeight")), TALLEST)
    taken = page.screenshot(full_page=True, clip={"x": 0, "y": 0, "width": width, "height": tall})
    context.close()
    return base64.b64encode(taken).decode()


if __name__ == "__main__":
    main()
