"""
Who enters a journey: filter, one run per key, re-entry. Whoever is not let in has a row that says why.

A run's key makes it unique within its journey, so that one fact told to two workers at once begins one run:
`never`: the subject (order:7); days and single events: what tells them apart (customer:3:birthday:2026); else
the subject and how many runs there were before it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from customers.models import Customer, Event, Store
from customers.worker import wake
from engagement.journeys.engine import MOVING
from engagement.journeys.facts import Asked, holding
from engagement.journeys.graph import Reentry
from engagement.journeys.running import ENTRY, MAX_WORDS, Plan, first_visit
from engagement.models import Enrolment, Journey
from engagement.vocabulary import Purpose
from tracking.models import Order

ACTIVE, REFUSED = Enrolment.State.ACTIVE, Enrolment.State.REFUSED
# Marketing about what happened longer ago than this surprises people; imports bring years of it.
STALE_HOURS = 72
FILTERED = "The journey's filter does not hold of them."
UNDER_WAY = "They are in this journey already."
ONCE = "They have been through this journey, and nobody goes twice."
NO_STORE = "There is no store to write for."


@dataclass(frozen=True)
class Entry:
    """
    Somebody at the door. `subject` is what a run is for; `instance`, where it is not empty, tells its entries
    apart by itself. `data`: what rules may ask as event.<name>; `context`: ids for messages.
    """

    subject: str
    instance: str = ""
    customer_id: int | None = None
    order_id: int | None = None
    store_id: int | None = None
    event: Event | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)


def enter(plan: Plan, entries: Sequence[Entry], *, at: datetime) -> list[Enrolment]:
    """
    Let `entries` into the live version of a journey, or write down why not. Runs in the caller's transaction,
    with a number of queries that does not grow with how many they are.

    Returns: the runs that begin, due at `at`, standing at the first step; those another worker let in at this
    very moment, and those whose fact began a run before, are not among them. Raises: BadRule.
    """
    coming = _known(plan, entries)
    if not coming:
        return []
    doors = _reasons(plan, coming, at)
    rows, refused = [], []
    before = _before(plan.journey, {one.subject for one in coming})
    for one, why in zip(coming, doors, strict=True):
        there = before.setdefault(one.subject, [])
        if any(run.told(one) for run in there):
            continue
        key, no = _key(plan, one, there, at)
        why = why or no
        if why:
            refused.append(_refusal(plan, one, why, at))
            continue
        there.append(_Before(key, ACTIVE, at, one.event.pk if one.event else None, one.instance))
        rows.append(_row(plan, one, key, at))
    Enrolment.objects.bulk_create([*rows, *refused], ignore_conflicts=True, batch_size=500)
    return _made(rows)


def _made(rows: Sequence[Enrolment]) -> list[Enrolment]:
    """Return those of `rows` that are in the table now, with their keys."""
    if not rows:
        return []
    there = Enrolment.objects.filter(public_id__in=[row.public_id for row in rows])
    keys = dict(there.values_list("public_id", "pk"))
    made = [row for row in rows if row.public_id in keys]
    for row in made:
        row.pk = keys[row.public_id]
    if made:
        wake("journey")
    return made


def _row(plan: Plan, one: Entry, key: str, at: datetime) -> Enrolment:
    return Enrolment(
        journey=plan.journey,
        version=plan.version,
        key=key,
        subject=one.subject,
        store_id=one.store_id,
        customer_id=one.customer_id,
        order_id=one.order_id,
        event=one.event,
        context=first_visit(plan, _context(one)),
        step=plan.graph.start,
        entered_at=at,
        stepped_at=at,
        due_at=at,
    )


def _context(one: Entry) -> dict[str, Any]:
    """Return what a run knows from the start: ids, and what was told where no event keeps it."""
    more: dict[str, Any] = {"data": dict(one.data)} if one.event is None and one.data else {}
    if one.instance:
        more[ENTRY] = one.instance
    return {**one.context, **more}


def _refusal(plan: Plan, one: Entry, why: str, at: datetime) -> Enrolment:
    """At most one a day for each subject: a stream of thousands that do not fit says so once."""
    row = _row(plan, one, f"no:{one.subject}:{at:%Y-%m-%d}", at)
    row.state, row.step, row.due_at, row.ended_at, row.why = REFUSED, "", None, at, why[:MAX_WORDS]
    return row


# --- who they are ---
def _known(plan: Plan, entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries with customer, order and store as they are now; of another store's: none."""
    orders = Order.objects.filter(pk__in={one.order_id for one in entries if one.order_id})
    about = {pk: (customer, store) for pk, customer, store in orders.values_list("pk", "customer", "store")}
    kept = _kept({one.customer_id for one in entries if one.customer_id})
    found = []
    for one in entries:
        customer, store = about.get(one.order_id or 0, (None, None))
        person = kept.get(one.customer_id or 0, one.customer_id) or customer
        found.append(
            replace(
                one,
                order_id=one.order_id if one.order_id in about else None,
                customer_id=person,
                store_id=one.store_id or store or plan.journey.store_id,
            )
        )
    found = _with_stores(found)
    mine = plan.journey.store_id
    return [one for one in found if mine is None or one.store_id == mine]


