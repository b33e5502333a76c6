"""Comparing with a shop while its webhooks arrive and other workers compare too, on PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import responses
from django.db import connection, connections

from tests.tracking.reconcile_scene import NIGHT, an_order, shopify_store, stand, tell
from tests.tracking.shop_doubles import ShopifyDouble
from tracking.models import Order, ReconcileRun, Shipment
from tracking.services import reconcile

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer"),
]


def test_webhooks_and_four_workers_at_once_end_in_the_same_rows():
    bodies = [an_order(number) for number in range(101, 113)]
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        shop = ShopifyDouble().at(mock)
        shop.per_page = 3
        stand(shop, *bodies)
        store = shopify_store(shop)
        made = reconcile.start_run(store=store, at=NIGHT)

        def compare() -> None:
            try:
                while ReconcileRun.objects.get(pk=made.pk).state == "OPEN":
                    reconcile.reconcile_due(at=NIGHT)
            finally:
                connections.close_all()

        def hear() -> None:
            try:
                for body in bodies:
                    tell(store, "orders/updated", body)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(5) as pool:
            jobs = [pool.submit(compare) for _ in range(4)] + [pool.submit(hear)]
            for job in jobs:
                job.result(timeout=60)

    made.refresh_from_db()
    assert (made.state, made.unreadable) == ("DONE", 0)
    assert Order.objects.count() == 12
    # What was told wins over what was asked for: no version is an answer's.
    assert not Order.objects.filter(source_version__endswith="|").exists()
    assert Shipment.objects.count() == 24
    assert made.findings.count() == made.missing <= 12
