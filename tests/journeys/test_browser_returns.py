"""A shopper returns things, in a real Chromium: without JavaScript, by keyboard alone, in every width."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from returns.models import Return
from returns.vocabulary import State
from tests.returns import shopper
from tests.returns.shopper import address, bought, policy

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ALL = [(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")]
SHAPES = ((320, "light"), *ALL)


@pytest.fixture
def order(db):
    made = bought()
    policy(
        made.store,
        credit_bonus_bp=1000,
        outcomes=["REFUND", "EXCHANGE", "CREDIT"],
        methods=["LABEL", "QR", "DROP_OFF"],
        fee={"kind": "flat", "amount_minor": 495},
    )
    return made


def sound(opened, where):
    """Check the page as it is in every width and scheme."""
    for width, scheme in SHAPES:
        opened.page.set_viewport_size({"width": width, "height": 844})
        opened.page.emulate_media(color_scheme=scheme)
        assert (opened.overflow(), opened.small_targets()) == (0, []), (where, width)
        if width != 1280:
            assert opened.axe() == [], (where, width, scheme)
    assert opened.problems() == [], where


def test_two_of_three_items_go_back_for_exchange_and_money_without_javascript(open_page, order):
    opened = open_page(address(order, rest=""), js=False)
    page = opened.page
    page.get_by_role("link", name="Return or exchange").click()
    page.get_by_label("How many of Wool jumper").select_option("1")
    page.get_by_role("checkbox", name="Goes back Pine candle").check()
    page.get_by_role("button", name="Continue").click()

    page.locator("#slot-1-reason").select_option("SIZE_TOO_SMALL")
    page.locator("#slot-2-reason").select_option("UNWANTED")
    page.locator("#slot-2-photo").set_input_files(
        [{"name": "a.jpg", "mimeType": "image/jpeg", "buffer": shopper.picture().read()}]
    )
    page.get_by_role("button", name="Continue").click()

    expect(page.get_by_text("The next size is Large.")).to_be_visible()
    expect(page.get_by_role("radio", name="Large", exact=False).first).to_be_checked()
    page.locator("#slot-2").get_by_role("radio", name="Money back").check()
    page.get_by_role("button", name="Continue").click()

    expect(page.get_by_text("Back to you")).to_be_visible()
    expect(page.get_by_text("$19.05")).to_be_visible()
    page.get_by_role("link", name="Show a code").click()
    page.get_by_role("button", name="Confirm the return").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Your return is approved")
    ret = Return.objects.get()
    assert (ret.method, sorted(ret.units.values_list("outcome", flat=True))) == ("QR", ["EXCHANGE", "REFUND"])
    assert ret.photos.count() == 1
    assert opened.problems() == []


def press_to(page, name):
    """Press Tab until what is called so has the focus; fail when it never has."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent").strip() == name:
            return
    raise AssertionError(f"{name} is never reached")


def test_a_return_is_made_and_cancelled_by_keyboard_alone(open_page, order):
    opened = open_page(address(order))
    page = opened.page
    page.get_by_role("checkbox", name="Goes back Pine candle").focus()
    page.keyboard.press("Space")
    press_to(page, "Continue")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Why does it go back?")
    page.locator("#slot-1-reason").focus()
    page.keyboard.type("I do not want")
    press_to(page, "Continue")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("What would you like for it?")
    page.get_by_role("radio", name="Money back").focus()
    page.keyboard.press("Space")
    press_to(page, "Continue")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Check it and send it off")
    press_to(page, "Confirm the return")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your return is approved")
    press_to(page, "Cancel it")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Cancel this return?")
    press_to(page, "Yes, cancel it")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("This return is cancelled")

    assert Return.objects.get().state == State.CANCELLED


def test_every_page_of_a_return_is_sound_in_every_width_and_scheme(open_page, order):
    opened = open_page(address(order, rest=""))
    page = opened.page
    sound(opened, "order")
    page.goto(page.url + "return/")
    sound(opened, "items")
    page.get_by_label("How many of Wool jumper").select_option("2")
    page.get_by_label("Choose for each one").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).to_be_visible()
    sound(opened, "reasons")
    page.locator("#slot-1-reason").select_option("SIZE_TOO_SMALL")
    page.locator("#slot-2-reason").select_option("COLOR")
    page.get_by_role("button", name="Continue").click()
    page.locator("#slot-2").get_by_role("radio", name="Store credit").check()
    sound(opened, "outcome")
    page.get_by_role("button", name="Continue").click()
    sound(opened, "confirm")
    page.get_by_role("button", name="Confirm the return").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your return is approved")
    sound(opened, "status")
    end = timezone.now() + timedelta(days=28)
    Return.objects.update(state="LABEL_READY", method="OWN", expires_at=end, ready_at=timezone.now())
    page.reload()
    expect(page.get_by_label("Tracking number of your parcel")).to_be_visible()
    sound(opened, "ready")
    page.get_by_role("link", name="Cancel it").click()
    sound(opened, "cancel")


def test_a_gift_and_a_report_are_sound_too(open_page, order):
    opened = open_page(address(order, rest=""), js=False)
    page = opened.page
    page.get_by_role("button", name="Make a gift link").click()
    link = page.get_by_label("The link for them").input_value()
    page.get_by_role("link", name="Something is wrong").click()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).to_contain_text("Say what is wrong.")
    page.get_by_label("It never came").check()
    page.get_by_label("Give me my money back").check()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("$125.00")).to_be_visible()
    page.get_by_role("link", name="Back", exact=True).click()
    expect(page.get_by_label("It never came")).to_be_checked()

    given = open_page("")
    given.page.goto(link)
    sound(given, "gift items")
    given.page.get_by_role("checkbox", name="Goes back Pine candle").check()
    given.page.get_by_role("button", name="Continue").click()
    given.page.locator("#slot-1-reason").select_option("STYLE")
    given.page.get_by_role("button", name="Continue").click()
    given.page.get_by_role("radio", name="Store credit").check()
    given.page.get_by_role("button", name="Continue").click()
    sound(given, "gift confirm")
    expect(given.page.locator("main")).not_to_contain_text("$")


def test_the_pages_speak_german_and_french(open_page, order):
    for locale, headline in (("de-DE", "Was geht zurück?"), ("fr-FR", "Qu’est-ce qui repart ?")):
        opened = open_page(address(order), locale=locale)
        expect(opened.page.get_by_role("heading", level=1)).to_have_text(headline)
        assert opened.overflow() == 0
