"""Who enters a journey, how often, and what is written down about those who may not."""

from datetime import timedelta

import pytest
from django.db import transaction

from customers.models import Consent, Event
from engagement.events import SEGMENT_ENTERED
from engagement.journeys import engine, hearing, services
from engagement.models import Enrolment, JourneyTrigger, Message
from engagement.tasks import send_messages
from engagement.vocabulary import Hold
from tests.engagement.test_journey_engine import TIP, drain, happen, hear
from tests.factories.customers import CustomerFactory, StoreFactory
from tests.factories.journeys import chain, make_live, on_event, step
from tests.factories.tracking import NOON, OrderFactory
from tracking import events

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("only_ours")]
State = Enrolment.State
DAY = timedelta(days=1)
REST = step("rest", "wait", days=2)


def placed(order, at=NOON):
    return happen(events.ORDER_PLACED, order, at=at)


def runs(journey):
    return journey.enrolments.exclude(state=State.REFUSED)


def refused(journey):
    return list(journey.enrolments.filter(state=State.REFUSED).values_list("why", flat=True))


# --- pitfall 1: re-entry leaves two runs scheduled for one person ---
def test_pitfall_1_a_second_fact_while_under_way_begins_no_second_run():
    journey = make_live(
        chain(on_event(events.ORDER_PLACED, once_for="customer", reentry="always"), REST, TIP)
    )
    first = OrderFactory()
    second = OrderFactory(customer=first.customer)

    hear(placed(first), placed(second))
    hear(placed(OrderFactory(customer=first.customer), at=NOON + DAY), at=NOON + DAY)

    assert runs(journey).count() == 1
    assert refused(journey) == ["They are in this journey already."] * 2  # on two days


def test_who_is_through_may_enter_again_where_the_journey_says_so():
    journey = make_live(chain(on_event(events.ORDER_PLACED, once_for="customer", reentry="always"), TIP))
    order = OrderFactory()
    hear(placed(order))

    hear(placed(OrderFactory(customer=order.customer), at=NOON + DAY), at=NOON + DAY)

    subject = f"customer:{order.customer_id}"
    assert list(runs(journey).order_by("pk").values_list("key", flat=True)) == [subject, f"{subject}:1"]
    assert Message.objects.count() == 2


def test_never_means_once_in_a_life():
    journey = make_live(chain(on_event(events.ORDER_PLACED, once_for="customer"), TIP))
    order = OrderFactory()
    hear(placed(order))

    hear(placed(OrderFactory(customer=order.customer), at=NOON + DAY), at=NOON + DAY)

    assert runs(journey).count() == Message.objects.count() == 1
    assert refused(journey) == ["They have been through this journey, and nobody goes twice."]


@pytest.mark.parametrize(("days", "again"), [(29, False), (31, True)])
def test_after_some_days_counts_from_when_the_last_run_began(days, again):
    trigger = on_event(events.ORDER_PLACED, once_for="customer", reentry="after", reentry_days=30)
    journey = make_live(chain(trigger, TIP))
    order = OrderFactory()
    hear(placed(order))

    later = NOON + timedelta(days=days)
    hear(placed(OrderFactory(customer=order.customer), at=later), at=later)

    assert runs(journey).count() == (2 if again else 1)


# --- pitfall 3: two events in one second, a queue that begins nothing any more ---
def test_pitfall_3_many_events_of_one_second_are_one_run_and_the_next_ones_still_begin():
    journey = make_live(chain(on_event(events.SHIPMENT_DELIVERED, once_for="order", reentry="always"), TIP))
    order = OrderFactory()
    burst = [happen(events.SHIPMENT_DELIVERED, order, shipment_id=number) for number in range(5)]

    hear(*burst)
    hear(burst[0])
    hear(happen(events.SHIPMENT_DELIVERED, order, at=NOON + DAY, shipment_id=9), at=NOON + DAY)

    first = runs(journey).filter(entered_at=NOON)
    assert (first.count(), runs(journey).count()) == (1, 2)
    assert len(set(Message.objects.values_list("enrolment", flat=True))) == runs(journey).count()


def test_a_batch_of_one_second_for_one_key_is_one_run():
    journey = make_live(chain(on_event(events.SHIPMENT_DELIVERED, once_for="order"), REST, TIP))
    order = OrderFactory()

    hear(*[happen(events.SHIPMENT_DELIVERED, order, shipment_id=number) for number in range(5)])
    drain(NOON + 3 * DAY)

    assert runs(journey).count() == Message.objects.count() == 1


