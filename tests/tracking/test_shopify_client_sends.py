"""Shopify's Admin API: its limits, and what is sent to it."""

import json
from dataclasses import replace

import pytest
import responses

from tests.tracking.shop_doubles import ShopifyDouble, money
from tests.tracking.test_shop_client_contract import DISCOUNT, KEY, ORDER, REFUND, STOCK
from tracking.shops.client import ShopError, mark
from tracking.shops.shopify.client import ShopifyClient


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


# --- limits
def test_a_question_that_would_be_refused_waits_until_the_bucket_has_filled(client, shop, slept):
    shop.cost = 500
    client.check()
    shop.bucket = shop.bucket | {"currentlyAvailable": 200.0}
    client.check()
    client.check()

    assert slept == [3.0]


def test_a_wait_that_would_be_long_is_left_to_the_caller(client, shop, slept):
    shop.cost = 1000
    shop.bucket = shop.bucket | {"currentlyAvailable": 100.0, "restoreRate": 50.0}
    client.check()

    with pytest.raises(ShopError) as failed:
        client.check()

    assert (failed.value.retry_after, failed.value.permanent, failed.value.unknown) == (18.0, False, False)
    assert slept == []
    client.check()


@pytest.mark.parametrize("act", ["refund", "question"])
def test_throttled_says_how_long_and_that_nothing_was_done(client, shop, act):
    shop.cost = 900
    shop.bucket = shop.bucket | {"currentlyAvailable": 400.0}
    shop.orders["1001"] = refundable()
    shop.fail("throttled", on="Refund" if act == "refund" else "")

    with pytest.raises(ShopError) as failed:
        client.refund(REFUND, key=KEY) if act == "refund" else client.check()

    assert (failed.value.retry_after, failed.value.unknown, failed.value.permanent) == (5.0, False, False)


@pytest.mark.parametrize("code", [None, "IDEMPOTENCY_CONCURRENT_REQUEST"])
def test_a_refund_whose_first_call_is_still_being_worked_on_is_neither_done_nor_refused(client, shop, code):
    said = {"field": None, "message": "This request is currently in progress, please try again."}
    told = {"refund": None, "userErrors": [said | ({"code": code} if code else {})]}
    shop.orders["1001"] = refundable()
    shop._Refund = lambda **asked: {"refundCreate": told}

    with pytest.raises(ShopError) as failed:
        client.refund(REFUND, key=KEY)

    assert (failed.value.permanent, failed.value.unknown) == (False, True)


@pytest.mark.parametrize("errors", ["No: shpat_secret", [{"message": "No: shpat_secret"}]])
def test_the_key_stands_in_no_error_that_the_shop_makes_of_it(client, shop, errors):
    shop._told = lambda **answer: (200, {}, json.dumps({"errors": errors}))

    with pytest.raises(ShopError, match="No: …"):
        client.check()


# --- what is sent
def refundable(**changes) -> dict:
    return {
        "id": "gid://shopify/Order/1001",
        "currencyCode": "USD",
        "presentmentCurrencyCode": "USD",
        "totalPriceSet": money("40.00"),
        "refunds": [],
    } | changes


def sent(shop, name) -> dict:
    (found,) = [what for called, what in shop.calls if called == name]
    return found


def test_a_refund_goes_to_the_payment_it_came_from_with_our_key(client, shop):
    shop.orders["1001"] = refundable()

    client.refund(replace(REFUND, shipping_minor=500), key=KEY)

    told = sent(shop, "Refund")
    assert told["key"] == KEY
    assert told["input"]["note"] == f"Lost [{mark(KEY)}]"
    assert told["input"]["shipping"] == {"amount": "5.00"}
    assert told["input"]["refundLineItems"] == [
        {
            "lineItemId": "gid://shopify/LineItem/11",
            "quantity": 1,
            "restockType": "RETURN",
            "locationId": "gid://shopify/Location/65",
        }
    ]
    assert told["input"]["transactions"] == [
        {
            "orderId": "gid://shopify/Order/1001",
            "kind": "REFUND",
            "gateway": "shopify_payments",
            "parentId": "gid://shopify/OrderTransaction/1",
            "amount": "25.00",
        }
    ]


