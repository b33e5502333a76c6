"""Wake-ups are only that: losing or repeating one changes nothing."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from threading import Thread

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone
from django_q.models import OrmQ, Schedule

from config.lib import claims
from customers import limits, schedules, tasks, worker
from customers.models import Delivery, Event, Wake

pytestmark = pytest.mark.django_db

LEFT: list[int] = []


def work_through(*, at):
    """Does one of what is left at a time."""
    return LEFT.pop() and 1 if LEFT else 0


@pytest.fixture
def kinds(settings):
    LEFT.clear()
    settings.WORK = {"play": f"{__name__}.work_through"}
    schedules.sync()


@pytest.fixture
def due():
    """Ten deliveries that are due."""
    event = Event.objects.create(kind="a.b.c", key="k", occurred_at=timezone.now())
    at = timezone.now() - timedelta(minutes=1)
    return [Delivery.objects.create(event=event, handler=str(n), due_at=at) for n in range(10)]


def test_many_wakes_queue_one_job(kinds, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(50):
            worker.wake("play")

    assert OrmQ.objects.count() == 1


def test_a_wake_after_the_work_began_is_not_lost(kinds, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        worker.wake("play")
    worker.run("play")
    with django_capture_on_commit_callbacks(execute=True):
        worker.wake("play")

    assert OrmQ.objects.count() == 2


def ring(*, at):
    """Does one thing, and rings for the play that follows from it."""
    if LEFT.count(0):
        LEFT.remove(0)
        LEFT.append(1)
        worker.wake("play")
        return 1
    return 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("at_once", "left"), [(("play",), []), ((), [1])])
def test_a_worker_goes_on_at_once_to_what_brings_the_fact_to_a_person(kinds, settings, at_once, left):
    settings.WORK |= {"first": f"{__name__}.ring"}
    settings.AT_ONCE = at_once
    schedules.sync()
    LEFT.append(0)

    worker.run_on("first")

    assert left == LEFT


@pytest.mark.django_db(transaction=True)
def test_what_a_worker_goes_on_to_is_queued_too_in_case_it_dies(kinds, settings):
    settings.WORK |= {"first": f"{__name__}.ring"}
    settings.AT_ONCE = ("play",)
    schedules.sync()
    LEFT.append(0)

    worker.run_on("first")

    assert OrmQ.objects.count() == 1


def test_the_sweep_rings_again_for_what_a_lost_wake_up_left(kinds):
    Wake.objects.update(pending=True)

    tasks.sweep()

    assert OrmQ.objects.count() == 1


def test_run_goes_on_until_nothing_is_left(kinds):
    LEFT.extend([1] * 7)

    assert worker.run("play") == 7
    assert LEFT == []


def test_a_job_that_runs_out_of_time_rings_for_the_rest(kinds):
    LEFT.extend([1] * 7)

    assert worker.run("play", seconds=0) == 1
    assert OrmQ.objects.count() == 1


def test_drain_says_what_it_did():
    out = StringIO()

    call_command("drain", stdout=out)

    assert out.getvalue().strip() == "nothing was due"


def test_a_broker_that_is_down_does_not_fail_what_was_committed(
    kinds, monkeypatch, django_capture_on_commit_callbacks
):
    def down(*args, **kwargs):
        raise ConnectionError

    monkeypatch.setattr(worker, "async_task", down)

    with django_capture_on_commit_callbacks(execute=True):
        worker.wake("play")


def test_schedules_follow_the_table(settings):
    settings.SCHEDULES = {"sweep": ("customers.tasks.sweep", (), 1)}
    Schedule.objects.create(name="porchlight:gone", func="x.y")
    Schedule.objects.create(name="mine", func="x.y")

    schedules.sync()
    schedules.sync()

    names = sorted(Schedule.objects.values_list("name", flat=True))
    assert names == ["mine", "porchlight:sweep"]


def test_two_workers_never_hold_the_same_row(due):
    at = timezone.now()

    first = claims.claim(Delivery.objects.all(), at=at, limit=6)
    second = claims.claim(Delivery.objects.all(), at=at, limit=6)

    assert (len(first), len(second)) == (6, 4)
    assert not {row.pk for row in first} & {row.pk for row in second}
    assert claims.claim(Delivery.objects.all(), at=at, limit=6) == []


def test_a_lapsed_lease_is_taken_over_and_the_zombie_cannot_settle(due):
    at = timezone.now()
    (zombie,) = claims.claim(
        Delivery.objects.filter(pk=due[0].pk), at=at, limit=1, lease=timedelta(seconds=-1)
    )

    (successor,) = claims.claim(Delivery.objects.filter(pk=due[0].pk), at=at, limit=1)

    assert not claims.settle(zombie, state="PARKED")
    assert claims.settle(successor, state="DONE", due_at=None)
    row = Delivery.objects.get(pk=due[0].pk)
    assert (row.state, row.attempts, row.claim) == ("DONE", 2, None)


def test_a_worker_with_a_wrong_clock_cannot_take_over(due):
    claims.claim(Delivery.objects.all(), at=timezone.now(), limit=10)

    assert claims.claim(Delivery.objects.all(), at=timezone.now() + timedelta(days=1), limit=10) == []


def test_a_row_that_may_be_killing_workers_is_claimed_alone(due):
    Delivery.objects.filter(pk=due[0].pk).update(attempts=claims.SUSPECT_AFTER)

    sizes = [len(claims.claim(Delivery.objects.all(), at=timezone.now(), limit=10)) for _ in range(2)]

    assert sorted(sizes) == [1, 9]


def test_limits_count_per_window_and_forget():
    limit = limits.Limit("test", 2, timedelta(minutes=10))
    at = datetime(2026, 3, 10, 12, 5, tzinfo=UTC)

    assert [limits.hit(limit, "a", at=at) for _ in range(3)] == [True, True, False]
    assert limits.hit(limit, "b", at=at)
    assert limits.hit(limit, "a", at=at + timedelta(minutes=10))
    assert limits.forget(before=at + timedelta(days=1)) == 3


@pytest.mark.parametrize(
    ("proxies", "forwarded", "seen"),
    [
        (0, "203.0.113.9", "198.51.100.0/24"),
        (1, "203.0.113.9", "203.0.113.0/24"),
        (1, "10.0.0.1, 203.0.113.9", "203.0.113.0/24"),
        (2, "203.0.113.9", "198.51.100.0/24"),
        (1, "2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        (1, "nonsense", "unknown"),
    ],
)
def test_a_forwarded_address_is_believed_only_from_trusted_proxies(rf, settings, proxies, forwarded, seen):
    settings.TRUSTED_PROXIES = proxies
    request = rf.get("/", REMOTE_ADDR="198.51.100.7", headers={"X-Forwarded-For": forwarded})

    assert limits.client_network(request) == seen


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
@pytest.mark.django_db(transaction=True)
def test_a_locked_row_is_passed_over(due):
    taken = []

    def other():
        try:
            taken.extend(claims.claim(Delivery.objects.all(), at=timezone.now(), limit=10))
        finally:
            connection.close()

    with transaction.atomic():
        list(Delivery.objects.select_for_update().filter(pk=due[0].pk))
        thread = Thread(target=other)
        thread.start()
        thread.join()

    assert len(taken) == 9
