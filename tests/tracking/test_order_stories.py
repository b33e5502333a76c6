"""The life of an order as a shop tells it, in every order of arrival and however often: one end."""

import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tests.factories.customers import StoreFactory
from tests.tracking.mirror import rows
from tests.tracking.portal import NOW
from tests.tracking.shopify_bodies import parse
from tests.tracking.test_removals import START, order, when
from tracking.models import Inbound, Order, OrderRefund
from tracking.services.facts import Teller, record_fact
from tracking.services.missing import Missing


def refund(number, minutes, status="success", **changes):
    return {
        "id": number,
        "order_id": 1042,
        "processed_at": when(minutes),
        "refund_line_items": [
            {"id": number, "line_item_id": 1, "quantity": 1, "subtotal": 16.0, "total_tax": 0}
        ],
        "transactions": [{"kind": "refund", "status": status, "amount": "16.00", "currency": "USD"}],
    } | changes


def line(number, quantity, current):
    return {
        "id": number,
        "title": f"Thing {number}",
        "quantity": quantity,
        "current_quantity": current,
        "price": "16.00",
    }


def edit(number, minutes, *, more=(), fewer=()):
    def entries(changes):
        return [{"id": line_id, "delta": delta} for line_id, delta in changes]

    lines = {"additions": entries(more), "removals": entries(fewer)}
    return {
        "order_edit": {"id": number, "order_id": 1042, "committed_at": when(minutes), "line_items": lines}
    }


FIRST, SECOND = refund(55, 6), refund(56, 7)
STORY = (
    ("orders/create", order(0, line_items=[line(1, 3, 3)]), 0),
    ("orders/edited", edit(90, 2, more=[(2, 1)], fewer=[(1, 2)]), 2),
    ("orders/updated", order(4, line_items=[line(1, 3, 1), line(2, 1, 1)]), 4),
    ("orders/edited", edit(91, 5, fewer=[(2, 1)]), 5),
    ("refunds/create", refund(55, 6, "pending"), 6),
    ("refunds/create", FIRST, 6),
    ("refunds/create", SECOND, 7),
    (
        "orders/updated",
        order(7, refunds=[FIRST, SECOND], line_items=[line(1, 3, 1), line(2, 1, 0)]),
        7,
    ),
    (
        "orders/cancelled",
        order(8, cancelled_at=when(8), refunds=[FIRST, SECOND], line_items=[line(1, 3, 0)]),
        8,
    ),
    ("orders/delete", {"id": 1042}, 9),
)
FACTS = [(parse(topic, body), minutes) for topic, body, minutes in STORY]


def tell(store, told):
    """Hand over facts as the worker does: what waits is tried again once something else came of its own."""
    waiting = list(told)
    while waiting:
        late = []
        for fact, minutes in waiting:
            at = START.replace(minute=minutes)
            try:
                record_fact(fact, Teller(store, "shopify", at, NOW))
            except Missing:
                late.append((fact, minutes))
        assert len(late) < len(waiting)
        waiting = late


class OrderStories(TestCase):
    """Each example in a transaction of its own."""

    expected: list[object] = []

    @given(
        told=st.permutations(range(len(FACTS))),
        again=st.lists(st.integers(0, len(FACTS) - 1), max_size=4),
    )
    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_every_order_of_arrival_ends_in_the_same_rows(self, told, again):
        with time_machine.travel(NOW, tick=False):
            tell(StoreFactory(), [FACTS[number] for number in (*told, *again)])
        end = rows()
        if not type(self).expected:
            type(self).expected = end
        self.assertEqual(end, type(self).expected)
        self.assertEqual(OrderRefund.objects.count(), 2)
        self.assertIsNotNone(Order.objects.get().removed_at)

    def test_an_edit_counts_at_once_and_is_not_counted_twice(self):
        store = StoreFactory()
        seen = []
        for fact, minutes in FACTS[:4]:
            tell(store, [(fact, minutes)])
            lines = Order.objects.get().lines.order_by("external_id")
            seen.append(dict(lines.values_list("external_id", "quantity")))

        assert seen == [{"1": 3}, {"1": 1}, {"1": 1, "2": 1}, {"1": 1, "2": 0}]
        assert not Inbound.objects.exists()
