"""Shopify's orders: what a body becomes, and which of two bodies is newer."""

import json
from datetime import UTC, datetime
from itertools import permutations

import pytest

from tests.tracking.shopify_bodies import parse, payload
from tracking.shops.base import (
    AddressData,
    BadPayload,
    ConsentData,
    CustomerData,
    OrderData,
)
from tracking.shops.shopify import Shopify

ORDER_TOPICS = [
    "cancelled",
    "create",
    "fulfilled",
    "link_requested",
    "paid",
    "partially_fulfilled",
    "updated",
]


def order(**changes) -> OrderData:
    return parse("orders/updated", payload("orders_create", **changes))


# --- orders
def test_an_order_is_read_whole():
    made = order()

    assert made.external_id == "5820982911946154508"
    assert made.number == "#HP1042"
    assert made.placed_at == datetime(2026, 3, 9, 15, 1, 9, tzinfo=UTC)
    assert (made.email, made.phone, made.language) == ("maren@example.com", "+15035550142", "en-US")
    assert (made.currency, made.subtotal_minor, made.discount_minor) == ("USD", 14419, 631)
    assert (made.shipping_minor, made.tax_minor, made.total_minor) == (700, 120, 15239)
    assert (made.payment_status, made.cancelled_at, made.cancel_reason) == ("paid", None, "")
    assert made.tags == ("vip", "gift wrap")
    assert made.discount_codes == ("SPRING10",)
    assert made.note == "Please ring twice."
    assert made.ship_to == AddressData(
        "Maren Okafor", ("418 Foundry Lane", "Flat 3"), "Portland", "OR", "97209", "US"
    )


def test_lines_know_what_was_bought_what_is_still_wanted_and_their_share_of_discounts():
    lantern, oil, card = order().lines

    assert (lantern.ordered_quantity, lantern.quantity) == (2, 1)
    assert (lantern.unit_price_minor, lantern.discount_minor, lantern.tax_minor) == (4800, 481, 120)
    assert (lantern.product_external_id, lantern.variant_external_id) == (
        "9100200300400501",
        "44120033009900101",
    )
    assert (lantern.title, lantern.variant_title, lantern.sku) == ("Brass lantern", "Large", "LANTERN-L")
    assert (oil.discount_minor, oil.variant_title) == (150, "")
    assert (card.gift_card, card.requires_shipping) == (True, False)


def test_the_customer_comes_with_the_order_and_with_what_they_allowed():
    buyer = order().customer

    assert buyer.external_id == "7731902284455123461"
    assert (buyer.name, buyer.email, buyer.email_verified) == ("Maren Okafor", "maren@example.com", True)
    assert buyer.consents == (
        ConsentData("email", True, datetime(2025, 11, 2, 17, 13, 30, tzinfo=UTC)),
        ConsentData("sms", False, datetime(2026, 1, 16, 1, 40, tzinfo=UTC)),
    )


def test_a_guest_is_known_by_what_the_order_says():
    guest = order(customer=None, email=None, buyer_accepts_marketing=False)

    assert guest.email == "maren@example.com"  # contact_email
    assert guest.customer == CustomerData(
        email="maren@example.com", phone="+15035550142", name="Maren Okafor", language="en-US"
    )


def test_a_ticked_box_is_a_yes_and_an_empty_one_is_silence():
    said_at = datetime(2026, 3, 9, 15, 1, 9, tzinfo=UTC)

    assert order(customer=None).customer.consents == (ConsentData("email", True, said_at),)
    assert order(customer=None, buyer_accepts_marketing=False).customer.consents == ()
    assert order(customer=None, buyer_accepts_marketing=None).customer.consents == ()


def test_everything_that_may_be_null_may_be_null():
    bare = {"id": 1, "created_at": "2026-03-09T08:01:10-07:00"}
    keys = payload("orders_create").keys() - bare.keys()

    made = parse("orders/create", bare | dict.fromkeys(keys))
    assert (made.number, made.currency, made.lines, made.total_minor) == ("1", "USD", (), 0)
    assert made.ship_to == AddressData()


def test_shipping_is_added_up_where_no_total_is_told():
    lines = [
        {"price": "7.00"},
        {"price": "2.50", "price_set": None},
        {"price": "9.00", "is_removed": True},
        None,
    ]

    assert order(total_shipping_price_set=None, shipping_lines=lines).shipping_minor == 950
    assert order(total_shipping_price_set=None, shipping_lines=None).shipping_minor == 0


