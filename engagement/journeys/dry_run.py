"""
What a journey would have done in the last days: the real engine, rules and words over the real events of that
time, on a clock that is moved, in a transaction that is rolled back. Nothing is sent and nothing stays.

All live journeys run beside it, so that caps and merging hit as they would. Parcels are seen as they stood
at each moment. Profiles, segments, consents, cases and flags are seen as they stand today: nobody kept their
past.

The clock moves by quarters of an hour. On SQLite nobody else can write meanwhile, so a run ends after
`seconds` and says how far it came.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import F, Min

from customers.models import Event
from engagement import context, permission
from engagement.journeys import dates, engine, graph, hearing
from engagement.journeys.dry_report import Report, collect
from engagement.journeys.enrolling import Entry
from engagement.journeys.graph import Trigger
from engagement.journeys.listens import listens
from engagement.models import Enrolment, Journey, JourneyTrigger, JourneyVersion, Message, SurveyAnswer
from engagement.sending import claiming
from engagement.sending.batch import Batch, hold, settle
from engagement.sending.reserving import reserve
from engagement.sending.writing import NoTemplate, template_for
from engagement.vocabulary import Hold, Purpose
from tracking.models import ShopAction
from tracking.services.scans import state_at

log = logging.getLogger(__name__)

SLOT = timedelta(minutes=15)
DAY = timedelta(days=1)
# Events a run looks at; a shop with more sees the last of them, and how many days that is.
MOST_EVENTS = 50_000
HEARD_AT_ONCE = 500
State = Message.State
Say = Callable[[datetime], None]


@dataclass
class World:
    """A dry run under way: its clock, and what it saw."""

    since: datetime
    until: datetime
    deadline: float
    held: dict[int, list[str]] = field(default_factory=dict)
    reached: datetime | None = None

    def out_of_time(self) -> bool:
        """Say whether the run has to end here."""
        return time.monotonic() > self.deadline


def run(
    journey: Journey,
    *,
    days: int,
    at: datetime,
    seconds: float = 3600,
    most: int = MOST_EVENTS,
    say: Say | None = None,
) -> Report:
    """
    Return what `journey` (its draft, where it has one) would have done in the `days` before `at`.

    `seconds`: when to end, wherever it is then. `say` hears how far the clock has come. Must run outside a
    transaction. Raises: BadGraph where the journey cannot be read.
    """
    return run_together([journey], days=days, at=at, seconds=seconds, most=most, say=say)[journey.code]


def run_together(
    journeys: Iterable[Journey],
    *,
    days: int,
    at: datetime,
    seconds: float = 3600,
    most: int = MOST_EVENTS,
    say: Say | None = None,
) -> dict[str, Report]:
    """As `run`, for several journeys that are all live at once. Returns: a report each, by code."""
    journeys = list(journeys)
    for journey in journeys:
        graph.read(graph_of(journey))
    deadline = time.monotonic() + seconds
    since, counted = _begin(at, days, most)
    with transaction.atomic():
        world = World(since, at, deadline)
        versions = [_make_live(journey, since) for journey in journeys]
        _forget(since)
        _replay(world, say)
        reports = {
            version.journey.code: collect(
                version,
                since=since,
                until=world.reached or at,
                at=at,
                held=world.held,
                events=counted,
                asked_days=days,
                complete=world.reached is None,
            )
            for version in versions
        }
        transaction.set_rollback(True)
    return reports


def graph_of(journey: Journey) -> dict[str, object]:
    """Return the graph a dry run takes: the draft, else what is live."""
    live = journey.live.graph if journey.live else {}
    return dict(journey.draft or live)


# --- setting the stage ---
def _begin(at: datetime, days: int, most: int) -> tuple[datetime, int]:
    """Return when to begin so that no more than `most` events are looked at, and how many they are."""
    since = at - timedelta(days=days)
    rows = Event.objects.filter(occurred_at__gte=since, occurred_at__lt=at)
    count = rows.count()
    if count <= most:
        return since, count
    first = rows.order_by("-occurred_at").values_list("occurred_at", flat=True)[most - 1]
    return first, most


def _make_live(journey: Journey, since: datetime) -> JourneyVersion:
    """Make a journey live as its draft stands."""
    wanted = graph_of(journey)
    version = journey.live
    if version is None or version.graph != wanted:
        last = journey.versions.order_by("-number").values_list("number", flat=True).first() or 0
        version = JourneyVersion.objects.create(
            journey=journey, number=last + 1, graph=wanted, published_at=since
        )
        JourneyTrigger.objects.bulk_create(
            JourneyTrigger(version=version, role=role, event_kind=kind)
            for role, kind in listens(graph.read(wanted))
        )
    Journey.objects.filter(pk=journey.pk).update(live=version, state=Journey.State.LIVE)
    return version


def _forget(since: datetime) -> None:
    """Forget what was done in these days."""
    # What waits from before goes its own way; here it would come out twice.
    Enrolment.objects.filter(state=Enrolment.State.ACTIVE).update(due_at=None)
    Message.objects.filter(state__in=(State.QUEUED, State.HELD)).update(due_at=None)
    Message.objects.filter(created_at__gte=since, campaign=None).delete()
    Enrolment.objects.filter(entered_at__gte=since).delete()
    SurveyAnswer.objects.filter(asked_at__gte=since).delete()


# --- the clock ---
def _replay(world: World, say: Say | None) -> None:
    heard = set(
        JourneyTrigger.objects.filter(version=F("version__journey__live")).values_list(
            "event_kind", flat=True
        )
    )
    events = Event.objects.filter(
        kind__in=heard, occurred_at__gte=world.since, occurred_at__lt=world.until
    ).order_by("occurred_at", "pk")
    stream = _slots(events.iterator(HEARD_AT_ONCE))
    calendar = _Calendar.of(world)
    waiting = next(stream, None)
    now = world.since
    while True:
        times = [waiting[0]] if waiting else []
        times += [one for one in (_next_due(), calendar.next()) if one is not None]
        upcoming = min(times, default=None)
        if upcoming is None or upcoming > world.until:
            return
        if world.out_of_time():
            world.reached = now
            return
        now = max(now, upcoming)
        if waiting and waiting[0] <= now:
            for start in range(0, len(waiting[1]), HEARD_AT_ONCE):
                hearing.hear(waiting[1][start : start + HEARD_AT_ONCE], at=now)
            waiting = next(stream, None)
        calendar.begin(now)
        _work(world, now)
        if say:
            say(now)


def _slot(moment: datetime) -> datetime:
    """Return the end of the quarter of an hour that `moment` lies in."""
    seconds = SLOT.total_seconds()
    return datetime.fromtimestamp((moment.timestamp() // seconds + 1) * seconds, UTC)


def _due_slot(moment: datetime) -> datetime:
    """Return the quarter of an hour at which what is due at `moment` is looked at."""
    return _slot(moment - timedelta(microseconds=1))


def _slots(events: Iterator[Event]) -> Iterator[tuple[datetime, list[Event]]]:
    """Yield the events of each quarter of an hour together, with its end."""
    now: datetime | None = None
    some: list[Event] = []
    for event in events:
        mine = _slot(event.occurred_at)
        if now is not None and mine != now:
            yield now, some
            some = []
        now = mine
        some.append(event)
    if now is not None:
        yield now, some


def _next_due() -> datetime | None:
    """Return the quarter of an hour in which something is due next."""
    runs = Enrolment.objects.filter(state=Enrolment.State.ACTIVE).aggregate(due=Min("due_at"))["due"]
    mail = Message.objects.filter(state__in=claiming.WAITING).aggregate(due=Min("due_at"))["due"]
    due = min((one for one in (runs, mail) if one is not None), default=None)
    return _due_slot(due) if due is not None else None


@dataclass
class _Calendar:
    """Journeys that begin on a day, looked through one day after the other."""

    plans: list[engine.Plan]
    day: datetime
    until: datetime
    coming: list[tuple[datetime, int, Entry]] = field(default_factory=list)

    @classmethod
    def of(cls, world: World) -> "_Calendar":
        live = JourneyVersion.objects.filter(
            pk=F("journey__live"),
            journey__state=Journey.State.LIVE,
            graph__trigger__type=Trigger.DATE.value,
        )
        plans = engine.plans_of(list(live.values_list("pk", flat=True)))
        return cls([plan for _, plan in sorted(plans.items())], world.since, world.until)

    def next(self) -> datetime | None:
        """Return the quarter of an hour in which somebody's moment comes next."""
        while not self.coming and self.plans and self.day < self.until:
            end = min(self.day + DAY, self.until)
            self.coming = [
                (_due_slot(moment), place, entry)
                for place, plan in enumerate(self.plans)
                for moment, entry in dates.moments(plan, since=self.day, until=end)
            ]
            self.coming.sort(key=lambda one: one[:2])
            self.day = end
        return self.coming[0][0] if self.coming else None

    def begin(self, now: datetime) -> None:
        """Let in whoever's moment has come."""
        for place, plan in enumerate(self.plans):
            entries = [entry for when, mine, entry in self.coming if mine == place and when <= now]
            if entries:
                dates.let_in(plan, entries, at=now)
        self.coming = [one for one in self.coming if one[0] > now]


