"""What a dry run tells: who, what, when, what was held and why, what stood in its way, how much a day."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from engagement.kinds import kind_of
from engagement.models import Enrolment, JourneyVersion, Message
from engagement.vocabulary import Hold

WEEK = timedelta(days=7)
SAMPLE = 200  # lines a page shows; the file has all


def hold_words(code: str) -> str:
    """Return why a message was not sent, in words."""
    if code in Hold.values:
        return str(Hold(code).label)
    return str(Message.State(code).label) if code in Message.State.values else code


@dataclass(frozen=True)
class Line:
    """One message: who would have got it, what, when, or why not. `holds`: what held it before, in order."""

    customer_id: int | None
    order_id: int | None
    order: str
    kind: str
    channel: str
    state: str
    at: datetime
    hold: str = ""
    reason: str = ""
    holds: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    @property
    def sent(self) -> bool:
        """Whether it would have gone out."""
        return self.state == Message.State.SENT

    @property
    def hold_words(self) -> str:
        """Why it was not sent, in words; '' when it was."""
        return "" if self.sent else hold_words(self.hold or self.state)

    @property
    def label(self) -> str:
        """The kind of message, in words."""
        return kind_of(self.kind).label


@dataclass(frozen=True)
class Report:
    """A dry run. `complete` is False when it ran out of time; `until` is then how far it came."""

    journey: str
    version: int
    since: datetime
    until: datetime
    events: int
    asked_days: int
    complete: bool
    entered: int
    refused: Mapping[str, int]
    ended: Mapping[str, int]
    lines: Sequence[Line]
    days: Mapping[date, int] = field(default_factory=dict)

    @property
    def sent(self) -> int:
        """How many messages would have gone out."""
        return sum(line.sent for line in self.lines)

    @property
    def people(self) -> int:
        """How many people would have got at least one."""
        return len({line.customer_id or f"order:{line.order_id}" for line in self.lines if line.sent})

    @property
    def holds(self) -> dict[str, int]:
        """Messages that were not sent in the end, by why."""
        found = Counter(line.hold or line.state for line in self.lines if not line.sent)
        return dict(found.most_common())

    @property
    def delayed(self) -> dict[str, int]:
        """Messages that were held for a while and then sent, by what held them first."""
        return dict(Counter(line.holds[0] for line in self.lines if line.sent and line.holds).most_common())

    @property
    def collisions(self) -> dict[str, int]:
        """How often a message made way for one of another journey, by its name."""
        return dict(Counter(name for line in self.lines for name in line.others).most_common())

    @property
    def busiest(self) -> tuple[date, int] | None:
        """The day with the most messages; None where there are none."""
        return max(self.days.items(), key=lambda pair: (pair[1], pair[0]), default=None)

    def words(self) -> Iterator[str]:
        """Yield the report in plain sentences, one a line."""
        span = f"{self.since:%Y-%m-%d %H:%M} to {self.until:%Y-%m-%d %H:%M} UTC"
        yield f"{self.journey}, version {self.version}: {span}, {self.events} events."
        if not self.complete:
            yield "It ran out of time there: ask for fewer days, or give it more time."
        if self.shorter:
            yield f"There are too many events for {self.asked_days} days: this is the last part of them."
        yield f"{self.entered} would have entered; {self.sent} messages to {self.people} people."
        yield from self._listed("Ended as", self.ended)
        yield from self._listed("Did not enter", self.refused)
        yield from self._listed("Not sent", {hold_words(name): count for name, count in self.holds.items()})
        yield from self._listed(
            "Sent later, after being held", {hold_words(name): count for name, count in self.delayed.items()}
        )
        yield from self._listed("Made way for", self.collisions)
        if self.busiest:
            day, count = self.busiest
            yield f"Most on one day: {count} on {day:%Y-%m-%d}."

    @staticmethod
    def _listed(title: str, counts: Mapping[str, int]) -> Iterator[str]:
        if counts:
            yield f"{title}: " + "; ".join(f"{name} {count}" for name, count in counts.items()) + "."

    @property
    def shorter(self) -> bool:
        """Whether it looked at fewer days than were asked for, because there are too many events."""
        return (
            self.until - self.since < timedelta(days=self.asked_days) - timedelta(minutes=1) and self.complete
        )


# The columns of the file, for config/lib/staff/export.py. Times are UTC.
COLUMNS: Sequence[tuple[str, Callable[[Line], object]]] = (
    ("at", lambda line: line.at),
    ("customer", lambda line: line.customer_id),
    ("order", lambda line: line.order),
    ("kind", lambda line: line.kind),
    ("channel", lambda line: line.channel),
    ("state", lambda line: line.state),
    ("hold", lambda line: line.hold),
    ("reason", lambda line: line.reason),
    ("held_before", lambda line: " ".join(line.holds)),
    ("made_way_for", lambda line: "; ".join(line.others)),
)


def collect(
    version: JourneyVersion,
    *,
    since: datetime,
    until: datetime,
    at: datetime,
    held: Mapping[int, Sequence[str]],
    events: int,
    asked_days: int,
    complete: bool,
) -> Report:
    """Return what a dry run left in the tables before it is rolled back."""
    runs = Enrolment.objects.filter(version=version, entered_at__gte=since)
    let_in = runs.exclude(state=Enrolment.State.REFUSED)
    states = Counter(let_in.values_list("state", flat=True))
    rows = Message.objects.filter(enrolment__version=version, created_at__gte=since)
    rows = rows.select_related("order", "store")
    lines, days = [], Counter[date]()
    for row in rows.order_by("pk"):
        when = row.sent_at or row.due_at or (row.event.occurred_at if row.event else None) or until
        others = tuple(_in_the_way(row, version)) if row.hold in (Hold.CAP, Hold.MERGED) else ()
        lines.append(
            Line(
                customer_id=row.customer_id,
                order_id=row.order_id,
                order=row.order.number if row.order else "",
                kind=row.kind,
                channel=row.channel,
                state=row.state,
                at=when,
                hold=row.hold,
                reason=row.reason,
                holds=tuple(held.get(row.pk, ())),
                others=others,
            )
        )
        if row.sent_at:
            days[row.sent_at.astimezone(row.store.zone).date()] += 1
    lines.sort(key=lambda line: (line.at, line.kind, line.customer_id or 0, line.order))
    return Report(
        journey=version.journey.name,
        version=version.number,
        since=since,
        until=until,
        events=events,
        asked_days=asked_days,
        complete=complete,
        entered=sum(states.values()),
        refused=dict(
            Counter(runs.filter(state=Enrolment.State.REFUSED).values_list("why", flat=True)).most_common()
        ),
        ended={Enrolment.State(state).label: count for state, count in states.most_common()},
        lines=lines,
        days=dict(sorted(days.items())),
    )


def _in_the_way(row: Message, version: JourneyVersion) -> list[str]:
    """Return the names of the other journeys whose messages took the place of one that was held."""
    sent = Message.objects.filter(
        customer=row.customer_id,
        purpose=row.purpose,
        sent_at__isnull=False,
        sent_at__gt=row.expires_at - WEEK - WEEK,
        enrolment__isnull=False,
    ).exclude(enrolment__journey=version.journey_id)
    names = sent.order_by("enrolment__journey__name").values_list("enrolment__journey__name", flat=True)
    return list(names.distinct())
