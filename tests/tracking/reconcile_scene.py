"""A store of each platform beside a double of its shop, for tests that compare the two."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

from tests.factories.customers import StoreFactory
from tests.tracking import graphql_nodes as nodes
from tests.tracking.shop_doubles import ShopifyDouble, WooCommerceDouble
from tests.tracking.shopify_bodies import payload
from tests.tracking.woocommerce_bodies import payload as woo_payload
from tracking.models import ReconcileRun
from tracking.services import reconcile
from tracking.services.facts import Teller, record_fact
from tracking.services.inbound import shop_of

NIGHT = datetime(2026, 3, 12, 8, 0, tzinfo=UTC)  # the recorded bodies are of the days before


def shopify_store(double: ShopifyDouble, **more):
    """Return a store that is sold through `double`."""
    return StoreFactory(api_url=double.url, api_secret=double.token, **more)


def woo_store(double: WooCommerceDouble, **more):
    """Return a store that is sold through `double`."""
    values = {"slug": "north-mill", "name": "North Mill", "platform": "woocommerce"}
    keys = {"api_url": double.url, "api_key": "ck_key", "api_secret": "cs_secret"}
    return StoreFactory(**values, **keys, **more)


def tell(store, topic: str, body: dict, at=NIGHT) -> None:
    """Have a webhook arrive and be read."""
    for fact in shop_of(store).parse(topic, json.dumps(body).encode()):
        record_fact(fact, Teller(store, store.platform, at, at))


def an_order(number: int = 0, **changes) -> dict:
    """Return a body of a Shopify order; `number` makes it another one."""
    body = payload("orders_updated", **changes)
    if number:
        body["id"], body["name"] = number, f"#{number}"
        for line in body["line_items"]:
            line["id"] += number
        for part in body["fulfillments"]:
            part["id"] += number
            part["order_id"] = number
            part["line_items"] = [{"id": each["id"], "quantity": 1} for each in body["line_items"][:1]]
    return body


def stand(double: ShopifyDouble, *bodies: dict) -> None:
    """Put orders into the shop."""
    for body in bodies:
        double.orders[str(body["id"])] = nodes.order(body)


def a_woo_order(**changes) -> dict:
    """Return a body of a WooCommerce order."""
    return woo_payload("order.updated", **changes)


def run(store, at=NIGHT, **how) -> ReconcileRun:
    """Compare a store with its shop, to the end."""
    made = reconcile.start_run(store=store, at=at, **how)
    for _ in range(50):
        if not reconcile.reconcile_due(at=at):
            break
    made.refresh_from_db()
    return made


def findings(made: ReconcileRun) -> Iterator[tuple]:
    """Return what a run found."""
    rows = made.findings.order_by("pk")
    return [(row.kind, row.external_id, row.what, row.differed, row.repaired) for row in rows]
