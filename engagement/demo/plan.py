"""
Which orders the sample stores have, so that every state of an order can be seen at any hour of any day.

Pure: the same `now` gives the same plan. A parcel's state follows from its number, its start and the sandbox
carrier's rules; the plan tries numbers and starts until one is where it should be.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from config.lib.business_days import working_time
from engagement.demo.catalogue import HARBOUR, MOOR, Item, Shop
from engagement.demo.people import PEOPLE, SHOPPER, Person
from tracking.carriers.base import Place
from tracking.sandbox_places import locate
from tracking.sandbox_routes import Step, tell
from tracking.services.sandbox import new_number
from tracking.vocabulary import Reason

HISTORY = timedelta(days=120)
TRIES = 40_000
MOVING = ("COLLECTED", "ARRIVED", "DEPARTED", "CLEARED", "DEPOT")

# Says whether a parcel is where it should be: (what was scanned so far, what comes next, now).
Want = Callable[[Sequence[Step], Step | None, datetime], bool]


@dataclass(frozen=True)
class Wish:
    """A state to be seen: `count` orders whose parcel satisfies `want`, started `ages` days ago."""

    count: int
    scenario: str
    ages: tuple[float, float]
    want: Want


@dataclass(frozen=True)
class Parcel:
    """A parcel to come: one number, or several of one hand-over. `lines` are positions in the order."""

    numbers: tuple[str, ...]
    start: datetime
    lines: tuple[int, ...]


@dataclass
class Plan:
    """One order to come."""

    shop: Shop
    person: Person
    placed_at: datetime
    lines: list[tuple[Item, int, int]]  # item, which of its variants, how many
    parcels: list[Parcel] = field(default_factory=list)
    cancelled_at: datetime | None = None
    gift_for: Person | None = None
    number: int = 0


def _last(*codes: str) -> Want:
    return lambda seen, following, now: seen[-1].code in codes


def _unheard_of(least: float, most: float) -> Want:
    """On its way, and not heard of for so many working days where its shopper lives (SHOPPER's country)."""

    def want(seen: Sequence[Step], following: Step | None, now: datetime) -> bool:
        silence = working_time(seen[-1].at, now, UTC, SHOPPER.country) / timedelta(days=1)
        return seen[-1].code in MOVING and least <= silence <= most

    return want


def _soon(least: int, most: int) -> Want:
    """On its way, and about to move: the next scan comes in `least` to `most` seconds."""

    def want(seen: Sequence[Step], following: Step | None, now: datetime) -> bool:
        near = following is not None and least <= (following.at - now).total_seconds() <= most
        return near and seen[-1].code in MOVING

    return want


def _late(seen: Sequence[Step], following: Step | None, now: datetime) -> bool:
    return any(step.code == "DELAYED" for step in seen) and seen[-1].code in ("DELAYED", *MOVING)


def _over(seen: Sequence[Step], following: Step | None, now: datetime) -> bool:
    return following is None and seen[-1].code == "DELIVERED"


def _looked_through(seen: Sequence[Step], following: Step | None, now: datetime) -> bool:
    """Stopped at the border for no reason that lies with the recipient."""
    stop = seen[-1]
    long_enough = now - stop.at > timedelta(hours=4)  # for the watch to have seen it
    return stop.code == "CUSTOMS" and stop.reason == Reason.CUSTOMS and long_enough


def _silent(seen: Sequence[Step], following: Step | None, now: datetime) -> bool:
    return following is None and now - seen[-1].at > timedelta(days=31)


WISHES = {
    "label made": Wish(5, "normal", (0.1, 1.2), _last("LABEL")),
    "on its way": Wish(9, "normal", (0.8, 5), _last(*MOVING)),
    "out for delivery": Wish(4, "normal", (1, 6), _last("OUT")),
    "attempted": Wish(3, "attempt", (1, 7), _last("ATTEMPT")),
    "to be collected": Wish(3, "pickup", (1, 8), _last("PICKUP")),
    "held by customs": Wish(2, "customs", (1, 9), _last("CUSTOMS")),
    "address incomplete": Wish(1, "address", (1, 8), _last("ADDRESS")),
    "damaged": Wish(1, "damaged", (1, 8), _last("DAMAGED")),
    "late": Wish(4, "late", (2, 9), _late),
    "lost": Wish(1, "lost", (12, 18), _last("LOST")),
    "never handed over": Wish(1, "unscanned", (7.2, 7.9), _last("LABEL")),
    "no word": Wish(2, "silent", (36, 48), _silent),
    "coming back": Wish(2, "return", (3, 14), _last("BACK")),
    "back": Wish(2, "return", (12, 30), _last("RETURNED")),
    "delivered this week": Wish(9, "normal", (3, 9), _over),
    "tried twice": Wish(3, "attempt", (9, 60), _over),
    "collected": Wish(3, "pickup", (9, 90), _over),
    "late but there": Wish(4, "late", (14, 100), _over),
}
# One cause behind many: the watch makes an incident of these (ten are enough).
AT_THE_BORDER = Wish(12, "customs", (1.4, 6), _looked_through)
# Its shopper is offered a choice: past its promise for three working days, and not silent for ten yet.
MUCH_TOO_LATE = Wish(1, "silent", (11, 17), _unheard_of(8.1, 9.9))
NOTHING_SHIPPED, CANCELLED, GIFTS, OF_MOOR, TOTAL = 8, 4, 4, 24, 150


class Planner:
    """Draws the plan for one `now` (aware)."""

    def __init__(self, now: datetime, seed: str = "porchlight") -> None:
        self.now = now.astimezone(UTC)
        self.random = random.Random(seed)  # noqa: S311 (a sample, the same each time)
        self.plans: list[Plan] = []

    def draw(self) -> list[Plan]:
        """Return 150 orders of both stores, oldest first, numbered in that order."""
        self._shopper()
        for wish in WISHES.values():
            for _ in range(wish.count):
                self._single(HARBOUR, wish)
        self._special()
        for wish in (*(WISHES["on its way"],) * 4, WISHES["late"], WISHES["to be collected"]):
            self._single(MOOR, wish)
        old = Wish(0, "normal", (9, HISTORY.days - 3), _over)
        while sum(plan.shop is MOOR for plan in self.plans) < OF_MOOR:
            self._single(MOOR, old)
        while len(self.plans) < TOTAL:
            self._single(HARBOUR, old)
        self.plans.sort(key=lambda plan: plan.placed_at)
        following = {shop.slug: shop.first_number for shop in (HARBOUR, MOOR)}
        for plan in self.plans:
            plan.number = following[plan.shop.slug]
            following[plan.shop.slug] += 1
        return self.plans

    def _shopper(self) -> None:
        """The person with an account: a parcel that moves while one watches, two parcels, some history."""
        hero = Wish(1, "normal", (1.2, 4.5), _soon(40, 200))
        plan = self._single(HARBOUR, hero, [SHOPPER], lines=3)
        plan.lines = [(_item("lantern"), 1, 1), (_item("candle"), 0, 2), (_item("kettle"), 0, 1)]
        plan = self._single(HARBOUR, MUCH_TOO_LATE, [SHOPPER], lines=2)
        plan.lines = [(_item("blanket"), 1, 1), (_item("mug"), 0, 2)]
        self._split([SHOPPER], WISHES["delivered this week"], WISHES["on its way"])
        self._single(HARBOUR, Wish(1, "normal", (20, 30), _over), [SHOPPER])
        self._single(HARBOUR, Wish(1, "normal", (60, 90), _over), [SHOPPER])

    def _special(self) -> None:
        """What takes more than one ordinary parcel."""
        for least, most in ((150, 600), (300, 1200)):
            self._single(HARBOUR, Wish(1, "normal", (0.8, 5), _soon(least, most)))
        people = PEOPLE[HARBOUR.slug]
        abroad = [person for person in people if person.country == "CA"]
        for _ in range(AT_THE_BORDER.count):
            self._single(HARBOUR, AT_THE_BORDER, abroad)
        self._split(people, WISHES["on its way"], WISHES["label made"])
        self._split(people, WISHES["on its way"], None)
        self._split(people, WISHES["delivered this week"], None)
        self._split(people, WISHES["delivered this week"], WISHES["out for delivery"])
        for wish in (WISHES["on its way"], WISHES["delivered this week"]):
            plan = self._single(HARBOUR, wish, lines=2)
            first = plan.parcels[0]
            twin, _ = self._find(HARBOUR, [plan.person], wish, start=first.start)
            plan.parcels = [Parcel((*first.numbers, *twin.numbers), first.start, first.lines)]
        for wish in (WISHES["on its way"], WISHES["delivered this week"]):
            for _ in range(GIFTS // 2):
                plan = self._single(HARBOUR, wish)
                plan.gift_for = plan.person
                plan.person = self.random.choice(
                    [p for p in people if p.language == "en" and p is not plan.person]
                )
        for position in range(NOTHING_SHIPPED):
            self._bare(MOOR if position > 5 else HARBOUR, hours=(0.3, 60))
        self._bare(HARBOUR, hours=(102, 140))  # forgotten in the store room
        for _ in range(CANCELLED):
            plan = self._bare(HARBOUR, hours=(24, 24 * 70))
            plan.cancelled_at = plan.placed_at + timedelta(minutes=self.random.randint(12, 400))

    def _bare(self, shop: Shop, hours: tuple[float, float]) -> Plan:
        placed = self.now - timedelta(hours=self.random.uniform(*hours))
        plan = Plan(
            shop, self.random.choice(PEOPLE[shop.slug]), placed.replace(microsecond=0), self._basket(shop)
        )
        self.plans.append(plan)
        return plan

    def _single(self, shop: Shop, wish: Wish, people: Sequence[Person] = (), lines: int = 0) -> Plan:
        """Add an order in one parcel that is as `wish` says."""
        parcel, person = self._find(shop, people or PEOPLE[shop.slug], wish)
        basket = self._basket(shop, lines)
        parcel = Parcel(parcel.numbers, parcel.start, tuple(range(len(basket))))
        plan = Plan(shop, person, self._placed(parcel.start), basket, [parcel])
        self.plans.append(plan)
        return plan

    def _split(self, people: Sequence[Person], first: Wish, second: Wish | None) -> None:
        """Add an order in two parcels for one of `people` who can have both; no wish: it has not left yet."""
        for person in self.random.sample(people, len(people)):
            try:
                parcels = [
                    self._find(HARBOUR, [person], wish, tries=600)[0] for wish in (first, second) if wish
                ]
            except LookupError:
                continue
            lines = ((0, 1), (2,))
            parcels = [Parcel(p.numbers, p.start, held) for p, held in zip(parcels, lines, strict=False)]
            placed = self._placed(min(p.start for p in parcels))
            self.plans.append(Plan(HARBOUR, person, placed, self._basket(HARBOUR, 3), parcels))
            return
        raise LookupError(f"nobody can have these two parcels at {self.now}")

    def _placed(self, start: datetime) -> datetime:
        return start - timedelta(minutes=self.random.randint(95, 1700))

    def _basket(self, shop: Shop, lines: int = 0) -> list[tuple[Item, int, int]]:
        count = lines or self.random.choices((1, 2, 3, 4), (5, 5, 3, 1))[0]
        items = self.random.sample(shop.items, min(count, len(shop.items)))
        return [
            (item, self.random.randrange(len(item.variants)), self.random.choices((1, 2, 3), (8, 2, 1))[0])
            for item in items
        ]

    def _find(
        self,
        shop: Shop,
        people: Sequence[Person],
        wish: Wish,
        *,
        start: datetime | None = None,
        tries: int = TRIES,
    ) -> tuple[Parcel, Person]:
        """Return a parcel, and whose it is, that is as `wish` says. Raises: LookupError after many tries."""
        origin = Place(shop.city, shop.region, shop.fields["country"])
        for _ in range(tries):
            person = self.random.choice(people)
            number = new_number(self.random.random(), wish.scenario)
            begun = start or self._working_hour(origin, self.random.uniform(*wish.ages))
            if begun >= self.now:
                continue
            to = Place(person.city, person.region, person.country)
            steps = tell(number, start=begun, origin=origin, destination=to).steps
            seen = [step for step in steps if step.at <= self.now]
            following = steps[len(seen)] if len(seen) < len(steps) else None
            if wish.want(seen, following, self.now):
                return Parcel((number,), begun, ()), person
        raise LookupError(f"no {wish.scenario} parcel from {shop.city} is in the wanted state at {self.now}")

    def _working_hour(self, origin: Place, days: float) -> datetime:
        """Return a time about `days` ago at which somebody stands at the packing table."""
        local = locate(origin).local(self.now - timedelta(days=days))
        minute, second = self.random.randrange(8 * 60, 16 * 60), self.random.randrange(60)
        return local.replace(hour=minute // 60, minute=minute % 60, second=second, microsecond=0).astimezone(
            UTC
        )


def _item(key: str) -> Item:
    return next(item for item in HARBOUR.items if item.key == key)
