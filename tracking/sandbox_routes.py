"""
What happens to a sandbox parcel, and when: a route over the map, believable hours, and things that go wrong.

Pure: the same number, start, origin and destination give the same story. Times are the parcel's own;
`tracking.carriers.sandbox` lays them on the real clock.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from tracking.carriers.base import BadPayload, Place
from tracking.sandbox_places import HOME, Spot, borders, gateways, hubs, locate
from tracking.vocabulary import Reason, Status

# code -> (status, what the carrier says, in the jargon carriers speak)
WORDS: dict[str, tuple[Status, str]] = {
    "LABEL": (Status.INFO_RECEIVED, "Shipment data received"),
    "COLLECTED": (Status.IN_TRANSIT, "Origin scan"),
    "ARRIVED": (Status.IN_TRANSIT, "Arrival scan"),
    "DEPARTED": (Status.IN_TRANSIT, "Departure scan"),
    "CLEARED": (Status.IN_TRANSIT, "Customs clearance complete"),
    "DEPOT": (Status.IN_TRANSIT, "Arrived at destination facility"),
    "DELAYED": (Status.IN_TRANSIT, "Delay reported"),
    "CUSTOMS": (Status.EXCEPTION, "Customs hold"),
    "ADDRESS": (Status.EXCEPTION, "Address insufficient"),
    "CORRECTED": (Status.IN_TRANSIT, "Address corrected, shipment resumed"),
    "DAMAGED": (Status.EXCEPTION, "Damage reported"),
    "LOST": (Status.EXCEPTION, "Not located, trace opened"),
    "OUT": (Status.OUT_FOR_DELIVERY, "On vehicle for delivery"),
    "ATTEMPT": (Status.ATTEMPTED, "Delivery attempted, recipient not available"),
    "REFUSED": (Status.ATTEMPTED, "Delivery attempted, refused by recipient"),
    "PICKUP": (Status.READY_FOR_PICKUP, "Held at service point for collection"),
    "DELIVERED": (Status.DELIVERED, "Delivered"),
    "BACK": (Status.RETURNING, "Return to sender in progress"),
    "RETURNED": (Status.RETURNED, "Returned to shipper"),
}
# scenario -> the letter after SBX in a number that asks for it
SCENARIOS = {
    "normal": "N",
    "late": "L",
    "lost": "X",
    "silent": "S",
    "attempt": "A",
    "return": "R",
    "pickup": "P",
    "customs": "C",
    "damaged": "D",
    "address": "W",
    "unscanned": "U",
}
_BY_LETTER = {letter: scenario for scenario, letter in SCENARIOS.items()}
# What a number that asks for nothing gets: mostly an ordinary week.
_USUAL = ("normal",) * 17 + ("late", "attempt", "pickup")
# (weight, reason, message, signed by)
_PROOFS: tuple[tuple[int, Reason | str, str, str], ...] = (
    (5, Reason.SAFE_PLACE, "Delivered: porch", ""),
    (5, Reason.SIGNED, "Delivered: signature obtained", "Resident"),
    (3, "", "Delivered: handed to recipient", ""),
    (2, Reason.NEIGHBOUR, "Delivered: neighbor", "Neighbour"),
    (1, Reason.SIGNED, "Delivered: signature obtained", "Reception"),
)
_TRACE_AFTER = timedelta(days=8)


@dataclass(frozen=True)
class Step:
    """One scan to come. `at` is aware UTC in the parcel's own time."""

    at: datetime
    code: str
    spot: Spot
    message: str = ""
    reason: Reason | str = ""
    action_required: bool = False
    signed_by: str = ""

    @property
    def status(self) -> Status:
        """Our word for it."""
        return WORDS[self.code][0]

    @property
    def words(self) -> str:
        """The carrier's word for it."""
        return self.message or WORDS[self.code][1]