# --- why not ---
def test_who_does_not_fit_has_a_row_that_says_why_once_a_day():
    rule = {"fact": "order.total_minor", "op": "at_least", "value": 10_000}
    journey = make_live(chain(on_event(events.SHIPMENT_DELIVERED, filter=rule), TIP))
    order = OrderFactory(total_minor=50)

    for number in range(3):
        hear(happen(events.SHIPMENT_DELIVERED, order, shipment_id=number))

    assert refused(journey) == ["The journey's filter does not hold of them."]
    assert not Message.objects.exists()


def test_marketing_about_old_news_does_not_begin():
    journey = make_live(chain(on_event(events.ORDER_PLACED), TIP))

    hear(placed(OrderFactory(), at=NOON - 4 * DAY))

    assert refused(journey) == ["It happened more than 72 hours ago."]


def test_a_journey_of_one_store_does_not_hear_of_another():
    order, other = OrderFactory(), OrderFactory(store=StoreFactory(slug="other"))
    journey = make_live(chain(on_event(events.ORDER_PLACED), TIP), store=other.store)

    hear(placed(order), placed(other))

    assert list(journey.enrolments.values_list("order", flat=True)) == [other.pk]


def test_a_merged_profile_enters_as_who_it_turned_out_to_be():
    journey = make_live(chain(on_event(events.ORDER_PLACED, once_for="customer"), TIP))
    kept = CustomerFactory()
    fact = placed(OrderFactory(customer=CustomerFactory(merged_into=kept)))

    hear(fact)

    assert runs(journey).get().customer == kept


def test_a_segment_that_is_entered_begins_its_journey_only():
    graph = chain({"type": "segment", "segment": 7, "change": "entered", "filter": {}}, REST)
    journey = make_live(graph)
    customer = CustomerFactory()
    facts = [
        Event.objects.create(
            kind=SEGMENT_ENTERED,
            key=f"s:{segment}",
            customer=customer,
            occurred_at=NOON,
            data={"segment_id": segment, "segment": "Loyal"},
        )
        for segment in (7, 8)
    ]
    StoreFactory()

    hear(*facts)

    run = journey.enrolments.get()
    assert (run.customer, run.event, run.subject) == (customer, facts[0], f"customer:{customer.pk}")


def test_events_nobody_listens_for_cost_one_query(django_assert_num_queries):
    facts = [happen(events.SHIPMENT_CREATED, OrderFactory()) for _ in range(20)]

    with transaction.atomic(), django_assert_num_queries(1):
        hearing.hear(facts, at=NOON)


# --- by hand ---
def test_a_partner_enrols_somebody_once_per_key_with_data_that_rules_can_ask():
    rule = {"fact": "event.level", "op": "at_least", "value": 3}
    journey = make_live(chain({"type": "api", "filter": rule, "reentry": "always"}, TIP))
    customer = OrderFactory().customer

    def enrol(level, key):
        return services.enrol(journey=journey, customer=customer, at=NOON, data={"level": level}, key=key)

    first, again, low = enrol(3, "a"), enrol(3, "a"), enrol(2, "b")

    assert first == again
    assert (first.state, low.state) == (State.ACTIVE, State.REFUSED)
    drain(NOON)
    assert Message.objects.get().context == {"data": {"level": 3}}


def test_nobody_is_enrolled_in_what_is_not_live():
    journey = make_live(chain({"type": "api"}, TIP))
    services.stop(journey_id=journey.pk, at=NOON)
    journey.refresh_from_db()

    with pytest.raises(services.CannotDo):
        services.enrol(journey=journey, customer=CustomerFactory(), at=NOON)


# --- versions ---
def test_who_is_under_way_finishes_on_the_version_they_began_on():
    graph = chain(on_event(events.ORDER_PLACED), REST, step("old", "tag", name="old"))
    journey = make_live(graph)
    hear(placed(OrderFactory()))

    services.set_draft(
        journey_id=journey.pk,
        draft=chain(on_event(events.ORDER_PLACED), REST, step("new", "tag", name="new")),
    )
    services.publish(journey_id=journey.pk, by="x", at=NOON)
    hear(placed(OrderFactory()))
    drain(NOON + 2 * DAY)

    taken = {run.version.number: run.log.last().step for run in runs(journey)}
    assert taken == {1: "old", 2: "new"}


def test_a_version_nobody_is_on_listens_no_more():
    journey = make_live(chain(on_event(events.ORDER_PLACED), TIP))
    services.set_draft(journey_id=journey.pk, draft=chain(on_event(events.SHIPMENT_DELIVERED), TIP))

    services.publish(journey_id=journey.pk, by="x", at=NOON)

    assert list(JourneyTrigger.objects.values_list("event_kind", flat=True)) == [events.SHIPMENT_DELIVERED]


def test_publishing_the_same_again_is_refused():
    journey = make_live(chain(on_event(events.ORDER_PLACED), TIP))

    with pytest.raises(services.CannotDo):
        services.publish(journey_id=journey.pk, by="x", at=NOON)


