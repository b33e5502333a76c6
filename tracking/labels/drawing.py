"""
Labels we draw ourselves: PDF pages in exact millimetres, and codes for handing in without a printer.

Bars are whole dots of a 203 dpi label printer (8 per millimetre), so that none is smeared over two. Pure:
the same sheet gives the same bytes.
"""

import functools
import io
from collections.abc import Callable
from dataclasses import dataclass, field

import segno
from babel import Locale
from babel.dates import format_date
from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from tracking.labels.base import BoughtLabel, LabelRequest, Party
from tracking.labels.text import BOLD, LEADING, PLAIN, fit, printable, register, shorten, width, wrap
from tracking.labels.words import Words

LABEL_MM = (101.6, 152.4)  # 4 × 6 inches
A4_MM = (210.0, 297.0)
MARGIN = 4 * mm
DOT = mm / 8  # one dot of a 203 dpi printer
QUIET = 10  # modules of nothing on both sides of a Code 128 (ISO/IEC 15417)
BARS = 24 * mm


@dataclass(frozen=True)
class Sheet:
    """What stands on a label. `until`: the last day it may be used, in words, '' when there is none."""

    tracking_number: str
    carrier: str
    service: str
    from_: Party
    to: Party
    weight_g: int
    reference: str = ""
    is_return: bool = False
    contents: tuple[str, ...] = ()
    until: str = ""
    specimen: bool = True
    words: Words = field(default_factory=Words)


def sheet_of(bought: BoughtLabel, request: LabelRequest, words: Words, *, specimen: bool) -> Sheet:
    """Return what stands on a label that was bought."""
    last = bought.expires_at
    day = format_date(last.date(), "long", locale=words.language.replace("-", "_")) if last else ""
    return Sheet(
        tracking_number=bought.tracking_number,
        carrier=bought.carrier_name or bought.carrier,
        service=bought.service,
        from_=request.from_,
        to=request.to,
        weight_g=request.weight_g,
        reference=request.reference,
        is_return=request.is_return,
        contents=request.contents,
        until=words.valid_until.replace("{day}", day) if day else "",
        specimen=specimen,
        words=words,
    )


# --- whole documents
def label_4x6(sheet: Sheet) -> bytes:
    """Return the label as a PDF of one page, 101.6 × 152.4 mm."""
    return page(LABEL_MM, f"Label {sheet.tracking_number}", lambda canvas: _label(canvas, sheet))


def label_a4(sheet: Sheet, image: bytes | None = None) -> bytes:
    """
    Return an A4 page: the label on its side on the upper half, the slip or the way back below the cut.

    `image`: the seller's own label (PNG or JPEG, upright, 4 × 6) in place of the one we draw.
    """

    def draw(canvas: Canvas) -> None:
        wide, high = A4_MM[0] * mm, A4_MM[1] * mm
        label_w, label_h = LABEL_MM[0] * mm, LABEL_MM[1] * mm
        canvas.saveState()
        canvas.translate((wide + label_h) / 2, high / 2 + (high / 2 - label_w) / 2)
        canvas.rotate(90)
        if image is None:
            _label(canvas, sheet)
        else:
            canvas.drawImage(ImageReader(io.BytesIO(image)), 0, 0, label_w, label_h, preserveAspectRatio=True)
        canvas.setLineWidth(0.4)
        canvas.setStrokeGray(0.6)
        canvas.rect(0, 0, label_w, label_h)
        canvas.restoreState()
        _cut(canvas, sheet.words)
        _slip(canvas, sheet)

    return page(A4_MM, f"Label {sheet.tracking_number}", draw)


def qr_page(sheet: Sheet, payload: str, image: bytes | None = None) -> bytes:
    """
    Return an A4 page with a code to show at the drop-off point. `image`: the seller's own code (PNG).
    """

    def draw(canvas: Canvas) -> None:
        wide, high = A4_MM[0] * mm, A4_MM[1] * mm
        left, room = 20 * mm, wide - 40 * mm
        y = text(canvas, [sheet.words.qr_title], left, high - 25 * mm, room, 14 * mm, BOLD, 22, 12)
        side = 90 * mm
        code = image if image is not None else qr_png(payload)
        canvas.drawImage(
            ImageReader(io.BytesIO(code)),
            (wide - side) / 2,
            y - 8 * mm - side,
            side,
            side,
            preserveAspectRatio=True,
        )
        y -= 8 * mm + side + 8 * mm
        canvas.setFont(BOLD, 14)
        canvas.drawCentredString(wide / 2, y, printable(sheet.tracking_number))
        y = steps(canvas, sheet.words.steps_qr, left, y - 14 * mm, room)
        facts = [sheet.until, _reference(sheet), f"{sheet.carrier} · {sheet.service}"]
        text(canvas, facts, left, y - 4 * mm, room, 40 * mm, PLAIN, 11, 8)
        if sheet.specimen:
            text(canvas, [sheet.words.specimen], left, 25 * mm, room, 8 * mm, PLAIN, 9, 7)

    return page(A4_MM, f"Code {sheet.tracking_number}", draw)


