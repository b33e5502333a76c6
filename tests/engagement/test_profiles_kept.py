"""Profiles stay true: marked when something changes, measured again, checked against a rebuild."""

import time
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from customers.models import Delivery
from customers.outbox import deliver_due
from customers.services.merging import merge_customers, undo_merge
from engagement import tasks
from engagement.models import DirtyProfile, Profile
from engagement.profiles import services
from engagement.profiles.services import mark_dirty, mark_everybody, mark_unseen, rebuild, refresh_due
from tests.engagement.profiling import DAY, climbs, profile
from tests.engagement.test_concurrency import at_once
from tests.factories.customers import CustomerFactory
from tests.factories.tracking import NOON, OrderFactory, ShipmentFactory
from tracking.models import Order, Shipment

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return CustomerFactory()


def marked():
    return set(DirtyProfile.objects.values_list("customer_id", flat=True))


def hear(at=NOON):
    """Bring every event to its handlers; they are recorded by the real clock, and tests live at NOON."""
    for _ in range(10):
        Delivery.objects.filter(state=Delivery.State.WAITING).update(due_at=at)
        if not deliver_due(at=at):
            return


# --- marks


def test_a_mark_is_made_once_and_stays_the_first(ada):
    mark_dirty([ada.pk, ada.pk, 10**9], at=NOON)
    mark_dirty([ada.pk], at=NOON + DAY)

    assert list(DirtyProfile.objects.values_list("customer_id", "since")) == [(ada.pk, NOON)]


def test_marking_nobody_asks_the_database_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        mark_dirty([], at=NOON)


def test_a_marked_customer_is_measured_and_the_mark_is_gone(ada):
    OrderFactory(customer=ada)
    mark_dirty([ada.pk], at=NOON)

    assert refresh_due(at=NOON) == 1
    assert refresh_due(at=NOON) == 0

    assert profile(ada).orders == 1
    assert profile(ada).updated_at == NOON
    assert marked() == set()


def test_a_mark_for_later_waits(ada):
    mark_dirty([ada.pk], at=NOON + DAY)

    assert refresh_due(at=NOON) == 0
    assert refresh_due(at=NOON + DAY) == 1


def test_who_was_marked_last_is_measured_first(ada):
    bob = CustomerFactory()
    mark_dirty([ada.pk], at=NOON - DAY)
    mark_dirty([bob.pk], at=NOON)

    refresh_due(at=NOON, limit=1)

    assert marked() == {ada.pk}


def test_who_cannot_be_measured_is_put_off_and_holds_nobody_up(ada, monkeypatch):
    bob, real = CustomerFactory(), services.measure

    def measure(ids, *, at):
        if ada.pk in ids:
            raise ValueError("no")
        return real(ids, at=at)

    monkeypatch.setattr(services, "measure", measure)
    mark_dirty([ada.pk, bob.pk], at=NOON)

    assert refresh_due(at=NOON) == 2
    assert refresh_due(at=NOON) == 0

    assert list(Profile.objects.values_list("pk", flat=True)) == [bob.pk]
    assert marked() == {ada.pk}
    monkeypatch.undo()
    assert refresh_due(at=NOON + services.PUT_OFF) == 1


def test_a_refresh_of_five_hundred_customers_takes_few_statements(django_assert_num_queries):
    people = [CustomerFactory(identity=None) for _ in range(500)]
    Order.objects.bulk_create(OrderFactory.build(customer=one, store=_store()) for one in people)
    mark_dirty([one.pk for one in people], at=NOON)

    # 13 to measure; one each to find the marks, take them, lock the rows and write them (SQLite takes 999
    # values at a time: twelve more); savepoints around it all.
    with django_assert_num_queries(21 if connection.vendor == "postgresql" else 34):
        assert refresh_due(at=NOON) == 500

    assert Profile.objects.filter(orders=1).count() == 500


def _store():
    return OrderFactory._meta.declarations["store"].get_factory()()


# --- what happens


def test_what_happens_to_an_order_marks_whose_it_is_now(ada):
    bob = CustomerFactory()
    order = OrderFactory(customer=bob)
    with transaction.atomic():
        for kind in ("tracking.order.placed", "tracking.shipment.out_for_delivery"):
            services.outbox.publish(
                kind, key=f"test:{kind}", occurred_at=NOON, customer=ada, data={"order_id": order.pk}
            )
    hear()

    assert marked() == {ada.pk, bob.pk}


@pytest.mark.parametrize("kind", ["engagement.message.clicked", "engagement.survey.answered"])
def test_a_click_and_an_answer_mark_who_gave_them(ada, kind):
    with transaction.atomic():
        services.outbox.publish(kind, key="test:1", occurred_at=NOON, customer=ada, data={"order_id": None})
    hear()

    assert marked() == {ada.pk}


def test_both_sides_of_a_merge_are_measured_and_the_merged_one_has_no_profile(ada):
    bob = CustomerFactory()
    OrderFactory(customer=ada)
    OrderFactory(customer=bob, placed_at=NOON + DAY)
    rebuild(at=NOON)

    merge = merge_customers(kept_id=ada.pk, merged_id=bob.pk, source="test", at=NOON)
    hear()
    refresh_due(at=NOON)

    assert profile(ada).orders == 2
    assert not Profile.objects.filter(pk=bob.pk).exists()

    undo_merge(merge_id=merge.pk, at=NOON)
    hear()
    refresh_due(at=NOON)

    assert (profile(ada).orders, profile(bob).orders) == (1, 1)


