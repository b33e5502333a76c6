"""Comparisons with shops that move, forget, hide or have too much: nothing that changed is passed over."""

import json
from datetime import timedelta

import pytest
import responses

from customers import worker
from customers.models import Alert, Store
from tests import signing
from tests.factories.tracking import OrderFactory
from tests.tracking import graphql_nodes as nodes
from tests.tracking.reconcile_scene import NIGHT, an_order, run, shopify_store, stand, tell, woo_store
from tests.tracking.shop_doubles import ShopifyDouble, WooCommerceDouble
from tests.tracking.test_refunds import refund
from tracking.models import Inbound, Order, OrderLine, OrderRefund
from tracking.services import reconcile

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def mock():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as found:
        yield found


@pytest.fixture
def shop(mock):
    return ShopifyDouble().at(mock)


@pytest.fixture
def store(shop):
    return shopify_store(shop)


def refuse(shop, when, words="Invalid cursor for current pagination sort."):
    """Have the shop refuse questions of which `when(name, variables)` is true."""
    real = shop.answer

    def answer(name, what, effect):
        if when(name, what):
            shop.calls.append((name, what))
            return 200, {}, json.dumps({"errors": [{"message": words}]})
        return real(name, what, effect)

    shop.answer = answer


# --- nothing is passed over
def test_a_shop_of_which_no_list_can_be_read_is_not_taken_for_compared(shop, store):
    first = run(store)
    refuse(shop, lambda name, what: name != "Shop", "Field 'orders' does not exist")
    made = run(store, NIGHT + 24 * HOUR)

    assert (made.state, made.words[:31]) == ("FAILED", "None of its lists could be read")
    assert Alert.objects.filter(key=f"reconcile-failed:{store.pk}").exists()
    later = reconcile.start_run(store=store, at=NIGHT + 48 * HOUR)
    assert later.since == first.until - HOUR


def test_a_shop_that_has_moved_ends_the_run_and_is_not_followed(mock):
    store = woo_store(WooCommerceDouble())
    away = {"Location": "http://169.254.169.254/latest/meta-data/"}
    mock.add("GET", f"{store.api_url}/wp-json/wc/v3/products", status=301, headers=away)

    made = run(store)

    assert made.state == "FAILED"
    assert "sends on to another address" in made.words
    assert [call.request.url.partition("?")[0] for call in mock.calls] == [
        f"{store.api_url}/wp-json/wc/v3/products"
    ]


def test_a_list_in_which_the_shop_lost_our_place_is_read_again_from_its_beginning(shop, store):
    shop.per_page = 2
    stand(shop, *(an_order(number) for number in range(101, 106)))
    forgotten = []

    def once(name, what):
        if name == "Orders" and what["after"] and not forgotten:
            return not forgotten.append(name)
        return False

    refuse(shop, once)
    made = run(store)

    assert forgotten
    assert (made.state, made.missing, made.unreadable) == ("DONE", 5, 0)


def test_a_list_that_loses_our_place_every_time_is_named_and_left(shop, store):
    shop.per_page = 2
    stand(shop, *(an_order(number) for number in range(101, 106)))
    refuse(shop, lambda name, what: name == "Orders" and what["after"])

    made = run(store)

    assert (made.state, made.missing, made.unreadable) == ("DONE", 2, 1)
    assert made.findings.get(external_id="orders").words == (
        "Shopify: Invalid cursor for current pagination sort."
    )
    assert shop.called("Orders") == 4


def test_what_was_too_much_for_one_night_goes_on_in_the_next_where_it_stopped(shop, store, monkeypatch):
    monkeypatch.setattr(reconcile, "MAX_PAGES", 5)
    shop.per_page = 1
    stand(shop, *(an_order(number) for number in range(101, 106)))
    nights = [run(store, NIGHT + 24 * HOUR * night) for night in range(3)]

    assert [made.state for made in nights] == ["STOPPED", "DONE", "DONE"]
    assert (nights[1].since, nights[1].until) == (nights[0].since, nights[0].until)
    assert nights[2].since == nights[0].until - HOUR
    assert sum(made.missing for made in nights) == Order.objects.count() == 5


# --- nothing is taken for gone or blank that is not
def test_an_order_that_came_by_file_is_not_taken_for_deleted_in_the_shop(shop, store):
    stand(shop, *(an_order(number) for number in range(101, 105)))
    run(store)
    by_file = OrderFactory(store=store, external_id="7001", placed_at=NIGHT - HOUR)
    OrderLine.objects.create(order=by_file, external_id="file:1", title="Lamp")

    made = run(store, NIGHT + HOUR, days=3)

    by_file.refresh_from_db()
    assert (made.gone, made.unreadable, by_file.removed_at) == (0, 0, None)


def test_who_bought_stays_where_the_shop_withholds_everything_about_people(shop, store):
    body = an_order()
    body["customer"] = {"id": 77, "updated_at": "2026-03-10T10:00:00Z"}
    for name in ("email", "contact_email", "phone"):
        body[name] = None
    body["shipping_address"]["phone"] = body["billing_address"]["phone"] = None
    tell(store, "orders/updated", body)
    bought_by = Order.objects.get().customer
    later = {"updated_at": "2026-03-11T10:00:00-07:00", "financial_status": "refunded", "customer": None}
    shop.orders["1"] = nodes.order(body | later)

    made = run(store)

    assert bought_by is not None
    assert (made.older, Order.objects.get().customer) == (1, bought_by)


def test_a_refund_dated_back_is_the_same_told_and_asked_for(shop, store):
    body = an_order()
    back = refund(
        order_id=body["id"],
        created_at="2026-03-11T08:00:00-07:00",
        processed_at="2026-03-01T08:00:00-07:00",
        refund_line_items=[],
        transactions=[{"id": 5, "kind": "refund", "status": "success", "amount": "9.50"}],
    )
    body |= {"refunds": [back], "updated_at": "2026-03-11T08:00:00-07:00"}
    tell(store, "orders/updated", body)
    told = OrderRefund.objects.values().get()
    stand(shop, body)

    made = run(store)

    assert (made.found, OrderRefund.objects.values().get()) == (0, told)
    OrderRefund.objects.all().delete()
    run(store, NIGHT + HOUR, days=5)
    assert OrderRefund.objects.get().made_at == told["made_at"]


def test_what_the_shop_shows_us_as_nothing_is_listed_and_the_rest_compared(shop, store):
    stand(shop, an_order(101), an_order(102))
    real = shop._told

    def told(**answer):
        if "orders" in answer.get("data", {}):
            answer["data"]["orders"]["nodes"][0] = None
            answer["errors"] = [{"message": "Access denied", "extensions": {"code": "ACCESS_DENIED"}}]
        return real(**answer)

    shop._told = told
    made = run(store)

    assert (made.state, made.missing, made.unreadable) == ("DONE", 1, 1)
    assert made.findings.get(kind="ORDER", what="UNREADABLE").words.startswith("Shopify shows 1 on this page")


def test_a_delivery_from_before_a_store_moved_is_read_as_what_it_is(client, store):
    signing.shopify(client, "orders/updated", an_order())
    Store.objects.update(platform="woocommerce")

    worker.drain(kinds=["inbound"])

    assert Inbound.objects.get().state == "DONE"
    assert Order.objects.get().number == "#HP1042"