@dataclass(frozen=True)
class Story:
    """A parcel's whole life. `promised` is when it was to arrive before step `turn` changed that."""

    steps: tuple[Step, ...]
    service: str
    promised: datetime
    turn: int | None = None

    @property
    def arrives(self) -> datetime | None:
        """When the carrier brings it, None when it never does (lost, sent back, left for collection)."""
        if any(step.code == "PICKUP" for step in self.steps):
            return None
        return next((step.at for step in reversed(self.steps) if step.code == "DELIVERED"), None)

    @property
    def door(self) -> Spot:
        """Where it was sent to."""
        return next((step.spot for step in self.steps if step.code in ("DEPOT", "OUT")), self.steps[-1].spot)


def scenario_of(number: str) -> str:
    """Return the scenario that the letters of `number` ask for, '' when they ask for none."""
    key = number.upper()
    return _BY_LETTER.get(key[3:4], "") if key.startswith("SBX") else ""


def tell(
    number: str,
    *,
    start: datetime,
    origin: Place,
    destination: Place,
    scenario: str = "",
    turned: datetime | None = None,
) -> Story:
    """
    Return the story of parcel `number` whose label is made at `start` (aware).

    `scenario` (a key of SCENARIOS) outranks the number's own; it strikes at the usual point, but not before
    `turned` (the parcel's own time). Raises: BadPayload for a scenario nobody knows.
    """
    seed = random.Random(f"sandbox:{number.upper()}")  # noqa: S311 (a repeatable story, not a secret)
    usual = seed.choice(_USUAL)
    chosen = scenario or scenario_of(number) or usual
    if chosen not in SCENARIOS:
        raise BadPayload(f"“{chosen}” is not a scenario of the sandbox carrier")
    came_from = locate(origin) if origin.country else (gateways(destination.country.upper()) or [HOME])[0]
    going_to = locate(destination, came_from.country)
    return _turn(_ordinary(seed, start, came_from, going_to), chosen, seed, turned)


def _ordinary(seed: random.Random, start: datetime, origin: Spot, destination: Spot) -> Story:
    """Return the way of a parcel to which nothing happens."""
    express, sundays = seed.random() < 0.4, seed.random() < 0.4
    steps = [Step(start, "LABEL", origin)]
    collected = _at_hour(seed, origin, start + timedelta(hours=1), 15.5, 18.5, sundays=False)
    steps.append(Step(collected, "COLLECTED", origin))
    at = collected + _minutes(seed, 50, 110)
    steps.append(Step(at, "ARRIVED", origin))
    at = max(at + timedelta(hours=1), _at_hour(seed, origin, at, 20.5, 23.4))
    steps.append(Step(at, "DEPARTED", origin))
    here, last = origin, origin
    for hub in hubs(origin, destination):
        at += _travel(seed, here, hub)
        steps.append(Step(at, "ARRIVED", hub))
        if borders(last, hub):
            at += _minutes(seed, 90, 300)
            steps.append(Step(at, "CLEARED", hub))
        at += _minutes(seed, 110, 300) if express else _minutes(seed, 420, 1080)
        steps.append(Step(at, "DEPARTED", hub))
        here = last = hub
    at += _travel(seed, here, destination)
    steps.append(Step(at, "DEPOT", destination))
    out = _at_hour(seed, destination, at + timedelta(minutes=50), 7.3, 9.2, sundays=sundays)
    steps.append(Step(out, "OUT", destination))
    door = _at_hour(seed, destination, out, 10.0, 18.4)
    weights = [weight for weight, *_ in _PROOFS]
    _, reason, message, signed_by = seed.choices(_PROOFS, weights)[0]
    steps.append(Step(door, "DELIVERED", destination, message, reason, signed_by=signed_by))
    return Story(tuple(steps), "Express" if express else "Ground", promised=door)


def _minutes(seed: random.Random, least: int, most: int) -> timedelta:
    return timedelta(minutes=seed.randint(least, most))


