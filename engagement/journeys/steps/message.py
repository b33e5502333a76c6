"""Send a message: a row for the sender, once per run, step and visit."""

from datetime import timedelta

from customers.models import Store
from engagement.journeys.facts import asked_of, holding
from engagement.journeys.running import Group
from engagement.journeys.ways import Reader, choose_many
from engagement.models import Enrolment, Message
from engagement.reach import AUTO
from engagement.vocabulary import Purpose

LATENESS_HOURS = 72


def run(group: Group) -> None:
    """
    Queue the message for every run the journey's filter still holds of.

    Settings: kind, channel ("auto": as the person prefers, e-mail first), lateness_hours (default 72).
    """
    group.book.people.load(group.runs)
    kind = str(group.settings.get("kind") or "")
    late = timedelta(hours=float(group.settings.get("lateness_hours") or LATENESS_HOURS))
    channels = _channels(group)
    for one, wanted in zip(group.runs, _still_wanted(group), strict=True):
        store = group.book.people.store(one)
        if not wanted:
            group.end(one, Enrolment.State.EXITED, "The journey's filter does not hold of them any more.")
        elif store is None:
            group.fail(one, "There is no store to write for.")
        else:
            group.book.messages.append(_row(group, one, store, kind, channels[one.pk], late))
            group.go(one, why=f"“{kind}”")


def _row(group: Group, one: Enrolment, store: Store, kind: str, channel: str, late: timedelta) -> Message:
    return Message(
        dedupe_key=group.key(one),
        kind=kind,
        channel=channel,
        purpose=group.journey.purpose,
        topic=group.journey.topic,
        store=store,
        customer_id=one.customer_id,
        order_id=one.order_id,
        event_id=one.event_id,
        enrolment_id=one.pk,
        step=group.step.id,
        context=group.message_context(one),
        expires_at=group.at + late,
        due_at=group.at,
    )


def _channels(group: Group) -> dict[int, str]:
    """Return by run the way its message takes; runs without a store have none."""
    people = group.book.people
    stores = [(one, store) for one in group.runs if (store := people.store(one)) is not None]
    readers = [Reader(people.customer(one), people.order(one), store) for one, store in stores]
    chosen = choose_many(readers, str(group.settings.get("channel") or AUTO), group.journey.purpose)
    return {one.pk: channel for (one, _), channel in zip(stores, chosen, strict=True)}


def _still_wanted(group: Group) -> list[bool]:
    """A filter is asked again before each message of marketing, not only at the door."""
    rule = group.plan.graph.trigger.get("filter")
    if not rule or group.journey.purpose != Purpose.MARKETING:
        return [True] * len(group.runs)
    group.book.people.load_events(group.runs)
    return holding(rule, [asked_of(one) for one in group.runs], at=group.at)
