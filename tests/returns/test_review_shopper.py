"""What shoppers must not read or do: of gifts, of payments that came, with two tabs open."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from returns.models import Exchange, PaymentRequest, Return, ReturnPhoto
from returns.services import photos
from returns.services.assess import assess
from returns.tasks import forget_photos
from tests.returns import shopper
from tests.returns.shopper import address, bought, confirm, fields, status_of, text, walk
from tests.returns.test_portal_pages import PERSON, gift, jumper
from tracking.models import Variant

pytestmark = pytest.mark.django_db

STARTED = "A return of it has been started already."


@pytest.fixture
def order():
    return bought(quantity=1)


def told(order, *, gift):
    item = assess(order, at=timezone.now(), gift=gift).item(jumper(order).pk)
    assert not item.free
    return item.verdict.words


def test_the_buyer_does_not_read_that_their_gift_goes_back(client, order):
    gift(client, order)
    page = walk(client, order, quantities={jumper(order).pk: 1}, outcome="CREDIT", purpose="gift")
    confirm(client, order, page, purpose="gift", **PERSON)

    assert Return.objects.get().is_gift
    assert told(order, gift=False) == "This item cannot be returned."
    assert told(order, gift=True) == STARTED
    assert STARTED not in text(client.get(address(order)))


def test_who_was_given_it_does_not_read_of_the_buyers_return(client, order):
    confirm(client, order, walk(client, order, quantities={jumper(order).pk: 1}))

    assert told(order, gift=True) == "This item cannot be returned."
    assert told(order, gift=False) == STARTED


def test_what_another_tab_has_chosen_for_the_same_sums_is_not_confirmed_unseen(client, order):
    shown = walk(client, order, quantities={jumper(order).pk: 1}, reason="UNWANTED")
    walk(client, order, quantities={jumper(order).pk: 1}, reason="COLOR")

    answer = confirm(client, order, shown)

    assert "Something has changed since you saw this page" in text(answer)
    assert not Return.objects.exists()
    client.post(address(order) + "confirm/", fields(answer))
    assert Return.objects.get().units.get().reason == "COLOR"


def exchanged(client, order, size="Large"):
    variant = Variant.objects.get(product=jumper(order).product, title=size)
    page = walk(client, order, quantities={jumper(order).pk: 1}, outcome="EXCHANGE", variant=variant)
    confirm(client, order, page)
    return Return.objects.get()


@pytest.mark.parametrize("why", ["cancelled", "changed", "rejected", "expired"])
def test_an_exchange_that_fell_with_its_return_promises_no_money(client, order, why):
    ret = exchanged(client, order)
    Exchange.objects.update(state=Exchange.State.CANCELLED, words=why)

    assert "not exchanged after all" not in text(client.get(status_of(ret)))


def test_an_exchange_that_was_not_paid_says_what_comes_instead(client, order):
    ret = exchanged(client, order)
    Exchange.objects.update(state=Exchange.State.CANCELLED, words="unpaid")
    assert "What you sent back is refunded." in text(client.get(status_of(ret)))

    Return.objects.update(source=Return.Source.GIFT)
    assert "You get store credit for what you sent back." in text(client.get(status_of(ret)))


def owed(ret, **given):
    now = timezone.now()
    return PaymentRequest.objects.create(
        ret=ret, purpose="x", provider="stripe", why="difference", amount_minor=900, currency=ret.currency,
        pay_by=now + timedelta(days=7), created_at=now, state="STAFF", **given,
    )  # fmt: skip


def test_money_that_a_person_looks_at_is_not_asked_for_again(client, order):
    ret = exchanged(client, order)
    payment = owed(ret)
    assert "Write to us, and we tell you how to." in text(client.get(status_of(ret)))

    payment.paid_at = timezone.now()
    payment.save()
    assert "is left to pay" not in text(client.get(status_of(ret)))


def test_pictures_of_returns_that_were_never_asked_for_are_dropped(order):
    now, by = timezone.now(), ReturnPhoto.By.SHOPPER
    old = photos.store(order, shopper.picture(), by=by, at=now - photos.WAITS - timedelta(minutes=1))
    new = photos.store(order, shopper.picture((50, 30)), by=by, at=now - timedelta(hours=1))

    assert forget_photos() == 1
    assert list(ReturnPhoto.objects.values_list("pk", flat=True)) == [new.pk] != [old.pk]
    assert forget_photos() == 0


def test_the_payment_page_of_a_gift_speaks_by_the_recipients_country(client, order):
    ret = exchanged(client, order)
    payment = owed(ret)
    Return.objects.update(source=Return.Source.GIFT, ship_from={"country": "DE"}, language="de")
    order.ship_to = {**order.ship_to, "country": "CH"}
    order.save()

    page = client.get(reverse("return_pay", args=[status_of(ret).split("/")[2], payment.public_id]))

    assert "9,00" in text(page)
    assert "9.00" not in text(page)
