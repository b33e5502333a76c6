"""A profile in words for staff."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.html import format_html

from config.lib.staff.cells import day, sum_of
from engagement.models import Profile
from engagement.profiles.metrics import METRICS
from engagement.profiles.zones import named

Facts = list[tuple[str, str]]


def facts(profile: Profile) -> Facts:
    """Return what is known of a customer as (what, words), most telling first; the rest is left out."""
    zone = named(profile.zone) or ZoneInfo("UTC")
    rows = [
        ("Bought", _bought(profile, zone)),
        ("Spent", _spent(profile)),
        ("Rhythm", _rhythm(profile)),
        ("Loyalty", profile.get_tier_display() if profile.tier else "No tier"),
        ("Compared with all buyers", _ranks(profile)),
        ("Deliveries", _deliveries(profile)),
        ("Returns", _returns(profile)),
        ("Satisfaction", f"{profile.satisfaction:.1f} of 5" if profile.satisfaction is not None else ""),
        ("Marketing", _marketing(profile, zone)),
        ("Best hour to write", _hour(profile)),
        ("Lives in", ", ".join(part for part in (profile.country, profile.zone.replace("_", " ")) if part)),
    ]
    return [(label, words) for label, words in rows if words]


def _many(count: int, one: str) -> str:
    return f"{count:,} {one}{'' if count == 1 else 's'}"


def _on(at: datetime, zone: ZoneInfo) -> str:
    return day(at.astimezone(zone).date())


def _bought(profile: Profile, zone: ZoneInfo) -> str:
    if not profile.orders or profile.first_order_at is None or profile.last_order_at is None:
        return "Nothing yet"
    what = f"{_many(profile.orders, 'order')}, {_many(profile.items, 'item')}"
    first, last = _on(profile.first_order_at, zone), _on(profile.last_order_at, zone)
    return f"{what}, on {last}" if first == last else f"{what}, from {first} to {last}"


def _spent(profile: Profile) -> str:
    if not profile.orders:
        return ""
    total, average = (
        sum_of(minor, profile.currency) for minor in (profile.spent_minor, profile.average_minor)
    )
    return format_html("{}, {} an order", total, average)


def _rhythm(profile: Profile) -> str:
    if profile.cadence_days is None or profile.next_order_on is None:
        return "Not known: that takes orders on three days" if profile.orders else ""
    return (
        f"Every {_many(round(profile.cadence_days), 'day')}; the next is due on {day(profile.next_order_on)}"
    )


def _ranks(profile: Profile) -> str:
    if not profile.recency:
        return "Not ranked yet: that is done at night" if profile.orders else ""
    names = (("recently", profile.recency), ("often", profile.frequency), ("much", profile.monetary))
    ranks = ", ".join(f"how {name}: {place} of 5" for name, place in names)
    return ranks[0].upper() + ranks[1:]


def _deliveries(profile: Profile) -> str:
    if not profile.delivered:
        return ""
    late = f"{profile.late} of them later than first promised" if profile.late else "none of them late"
    return f"{_many(profile.delivered, 'parcel')} arrived, {late}"


def _returns(profile: Profile) -> str:
    if not profile.orders:
        return ""
    if not profile.returned_items:
        return "Nothing came back"
    return f"{_many(profile.returned_items, 'item')} came back, {profile.return_rate:.0%} of what was bought"


def _marketing(profile: Profile, zone: ZoneInfo) -> str:
    sent = f"{_many(profile.messages_90d, 'message')} and {_many(profile.clicks_90d, 'click')} in 90 days"
    return sent + (f", last on {_on(profile.last_click_at, zone)}" if profile.last_click_at else "")


def _hour(profile: Profile) -> str:
    if profile.send_hour is None:
        return ""
    return f"{profile.send_hour}:00, {METRICS['zone'].label.lower()} {profile.zone or 'UTC'}"
