"""WooCommerce's orders, products and customers: what a body becomes, and which of two bodies is newer."""

import json
from datetime import UTC, datetime
from itertools import permutations

import pytest

from tests.tracking.woocommerce_bodies import facts, order, payload
from tracking.shops.base import AddressData, BadPayload, CustomerData, Ignored, ProductData, StockData
from tracking.shops.woocommerce import WooCommerce


# --- orders
def test_an_order_is_read_whole():
    made = order()

    assert (made.external_id, made.number) == ("1042", "HP-1042")
    assert made.placed_at == datetime(2026, 3, 9, 15, 1, 9, tzinfo=UTC)
    assert (made.email, made.phone, made.language) == ("maren@example.com", "+15035550142", "")
    assert (made.currency, made.subtotal_minor, made.discount_minor) == ("USD", 10700, 963)
    assert (made.shipping_minor, made.tax_minor, made.total_minor) == (700, 240, 10677)
    assert (made.payment_status, made.cancelled_at) == ("paid", None)
    assert made.discount_codes == ("spring10",)
    assert made.note == "Please ring twice."
    assert made.ship_to == AddressData(
        "Maren Okafor", ("418 Foundry Lane", "Flat 3"), "Portland", "OR", "97209", "US"
    )
    assert made.customer == CustomerData("25", "maren@example.com", phone="+15035550142", name="Maren Okafor")
    assert made.fulfillments == ()


def test_lines_know_their_price_before_discounts_and_what_they_are_of():
    lantern, oil = order().lines

    assert (lantern.title, lantern.variant_title) == ("Harbour Lantern", "Brass, Large")
    assert (lantern.quantity, lantern.ordered_quantity) == (2, 2)
    assert (lantern.unit_price_minor, lantern.discount_minor, lantern.tax_minor) == (4800, 960, 240)
    assert (lantern.product_external_id, lantern.variant_external_id) == ("501", "503")
    assert (lantern.sku, lantern.image_url) == (
        "LAN-BR-L",
        "https://shop.example/wp-content/uploads/lantern.jpg",
    )
    # A product without variations is its own only variant, and entities are not shown to people.
    assert (oil.title, oil.product_external_id, oil.variant_external_id) == (
        "Lamp Oil – 250 ml",
        "510",
        "510",
    )
    assert (oil.unit_price_minor, oil.discount_minor) == (1100, 3)


def test_the_sums_of_an_order_add_up_with_tax_outside_and_inside():
    outside, inside = order(), order(prices_include_tax=True)

    assert (
        outside.subtotal_minor - outside.discount_minor + outside.shipping_minor + outside.tax_minor == 10677
    )
    # The shopper saw the tax in every price: 96.00 + 2.40 for the two lanterns.
    assert inside.lines[0].unit_price_minor == 4920
    assert inside.subtotal_minor - inside.discount_minor + inside.shipping_minor == 10677


def test_a_fee_is_part_of_what_the_goods_cost():
    fee = {"id": 20, "name": "Gift wrap", "total": "4.00", "total_tax": "0.00"}

    assert order(fee_lines=[fee]).subtotal_minor == 11100


@pytest.mark.parametrize("local", ["1999-01-01T00:00:00", "no time at all"])
def test_local_times_are_never_read(local):
    changed = order(date_created=local, date_modified=local, date_paid=local)

    assert changed.placed_at == order().placed_at
    assert changed.version[:28] == order().version[:28]


@pytest.mark.parametrize(
    ("currency", "total", "minor"), [("JPY", "1200", 1200), ("KWD", "1.234", 1234), ("eur", "9.5", 950)]
)
def test_money_follows_the_orders_currency(currency, total, minor):
    assert order(currency=currency, total=total, line_items=[]).total_minor == minor


@pytest.mark.parametrize("customer_id", [0, None, "0"])
def test_a_guest_is_known_by_the_billing_address(customer_id):
    assert order(customer_id=customer_id).customer == CustomerData(
        "", "maren@example.com", phone="+15035550142", name="Maren Okafor"
    )


