"""Runs move through their steps: each effect once, whatever is killed, repeated or late."""

from datetime import timedelta

import pytest
from django.db import transaction

from customers.models import Alert, Case, Consent, CustomerTag, Event
from engagement.events import JOURNEY_CALLED
from engagement.journeys import engine, hearing
from engagement.journeys.graph import StepType
from engagement.journeys.steps import STEPS
from engagement.models import Enrolment, Message, StepLog
from engagement.vocabulary import Hold
from tests.factories.journeys import chain, make_live, on_event, step
from tests.factories.tracking import NOON, OrderFactory
from tracking import events

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("only_ours")]
State = Enrolment.State
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def happen(kind, order, *, at=NOON, key=None, **data):
    """Return the event as the stream holds it."""
    return Event.objects.create(
        kind=kind,
        key=key or f"{kind}:{order.pk}:{at.isoformat()}:{sorted(data.items())}",
        customer=order.customer,
        store=order.store,
        occurred_at=at,
        data={"order_id": order.pk, **data},
    )


def hear(*facts, at=NOON):
    with transaction.atomic():
        hearing.hear(list(facts), at=at)


def drain(at):
    while engine.advance_due(at=at):
        pass


def run_of(journey):
    return Enrolment.objects.exclude(state=State.REFUSED).get(journey=journey)


def way(run):
    """Return what happened to a run, as (step, outcome, branch)."""
    return list(run.log.order_by("pk").values_list("step", "outcome", "branch"))


TIP = step("tip", "message", kind="delivered", channel="auto")


def test_every_type_of_step_is_wired():
    assert set(STEPS) == set(StepType)


def test_an_event_begins_a_run_that_takes_its_first_steps_at_once():
    journey = make_live(chain(on_event(events.ORDER_PLACED), TIP, step("end", "end")))
    order = OrderFactory()
    Consent.objects.create(
        customer=order.customer,
        channel="email",
        purpose="marketing",
        granted=True,
        source="test",
        said_at=NOON,
    )

    hear(happen(events.ORDER_PLACED, order))

    run, message = run_of(journey), Message.objects.get()
    assert (run.state, run.subject, run.key) == (State.DONE, f"order:{order.pk}", f"order:{order.pk}")
    assert (message.enrolment, message.step, message.dedupe_key) == (run, "tip", f"j:{run.pk}:tip:1")
    assert (message.purpose, message.topic, message.channel) == ("marketing", "tips", "email")
    assert (message.store, message.customer, message.order) == (order.store, order.customer, order)
    assert message.expires_at == NOON + timedelta(hours=72)
    assert message.context == {"order_id": order.pk}
    assert way(run) == [("tip", "PASSED", ""), ("end", "PASSED", "")]


def test_the_same_event_told_again_begins_nothing():
    journey = make_live(chain(on_event(events.ORDER_PLACED, reentry="always"), TIP))
    fact = happen(events.ORDER_PLACED, OrderFactory())

    for _ in range(3):
        hear(fact, fact)

    assert Enrolment.objects.filter(journey=journey).count() == Message.objects.count() == 1


def test_a_wait_counts_from_when_the_run_came_to_it():
    journey = make_live(chain(on_event(events.ORDER_PLACED), step("rest", "wait", hours=5), TIP))
    hear(happen(events.ORDER_PLACED, OrderFactory()))

    early = engine.advance_due(at=NOON + 4 * HOUR)
    drain(NOON + 5 * HOUR)

    run = run_of(journey)
    assert early == 0
    assert run.state == State.DONE
    assert Message.objects.get().due_at == NOON + 5 * HOUR
    assert way(run) == [("rest", "WAITS", ""), ("rest", "PASSED", ""), ("tip", "PASSED", "")]


def test_a_branch_asks_the_event_the_order_and_the_person():
    rule = {
        "all": [
            {"fact": "event.reason", "op": "is", "value": "LOST"},
            {"fact": "order.total_minor", "op": "at_least", "value": 5000},
            {"fact": "customer.language", "op": "is", "value": "de"},
        ]
    }
    graph = chain(
        on_event(events.SHIPMENT_EXCEPTION, once_for="event"),
        step("ask", "branch", rule=rule, next="sorry", otherwise="over"),
        step("sorry", "tag", name="Sorry", next="over"),
        step("over", "end"),
    )
    make_live(graph)
    german = OrderFactory(customer__language="de", total_minor=6000)
    others = [OrderFactory(customer__language="de", total_minor=10), OrderFactory(total_minor=6000)]
    facts = [happen(events.SHIPMENT_EXCEPTION, one, reason="LOST") for one in (german, *others)]

    hear(*facts, happen(events.SHIPMENT_EXCEPTION, german, reason="ADDRESS"))

    assert list(CustomerTag.objects.values_list("customer", "name")) == [(german.customer_id, "sorry")]
    taken = StepLog.objects.filter(step="ask").order_by("enrolment__event").values_list("branch", flat=True)
    assert list(taken) == ["yes", "no", "no", "no"]


