"""Files become the same rows that webhooks make, and the same file again changes nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from customers import outbox
from customers.models import Consent, Customer, Event
from engagement.models import Message
from tests.factories.tracking import NOON
from tests.tracking.imported import counts, imported, refusals
from tracking.models import Location, Order, OrderLine, Scan, Shipment, Variant
from tracking.vocabulary import Status

pytestmark = pytest.mark.django_db

ORDERS = """
    Bestellnummer;Bestellt am;E-Mail;Artikel;Artikelnummer;Menge;Einzelpreis;Versand;Gesamtbetrag;PLZ;Land
    #1001;31.12.2025 18:30;Ada@Example.com;Laterne;L-1;2;1.024,50;4,90;2.053,90;10115;Deutschland
    #1001;;;Docht;D-1;1;0,00;;;;
    #1002;24.12.2025 09:00;bo@example.com;Laterne;L-1;1;12,50;4,90;17,40;75001;Frankreich
"""
SHIPMENTS = """
    order_number,tracking_number,carrier,shipped_at,item_sku,item_quantity,scan_status,scan_at,scan_city
    #1001,1Z999AA10123456784,UPS,2026-01-02 10:00,L-1,2,In transit,2026-01-02 18:00,Berlin
    #1001,1Z999AA10123456784,,,,,Out for delivery,2026-01-05 08:10,Berlin
    #1001,1Z999AA10123456784,,,,,Zugestellt,2026-01-05 14:10,Berlin
"""


def test_a_german_file_of_orders_becomes_orders():
    job = imported("orders", ORDERS)

    assert (counts(job), refusals(job)) == ({"created": 2}, {})
    order = Order.objects.get(number="#1001")
    assert order.placed_at == datetime(2025, 12, 31, 17, 30, tzinfo=UTC)
    assert (order.currency, order.total_minor, order.shipping_minor) == ("EUR", 205390, 490)
    assert order.ship_to["country"] == "DE" and order.email_key == "ada@example.com"
    lines = list(order.lines.order_by("position").values_list("title", "quantity", "unit_price_minor"))
    assert lines == [("Laterne", 2, 102450), ("Docht", 1, 0)]
    assert order.customer.email == "Ada@Example.com"


def test_the_same_file_again_changes_nothing_and_publishes_nothing():
    imported("orders", ORDERS)
    before = (list(Order.objects.order_by("pk").values()), Event.objects.count(), OrderLine.objects.count())

    again = imported("orders", ORDERS, at=NOON + timedelta(days=3))

    assert counts(again) == {"unchanged": 2}
    assert (
        list(Order.objects.order_by("pk").values()),
        Event.objects.count(),
        OrderLine.objects.count(),
    ) == before


def test_a_corrected_file_takes_effect():
    imported("orders", ORDERS)

    job = imported("orders", ORDERS.replace("12,50", "13,50"), at=NOON + timedelta(hours=1))

    assert counts(job) == {"updated": 1, "unchanged": 1}
    assert OrderLine.objects.get(order__number="#1002").unit_price_minor == 1350
    assert Event.objects.filter(kind="tracking.order.placed").count() == 2


def test_shipments_bring_their_items_and_their_history():
    imported("orders", ORDERS)

    job = imported("shipments", SHIPMENTS)

    assert (counts(job), refusals(job)) == ({"created": 1}, {})
    parcel = Shipment.objects.get()
    assert (parcel.status, parcel.carrier) == (Status.DELIVERED, "ups")
    assert parcel.delivered_at == datetime(2026, 1, 5, 13, 10, tzinfo=UTC)
    assert parcel.lines.get().quantity == 2
    assert Scan.objects.count() == 3
    assert counts(imported("shipments", SHIPMENTS, at=NOON + timedelta(days=1))) == {"unchanged": 1}


def test_orders_and_parcels_of_years_ago_send_nothing(django_capture_on_commit_callbacks):
    at = datetime(2028, 1, 10, tzinfo=UTC)

    imported("orders", ORDERS, at=at)
    imported("shipments", SHIPMENTS, at=at)
    while outbox.deliver_due(at=at + timedelta(days=400)):
        pass

    assert Event.objects.filter(kind="tracking.shipment.delivered").exists()
    assert not Message.objects.exclude(state="HELD").exists()
    assert Shipment.objects.get().due_at is None


def test_products_stock_and_customers():
    head = "Handle,Title,Vendor,Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Grams"
    products = f"""{head},Variant Inventory Qty,Image Src
lantern,Brass lantern,Harbour,Size,Small,L-S,12.50,400,3,https://shop.example/a.jpg
lantern,,,,Large,L-L,15.00,700,,
lantern,,,,,,,,,https://shop.example/b.jpg
"""

    assert counts(imported("products", products)) == {"created": 1}
    assert list(Variant.objects.order_by("position").values_list("sku", "price_minor", "title")) == [
        ("L-S", 1250, "Small"),
        ("L-L", 1500, "Large"),
    ]
    assert counts(imported("products", products, at=NOON + timedelta(days=1))) == {"unchanged": 1}

    stock = "SKU,Location,Available\nL-S,Berlin,7\nL-L,Berlin,0\nX,Berlin,1\n"
    job = imported("stock", stock)
    assert counts(job) == {"created": 2, "refused": 1}
    assert refusals(job)[4].startswith("No product in Kontor has the SKU X.")
    assert (
        Location.objects.get(name="Berlin")
        .levels.get(inventory_item_id=Variant.objects.get(sku="L-S").inventory_item_id)
        .available
        == 7
    )
    assert counts(imported("stock", stock, at=NOON + timedelta(days=1))) == {"unchanged": 2, "refused": 1}


def test_customers_with_what_they_said():
    people = """
        email,first_name,last_name,phone,email_consent,email_consent_at,consent_source
        ada@example.com,Ada,Lovelace,030 123456,yes,2025-05-01 10:00,newsletter form
        bo@example.com,Bo,,,no,,
    """
    job = imported("customers", people)

    assert counts(job) == {"created": 2}
    consent = Consent.objects.get(customer__email="ada@example.com")
    assert (consent.granted, consent.source) == (True, "newsletter form")
    assert consent.said_at == datetime(2025, 5, 1, 8, tzinfo=UTC)
    assert Customer.objects.get(name="Ada Lovelace").phone == "+4930123456"
    assert counts(imported("customers", people, at=NOON + timedelta(days=1))) == {"unchanged": 2}
