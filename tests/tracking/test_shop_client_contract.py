"""What holds for the client of every shop platform: each effect once, and every way of failing told apart."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import responses
from django.conf import settings
from django.utils.module_loading import import_string

from tests.tracking.shop_doubles import ShopifyDouble, WooCommerceDouble, money
from tracking.shops.base import AddressData
from tracking.shops.client import (
    Ability,
    NewDiscount,
    NewLine,
    NewOrder,
    RefundOrder,
    ShopClient,
    ShopError,
    StockChange,
    mark,
)

KEY = "0b2f7e1a-52c4-4c6e-9d3e-7a1f0c2b3d4e"
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
REFUND = RefundOrder("1001", 2500, "USD", lines=(("11", 1, True),), location_external_id="65", note="Lost")
ORDER = NewOrder(
    customer_external_id="77",
    email="maren@example.com",
    currency="USD",
    lines=(NewLine("8001", 2, product_external_id="7001", price_minor=0),),
    ship_to=AddressData("Maren Okafor", ("418 Foundry Lane",), "Portland", "OR", "97209", "US"),
    tags=("replacement",),
)
STOCK = StockChange("8001", "65", 3, expected=5, product_external_id="7001", variant_external_id="8001")
DISCOUNT = NewDiscount("SORRY-7F2K", "Sorry", NOON, percent=10, uses=1)


def shopify(mock):
    double = ShopifyDouble().at(mock)
    double.orders["1001"] = {
        "id": "gid://shopify/Order/1001",
        "currencyCode": "USD",
        "presentmentCurrencyCode": "USD",
        "totalPriceSet": money("40.00"),
        "refunds": [],
    }
    double.levels["8001", "65"] = {"quantities": [{"name": "available", "quantity": 5}]}
    return double


def woocommerce(mock):
    double = WooCommerceDouble().at(mock)
    line = {"id": 11, "quantity": 2, "total": "30.00", "taxes": [{"id": 1, "total": "2.00"}]}
    double.orders[1001] = {"id": 1001, "currency": "USD", "total": "40.00", "line_items": [line]}
    double.products[7001] = {"id": 7001, "type": "variable"}
    double.variations[7001] = {8001: {"id": 8001, "manage_stock": True, "stock_quantity": 5}}
    double.variations[7001][8001]["parent_id"] = 7001
    return double


DOUBLES = {"shopify": shopify, "woocommerce": woocommerce}


@pytest.fixture(params=sorted(settings.SHOP_CLIENTS))
def shop(request):
    """Return (client, double) of one platform."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        double = DOUBLES[request.param](mock)
        yield import_string(settings.SHOP_CLIENTS[request.param])(double.credentials), double


def effects(double) -> tuple[int, int, int, int]:
    """Return how many refunds, orders and discounts there are in the shop, and how much stock."""
    if isinstance(double, ShopifyDouble):
        refunds = len(double.orders["1001"]["refunds"])
        stock = double.levels["8001", "65"]["quantities"][0]["quantity"]
        return refunds, len(double.orders) - 1, len(double.discounts), stock
    refunds = len(double.refunds.get(1001, []))
    return (
        refunds,
        len(double.orders) - 1,
        len(double.coupons),
        double.variations[7001][8001]["stock_quantity"],
    )


ACTS = {
    "refund": lambda client: client.refund(REFUND, key=KEY),
    "order": lambda client: client.create_order(ORDER, key=KEY),
    "stock": lambda client: client.adjust_stock(STOCK, key=KEY),
    "discount": lambda client: client.create_discount(DISCOUNT, key=KEY),
}
EFFECTS = {"refund": (1, 0, 0, 5), "order": (0, 1, 0, 5), "stock": (0, 0, 0, 8), "discount": (0, 0, 1, 5)}
NAMES = {
    "refund": ("Refund", "POST orders/*/refunds"),
    "order": ("NewOrder", "POST orders"),
    "stock": ("Adjust", "PUT products/*/variations/*"),
    "discount": ("NewDiscount", "POST coupons"),
}


def name_of(double, act) -> str:
    return NAMES[act][0 if isinstance(double, ShopifyDouble) else 1]


def test_every_client_says_who_it_is_and_what_it_can():
    for code, path in settings.SHOP_CLIENTS.items():
        client = import_string(path)
        assert issubclass(client, ShopClient)
        assert client.code == code
        assert client.label
        assert client.can == {Ability.PULL, Ability.REFUND, Ability.ORDER, Ability.STOCK, Ability.DISCOUNT}


def test_the_shop_says_its_name(shop):
    client, _ = shop

    assert client.check() in ("Harbour & Pine", "North Mill")


@pytest.mark.parametrize("act", ACTS)
def test_asked_twice_with_one_key_it_is_done_once(shop, act):
    client, double = shop

    first = ACTS[act](client)
    second = ACTS[act](client)

    assert effects(double) == EFFECTS[act]
    assert first.external_id
    assert second.external_id in (first.external_id, KEY)


@pytest.mark.parametrize("act", ACTS)
def test_an_answer_that_is_lost_after_the_effect_is_unknown_and_the_next_try_finds_it(shop, act):
    client, double = shop
    double.fail("timeout_after", on=name_of(double, act))

    with pytest.raises(ShopError) as failed:
        ACTS[act](client)
    ACTS[act](client)

    assert failed.value.unknown
    assert not failed.value.permanent
    assert effects(double) == EFFECTS[act]


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("mode", ["reset", "500", "garbage", "huge"])
def test_trouble_after_the_request_left_is_unknown(shop, act, mode):
    client, double = shop
    double.fail(mode, on=name_of(double, act))

    with pytest.raises(ShopError) as failed:
        ACTS[act](client)

    assert failed.value.unknown
    assert effects(double) == (0, 0, 0, 5)


