"""The choice page: who may see it, what it says, and that only a POST does anything."""

import uuid
from datetime import timedelta

import pytest
import time_machine

from tests.factories.tracking import NOON
from tests.tracking import memory_shop
from tests.tracking.late import flagged, late_parcel, offered, order_of, parcel_of, rules
from tracking import access
from tracking.models import MakeGood, OrderRefund, Shipment, ShopAction, StockLevel
from tracking.services.make_good_offers import look_round
from tracking.services.shop_actions import carry_out_due
from tracking.vocabulary import Status

pytestmark = pytest.mark.django_db
State = MakeGood.State


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def shop(settings):
    settings.SHOP_CLIENTS = {"shopify": memory_shop.PATH}
    return memory_shop.fresh()


@pytest.fixture
def made():
    return offered(late_parcel())


def token(order, purpose="act"):
    return access.token(access.link_for(order, purpose, at=NOON))


def page_of(made, purpose="act"):
    return f"/o/{token(made.order, purpose)}/choice/{made.public_id}/"


def text(response):
    return response.content.decode()


def worked():
    while carry_out_due(at=NOON):
        pass
    look_round(at=NOON)


def test_the_three_ways_are_shown_with_sums_days_and_items(client, made):
    page = text(client.get(page_of(made)))

    for shown in (
        "This parcel is very late",
        "by Tuesday, March 3",
        "Send it again",
        "Portland",
        "All of it is in stock",
        "$53.00 back",
        "$48.00 for the items and $5.00 for shipping",
        "Wait a little longer",
        "by Friday, March 13",
        "Brass lantern",
    ):
        assert shown in page


def test_looking_changes_nothing(client, made):
    before = MakeGood.objects.values().get()

    client.get(page_of(made))
    page = text(client.get(page_of(made) + "?way=REFUND"))

    assert "Yes, give me $53.00 back" in page
    assert MakeGood.objects.values().get() == before
    assert not ShopAction.objects.exists()


def test_a_yes_is_carried_out_once_however_often_it_is_clicked(client, made):
    said = {"way": "REFUND", "seen": "5300"}

    first = client.post(page_of(made), said)
    again = client.post(page_of(made), said)
    other = client.post(page_of(made), {"way": "REPLACEMENT"})

    assert [answer.status_code for answer in (first, again, other)] == [302, 302, 302]
    assert "We are on it" in text(client.get(page_of(made)))
    worked()
    assert memory_shop.SHOP.effects == 1
    page = text(client.get(page_of(made)))
    assert "$53.00 is on its way back to you" in page
    assert "Choose this" not in page


def test_a_replacement_names_the_new_order(client, made):
    client.post(page_of(made), {"way": "REPLACEMENT"})
    worked()

    assert "Your new order is #1900" in text(client.get(page_of(made)))


def test_waiting_says_when_we_ask_again(client, made):
    client.post(page_of(made), {"way": "WAIT"})

    assert "If nothing has come by Friday, March 13, we ask you again" in text(client.get(page_of(made)))


def test_over_the_budget_the_shopper_is_told_by_when_a_person_answers(client, made):
    rules(made.order.store, make_good_budget_minor=0)

    client.post(page_of(made), {"way": "REFUND", "seen": "5300"})

    page = text(client.get(page_of(made)))
    assert "You chose to have $53.00 back" in page
    assert "by Thursday, March 12" in page


@pytest.mark.parametrize("what", ["stock", "sum", "nonsense"])
def test_what_changed_meanwhile_is_asked_again(client, made, what):
    if what == "stock":
        StockLevel.objects.update(available=0)
        said = {"way": "REPLACEMENT"}
    elif what == "sum":
        OrderRefund.objects.create(
            order=made.order, external_id="1", amount_minor=300, currency="USD", made_at=NOON
        )
        said = {"way": "REFUND", "seen": "5300"}
    else:
        said = {"way": "EVERYTHING", "seen": "9" * 99}

    page = text(client.post(page_of(made), said, follow=True))

    assert "Something has changed" in page
    assert ("Send it again" in page) is (what != "stock")
    assert ("$50.00 back" in page) is (what == "sum")
    assert not ShopAction.objects.exists()


