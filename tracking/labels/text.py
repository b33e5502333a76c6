"""
Text on labels: letters that print everywhere, in the largest size that fits.

The font is Bitstream Vera, which comes with reportlab and is embedded, so that a label looks the same on
every machine. It has the letters of western Europe; what it lacks (other alphabets, and the rarer accents) is
written in Latin letters by anyascii, as carriers' own systems want it.
"""

import functools
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import reportlab
from anyascii import anyascii
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

PLAIN, BOLD = "PorchlightSans", "PorchlightSans-Bold"
_FILES = {PLAIN: "Vera.ttf", BOLD: "VeraBd.ttf"}
LEADING = 1.2  # line height in font sizes
_STEP = 0.5


@functools.cache
def register() -> frozenset[int]:
    """Make the fonts known to reportlab. Returns: the code points both of them can print."""
    folder = Path(reportlab.__file__).parent / "fonts"
    glyphs = []
    for name, file in _FILES.items():
        font = TTFont(name, str(folder / file))
        pdfmetrics.registerFont(font)
        glyphs.append(frozenset(font.face.charToGlyph))
    return glyphs[0] & glyphs[1]


def printable(text: str) -> str:
    """Return `text` in letters the font has, on one line, without control characters."""
    known = register()
    composed = unicodedata.normalize("NFC", text)
    kept = (
        char if ord(char) in known and char.isprintable() else " " if char.isspace() else _latin(char)
        for char in composed
    )
    return " ".join("".join(kept).split())


def _latin(char: str) -> str:
    if unicodedata.category(char)[0] == "C":  # control, direction and joining characters print nothing
        return ""
    return anyascii(char)


def width(text: str, font: str, size: float) -> float:
    """Return how wide `text` is, in points."""
    register()
    return float(pdfmetrics.stringWidth(text, font, size))


def wrap(text: str, font: str, size: float, room: float) -> list[str]:
    """Break printable text into lines no wider than `room` points, inside a word only where it must be."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if width(longer, font, size) <= room:
            line = longer
            continue
        if line:
            lines.append(line)
        *broken, line = _pieces(word, font, size, room)
        lines += broken
    return [*lines, line] if line else lines


def _pieces(word: str, font: str, size: float, room: float) -> list[str]:
    pieces = [""]
    for char in word:
        if pieces[-1] and width(pieces[-1] + char, font, size) > room:
            pieces.append("")
        pieces[-1] += char
    return pieces


def fit(
    paragraphs: Sequence[str],
    font: str,
    *,
    room: float,
    height: float,
    largest: float,
    smallest: float,
) -> tuple[float, list[str]]:
    """
    Return the size (points) and the lines in which `paragraphs` fill a box `room` wide and `height` high.

    From `largest` down to `smallest`; what does not fit even then ends in an ellipsis.
    """
    clean = [text for text in map(printable, paragraphs) if text]
    size = largest
    while True:
        lines = [line for text in clean for line in wrap(text, font, size, room)]
        if len(lines) * size * LEADING <= height or size <= smallest:
            break
        size = max(size - _STEP, smallest)
    most = max(int(height / (size * LEADING)), 1)
    if len(lines) > most:
        lines = [*lines[: most - 1], shorten(f"{lines[most - 1]}…", font, size, room)]
    return size, lines


def shorten(text: str, font: str, size: float, room: float) -> str:
    """Return `text` cut to `room` points, with an ellipsis where something is missing."""
    if width(text, font, size) <= room:
        return text
    text = text.rstrip("…")
    while text and width(f"{text}…", font, size) > room:
        text = text[:-1]
    return f"{text.rstrip()}…"
