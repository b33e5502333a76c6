"""The page of a return, changing and cancelling it, gifts, and parcels that are not as they should be."""

from datetime import timedelta

import pytest
from django.utils import timezone

from returns.models import CreditEntry, Refund, Return, ReturnSettings, ReturnUnit, StoreCredit
from returns.vocabulary import Kind, State
from tests.returns import shopper
from tests.returns.shopper import address, bought, confirm, policy, status_of, text, walk
from tracking import access
from tracking.models import Link

pytestmark = pytest.mark.django_db

PERSON = {
    "email": "bo@example.com",
    "name": "Bo Berg",
    "street": "3 Mill Lane",
    "postcode": "10115",
    "city": "Berlin",
    "country": "de",
}


@pytest.fixture
def order():
    return bought()


@pytest.fixture
def ret(client, order):
    confirm(client, order, walk(client, order, quantities={jumper(order).pk: 1}))
    return Return.objects.get()


def jumper(order):
    return order.lines.get(title="Wool jumper")


def at(ret, state, **more):
    """Put a return's row into a state."""
    Return.objects.filter(pk=ret.pk).update(state=state, **more)


# --- how it stands


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("REVIEW", "One of us is looking at your return"),
        ("APPROVED", "Your return is approved"),
        ("LABEL_READY", "Send it back by"),
        ("IN_TRANSIT", "on its way back to us"),
        ("RECEIVED", "has arrived with us"),
        ("INSPECTED", "We have looked at your return"),
        ("SETTLED", "Your return is settled"),
        ("EXPIRED", "This return has ended"),
        ("CANCELLED", "This return is cancelled"),
    ],
)
def test_every_state_has_an_answer_and_the_order_page_says_the_same(client, order, ret, state, words):
    at(ret, state, expires_at=timezone.now() + timedelta(days=28), ended_at=timezone.now())

    page = client.get(status_of(ret))

    assert words in text(page)
    assert page.content.decode().count("aria-current") <= 2
    assert words in text(client.get(address(order, rest="")))


def test_a_refusal_is_told_in_the_shops_words(client, ret):
    at(ret, "REJECTED", rejected_words="It has been washed.")

    assert "It has been washed." in text(client.get(status_of(ret)))


def test_the_page_shows_money_credit_and_what_the_inspection_took_off(client, ret):
    now = timezone.now()
    at(ret, "SETTLED", settled_at=now)
    Refund.objects.create(
        ret=ret, order=ret.order, purpose=f"return:{ret.pk}:refund:1", provider="manual", amount_minor=4300,
        currency="USD", state="SUCCEEDED", created_at=now, settled_at=now,
    )  # fmt: skip
    credit = StoreCredit.objects.create(
        store=ret.store, ret=ret, code="7K3Q-9DM2-AAAA", currency="USD", created_at=now
    )
    CreditEntry.objects.create(credit=credit, kind="GIVEN", amount_minor=500, purpose="x", at=now)
    ret.units.update(stage="INSPECTED", condition="WORN", deduction_minor=500)

    page = text(client.get(status_of(ret)))

    assert "$43.00 is on its way back to you" in page
    assert "7K3Q-9DM2-AAAA" in page and "$5.00 store credit" in page
    assert "Worn" in page and "$5.00 less for its condition" in page


def test_the_page_is_not_sent_again_while_nothing_has_changed(client, ret):
    etag = client.get(status_of(ret))["ETag"]

    assert client.get(status_of(ret), headers={"If-None-Match": etag}).status_code == 304
    at(ret, "RECEIVED", received_at=timezone.now())
    assert client.get(status_of(ret), headers={"If-None-Match": etag}).status_code == 200


def test_a_token_that_opens_nothing_opens_no_page_of_it(client, ret):
    for rest in ("", "cancel/", "send-by.ics", "change/", "change/confirm/"):
        assert client.get(f"/r/{'x' * 44}/{rest}").status_code == 404
        assert client.get(f"/r/{ret.key}{'x' * 22}/{rest}").status_code == 404


def test_the_last_day_goes_into_a_calendar(client, ret):
    assert client.get(status_of(ret) + "send-by.ics").status_code == 404
    at(ret, "LABEL_READY", expires_at=timezone.now() + timedelta(days=28))

    answer = client.get(status_of(ret) + "send-by.ics")

    assert answer["Content-Type"].startswith("text/calendar")
    assert "BEGIN:VALARM" in answer.content.decode() and "jumper" not in answer.content.decode()


# --- changing and cancelling


def test_a_return_can_be_changed_while_the_shopper_has_it(client, order, ret):
    here, key = status_of(ret) + "change/", jumper(order).pk
    assert '<option value="1" selected>' in client.get(here).content.decode()

    client.post(here, {f"quantity-{key}": 2})
    client.post(here + "reasons/", {f"reason-{key}": "COLOR"})
    client.post(here + "outcome/", {f"outcome-{key}": "CREDIT"})
    page = client.get(here + "confirm/")
    assert "Store credit $96.00" in text(page)
    answer = client.post(here + "confirm/", shopper.fields(page))

    assert answer["Location"] == status_of(ret)
    assert Return.objects.count() == 1
    assert set(ret.units.values_list("index", "outcome")) == {(0, "CREDIT"), (1, "CREDIT")}


def test_what_is_on_its_way_cannot_be_changed_or_cancelled(client, ret):
    at(ret, "IN_TRANSIT")

    for rest in ("change/", "change/confirm/", "cancel/"):
        assert client.get(status_of(ret) + rest)["Location"] == status_of(ret)
    assert client.post(status_of(ret) + "cancel/")["Location"] == status_of(ret)
    assert Return.objects.get().state == State.IN_TRANSIT