@pytest.mark.parametrize(
    ("status", "words"),
    [(Status.DELIVERED, "It has come"), (Status.OUT_FOR_DELIVERY, "on its way to your door")],
)
def test_a_parcel_that_comes_ends_the_choice_even_before_the_worker_knows(client, made, status, words):
    Shipment.objects.filter(pk=made.shipment_id).update(status=status)

    before = text(client.get(page_of(made)))
    answer = text(client.post(page_of(made), {"way": "REFUND", "seen": "5300"}, follow=True))

    assert words in before
    assert words in answer
    made.refresh_from_db()
    assert (made.state, ShopAction.objects.count()) == (State.WITHDRAWN, 0)


def test_shared_links_other_orders_and_unknown_offers_are_all_the_same_404(client, made):
    other = offered(late_parcel())
    wrong = f"/o/{token(other.order)}/choice/{made.public_id}/"
    none = f"/o/{token(made.order)}/choice/{uuid.uuid4()}/"

    for address in (page_of(made, "share"), wrong, none):
        assert client.get(address).status_code == 404
        assert client.post(address, {"way": "REFUND"}).status_code == 404
    assert not ShopAction.objects.exists()


def test_an_offer_that_staff_have_to_settle_is_no_page(client):
    order = order_of({}, {})
    parcel, _other = parcel_of(order), parcel_of(order)
    flagged(parcel)
    made = offered(parcel)

    assert client.get(page_of(made)).status_code == 404
    assert "/choice/" not in text(client.get(f"/o/{token(order)}/"))


def test_who_may_only_look_is_asked_for_the_code(client, made):
    view = client.post("/", {"number": made.order.number, "email": made.order.email})["Location"]

    answer = client.post(f"{view}choice/{made.public_id}/", {"way": "REFUND"})

    assert answer["Location"] == f"{view}code/"
    assert not ShopAction.objects.exists()


def test_the_order_page_puts_the_offer_on_top_of_its_parcel(client, made):
    act, share = f"/o/{token(made.order)}/", f"/o/{token(made.order, 'share')}/"
    view = client.post("/", {"number": made.order.number, "email": made.order.email})["Location"]

    assert f"{act}choice/{made.public_id}/" in text(client.get(act))
    assert "Choose what we do" in text(client.get(view))
    assert "/choice/" not in text(client.get(view))
    assert f'href="{view}code/">Choose what we do' in text(client.get(view))
    assert "Choose what we do" not in text(client.get(share))


def test_the_order_page_is_new_when_the_choice_is_made(client, made):
    act = f"/o/{token(made.order)}/"
    etag = client.get(act)["ETag"]

    client.post(page_of(made), {"way": "REFUND", "seen": "5300"})

    answer = client.get(act, headers={"If-None-Match": etag})
    assert answer.status_code == 200
    assert "You chose to have $53.00 back" in text(answer)


def test_the_order_page_promises_no_new_day_beside_an_offer(client, made):
    day = NOON.date() - timedelta(days=4)
    Shipment.objects.filter(pk=made.shipment_id).update(eta_from_date=day, eta_to_date=day)
    act = f"/o/{token(made.order)}/"
    offered_page = text(client.get(act))
    share = text(client.get(f"/o/{token(made.order, 'share')}/"))

    client.post(page_of(made), {"way": "REFUND", "seen": "5300"})

    assert "We are watching it" not in offered_page + text(client.get(act))
    assert "We are watching it" in share


@pytest.mark.parametrize(("language", "words"), [("de", "Nochmals schicken"), ("fr", "Renvoyer")])
def test_it_speaks_the_shoppers_language(client, made, language, words):
    made.order.language = language
    made.order.save()

    assert words in text(client.get(page_of(made)))
