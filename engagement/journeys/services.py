"""What staff and partners do with journeys: edit, publish, pause, resume, drain, stop, enrol."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from customers.models import Customer, Store
from customers.worker import wake
from engagement.journeys import engine, graph
from engagement.journeys.enrolling import Entry, enter
from engagement.journeys.listens import listens
from engagement.journeys.stopping import hold_back
from engagement.models import Enrolment, Journey, JourneyTrigger, JourneyVersion, Message
from engagement.vocabulary import Hold
from tracking.models import Order

State = Journey.State


class CannotDo(ValueError):
    """What was asked for does not fit the journey's state. Its text says why, to who asked."""


# --- the graph ---
@transaction.atomic
def set_draft(*, journey_id: int, draft: Mapping[str, Any]) -> Journey:
    """Keep `draft` as the graph being edited. Raises: BadGraph for what is none; Journey.DoesNotExist."""
    graph.read(draft)
    journey = _hold(journey_id)
    journey.draft = dict(draft)
    journey.save(update_fields=["draft", "updated_at"])
    return journey


@transaction.atomic
def publish(*, journey_id: int, by: str, at: datetime, note: str = "") -> JourneyVersion:
    """
    Make the draft the live version; one that was never published or was stopped goes live with it. Who is
    under way finishes on the version they began on.

    Raises: BadGraph; CannotDo where nothing changed. Lint is asked by whoever shows its words
    (engagement/journeys/lint.py).
    """
    journey = _hold(journey_id)
    read = graph.read(journey.draft)
    off = journey.state in (State.DRAFT, State.STOPPED)
    if journey.live and journey.live.graph == journey.draft and not off:
        raise CannotDo("The draft says the same as the live version.")
    newest = journey.versions.aggregate(last=Max("number"))["last"] or 0
    version = JourneyVersion.objects.create(
        journey=journey,
        number=newest + 1,
        graph=journey.draft,
        note=note[:200],
        published_by=by[:254],
        published_at=at,
    )
    JourneyTrigger.objects.bulk_create(
        JourneyTrigger(version=version, role=role, event_kind=kind) for role, kind in listens(read)
    )
    journey.live = version
    _save(journey, State.LIVE if off else State(journey.state), at, more=["live"])
    _forget_triggers(journey)
    return version


def _forget_triggers(journey: Journey) -> None:
    """Versions nobody is under way on listen for nothing any more."""
    used = Enrolment.objects.filter(journey=journey, state=Enrolment.State.ACTIVE).values("version")
    old = JourneyTrigger.objects.filter(version__journey=journey).exclude(version=journey.live)
    old.exclude(version__in=used).delete()


# --- on and off ---
@transaction.atomic
def start(*, journey_id: int, at: datetime) -> Journey:
    """Switch a journey on that has a live version and is off, as it is. Raises: CannotDo."""
    journey = _hold(journey_id)
    if journey.live is None:
        raise CannotDo("Nothing of it is published yet.")
    if journey.state not in (State.DRAFT, State.STOPPED):
        raise CannotDo("It is on already.")
    return _save(journey, State.LIVE, at)


def pause(*, journey_id: int, at: datetime) -> Journey:
    """
    Nobody enters, nobody moves, nothing waiting is sent until it goes on. Raises: CannotDo.

    Two transactions: what a worker was just doing when the state changed is put to rest by the second.
    """
    with transaction.atomic():
        journey = _hold(journey_id)
        if journey.state not in (State.LIVE, State.DRAINING):
            raise CannotDo("Only a journey that runs can be paused.")
        _save(journey, State.PAUSED, at)
    _active(journey).filter(due_at__isnull=False).update(due_at=None, claim=None, leased_until=None)
    return journey


def resume(*, journey_id: int, at: datetime) -> Journey:
    """
    Let a paused or draining journey go on: whoever rested is looked at again, and waits what is left of their
    wait; messages it held back are asked about again, and held for good where they are too late.
    """
    with transaction.atomic():
        journey = _hold(journey_id)
        if journey.state not in (State.PAUSED, State.DRAINING):
            raise CannotDo("It is not paused.")
        _save(journey, State.LIVE, at)
    _go_on(journey, at)
    return journey