def test_an_order_without_an_address_to_ship_to_goes_where_it_is_billed():
    nowhere = dict.fromkeys(payload("order.created")["shipping"], "")
    made = order(shipping=nowhere)

    assert made.ship_to.postcode == "97209"
    assert all(line.requires_shipping for line in made.lines)
    assert not any(line.requires_shipping for line in order(shipping=nowhere, shipping_lines=[]).lines)


@pytest.mark.parametrize(
    ("changes", "payment", "cancelled"),
    [
        ({"status": "processing"}, "paid", False),
        ({"status": "processing", "date_paid_gmt": None}, "pending", False),  # cash on delivery
        ({"status": "on-hold", "date_paid_gmt": None}, "pending", False),
        ({"status": "completed"}, "paid", False),
        ({"status": "wc-shipped"}, "paid", False),
        ({"status": "failed"}, "failed", False),
        ({"status": "pending"}, "paid", False),
        ({"status": "cancelled"}, "paid", True),
        ({"status": "cancelled", "date_paid_gmt": None}, "voided", True),
        ({"status": "refunded"}, "refunded", True),
        ({"status": "refunded", "date_completed_gmt": "2026-03-10T16:30:05"}, "refunded", False),
        ({"refunds": [{"id": 1, "reason": "", "total": "-5.00"}]}, "partially_refunded", False),
    ],
)
def test_each_status_says_where_the_money_is_and_whether_anything_comes(changes, payment, cancelled):
    made = order(**changes)

    assert made.payment_status == payment
    assert made.cancelled_at == (datetime(2026, 3, 9, 15, 1, 30, tzinfo=UTC) if cancelled else None)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"status": "checkout-draft"}, "A checkout is not an order yet."),
        ({"status": "pending", "date_paid_gmt": None}, "not paid for (pending)"),
        ({"status": "failed", "date_paid_gmt": None}, "not paid for (failed)"),
    ],
)
def test_what_is_no_order_is_kept_with_the_reason(changes, words):
    (fact,) = facts("order.created", payload("order.created", **changes))

    assert isinstance(fact, Ignored)
    assert words in fact.reason


def test_refunds_take_away_what_is_wanted_only_where_they_name_their_lines():
    totals = [{"id": 1050, "reason": "", "total": "-43.20"}]
    named = [
        {
            "id": 1050,
            "total": "-43.20",
            "line_items": [
                {
                    "id": 90,
                    "quantity": -1,
                    "meta_data": [{"id": 1, "key": "_refunded_item_id", "value": "11"}],
                }
            ],
        }
    ]

    assert [line.quantity for line in order(refunds=totals).lines] == [2, 1]
    assert [line.quantity for line in order(refunds=named).lines] == [1, 1]
    assert [line.ordered_quantity for line in order(refunds=named).lines] == [2, 1]


def test_what_is_sold_by_weight_is_one_piece():
    line = payload("order.created")["line_items"][1] | {"quantity": 1.5}
    (made,) = order(line_items=[line]).lines

    assert (made.quantity, made.unit_price_minor) == (1, 1100)


def test_a_list_that_php_wrote_as_an_object_is_a_list():
    first, second = payload("order.created")["line_items"]

    assert [line.external_id for line in order(line_items={"10": second, "2": first}).lines] == ["11", "12"]
    assert order(shipping=[], billing=[]).ship_to == AddressData()


@pytest.mark.parametrize(
    "changes",
    [
        {"id": None},
        {"id": 1.5},
        {"currency": "DOGECOIN"},
        {"total": "a lot"},
        {"date_created_gmt": None, "date_modified_gmt": None, "date_paid_gmt": None},
        {"date_created_gmt": "yesterday"},
        {"line_items": "none"},
        {"billing": "somewhere"},
    ],
)
def test_a_body_that_cannot_be_true_is_refused_in_words(changes):
    with pytest.raises(BadPayload, match=r"\w+ \w+"):
        order(**changes)


