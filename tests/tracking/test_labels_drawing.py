"""Labels on paper: exact pages, codes that scanners read, addresses of every kind."""

import io
from dataclasses import replace

import pypdfium2
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from reportlab.lib.units import mm

from config.lib import money
from tests.factories.tracking import NOON
from tests.tracking.labelling import PARCEL, SHOPPER, WAREHOUSE
from tracking.labels import drawing, text
from tracking.labels.base import Credentials, CustomsItem, Kind, Words
from tracking.labels.sandbox import Sandbox, number_for

DPI = 203
SELLER = Sandbox(Credentials())


def sell(key="a", **fields):
    """Return a sandbox label and its documents by kind."""
    request = replace(PARCEL, qr=True, **fields)
    prepared = SELLER.prepare(request, key=key, at=NOON)
    bought = SELLER.buy(request, key=key, prepared=prepared, at=NOON)
    made = {
        kind: SELLER.document(bought, kind, request=request, words=Words(), at=NOON) for kind in bought.kinds
    }
    return bought, made


def pages(body):
    """Return a PDF's page sizes in points and its pictures at 203 dpi."""
    with pypdfium2.PdfDocument(body) as pdf:
        assert len(pdf) == 1
        page = pdf[0]
        size = page.get_size()
        picture = page.render(scale=DPI / 72).to_pil().convert("L")
        page.close()
    return size, picture


def read(picture):
    return [found.text for found in zxingcpp.read_barcodes(picture)]


def text_of(body):
    with pypdfium2.PdfDocument(body) as pdf:
        page = pdf[0]
        words = page.get_textpage()
        found = words.get_text_bounded()
        words.close()
        page.close()
    return found


@pytest.mark.parametrize(
    ("kind", "size"), [(Kind.LABEL, (101.6, 152.4)), (Kind.A4, (210, 297)), (Kind.QR_PAGE, (210, 297))]
)
def test_every_page_has_exactly_its_size(kind, size):
    _, made = sell()

    points, _ = pages(made[kind].body)

    assert points == pytest.approx((size[0] * mm, size[1] * mm), abs=0.01)


@pytest.mark.parametrize("kind", [Kind.LABEL, Kind.A4, Kind.QR_PAGE])
@pytest.mark.parametrize(("turn", "scale"), [(0, 1), (2, 1), (-2, 1), (0, 0.5), (2, 0.6)])
def test_every_code_is_read_at_203_dpi_askew_and_smaller(kind, turn, scale):
    bought, made = sell()
    _, picture = pages(made[kind].body)

    seen = picture.rotate(turn, fillcolor=255, expand=True, resample=Image.Resampling.BILINEAR)
    seen = seen.resize((int(seen.width * scale), int(seen.height * scale)), Image.Resampling.LANCZOS)

    wanted = bought.qr_payload if kind == Kind.QR_PAGE else bought.tracking_number
    assert read(seen) == [wanted]


@pytest.mark.parametrize(
    "number", ["9400100109361115909067", "1Z999AA10123456784", "JVGL0612345678901234", "A1"]
)
def test_numbers_of_other_carriers_fit_and_are_read(number):
    sheet = drawing.Sheet(number, "USPS", "Priority", WAREHOUSE, SHOPPER, 1200)

    assert read(pages(drawing.label_4x6(sheet))[1]) == [number]
    assert read(pages(drawing.label_a4(sheet))[1]) == [number]


def test_the_code_keeps_its_quiet_zones_free_and_its_bars_on_whole_dots():
    bought, made = sell()
    _, picture = pages(made[Kind.LABEL].body)
    code = zxingcpp.read_barcodes(picture)[0].position
    left, right = code.top_left.x, code.top_right.x
    row = code.top_left.y + 40

    module = 3  # dots: what fits a sandbox number
    pixels = [picture.getpixel((x, row)) for x in range(picture.width)]
    assert min(pixels[left - 10 * module + 2 : left - 1]) > 200
    assert min(pixels[right + 3 : right + 10 * module - 2]) > 200


