"""What never arrived from a shop is found at night, repaired and listed."""

from datetime import timedelta

import pytest
import responses

from customers.models import Alert, Consent, Customer, Identity
from tests.tracking import graphql_nodes as nodes
from tests.tracking.reconcile_scene import (
    NIGHT,
    a_woo_order,
    an_order,
    findings,
    run,
    shopify_store,
    stand,
    tell,
    woo_store,
)
from tests.tracking.shop_doubles import ShopifyDouble, WooCommerceDouble
from tests.tracking.shopify_bodies import payload
from tests.tracking.woocommerce_bodies import payload as woo_payload
from tracking.models import Order, OrderRefund, Product, Shipment, StockLevel
from tracking.tasks import reconcile_stores

pytestmark = pytest.mark.django_db


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


@pytest.fixture
def mill(mock):
    return WooCommerceDouble().at(mock)


def rows() -> dict:
    """Return everything that mirrors the shop, without when it was written."""
    leave = {"created_at", "updated_at", "id", "public_id", "version", "source_version", "versions"}
    tables = (Order, Shipment, OrderRefund, Product, StockLevel, Customer)
    return {
        model.__name__: [
            {name: value for name, value in row.items() if name not in leave}
            for row in model.objects.order_by("pk").values()
        ]
        for model in tables
    }


def test_nothing_is_found_where_everything_arrived(shop, store):
    body = an_order()
    stand(shop, body)
    tell(store, "orders/updated", body)
    before = rows()

    made = run(store)

    assert (made.state, made.seen > 0, made.found, made.unreadable) == ("DONE", True, 0, 0)
    assert rows() == before
    assert not Alert.objects.exists()


def test_an_order_whose_webhook_was_lost_is_made_with_its_parcels_and_staff_are_told(shop, store):
    body = an_order()
    stand(shop, body)

    made = run(store)

    assert findings(made) == [("ORDER", str(body["id"]), "MISSING", [], True)]
    assert (made.missing, made.repaired) == (1, 1)
    assert Order.objects.get().number == "#HP1042"
    assert set(Shipment.objects.values_list("tracking_number", flat=True)) == {"986578788855", "477179081230"}
    assert Alert.objects.get().title == "Harbour & Pine: 1 difference from the shop"
    assert "1 missing here" in Alert.objects.get().detail


def test_a_pulled_and_a_pushed_order_give_the_same_rows(shop, store):
    body = an_order()
    stand(shop, body)
    run(store)
    asked = rows()
    Order.objects.all().delete()
    Customer.objects.all().delete()
    Shipment.objects.all().delete()

    tell(store, "orders/updated", body)

    told = rows()
    for found in (asked, told):
        for row in [*found["Order"], *found["Shipment"]]:
            for name in ("order_id", "customer_id", "due_at"):
                row.pop(name, None)
    assert asked == told


def test_a_change_whose_webhook_was_lost_is_made_up_for(shop, store):
    body = an_order()
    tell(store, "orders/updated", body)
    later = body | {"financial_status": "refunded", "updated_at": "2026-03-11T10:00:00-07:00"}
    stand(shop, later)

    made = run(store)

    assert findings(made) == [("ORDER", str(body["id"]), "OLDER", ["payment_status"], True)]
    assert Order.objects.get().payment_status == "refunded"


def test_a_change_in_the_same_second_that_was_never_told_is_made_up_for(shop, store):
    body = an_order()
    tell(store, "orders/updated", body)
    stand(shop, body | {"total_price": "99.00"})

    made = run(store)

    assert findings(made) == [("ORDER", str(body["id"]), "DIFFERS", ["total_minor"], True)]
    assert Order.objects.get().total_minor == 9900
    assert run(store, NIGHT + timedelta(hours=1), days=5).found == 0


def test_what_is_newer_here_stays(shop, store):
    body = an_order()
    stand(shop, body)
    tell(store, "orders/updated", body | {"note": "New", "updated_at": "2026-03-11T11:00:00-07:00"})
    before = rows()

    made = run(store)

    assert (made.found, rows()) == (0, before)


