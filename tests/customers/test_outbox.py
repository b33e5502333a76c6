"""The stream: a fact is told once, brought to every handler, and survives whatever fails on the way."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from customers import outbox
from customers.models import Delivery, Event, Throttle
from tests.factories.customers import CustomerFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
SEEN: list[list[str]] = []


def remember(events, *, at):
    SEEN.append([event.key for event in events])


def refuse_poison(events, *, at):
    """Writes a row of its own, then fails when a poison event is in the batch."""
    for event in events:
        Throttle.objects.create(key=event.key, window=at, count=1)
        if "poison" in event.key:
            raise ValueError("this event cannot be handled")


@pytest.fixture
def handlers(settings):
    SEEN.clear()

    def wire(**table):
        settings.EVENT_HANDLERS = {
            code: (f"{__name__}.{function.__name__}", ("test.thing.happened",))
            for code, function in table.items()
        }

    return wire


def tell(*keys, **more):
    with transaction.atomic():
        return [outbox.publish("test.thing.happened", key=key, occurred_at=NOON, **more) for key in keys]


def later(**delta):
    return datetime.now(UTC) + timedelta(**delta)


@pytest.mark.django_db(transaction=True)
def test_publish_refuses_to_run_outside_a_transaction(handlers):
    with pytest.raises(outbox.NotInTransaction):
        outbox.publish("test.thing.happened", key="a", occurred_at=NOON)


def test_the_same_fact_told_twice_is_one_event(handlers):
    handlers(one=remember)

    first, second = tell("a", "a")

    assert first is not None and second is None
    assert Event.objects.count() == Delivery.objects.count() == 1


def test_an_event_goes_to_every_handler_once(handlers):
    handlers(one=remember, two=remember)
    customer = CustomerFactory()
    tell("a", "b", customer=customer, subject=customer, data={"customer_id": customer.pk})

    claimed = outbox.deliver_due(at=later(seconds=1))

    assert claimed == 4
    assert sorted(map(sorted, SEEN)) == [["a", "b"], ["a", "b"]]
    assert set(Delivery.objects.values_list("state", flat=True)) == {"DONE"}
    assert outbox.deliver_due(at=later(days=1)) == 0


def test_an_event_nobody_hears_is_kept_without_deliveries(handlers):
    handlers()

    tell("a")

    assert Event.objects.get().subject_type == ""
    assert not Delivery.objects.exists()


def test_one_poison_event_parks_alone_and_the_others_take_effect_once(handlers):
    handlers(one=refuse_poison)
    tell("a", "poison", "b")

    for day in range(1, 12):
        outbox.deliver_due(at=later(days=day))

    assert sorted(Throttle.objects.values_list("key", flat=True)) == ["a", "b"]
    parked = Delivery.objects.get(state="PARKED")
    assert parked.event.key == "poison"
    assert parked.attempts == outbox.MAX_ATTEMPTS
    assert "this event cannot be handled" in parked.last_error


def test_a_failed_delivery_waits_longer_each_time(handlers):
    handlers(one=refuse_poison)
    tell("poison")
    waits = []

    for day in range(1, 4):
        at = later(days=day)
        outbox.deliver_due(at=at)
        waits.append(Delivery.objects.get().due_at - at)

    assert timedelta(0) < waits[0] < waits[1] < waits[2]


def test_a_parked_delivery_can_be_retried_once_the_cause_is_gone(handlers):
    handlers(one=refuse_poison)
    tell("poison")
    for day in range(1, 12):
        outbox.deliver_due(at=later(days=day))
    handlers(one=remember)

    outbox.retry(Delivery.objects.all(), at=NOON)
    outbox.deliver_due(at=later(days=20))

    assert SEEN == [["poison"]]
    assert Delivery.objects.get().state == "DONE"


def test_a_worker_that_lost_its_lease_has_no_effect(handlers, monkeypatch):
    handlers(one=remember)
    tell("a")
    claim = outbox.claims.claim

    def claim_then_lose(*args, **kwargs):
        rows = claim(*args, **kwargs)
        Delivery.objects.update(claim=None)
        return rows

    monkeypatch.setattr(outbox.claims, "claim", claim_then_lose)
    outbox.deliver_due(at=later(seconds=1))

    assert SEEN == [[]]
    assert Delivery.objects.get().state == "WAITING"


def test_nothing_is_told_when_the_change_is_rolled_back(handlers):
    handlers(one=remember)

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        outbox.publish("test.thing.happened", key="a", occurred_at=NOON)
        raise ZeroDivisionError

    assert not Event.objects.exists()


def test_an_event_that_kills_its_worker_parks_where_staff_see_it(handlers):
    handlers(killer=remember)
    with transaction.atomic():
        outbox.publish("test.thing.happened", key="a", occurred_at=NOON)
    Delivery.objects.update(attempts=outbox.MAX_ATTEMPTS, due_at=NOON)  # claimed so often, and never settled

    outbox.deliver_due(at=NOON)

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.due_at, SEEN) == (Delivery.State.PARKED, None, [])
    assert "died" in delivery.last_error
