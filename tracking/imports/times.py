"""Dates and times as people and programs write them, made instants in a zone somebody chose."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from config.lib import clock
from tracking.imports.errors import BadValue
from tracking.imports.numbers import Finding

DAY_FIRST, MONTH_FIRST = "dmy", "mdy"
_MONTHS = {
    name: month
    for month, names in enumerate(
        (
            "january jan januar janner janv janvier",
            "february feb februar febr fevrier fevr fev",
            "march mar marz maerz mrz mars",
            "april apr avril avr",
            "may mai",
            "june jun juni juin",
            "july jul juli juillet juil",
            "august aug aout",
            "september sep sept septembre",
            "october oct oktober okt octobre",
            "november nov novembre",
            "december dec dezember dez decembre",
        ),
        1,
    )
    for name in names.split()
}
_ACCENTS = str.maketrans("äàâéèêëûüôöîïç", "aaaeeeeuuooiic")
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_NUMBERS = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?!\d)")
_DAY_NAME = re.compile(
    r"(?:[a-z]{2,10}\.?,? +)?(\d{1,2})(?:\.|st|nd|rd|th)?(?: +of)?[ -]+([a-z]+)\.?,?[ -]+(\d{4})"
)
_NAME_DAY = re.compile(r"(?:[a-z]{2,10}\.?,? +)??([a-z]+)\.? +(\d{1,2})(?:st|nd|rd|th)?,? +(\d{4})")
_CLOCK = re.compile(
    r"(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,](?P<part>\d{1,9}))?)?)?"
    r"\s*(?P<half>[ap]\.?m\.?)?\s*(?:uhr|h)?\s*(?P<zone>z|utc|gmt|(?:utc|gmt)?[+-]\d{2}:?\d{2}|[+-]\d{2})?",
    re.IGNORECASE,
)


def moment(told: object, order: str, zone: str) -> datetime:
    """
    Return a time as an instant (aware, UTC).

    `order` says whether 03/04 is the 3 April (dmy) or the 4 March (mdy), '' while nobody has said. `zone` (an
    IANA name or an offset like +02:00) is for times without an offset of their own; a date alone is its
    first moment there. Of an hour that comes twice the first is meant. Raises: BadValue, also for a time that
    the clocks left out.
    """
    day, rest = _day(told, order)
    if not rest:
        return _first_of(day, zone)
    match = _CLOCK.fullmatch(rest)
    if match is None:
        raise BadValue(f"“{_cut(told)}” is not a date and time.")
    try:
        local = datetime.combine(day, _clock(match))
    except ValueError as exc:
        raise BadValue(f"“{_cut(told)}” is not a date and time.") from exc
    if match["zone"]:
        return _checked(local.replace(tzinfo=_offset(match["zone"])), told)
    return _checked(_in_zone(local, zone), told)


def day(told: object, order: str) -> date:
    """Return the calendar day that is written; a time beside it is ignored. Raises: BadValue."""
    return _day(told, order)[0]


def _cut(told: object) -> str:
    return str(told).strip()[:40]


def _day(told: object, order: str) -> tuple[date, str]:
    """Return the day and what is written after it."""
    if isinstance(told, bool) or not isinstance(told, str):
        raise BadValue(f"“{_cut(told)}” is a number. Write dates like 2026-12-31.")
    text = " ".join(told.split())
    lower = text.lower().translate(_ACCENTS)
    try:
        if found := _ISO.match(text):
            return date(int(found[1]), int(found[2]), int(found[3])), _rest(text[found.end() :])
        if found := _NUMBERS.match(text):
            year = int(found[4]) if len(found[4]) == 4 else 2000 + int(found[4])
            first, second = int(found[1]), int(found[3])
            how = _order_of(first, second, found[2]) or order
            if not how and first != second:
                raise BadValue(f"“{_cut(told)}” can be read in two ways: choose day or month first.")
            # The file's own order wins: 13/04 in a file of months first is a mistake, not a day.
            how = order or how if found[2] != "." else DAY_FIRST
            return date(year, *((second, first) if how == DAY_FIRST else (first, second))), _rest(
                text[found.end() :]
            )
        for form, day_at, month_at in ((_DAY_NAME, 1, 2), (_NAME_DAY, 2, 1)):
            if (found := form.match(lower)) and found[month_at] in _MONTHS:
                return date(int(found[3]), _MONTHS[found[month_at]], int(found[day_at])), _rest(
                    text[found.end() :]
                )
    except ValueError as exc:
        if isinstance(exc, BadValue):
            raise
        raise BadValue(f"“{_cut(told)}” is not a day of the calendar.") from exc
    raise BadValue(f"“{_cut(told)}” is not a date. Write dates like 2026-12-31.")


def _rest(text: str) -> str:
    return re.sub(r"^(?:[T,]\s*|\s+(?:at|um|a)\s+|\s+)", "", text, count=1, flags=re.IGNORECASE).strip()


def _order_of(first: int, second: int, mark: str) -> str:
    """Return the order a date itself shows, '' when it could be either. Dots are written day first."""
    if mark == ".":
        return DAY_FIRST
    if first > 12 >= second:
        return DAY_FIRST
    return MONTH_FIRST if second > 12 >= first else ""


def _clock(match: re.Match[str]) -> time:
    hour = int(match["hour"])
    half = (match["half"] or "").lower().replace(".", "")
    if half:
        if not 1 <= hour <= 12:
            raise ValueError("no such hour")
        hour = hour % 12 + (12 if half == "pm" else 0)
    elif match["minute"] is None:
        raise ValueError("an hour alone is no time")
    part = int(((match["part"] or "") + "000000")[:6])
    return time(hour, int(match["minute"] or 0), int(match["second"] or 0), part)


def _offset(told: str) -> tzinfo:
    digits = re.sub(r"[^\d+-]", "", told)
    if not digits:
        return UTC
    hours, minutes = int(digits[1:3]), int(digits[3:5] or 0)
    if hours > 14 or minutes > 59:
        raise BadValue(f"“{told}” is not an offset from UTC.")
    found = timedelta(hours=hours, minutes=minutes)
    return timezone(-found if digits[0] == "-" else found)


def zone_of(name: str) -> tzinfo:
    """Return the zone that an IANA name or an offset means. Raises: BadValue."""
    if (
        re.fullmatch(r"(?:z|utc|gmt)?(?:[+-]\d{2}:?\d{2}|[+-]\d{2})?", name.strip(), re.IGNORECASE)
        and name.strip()
    ):
        return _offset(name)
    try:
        return ZoneInfo(name.strip())
    except (KeyError, ValueError, OSError) as exc:
        raise BadValue(f"“{name[:40]}” is not a time zone such as Europe/Berlin or +02:00.") from exc


def _in_zone(local: datetime, zone: str) -> datetime:
    """Return the instant; of two the first. Raises: BadValue for a time that never was."""
    there = local.replace(tzinfo=zone_of(zone), fold=0)
    back = there.astimezone(UTC).astimezone(there.tzinfo).replace(tzinfo=None)
    if back != local:
        raise BadValue(
            f"{local:%Y-%m-%d %H:%M} never was in {zone}: the clocks went forward over it. "
            "Is the file in another time zone?"
        )
    return there


def _first_of(found: date, zone: str) -> datetime:
    """Return a day's first moment: in some zones the clocks leave out its midnight."""
    there = datetime.combine(found, time(0), zone_of(zone))
    return _checked(there, found)