def test_an_order_paid_in_another_currency_is_left_to_a_person(client, shop):
    shop.orders["1001"] = refundable(presentmentCurrencyCode="EUR")

    with pytest.raises(ShopError, match="currency") as failed:
        client.refund(REFUND, key=KEY)

    assert failed.value.permanent
    assert shop.called("Refund") == 0


def test_what_a_shop_refuses_is_told_with_the_field_and_its_words(client, shop):
    with pytest.raises(ShopError, match=r"order\.lineItems: Line items must have at least one") as failed:
        client.create_order(replace(ORDER, lines=()), key=KEY)

    assert (failed.value.permanent, failed.value.unknown) == (True, False)


def test_what_a_shop_refuses_is_told_without_the_person(client, shop):
    words = "Email maren@example.com or phone +1 503 555 0142 is invalid"
    shop._NewOrder = lambda **told: {
        "orderCreate": {"userErrors": [{"field": ["order", "email"], "message": words}]}
    }

    with pytest.raises(ShopError) as failed:
        client.create_order(ORDER, key=KEY)

    assert str(failed.value) == "Shopify: order.email: Email … or phone … is invalid"


def test_an_order_carries_our_key_where_it_can_be_searched(client, shop):
    client.create_order(ORDER, key=KEY)

    told = sent(shop, "NewOrder")["order"]
    assert told["tags"] == ["replacement", mark(KEY)]
    assert told["sourceIdentifier"] == mark(KEY)
    assert told["customer"] == {"toAssociate": {"id": "gid://shopify/Customer/77"}}
    assert told["lineItems"][0]["priceSet"] == {"shopMoney": {"amount": "0.00", "currencyCode": "USD"}}
    assert (told["shippingAddress"]["firstName"], told["shippingAddress"]["lastName"]) == ("Maren", "Okafor")
    assert sent(shop, "NewOrder")["options"]["sendReceipt"] is False


def test_stock_that_already_changed_by_our_first_try_is_done_even_when_the_key_is_forgotten(client, shop):
    shop.levels["8001", "65"] = {"quantities": [{"name": "available", "quantity": 8}]}

    client.adjust_stock(STOCK, key=KEY)

    assert shop.levels["8001", "65"]["quantities"][0]["quantity"] == 8
    assert sent(shop, "Adjust")["input"]["referenceDocumentUri"] == f"gid://porchlight/StockChange/{KEY}"


@pytest.mark.parametrize(
    ("changes", "value"),
    [
        ({}, {"percentage": 0.1}),
        (
            {"percent": 0, "amount_minor": 500, "currency": "USD"},
            {"discountAmount": {"amount": "5.00", "appliesOnEachItem": False}},
        ),
    ],
)
def test_a_discount_says_what_it_is_worth_and_for_how_long(client, shop, changes, value):
    client.create_discount(replace(DISCOUNT, minimum_minor=2000, **changes), key=KEY)

    told = sent(shop, "NewDiscount")["discount"]
    assert told["customerGets"]["value"] == value
    assert (told["startsAt"], told["endsAt"], told["usageLimit"]) == ("2026-03-10T12:00:00Z", None, 1)
    assert told["minimumRequirement"] == {"subtotal": {"greaterThanOrEqualToSubtotal": "20.00"}}


def test_a_call_still_under_way_under_our_key_is_unknown(client, shop):
    busy = {"userErrors": [{"code": "IDEMPOTENCY_CONCURRENT_REQUEST", "message": "Busy", "field": None}]}
    shop._Adjust = lambda **told: {"inventoryAdjustQuantities": busy}

    with pytest.raises(ShopError) as failed:
        client.adjust_stock(STOCK, key=KEY)

    assert failed.value.unknown
