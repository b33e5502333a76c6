"""The back-office's page of one order: everything known about it, in the order it happened."""

from datetime import date, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from customers.models import Event
from tests.factories.customers import CustomerFactory, StoreFactory
from tests.factories.engagement import MessageFactory
from tests.factories.tracking import (
    NOON,
    CarrierAccountFactory,
    OrderFactory,
    OrderLineFactory,
    ProductFactory,
    ShipmentFactory,
    ShipmentLineFactory,
)
from tests.staff import client_of, listing, page, press, queries, said
from tracking import access
from tracking.carriers.base import ScanData
from tracking.models import Inbound, Link, Order, Shipment
from tracking.services import add_scans
from tracking.vocabulary import Status

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(db):
    return client_of()


def whole_story():
    """Return an order in New York with two parcels, of which everything there is to tell is known."""
    order = OrderFactory(customer=CustomerFactory(name="Ada Lovelace"))
    line = OrderLineFactory(order=order, image_url="/static/demo/lantern.svg", quantity=2)
    first = ShipmentFactory(order=order, carrier_name="UPS", tracking_url="https://ups.example/1")
    second = ShipmentFactory(order=order, tracking_url="javascript:alert(1)", replaced_at=NOON)
    ShipmentLineFactory(shipment=first, line=line, quantity=2)
    add_scans(
        shipment_id=first.pk,
        scans=[
            ScanData(
                Status.IN_TRANSIT, at=NOON + timedelta(hours=1), message="Departed <b>Memphis</b>", code="DP"
            ),
            ScanData(
                Status.IN_TRANSIT, local=(NOON + timedelta(hours=9)).replace(tzinfo=None), message="Arrived"
            ),
        ],
        source="easypost",
        at=NOON + timedelta(hours=12),
    )
    MessageFactory(
        order=order,
        kind="shipped",
        state="HELD",
        reason="Address blocked: Mail to it bounces.",
    )
    Inbound.objects.create(
        store=StoreFactory(),
        source="shopify",
        delivery_key="shopify:1",
        content_key="1",
        body=b"{}",
        state="BLOCKED",
        topic="fulfillment_events/create",
        reason="waits for parcel",
        waits_for=f"fulfillment:harbour-pine:{second.fulfillment_external_id}",
        received_at=NOON + timedelta(hours=20),
    )
    Shipment.objects.filter(pk=first.pk).update(
        eta_from_date=date(2026, 3, 12), eta_to_date=date(2026, 3, 13)
    )
    return order


def test_the_order_page_tells_everything_in_one_list_newest_first(staff):
    order = whole_story()

    shown = staff.get(page(order))
    told = [(entry.kind, entry.title) for entry in shown.context["entries"]]
    html = shown.content.decode()

    assert told == [
        ("inbound", "fulfillment_events/create from shopify waits"),
        ("scan", "Arrived"),
        ("event", "Milestone: shipped"),
        ("scan", "Departed <b>Memphis</b>"),
    ]
    assert "Departed &lt;b&gt;Memphis&lt;/b&gt;" in html
    held = html.index("Message “Shipped”: held back")
    assert "Address blocked: Mail to it bounces." in html[held : held + 600]
    assert held < html.index("fulfillment_events/create from shopify waits"), "messages join by their time"
    assert "Ada Lovelace" in html and "Thu 12 Mar – Fri 13 Mar 2026" in html
    assert "https://ups.example/1" in html and "javascript:" not in html
    assert "the shop took this number back" in html


def test_times_on_the_order_page_are_the_stores_and_local_ones_say_so(staff):
    html = staff.get(page(whole_story())).content.decode()

    assert "times in America/New_York" in html
    assert "placed <time" in html and "Tue 10 Mar 2026, 08:00" in html
    assert '<time class="num" datetime="2026-03-10T09:00:00-04:00">09:00</time>' in html
    assert '<span class="num">10 Mar, 21:00</span> <span class="quiet">local</span>' in html


def test_the_order_page_takes_no_query_per_scan_parcel_or_line(staff):
    order = whole_story()
    few = queries(staff, page(order))

    for n in range(5):
        line = OrderLineFactory(order=order, product=ProductFactory())
        parcel = ShipmentFactory(order=order, account=CarrierAccountFactory())
        ShipmentLineFactory(shipment=parcel, line=line)
        add_scans(
            shipment_id=parcel.pk,
            scans=[
                ScanData(Status.IN_TRANSIT, at=NOON + timedelta(hours=h), message=str(h)) for h in range(8)
            ],
            source="easypost",
            at=NOON + timedelta(days=1),
        )
        MessageFactory(order=order, dedupe_key=f"more:{n}")
        LogEntry.objects.log_actions(
            staff.get("/admin/").wsgi_request.user.pk, [order], 2, change_message="Looked"
        )

    assert queries(staff, page(order)) == few
    assert few <= 22


def test_an_event_of_an_app_that_came_later_is_read_out(staff):
    order = OrderFactory()
    Event.objects.create(
        kind="returns.return.refund_paid",
        key="x",
        occurred_at=NOON,
        subject_type="tracking.order",
        subject_id=str(order.pk),
    )

    assert "Return refund paid" in staff.get(page(order)).content.decode()


def test_the_page_opens_as_the_shopper_sees_it_for_half_an_hour_and_says_who_did(staff):
    order = OrderFactory()
    access.link_for(order, Link.Purpose.ACT, at=NOON)

    url = page(order).replace("change/", "do/open_as_shopper/")
    response = staff.post(url)
    opened = access.open_token(response["Location"].strip("/").split("/")[-1], at=timezone.now())

    assert staff.get(url).status_code == 405
    assert opened is not None and opened.order == order
    assert opened.expires_at and opened.expires_at - timezone.now() <= timedelta(minutes=30)
    assert "Opened the page as the shopper sees it." in staff.get(page(order)).content.decode()
    assert LogEntry.objects.filter(object_id=str(order.pk)).count() == 1


def test_ending_all_links_ends_those_in_messages_too(staff):
    order = OrderFactory()
    token = access.token(access.link_for(order, Link.Purpose.ACT, at=NOON))

    first = press(staff, order, "end_links")
    again = press(staff, order, "end_links")

    assert access.open_token(token, at=timezone.now()) is None
    assert said(first) == [f"1 closed to all links: {order.number}."]
    assert said(again) == [f"Not closed to all links: {order.number}: it has no link that opens"]


def test_looking_at_pages_writes_nothing(staff):
    order = whole_story()
    before = (Event.objects.count(), LogEntry.objects.count(), Link.objects.count())

    for url in (page(order), listing(Order), listing(Shipment), "/admin/"):
        staff.get(url)

    assert (Event.objects.count(), LogEntry.objects.count(), Link.objects.count()) == before