def test_a_webhook_that_is_set_up_wrongly_is_refused_in_words_that_help():
    with pytest.raises(BadPayload, match="REST API Integration v3"):
        facts("order.updated", {"order": {"id": 1, "order_number": 1}})
    with pytest.raises(BadPayload, match="may not see it.*Sorry, you cannot view this resource"):
        facts(
            "order.updated",
            {"code": "woocommerce_rest_cannot_view", "message": "Sorry, you cannot view this resource."},
        )


# --- versions
def test_the_state_of_the_body_breaks_a_tie_in_every_order_and_never_the_topic():
    told = payload("order.updated", date_modified_gmt="2026-03-09T15:01:30")
    bare = [meta for meta in told["meta_data"] if "tracking" not in meta["key"]]
    stages = [
        {"status": "on-hold", "meta_data": bare},
        {"status": "processing", "meta_data": bare},
        {"status": "processing"},
        {"status": "completed", "meta_data": bare},
        {"status": "completed"},
        {"status": "cancelled"},
    ]
    versions = [facts("order.created", told | stage)[0].version for stage in stages]

    for arrived in permutations(range(len(stages)), 3):
        newest = max(arrived, key=lambda index: versions[index])
        assert newest == max(arrived)


def test_a_later_change_is_newer_whatever_it_says():
    cancelled = order(status="cancelled")

    assert order(date_modified_gmt="2026-03-09T15:01:31").version > cancelled.version


def test_the_same_content_has_the_same_version_however_it_is_written():
    told = payload("order.updated")
    backwards = json.dumps(dict(reversed(told.items())), indent=3).encode()
    (one,) = WooCommerce((), "USD").parse("order.created", json.dumps(told).encode())
    (two,) = WooCommerce((), "USD").parse("order.updated", backwards)

    assert one == two


# --- tracking numbers
def test_tracking_numbers_come_from_both_plug_ins_each_once():
    made = order("order.updated").fulfillments

    assert [one.tracking_numbers for one in made] == [
        ("1Z999AA10123456784",),
        ("HC-77",),
        ("AB123456785GB",),
    ]
    ups, courier, post = made
    assert ups.external_id == "wc:1042:1Z999AA10123456784"
    assert (ups.carrier, ups.carrier_name, ups.lines) == ("ups", "", (("11", 2),))
    assert ups.created_at == datetime(2026, 3, 10, tzinfo=UTC)
    assert (courier.carrier, courier.carrier_name) == ("", "Harbour Couriers")
    assert (courier.tracking_urls, courier.lines) == (("https://couriers.example/t/HC-77",), ())
    assert (post.carrier, post.lines, post.created_at) == ("royal_mail", (("12", 1),), None)
    assert {one.order_external_id for one in made} == {"1042"}


def shipped(*items, key="_wc_shipment_tracking_items"):
    return order(meta_data=[{"id": 1, "key": key, "value": list(items)}]).fulfillments


def test_a_parcel_never_leaves_before_its_order():
    (made,) = shipped({"tracking_number": "X1234567", "date_shipped": 1773014400})  # midnight of the same day

    assert made.created_at == order().placed_at


def test_products_stand_for_their_lines_where_the_plug_in_names_no_lines():
    products = {
        "0": {"product": "503", "qty": "1"},
        "1": {"product": 510, "qty": 1},
        "2": {"product": "9", "qty": "1"},
    }
    (made,) = shipped({"tracking_number": "X1234567", "products_list": products})

    assert made.lines == (("11", 1), ("12", 1))


def test_a_hand_over_keeps_its_name_when_its_entry_is_deleted_and_written_again():
    (before,) = shipped({"tracking_number": "1Z 999 AA1", "tracking_id": "a1", "date_shipped": "1773100800"})
    (after,) = shipped({"tracking_number": "1z999aa1", "tracking_id": "b2"}, key="_aftership_tracking_items")
    (long,) = shipped({"tracking_number": "X" * 80})

    assert before.external_id == after.external_id == "wc:1042:1Z999AA1"
    assert len(long.external_id) <= 64