def test_what_changed_without_a_word_is_found(ada):
    bob, eve = CustomerFactory(), CustomerFactory()
    for one in (ada, bob):
        OrderFactory(customer=one, payment_status="pending")
    now = timezone.now()
    rebuild(at=now + DAY)
    assert mark_unseen(at=now + DAY, back=2 * DAY) == 0

    Order.objects.filter(customer=ada).update(payment_status="paid", updated_at=now + DAY)
    ShipmentFactory(order=Order.objects.get(customer=bob), delivered_at=NOON)
    Shipment.objects.update(updated_at=now + DAY)
    Profile.objects.filter(pk=eve.pk).delete()

    assert mark_unseen(at=now + DAY, back=2 * DAY) == 3
    assert marked() == {ada.pk, bob.pk, eve.pk}


def test_a_scan_of_a_parcel_that_has_not_arrived_marks_nobody(ada):
    parcel = ShipmentFactory(order=OrderFactory(customer=ada))
    now = timezone.now()
    rebuild(at=now + timedelta(hours=1))

    Shipment.objects.filter(pk=parcel.pk).update(updated_at=now + timedelta(hours=2))

    assert mark_unseen(at=now + timedelta(hours=2), back=DAY) == 0


# --- everybody


def test_the_night_marks_everybody_once_but_those_merged_away(ada):
    CustomerFactory(merged_into=ada)
    bob = CustomerFactory()
    mark_dirty([bob.pk], at=NOON - DAY)

    assert mark_everybody(at=NOON) == 1

    assert dict(DirtyProfile.objects.values_list("customer_id", "since")) == {
        ada.pk: NOON,
        bob.pk: NOON - DAY,
    }


def test_the_night_measures_and_ranks_all():
    for number in range(5):
        OrderFactory(placed_at=NOON + number * DAY)

    tasks.renew_profiles()
    while tasks.refresh_profiles(at=timezone.now()):
        pass
    tasks.renew_profiles()

    assert sorted(Profile.objects.values_list("recency", flat=True)) == [1, 2, 3, 4, 5]


def test_a_rebuild_makes_what_is_missing_and_takes_away_what_is_too_much(ada):
    gone = CustomerFactory(merged_into=ada)
    Profile.objects.create(customer=gone, updated_at=NOON)
    OrderFactory(customer=ada)

    report = rebuild(at=NOON)

    assert (report.customers, report.different) == (2, 2)
    assert report.wrong == {services.MISSING: 1, services.LEFT_OVER: 1}
    assert profile(ada).orders == 1
    assert not Profile.objects.filter(pk=gone.pk).exists()
    assert rebuild(at=NOON).different == 0


def check():
    out, code = StringIO(), 0
    try:
        call_command("rebuild_profiles", "--check", stdout=out)
    except SystemExit as exc:
        code = exc.code
    return code, out.getvalue()


def test_the_check_says_what_is_wrong_changes_nothing_and_ends_with_1(ada):
    OrderFactory(customer=ada)
    call_command("rebuild_profiles", stdout=StringIO())
    assert check() == (0, "1 customers measured, 0 differ.\n")

    Profile.objects.update(orders=7, late=1)

    assert check() == (1, "1 customers measured, 1 differ.\n  late: 1\n  orders: 1\n")
    assert profile(ada).orders == 7


def test_the_check_does_not_count_who_is_marked_nor_what_time_changed(ada):
    OrderFactory(customer=ada)
    call_command("rebuild_profiles", stdout=StringIO())
    Profile.objects.update(messages_90d=4)
    assert check() == (
        0,
        "1 customers measured, 1 differ.\n  messages_90d: 1 (moves with time; right again after the night)\n",
    )

    Profile.objects.update(orders=7)
    mark_dirty([ada.pk], at=timezone.now())

    assert check() == (0, "0 customers measured, 0 differ.\n")


# --- several workers


on_postgres = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@on_postgres
def test_a_mark_made_while_it_is_measured_is_not_lost(monkeypatch):
    ada, real = CustomerFactory(), services.measure
    OrderFactory(customer=ada)
    mark_dirty([ada.pk], at=NOON)
    threads = []

    def measure(ids, *, at):
        found = real(ids, at=at)
        if not threads:  # what was read is old before it is written
            OrderFactory(customer=ada)
            threads.append(1)
            time.sleep(0.3)
        return found

    monkeypatch.setattr(services, "measure", measure)

    def worker():
        refresh_due(at=NOON)

    def teller():
        while not threads:
            pass
        mark_dirty([ada.pk], at=NOON)

    at_once(worker, teller)
    refresh_due(at=NOON)

    assert profile(ada).orders == 2


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@on_postgres
def test_four_workers_share_the_marks_and_tell_a_climb_once():
    people = [CustomerFactory() for _ in range(40)]
    for one in people:
        OrderFactory(customer=one)
        OrderFactory(customer=one)

    def work():
        for _ in range(5):
            mark_dirty([one.pk for one in people], at=NOON)
            refresh_due(at=NOON, limit=7)

    at_once(*[work] * 4)
    while refresh_due(at=NOON):
        pass

    assert Profile.objects.filter(orders=2, tier="bronze").count() == 40
    assert len(climbs()) == 40