def test_the_qr_code_comes_as_png_and_svg_too():
    bought, made = sell()

    with Image.open(io.BytesIO(made[Kind.QR_PNG].body)) as picture:
        assert read(picture.convert("L")) == [bought.qr_payload]
    svg = made[Kind.QR_SVG].body.decode()
    assert made[Kind.QR_SVG].media_type == "image/svg+xml" and "<svg" in svg
    assert "script" not in svg and "style" not in svg


def test_names_in_other_alphabets_are_printed_in_latin_letters():
    to = replace(SHOPPER, name="Владимир Łódź", lines=("北京路 5 🎁", "Ἀθῆναι\u202e"), city="Москва")
    printed = text_of(sell(to=to)[1][Kind.LABEL].body)

    assert "Vladimir Łódz" in printed and "BeiJing" in printed and "Moskva" in printed
    assert "\u202e" not in printed and "□" not in printed


def test_a_long_address_shrinks_and_wraps_and_nothing_of_it_is_lost():
    street = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft 12a"
    to = replace(SHOPPER, name="Prof. Dr. " + "Ada " * 20, lines=(street, "Hinterhof " * 8))

    label, body = sell(to=to)[0], sell(to=to)[1][Kind.LABEL].body

    printed = "".join(text_of(body).split())
    assert street.replace(" ", "") in printed and "97201" in printed
    assert printed.count("Hinterhof") == 8
    assert read(pages(body)[1]) == [label.tracking_number]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(max_size=200), max_size=6), st.integers(1, 60))
def test_text_of_any_kind_stays_in_its_box(paragraphs, height):
    size, lines = text.fit(paragraphs, text.PLAIN, room=120, height=height, largest=12, smallest=5)

    assert 5 <= size <= 12
    assert all(text.width(line, text.PLAIN, size) <= 120.01 or len(line) <= 2 for line in lines)
    assert len(lines) <= 1 or len(lines) * size * text.LEADING <= height + 0.01


def test_a_return_label_says_so_and_how_to_send_it_back():
    _, made = sell(is_return=True, from_=SHOPPER, to=WAREHOUSE, contents=("1 × Brass lantern",))

    assert "RETURN" in text_of(made[Kind.LABEL].body)
    page = text_of(made[Kind.A4].body)
    assert "How to send it back" in page and "1 × Brass lantern" in page
    assert "Please use it by April 7, 2026." in page


def test_what_is_printed_around_a_label_can_be_in_another_language():
    request = replace(PARCEL, is_return=True)
    bought = SELLER.buy(request, key="a", prepared=SELLER.prepare(request, key="a", at=NOON), at=NOON)
    words = Words(language="de", valid_until="Bitte bis {day} benutzen.", how_return="So geht es zurück")
    page = text_of(SELLER.document(bought, Kind.A4, request=request, words=words, at=NOON).body)

    assert "So geht es zurück" in page and "Bitte bis 7. April 2026 benutzen." in page


def test_the_same_purchase_gives_the_same_bytes():
    assert sell("k")[1] == sell("k")[1]
    assert sell("k")[0].tracking_number != sell("l")[0].tracking_number


def test_sandbox_numbers_have_a_check_digit_and_ask_for_no_scenario():
    for n in range(200):
        number = number_for(str(n))
        digits = [int(d) for d in reversed(number[4:])]
        doubled = [d * (1 + i % 2) for i, d in enumerate(digits)]
        assert number.startswith("SBX0") and sum(d // 10 + d % 10 for d in doubled) % 10 == 0


@pytest.mark.parametrize(("currency", "cheapest"), [("USD", "4.80"), ("JPY", "5"), ("KWD", "4.800")])
def test_sandbox_prices_are_exact_in_every_currency(currency, cheapest):
    rate = SELLER.rates(replace(PARCEL, currency=currency), at=NOON)[0]

    assert f"{money.major(rate.amount_minor, currency):f}" == cheapest


def test_a_parcel_across_a_border_needs_a_declaration():
    abroad = replace(PARCEL, to=replace(SHOPPER, country="DE"))
    item = CustomsItem("Brass lantern", 1, 4800, "USD", 900, hs_code="9405.50")

    assert SELLER.rates(replace(abroad, customs=(item,)), at=NOON)
    with pytest.raises(Exception, match="crosses a border"):
        SELLER.rates(abroad, at=NOON)