def _travel(seed: random.Random, a: Spot, b: Spot) -> timedelta:
    """Return how long the way takes: by road, by air past 1,800 km, longer over a border."""
    km = a.km(b)
    hours = km / 600 + 5 if km > 1800 else km / 62 + 0.7
    if a.country != b.country:
        hours += 6
    return timedelta(minutes=int(hours * 60)) + _minutes(seed, 0, 55)


def _at_hour(
    seed: random.Random, spot: Spot, after: datetime, least: float, most: float, *, sundays: bool = True
) -> datetime:
    """Return the first moment past `after` between the hours `least` and `most` on the spot's clock."""
    minute = int(seed.uniform(least, most) * 60)
    local = spot.local(after)
    found = local.replace(hour=minute // 60, minute=minute % 60, second=seed.randrange(60), microsecond=0)
    while found <= local or (not sundays and found.weekday() == 6):
        found += timedelta(days=1)
    return found.astimezone(UTC)


def _later(step: Step, days: int) -> Step:
    """Move a step by whole days on its own place's clock, so that it keeps its hour."""
    return replace(step, at=(step.spot.local(step.at) + timedelta(days=days)).astimezone(UTC))


# --- what goes wrong

Tail = Callable[[random.Random, Sequence[Step], Sequence[Step], datetime], list[Step]]


def _turn(story: Story, scenario: str, seed: random.Random, turned: datetime | None) -> Story:
    """Keep what has happened, then let `scenario` take over. Where it comes too late, nothing changes."""
    if scenario == "normal":
        return story
    before, tail = _TURNS[scenario]
    steps = story.steps
    # A label is not late, and the first stop is the sender's own town: only what is not handed over stays.
    first = 0 if scenario == "unscanned" else 3
    open_to = [i for i, step in enumerate(steps) if i > first and (not turned or step.at > turned)]
    at = next((i for code in before for i in open_to if steps[i].code == code), None)
    if at is None:
        if scenario != "return" or turned is None:
            return story
        at = len(steps)  # even what has arrived can come back
    since = max(steps[at - 1].at, turned) if turned else steps[at - 1].at
    return replace(story, steps=steps[:at] + tuple(tail(seed, steps[:at], steps[at:], since)), turn=at)


def _late(seed: random.Random, past: Sequence[Step], rest: Sequence[Step], since: datetime) -> list[Step]:
    weather = seed.random() < 0.5
    message = "Delay: adverse weather" if weather else "Delay: peak volume"
    reason = Reason.WEATHER if weather else Reason.CARRIER_DELAY
    at = since + _minutes(seed, 40, 150)
    days = seed.choice((2, 3, 3, 4))
    return [Step(at, "DELAYED", past[-1].spot, message, reason), *_put_off(rest, days)]


def _put_off(rest: Sequence[Step], days: int) -> list[Step]:
    """Let the rest of the way happen `days` later, one more when that would be a Sunday at the door."""
    moved = [_later(step, days) for step in rest]
    if any(step.code == "OUT" and step.spot.local(step.at).weekday() == 6 for step in moved):
        moved = [_later(step, 1) for step in moved]
    return moved


def _lost(seed: random.Random, past: Sequence[Step], rest: Sequence[Step], since: datetime) -> list[Step]:
    at = _at_hour(seed, past[-1].spot, since + _TRACE_AFTER, 9, 16, sundays=False)
    return [Step(at, "LOST", past[-1].spot, reason=Reason.LOST)]


def _silent(seed: random.Random, past: Sequence[Step], rest: Sequence[Step], since: datetime) -> list[Step]:
    return []


def _customs(seed: random.Random, past: Sequence[Step], rest: Sequence[Step], since: datetime) -> list[Step]:
    papers = seed.random() < 0.5
    held = Step(
        since + _minutes(seed, 45, 160),
        "CUSTOMS",
        past[-1].spot,
        "Customs hold: commercial invoice required" if papers else "Customs hold: inspection",
        Reason.CUSTOMS_DOCUMENTS if papers else Reason.CUSTOMS,
        action_required=papers,
    )
    return [held, *_put_off(rest, seed.choice((2, 3, 4)))]


def _damaged(seed: random.Random, past: Sequence[Step], rest: Sequence[Step], since: datetime) -> list[Step]:
    found = Step(since + _minutes(seed, 20, 45), "DAMAGED", past[-1].spot, reason=Reason.DAMAGED)
    return [found, *_way_back(seed, past, found.at)]


def _address(seed: random.Random, past: Sequence[Step], rest: Sequence[Step], since: datetime) -> list[Step]:
    held = Step(
        since + _minutes(seed, 15, 45), "ADDRESS", past[-1].spot, reason=Reason.ADDRESS, action_required=True
    )
    fixed = Step(
        _at_hour(seed, past[-1].spot, held.at + timedelta(hours=26), 11, 16), "CORRECTED", past[-1].spot
    )
    return [held, fixed, *_put_off(rest, 2)]


def _attempt(seed: random.Random, past: Sequence[Step], rest: Sequence[Step], since: datetime) -> list[Step]:
    missed = replace(rest[0], code="ATTEMPT", message="", reason=Reason.NOT_HOME, signed_by="")
    out = Step(_at_hour(seed, past[-1].spot, missed.at, 7.3, 9.2, sundays=False), "OUT", past[-1].spot)
    door = _at_hour(seed, out.spot, out.at, 10.0, 18.4)
    return [missed, out, replace(rest[0], at=door)]


def _pickup(seed: random.Random, past: Sequence[Step], rest: Sequence[Step], since: datetime) -> list[Step]:
    there = replace(
        rest[0], code="PICKUP", message="", reason=Reason.NOT_HOME, action_required=True, signed_by=""
    )
    later = there.at + timedelta(days=seed.randint(1, 3))
    collected = _at_hour(seed, there.spot, later, 9.5, 18.5, sundays=False)
    return [
        there,
        Step(collected, "DELIVERED", there.spot, "Delivered: collected at service point", Reason.SIGNED),
    ]


def _return(seed: random.Random, past: Sequence[Step], rest: Sequence[Step], since: datetime) -> list[Step]:
    if not rest:
        return _way_back(seed, past, since)
    refused = replace(rest[0], code="REFUSED", message="", reason=Reason.REFUSED, signed_by="")
    return [refused, *_way_back(seed, past, refused.at)]


def _way_back(seed: random.Random, past: Sequence[Step], since: datetime) -> list[Step]:
    """Return the way home over the sorting centres it came through."""
    here, home = past[-1].spot, past[0].spot
    at = _at_hour(seed, here, since + timedelta(hours=2), 16, 20)
    way = [Step(at, "BACK", here)]
    for hub in reversed(hubs(home, here)):
        at += _travel(seed, here, hub) + _minutes(seed, 300, 900)
        way.append(Step(at, "BACK", hub))
        here = hub
    at = _at_hour(seed, home, at + _travel(seed, here, home), 8.5, 12, sundays=False)
    return [*way, Step(at, "RETURNED", home)]


# scenario -> (before which steps it may strike, the best place first; what happens then)
_TURNS: dict[str, tuple[tuple[str, ...], Tail]] = {
    "late": (("DEPARTED", "DEPOT", "OUT", "DELIVERED"), _late),
    "lost": (("DEPARTED", "DEPOT", "OUT", "DELIVERED"), _lost),
    "silent": (("DEPARTED", "DEPOT", "OUT", "DELIVERED"), _silent),
    "unscanned": (("COLLECTED",), _silent),
    "customs": (("CLEARED", "DEPARTED"), _customs),
    "damaged": (("OUT",), _damaged),
    "address": (("OUT",), _address),
    "attempt": (("DELIVERED",), _attempt),
    "pickup": (("DELIVERED",), _pickup),
    "return": (("DELIVERED",), _return),
}
