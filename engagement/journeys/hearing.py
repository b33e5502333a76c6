"""
What journeys make of the stream: events begin runs, end them, and wake those that wait.

One query finds what any live journey listens for; a batch of events nobody listens for costs no more than it.
A run that begins takes its first steps in the same transaction, so that news is told at once.
"""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q

from customers.models import Event
from customers.worker import wake
from engagement.journeys import engine
from engagement.journeys.about import concerns, happened_after, ids_of
from engagement.journeys.enrolling import Entry, enter
from engagement.journeys.facts import Asked, holding
from engagement.journeys.graph import Ending, OnceFor, StepType, Trigger
from engagement.journeys.running import CAME, Plan
from engagement.journeys.stopping import end_runs
from engagement.models import Enrolment, Journey, JourneyTrigger
from engagement.segments.rules import BadRule

log = logging.getLogger(__name__)

Role = JourneyTrigger.Role
State = Enrolment.State


def hear(events: Sequence[Event], *, at: datetime) -> None:
    """Bring events to every journey that listens for them. Runs inside the caller's transaction."""
    heard = _listening({event.kind for event in events})
    if not heard:
        return
    told = sorted(events, key=lambda event: (event.occurred_at, event.pk))
    begun: list[Enrolment] = []
    for plan, kinds in heard.by_role(Role.ENTER):
        begun += _begin(plan, [event for event in told if event.kind in kinds], at)
    ended = _end(heard, told, at)
    _wake(heard, told, at)
    _set_out([run for run in begun if run.pk not in ended], at)


@dataclass(frozen=True)
class _Heard:
    """Who listens for what: version -> (plan, role -> kinds of events)."""

    plans: Mapping[int, tuple[Plan, dict[str, set[str]]]]

    def __bool__(self) -> bool:
        return bool(self.plans)

    def by_role(self, role: str) -> list[tuple[Plan, set[str]]]:
        """Return who listens in a role, and for which kinds."""
        return [(plan, roles[role]) for plan, roles in self.plans.values() if role in roles]


def _listening(kinds: set[str]) -> _Heard:
    """
    Return who listens: the live version of a journey for who enters, every version for those under way on it.
    One query.
    """
    rows = (
        JourneyTrigger.objects.filter(event_kind__in=kinds)
        .exclude(version__journey__state__in=(Journey.State.DRAFT, Journey.State.STOPPED))
        .filter(~Q(role=Role.ENTER) | Q(version=F("version__journey__live")))
        .select_related("version__journey")
        .defer("version__journey__draft", "version__journey__description")
        .order_by("version_id", "role", "event_kind")
    )
    found: dict[int, tuple[Plan, dict[str, set[str]]]] = {}
    for row in rows:
        if row.version_id not in found:
            found[row.version_id] = (engine.plan_of(row.version), {})
        found[row.version_id][1].setdefault(row.role, set()).add(row.event_kind)
    return _Heard(found)


# --- beginning ---
def _begin(plan: Plan, events: Sequence[Event], at: datetime) -> list[Enrolment]:
    entries = [one for event in events if (one := entry_of(plan, event)) is not None]
    try:
        return enter(plan, entries, at=at) if entries else []
    except BadRule:  # a rule that was good when it was published: nobody else's events wait for it
        log.exception("journey %s has a filter that cannot be asked; nobody enters", plan.journey.code)
        return []


def entry_of(plan: Plan, event: Event) -> Entry | None:
    """Return who `event` brings to a journey's door, None where it is not what the trigger means."""
    trigger = plan.graph.trigger
    wanted = str(trigger.get("segment"))
    if trigger["type"] == Trigger.SEGMENT and str(event.data.get("segment_id")) != wanted:
        return None
    if plan.journey.store_id and event.store_id and event.store_id != plan.journey.store_id:
        return None
    once = str(trigger.get("once_for") or OnceFor.CUSTOMER)
    return Entry(
        subject=_subject(once, event),
        customer_id=event.customer_id,
        order_id=event.data.get("order_id"),
        store_id=event.store_id,
        event=event,
        data=event.data,
        context=ids_of(event.data),
    )


def _subject(once: str, event: Event) -> str:
    """Return what a run that `event` begins is for; without the id that takes, the event itself."""
    ids = {
        OnceFor.CUSTOMER: event.customer_id,
        OnceFor.ORDER: event.data.get("order_id"),
        OnceFor.SHIPMENT: event.data.get("shipment_id"),
        OnceFor.RETURN: event.data.get("return_id"),
    }
    found = ids.get(OnceFor(once)) if once in OnceFor else None
    return f"{once}:{found}" if found else f"event:{event.pk}"


