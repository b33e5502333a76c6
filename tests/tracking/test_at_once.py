"""Two workers at the same moment, on the database that lets them."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections

from tests.factories.customers import StoreFactory
from tests.factories.tracking import NOON
from tests.tracking.test_services import order_data
from tracking.models import OrderLine
from tracking.services import orders, products, record_order, record_product
from tracking.shops.base import ProductData, VariantData

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer"),
]


def test_an_order_and_its_product_written_at_once_know_each_other(monkeypatch):
    store, looked, once = StoreFactory(), threading.Barrier(2), threading.local()

    def and_wait(function):
        def waiting(*args):
            """Both have looked for the other before either commits."""
            found = function(*args)
            if not hasattr(once, "waited"):
                once.waited = looked.wait(10)
            return found

        return waiting

    def run(job):
        try:
            job()
        finally:
            connections.close_all()

    product = ProductData("P1", "Lantern", "1", variants=(VariantData("V1", title="Large"),))
    monkeypatch.setattr(orders, "_ids", and_wait(orders._ids))
    monkeypatch.setattr(products, "_link_lines", and_wait(products._link_lines))
    with ThreadPoolExecutor(2) as pool:
        list(
            pool.map(
                run,
                (
                    lambda: record_order(store=store, data=order_data(), at=NOON),
                    lambda: record_product(store=store, data=product, at=NOON),
                ),
            )
        )

    line = OrderLine.objects.get(external_id="L1")
    assert (line.product.title, line.variant.title) == ("Lantern", "Large")
