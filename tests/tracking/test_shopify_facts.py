"""Shopify's hand-overs, scans, products, stock and customers, and the topics that are not read."""

from datetime import UTC, datetime

import pytest

from tests.tracking.shopify_bodies import parse, payload
from tracking.carriers.base import Place
from tracking.shops.base import (
    BadPayload,
    CustomerData,
    FulfillmentData,
    Ignored,
    ProductData,
    ScanFact,
    StockData,
)
from tracking.shops.shopify import Shopify
from tracking.vocabulary import Reason, Status


# --- hand-overs and scans
def test_a_hand_over_is_read_whole():
    made = parse("fulfillments/create", payload("fulfillments_create"))

    assert isinstance(made, FulfillmentData)
    assert (made.external_id, made.order_external_id) == ("4410099200188001", "5820982911946154508")
    assert made.lines == (("15310028877610001", 1), ("15310028877610002", 3))
    assert made.tracking_numbers == ("986578788855", "477179081230")
    assert made.carrier_name == "FedEx"
    assert made.service == ""  # "manual" is no service
    assert made.created_at == datetime(2026, 3, 10, 18, 20, tzinfo=UTC)
    assert made.destination == Place("Portland", "OR", "US", "97209")
    assert made.origin == Place("Astoria", "OR", "US", "97103")
    assert not made.cancelled


def test_links_stay_with_their_numbers_and_only_web_addresses_are_links():
    made = parse("fulfillments/create", payload("fulfillments_create"))

    assert made.tracking_urls == ("https://www.fedex.com/fedextrack/?trknbr=986578788855", "")


@pytest.mark.parametrize(
    ("single", "several", "numbers"),
    [
        (" A1 ", None, ("A1",)),
        (None, ["A1", " A1", "B2", "", None], ("A1", "B2")),
        ("C3", ["A1", "B2"], ("A1", "B2", "C3")),
        (None, None, ()),
        (12345, [], ("12345",)),
    ],
)
def test_tracking_numbers_are_merged_each_once_and_in_order(single, several, numbers):
    told = payload(
        "fulfillments_create", tracking_number=single, tracking_numbers=several, tracking_urls=None
    )

    assert parse("fulfillments/update", told).tracking_numbers == numbers


@pytest.mark.parametrize(
    ("status", "cancelled"),
    [
        ("success", False),
        ("pending", False),
        ("open", False),
        (None, False),
        ("new word", False),
        ("cancelled", True),
        ("error", True),
        ("failure", True),
    ],
)
def test_a_hand_over_taken_back_is_cancelled(status, cancelled):
    assert parse("fulfillments/update", payload("fulfillments_create", status=status)).cancelled is cancelled


def test_a_hand_over_without_its_order_is_refused_alone_and_completed_inside():
    told = payload("fulfillments_create", order_id=None)

    with pytest.raises(BadPayload, match="names no order"):
        parse("fulfillments/create", told)
    whole = parse("orders/create", payload("orders_create", fulfillments=[told]))
    assert whole.fulfillments[0].order_external_id == "5820982911946154508"


def test_a_scan_the_shop_passes_on_is_read_whole():
    fact = parse("fulfillment_events/create", payload("fulfillment_events_create"))

    assert isinstance(fact, ScanFact)
    assert (fact.order_external_id, fact.fulfillment_external_id) == (
        "5820982911946154508",
        "4410099200188001",
    )
    assert fact.eta_at == datetime(2026, 3, 13, 0, 0, tzinfo=UTC)
    assert fact.scan.at == datetime(2026, 3, 12, 13, 41, tzinfo=UTC)
    assert (fact.scan.status, fact.scan.code, fact.scan.message) == (
        Status.OUT_FOR_DELIVERY,
        "out_for_delivery",
        "On the van",
    )
    assert fact.scan.place == Place("Portland", "OR", "US", "97209")


@pytest.mark.parametrize(
    ("word", "status", "reason"),
    [
        ("label_printed", Status.INFO_RECEIVED, ""),
        ("label_purchased", Status.INFO_RECEIVED, ""),
        ("confirmed", Status.INFO_RECEIVED, ""),
        ("carrier_picked_up", Status.IN_TRANSIT, ""),
        ("in_transit", Status.IN_TRANSIT, ""),
        ("delayed", Status.IN_TRANSIT, Reason.CARRIER_DELAY),
        ("attempted_delivery", Status.ATTEMPTED, Reason.UNKNOWN),
        ("ready_for_pickup", Status.READY_FOR_PICKUP, ""),
        ("picked_up", Status.DELIVERED, ""),
        ("delivered", Status.DELIVERED, ""),
        ("failure", Status.EXCEPTION, Reason.UNKNOWN),
        ("returning_to_sender", Status.RETURNING, ""),
        ("teleported", Status.UNKNOWN, ""),
        (None, Status.UNKNOWN, ""),
    ],
)
def test_each_word_of_a_scan_has_ours(word, status, reason):
    scan = parse("fulfillment_events/create", payload("fulfillment_events_create", status=word)).scan

    assert (scan.status, scan.reason, scan.code) == (status, reason, word or "")


