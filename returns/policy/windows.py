"""When a piece may come back: until the end of a day in the store's zone, whatever the clocks do then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from returns.policy.base import HolidayWindow, Rule, Terms
from returns.policy.defaults import WINDOW_DAYS

TRAVEL_DAYS = 14  # a parcel whose delivery nobody told of is taken to have come so long after it was sent
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True)
class Moments:
    """When a piece was ordered, sent and delivered (aware). Without news of a delivery it is taken."""

    ordered: datetime
    sent: datetime | None = None
    delivered: datetime | None = None
    last_news: datetime | None = None  # the carrier's last word on a parcel that has not come

    def start(self, window_from: str) -> datetime | None:
        """Return when a window counted from there begins, None while it has not."""
        if window_from == "order":
            return self.ordered
        if window_from == "fulfilment":
            return self.sent
        if self.delivered or self.sent is None:
            return self.delivered
        taken = self.sent + timedelta(days=TRAVEL_DAYS)
        return max(taken, self.last_news) if self.last_news else taken


@dataclass(frozen=True)
class Window:
    """A window that holds for a piece: whose it is, and its end; None: it has not begun."""

    code: str
    name: str
    until: datetime | None
    words: str


def end_of_day(day: date, zone: tzinfo) -> datetime:
    """
    Return the last microsecond of a calendar day in a zone, in UTC.

    Of an evening that comes twice the second counts; where the clocks jump over midnight (Nuuk, Beirut) the
    day ends with the jump.
    """
    last = datetime.combine(day, time.max)
    first, second = (last.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first <= second:
        return second
    low, high = second, first  # around a jump: in the day, and past it
    while high - low > _TICK:
        middle = low + (high - low) // 2
        if middle.astimezone(zone).date() <= day:
            low = middle
        else:
            high = middle
    return low


def ends(start: datetime | None, days: int, zone: tzinfo) -> datetime | None:
    """Return the end of the day `days` after the day of `start` in `zone`."""
    return end_of_day(start.astimezone(zone).date() + timedelta(days=days), zone) if start else None


def windows(
    base: Terms,
    rules: Sequence[Rule],
    holidays: Sequence[HolidayWindow],
    moments: Moments,
    zone: tzinfo,
) -> list[Window]:
    """Return every window that holds: the base's, those of the rules that match, those of holidays."""
    days, begins = base.window_days, base.window_from or "delivery"
    days = WINDOW_DAYS if days is None else days
    found = [_window("base", "Base", days, begins, moments, zone)]
    for rule in rules:
        if rule.then.window_days is None and rule.then.window_from is None:
            continue
        own = days if rule.then.window_days is None else rule.then.window_days
        found.append(_window(rule.code, rule.name, own, rule.then.window_from or begins, moments, zone))
    placed = moments.ordered.astimezone(zone).date()
    for one in holidays:
        if one.start <= placed <= one.end:
            words = f"Bought from {one.start:%Y-%m-%d} to {one.end:%Y-%m-%d}: until {one.until:%Y-%m-%d}."
            found.append(Window(f"holiday:{one.name}", one.name, end_of_day(one.until, zone), words))
    return found


FROM_WORDS: Mapping[str, str] = {
    "order": "the order",
    "fulfilment": "dispatch",
    "delivery": "delivery",
}


def _window(code: str, name: str, days: int, begins: str, moments: Moments, zone: tzinfo) -> Window:
    words = f"{days} days from {FROM_WORDS[begins]}."
    return Window(code, name, ends(moments.start(begins), days, zone), words)


def kindest(found: Sequence[Window]) -> Window:
    """Return the window that ends last; one that has not begun ends after all that have."""
    return max(
        found, key=lambda window: (window.until is None, window.until or datetime.min.replace(tzinfo=UTC))
    )
