"""What stands below the answer: timeline, route, sums, places, people."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.factories.tracking import OrderLineFactory, ProductFactory
from tests.tracking import scenes
from tests.tracking.portal import NOW, page, plain
from tracking.carriers.base import Place, ScanData
from tracking.presentation import Level
from tracking.presentation.page import mask
from tracking.services import add_scans, record_shop_scan
from tracking.shops.base import ScanFact
from tracking.vocabulary import Status

pytestmark = pytest.mark.django_db


# --- the timeline


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("Departed from Facility", "Left the sorting centre"),
        ("DEPART_FACILITY", "Left the sorting centre"),
        ("Arrived at Facility", "Arrived at the sorting centre"),
        ("Arrived at USPS Regional Destination Facility", "Arrived near you"),
        ("Origin scan", "Picked up by UPS"),
        ("Shipment picked up", "Picked up by UPS"),
        ("USPS in possession of item", "Picked up by UPS"),
        ("Customs clearance completed", "Cleared customs"),
        ("Package transferred to customs", "At customs"),
        ("Departed airport", "Left the airport"),
        ("Processed through sort", "Sorted"),
        ("Something nobody has ever said", "On its way"),
    ],
)
def test_carriers_jargon_becomes_a_short_phrase(message, words):
    order = scenes.order(NOW)
    scenes.scanned(scenes.parcel(order, NOW), NOW, (3, Status.IN_TRANSIT, message, scenes.DENVER))

    assert page(order).parcels[0].latest[0].phrase == words


def test_the_latest_three_are_shown_and_the_rest_kept():
    parcel = page(scenes.in_transit(NOW)).parcels[0]

    assert [entry.phrase for entry in parcel.latest] == [
        "Left the sorting centre",
        "Arrived at the sorting centre",
        "Left the sorting centre",
    ]
    assert [entry.phrase for entry in parcel.earlier] == ["Picked up by UPS", "Label made"]
    assert [plain(entry.when) for entry in parcel.latest] == [
        "today 6:01 AM",
        "yesterday 5:01 AM",
        "Fri 3:01 AM",
    ]
    assert parcel.latest[2].said == "Departed facility"


def test_times_carry_their_instant_for_the_readers_own_zone():
    entry = page(scenes.in_transit(NOW)).parcels[0].latest[0]

    assert '<time datetime="2026-11-22T14:01:00+00:00" data-t="when">' in entry.when


def test_a_time_without_an_offset_is_shown_as_the_carrier_told_it():
    order = scenes.order(NOW)
    scan = ScanData(
        status=Status.IN_TRANSIT,
        local=datetime.fromisoformat("2026-11-20T16:05"),
        place=Place("Lyon", "", "FR"),
    )
    add_scans(shipment_id=scenes.parcel(order, NOW).pk, scans=[scan], source="easypost", at=NOW)
    entry = page(order).parcels[0].latest[0]

    assert entry.local
    assert (plain(entry.when), entry.place) == ("Nov 20, 4:05 PM", "Lyon, France")
    assert 'datetime="2026-11-20T16:05:00"' in entry.when and "data-t" not in entry.when


def test_what_the_shop_passed_on_gives_way_to_the_carriers_own_scans():
    order = scenes.order(NOW)
    shipment = scenes.parcel(order, NOW, fulfillment_external_id="77")
    told = ScanData(status=Status.IN_TRANSIT, at=NOW - timedelta(hours=9), message="From the shop")
    record_shop_scan(
        store=order.store, data=ScanFact(order.external_id, "77", told), source="shopify", at=NOW
    )
    assert [entry.said for entry in page(order).parcels[0].latest] == ["From the shop"]

    scenes.scanned(shipment, NOW, (3, Status.IN_TRANSIT, "From the carrier", scenes.DENVER))
    assert [entry.said for entry in page(order).parcels[0].latest] == ["From the carrier"]


# --- the picture of the route


def test_the_route_names_its_ends_and_where_it_is():
    route = page(scenes.in_transit(NOW)).parcels[0].route

    assert route.words == "From Memphis to Portland. Now in Denver."
    assert [(stop.label, stop.kind) for stop in route.stops] == [
        ("Memphis", "passed"),
        ("Denver", "here"),
        ("Portland", "ahead"),
    ]


def test_in_the_town_is_not_at_the_door():
    stops = page(scenes.out_for_delivery(NOW)).parcels[0].route.stops

    assert [stop.kind for stop in stops if stop.label == "Portland"] == ["ahead"]
    assert stops[-1].kind == "here" and not stops[-1].label


def test_the_way_back_and_unknown_places_have_no_picture():
    assert page(scenes.returning(NOW)).parcels[0].route is None
    order = scenes.order(NOW)
    scenes.parcel(order, NOW, origin={}, destination={})
    assert page(order).parcels[0].route is None


def test_a_long_way_keeps_its_start_and_its_last_stops():
    order = scenes.order(NOW)
    steps = [(60 - n, Status.IN_TRANSIT, "Departed", Place(f"Town {n}", "", "US")) for n in range(20)]
    scenes.scanned(scenes.parcel(order, NOW), NOW, *steps)
    labels = [stop.label for stop in page(order).parcels[0].route.stops]

    assert (len(labels), labels[0], labels[-2], labels[-1]) == (7, "Memphis", "Town 19", "Portland")


# --- money, places, people


@pytest.mark.parametrize(
    ("subtotal", "discount", "tax", "total", "rows"),
    [
        (14400, 1000, 1120, 15020, ["$144.00", "−$10.00", "$5.00", "$11.20", "$150.20"]),
        (13400, 1000, 1120, 15020, ["$144.00", "−$10.00", "$5.00", "$11.20", "$150.20"]),
        (14400, 0, 2000, 14900, ["$144.00", "$5.00", "$149.00", "$20.00"]),
        (14400, 0, 0, 14900, ["$144.00", "$5.00", "$149.00"]),
    ],
)
def test_the_bill_adds_up_however_the_shop_counts(subtotal, discount, tax, total, rows):
    order = scenes.order(
        NOW, subtotal_minor=subtotal, discount_minor=discount, tax_minor=tax, total_minor=total
    )

    assert [row.amount for row in page(order).bill] == rows


def test_sums_and_dates_follow_the_language():
    shown = page(scenes.german(NOW), language="de")

    assert shown.answer.headline == "Kommt bis Dienstag, 24. November"
    assert shown.bill[-1].amount == "150,20\xa0€"
    assert page(scenes.in_transit(NOW), language="fr").answer.headline == "Arrive le mardi 24 novembre"


def test_a_discounted_line_split_over_parcels_loses_no_cent():
    order = scenes.order(NOW)
    order.lines.filter(position=0).update(discount_minor=101)
    scenes.parcel(order, NOW, lines={0: 1})
    shown = page(order)

    prices = [
        item.price for item in [*shown.parcels[0].items, *shown.waiting] if item.title == "Brass lantern"
    ]
    assert prices == ["$47.50", "$47.49"]


def test_pictures_come_from_the_line_then_the_product_and_only_over_https():
    order = scenes.order(NOW)
    lines = list(order.lines.order_by("position"))
    lines[0].product = ProductFactory(store=order.store, image_url="https://cdn.example/lantern.jpg")
    lines[0].image_url = "http://cdn.example/plain.jpg"
    lines[0].save()
    OrderLineFactory(order=order, position=5, image_url="javascript:alert(1)")

    assert [item.image for item in page(order).waiting] == ["https://cdn.example/lantern.jpg", "", ""]


def test_an_address_abroad_names_its_country_and_is_written_the_way_there():
    order = scenes.german(NOW)
    assert page(order, language="de").going_to.place == "82467 Garmisch-Partenkirchen"

    order.store.country = "US"
    order.store.save()
    assert page(order, language="de").going_to.place == "82467 Garmisch-Partenkirchen, Deutschland"
    assert page(order, level=Level.VIEW).going_to == replace(
        page(order, level=Level.VIEW).going_to,
        name="",
        lines=(),
        place="Garmisch-Partenkirchen, Bayern, Germany",
    )


@pytest.mark.parametrize(
    ("email", "masked"),
    [("ada@example.com", "a•••@e•••.com"), ("a@b.co.uk", "a•••@b•••.uk"), ("", ""), ("nonsense", "")],
)
def test_a_masked_address_is_known_to_its_owner_only(email, masked):
    assert mask(email) == masked


def test_an_unknown_currency_or_language_does_not_break_the_page():
    order = scenes.order(NOW, currency="XQX")

    assert page(order, language="tlh").bill[-1].amount == "150.20 XQX"
