"""The journeys that come with Porchlight."""

import pytest
from django.apps import apps
from django.conf import settings

from engagement.journeys.builtin import BUILTIN, BY_CODE
from engagement.journeys.builtin.sync import sync
from engagement.journeys.graph import StepType, read
from engagement.journeys.listens import listens
from engagement.kinds import BY_EVENT
from engagement.models import Journey, JourneyTrigger
from engagement.return_handlers import TELLS
from tests.factories.tracking import NOON

pytestmark = pytest.mark.django_db
CODES = sorted(BY_CODE)
TELLING = sorted(one.code for one in BUILTIN if one.on_from_the_start and one.code != "low_score")


@pytest.fixture
def synced():
    sync(apps, at=NOON)


@pytest.mark.parametrize("code", CODES)
def test_a_built_in_graph_can_be_read_and_every_step_be_reached(code):
    graph = read(BY_CODE[code].graph)

    reached = {step.id for step in graph.walk()}

    assert reached == set(graph.steps)


def test_the_telling_journeys_hear_exactly_what_the_messages_are_made_of():
    heard = [event for code in TELLING for role, event in listens(read(BY_CODE[code].graph))]

    made = {kind for kind in BY_EVENT if not kind.startswith("tracking.access.")} | set(TELLS)
    assert sorted(heard) == sorted(made)  # each in one journey: nothing is told twice


def test_a_fresh_installation_has_all_of_them_and_runs_what_belongs_to_an_order(synced):
    states = dict(Journey.objects.values_list("code", "state"))

    assert states == {one.code: "LIVE" if one.on_from_the_start else "DRAFT" for one in BUILTIN}
    assert not Journey.objects.filter(live=None).exists()


def test_what_a_journey_listens_for_is_kept_in_rows(synced):
    rows = JourneyTrigger.objects.filter(version__journey__code="delivered")

    assert list(rows.values_list("role", "event_kind")) == [("enter", "tracking.shipment.delivered")]


def test_syncing_again_changes_nothing(synced):
    assert sync(apps, at=NOON) == 0

    assert Journey.objects.get(code="shipped").versions.count() == 1


def test_a_changed_definition_becomes_the_next_version(synced):
    journey = Journey.objects.get(code="shipped")
    old = {**journey.live.graph, "start": "tell", "exits": [{"event": "tracking.order.cancelled"}]}
    journey.versions.update(graph=old)
    Journey.objects.filter(pk=journey.pk).update(draft=old)

    assert sync(apps, at=NOON) == 1

    journey.refresh_from_db()
    assert (journey.live.number, journey.live.graph) == (2, BY_CODE["shipped"].graph)
    assert journey.draft == BY_CODE["shipped"].graph


def test_what_staff_published_is_never_replaced(synced):
    journey = Journey.objects.get(code="shipped")
    own = {**journey.live.graph, "exits": [{"event": "tracking.order.cancelled"}]}
    journey.versions.update(graph=own, published_by="robin@example.com")

    assert sync(apps, at=NOON) == 0

    journey.refresh_from_db()
    assert journey.live.graph == own


def test_a_draft_staff_work_on_survives_a_release(synced):
    journey = Journey.objects.get(code="shipped")
    old = {**journey.live.graph, "exits": [{"event": "tracking.order.cancelled"}]}
    journey.versions.update(graph=old)
    Journey.objects.filter(pk=journey.pk).update(draft={"half": "done"})

    sync(apps, at=NOON)

    journey.refresh_from_db()
    assert (journey.live.number, journey.draft) == (2, {"half": "done"})


def test_a_journey_that_was_stopped_stays_so(synced):
    Journey.objects.filter(code="shipped").update(state=Journey.State.STOPPED)

    sync(apps, at=NOON)

    assert Journey.objects.get(code="shipped").state == Journey.State.STOPPED


def test_every_event_a_journey_hears_reaches_the_conversation():
    wired = {kind for _, kinds in settings.EVENT_HANDLERS.values() for kind in kinds}

    heard = {kind for one in BUILTIN for _, kind in listens(read(one.graph))}
    assert "*" in wired or heard <= wired | {kind for kind in heard if kind.startswith("engagement.")}


def test_no_step_sends_a_kind_of_message_without_words():
    from engagement.builtin import LANGUAGES, source

    kinds = {
        step.settings["kind"]
        for one in BUILTIN
        for step in read(one.graph).steps.values()
        if step.type == StepType.MESSAGE
    }
    for kind in kinds:
        for language in LANGUAGES:
            assert all(source(kind, language))
