"""Messages of one shop read by several workers at the same moment, on the database that lets them."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections

from customers import worker
from customers.models import Event, Identity
from customers.services.merging import merge_in_shop
from customers.services.people import PersonData, resolve_customer
from tests.factories.customers import StoreFactory
from tests.factories.tracking import NOON, OrderFactory
from tests.tracking.shopify_bodies import parse
from tests.tracking.test_order_stories import refund
from tests.tracking.test_services import order_data
from tracking.models import Order, OrderRefund
from tracking.services import orders, record_order, removals
from tracking.services.refunds import record_refund
from tracking.shops.base import CustomerData
from tracking.shops.facts import Kind, RemovedData

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer"),
]


def at_once(*jobs):
    """Run jobs in threads that start together. Raises what one of them raises."""
    ready = threading.Barrier(len(jobs))

    def run(job):
        try:
            ready.wait(10)
            job()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(jobs)) as pool:
        list(pool.map(run, jobs))


def test_one_refund_told_by_six_workers_at_once_is_one():
    store = StoreFactory()
    OrderFactory(store=store, external_id="1042")
    data = parse("refunds/create", refund(55, 6))

    at_once(*[lambda: record_refund(store=store, data=data, at=NOON)] * 6)

    assert OrderRefund.objects.count() == 1
    assert Event.objects.filter(kind="tracking.order.refunded").count() == 1


def test_an_order_deleted_while_it_is_written_is_deleted(monkeypatch):
    store, looked, once = StoreFactory(), threading.Barrier(2), threading.local()

    def and_wait(function):
        def waiting(*args, **kwargs):
            """Both have looked for the other before either commits."""
            found = function(*args, **kwargs)
            if not hasattr(once, "waited"):
                once.waited = looked.wait(10)
            return found

        return waiting

    monkeypatch.setattr(orders, "settle_order", and_wait(orders.settle_order))
    monkeypatch.setitem(removals._MARK, Kind.ORDER, and_wait(removals._mark_order))
    data = order_data()
    gone = RemovedData(Kind.ORDER, data.external_id, at=NOON)
    at_once(
        lambda: record_order(store=store, data=data, at=NOON),
        lambda: removals.record_removal(store=store, data=gone, told_at=NOON, at=NOON),
    )

    assert Order.objects.get().removed_at == NOON


def test_orders_that_come_in_while_their_customer_is_merged_are_the_kept_ones():
    store = StoreFactory()
    for number in "12":
        person = PersonData(number, email=f"{number}@example.com", version="1")
        resolve_customer(data=person, store=store, source="x", at=NOON)

    def bought(number):
        by = CustomerData("2", email="2@example.com", version="1")
        data = order_data(external_id=str(number), number=f"#{number}", customer=by)
        return lambda: record_order(store=store, data=data, at=NOON)

    def merge():
        merge_in_shop(store=store, kept="1", merged="2", source="x", at=NOON)

    at_once(*[bought(number) for number in range(5)], merge, merge)
    worker.drain(kinds=["deliver"])

    kept = Identity.objects.get(kind="external", value="1").customer
    assert set(Order.objects.values_list("customer", flat=True)) == {kept.pk}
    assert set(Identity.objects.values_list("customer", flat=True)) == {kept.pk}
    assert Event.objects.filter(kind="customers.customer.merged").count() == 1
