"""A parcel on its way back is no parcel of its order, wherever these are listed or counted."""

from datetime import timedelta

import pytest
from django.utils import timezone

from customers import outbox
from engagement.models import Message
from tests.factories.api import Api
from tests.factories.tracking import (
    NOON,
    CarrierAccountFactory,
    OrderFactory,
    OrderLineFactory,
    ShipmentFactory,
    ShipmentLineFactory,
)
from tests.staff import client_of
from tests.tracking.coming_back import (
    NUMBER,
    ROAD,
    coming_back,
    hear,
    moves,
    order,
)
from tests.tracking.labelling import account, ask
from tests.tracking.portal import page
from tracking.carriers.base import Window
from tracking.models import Order, Shipment
from tracking.services import polling, promises
from tracking.services.eta import parcels as deliveries_learned_from
from tracking.services.eta import shops_by_id
from tracking.services.label_requests import not_packed, sender_of
from tracking.services.parcel_worth import worth_of
from tracking.services.reconcile_compare import _parcels_missing
from tracking.services.removals import settle_order
from tracking.services.shipments import record_fulfillment
from tracking.services.watch import rounds
from tracking.shops.base import FulfillmentData
from tracking.vocabulary import Status

pytestmark = pytest.mark.django_db


def test_its_order_has_no_status_of_it():
    made = OrderFactory()
    OrderLineFactory(order=made)
    coming_back(made)

    hear("IN_TRANSIT")

    made.refresh_from_db()
    assert made.status == Order.Status.PLACED


def test_it_is_not_on_the_orders_page():
    made = order()
    before = page(made)
    coming_back(made)
    hear(*ROAD)

    shown = page(made)

    assert len(shown.parcels) == len(before.parcels) == 1
    assert shown.answer.sentences == before.answer.sentences


def test_lists_of_parcels_for_partners_leave_it_out_and_its_own_address_has_it():
    made = order()
    parcel = coming_back(made)
    api = Api()
    ours = api.get("shipments/").json()["results"]
    of_order = api.get(f"orders/{made.public_id}/").json()["shipments"]

    assert [row["tracking_number"] for row in ours] == [row["tracking_number"] for row in of_order]
    assert NUMBER not in [row["tracking_number"] for row in ours] and len(ours) == 1
    answer = api.post(
        f"shipments/{parcel.public_id}/scans/", {"status": "IN_TRANSIT", "at": NOON.isoformat()}
    )
    assert answer.status_code == 201 and moves() == [("IN_TRANSIT", True)]


def test_staff_see_it_among_all_parcels_marked_and_not_among_those_of_the_order():
    staff_client = client_of()
    made = order()
    parcel = coming_back(made)
    hear("IN_TRANSIT")

    listed = staff_client.get("/admin/tracking/shipment/?is_return__exact=1").content.decode()
    orders = staff_client.get("/admin/tracking/order/").context["cl"].result_list
    story = staff_client.get(f"/admin/tracking/order/{made.pk}/change/")

    assert NUMBER in listed and "Back" in listed and made.shipments.first().tracking_number not in listed
    assert "Return parcel moved" in story.content.decode()
    assert [shown["row"].pk for shown in story.context["parcels_shown"]] == [made.shipments.first().pk]
    assert [row.parcels for row in orders] == [1]
    found = staff_client.get(f"/admin/tracking/shipment/{parcel.pk}/change/")
    assert "Back" in found.content.decode()


def test_it_brings_no_message():
    made = order()
    coming_back(made)
    hear("IN_TRANSIT", "EXCEPTION", "RETURNED")

    outbox.deliver_due(at=timezone.now())

    assert not Message.objects.exclude(kind__startswith="return").exists()


def test_no_watch_is_kept_over_it():
    CarrierAccountFactory(carrier="ups", slug="ups")
    parcel = coming_back(OrderFactory(status=Order.Status.DELIVERED, placed_at=NOON))
    hear("IN_TRANSIT", "EXCEPTION")
    later = NOON + timedelta(days=25)
    Shipment.objects.update(checked_at=later, due_at=later)

    rounds.look_round(at=later)

    assert not parcel.flags.exists()


def test_its_windows_are_never_looked_at():
    coming_back()
    hear("IN_TRANSIT", eta=Window(NOON.date(), NOON.date()))

    assert promises.revise_due(at=NOON + timedelta(days=9)) == 0


def test_nothing_is_learned_from_its_way():
    made = OrderFactory()
    coming_back(made)
    hear(*ROAD)

    assert list(deliveries_learned_from(at=NOON + timedelta(days=1), shops=shops_by_id())) == []


def test_what_an_order_is_worth_and_what_is_left_to_pack_is_as_before():
    made = OrderFactory()
    line = OrderLineFactory(order=made, quantity=2)
    out = ShipmentFactory(order=made)
    back = coming_back(made)

    assert worth_of(out).goods_minor > 0
    ShipmentLineFactory(shipment=back, line=line, quantity=2)
    assert not_packed(made) == [(line, 2)]


def test_a_hand_over_of_the_shop_takes_no_return_parcel_over():
    made = order()
    parcel = coming_back(made)
    data = FulfillmentData(
        external_id="77",
        order_external_id=made.external_id,
        version="1",
        tracking_numbers=(NUMBER,),
        lines=(),
    )

    record_fulfillment(store=made.store, data=data, at=NOON)

    parcel.refresh_from_db()
    assert parcel.is_return and parcel.replaced_at is None
    assert made.shipments.filter(fulfillment_external_id="77", is_return=False).exists()


def test_the_nightly_comparison_does_not_take_it_for_a_hand_over():
    made = order()
    parcel = coming_back(made)

    class Told:
        external_id, tracking_numbers, cancelled = parcel.fulfillment_external_id, (NUMBER,), False

    class Facts:
        fulfillments = (Told,)

    assert _parcels_missing(made, Facts)


def test_an_order_that_is_brought_back_in_the_shop_has_it_asked_about_again():
    CarrierAccountFactory(carrier="ups", slug="ups")
    made = order(removed_at=NOON)
    parcel = coming_back(made)
    assert parcel.due_at is None

    settle_order(made, at=NOON)

    parcel.refresh_from_db()
    assert parcel.due_at == NOON


def test_a_label_that_lies_with_the_shopper_does_not_run_out_of_words():
    """A parcel to the shopper does after 30 days."""
    lying, going = coming_back(), coming_back(number="1Z999AA10123456785")
    hear("IN_TRANSIT", number=going.tracking_number)
    later = NOON + timedelta(days=45)
    Shipment.objects.filter(is_return=True).update(created_at=NOON)

    polling.expire_quiet(at=later)

    lying.refresh_from_db()
    going.refresh_from_db()
    assert (lying.status, going.status) == (Status.PENDING, Status.EXPIRED)


def test_where_parcels_leave_from_is_not_learned_from_labels_of_returns():
    made, seller = order(), account()
    first = ask(seller, order=made, purpose="order:1:label")
    ask(seller, order=made, is_return=True, purpose="return:1:label:1", to=sender_of(made.store))

    assert sender_of(made.store).city == first.wanted["from_"]["city"]
