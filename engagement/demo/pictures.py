"""
Writes the sample store's product pictures into static/demo/: `python -m engagement.demo.pictures`.

They are drawn, not stock: each is a fragment from `drawings` on its ground. A test keeps the files in step.
"""

import sys
from pathlib import Path

from engagement.demo.drawings import DRAWINGS, PAINT

FOLDER = Path(__file__).resolve().parent.parent.parent / "static" / "demo"


def picture(name: str) -> str:
    """Return the SVG document of one drawing. Raises: KeyError."""
    ground, shapes = DRAWINGS[name]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 240" width="480" height="480">'
        f'<path d="M0 0h240v240H0z" fill="{PAINT[ground]}"/>'
        f'<ellipse cx="120" cy="200" rx="72" ry="7" fill="{PAINT["ink"]}" opacity=".08"/>'
        f"{shapes.format(**PAINT)}</svg>\n"
    )


def url(name: str) -> str:
    """Return the address of a drawing. Raises: KeyError for one that does not exist."""
    return f"/static/demo/{name}.svg" if DRAWINGS[name] else ""


def write(folder: Path = FOLDER) -> int:
    """Write every picture into `folder`. Returns how many."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in DRAWINGS:
        (folder / f"{name}.svg").write_text(picture(name), encoding="utf-8")
    return len(DRAWINGS)


if __name__ == "__main__":
    sys.stdout.write(f"{write()} pictures drawn\n")
