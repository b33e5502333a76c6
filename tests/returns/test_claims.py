"""Claims without goods back: what is taken, by when, with which proof, and what comes of it."""

from datetime import timedelta

import pytest

from customers.models import Alert, Event
from returns.models import Return, ReturnPhoto
from returns.services.claims import create_claim
from returns.services.requests import Changed, Refused, approve, reject
from tests.factories.tracking import NOON
from tests.returns.scenes import bought, wish, work
from tests.tracking import memory_shop
from tests.tracking.memory_shop import SHOP
from tracking.models import MakeGood, Shipment
from tracking.vocabulary import Status

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def shop(settings):
    settings.SHOP_CLIENTS = {"shopify": memory_shop.PATH}
    return memory_shop.fresh()


def claim(order, reason="MISSING", *, at=NOON, outcome="REFUND", photo_ids=(), shipment=None, **given):
    own = wish(order, reason=reason, outcome=outcome, photo_ids=photo_ids)
    return create_claim(order, shipment or order.shipments.get(), wishes=[own], at=at, **given)


def refused(code, order, *args, **given):
    with pytest.raises(Refused) as caught:
        claim(order, *args, **given)
    assert caught.value.code == code
    assert not Return.objects.exists()


def photo(order):
    return ReturnPhoto.objects.create(
        order=order, by="SHOPPER", digest="0" * 64, body=b"x", thumbnail=b"x", width=1, height=1,
        created_at=NOON,
    ).pk  # fmt: skip


def test_a_claim_is_always_looked_at_by_a_person_and_tells_no_label():
    order = bought()

    ret = claim(order)
    work()

    ret.refresh_from_db()
    assert (ret.kind, ret.state, ret.method) == ("CLAIM", "REVIEW", "NONE")
    assert Alert.objects.get(kind="returns.review").subject_id == str(ret.pk)
    assert ret.parcels.count() == 0


def test_an_approved_claim_pays_at_once():
    order = bought()
    ret = claim(order)

    approve(ret.pk, at=NOON, by="Kim")
    work()

    ((back, _done),) = SHOP.refunds.values()
    ret.refresh_from_db()
    assert back.amount_minor >= 4800
    assert all(not restock for _line, _quantity, restock in back.lines)
    assert ret.state == "SETTLED"


def test_an_approved_replacement_is_ordered_at_once_and_costs_nothing():
    order = bought()
    ret = claim(order, outcome="EXCHANGE")

    approve(ret.pk, at=NOON, by="Kim")
    work()

    ((new, _done),) = SHOP.orders.values()
    exchange = ret.exchanges.get()
    assert new.lines[0].variant_external_id == order.lines.get().variant.external_id
    assert (exchange.state, exchange.difference_minor, SHOP.refunds) == ("ORDERED", 0, {})


def test_a_refused_claim_frees_its_pieces_for_a_return():
    order = bought()
    ret = claim(order)

    reject(ret.pk, words="The photo shows another item.", at=NOON, by="Kim")

    assert not ret.units.get().active
    assert Event.objects.get(kind="returns.return.rejected").data["kind"] == "CLAIM"


@pytest.mark.parametrize("reason", ["DAMAGED", "WRONG_ITEM"])
def test_damage_and_wrong_items_need_a_photo(reason):
    order = bought()

    refused("photo", order, reason)
    assert claim(order, reason, photo_ids=(photo(order),)).photos.count() == 1


def test_a_claim_has_a_last_day():
    order = bought()

    refused("closed", order, at=NOON + 40 * DAY)


def test_a_reason_of_returns_is_none_of_claims():
    refused("reason", bought(), "UNWANTED")


def test_sums_that_are_not_what_was_seen_make_no_claim():
    with pytest.raises(Changed):
        claim(bought(), seen_minor=(1, 0, 0))
    assert not Return.objects.exists()


def test_the_same_claim_told_twice_is_one():
    order = bought()

    assert claim(order, key="a").pk == claim(order, key="a").pk
    with pytest.raises(Refused):
        claim(order)


def test_a_parcel_of_another_order_cannot_be_claimed():
    order, other = bought(), bought()

    refused("wrong_parcel", order, shipment=other.shipments.get())


# --- lost ---
def under_way(**given):
    order = bought()
    order.shipments.update(status=Status.IN_TRANSIT, delivered_at=None, shipped_at=NOON - 3 * DAY, **given)
    return order


def test_a_parcel_that_is_on_its_way_is_waited_for():
    refused("on_its_way", under_way(eta_to_date=(NOON + DAY).date()), "LOST")


def test_a_parcel_whose_day_is_over_is_lost():
    ret = claim(under_way(eta_to_date=(NOON - DAY).date()), "LOST")

    assert "should have" in ret.review_why


def test_a_parcel_that_was_delivered_and_never_came_is_for_a_person_who_knows():
    ret = claim(bought(), "LOST")

    assert "says it was delivered" in ret.review_why


def test_an_open_offer_for_the_parcel_comes_first():
    order = under_way(eta_to_date=(NOON - DAY).date())
    MakeGood.objects.create(
        shipment=order.shipments.get(), order=order, why="LOST", choices=["REFUND"], offered_at=NOON,
        amount_minor=5300, currency="USD",
    )  # fmt: skip

    refused("make_good", order, "LOST")


def test_a_shipment_is_not_needed_for_staff_who_take_a_claim_by_telephone():
    order = bought()
    ret = create_claim(order, None, wishes=[wish(order, reason="MISSING")], at=NOON, source="STAFF", by="Kim")

    assert ret.shipment is None
    assert Shipment.objects.filter(claims=ret).count() == 0
