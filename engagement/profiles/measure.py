"""Every number of a profile, computed anew from the rows it is made of. Writes nothing."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from statistics import median
from zoneinfo import ZoneInfo

from engagement.models import Profile
from engagement.profiles.facts import Bought, Facts, gather
from engagement.profiles.send_time import best_hour
from engagement.profiles.tiers import YEAR, tier_of
from engagement.profiles.zones import measured

WINDOW = timedelta(days=90)
ANSWERS = 5  # the last so many make the satisfaction: how they feel now, not what was bad years ago
OCCASIONS = 3  # days with an order before there is a rhythm
# Compared and written. The fifths are relative to everybody and made at night (engagement/profiles/ranks.py).
FIELDS = tuple(
    field.attname
    for field in Profile._meta.concrete_fields
    if field.attname not in ("customer_id", "recency", "frequency", "monetary", "updated_at")
)
# These change with nothing but time: a row is right in them as of its last measuring.
MOVING = ("tier", "messages_90d", "clicks_90d")


def measure(ids: Iterable[int], *, at: datetime) -> dict[int, Profile]:
    """
    Return the profiles of those of `ids` that are customers and stand for themselves, as of `at` (aware), not
    saved. A fixed number of statements, however many they are.
    """
    known = gather(ids, since=at - WINDOW, until=at)
    return {customer: _profile(customer, facts, at) for customer, facts in known.items()}


def _profile(customer: int, facts: Facts, at: datetime) -> Profile:
    bought = [order for order in facts.orders if order.counts]
    known = bought or facts.orders
    newest = known[-1] if known else None
    zone = measured(
        facts.timezone,
        newest.ship_to if newest else None,
        newest.home_country if newest else "",
        newest.home_zone if newest else "",
    )
    local: tzinfo = ZoneInfo(zone) if zone else UTC
    recent = [click for click in facts.clicks if at - WINDOW <= click <= at]
    row = Profile(
        customer_id=customer,
        delivered=facts.delivered,
        late=facts.late,
        satisfaction=_mean(facts.scores[-ANSWERS:]),
        messages_90d=facts.messages,
        clicks_90d=len(recent),
        last_click_at=facts.clicks[-1] if facts.clicks else None,
        send_hour=best_hour(
            moment.astimezone(local).hour
            for moment in (*(order.placed_at for order in bought), *facts.clicks)
        ),
        zone=zone,
        country=str(newest.ship_to.get("country") or "")[:2].upper() if newest else "",
        updated_at=at,
    )
    _count(row, bought, facts.returned)
    _rhythm(row, bought, local)
    _value(row, bought, at)
    return row


def _count(row: Profile, bought: Sequence[Bought], returned: int) -> None:
    row.orders = len(bought)
    row.items = sum(order.items for order in bought)
    row.returned_items = returned
    row.return_rate = round(min(returned / row.items, 1), 4) if row.items else 0.0
    row.first_order_at = bought[0].placed_at if bought else None
    row.last_order_at = bought[-1].placed_at if bought else None


def _rhythm(row: Profile, bought: Sequence[Bought], zone: tzinfo) -> None:
    """The median of the days between the days they ordered on, and when that makes the next one."""
    days: list[date] = sorted({order.placed_at.astimezone(zone).date() for order in bought})
    if len(days) < OCCASIONS:
        return
    row.cadence_days = float(median((b - a).days for a, b in zip(days, days[1:], strict=False)))
    row.next_order_on = days[-1] + timedelta(days=round(row.cadence_days))


def _value(row: Profile, bought: Sequence[Bought], at: datetime) -> None:
    """Money in the currency of the newest order, and the tier that the last twelve months make."""
    row.currency = bought[-1].currency if bought else ""
    same = [order for order in bought if order.currency == row.currency]
    row.spent_minor = sum(order.paid_minor for order in same)
    row.average_minor = (2 * row.spent_minor + len(same)) // (2 * len(same)) if same else 0
    year = [order for order in bought if order.placed_at > at - YEAR]
    spent = sum(order.paid_minor for order in year if order.currency == row.currency)
    row.tier = tier_of(len(year), spent, row.currency)


def _mean(scores: Sequence[int]) -> float | None:
    return round(sum(scores) / len(scores), 4) if scores else None