def test_a_run_waits_for_its_event_and_goes_the_other_way_when_it_does_not_come():
    graph = chain(
        on_event(events.ORDER_PLACED),
        step("hope", "wait_event", event=events.SHIPMENT_DELIVERED, days=3, next="good", otherwise="bad"),
        step("good", "tag", name="good", next="over"),
        step("bad", "tag", name="bad", next="over"),
        step("over", "end"),
    )
    make_live(graph)
    lucky, unlucky = OrderFactory(), OrderFactory()
    hear(*(happen(events.ORDER_PLACED, one) for one in (lucky, unlucky)))

    hear(happen(events.SHIPMENT_DELIVERED, lucky, at=NOON + DAY), at=NOON + DAY)
    drain(NOON + DAY)
    drain(NOON + 3 * DAY)

    tags = dict(CustomerTag.objects.values_list("customer", "name"))
    assert tags == {lucky.customer_id: "good", unlucky.customer_id: "bad"}


def test_what_came_before_the_run_reached_the_wait_counts_too():
    graph = chain(
        on_event(events.ORDER_PLACED),
        step("rest", "wait", hours=10),
        step("hope", "wait_event", event=events.SHIPMENT_DELIVERED, days=3, next="", otherwise="bad"),
        step("bad", "tag", name="bad"),
    )
    journey = make_live(graph)
    order = OrderFactory()
    hear(happen(events.ORDER_PLACED, order))

    hear(happen(events.SHIPMENT_DELIVERED, order, at=NOON + HOUR), at=NOON + HOUR)
    drain(NOON + 10 * HOUR)

    assert way(run_of(journey))[-1] == ("hope", "YES", "came")


def test_an_event_of_another_order_does_not_wake_a_run_for_an_order():
    graph = chain(
        on_event(events.ORDER_PLACED),
        step("hope", "wait_event", event=events.SHIPMENT_DELIVERED, next="", otherwise=""),
    )
    journey = make_live(graph)
    order = OrderFactory()
    other = OrderFactory(customer=order.customer)
    hear(happen(events.ORDER_PLACED, order))

    hear(happen(events.SHIPMENT_DELIVERED, other, at=NOON + HOUR), at=NOON + HOUR)
    drain(NOON + DAY)

    assert run_of(journey).state == State.ACTIVE


def test_a_goal_ends_the_run_and_holds_what_still_waits():
    graph = chain(
        on_event(events.SHIPMENT_DELIVERED),
        TIP,
        step("rest", "wait", days=7),
        step("again", "message", kind="delivered"),
        goals=[{"event": events.ORDER_PLACED}],
    )
    journey = make_live(graph)
    order = OrderFactory()
    hear(happen(events.SHIPMENT_DELIVERED, order))

    another = OrderFactory(customer=order.customer)
    hear(happen(events.ORDER_PLACED, another, at=NOON + HOUR), at=NOON + HOUR)
    drain(NOON + 8 * DAY)

    run, message = run_of(journey), Message.objects.get()
    assert (run.state, run.ended_at) == (State.GOAL, NOON + HOUR)
    assert (message.state, message.hold, message.due_at) == (Message.State.HELD, Hold.STOPPED, None)


def test_the_event_that_began_a_run_is_not_its_goal():
    graph = chain(
        on_event(events.ORDER_PLACED, once_for="customer"),
        step("rest", "wait", days=7),
        goals=[{"event": events.ORDER_PLACED}],
    )
    journey = make_live(graph)
    order = OrderFactory()

    hear(happen(events.ORDER_PLACED, order))
    begun = run_of(journey).state
    hear(happen(events.ORDER_PLACED, OrderFactory(customer=order.customer), at=NOON + DAY), at=NOON + DAY)

    assert (begun, run_of(journey).state) == (State.ACTIVE, State.GOAL)


