"""Returns made in the shop itself: every message tells a part, none says when; staff see the whole."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from customers.models import Event
from tests.factories.customers import StoreFactory
from tests.factories.tracking import OrderFactory, OrderLineFactory
from tests.staff import client_of
from tests.tracking.mirror import plain
from tests.tracking.shopify_bodies import parse
from tracking.models import Order, ShopReturn
from tracking.services import Missing
from tracking.services.shop_returns import record_shop_return
from tracking.shops.base import Ignored

pytestmark = pytest.mark.django_db

START = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
GID = "gid://shopify/Return/900"


def line(number, line_id, quantity, reason="color"):
    return {
        "id": number,
        "admin_graphql_api_id": f"gid://shopify/ReturnLineItem/{number}",
        "fulfillment_line_item": {"id": 1, "line_item": {"id": line_id}},
        "quantity": quantity,
        "return_reason": reason,
        "customer_note": None,
        "return_reason_note": "too bright",
    }


ORDER = {"id": 1042, "admin_graphql_api_id": "gid://shopify/Order/1042"}
REQUEST = {
    "id": 900,
    "admin_graphql_api_id": GID,
    "status": "requested",
    "order": ORDER,
    "name": "#1042-R1",
    "return_line_items": [line(11, 1, 3), line(12, 2, 1, "defective")],
}
APPROVE = REQUEST | {"status": "open", "return_line_items": []}
FEWER = {
    "admin_graphql_api_id": GID,
    "return_line_items": {
        "removals": [{"admin_graphql_api_id": "gid://shopify/ReturnLineItem/11", "delta": 2}]
    },
}
PARCEL = {
    "id": 5,
    "return": {"id": 900},
    "shipping_deliverable": {
        "tracking": {"carrier_name": "UPS", "tracking_number": "1Z9", "tracking_url": "javascript:x"}
    },
}
CLOSE = {"id": 900, "admin_graphql_api_id": GID, "order_id": 1042, "status": "closed"}
REOPEN = CLOSE | {"status": "open"}
DISPOSE = {"id": 3, "return": {"id": 900}, "dispositions": [{"type": "RESTOCKED", "quantity": 1}]}

STORY = [
    ("returns/request", REQUEST, 0),
    ("returns/approve", APPROVE, 1),
    ("returns/update", FEWER, 2),
    ("reverse_deliveries/attach_deliverable", PARCEL, 3),
    ("returns/close", CLOSE, 4),
]


@pytest.fixture
def order():
    order = OrderFactory(store=StoreFactory(), external_id="1042")
    for number, title in ((1, "Lantern"), (2, "Wick")):
        OrderLineFactory(order=order, external_id=str(number), title=title, quantity=4)
    return order


def tell(order, *messages):
    """Record messages as the worker does: one that waits is tried again after the others."""
    waiting = list(messages)
    while waiting:
        late = []
        for topic, body, minutes in waiting:
            told_at = START + timedelta(minutes=minutes)
            data = parse(topic, body)
            try:
                record_shop_return(store=order.store, data=data, told_at=told_at, at=told_at)
            except Missing:
                late.append((topic, body, minutes))
        assert len(late) < len(waiting), "nothing came of any of them"
        waiting = late


def test_a_return_is_what_all_its_messages_say(order):
    tell(order, *STORY)

    row = ShopReturn.objects.get()
    assert (row.order, row.name, row.status) == (order, "#1042-R1", "CLOSED")
    assert (row.carrier_name, row.tracking_number, row.tracking_url) == ("UPS", "1Z9", "")
    assert [(x["line"], x["quantity"], x["reason"], x["note"]) for x in row.current_lines] == [
        ("1", 1, "color", "too bright"),
        ("2", 1, "defective", "too bright"),
    ]
    told = Event.objects.filter(kind="tracking.return.mirrored").order_by("occurred_at")
    assert [event.data["status"] for event in told] == ["REQUESTED", "OPEN", "CLOSED"]
    assert told[0].data["order_id"] == order.pk


def test_every_order_of_arrival_gives_the_same_return(order):
    ends = set()
    for told in list(itertools.permutations(STORY))[::7]:
        tell(order, *told, told[0])
        (row,) = ShopReturn.objects.values()
        kept = {k: v for k, v in row.items() if k not in ("id", "created_at", "updated_at")}
        ends.add(repr(sorted((k, plain(v)) for k, v in kept.items())))
        ends.add(Event.objects.filter(kind="tracking.return.mirrored").count())
        ShopReturn.objects.all().delete()
        Event.objects.all().delete()

    assert len(ends) == 2


def test_a_reopened_return_is_open_though_it_was_closed(order):
    tell(order, STORY[0], ("returns/close", CLOSE, 4), ("returns/reopen", REOPEN, 6))
    assert ShopReturn.objects.get().status == "OPEN"
    tell(order, ("returns/close", CLOSE, 4))
    assert ShopReturn.objects.get().status == "OPEN"
    tell(order, ("returns/cancel", CLOSE | {"status": "canceled"}, 8))
    assert ShopReturn.objects.get().status == "CANCELLED"


def test_why_it_was_declined_is_kept(order):
    declined = REQUEST | {"status": "declined", "decline": {"reason": "final_sale", "note": "As agreed."}}
    tell(order, ("returns/decline", declined, 1))

    row = ShopReturn.objects.get()
    assert (row.status, row.decline_reason, row.decline_note) == ("DECLINED", "final_sale", "As agreed.")


def test_a_state_nobody_knows_is_kept_in_the_shops_words(order):
    tell(order, ("returns/approve", APPROVE | {"status": "teleported"}, 1))

    row = ShopReturn.objects.get()
    assert (row.status, row.status_told) == ("UNKNOWN", "teleported")


def test_what_became_of_the_units_adds_up(order):
    tell(order, STORY[0], ("reverse_fulfillment_orders/dispose", DISPOSE, 5))
    tell(order, *[("reverse_fulfillment_orders/dispose", DISPOSE, minutes) for minutes in (6, 6)])

    assert ShopReturn.objects.get().disposed == {"restocked": 2}


def test_what_was_processed_is_not_all_there_was(order):
    part = REQUEST | {"status": "open", "return_line_items": [line(11, 1, 1)]}
    tell(order, STORY[0], ("returns/process", part, 5))

    assert sum(entry["quantity"] for entry in ShopReturn.objects.get().current_lines) == 4


@pytest.mark.parametrize(
    ("topic", "body"),
    [
        ("returns/process", {}),
        ("reverse_fulfillment_orders/dispose", {"id": 1, "dispositions": []}),
        ("reverse_deliveries/attach_deliverable", {"id": 1, "return": None}),
    ],
)
def test_what_names_no_return_is_kept_with_the_reason(topic, body):
    fact = parse(topic, body)

    assert isinstance(fact, Ignored)
    assert fact.reason == "It does not say which return it is about."


def test_a_return_waits_for_its_order_or_for_itself(order):
    Order.objects.all().delete()
    for topic, body, waits_for in (
        ("returns/close", CLOSE, "order:harbour-pine:1042"),
        ("returns/update", FEWER, "shop-return:harbour-pine:900"),
    ):
        with pytest.raises(Missing) as missing:
            record_shop_return(store=order.store, data=parse(topic, body), told_at=START, at=START)
        assert missing.value.waits_for == waits_for


def test_staff_see_it_on_the_orders_page(order):
    tell(order, *STORY)

    shown = client_of().get(f"/admin/tracking/order/{order.pk}/change/").content.decode()

    assert "Return #1042-R1" in shown
    assert "1 × Lantern (color), 1 × Wick (defective)" in shown
    assert "javascript:x" not in shown
