"""Wait for something to happen, at most so long."""

from collections.abc import Iterable

from customers.models import Event
from engagement.journeys.about import concerns, happened_after
from engagement.journeys.facts import Asked, holding
from engagement.journeys.running import CAME, Group, Outcome
from engagement.journeys.waiting import length
from engagement.models import Enrolment


def run(group: Group) -> None:
    """
    Let runs stay until their event comes (hearing.py wakes them), or until days, hours and minutes are over:
    then they go the other way. What happened between the beginning of the run and this step counts too, but
    at a step one can come back to only what happens from now on.
    """
    kind, span = str(group.settings.get("event") or ""), length(group.settings)
    came = _came(group, kind)
    for one in group.runs:
        end = one.stepped_at + span if span else None
        if one.pk in came:
            group.go(one, outcome=Outcome.YES, why=came[one.pk], branch="came")
        elif end is not None and end <= group.at:
            group.other(one, outcome=Outcome.TIMEOUT, branch="timeout")
        else:
            words = f"For “{kind}”" + (f", until {end:%Y-%m-%d %H:%M} UTC" if end else "")
            group.wait(one, end, words, waits_for=kind)


def _came(group: Group, kind: str) -> dict[int, str]:
    """Return what came for whom, in words: by hearing, or found when a run comes here or gives up."""
    found: dict[int, str] = {}
    looking = []
    for one in group.runs:
        heard = one.context.get(CAME, {}).get(group.key(one))
        if heard:
            found[one.pk] = f"Event {heard}"
        else:
            looking.append(one)
    if looking:
        found |= {pk: f"Event {event.pk}" for pk, event in _there(group, kind, looking)}
    return found


def _there(group: Group, kind: str, runs: list[Enrolment]) -> Iterable[tuple[int, Event]]:
    group.book.people.load_events(runs)
    looped = group.step.id in group.plan.loops
    since = {one.pk: one.stepped_at if looped else happened_after(one) for one in runs}
    people = {one.customer_id for one in runs if one.customer_id}
    orders = {str(one.order_id) for one in runs if one.order_id and not one.customer_id}
    about = Event.objects.filter(kind=kind, occurred_at__gte=min(since.values()))
    events = list(about.filter(customer__in=people).order_by("occurred_at", "pk")) if people else []
    if orders:
        mine = about.filter(subject_type="tracking.order", subject_id__in=orders, customer=None)
        events += mine.order_by("occurred_at", "pk")
    pairs = [
        (one, event)
        for event in events
        for one in runs
        if concerns(event, one) and event.pk != one.event_id and event.occurred_at > since[one.pk]
    ]
    rule = group.settings.get("filter")
    asked = [Asked(one.customer_id, one.order_id, event.data) for one, event in pairs]
    answers = holding(rule, asked, at=group.at)
    return [(one.pk, event) for (one, event), yes in zip(pairs, answers, strict=True) if yes]
