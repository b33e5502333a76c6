"""
The slip that lies in a parcel without a label of ours: the return's number as a code the warehouse scans,
where the parcel goes, and what is in it. Pure: the same slip gives the same bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from tracking.labels import drawing
from tracking.labels.base import Party
from tracking.labels.text import BOLD, PLAIN, printable

LEFT, ROOM = 20 * mm, (drawing.A4_MM[0] - 40) * mm
DOTS = 4  # of a 203 dpi printer, a module of the code: read from a hand's breadth off, and when it is faint
BARS = 22 * mm


@dataclass(frozen=True)
class Slip:
    """
    What stands on it, in the shopper's language: `steps` to take, `contents` a line each. `to` is left out
    where the goods are brought to `words` of the store's own. `until`: the last day, in words.
    """

    number: str
    title: str
    steps: Sequence[str]
    contents: Sequence[str]
    contents_title: str
    to: Party | None = None
    to_title: str = ""
    words: str = ""
    until: str = ""


def draw(slip: Slip) -> bytes:
    """Return the slip as a PDF of one A4 page."""

    def on(canvas: Canvas) -> None:
        y = drawing.A4_MM[1] * mm - 20 * mm
        y = drawing.text(canvas, [slip.title], LEFT, y, ROOM, 14 * mm, BOLD, 22, 12)
        y = _code(canvas, slip.number, y - 8 * mm)
        y = drawing.text(canvas, [slip.until], LEFT, y - 2 * mm, ROOM, 8 * mm, PLAIN, 11, 8)
        y = drawing.steps(canvas, tuple(slip.steps), LEFT, y - 4 * mm, ROOM)
        if slip.words:
            paragraphs = slip.words.splitlines()
            y = drawing.text(canvas, paragraphs, LEFT, y - 2 * mm, ROOM, 30 * mm, PLAIN, 11, 7)
        if slip.to is not None:
            y = drawing.text(canvas, [slip.to_title], LEFT, y - 5 * mm, ROOM, 7 * mm, BOLD, 11, 9)
            address = drawing.address(slip.to)
            y = drawing.text(canvas, address, LEFT, y - 1 * mm, ROOM, 32 * mm, PLAIN, 13, 7)
        if slip.contents:
            y = drawing.text(canvas, [slip.contents_title], LEFT, y - 6 * mm, ROOM, 7 * mm, BOLD, 11, 9)
            rest = max(y - 16 * mm, 12 * mm)
            drawing.text(canvas, list(slip.contents), LEFT, y - 1 * mm, ROOM, rest, PLAIN, 11, 6)

    return drawing.page(drawing.A4_MM, slip.number, on)


def _code(canvas: Canvas, number: str, top: float) -> float:
    """Draw the return's number as Code 128 with the number below it. Returns the height below both."""
    code = Code128(number, barWidth=DOTS * drawing.DOT, barHeight=BARS, quiet=0)
    # The margin of the page is quiet zone enough. On whole dots, so that no bar is smeared over two.
    code.drawOn(canvas, round(LEFT / drawing.DOT) * drawing.DOT, top - BARS)
    canvas.setFont(BOLD, 16)
    canvas.drawString(LEFT, top - BARS - 7 * mm, printable(number))
    return float(top - BARS - 9 * mm)