@pytest.mark.parametrize(
    "value",
    [
        "",
        "a:1:{i:0;a:5:{}}",
        None,
        7,
        {"tracking_number": "X1"},
        [7],
        [{"tracking_number": ["X1"]}],
        [{"tracking_number": ""}],
    ],
)
def test_a_plug_ins_entry_that_cannot_be_read_does_not_cost_the_order(value):
    assert (
        order(meta_data=[{"id": 1, "key": "_wc_shipment_tracking_items", "value": value}]).fulfillments == ()
    )


def test_a_completed_order_without_a_number_has_no_parcel():
    assert order(status="completed", date_completed_gmt="2026-03-10T16:30:05").fulfillments == ()


# --- products and customers
def test_a_simple_product_is_its_own_variant_and_has_its_stock():
    made, stock = facts("product.updated", payload("product.updated"))

    assert isinstance(made, ProductData)
    assert (made.external_id, made.title, made.handle) == ("510", "Lamp Oil – 250 ml", "lamp-oil-250-ml")
    assert (made.product_type, made.vendor, made.tags) == ("Oil & Wicks", "Harbour & Pine", ("refill",))
    assert made.description == "Burns clean.\nEight hours a fill."
    assert made.url == "https://shop.example/product/lamp-oil-250-ml/"
    (variant,) = made.variants
    assert (variant.external_id, variant.inventory_item_id, variant.price_minor) == ("510", "510", 1100)
    assert (variant.sku, variant.barcode) == ("OIL-250", "4006381333931")
    assert isinstance(stock, StockData)
    assert (stock.inventory_item_id, stock.location_external_id, stock.available) == ("510", "default", 17)


def test_a_variable_product_names_its_variations_which_are_not_gone():
    (made,) = facts("product.updated", payload("product.created"))

    assert (made.variants, made.undescribed_variants) == ((), ("503", "504"))


@pytest.mark.parametrize(
    ("changes", "available"),
    [
        ({"stock_quantity": -2}, [-2]),
        ({"stock_quantity": 2.75}, [2]),
        ({"manage_stock": False}, []),
        ({"manage_stock": "parent"}, []),
        ({"stock_quantity": None}, []),
    ],
)
def test_stock_is_what_the_shop_counts(changes, available):
    found = facts("product.updated", payload("product.updated", **changes))

    assert [fact.available for fact in found if isinstance(fact, StockData)] == available


def test_a_variation_by_itself_says_only_its_stock():
    variation = payload("product.updated", id=503, type="variation", parent_id=501)

    (counted,) = facts("product.updated", variation)
    (ignored,) = facts("product.updated", variation | {"manage_stock": False})
    assert (counted.inventory_item_id, counted.available) == ("503", 17)
    assert isinstance(ignored, Ignored)


def test_a_customer_is_read_whole():
    (made,) = facts("customer.updated", payload("customer.updated"))

    assert (made.external_id, made.email, made.name) == ("25", "maren@example.com", "Maren Okafor")
    assert (made.phone, made.consents, made.email_verified) == ("+15035550142", (), False)
    assert made.version.startswith("2026-03-09T15:00:00")


@pytest.mark.parametrize(
    ("topic", "words"),
    [
        ("coupon.updated", "Coupons are read from the orders"),
        ("action.woocommerce_add_to_cart", "names an action"),
        ("subscription.created", "subscription.created is not known here"),
        ("", "named no topic"),
    ],
)
def test_a_topic_that_is_not_read_says_why_whatever_its_body(topic, words):
    for body in (b'{"id": 7}', b"not JSON"):
        (fact,) = WooCommerce().parse(topic, body)
        assert isinstance(fact, Ignored)
        assert words in fact.reason