# --- on and off ---
def test_a_paused_journey_takes_nobody_in_and_moves_nobody_until_it_goes_on():
    journey = make_live(chain(on_event(events.ORDER_PLACED), REST, TIP))
    hear(placed(OrderFactory()))
    services.pause(journey_id=journey.pk, at=NOON)

    hear(placed(OrderFactory()))
    drain(NOON + 5 * DAY)
    while_paused = Message.objects.count()
    services.resume(journey_id=journey.pk, at=NOON + 5 * DAY)
    drain(NOON + 5 * DAY)

    assert while_paused == 0
    assert Message.objects.count() == 1
    assert refused(journey) == ["The journey did not take anybody in: paused: nobody enters or moves."]


def test_a_pause_gives_nothing_to_a_wait_and_takes_nothing_from_it():
    journey = make_live(chain(on_event(events.ORDER_PLACED), REST, TIP))
    hear(placed(OrderFactory()))

    services.pause(journey_id=journey.pk, at=NOON)
    services.resume(journey_id=journey.pk, at=NOON + DAY)
    drain(NOON + DAY)

    assert runs(journey).get().due_at.date() == (NOON + 2 * DAY).date()
    assert not Message.objects.exists()


def test_what_happens_during_a_pause_is_found_when_it_goes_on():
    hope = step("hope", "wait_event", event=events.SHIPMENT_DELIVERED, next="", otherwise="")
    journey = make_live(chain(on_event(events.ORDER_PLACED), hope))
    order = OrderFactory()
    hear(placed(order))
    services.pause(journey_id=journey.pk, at=NOON)

    hear(happen(events.SHIPMENT_DELIVERED, order, at=NOON + DAY), at=NOON + DAY)
    drain(NOON + DAY)
    resting = runs(journey).get().state
    services.resume(journey_id=journey.pk, at=NOON + 2 * DAY)
    drain(NOON + 2 * DAY)

    assert (resting, runs(journey).get().state) == (State.ACTIVE, State.DONE)


def test_a_run_put_to_rest_in_the_moment_its_journey_went_on_is_found_again():
    journey = make_live(chain(on_event(events.ORDER_PLACED), REST, TIP))
    hear(placed(OrderFactory()))
    runs(journey).update(due_at=None)

    found = engine.wake_left_behind(at=NOON + 3 * DAY)
    drain(NOON + 3 * DAY)

    assert (found, runs(journey).get().state) == (1, State.DONE)


def test_draining_takes_nobody_in_and_lets_all_finish():
    journey = make_live(chain(on_event(events.ORDER_PLACED), REST, TIP))
    hear(placed(OrderFactory()))

    services.drain(journey_id=journey.pk, at=NOON)
    hear(placed(OrderFactory()))
    drain(NOON + 3 * DAY)

    assert [run.state for run in runs(journey)] == [State.DONE]
    assert len(refused(journey)) == 1


def test_stopping_ends_every_run_and_holds_what_still_waits_also_of_runs_that_are_through():
    journey = make_live(chain(on_event(events.ORDER_PLACED), TIP, REST, TIP | {"id": "two"}))
    through = make_live(chain(on_event(events.ORDER_PLACED), TIP))
    hear(placed(OrderFactory()))

    for one in (journey, through):
        services.stop(journey_id=one.pk, at=NOON)
    drain(NOON + 3 * DAY)

    assert runs(journey).get().state == State.STOPPED
    messages = Message.objects.all()
    assert {(one.state, one.hold, one.due_at) for one in messages} == {
        (Message.State.HELD, Hold.STOPPED, None)
    }
    assert len(messages) == 2


# --- pitfall 11: journeys kept mailing who had unsubscribed, because only campaigns asked ---
def test_pitfall_11_who_unsubscribes_between_two_messages_of_a_journey_gets_no_second_one(channel):
    say = {"kind": "birthday", "channel": "email"}
    graph = chain(
        on_event(events.ORDER_PLACED), step("a", "message", **say), REST, step("b", "message", **say)
    )
    make_live(graph)
    order = OrderFactory()
    yes = Consent.objects.create(
        customer=order.customer, channel="email", purpose="marketing", granted=True, source="t", said_at=NOON
    )
    hear(placed(order))
    while send_messages(at=NOON):
        pass

    yes.granted = False
    yes.save()
    drain(NOON + 2 * DAY)
    while send_messages(at=NOON + 2 * DAY):
        pass

    states = dict(Message.objects.filter(channel="email").values_list("step", "state"))
    assert states["a"] == Message.State.SENT
    assert states.get("b", Message.State.HELD) == Message.State.HELD
    assert len(channel.sent) == 1
