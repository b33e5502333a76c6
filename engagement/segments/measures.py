"""Questions about one column, as conditions of SQL."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Q

from engagement.segments.facts import Type
from engagement.segments.rules import Leaf


def condition(path: str, leaf: Leaf, at: datetime) -> Q:
    """
    Return the condition of a question on the column `path`, at `at` (aware). Only questions that are the
    opposite of none (facts.OPS) come here. Where the column is empty it is false or unknown.
    """
    kind = leaf.fact.type
    if leaf.op == "known":
        return Q(**{f"{path}__isnull": False})
    if kind == Type.BIRTHDAY:
        return _birthday(path, leaf, at)
    if kind in (Type.MOMENT, Type.DAY):
        return _time(path, leaf, at)
    if leaf.fact.name == "customer.language":
        return _language(path, leaf)
    if leaf.op == "one_of":
        return Q(**{f"{path}__in": leaf.value})
    value = leaf.value / 100 if kind == Type.SHARE else leaf.value
    lookup = {"is": "exact", "at_least": "gte", "at_most": "lte"}[leaf.op]
    return _number(path, lookup, value)


def _number(path: str, lookup: str, value: Any) -> Q:
    if lookup == "exact" and isinstance(value, float):
        if value.is_integer():
            return Q(**{path: int(value)})
        # A column of whole numbers would cut 2.5 to 2 and find it equal.
        return Q(**{f"{path}__gte": value, f"{path}__lte": value})
    return Q(**{f"{path}__{lookup}": value})


def _language(path: str, leaf: Leaf) -> Q:
    """Return whether it is one of the languages: 'pt' is 'pt-BR' too."""
    found = Q(pk__in=[])
    for language in leaf.value if leaf.op == "one_of" else (leaf.value,):
        found |= Q(**{f"{path}__iexact": language})
        if language:
            found |= Q(**{f"{path}__istartswith": f"{language}-"})
    return found


def _time(path: str, leaf: Leaf, at: datetime) -> Q:
    value = leaf.value
    day = leaf.fact.type == Type.DAY
    now: Any = at.astimezone(UTC).date() if day else at
    if leaf.op in ("from_day", "before_day"):
        bound = value if day else datetime.combine(value, time(), UTC)
        return Q(**{f"{path}__{'gte' if leaf.op == 'from_day' else 'lt'}": bound})
    span = timedelta(days=value)
    if leaf.op == "last_days":
        return Q(**{f"{path}__gte": now - span, f"{path}__lte": now})
    if leaf.op == "longer_ago":
        return Q(**{f"{path}__lt": now - span})
    return Q(**{f"{path}__gte": now, f"{path}__lte": now + span})


def _birthday(path: str, leaf: Leaf, at: datetime) -> Q:
    if leaf.op == "month":
        return Q(**{f"{path}__month": leaf.value})
    found = Q(pk__in=[])
    for month, day in sorted(birthdays(at, leaf.value)):
        found |= Q(**{f"{path}__month": month, f"{path}__day": day})
    return found


def birthdays(at: datetime, days: int) -> set[tuple[int, int]]:
    """
    Return month and day of the birthdays kept from today (UTC) to `days` later. Who was born on 29 February
    keeps it on the 28th where the year has none.
    """
    today = at.astimezone(UTC).date()
    found = set()
    for number in range(days + 1):
        one = today + timedelta(days=number)
        found.add((one.month, one.day))
        if (one.month, one.day) == (2, 28) and not _leap(one):
            found.add((2, 29))
    return found


def _leap(one: date) -> bool:
    return (date(one.year, 3, 1) - timedelta(days=1)).day == 29