def _set_out(runs: Sequence[Enrolment], at: datetime) -> None:
    """Let runs that have just begun take their first steps; what fails there, a worker tries again."""
    if not runs:
        return
    try:
        with transaction.atomic():
            engine.run_through(runs, at=at)
    except Exception:
        log.exception("%d runs could not set out; the worker will try", len(runs))
        wake("journey")


# --- ending, waking ---
def _under_way(plans: Sequence[Plan], events: Sequence[Event], **more: Collection[str]) -> list[Enrolment]:
    """
    Lock and return the runs that any of `events` may concern, in the order in which workers lock them.
    """
    people = {event.customer_id for event in events if event.customer_id}
    orders = {event.data["order_id"] for event in events if event.data.get("order_id")}
    rows = Enrolment.objects.select_for_update(of=("self",), no_key=True).filter(
        state=State.ACTIVE, version__in=[plan.version.pk for plan in plans], **more
    )
    mine = rows.filter(Q(customer__in=people) | Q(customer=None, order__in=orders))
    found = list(mine.order_by("pk"))
    happened = Event.objects.in_bulk({run.event_id for run in found if run.event_id})
    for run in found:
        run.event = happened.get(run.event_id or 0)
    return found


def _end(heard: _Heard, events: Sequence[Event], at: datetime) -> set[int]:
    """End the runs that reached their goal or an exit. Returns their keys."""
    plans = {plan.version.pk: plan for role in (Role.GOAL, Role.EXIT) for plan, _ in heard.by_role(role)}
    if not plans:
        return set()
    kinds = {one.event for plan in plans.values() for one in (*plan.graph.goals, *plan.graph.exits)}
    told = [event for event in events if event.kind in kinds]
    runs = _under_way(list(plans.values()), told)
    over: set[int] = set()
    for state, words in ((State.GOAL, "It reached its goal"), (State.EXITED, "It left")):
        reached: dict[str, list[Enrolment]] = {}
        for run in runs:
            graph = plans[run.version_id].graph
            endings = graph.goals if state == State.GOAL else graph.exits
            event = _ends(run, endings, told, at) if run.pk not in over else None
            if event is not None:
                reached.setdefault(event.kind, []).append(run)
                over.add(run.pk)
        for kind, rows in reached.items():
            end_runs(rows, state=state, why=f"{words}: {kind}", at=at)
    return over


def _ends(run: Enrolment, endings: Sequence[Ending], events: Sequence[Event], at: datetime) -> Event | None:
    for event in events:
        if event.pk == run.event_id or event.occurred_at <= happened_after(run) or not concerns(event, run):
            continue
        for ending in endings:
            asked = Asked(run.customer_id, run.order_id, event.data)
            if ending.event == event.kind and holding(ending.rule, [asked], at=at)[0]:
                return event
    return None


def _wake(heard: _Heard, events: Sequence[Event], at: datetime) -> None:
    """Let runs that wait for one of `events` go on: the step finds it in their context."""
    waiting = heard.by_role(Role.WAIT)
    if not waiting:
        return
    plans = {plan.version.pk: plan for plan, _ in waiting}
    kinds = {kind for _, kinds in waiting for kind in kinds}
    told = [event for event in events if event.kind in kinds]
    woken = []
    for run in _under_way(list(plans.values()), told, waits_for__in=kinds):
        plan = plans[run.version_id]
        step = plan.graph.step(run.step)
        if step is None or step.type != StepType.WAIT_EVENT:
            continue
        for event in told:
            asked = Asked(run.customer_id, run.order_id, event.data)
            mine = event.kind == run.waits_for and event.pk != run.event_id and concerns(event, run)
            late = event.occurred_at <= happened_after(run)
            if mine and not late and holding(step.settings.get("filter"), [asked], at=at)[0]:
                visit = run.context.get("visits", {}).get(step.id, 1)
                run.context = {**run.context, CAME: {f"j:{run.pk}:{step.id}:{visit}": event.pk}}
                # In a paused journey they rest until it goes on.
                run.due_at = None if plan.journey.state == Journey.State.PAUSED else at
                woken.append(run)
                break
    for run in woken:
        run.waits_for = ""
    if woken:
        Enrolment.objects.bulk_update(woken, ["context", "due_at", "waits_for"], batch_size=200)
        wake("journey")
