"""What the page says in every state, in plain words. The scenes are built through the services."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from tests.factories.tracking import OrderLineFactory, ProductFactory
from tests.tracking import scenes
from tracking.carriers.base import Place, ScanData
from tracking.presentation import Level, build_page, voice_for
from tracking.presentation.page import mask
from tracking.services import add_scans, record_shop_scan
from tracking.shops.base import ScanFact
from tracking.views.loading import load
from tracking.vocabulary import Reason, Status

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 18, 1, tzinfo=UTC)  # a Sunday, 10:01 in Portland
ZONE = ZoneInfo("America/Los_Angeles")


def page(order, *, level=Level.ACT, language="en", at=NOW):
    order.refresh_from_db()
    with translation.override(language):
        voice = voice_for(
            language=language, country=order.ship_to.get("country", ""), zone=order.store.zone, at=at
        )
        return build_page(load([order])[0], voice, level)


def plain(words) -> str:
    return re.sub(r"<[^>]+>", "", " ".join(words) if isinstance(words, tuple) else str(words)).replace(
        "\u202f", " "
    )


def said(shown) -> str:
    return plain(shown.answer.sentences)


@pytest.mark.parametrize(
    ("scene", "pill", "tone", "headline"),
    [
        ("in_transit", "On its way", "good", "Arrives Tuesday, November 24"),
        ("two_parcels", "On its way", "good", "First parcel arrives on Tuesday, November 24"),
        ("out_for_delivery", "Out for delivery", "good", "Arrives today"),
        ("delivered", "Delivered", "good", "Delivered yesterday"),
        ("with_neighbour", "Delivered", "good", "Delivered today"),
        ("late", "Running late", "warn", "Now arrives Wednesday, November 25"),
        ("overdue", "Running late", "warn", "It should be here by now"),
        ("attempted", "Delivery attempted", "warn", "UPS tried to deliver"),
        ("pickup", "Ready to collect", "good", "Ready to collect"),
        ("address_problem", "Held up", "bad", "The address needs a check"),
        ("returning", "On its way back", "warn", "On its way back to us"),
        ("cancelled", "Cancelled", "calm", "This order was cancelled"),
        ("nothing_shipped", "Confirmed", "calm", "We are getting it ready"),
        ("label_made", "Packed", "calm", "Packed and ready to go"),
        ("one_hand_over", "On its way", "good", "Both parcels arrive on Tuesday, November 24"),
    ],
)
def test_the_answer_comes_first(scene, pill, tone, headline):
    answer = page(scenes.SCENES[scene](NOW)).answer

    assert (answer.pill, answer.tone, answer.headline) == (pill, tone, headline)


def test_on_time_it_says_when_and_where_it_was_seen():
    assert said(page(scenes.in_transit(NOW))) == (
        "Most likely between 10 AM and 2 PM. Last seen today 6:01 AM in Denver, CO. It is on time."
    )


def test_late_it_owns_up_says_why_and_what_is_done():
    answer = page(scenes.late(NOW)).answer

    assert answer.was == "Monday, November 23"
    assert plain(answer.sentences).startswith("Bad weather is slowing parcels down on its route.")
    assert answer.doing == "We are watching it, and write to you if the day moves again."


def test_overdue_it_strikes_the_broken_day_and_never_claims_to_be_on_time():
    shown = page(scenes.overdue(NOW))

    assert shown.answer.was == "Saturday, November 21"
    assert "on time" not in said(shown)
    assert not shown.windows


def test_a_window_that_moved_forward_is_no_delay():
    order = scenes.order(NOW)
    shipment = scenes.scanned(
        scenes.parcel(order, NOW), NOW, *scenes.WAY, eta_in=4, told_at=NOW - timedelta(hours=9)
    )
    scenes.scanned(shipment, NOW, eta_in=2)

    assert page(order).answer.headline == "Arrives Tuesday, November 24"
    assert page(order).answer.was == ""


def test_a_delay_is_measured_against_the_last_better_promise():
    order = scenes.order(NOW)
    shipment = scenes.parcel(order, NOW)
    for hours, days in ((9, 4), (8, 1), (7, 3)):
        scenes.scanned(shipment, NOW, *scenes.WAY, eta_in=days, told_at=NOW - timedelta(hours=hours))

    assert page(order).answer.was == "Monday, November 23"


def test_a_range_of_days_promises_its_end():
    order = scenes.order(NOW)
    scenes.scanned(scenes.parcel(order, NOW), NOW, *scenes.WAY, eta_in=(2, 4))

    assert page(order).answer.headline == "Arrives by Thursday, November 26"
    assert said(page(order)).startswith("It could come as early as Tuesday, November 24.")


def test_of_several_parcels_the_one_that_needs_the_shopper_speaks():
    order = scenes.order(NOW)
    scenes.scanned(scenes.parcel(order, NOW, lines={0: 2}), NOW, *scenes.WAY, eta_in=1)
    scenes.scanned(
        scenes.parcel(order, NOW, lines={1: 1}),
        NOW,
        *scenes.way(9),
        (3, Status.ATTEMPTED, "No access", scenes.PORTLAND),
        reason=Reason.NOT_HOME,
    )
    shown = page(order)

    assert shown.answer.headline == "UPS tried to deliver"
    assert said(shown).startswith("This is about parcel 2 of 2.")
    assert shown.lead.title == "Parcel 2 of 2"


def test_arrived_parcels_are_counted_and_the_next_named():
    order = scenes.order(NOW)
    scenes.scanned(
        scenes.parcel(order, NOW, lines={0: 1}), NOW, (5, Status.DELIVERED, "Delivered", scenes.PORTLAND)
    )
    scenes.scanned(scenes.parcel(order, NOW, lines={0: 1}), NOW, *scenes.WAY, eta_in=1)
    scenes.scanned(scenes.parcel(order, NOW, lines={1: 1}), NOW, *scenes.WAY, eta_in=3)
    shown = page(order)

    assert shown.answer.headline == "Next parcel arrives tomorrow"
    assert said(shown).startswith("1 of 3 parcels has arrived.")
    assert said(shown).endswith("The other parcel is due on Wednesday, November 25.")


def test_all_arrived_is_said_in_one_breath():
    order = scenes.order(NOW)
    for position, quantity in ((0, 2), (1, 1)):
        step = (5, Status.DELIVERED, "Delivered", scenes.PORTLAND)
        scenes.scanned(scenes.parcel(order, NOW, lines={position: quantity}), NOW, step)

    assert page(order).answer.headline == "Delivered today"
    assert said(page(order)).startswith("Both parcels have arrived.")


def test_what_no_parcel_carries_is_still_to_come():
    shown = page(scenes.label_made(NOW))

    assert [(item.title, item.quantity) for item in shown.waiting] == [("Pine candle", 1)]
    assert said(shown).endswith("1 item is still being packed.")


def test_a_called_off_parcel_gives_its_items_back_to_the_waiting():
    order = scenes.order(NOW)
    scenes.scanned(scenes.parcel(order, NOW), NOW, (5, Status.CANCELLED, "Shipment voided", scenes.MEMPHIS))
    shown = page(order)

    assert shown.parcels == []
    assert [item.quantity for item in shown.waiting] == [2, 1]
    assert shown.answer.headline == "We are getting it ready"


def test_one_hand_over_in_two_parcels_says_that_they_share_its_items():
    first, second = page(scenes.one_hand_over(NOW)).parcels

    assert (first.shared, len(first.items)) == ("These items travel in 2 parcels.", 2)
    assert (second.shared, second.items) == ("This parcel carries a part of the same items.", [])
    assert page(scenes.one_hand_over(NOW)).waiting == []


def test_a_gift_card_comes_by_mail_and_is_not_waited_for():
    shown = page(scenes.gift(NOW))

    assert [item.title for item in shown.without_parcel] == ["Gift card"]
    assert shown.waiting == []


def test_an_order_of_downloads_alone_is_done():
    order = scenes.order(NOW)
    order.lines.update(requires_shipping=False)

    assert (page(order).answer.headline, page(order).steps) == ("All done", ())


def test_a_parcel_without_a_number_says_so():
    order = scenes.order(NOW)
    scenes.parcel(order, NOW, tracking_number="", tracking_key="", tracking_url="")
    shown = page(order)

    assert shown.answer.headline == "Sent on Thursday, November 19"
    assert "without a tracking number" in said(shown)
    assert [step.state for step in shown.steps] == ["done", "done", "current", "todo", "todo"]


@pytest.mark.parametrize(
    ("scene", "states"),
    [
        ("nothing_shipped", "current todo todo todo todo"),
        ("label_made", "done current todo todo todo"),
        ("in_transit", "done done done current todo"),
        ("delivered", "done done done done current"),
        ("returning", "done done done current todo"),
    ],
)
def test_the_five_steps_follow(scene, states):
    steps = page(scenes.SCENES[scene](NOW)).steps

    assert " ".join(step.state for step in steps) == states


def test_a_cancelled_order_has_no_steps():
    assert page(scenes.cancelled(NOW)).steps == ()


# --- how it was handed over ----------------------------------------------------------------------------------------


def test_the_signature_is_shown_to_the_buyer_alone():
    order = scenes.delivered(NOW)

    assert said(page(order)) == "Signed for by A. Lovelace (10:01 AM)."
    assert said(page(order, level=Level.VIEW)) == "Somebody signed for it (10:01 AM)."
    assert said(page(order, level=Level.SHARE)) == "Somebody signed for it (10:01 AM)."


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (Reason.NEIGHBOUR, "It is with a neighbour"),
        (Reason.SAFE_PLACE, "It was left in a safe place"),
        (Reason.LOCKER, "It is in a parcel locker"),
        ("", "UPS handed it over in Portland, OR"),
    ],
)
def test_the_hand_over_is_described(reason, words):
    order = scenes.order(NOW)
    step = (3, Status.DELIVERED, "Delivered", scenes.PORTLAND)
    scenes.scanned(scenes.parcel(order, NOW), NOW, step, reason=reason)

    assert said(page(order)) == f"{words} (7:01 AM)."


@pytest.mark.parametrize("reason", list(Reason))
@pytest.mark.parametrize("action", [True, False])
def test_every_reason_to_be_held_up_has_a_headline_and_a_next_step(reason, action):
    order = scenes.order(NOW)
    step = (3, Status.EXCEPTION, "Problem", scenes.PORTLAND)
    scenes.scanned(scenes.parcel(order, NOW), NOW, step, reason=reason, action=action)
    answer = page(order).answer

    assert answer.tone == "bad"
    assert len(answer.sentences[0]) > 20
    assert "%" not in answer.headline + answer.sentences[0]


@pytest.mark.parametrize("status", list(Status))
def test_every_status_can_be_shown_to_everyone_in_every_language(status):
    order = scenes.order(NOW)
    shipment = scenes.parcel(order, NOW)
    step = (3, status, "Something happened", scenes.PORTLAND)
    scenes.scanned(shipment, NOW, step)
    type(shipment).objects.filter(pk=shipment.pk).update(status=status)

    for level in Level:
        for language in ("en", "de", "fr"):
            answer = page(order, level=level, language=language).answer
            assert answer.headline and answer.pill
            assert "%(" not in plain((answer.headline, *answer.sentences))


# --- the timeline ----------------------------------------------------------------------------------------------------


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
        status=Status.IN_TRANSIT, local=datetime(2026, 11, 20, 16, 5), place=Place("Lyon", "", "FR")
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


# --- the picture of the route --------------------------------------------------------------------------------------


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


# --- money, places, people -----------------------------------------------------------------------------------------


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