def test_a_webhook_that_comes_after_all_is_still_taken_in(shop, store):
    body = an_order()
    stand(shop, body)
    run(store)
    asked = Order.objects.get().source_version

    tell(store, "orders/updated", body)

    told = Order.objects.get()
    assert told.source_version > asked
    assert Order.objects.count() == 1


def test_what_the_shop_withholds_of_people_never_blanks_what_is_here(shop, store):
    body = an_order()
    tell(store, "orders/updated", body)
    node = nodes.order(body | {"updated_at": "2026-03-11T10:00:00-07:00", "financial_status": "refunded"})
    shop.orders["1"] = node | {
        "email": None,
        "phone": None,
        "customer": None,
        "shippingAddress": None,
        "billingAddress": None,
        "customerLocale": None,
    }

    run(store)

    order = Order.objects.get()
    assert (order.payment_status, order.email, order.language) == ("refunded", "maren@example.com", "en-US")
    assert order.ship_to["city"] == "Portland"


def test_products_stock_and_customers_are_compared_too(shop, store):
    body = payload("products_update", variant_gids=None)
    shop.products["1"] = nodes.product(body, updatedAt="2026-03-11T10:00:00Z")
    shop.levels["46012", "65011"] = nodes.level("46012", 7, "2026-03-11T10:00:00Z")
    person = payload("customers_update", updated_at="2026-03-11T10:00:00Z")
    shop.customers["1"] = nodes.customer(person)
    tell(store, "inventory_levels/update", payload("inventory_levels_update"))

    made = run(store)

    assert [row[:4] for row in findings(made)] == [
        ("PRODUCT", str(body["id"]), "MISSING", []),
        ("STOCK", "46012@65011", "OLDER", ["available"]),
        ("CUSTOMER", str(person["id"]), "MISSING", []),
    ]
    assert made.repaired == 3
    assert Product.objects.get().variants.count() == len(body["variants"])
    assert StockLevel.objects.get().available == 7
    assert Identity.objects.filter(kind="external", value=str(person["id"])).exists()


def test_an_unsubscribe_that_was_lost_is_made_up_for(shop, store):
    person = payload("customers_update", updated_at="2026-03-10T10:00:00Z")
    person["email_marketing_consent"] = {
        "state": "subscribed",
        "consent_updated_at": "2026-03-01T10:00:00Z",
    }
    tell(store, "customers/update", person)
    later = person | {"updated_at": "2026-03-11T10:00:00Z"}
    later["email_marketing_consent"] = {
        "state": "unsubscribed",
        "consent_updated_at": "2026-03-11T10:00:00Z",
    }
    shop.customers["1"] = nodes.customer(later)

    made = run(store)

    assert findings(made) == [("CUSTOMER", str(person["id"]), "OLDER", ["consent_email"], True)]
    assert Consent.objects.get(channel="email").granted is False


def test_a_refund_whose_webhook_was_lost_is_made_up_for(shop, store):
    body = an_order()
    tell(store, "orders/updated", body)
    refund = {
        "id": 8901,
        "note": "",
        "created_at": "2026-03-11T08:00:00-07:00",
        "refund_line_items": [],
        "transactions": [{"id": 5, "kind": "refund", "status": "success", "amount": "9.50"}],
    }
    stand(shop, body | {"refunds": [refund], "updated_at": "2026-03-11T08:00:00-07:00"})

    made = run(store)

    assert ("REFUND", "8901", "MISSING", [], True) in findings(made)
    assert OrderRefund.objects.get().amount_minor == 950