def test_cancelling_asks_first_and_frees_what_was_to_go_back(client, order, ret):
    assert "Cancel this return?" in text(client.get(status_of(ret) + "cancel/"))
    assert Return.objects.get().state == State.APPROVED

    client.post(status_of(ret) + "cancel/")

    assert Return.objects.get().state == State.CANCELLED
    assert client.get(address(order)).context["can"][0].counts == (0, 1, 2)


# --- gifts


def gift(client, order):
    client.post(address(order, rest="gift/"))
    return Link.objects.get(order=order, purpose=Link.Purpose.GIFT)


def test_who_was_given_it_returns_it_without_prices_and_the_buyer_hears_nothing(client, order):
    key = jumper(order).pk
    gift(client, order)
    here = address(order, "gift", "")
    pages = [client.get(here)]
    client.post(here, {f"quantity-{key}": 1})
    client.post(here + "reasons/", {f"reason-{key}": "SIZE_TOO_SMALL"})
    pages.append(client.get(here + "outcome/"))
    client.post(here + "outcome/", {f"outcome-{key}": "CREDIT"})
    pages.append(client.get(here + "confirm/"))
    answer = client.post(here + "confirm/", {**shopper.fields(pages[-1]), **PERSON})

    ret = Return.objects.get()
    assert (ret.source, ret.customer, ret.email) == ("GIFT", None, "bo@example.com")
    assert (ret.ship_from["city"], ret.ship_from["country"]) == ("Berlin", "DE")
    pages.append(client.get(answer["Location"]))
    for page in pages:
        told = text(page)
        assert "$" not in told and "Ada" not in told and "Analytical" not in told and "1001" not in told
    assert ret.number not in text(client.get(address(order, rest="")))


def test_a_gift_is_never_paid_out(client, order):
    key = jumper(order).pk
    gift(client, order)
    here = address(order, "gift", "")
    client.post(here, {f"quantity-{key}": 1})
    client.post(here + "reasons/", {f"reason-{key}": "STYLE"})

    assert client.post(here + "outcome/", {f"outcome-{key}": "REFUND"}).status_code == 200
    assert client.get(here + "confirm/")["Location"] == here + "outcome/"


def test_a_gift_needs_an_address_of_its_own(client, order):
    gift(client, order)
    page = walk(client, order, quantities={jumper(order).pk: 1}, outcome="CREDIT", purpose="gift")

    answer = confirm(client, order, page, purpose="gift", **{**PERSON, "email": "nobody"})

    assert "Enter an e-mail address like" in text(answer)
    assert not Return.objects.exists()


def test_the_buyer_can_end_a_gift_link_which_opens_nothing_else(client, order):
    link = gift(client, order)
    token = access.token(link)
    assert client.get(f"/g/{token}/").status_code == 200
    assert client.get(f"/o/{token}/").status_code == 404
    assert client.get(f"/o/{token}/return/").status_code == 404
    assert (
        client.get(f"/g/{access.token(access.link_for(order, 'act', at=timezone.now()))}/").status_code == 404
    )

    client.post(address(order, rest="gift/"), {"action": "stop"})

    assert client.get(f"/g/{token}/").status_code == 404


def test_a_store_that_takes_no_gifts_offers_no_link(client, order):
    ReturnSettings.objects.update(gift_returns=False)

    assert "Was it a gift?" not in text(client.get(address(order, rest="")))
    assert client.post(address(order, rest="gift/")).status_code == 404


# --- claims


def claim(order):
    return address(order, rest=f"claim/{order.shipments.get().public_id}/")


def test_a_broken_item_is_reported_with_a_picture_and_looked_at(client, order):
    here, key = claim(order), jumper(order).pk
    entered = {"reason": "DAMAGED", "outcome": "EXCHANGE", f"quantity-{key}": 1, "words": "Torn"}
    assert "Please add a picture" in text(client.post(here, entered))

    answer = client.post(here, {**entered, "photo": shopper.picture()})
    page = client.get(answer["Location"])
    done = client.post(answer["Location"], shopper.fields(page))

    ret = Return.objects.get()
    assert (ret.kind, ret.state, ret.shipment) == (Kind.CLAIM, State.REVIEW, order.shipments.get())
    assert ret.photos.count() == 1
    told = text(client.get(done["Location"]))
    assert "We know about it" in told and "Torn" in told
    assert client.get(status_of(ret) + "change/").status_code == 404


def test_a_report_sent_twice_is_one(client, order):
    here = claim(order)
    client.post(here, {"reason": "MISSING", "outcome": "REFUND", f"quantity-{jumper(order).pk}": 1})
    page = client.get(here + "confirm/")
    assert "Back to you $53.00" in text(page)

    answers = [client.post(here + "confirm/", shopper.fields(page)) for _ in range(2)]

    assert answers[0]["Location"] == answers[1]["Location"] == status_of()
    assert ReturnUnit.objects.count() == 1


def test_an_empty_report_says_what_is_missing(client, order):
    told = text(client.post(claim(order), {"reason": "MONEY"}))

    assert "Say what is wrong." in told and "Say what we should do." in told
    assert client.get(claim(order) + "confirm/")["Location"] == claim(order)


def test_the_parcel_of_another_order_cannot_be_reported(client, order):
    other = bought()
    foreign = other.shipments.get().public_id

    assert client.get(address(order, rest=f"claim/{foreign}/")).status_code == 404
    assert client.get(address(order, "share", f"claim/{order.shipments.get().public_id}/")).status_code == 404


def test_a_return_that_a_person_has_to_see_says_so_before_it_is_confirmed(client, order):
    policy(order.store, review=True, outcomes=["REFUND"])
    page = walk(client, order, quantities={jumper(order).pk: 1})

    assert "One of us looks at it first" in text(page)
    confirm(client, order, page)
    assert Return.objects.get().state == State.REVIEW