def drain(*, journey_id: int, at: datetime) -> Journey:
    """Nobody enters any more; who is under way finishes. Raises: CannotDo."""
    with transaction.atomic():
        journey = _hold(journey_id)
        if journey.state not in (State.LIVE, State.PAUSED):
            raise CannotDo("Only a journey that runs or is paused can be drained.")
        paused = journey.state == State.PAUSED
        _save(journey, State.DRAINING, at)
    if paused:
        _go_on(journey, at)
    return journey


def stop(*, journey_id: int, at: datetime) -> Journey:
    """
    End it for everybody: runs under way are STOPPED, what still waits to be sent is held for good. It can be
    started again, for who comes then. Raises: CannotDo.
    """
    with transaction.atomic():
        journey = _hold(journey_id)
        if journey.state not in (State.LIVE, State.PAUSED, State.DRAINING):
            raise CannotDo("It does not run.")
        _save(journey, State.STOPPED, at)
    # Waits for batches that hold some of these rows, and so finds what they wrote.
    _active(journey).update(
        state=Enrolment.State.STOPPED,
        why=engine.STOPPED,
        ended_at=at,
        due_at=None,
        waits_for="",
        claim=None,
        leased_until=None,
    )
    hold_back(Message.objects.filter(enrolment__journey=journey), engine.STOPPED)
    return journey


def _go_on(journey: Journey, at: datetime) -> None:
    _active(journey).filter(due_at=None).update(due_at=at)
    held = Message.objects.filter(enrolment__journey=journey, state=Message.State.HELD, hold=Hold.PAUSED)
    held.update(due_at=at)
    wake("journey", "send")


def _active(journey: Journey) -> Any:
    return Enrolment.objects.filter(journey=journey, state=Enrolment.State.ACTIVE)


def _hold(journey_id: int) -> Journey:
    rows = Journey.objects.select_for_update(of=("self",), no_key=True).select_related("live")
    return rows.get(pk=journey_id)


def _save(journey: Journey, state: Journey.State, at: datetime, more: Sequence[str] = ()) -> Journey:
    if journey.state != state:
        journey.state, journey.state_at = state, at
    journey.save(update_fields=["state", "state_at", "updated_at", *more])
    return journey


# --- by hand ---
@transaction.atomic
def enrol(
    *,
    journey: Journey,
    customer: Customer,
    at: datetime,
    data: Mapping[str, Any] | None = None,
    key: str | None = None,
    order: Order | None = None,
    store: Store | None = None,
) -> Enrolment | None:
    """
    Let one person into the live version of a journey, as a partner or staff asked. Filter and re-entry count
    as for anybody; with `key` the same call twice is one run. `store`: whose customer they are asked for as;
    their newest one's where neither it nor an order says.

    Returns: the run, a refused one with its `why`, or None where the journey takes nobody of their store.
    Raises: CannotDo where nothing of it is live.
    """
    if journey.live_id is None or journey.state in (State.DRAFT, State.STOPPED):
        raise CannotDo("The journey is not live.")
    subject = f"order:{order.pk}" if order else f"customer:{customer.pk}"
    plan = engine.plans_of([journey.live_id])[journey.live_id]
    entry = Entry(
        subject=subject,
        instance=f"api:{key}"[:100] if key else "",
        customer_id=customer.pk,
        order_id=order.pk if order else None,
        store_id=order.store_id if order else store.pk if store else None,
        data=data or {},
    )
    made = enter(plan, [entry], at=at)
    if made:
        return made[0]
    rows = Enrolment.objects.filter(journey=journey, subject=subject)
    known = rows.filter(context__entry=entry.instance).exclude(state=Enrolment.State.REFUSED)
    if key and (told := known.first()):
        return told
    return rows.order_by("-entered_at", "-pk").first()