# --- products, stock, customers
def test_a_product_is_read_whole():
    made = parse("products/update", payload("products_update"))

    assert isinstance(made, ProductData)
    assert (made.external_id, made.title, made.handle) == (
        "9100200300400501",
        "Brass lantern",
        "brass-lantern",
    )
    assert made.description == "Burns all night & then some.\nHolds 1 l.\nMade in Astoria."
    assert (made.tags, made.status, made.url) == (("brass", "outdoor"), "active", "")
    assert made.image_url == "https://cdn.example.com/lantern.jpg"
    small, large = made.variants
    assert (small.title, small.options, small.price_minor, small.weight_g) == ("Small", ("Small",), 3200, 566)
    assert (large.sku, large.inventory_item_id, large.weight_g) == ("LANTERN-L", "46012", 900)


def test_a_variant_shows_its_own_picture():
    small, large = parse("products/update", payload("products_update")).variants

    assert small.image_url == "https://cdn.example.com/lantern-small.jpg"  # by image_id
    assert large.image_url == "https://cdn.example.com/lantern-large.jpg"  # by variant_ids


def test_variants_beyond_the_hundredth_are_named_and_not_gone():
    assert parse("products/update", payload("products_update")).undescribed_variants == ("44120033009900102",)
    assert parse("products/update", payload("products_update", variant_gids=None)).undescribed_variants == ()


def test_a_product_without_variants_does_not_show_shopifys_word_for_it():
    only = [{"id": 1, "title": "Default Title", "option1": "Default Title", "price": "5.00"}]

    variant = parse("products/create", payload("products_update", variants=only)).variants[0]
    assert (variant.title, variant.options, variant.price_minor) == ("", (), 500)


@pytest.mark.parametrize(
    "markup",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<style>p{}</style>",
        "<svg/onload=alert(1)>",
        "<" * 9000,
        "<div>" * 9000,
        "<!--",
    ],
)
def test_a_description_is_words_only(markup):
    words = parse(
        "products/update", payload("products_update", body_html=f"<p>Before</p>{markup}")
    ).description

    assert words.startswith("Before")
    assert "alert" not in words
    assert "p{}" not in words


def test_a_stock_level_may_be_below_zero_and_may_not_be_counted():
    level = parse("inventory_levels/update", payload("inventory_levels_update"))

    assert isinstance(level, StockData)
    assert (level.inventory_item_id, level.location_external_id, level.available) == ("46012", "65011", -2)
    uncounted = parse("inventory_levels/connect", payload("inventory_levels_update", available=None))
    assert uncounted == Ignored("Shopify does not count item 46012 at location 65011.")


@pytest.mark.parametrize("topic", ["create", "update", "enable", "disable"])
def test_a_customer_is_read_whole(topic):
    made = parse(f"customers/{topic}", payload("customers_update"))

    assert isinstance(made, CustomerData)
    assert (made.external_id, made.name, made.language) == ("7731902284455123461", "Maren Okafor", "pt-BR")
    assert (made.email, made.email_verified, made.phone) == ("maren@example.com", True, "+15035550142")
    assert made.version.startswith("2026-03-09T15:01:12")


@pytest.mark.parametrize(
    ("changes", "granted"),
    [
        ({"email_marketing_consent": {"state": "subscribed"}}, [True]),
        ({"email_marketing_consent": {"state": "unsubscribed"}}, [False]),
        ({"email_marketing_consent": {"state": "redacted"}}, [False]),
        ({"email_marketing_consent": {"state": "not_subscribed"}}, []),
        ({"email_marketing_consent": {"state": "pending"}, "accepts_marketing": True}, []),
        ({"email_marketing_consent": None, "accepts_marketing": True}, [True]),
        ({"email_marketing_consent": None, "accepts_marketing": False}, []),
        (
            {
                "email_marketing_consent": None,
                "accepts_marketing": False,
                "accepts_marketing_updated_at": "2026-03-09T08:01:10Z",
            },
            [False],
        ),
    ],
)
def test_only_what_was_said_counts_as_consent(changes, granted):
    told = payload("customers_update", sms_marketing_consent=None, **changes)

    said = parse("customers/update", told).consents
    assert [consent.granted for consent in said] == granted
    assert all(consent.said_at for consent in said)


@pytest.mark.parametrize("told", ["not an address", "@", "a b@c.de", "x" * 250 + "@example.com", "", None])
def test_what_is_no_email_address_is_left_out(told):
    assert parse("customers/update", payload("customers_update", email=told)).email == ""


# --- topics
@pytest.mark.parametrize(
    ("topic", "words"),
    [
        ("order_transactions/create", "read from the order"),
        ("customers/purchasing_summary", "counted here"),
        ("fulfillment_orders/moved", "read from the order"),
        ("carts/create", "not an order yet"),
        ("orders/teleported", "Shopify topic orders/teleported is not known here"),
        ("audit/frobnicated", "Shopify topic audit/frobnicated is not known here"),
        ("", "named no topic"),
    ],
)
def test_a_topic_that_is_not_read_says_why_whatever_its_body(topic, words):
    for body in (b"", b"{", b"{}", b"\xff"):
        (fact,) = Shopify().parse(topic, body)
        assert isinstance(fact, Ignored)
        assert words in fact.reason