def _work(world: World, now: datetime) -> None:
    """Do what workers would do at `now`, until nothing is due."""
    for _ in range(100):
        done = 0
        while engine.advance_due(at=now):
            done += 1
        # A shop takes minutes to make a code: here they are made at once.
        made = ShopAction.objects.filter(purpose__startswith="offer:", state=ShopAction.State.WAITING)
        made.filter(created_at__gte=world.since).update(state=ShopAction.State.DONE)
        for tier in claiming.TIERS[:2]:
            while messages := claiming.claim(tier, at=now, limit=claiming.BATCH):
                done += len(messages)
                for message in messages:
                    _send(world, message, now)
        if not done:
            return


# --- one message ---
def _send(world: World, message: Message, now: datetime) -> None:
    """Ask everything that is asked of a message that leaves, and write down that it left."""
    batch = Batch([message], now)
    facts = as_of(context.load(message), at=now)
    found = permission.first_look(facts, at=now)
    if found is None:
        try:
            template_for(message.kind, facts.store, facts.languages)
        except NoTemplate as exc:
            settle(message, state=State.FAILED, reason=str(exc)[:300], due_at=None)
            return
    if found is not None:
        _note(world, message, found.hold)
        hold(message, found, at=now)
        return
    if message.purpose == Purpose.MARKETING:
        going, refused = reserve([permission.question(facts)], batch)
        if message.pk not in going:
            if message.pk in refused:
                _note(world, message, refused[message.pk].hold)
                if refused[message.pk].hold == Hold.ADDRESS:
                    hold(message, refused[message.pk], at=now)
            return
    settle(
        message, state=State.SENT, due_at=None, sent_at=now, reason="", hold="", language=facts.languages[0]
    )


def _note(world: World, message: Message, sort: str) -> None:
    world.held.setdefault(message.pk, []).append(sort)


def as_of(facts: context.Facts, *, at: datetime) -> context.Facts:
    """Return the facts behind a message with its parcels as they stood at `at`."""
    about = set(facts.message.context.get("shipments", ()))
    for parcel in facts.shipments:
        if parcel.pk in about:
            then = state_at(parcel, at=at)
            parcel.status, parcel.reason = then.status, str(then.reason)
            parcel.last_scan_at, parcel.delivered_at = then.last_scan_at, then.delivered_at
            if parcel.replaced_at and parcel.replaced_at > at:
                parcel.replaced_at = None
    order, flag = facts.order, facts.flag
    if order is not None and order.cancelled_at and order.cancelled_at > at:
        order.cancelled_at, order.status = None, order.Status.PLACED
    if flag is not None and flag.cleared_at and flag.cleared_at > at:
        flag.cleared_at = None
    return replace(facts, order=order, flag=flag)