def qr_png(payload: str) -> bytes:
    """Return a QR code (level M, four modules of quiet zone) as a black and white PNG, 12 pixels a module."""
    out = io.BytesIO()
    segno.make(payload, error="m", micro=False).save(out, kind="png", scale=12, border=4)
    return out.getvalue()


def qr_svg(payload: str) -> bytes:
    """Return the same code as an SVG that scales with its place. No script, no style."""
    out = io.BytesIO()
    segno.make(payload, error="m", micro=False).save(
        out, kind="svg", scale=12, border=4, light="#fff", svgclass=None, lineclass=None, omitsize=True
    )
    return out.getvalue()


def page(size_mm: tuple[float, float], title: str, draw: Callable[[Canvas], None]) -> bytes:
    """Return a PDF of one page of `size_mm` (width, height) with what `draw` draws on it."""
    register()
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(size_mm[0] * mm, size_mm[1] * mm), pageCompression=1, invariant=1)
    canvas.setTitle(printable(title))
    canvas.setCreator("Porchlight")
    draw(canvas)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


# --- the label: origin at its lower left corner
def _label(canvas: Canvas, sheet: Sheet) -> None:
    wide, high = LABEL_MM[0] * mm, LABEL_MM[1] * mm
    room, words = wide - 2 * MARGIN, sheet.words
    y = _banner(canvas, sheet, high)
    half = room * 0.55
    # The upper part: who sends it, and what it is.
    text(canvas, [words.from_.upper()], MARGIN, y - 2 * mm, half, 4 * mm, BOLD, 6.5, 6)
    text(canvas, address(sheet.from_), MARGIN, y - 5.5 * mm, half, 22 * mm, PLAIN, 8, 5)
    facts = [f"{words.weight}: {_weight(sheet.weight_g)}", _reference(sheet)]
    text(canvas, facts, MARGIN + half + 3 * mm, y - 2 * mm, room - half - 3 * mm, 25 * mm, PLAIN, 8, 5)
    y -= 29 * mm
    canvas.setLineWidth(0.8)
    canvas.line(0, y, wide, y)
    # The part people read: where it goes.
    text(canvas, [words.to.upper()], MARGIN, y - 2 * mm, room, 4 * mm, BOLD, 6.5, 6)
    text(canvas, address(sheet.to), MARGIN, y - 5.5 * mm, room, 38 * mm, BOLD, 15, 6.5)
    y -= 45 * mm
    canvas.setLineWidth(2)
    canvas.line(0, y, wide, y)
    # The part machines read.
    _bars(canvas, sheet.tracking_number, y - 5 * mm - BARS)
    number, size = printable(sheet.tracking_number), 12.0
    while width(number, BOLD, size) > room:
        size = size - 0.5
    canvas.setFont(BOLD, size)
    canvas.drawCentredString(wide / 2, y - 5 * mm - BARS - 6 * mm, number)
    canvas.setLineWidth(0.8)
    canvas.line(0, 12 * mm, wide, 12 * mm)
    foot = [words.specimen if sheet.specimen else "", sheet.until]
    text(canvas, foot, MARGIN, 10.5 * mm, room, 8 * mm, PLAIN, 7.5, 5)


def _banner(canvas: Canvas, sheet: Sheet, top: float) -> float:
    """Draw carrier and service, white on black. Returns the height below it."""
    wide, tall = LABEL_MM[0] * mm, float(16 * mm)
    canvas.setFillGray(0)
    canvas.rect(0, top - tall, wide, tall, stroke=0, fill=1)
    canvas.setFillGray(1)
    right = printable(sheet.words.return_).upper() if sheet.is_return else ""
    aside = width(right, BOLD, 14) + 4 * mm if right else 0
    room = wide - 2 * MARGIN - aside
    canvas.setFont(PLAIN, 8)
    canvas.drawString(MARGIN, top - 5 * mm, shorten(printable(sheet.carrier), PLAIN, 8, room))
    canvas.setFont(BOLD, 16)
    canvas.drawString(MARGIN, top - 12 * mm, shorten(printable(sheet.service), BOLD, 16, room))
    if right:
        canvas.setFont(BOLD, 14)
        canvas.drawRightString(wide - MARGIN, top - 12 * mm, right)
    canvas.setFillGray(0)
    return top - tall


