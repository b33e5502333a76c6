"""The code that is shown at a counter, and the words where there is no label, in a real Chromium."""

import io

import pytest
import zxingcpp
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from returns import tokens
from returns.vocabulary import Method, State
from tests.returns.parcelling import everything, go, label, returned, seller

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ALL = [(320, "light"), (390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")]


@pytest.fixture
def ret(db):
    at = timezone.now()
    seller()
    return everything(returned(requested_at=at, method=Method.QR), at)


def address(ret, name="return_qr"):
    return reverse(name, args=[tokens.token(ret)])


@pytest.mark.parametrize(("width", "scheme"), ALL)
def test_the_code_is_read_off_the_screen(open_page, ret, width, scheme, tmp_path):
    opened = open_page(address(ret), width=width, scheme=scheme)

    shot = opened.page.screenshot(full_page=True, path=tmp_path / f"qr-{width}-{scheme}.png")

    with Image.open(io.BytesIO(shot)) as picture:
        assert [found.text for found in zxingcpp.read_barcodes(picture.convert("L"))] == [
            label(ret).qr_payload
        ]
    assert opened.problems() + opened.axe() + opened.small_targets() == []
    assert opened.overflow() == 0


def test_it_is_shown_without_javascript(open_page, ret):
    opened = open_page(address(ret), js=False)

    assert opened.page.locator("figure img").is_visible()
    assert opened.page.locator("figure img").evaluate("img => img.naturalWidth") > 0


@pytest.mark.parametrize(("width", "scheme"), ALL)
def test_a_label_that_ended_is_told_in_words_that_fit(open_page, ret, width, scheme, tmp_path):
    go(ret, State.CANCELLED)
    opened = open_page(address(ret, "return_label"), width=width, scheme=scheme)

    opened.page.screenshot(full_page=True, path=tmp_path / f"none-{width}-{scheme}.png")

    expect(opened.page.get_by_role("heading", level=1)).to_have_text("This label is not valid any more.")
    assert opened.axe() + opened.small_targets() == [] and opened.overflow() == 0