def test_a_refund_deleted_in_woocommerce_is_taken_back_though_nobody_told(mill):
    store = woo_store(mill)
    body = a_woo_order()
    (named,) = body["refunds"]
    tell(store, "order.updated", body)
    assert OrderRefund.objects.get().removed_at is None
    mill.orders[body["id"]] = body | {"refunds": []}  # same date_modified: WooCommerce changes nothing else

    made = run(store, days=1)

    assert ("REFUND", str(named["id"]), "GONE", [], True) in findings(made)
    assert OrderRefund.objects.get().removed_at is not None
    assert run(store, NIGHT + timedelta(hours=1), days=1).found == 0


def test_the_whole_of_a_refund_is_asked_for_where_webhooks_tell_its_total_only(mill):
    store = woo_store(mill)
    body = a_woo_order()
    (named,) = body["refunds"]
    tell(store, "order.updated", body)
    mill.orders[body["id"]] = body
    line = {"id": 1, "quantity": -1, "total": "-5.00", "total_tax": "0.00"}
    line["meta_data"] = [{"key": "_refunded_item_id", "value": str(body["line_items"][0]["id"])}]
    whole = {"id": named["id"], "amount": named["total"].lstrip("-"), "reason": "", "line_items": [line]}
    mill.refunds[body["id"]] = [whole | {"date_created_gmt": "2026-03-10T16:00:00"}]

    made = run(store, days=5)

    assert made.found == 0
    assert OrderRefund.objects.get().lines[0]["quantity"] == 1


def test_an_order_deleted_in_the_shop_is_marked_once(shop, store):
    tell(store, "orders/updated", an_order())
    body = an_order(77)
    tell(store, "orders/updated", body)
    stand(shop, an_order())

    made = run(store, days=5)

    assert findings(made) == [("ORDER", "77", "GONE", [], True)]
    assert Order.objects.get(external_id="77").removed_at is not None
    assert run(store, NIGHT + timedelta(hours=1), days=5).found == 0


def test_orders_are_not_taken_for_deleted_because_it_is_the_wrong_shop(shop, store):
    for number in range(101, 106):
        tell(store, "orders/updated", an_order(number))
    stand(shop, an_order(101))

    made = run(store, days=5)

    assert (made.gone, made.unreadable) == (0, 4)
    assert "right shop" in made.findings.first().words
    assert not Order.objects.exclude(removed_at=None).exists()


def test_an_old_order_the_shop_does_not_show_is_not_taken_for_deleted(shop, store):
    tell(store, "orders/updated", an_order(processed_at="2026-01-02T08:00:00Z"))

    assert run(store, days=90).found == 0
    assert Order.objects.get().removed_at is None


def test_woocommerce_products_bring_the_stock_of_their_variations(mill):
    store = woo_store(mill)
    body = woo_payload("product.updated", type="variable", variations=[801], id=800, manage_stock=False)
    mill.products[800] = body | {"date_modified_gmt": "2026-03-11T10:00:00"}
    variation = {"id": 801, "manage_stock": True, "stock_quantity": 4, "parent_id": 800}
    mill.variations[800] = {801: variation | {"date_modified_gmt": "2026-03-11T10:00:00"}}

    made = run(store)

    assert made.missing == 2
    level = StockLevel.objects.get()
    assert (level.inventory_item_id, level.available) == ("801", 4)


def test_one_thing_that_cannot_be_read_is_listed_and_the_others_are_repaired(shop, store):
    stand(shop, an_order(), an_order(77))
    shop.orders["77"]["currencyCode"] = "XXL"

    made = run(store)

    assert (made.state, made.missing, made.unreadable, made.repaired) == ("DONE", 1, 1, 1)
    assert "XXL" in made.findings.get(what="UNREADABLE").words
    assert Alert.objects.get().severity == Alert.Severity.WARNING


def test_the_worker_does_it_page_by_page(shop, store):
    shop.per_page = 2
    stand(shop, *(an_order(number) for number in range(101, 108)))
    made = run(store, at=NIGHT)

    assert (made.missing, Order.objects.count()) == (7, 7)
    assert made.pages >= 4
    assert reconcile_stores(at=NIGHT) == 0