def _kept(customers: set[int]) -> dict[int, int]:
    """Return by merged profiles the ones they turned out to be."""
    merged = Customer.objects.filter(pk__in=customers, merged_into__isnull=False)
    return {pk: into for pk, into in merged.values_list("pk", "merged_into") if into}


def _with_stores(entries: list[Entry]) -> list[Entry]:
    """Give entries without a store that of their customer's newest order, or the only one there is."""
    open_ = {one.customer_id for one in entries if one.store_id is None and one.customer_id}
    if not any(one.store_id is None for one in entries):
        return entries
    newest = Order.objects.filter(customer__in=open_, removed_at=None).order_by("placed_at", "pk")
    stores = dict(newest.values_list("customer_id", "store_id"))
    all_ = list(Store.objects.order_by("pk").values_list("pk", flat=True)[:2])
    only = all_[0] if len(all_) == 1 else None
    return [replace(one, store_id=one.store_id or stores.get(one.customer_id or 0, only)) for one in entries]


# --- whether they may ---
@dataclass(frozen=True)
class _Before:
    """A run there has been."""

    key: str
    state: str
    entered_at: datetime
    event_id: int | None
    entry: str | None

    def told(self, one: Entry) -> bool:
        """Say whether the same fact began this run."""
        if one.event is not None:
            return self.event_id == one.event.pk
        return bool(one.instance) and self.entry == one.instance


def _before(journey: Journey, subjects: set[str]) -> dict[str, list[_Before]]:
    rows = Enrolment.objects.filter(journey=journey, subject__in=subjects).exclude(state=REFUSED)
    found: dict[str, list[_Before]] = {}
    for subject, *rest in rows.order_by("entered_at", "pk").values_list(
        "subject", "key", "state", "entered_at", "event_id", "context__entry"
    ):
        found.setdefault(subject, []).append(_Before(*rest))
    return found


def _reasons(plan: Plan, entries: Sequence[Entry], at: datetime) -> list[str]:
    """Return for each why it may not enter whatever was before, '' where nothing speaks against it."""
    journey, trigger = plan.journey, plan.graph.trigger
    if journey.state not in MOVING or journey.state == Journey.State.DRAINING:
        return [f"The journey did not take anybody in: {journey.get_state_display().lower()}."] * len(entries)
    asked = [Asked(one.customer_id, one.order_id, one.data) for one in entries]
    fits = holding(trigger.get("filter"), asked, at=at)
    marketing = journey.purpose == Purpose.MARKETING
    stale = timedelta(hours=float(trigger.get("lateness_hours") or (STALE_HOURS if marketing else 0)))
    found = []
    for one, fit in zip(entries, fits, strict=True):
        if stale and one.event is not None and one.event.occurred_at < at - stale:
            found.append(f"It happened more than {stale.total_seconds() / 3600:g} hours ago.")
        elif one.store_id is None:
            found.append(NO_STORE)
        elif marketing and one.customer_id is None:
            found.append("Nobody knows who they are.")
        else:
            found.append("" if fit else FILTERED)
    return found


def _key(plan: Plan, one: Entry, there: Sequence[_Before], at: datetime) -> tuple[str, str]:
    """Return the key a run gets, and why it may not begin after those there have been ('' when it may)."""
    again = str(plan.graph.trigger.get("reentry") or Reentry.NEVER)
    if again == Reentry.NEVER:
        return one.subject, ONCE if there else ""
    why = UNDER_WAY if any(run.state == ACTIVE for run in there) else ""
    if again == Reentry.AFTER and there and not why:
        days = int(plan.graph.trigger.get("reentry_days") or 0)
        if there[-1].entered_at > at - timedelta(days=days):
            why = f"They were here less than {days} days ago."
    if one.instance:
        return f"{one.subject}:{one.instance}", why
    return (f"{one.subject}:{len(there)}" if there else one.subject), why