@pytest.mark.parametrize(
    ("currency", "price", "minor"), [("JPY", "4800", 4800), ("KWD", "4.800", 4800), ("EUR", 48, 4800)]
)
def test_money_follows_the_orders_currency(currency, price, minor):
    told = payload("orders_create", currency=currency, total_price=price)
    told["line_items"] = []

    assert parse("orders/create", told).total_minor == minor


def test_an_amount_written_as_a_number_keeps_its_cent():
    assert order(total_price=1.15).total_minor == 115
    assert order(total_price=8.295).total_minor == 830


@pytest.mark.parametrize("topic", ORDER_TOPICS)
def test_every_topic_that_carries_an_order_reads_it_the_same(topic):
    told = payload("orders_create")

    assert parse(f"orders/{topic}", told) == parse("orders/create", told)


@pytest.mark.parametrize(
    "changes",
    [
        {"id": None},
        {"id": 5.8e18},
        {"id": 12.0},
        {"id": True},
        {"id": ""},
        {"id": "x" * 65},
        {"id": [1]},
        {"currency": "XXXX"},
        {"total_price": "many"},
        {"total_price": "NaN"},
        {"total_price": "1e30"},
        {"total_price": "99999999999999999999"},
        {"updated_at": "yesterday"},
        {"line_items": {}},
        {"line_items": ["x"]},
        {"line_items": [{"id": None}]},
        {"line_items": [{"id": 1, "quantity": -1}]},
        {"tags": {}},
        {"customer": []},
        {"line_items": [{"id": 1, "quantity": 1.5}]},
        {"line_items": [{"id": 1, "quantity": 10**10}]},
        {"fulfillments": [{"id": None}]},
        {"shipping_address": "here"},
        {"processed_at": 1},
    ],
    ids=str,
)
def test_a_body_that_cannot_be_true_is_refused_in_words(changes):
    with pytest.raises(BadPayload, match=r"\w+ .*\w+"):
        order(**changes)


def test_ids_are_text_to_the_last_digit():
    assert order(id=9007199254740993).external_id == "9007199254740993"
    assert order(id="gid-7").external_id == "gid-7"


# --- versions
def test_the_state_of_the_body_breaks_a_tie_and_never_the_topic():
    told = {
        "open": payload("orders_create", financial_status="pending"),
        "paid": payload("orders_create"),
        "shipped": payload("orders_create", fulfillment_status="fulfilled"),
        "cancelled": payload("orders_cancelled"),
    }
    assert len({body["updated_at"] for body in told.values()}) == 1

    for topics in permutations(["orders/create", "orders/paid", "orders/updated", "orders/cancelled"]):
        made = {
            name: parse(topic, body).version for topic, (name, body) in zip(topics, told.items(), strict=True)
        }
        assert sorted(made, key=made.get) == ["open", "paid", "shipped", "cancelled"]


def test_a_later_change_is_newer_whatever_it_says():
    cancelled = parse("orders/cancelled", payload("orders_cancelled"))

    assert order(updated_at="2026-03-09T08:01:13-07:00").version > cancelled.version


def test_the_same_content_has_the_same_version_however_it_is_written():
    told = payload("orders_create")
    shop = Shopify([], "USD")
    tight = json.dumps(dict(reversed(told.items())), separators=(",", ":"), ensure_ascii=False).encode()

    assert shop.parse("orders/create", tight) == shop.parse(
        "orders/updated", json.dumps(told, indent=3).encode()
    )


def test_a_hand_over_has_one_version_by_itself_and_inside_its_order():
    alone = payload("fulfillments_create")
    inside = payload("orders_updated", fulfillments=[alone])

    assert parse("orders/updated", inside).fulfillments == (parse("fulfillments/create", alone),)


def test_the_fuller_report_of_one_second_is_the_newer_one():
    inside = parse("orders/updated", payload("orders_updated")).fulfillments[0]
    alone = parse("fulfillments/create", payload("fulfillments_create"))
    numberless = payload("fulfillments_create", tracking_number=None, tracking_numbers=[], tracking_urls=None)
    gone = parse("fulfillments/update", payload("fulfillments_create", status="cancelled"))

    assert inside.version < alone.version < gone.version
    assert parse("fulfillments/create", numberless).version < inside.version
