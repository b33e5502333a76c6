"""Whatever happens, in whatever order: the row that is kept is the row a rebuild would make."""

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings as real
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.models import Customer, Delivery
from customers.outbox import deliver_due
from customers.services.merging import merge_customers, undo_merge
from engagement.models import Profile
from engagement.profiles.measure import FIELDS
from engagement.profiles.services import mark_unseen, rebuild, refresh_due
from returns.models import Return
from returns.services import receiving
from tests.engagement.profiling import DAY
from tests.factories.customers import StoreFactory
from tests.factories.tracking import NOON
from tests.returns.parcelling import returned
from tracking.carriers.base import ScanData, Window
from tracking.models import Order, Shipment
from tracking.services import add_scans, record_fulfillment, record_order
from tracking.services.edits import record_edit
from tracking.services.promises import revise_due
from tracking.services.refunds import record_refund
from tracking.services.removals import record_removal
from tracking.shops.base import AddressData, CustomerData, FulfillmentData, LineData, OrderData, RefundData
from tracking.shops.facts import EditData, Kind, RemovedData
from tracking.vocabulary import Status

WIRED = ("engagement.profiles", "tracking.merges")
COUNT = itertools.count(1)
LATEST = NOON + 60 * DAY


class World:
    """Three people of one shop, and what has been told of their orders."""

    def __init__(self) -> None:
        self.store = StoreFactory()
        self.orders: list[OrderData] = []
        self.people = [f"person-{next(COUNT)}" for _ in range(3)]
        self.merges: list[int] = []
        self.version = 0

    def _next(self) -> str:
        self.version += 1
        return f"2026-03-01T00:{self.version // 60:02}:{self.version % 60:02}"

    def _tell(self, place: int, **changes) -> None:
        self.orders[place] = replace(self.orders[place], version=self._next(), **changes)
        record_order(store=self.store, data=self.orders[place], at=LATEST)

    def _row(self, place: int) -> Order:
        return Order.objects.get(store=self.store, external_id=self.orders[place].external_id)

    def place(self, who: int, days: int) -> None:
        number = str(next(COUNT) + 10**7)
        person = CustomerData(external_id=self.people[who], email=f"{self.people[who]}@example.com")
        line = LineData("1", "Lantern", quantity=3, ordered_quantity=3, unit_price_minor=1000)
        data = OrderData(
            number, f"#{number}", "", NOON + days * DAY, "USD" if days % 5 else "EUR", (line,), person,
            total_minor=3000 + days, payment_status="paid",
            ship_to=AddressData(country=("US", "DE", "")[days % 3], region="CA"),
        )  # fmt: skip
        self.orders.append(data)
        self._tell(len(self.orders) - 1)

    def cancel(self, place: int, days: int) -> None:
        self._tell(place, cancelled_at=NOON + days * DAY)

    def refund(self, place: int, days: int) -> None:
        order = self.orders[place]
        data = RefundData(
            str(next(COUNT)), order.external_id, self._next(), order.currency, 100 * days + 1, created_at=NOON
        )
        record_refund(store=self.store, data=data, at=LATEST)

    def edit(self, place: int, days: int) -> None:
        changes = (("1", -1),)
        data = EditData(str(next(COUNT)), self.orders[place].external_id, NOON + days * DAY, changes)
        record_edit(store=self.store, data=data, at=LATEST)

    def remove(self, place: int, days: int) -> None:
        data = RemovedData(Kind.ORDER, self.orders[place].external_id, LATEST + days * DAY)
        record_removal(store=self.store, data=data, told_at=LATEST, at=LATEST)

    def deliver(self, place: int, days: int) -> None:
        """A parcel that is promised for one day and comes on another."""
        number = str(next(COUNT))
        data = FulfillmentData(
            number, self.orders[place].external_id, self._next(), lines=(("1", 1),),
            tracking_numbers=(f"1Z{number}",), carrier="ups", created_at=NOON,
        )  # fmt: skip
        record_fulfillment(store=self.store, data=data, at=NOON)
        parcel = Shipment.objects.get(fulfillment_external_id=number, order__store=self.store)
        day = (NOON + 10 * DAY).date()
        for status, at, eta in (
            (Status.IN_TRANSIT, NOON + DAY, Window(day, day)),
            (Status.DELIVERED, NOON + days * DAY, None),
        ):
            scan = ScanData(status, at=at)
            add_scans(shipment_id=parcel.pk, scans=[scan], source="ups", at=at, eta=eta, told_at=at)
            self.listen()  # it has come: whether it was late is found out after
        while revise_due(at=LATEST):
            pass

    def send_back(self, place: int, days: int) -> None:
        order = self._row(place)
        if not Return.objects.filter(order=order).exists():
            ret = returned(order, units=1 + days % 3)
            receiving.receive(receiving.another_parcel(ret.pk, at=NOON).pk, at=NOON)

    def merge(self, who: int, days: int) -> None:
        pair = [self._customer(who), self._customer((who + 1) % 3)]
        if None not in pair:
            merge = merge_customers(kept_id=pair[0].pk, merged_id=pair[1].pk, source="test", at=LATEST)
            self.merges += [merge.pk] if merge else []

    def part(self, who: int, days: int) -> None:
        if self.merges:
            undo_merge(merge_id=self.merges.pop(), at=LATEST)

    def _customer(self, who: int) -> Customer | None:
        return Customer.objects.filter(email=f"{self.people[who]}@example.com").first()

    def pay_late(self, place: int, days: int) -> None:
        """Without a word in the stream."""
        self._tell(place, payment_status=("paid", "pending")[days % 2])

    def correct(self, place: int, days: int) -> None:
        """Without a word in the stream."""
        self._tell(place, total_minor=days, currency=("USD", "EUR")[days % 2])

    def listen(self, at=LATEST) -> None:
        for _ in range(20):
            Delivery.objects.filter(state=Delivery.State.WAITING).update(due_at=at)
            if not deliver_due(at=at) + refresh_due(at=at):
                return
        raise AssertionError("it does not come to rest")


