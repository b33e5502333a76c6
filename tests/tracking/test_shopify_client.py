"""Shopify's Admin API: the same facts as webhooks tell, pages, limits, and what is sent."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import responses

from tests.tracking import graphql_nodes as nodes
from tests.tracking.shop_doubles import ShopifyDouble
from tests.tracking.shopify_bodies import parse, payload
from tracking import versions
from tracking.shops.base import CustomerData, Ignored, OrderData, RefundData, StockData
from tracking.shops.client import Unreadable
from tracking.shops.shopify.client import ShopifyClient
from tracking.shops.shopify.client_reading import LINES, PARTS

SPRING = {"since": datetime(2026, 1, 1, tzinfo=UTC), "until": datetime(2026, 6, 1, tzinfo=UTC)}


@pytest.fixture
def shop():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield ShopifyDouble().at(mock)


@pytest.fixture
def slept():
    return []


@pytest.fixture
def client(shop, slept):
    return ShopifyClient(shop.credentials, sleep=slept.append)


def pulled(client, what) -> list:
    """Return all facts of all pages."""
    found, cursor = [], ""
    while True:
        page = client.changed(what, cursor=cursor, **SPRING)
        found += page.facts
        cursor = page.cursor
        if not cursor:
            return found


def unversioned(fact):
    if isinstance(fact, OrderData):
        person = replace(fact.customer, version="")
        parts = tuple(replace(part, version="") for part in fact.fulfillments)
        return replace(fact, version="", customer=person, fulfillments=parts, refunds=())
    return replace(fact, version="")


# --- the same told and asked for
@pytest.mark.parametrize("name", ["orders_create", "orders_updated", "orders_cancelled"])
def test_an_order_asked_for_is_the_order_that_was_told(client, shop, name):
    body = payload(name)
    shop.orders["1"] = nodes.order(body)
    told = parse("orders/updated", body)

    (asked,) = pulled(client, "orders")

    assert unversioned(asked) == unversioned(told)
    assert versions.age(asked.version) == versions.age(told.version)
    assert versions.age(asked.customer.version) == versions.age(told.customer.version)
    for ours, theirs in zip(asked.fulfillments, told.fulfillments, strict=True):
        assert versions.age(ours.version) == versions.age(theirs.version)


def test_what_was_told_wins_over_what_was_asked_for_at_the_same_time_and_nothing_older_does(client, shop):
    body = payload("orders_updated")
    shop.orders["1"] = nodes.order(body)
    told = parse("orders/updated", body)
    before = parse("orders/updated", body | {"updated_at": "2026-03-10T11:20:05-07:00"})

    (asked,) = pulled(client, "orders")

    assert before.version < asked.version < told.version
    assert versions.insisted(asked.version, "x") > told.version


def test_a_product_asked_for_is_the_product_that_was_told(client, shop):
    body = payload("products_update", variant_gids=None)
    shop.products["1"] = nodes.product(body)

    (asked,) = pulled(client, "products")

    told = parse("products/update", body)
    assert unversioned(asked) == unversioned(told)
    assert versions.age(asked.version) == versions.age(told.version)


def test_a_customer_asked_for_is_the_customer_that_was_told(client, shop):
    body = payload("customers_update")
    shop.customers["1"] = nodes.customer(body)

    (asked,) = pulled(client, "customers")

    told = parse("customers/update", body)
    assert isinstance(asked, CustomerData)
    assert (asked.email, asked.name, asked.phone, asked.external_id) == (
        told.email,
        told.name,
        told.phone,
        told.external_id,
    )
    assert [(c.channel, c.granted) for c in asked.consents] == [(c.channel, c.granted) for c in told.consents]


def test_a_stock_level_asked_for_is_the_one_that_was_told(client, shop):
    body = payload("inventory_levels_update")
    shop.levels["46012", "65011"] = nodes.level("46012", -2, nodes.utc(body["updated_at"]))

    (asked,) = pulled(client, "stock")

    assert unversioned(asked) == unversioned(parse("inventory_levels/update", body))


def a_refund(**changes) -> dict:
    return {
        "id": 8901,
        "note": "Broken",
        "created_at": "2026-03-11T08:00:00-07:00",
        "processed_at": "2026-03-11T08:00:00-07:00",
        "refund_line_items": [
            {
                "line_item_id": 15310028877610002,
                "quantity": 1,
                "restock_type": "return",
                "subtotal": "9.50",
                "total_tax": "0.00",
            }
        ],
        "transactions": [
            {"id": 5, "kind": "refund", "status": "success", "amount": "9.50", "currency": "USD"}
        ],
        "order_adjustments": [],
    } | changes


def test_a_refund_asked_for_is_the_refund_that_was_told(client, shop):
    body = a_refund()
    order = payload("orders_updated", refunds=[body])
    shop.orders["1"] = nodes.order(order)

    asked = pulled(client, "orders")

    told = parse("refunds/create", body | {"order_id": order["id"]})
    assert [type(fact) for fact in asked] == [OrderData, RefundData]
    assert unversioned(asked[1]) == unversioned(told)
    assert versions.age(asked[1].version) == versions.age(told.version)
    assert pulled(client, "refunds") == [asked[1]]


# --- pages
def test_all_pages_are_read_whatever_their_size(client, shop):
    shop.per_page = 3
    for number in range(1, 9):
        body = payload("orders_create", id=number, updated_at=f"2026-03-0{number}T10:00:00Z")
        shop.orders[str(number)] = nodes.order(body)

    assert [fact.external_id for fact in pulled(client, "orders")] == [str(n) for n in range(1, 9)]


def test_a_page_that_is_too_costly_is_asked_for_in_smaller_ones(client, shop):
    shop.dearest = 2
    for number in range(1, 6):
        body = payload("orders_create", id=number, updated_at=f"2026-03-0{number}T10:00:00Z")
        shop.orders[str(number)] = nodes.order(body)

    assert len(pulled(client, "orders")) == 5
    assert [what["first"] for name, what in shop.calls if name == "Orders"] == [4, 2, 2, 2]


def test_an_order_with_more_lines_than_a_page_is_read_whole(client, shop):
    body = payload("orders_updated")
    lines = [body["line_items"][0] | {"id": number} for number in range(1, 61)]
    node = nodes.order(body | {"line_items": lines})
    first = node["lineItems"]["nodes"][:LINES]
    shop.orders[str(body["id"])] = node

    def more(id, after):
        return {"order": {"lineItems": nodes.several(node["lineItems"]["nodes"][LINES:])}}

    shop._MoreLines = more
    shop.orders["1"] = node | {
        "lineItems": {"nodes": first, "pageInfo": {"hasNextPage": True, "endCursor": str(LINES)}}
    }
    del shop.orders[str(body["id"])]

    (asked,) = pulled(client, "orders")

    assert [line.external_id for line in asked.lines] == [str(number) for number in range(1, 61)]


def test_an_order_with_many_parcels_is_read_whole(client, shop):
    body = payload("orders_updated")
    parcel = body["fulfillments"][0]
    parcels = [parcel | {"id": n, "tracking_numbers": [f"N{n}"], "tracking_urls": []} for n in range(1, 61)]
    node = nodes.order(body | {"fulfillments": parcels})
    shop.orders[str(body["id"])] = node
    shop._Orders = lambda **asked: {
        "orders": nodes.several([node | {"fulfillments": node["fulfillments"][:PARTS]}])
    }

    (asked,) = pulled(client, "orders")

    assert [part.external_id for part in asked.fulfillments] == [str(n) for n in range(1, 61)]
    assert (shop.called("Fulfillments"), shop.called("OneFulfillment")) == (3, 0)


def test_stock_is_read_place_by_place_and_page_by_page(client, shop):
    shop.per_page = 2
    for place in ("1", "2"):
        for item in ("10", "11", "12"):
            shop.levels[item, place] = nodes.level(item, int(item), "2026-03-09T10:00:00Z")

    found = pulled(client, "stock")

    assert {(fact.location_external_id, fact.inventory_item_id) for fact in found} == {
        (place, item) for place in ("1", "2") for item in ("10", "11", "12")
    }
    assert all(isinstance(fact, StockData) for fact in found)


def test_what_the_shop_does_not_count_is_no_stock(client, shop):
    shop.levels["10", "1"] = nodes.level("10", None, "2026-03-09T10:00:00Z")

    (fact,) = pulled(client, "stock")

    assert isinstance(fact, Ignored)


def test_one_order_that_cannot_be_read_does_not_cost_the_others(client, shop):
    good, bad = payload("orders_create", id=1), payload("orders_create", id=2)
    shop.orders["1"] = nodes.order(good)
    shop.orders["2"] = nodes.order(bad, currencyCode="XXL")

    found = {type(fact): fact for fact in pulled(client, "orders")}

    assert found[OrderData].external_id == "1"
    assert (found[Unreadable].kind, found[Unreadable].external_id) == ("order", "2")


def test_orders_are_fetched_by_id_and_what_is_not_there_is_said(client, shop):
    body = payload("orders_create")
    shop.orders[str(body["id"])] = nodes.order(body)
    shop.dearest = 10**6

    found = client.fetch_orders([str(body["id"]), "404", "wc-7"])

    assert found["404"] == ()
    assert "wc-7" not in found
    assert found[str(body["id"])][0].external_id == str(body["id"])


def test_people_we_may_not_see_do_not_cost_the_order(client, shop):
    node = nodes.order(payload("orders_create"), customer=None, email=None)
    shop.orders["1"] = node
    real = shop._told
    denied = {"message": "Access denied for customer field", "extensions": {"code": "ACCESS_DENIED"}}
    shop._told = lambda **answer: real(**answer, errors=[denied])

    (asked,) = pulled(client, "orders")

    assert asked.external_id == str(payload("orders_create")["id"])