def _checked(there: datetime, told: object) -> datetime:
    try:
        found = there.astimezone(UTC)
    except OverflowError as exc:
        raise BadValue(f"“{_cut(told)}” is not a time anybody means.") from exc
    if found.year not in clock.YEARS or found.year < 1970:
        raise BadValue(f"“{_cut(told)}” is not a time anybody means.")
    return found


def detect(values: Iterable[object]) -> Finding:
    """Return whether dates of a sample are written day or month first, as far as they show it."""
    seen: dict[str, str] = {}
    unclear = ""
    for value in values:
        match = _NUMBERS.match(" ".join(value.split())) if isinstance(value, str) else None
        if match is None or match[2] == ".":
            continue
        how = _order_of(int(match[1]), int(match[3]), match[2])
        if how:
            seen.setdefault(how, match[0])
        elif match[1] != match[3]:
            unclear = unclear or match[0]
    if len(seen) == 2:
        words = f"Both “{seen[DAY_FIRST]}” and “{seen[MONTH_FIRST]}” occur. What comes first?"
        return Finding(ambiguous=True, words=words)
    if seen:
        how = next(iter(seen))
        return Finding(how, words=f"Seen: “{seen[how]}”.")
    if unclear:
        return Finding(ambiguous=True, words=f"“{unclear}” can be read in two ways.")
    return Finding(words="No date in the first rows leaves it open.")