ON_ORDERS = ("cancel", "refund", "edit", "remove", "deliver", "send_back")
SILENT = ("pay_late", "correct")
DAYS = st.integers(0, 40)
WHO = st.integers(0, 2)


def stories(*names):
    """Things done to one of the last orders, or to people; after some the workers come by."""
    known = [*names, *names, "place", "merge", "part"]
    return st.lists(st.tuples(st.sampled_from(known), WHO, DAYS, st.booleans()), min_size=3, max_size=12)


def live(world, story):
    world.place(0, 3)
    for name, which, days, listen in story:
        if name in (*ON_ORDERS, *SILENT):
            which = max(len(world.orders) - 1 - which, 0)
        getattr(world, name)(which, days)
        if listen:
            world.listen()
    world.listen()


@pytest.fixture
def wired(settings):
    settings.EVENT_HANDLERS = {code: real.EVENT_HANDLERS[code] for code in WIRED}


def kept(people):
    ids = Customer.objects.filter(email__in=[f"{name}@example.com" for name in people])
    rows = Profile.objects.filter(customer__in=ids).order_by("pk")
    return list(ids.values_list("pk", flat=True)), list(rows.values_list("pk", *FIELDS))


@pytest.mark.django_db
@pytest.mark.usefixtures("wired")
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(stories(*ON_ORDERS))
def test_what_is_kept_is_what_a_rebuild_makes(story):
    world = World()
    live(world, story)
    ids, before = kept(world.people)

    assert rebuild(at=LATEST, check=True, ids=ids).fields == {}

    rebuild(at=LATEST, ids=ids)
    assert kept(world.people)[1] == before


@pytest.mark.django_db
@pytest.mark.usefixtures("wired")
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(stories(*SILENT, "deliver"))
def test_what_nobody_told_is_found_by_looking(story):
    world = World()
    live(world, story)

    now = timezone.now() + timedelta(minutes=1)
    mark_unseen(at=now, back=DAY)
    world.listen(at=now)

    assert rebuild(at=now, check=True, ids=kept(world.people)[0]).fields == {}
