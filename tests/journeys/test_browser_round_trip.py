"""A return from the sofa to the shelf and back to the purse: shopper and warehouse in one Chromium."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from customers import worker
from returns.models import Refund, Return
from returns.services import ledger
from tests.factories.customers import StaffFactory
from tests.returns.bench import worker as somebody
from tests.returns.shopper import address, bought, policy, status_of
from tests.staff import client_of
from tracking.models import Variant

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def asked_for(open_page, order):
    """Have a jumper exchanged for the next size and a candle refunded, as a shopper does."""
    page = open_page(address(order), js=False).page
    page.get_by_label("How many of Wool jumper").select_option("1")
    page.get_by_role("checkbox", name="Goes back Pine candle").check()
    page.get_by_role("button", name="Continue").click()
    page.locator("#slot-1-reason").select_option("SIZE_TOO_SMALL")
    page.locator("#slot-2-reason").select_option("UNWANTED")
    page.get_by_role("button", name="Continue").click()
    page.locator("#slot-2").get_by_role("radio", name="Money back").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Confirm the return").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your return is approved")
    worker.drain()
    return Return.objects.get()


def looked_at(open_page, ret):
    """Have its parcel taken in, the jumper found as new and the candle worn, by scanner and keys alone."""
    client = client_of(somebody(email="kim@shop.example"))
    page = open_page(
        "/warehouse/", cookies=({"name": "session", "value": client.cookies["session"].value},), js=False
    ).page
    for code, answer in (
        (ret.number, ret.number),
        (ret.number, "Taken in. Scan what is in it."),
        ("4000000000024", "Wool jumper is here."),
        ("1", "Wool jumper: as new"),
        ("4000000000031", "Pine candle is here."),
        ("3", "Pine candle: worn"),
    ):
        page.locator("#code").fill(code)
        page.keyboard.press("Enter")
        expect(page.get_by_text(answer).first).to_be_visible()
    page.get_by_role("button", name="Finish").first.click()
    expect(page.get_by_text(f"{ret.number} is finished.").first).to_be_visible()
    worker.drain()


def test_two_of_three_come_back_one_is_worn_and_the_clock_says_when_the_money_is_there(open_page):
    order = bought()
    policy(order.store, fee={"kind": "flat", "amount_minor": 495}, methods=["DROP_OFF"])
    Variant.objects.filter(product__title="Wool jumper", title="Medium").update(barcode="4000000000024")
    Variant.objects.filter(product__title="Pine candle").update(barcode="4000000000031")

    ret = asked_for(open_page, order)
    looked_at(open_page, ret)

    refund = Refund.objects.get()
    assert refund.amount_minor == 2400 - 480 - 495  # a fifth less for wear, less the fee
    opened = open_page(status_of(ret), width=390)
    expect(opened.page.get_by_text("Worn").first).to_be_visible()
    ledger.done_by_hand(refund.pk, by=StaffFactory(), reference="T-1", at=timezone.now())
    worker.drain()
    opened.page.reload()
    expect(opened.page.get_by_text("$14.25 is on its way back to you").first).to_be_visible()
    assert (opened.axe(), opened.overflow(), opened.problems()) == ([], 0, [])
