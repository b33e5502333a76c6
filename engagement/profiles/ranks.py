"""
Recency, frequency and money as fifths of everybody who ever bought (RFM).

A customer's fifth is 1 + the number of fifths of all buyers who are strictly below them: equals share a
fifth, the lowest of theirs, so that half the house with one order each does not fall into three fifths by
chance. Money is compared among those of one currency.
"""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Case, F, IntegerField, QuerySet, Value, When

from engagement.models import Profile

FIFTHS = 5
BATCH = 2000


def rank_all() -> int:
    """
    Rank every profile among all. Returns: how many places changed.

    Places are read once; rows are written in batches in the order of their keys. Killed anywhere, the rest
    keeps yesterday's.
    """
    buyers = Profile.objects.filter(orders__gt=0)
    changed = _write(buyers, "recency", "last_order_at") + _write(buyers, "frequency", "orders")
    for currency in list(buyers.order_by().values_list("currency", flat=True).distinct()):
        changed += _write(buyers.filter(currency=currency), "monetary", "spent_minor")
    nobody = Profile.objects.filter(orders=0).exclude(recency=0, frequency=0, monetary=0)
    return changed + _batches(nobody, {"recency": 0, "frequency": 0, "monetary": 0})


def steps(values: QuerySet[Profile], column: str) -> list[Any]:
    """
    Return the values above which the second to the last fifth begins, [] where there are fewer than FIFTHS
    buyers to compare.
    """
    many = values.count()
    if many < FIFTHS:
        return []
    ordered = values.order_by(column).values_list(column, flat=True)
    # Who is above the k/5-th smallest has at least k/5 of all strictly below them.
    return [ordered[-(-k * many // FIFTHS) - 1] for k in range(1, FIFTHS)]


def fifth(value: Any, above: Iterable[Any]) -> int:
    """Return the fifth of `value`, given what `steps` returned; 0 for no steps."""
    known = list(above)
    return 1 + sum(value > step for step in known) if known else 0


def _write(buyers: QuerySet[Profile], name: str, column: str) -> int:
    above = steps(buyers, column)
    place: Any = Value(0)
    if above:
        ways = [
            When(**{f"{column}__gt": step}, then=Value(number))
            for number, step in reversed(list(enumerate(above, 2)))
        ]
        place = Case(*ways, default=Value(1), output_field=IntegerField())
    wrong = buyers.annotate(place=place).exclude(**{name: F("place")})
    return _batches(wrong, {name: place})


def _batches(rows: QuerySet[Profile], values: dict[str, Any]) -> int:
    """Write `values` to `rows`, which are those that do not have them yet, a few at a time."""
    changed, last = 0, 0
    while True:
        with transaction.atomic():
            some = rows.filter(pk__gt=last).order_by("pk")
            part = list(some.select_for_update(of=("self",)).values_list("pk", flat=True)[:BATCH])
            if not part:
                return changed
            changed += Profile.objects.filter(pk__in=part).update(**values)
            last = part[-1]