def test_a_split_takes_the_same_way_however_often_it_is_asked_and_keeps_its_weights():
    graph = chain(
        on_event(events.ORDER_PLACED),
        step(
            "test",
            "split",
            ways=[{"name": "a", "weight": 3, "next": "over"}, {"name": "b", "weight": 1, "next": "over"}],
        ),
        step("over", "end"),
    )
    journey = make_live(graph)
    hear(*(happen(events.ORDER_PLACED, OrderFactory()) for _ in range(200)))

    taken = StepLog.objects.filter(step="test").values_list("enrolment__key", "branch")
    first = dict(taken)
    StepLog.objects.all().delete()
    Enrolment.objects.update(state=State.ACTIVE, step="test", due_at=NOON, stepped_at=NOON, ended_at=None)
    drain(NOON)

    assert dict(taken) == first
    assert 120 <= sum(branch == "a" for branch in first.values()) <= 180
    assert journey.enrolments.filter(state=State.DONE).count() == 200


def test_who_is_held_out_ends_there_and_the_log_says_who():
    journey = make_live(chain(on_event(events.ORDER_PLACED), step("out", "holdout", percent=50), TIP))

    hear(*(happen(events.ORDER_PLACED, OrderFactory()) for _ in range(60)))

    out = journey.enrolments.filter(state=State.EXITED)
    assert 15 <= out.count() <= 45
    assert Message.objects.count() == 60 - out.count()
    assert set(StepLog.objects.filter(enrolment__in=out).values_list("step", "branch")) == {("out", "out")}


def test_alert_case_and_call_reach_staff_and_partners_once():
    graph = chain(
        on_event(events.SHIPMENT_EXCEPTION),
        step("look", "alert", words="Look at this parcel"),
        step("talk", "case", subject="A parcel is lost"),
        step("tell", "call", name="parcel-lost"),
    )
    journey = make_live(graph)
    order = OrderFactory()
    fact = happen(events.SHIPMENT_EXCEPTION, order)

    hear(fact)
    hear(fact)

    called = Event.objects.get(kind=JOURNEY_CALLED)
    assert (called.data["name"], called.data["order_id"]) == ("parcel-lost", order.pk)
    assert called.data["enrolment_id"] == run_of(journey).pk
    assert Case.objects.get().subject == "A parcel is lost"
    assert Alert.objects.get(kind="journey").title == "Look at this parcel"


def test_a_loop_without_end_fails_with_words_and_every_visit_has_its_own_message():
    graph = chain(
        on_event(events.ORDER_PLACED), {**TIP, "next": "again"}, step("again", "tag", name="x", next="tip")
    )
    journey = make_live(graph)

    hear(happen(events.ORDER_PLACED, OrderFactory()))

    run = run_of(journey)
    assert (run.state, Message.objects.count()) == (State.FAILED, 50)
    assert run.why == "It came to the step “tip” more than 50 times."
    assert set(Message.objects.values_list("dedupe_key", flat=True)) == {
        f"j:{run.pk}:tip:{visit}" for visit in range(1, 51)
    }


def test_a_filter_that_does_not_hold_any_more_is_asked_again_before_each_message():
    rule = {"fact": "customer.tag", "op": "has_not", "value": "vip"}
    graph = chain(on_event(events.ORDER_PLACED, filter=rule), step("rest", "wait", hours=1), TIP)
    journey = make_live(graph)
    order = OrderFactory()
    hear(happen(events.ORDER_PLACED, order))

    CustomerTag.objects.create(customer=order.customer, name="vip", added_at=NOON)
    drain(NOON + HOUR)

    assert run_of(journey).state == State.EXITED
    assert not Message.objects.exists()


# --- killed anywhere ---
KILLS = ("messages", "events", "settled", "logged")


class Killed(BaseException):
    """The worker is gone: nothing catches it."""


@pytest.mark.parametrize("where", KILLS)
def test_a_worker_killed_at_any_write_leaves_nothing_and_the_next_one_makes_the_same_rows(where, monkeypatch):
    from engagement.journeys import writing

    graph = chain(
        on_event(events.ORDER_PLACED), step("rest", "wait", hours=1), TIP, step("tell", "call", name="x")
    )
    journey = make_live(graph)
    hear(*(happen(events.ORDER_PLACED, OrderFactory()) for _ in range(5)))
    name = {"messages": "insert", "events": "publish_batch", "settled": "_settle", "logged": "_log"}[where]
    real = getattr(writing, name)

    def dies(*args):
        real(*args)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(writing, name, dies)
        with pytest.raises(Killed):
            engine.advance_due(at=NOON + HOUR)
    seen = (Message.objects.count(), Event.objects.filter(kind=JOURNEY_CALLED).count())
    Enrolment.objects.update(leased_until=None)  # its lease runs out
    drain(NOON + HOUR)
    drain(NOON + 2 * HOUR)

    assert seen == (0, 0)
    assert journey.enrolments.filter(state=State.DONE).count() == 5
    assert Message.objects.count() == Event.objects.filter(kind=JOURNEY_CALLED).count() == 5
    assert StepLog.objects.filter(step="tip").count() == 5