@pytest.mark.parametrize("act", ACTS)
def test_a_request_that_never_left_was_certainly_not_carried_out(shop, act):
    client, double = shop
    double.fail("unreachable", on=name_of(double, act))

    with pytest.raises(ShopError) as failed:
        ACTS[act](client)

    assert (failed.value.unknown, failed.value.permanent) == (False, False)


@pytest.mark.parametrize("act", ACTS)
def test_too_many_requests_are_told_with_the_wait_the_shop_asks_for(shop, act):
    client, double = shop
    double.fail("429", on=name_of(double, act))

    with pytest.raises(ShopError) as failed:
        ACTS[act](client)

    assert (failed.value.unknown, failed.value.permanent, failed.value.retry_after) == (False, False, 7)


@pytest.mark.parametrize("act", ACTS)
def test_a_key_that_is_refused_is_named_so_and_not_shown(shop, act):
    client, double = shop
    double.fail("401", on=name_of(double, act))

    with pytest.raises(ShopError) as failed:
        ACTS[act](client)

    assert (failed.value.permanent, failed.value.denied) == (True, True)
    assert double.credentials.secret not in str(failed.value)


@pytest.mark.parametrize("mode", ["timeout", "reset", "500", "garbage", "huge", "429"])
def test_a_question_that_fails_is_never_unknown(shop, mode):
    client, double = shop
    double.fail(mode)

    with pytest.raises(ShopError) as failed:
        client.changed("orders", since=NOON, until=NOON)

    assert (failed.value.unknown, failed.value.permanent) == (False, False)


def test_a_refund_is_found_by_its_key_and_another_is_not(shop):
    client, _ = shop
    made = client.refund(REFUND, key=KEY)

    assert client.find_refund("1001", key=KEY) == made
    assert made.amount_minor == 2500
    assert client.find_refund("1001", key="another") is None


def test_an_order_is_found_by_its_key_and_another_is_not(shop):
    client, _ = shop
    made = client.create_order(ORDER, key=KEY)

    assert client.find_order(key=KEY) == made
    assert client.find_order(key="another") is None


def test_a_discount_is_found_by_its_code_however_it_is_written(shop):
    client, _ = shop
    made = client.create_discount(DISCOUNT, key=KEY)

    found = client.find_discount("sorry-7f2k")
    assert found is not None
    assert found.external_id == made.external_id
    assert client.find_discount("OTHER") is None


def test_a_code_that_somebody_else_made_is_not_taken_for_ours(shop):
    client, double = shop
    client.create_discount(DISCOUNT, key="another key")
    another = replace(DISCOUNT, title="Another offer")

    with pytest.raises(ShopError) as failed:
        client.create_discount(another, key=KEY)

    assert failed.value.permanent
    assert effects(double) == (0, 0, 1, 5)


def test_more_than_is_left_is_refused_for_good(shop):
    client, double = shop

    with pytest.raises(ShopError) as failed:
        client.refund(replace(REFUND, amount_minor=4001), key=KEY)

    assert (failed.value.permanent, failed.value.unknown) == (True, False)
    assert effects(double) == (0, 0, 0, 5)


def test_stock_that_changed_meanwhile_is_left_alone(shop):
    client, double = shop

    with pytest.raises(ShopError) as failed:
        client.adjust_stock(replace(STOCK, expected=9), key=KEY)

    assert (failed.value.permanent, failed.value.unknown) == (True, False)
    assert effects(double) == (0, 0, 0, 5)


def test_an_order_the_shop_does_not_have_is_said_so(shop):
    client, _ = shop

    assert client.fetch_order("404404") == ()
    assert client.fetch_order("not-an-id") == ()
    assert dict(client.fetch_orders(["not-an-id"])) == {}
    with pytest.raises(ShopError) as failed:
        client.refund(replace(REFUND, order_external_id="404404"), key=KEY)
    assert failed.value.permanent


@pytest.mark.parametrize("url", ["http://shop.example", "ftp://shop.example", "shop.example", ""])
def test_only_https_is_called(shop, url):
    client, _ = shop
    insecure = type(client)(replace(client.credentials, url=url))

    with pytest.raises(ShopError, match="https") as failed:
        insecure.check()

    assert failed.value.permanent


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "10.0.0.8", "169.254.169.254", "shop.internal"])
def test_the_machines_around_us_are_never_called(shop, host):
    client, double = shop
    inside = type(client)(replace(client.credentials, url=f"https://{host}"))

    with pytest.raises(ShopError) as failed:
        inside.check()

    assert failed.value.permanent
    assert double.calls == []


@pytest.mark.parametrize("secret", ["", "sécret", "two\nlines"])
def test_a_damaged_key_is_named_and_never_sent(shop, secret):
    client, double = shop
    damaged = type(client)(replace(client.credentials, secret=secret))

    with pytest.raises(ShopError) as failed:
        damaged.check()

    assert failed.value.denied
    assert double.calls == []


def test_a_mark_fits_where_it_is_left():
    assert len(mark(KEY)) <= 40
    assert len(mark("x" * 200)) == 39
    assert mark("x" * 200) != mark("x" * 201)
