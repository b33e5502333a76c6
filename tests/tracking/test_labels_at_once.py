"""Many workers and many clicks at the same moment, on the database that lets them."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections

from tests.factories.customers import StoreFactory
from tests.factories.tracking import NOON, OrderFactory
from tests.tracking.label_doubles import ShippoDouble
from tests.tracking.labelling import account, ask
from tracking.labels.base import LabelError
from tracking.models import Label
from tracking.services.label_work import carry_out_due

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer"),
]


def at_once(count, job):
    """Run `job` in `count` threads. Returns: what each returned, or the error it raised."""

    def run(n):
        try:
            return job()
        except LabelError as exc:
            return exc
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_twenty_workers_buy_a_label_once():
    with ShippoDouble() as double:
        label = ask(account("shippo"))

        for _ in range(6):
            at_once(20, lambda: carry_out_due(at=NOON))

        label.refresh_from_db()
        assert label.state == Label.State.BOUGHT and label.ready_at
        assert double.bought == double.count("buy") == double.count("create") == 1


def test_twenty_clicks_ask_for_one_label():
    seller, order = account(), OrderFactory()

    asked = at_once(20, lambda: ask(seller, order=order))

    assert {label.pk for label in asked} == {Label.objects.get().pk}


def test_many_askers_do_not_get_past_the_days_limit():
    seller, store = account(config={"labels_per_day": 5}), StoreFactory()
    orders = [OrderFactory(store=store) for _ in range(16)]

    answers = at_once(16, lambda: ask(seller, order=(order := orders.pop()), purpose=f"p{order.pk}"))

    assert Label.objects.count() == 5
    assert sum(isinstance(answer, LabelError) for answer in answers) == 11
