"""WooCommerce's REST API: the same facts as webhooks tell, pages, and what is sent."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import responses

from tests.tracking.shop_doubles import WooCommerceDouble
from tests.tracking.test_shop_client_contract import DISCOUNT, KEY, ORDER, REFUND, STOCK
from tests.tracking.woocommerce_bodies import documented, facts, payload
from tracking import versions
from tracking.shops.base import CustomerData, Ignored, OrderData, ProductData, RefundData, StockData
from tracking.shops.client import ShopError, Unreadable, mark
from tracking.shops.woocommerce.client import WooCommerceClient

SPRING = {"since": datetime(2026, 1, 1, tzinfo=UTC), "until": datetime(2026, 6, 1, tzinfo=UTC)}


@pytest.fixture
def mock():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as found:
        yield found


@pytest.fixture
def shop(mock):
    return WooCommerceDouble().at(mock)


@pytest.fixture
def client(shop):
    return WooCommerceClient(shop.credentials)


def pulled(client, what, **span) -> list:
    """Return all facts of all pages."""
    found, cursor = [], ""
    while True:
        page = client.changed(what, cursor=cursor, **(SPRING | span))
        found += page.facts
        cursor = page.cursor
        if not cursor:
            return found


# --- the same told and asked for
def test_an_order_asked_for_is_the_order_that_was_told(client, shop):
    body = payload("order.updated", refunds=[])
    shop.orders[body["id"]] = body
    (told,) = facts("order.updated", body)

    (asked,) = pulled(client, "orders")

    bare = {"version": "", "fulfillments": (), "customer": told.customer, "refunds": ()}
    assert replace(asked, **bare) == replace(told, **bare)
    assert versions.age(asked.version) == versions.age(told.version)
    assert asked.version < told.version
    assert [part.tracking_numbers for part in asked.fulfillments] == [
        part.tracking_numbers for part in told.fulfillments
    ]


@pytest.mark.shared
def test_what_the_documentation_shows_is_read_as_its_webhooks_are(client, shop, shared):
    seen = 0
    for topic, body in documented(shared):
        noun, number = topic.partition(".")[0], body["id"]
        # Without a time in GMT nothing can be listed by it.
        if not body.get("date_modified_gmt"):
            continue
        body = body | {"refunds": [], "variations": []}
        told = facts(topic, body)
        getattr(shop, f"{noun}s").clear()
        getattr(shop, f"{noun}s")[number] = body
        asked = pulled(client, f"{noun}s", since=datetime(2010, 1, 1, tzinfo=UTC))
        assert [type(fact) for fact in asked] == [type(fact) for fact in told], (topic, number)
        for ours, theirs in zip(asked, told, strict=True):
            if not isinstance(theirs, Ignored):
                assert versions.age(ours.version) == versions.age(theirs.version)
        seen += len(told)

    assert seen > 10


def test_an_orders_refunds_are_asked_for_with_their_lines(client, shop):
    body = payload("order.updated")
    (named,) = body["refunds"]
    shop.orders[body["id"]] = body
    line = {"quantity": -2, "total": "-9.50", "total_tax": "-0.60", "id": 1}
    line["meta_data"] = [{"key": "_refunded_item_id", "value": "61"}]
    whole = {"id": named["id"], "amount": "10.10", "reason": "Broken", "line_items": [line]}
    shop.refunds[body["id"]] = [whole | {"date_created_gmt": "2026-03-10T16:00:00"}]

    order, refund = pulled(client, "orders")

    assert isinstance(order, OrderData)
    assert (refund.external_id, refund.amount_minor, refund.partial) == (str(named["id"]), 1010, False)
    assert [(part.line_external_id, part.quantity, part.amount_minor) for part in refund.lines] == [
        ("61", 2, 950)
    ]
    assert [type(fact) for fact in pulled(client, "refunds")] == [RefundData]


def test_products_come_with_their_stock_and_that_of_their_variations(client, shop):
    body = payload("product.updated", id=800, variations=[], type="simple", manage_stock=True)
    shop.products[800] = body | {"stock_quantity": 9}
    shop.products[900] = body | {"id": 900, "type": "variable", "variations": [901], "manage_stock": False}
    shop.variations[900] = {901: {"id": 901, "manage_stock": True, "stock_quantity": 4}}

    found = pulled(client, "products")

    assert [type(fact) for fact in found] == [ProductData, StockData, ProductData, StockData]
    assert [(f.inventory_item_id, f.available) for f in found if isinstance(f, StockData)] == [
        ("800", 9),
        ("901", 4),
    ]


def test_customers_are_listed_back_to_the_time_asked_for(client, shop):
    body = payload("customer.updated")
    for number in range(1, 60):
        month = "03" if number > 25 else "01"
        shop.customers[number] = body | {
            "id": number,
            "date_created_gmt": f"2026-{month}-{number % 27 + 1:02}T10:00:00",
        }

    found = pulled(client, "customers", since=datetime(2026, 2, 1, tzinfo=UTC))

    assert len(found) == 34
    assert all(isinstance(fact, CustomerData) for fact in found)


# --- pages
def test_all_pages_are_read_and_none_is_asked_for_twice(client, shop):
    for number in range(1, 48):
        shop.orders[number] = payload("order.created", id=number)

    found = pulled(client, "orders")

    assert [fact.external_id for fact in found] == [str(number) for number in range(1, 48)]
    assert [what["page"] for name, what in shop.calls if name == "GET orders"] == ["1", "2", "3"]


def test_what_changes_while_pages_are_read_loses_no_order(client, shop):
    for number in range(1, 48):
        shop.orders[number] = payload("order.created", id=number)
    first = client.changed("orders", **SPRING)
    shop.orders[3]["date_modified_gmt"] = "2026-12-24T00:00:00"  # after the end of the span

    rest = client.changed("orders", cursor=first.cursor, **SPRING).facts

    assert [fact.external_id for fact in rest] == [str(number) for number in range(21, 41)]


def test_one_order_that_cannot_be_read_does_not_cost_the_others(client, shop):
    shop.orders[1] = payload("order.created", id=1)
    shop.orders[2] = payload("order.created", id=2, total="lots")

    order, bad = pulled(client, "orders")

    assert order.external_id == "1"
    assert isinstance(bad, Unreadable)
    assert (bad.kind, bad.external_id) == ("order", "2")


def test_what_is_not_paid_for_is_no_order_yet(client, shop):
    shop.orders[1] = payload("order.created", id=1, status="pending", date_paid_gmt=None)

    (fact,) = pulled(client, "orders")

    assert isinstance(fact, Ignored)
    assert not isinstance(fact, Unreadable)


def test_an_order_in_the_bin_is_not_in_the_shop(client, shop):
    shop.orders[1] = payload("order.created", id=1, status="trash")
    shop.orders[2] = payload("order.created", id=2)

    found = client.fetch_orders(["1", "2", "3"])

    assert (found["1"], found["3"]) == ((), ())
    assert found["2"][0].external_id == "2"


def test_an_address_without_woocommerce_is_named(client, shop, mock):
    elsewhere = WooCommerceClient(replace(shop.credentials, url="https://blog.example"))
    mock.add("GET", "https://blog.example/wp-json/wc/v3/orders", body="<html>Not found</html>", status=404)

    with pytest.raises(ShopError) as failed:
        elsewhere.check()

    assert (failed.value.permanent, failed.value.denied) == (True, True)


def test_a_warning_of_php_before_the_answer_is_not_taken_for_one(client, shop, mock):
    shop.fail("garbage")

    with pytest.raises(ShopError, match="could not be read") as failed:
        client.fetch_orders(["1"])

    assert not failed.value.permanent


# --- what is sent
def an_order(shop, **changes) -> None:
    lines = [
        {"id": 11, "quantity": 3, "total": "20.00", "taxes": [{"id": 1, "total": "1.00"}]},
        {"id": 12, "quantity": 1, "total": "10.00", "taxes": []},
    ]
    shop.orders[1001] = {
        "id": 1001,
        "currency": "USD",
        "total": "40.00",
        "line_items": lines,
        "shipping_lines": [{"id": 21, "total": "5.00"}],
    } | changes


def sent(shop, name) -> dict:
    (found,) = [what for called, what in shop.calls if called == name]
    return found


def test_a_refund_names_the_lines_with_their_share_and_our_key(client, shop):
    an_order(shop)
    wanted = replace(REFUND, lines=(("11", 1, True), ("12", 1, True)), shipping_minor=500)

    client.refund(wanted, key=KEY)

    told = sent(shop, "POST orders/*/refunds")
    assert (told["amount"], told["api_refund"], told["api_restock"]) == ("25.00", True, True)
    assert told["reason"] == f"Lost [{mark(KEY)}]"
    assert told["meta_data"] == [{"key": "_porchlight_key", "value": KEY}]
    assert told["line_items"] == [
        {"id": 11, "quantity": 1, "refund_total": 6.67, "refund_tax": [{"id": 1, "refund_total": 0.33}]},
        {"id": 12, "quantity": 1, "refund_total": 10.0, "refund_tax": []},
        {"id": 21, "quantity": 0, "refund_total": 5.0, "refund_tax": []},
    ]


def test_lines_worth_more_than_the_sum_are_named_by_quantity_only(client, shop):
    an_order(shop)

    client.refund(replace(REFUND, amount_minor=100, lines=(("12", 1, True),)), key=KEY)

    told = sent(shop, "POST orders/*/refunds")
    assert told["line_items"] == [{"id": 12, "quantity": 1, "refund_total": 0}]


@pytest.mark.parametrize(
    ("lines", "restock"),
    [((), False), ((("11", 1, True), ("12", 1, False)), False), ((("11", 1, True),), True)],
)
def test_goods_go_back_on_sale_only_when_all_of_them_shall(client, shop, lines, restock):
    an_order(shop)

    client.refund(replace(REFUND, lines=lines), key=KEY)

    assert sent(shop, "POST orders/*/refunds")["api_restock"] is restock


def test_a_refund_that_is_only_written_down_moves_no_money(client, shop):
    an_order(shop)

    client.refund(replace(REFUND, pays=False), key=KEY)

    assert sent(shop, "POST orders/*/refunds")["api_refund"] is False


def test_a_refund_is_found_by_its_reason_when_the_shop_died_before_the_meta_data(client, shop):
    an_order(shop)
    client.refund(REFUND, key=KEY)
    shop.refunds[1001][0]["meta_data"] = []

    assert client.find_refund("1001", key=KEY) is not None
    client.refund(REFUND, key=KEY)
    assert len(shop.refunds[1001]) == 1


def test_a_refund_the_gateway_refused_goes_to_a_person(client, shop):
    an_order(shop, total="1.00")

    with pytest.raises(ShopError, match=r"did not refund: Invalid refund amount\.") as failed:
        client.refund(REFUND, key=KEY)

    assert (failed.value.permanent, failed.value.unknown) == (True, False)


def test_an_order_in_another_currency_is_not_refunded(client, shop):
    an_order(shop, currency="EUR")

    with pytest.raises(ShopError, match="the order is in EUR") as failed:
        client.refund(REFUND, key=KEY)

    assert failed.value.permanent
    assert shop.called("POST orders/*/refunds") == 0


def test_a_new_order_says_who_where_what_and_for_how_much(client, shop):
    client.create_order(ORDER, key=KEY)

    told = sent(shop, "POST orders")
    assert told["line_items"] == [
        {"product_id": 7001, "quantity": 2, "variation_id": 8001, "subtotal": "0.00", "total": "0.00"}
    ]
    assert (told["customer_id"], told["set_paid"]) == (77, True)
    assert told["shipping"]["first_name"] == "Maren"
    assert told["billing"]["email"] == "maren@example.com"
    assert told["meta_data"][0] == {"key": "_porchlight_key", "value": KEY}


def test_stock_that_is_not_counted_is_left_alone(client, shop):
    shop.products[7001] = {"id": 7001, "manage_stock": False, "parent_id": 0}

    with pytest.raises(ShopError, match="does not count") as failed:
        client.adjust_stock(replace(STOCK, inventory_item_id="7001", variant_external_id="7001"), key=KEY)

    assert failed.value.permanent


def test_the_product_of_a_variation_is_found_when_nobody_names_it(client, shop):
    shop.products[8001] = {"id": 8001, "parent_id": 7001, "type": "variation"}
    shop.products[7001] = {"id": 7001}
    shop.variations[7001] = {8001: {"id": 8001, "manage_stock": True, "stock_quantity": 5}}

    client.adjust_stock(replace(STOCK, product_external_id="", variant_external_id=""), key=KEY)

    assert shop.variations[7001][8001]["stock_quantity"] == 8


def test_a_coupon_says_what_it_is_worth_and_until_when(client, shop):
    ends = datetime(2026, 4, 1, tzinfo=UTC)
    client.create_discount(replace(DISCOUNT, ends_at=ends, minimum_minor=2000), key=KEY)

    told = sent(shop, "POST coupons")
    assert (told["discount_type"], told["amount"], told["usage_limit"]) == ("percent", "10", 1)
    assert (told["date_expires_gmt"], told["minimum_amount"]) == ("2026-04-01T00:00:00", "20.00")
    assert told["usage_limit_per_user"] == 1


@pytest.mark.parametrize("external_id", ["1/../2", "", "wc-7", "١٢"])
def test_an_id_that_is_none_reaches_no_path(client, shop, external_id):
    with pytest.raises(ShopError) as failed:
        client.find_refund(external_id, key=KEY)

    assert failed.value.permanent
    assert shop.calls == []
