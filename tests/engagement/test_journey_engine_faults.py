"""What one run, one worker or one batch breaks does not hold up the others."""

import pytest

from engagement.journeys import engine
from engagement.journeys.graph import StepType
from engagement.journeys.steps import STEPS
from engagement.models import Enrolment, Message
from tests.engagement.test_journey_engine import DAY, HOUR, TIP, Killed, State, drain, happen, hear, run_of
from tests.factories.journeys import chain, make_live, on_event, step
from tests.factories.tracking import NOON, OrderFactory
from tracking import events

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("only_ours")]


def test_one_run_that_cannot_be_moved_does_not_hold_up_the_others(monkeypatch):
    journey = make_live(chain(on_event(events.ORDER_PLACED), step("rest", "wait", hours=1), TIP))
    hear(*(happen(events.ORDER_PLACED, OrderFactory()) for _ in range(4)))
    bad = Enrolment.objects.order_by("pk").first()
    real = STEPS[StepType.MESSAGE]

    def stumbles(group):
        if any(run.pk == bad.pk for run in group.runs):
            raise RuntimeError("it breaks")
        real(group)

    monkeypatch.setitem(STEPS, StepType.MESSAGE, stumbles)
    at = NOON + HOUR
    for _ in range(40):
        drain(at)
        at += HOUR

    bad.refresh_from_db()
    assert journey.enrolments.filter(state=State.DONE).count() == 3
    assert (bad.state, bad.why) == (State.FAILED, "Tried 8 times. RuntimeError: it breaks")


def test_a_run_that_kills_its_worker_is_given_up(monkeypatch):
    journey = make_live(chain(on_event(events.ORDER_PLACED), step("rest", "wait", hours=1), TIP))
    hear(happen(events.ORDER_PLACED, OrderFactory()))

    def dies(group):
        raise Killed

    monkeypatch.setitem(STEPS, StepType.MESSAGE, dies)
    for _ in range(8):
        with pytest.raises(Killed):
            engine.advance_due(at=NOON + HOUR)
        Enrolment.objects.update(leased_until=None)
    drain(NOON + HOUR)

    assert run_of(journey).state == State.FAILED
    assert run_of(journey).why == "The worker died on it 8 times."


def test_what_fails_while_setting_out_is_tried_again_by_the_worker(monkeypatch):
    journey = make_live(chain(on_event(events.ORDER_PLACED), TIP))
    real = STEPS[StepType.MESSAGE]

    def breaks(group):
        raise RuntimeError("it breaks")

    with monkeypatch.context() as patch:
        patch.setitem(STEPS, StepType.MESSAGE, breaks)
        hear(happen(events.ORDER_PLACED, OrderFactory()))
    assert STEPS[StepType.MESSAGE] is real
    drain(NOON)

    assert run_of(journey).state == State.DONE
    assert Message.objects.count() == 1


def test_a_batch_costs_the_same_number_of_queries_for_two_runs_and_for_two_hundred(
    django_assert_max_num_queries,
):
    graph = chain(
        on_event(events.ORDER_PLACED),
        step("rest", "wait", days=1, hour=10),
        step("ask", "branch", rule={"fact": "order.total_minor", "op": "at_least", "value": 1}, otherwise=""),
        TIP,
    )
    make_live(graph)
    hear(*(happen(events.ORDER_PLACED, OrderFactory()) for _ in range(200)))

    with django_assert_max_num_queries(40):
        done = engine.advance_due(at=NOON + 3 * DAY)

    assert done == 200
    assert Message.objects.count() == 200
