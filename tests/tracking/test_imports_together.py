"""Orders inserted together end in the same rows and events as orders recorded one by one."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from customers.models import Customer, Delivery, Event, Identity
from tests.factories.customers import CustomerFactory
from tests.factories.tracking import NOON, VariantFactory
from tests.tracking.imported import counts, imported, shop
from tracking.models import Inbound, Order, OrderLine, Removal, Shipment
from tracking.services.imports import orders as applier
from tracking.services.imports.new_orders import insert_orders

OWN = {"id", "public_id", "created_at", "updated_at", "recorded_at", "pk"}


def rows(model, *order, leave=()):
    """Return a table without what differs between any two writings of it."""
    return [
        {name: value for name, value in row.items() if name not in OWN | set(leave)}
        for row in model.objects.order_by(*order).values()
    ]


def everything():
    people = {row.pk: row.email or row.phone or row.name for row in Customer.objects.all()}
    orders = {row.pk: row.number for row in Order.objects.all()}
    return {
        "orders": [row | {"customer_id": people.get(row["customer_id"])} for row in rows(Order, "number")],
        "lines": [
            row | {"order_id": orders[row["order_id"]]}
            for row in rows(OrderLine, "order__number", "position")
        ],
        "people": rows(Customer, "email", "phone", "name"),
        "identities": [
            row | {"customer_id": people[row["customer_id"]]} for row in rows(Identity, "kind", "value")
        ],
        "events": [
            row | {"customer_id": people.get(row["customer_id"])}
            for row in rows(Event, "kind", "occurred_at", "data", leave=("key", "subject_id", "data"))
        ],
        "deliveries": Delivery.objects.count(),
    }


def written(content, *, together):
    """Import a file either way, and return everything that is there then; undone afterwards."""
    with pytest.MonkeyPatch.context() as patch:
        if not together:
            patch.setattr(applier, "insert_orders", lambda **kwargs: set())
        job = imported("orders", content)
    found = everything() | {"counts": counts(job)}
    for model in (Event, Shipment, OrderLine, Order, Identity, Customer):
        model.objects.all().delete()
    return found


CELL = st.sampled_from(["", "a@example.com", "b@example.com", "A@Example.com"])
ROW = st.tuples(
    CELL,
    st.sampled_from(["", "030 123456", "030 654321"]),
    st.sampled_from(["", "7", "8"]),
    st.sampled_from(["", "Ada", "Bo"]),
    st.sampled_from(["", "cancelled"]),
    st.sampled_from(["P1", "P9", ""]),
)
HEAD = "number,placed_at,email,phone,customer id,customer name,order status,product id,item,price\n"


class TestTheSameEitherWay(TestCase):
    @settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.generate])
    @given(st.lists(ROW, min_size=1, max_size=6))
    def test_for_any_people_and_lines(self, told):
        store = shop()
        VariantFactory(product__store=store, product__external_id="P1")
        body = "".join(
            f"#{n},2026-01-0{n},{email},{phone},{person},{name},{status},{product},Lantern,{n}\n"
            for n, (email, phone, person, name, status, product) in enumerate(told, 1)
        )

        assert written(HEAD + body, together=True) == written(HEAD + body, together=False)


@pytest.mark.django_db
def test_somebody_who_is_here_already_is_not_made_again():
    known = CustomerFactory(email="ada@example.com", name="Ada")

    imported("orders", HEAD + "#1,2026-01-05,ADA@example.com,,,Ada L,,,Lantern,1\n")

    assert Order.objects.get().customer == known
    assert Customer.objects.get().name == "Ada L"


@pytest.mark.django_db
def test_what_the_shop_deleted_and_what_waits_for_an_order_is_minded():
    store = shop()
    Removal.objects.create(store=store, kind="ORDER", external_id="5", told_at=NOON, removed_at=NOON)
    waiting = Inbound.objects.create(
        store=store,
        source="shopify",
        delivery_key="1",
        content_key="1",
        body=b"{}",
        received_at=NOON,
        state="BLOCKED",
        waits_for="order:kontor:6",
    )

    imported("orders", "order_id,number,placed_at\n5,#1,2026-01-05\n6,#2,2026-01-05\n")

    waiting.refresh_from_db()
    assert waiting.state == "WAITING"
    assert Order.objects.get(external_id="5").removed_at == NOON
    assert Order.objects.get(external_id="6").removed_at is None


@pytest.mark.django_db
def test_a_batch_takes_few_queries():
    body = "".join(f"#{n},2026-01-05,p{n}@example.com,,,,,,Lantern,1\n" for n in range(40))
    imported("orders", HEAD + "#x,2026-01-05,,,,,,,Lantern,1\n")

    with CaptureQueriesContext(connection) as captured:
        imported("orders", HEAD + body)

    assert Order.objects.count() == 41
    assert len(captured) < 40 * 9


@pytest.mark.django_db
def test_nothing_is_inserted_when_nothing_is_plain():
    assert insert_orders(store=shop(), orders=[], known=(), at=NOON) == set()