def _bars(canvas: Canvas, number: str, y: float) -> None:
    """Draw the number as Code 128, as wide as whole dots allow, with its quiet zones free."""
    wide = LABEL_MM[0] * mm
    value = number.encode("ascii", "ignore").decode()
    modules = Code128(value, barWidth=1, quiet=0).width
    dots = next((n for n in (4, 3, 2) if (modules + 2 * QUIET) * n * DOT <= wide), 1)
    code = Code128(value, barWidth=dots * DOT, barHeight=BARS, quiet=0)
    left = round((wide - code.width) / 2 / DOT) * DOT
    code.drawOn(canvas, left, y)


# --- the lower half of an A4 page
def _cut(canvas: Canvas, words: Words) -> None:
    y, wide = A4_MM[1] / 2 * mm, A4_MM[0] * mm
    canvas.saveState()
    canvas.setLineWidth(0.6)
    canvas.setDash(3, 3)
    canvas.line(0, y, wide, y)
    canvas.restoreState()
    canvas.setFillGray(0.25)
    text(canvas, [words.cut], 15 * mm, y - 1.5 * mm, wide - 30 * mm, 5 * mm, PLAIN, 7.5, 6)
    canvas.setFillGray(0)


def _slip(canvas: Canvas, sheet: Sheet) -> None:
    words, left, room = sheet.words, 15 * mm, (A4_MM[0] - 30) * mm
    y = A4_MM[1] / 2 * mm - 10 * mm
    head = words.how_return if sheet.is_return else words.how_outbound
    y = text(canvas, [head], left, y, room, 9 * mm, BOLD, 16, 10)
    facts = [_reference(sheet), sheet.until]
    y = text(canvas, facts, left, y - 2 * mm, room, 12 * mm, PLAIN, 10, 8)
    if sheet.is_return:
        y = steps(canvas, words.steps_return, left, y - 5 * mm, room)
    if sheet.contents:
        y = text(canvas, [words.slip], left, y - 4 * mm, room, 7 * mm, BOLD, 11, 9)
        text(canvas, sheet.contents, left, y - 1 * mm, room, max(y - 12 * mm, 8 * mm), PLAIN, 10, 6)


def steps(canvas: Canvas, steps: tuple[str, ...], x: float, y: float, room: float) -> float:
    """Draw numbered steps, size 11. Returns the height below them."""
    indent = 8 * mm
    for number, step in enumerate(steps, start=1):
        canvas.setFont(BOLD, 11)
        canvas.drawString(x, y - 11, f"{number}.")
        lines = wrap(printable(step), PLAIN, 11, room - indent)
        canvas.setFont(PLAIN, 11)
        for line in lines:
            y -= 11 * LEADING
            canvas.drawString(x + indent, y + 2, line)
        y -= 2 * mm
    return y


# --- small things
def text(
    canvas: Canvas,
    paragraphs: list[str] | tuple[str, ...],
    x: float,
    top: float,
    room: float,
    height: float,
    font: str,
    largest: float,
    smallest: float,
) -> float:
    """Draw paragraphs from `top` down in the largest size that fits. Returns the height below them."""
    size, lines = fit(paragraphs, font, room=room, height=height, largest=largest, smallest=smallest)
    canvas.setFont(font, size)
    y = top
    for line in lines:
        y -= size * LEADING
        canvas.drawString(x, y + size * (LEADING - 1), line)
    return y


def address(party: Party) -> list[str]:
    """Return an address as it is written on parcels, the country last."""
    american = party.country.upper() in ("US", "CA", "AU")
    town = (
        f"{party.city} {party.region} {party.postcode}"
        if american
        else f"{party.postcode} {party.city}" + (f", {party.region}" if party.region else "")
    )
    return [party.name, party.company, *party.lines, town, _country(party.country.upper())]


@functools.cache
def _country(code: str) -> str:
    """Return a country's English name in capitals, as the postal union wants it; else the code as it is."""
    return str(Locale("en").territories.get(code, code)).upper()


def _reference(sheet: Sheet) -> str:
    return f"{sheet.words.reference}: {sheet.reference}" if sheet.reference else ""


def _weight(grams: int) -> str:
    return f"{grams / 1000:.2f} kg" if grams >= 1000 else f"{grams} g"
