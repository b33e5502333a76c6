"""Orders, events and consents as rules ask for them."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import BooleanField, Count, Exists, F, Func, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from customers.models import Consent, Event
from tracking.models import Order, OrderLine, Product
from tracking.services.orders import postcode_key

# name in `where` -> lookup of Order. Tags and codes are as the shop writes them, places in any case.
_ORDER = {
    "store": "store__slug",
    "country": "ship_to__country",
    "region": "ship_to__region__iexact",
    "city": "ship_to__city__iexact",
    "currency": "currency",
    "min_minor": "total_minor__gte",
    "max_minor": "total_minor__lte",
}
_LINE = {
    "product": "product_id",
    "sku": "sku__iexact",
    "title": "title__icontains",
    "product_type": "product__product_type__iexact",
    "vendor": "vendor__iexact",
}


class HoldsWord(Func):
    """Whether a JSON list of words holds one, written exactly so."""

    output_field = BooleanField()
    conditional = True

    def __init__(self, column: str, word: str) -> None:
        super().__init__(F(column))
        self.word = word

    def as_sql(self, compiler: Any, connection: Any, **kwargs: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        """Return it for SQLite."""
        column, params = compiler.compile(self.source_expressions[0])
        asked = f"EXISTS (SELECT 1 FROM json_each({column}) WHERE value = %s)"  # noqa: S608 (our own column)
        return asked, [*params, self.word]

    def as_postgresql(self, compiler: Any, connection: Any, **kwargs: Any) -> tuple[str, list[Any]]:
        """Return it for PostgreSQL, where an index could serve it."""
        column, params = compiler.compile(self.source_expressions[0])
        return f"{column} @> %s::jsonb", [*params, json.dumps([self.word])]


def within(where: Mapping[str, Any], column: str, at: datetime) -> Q:
    """Return the window of time that `where` names on `column`. Nothing later than `at` counts."""
    found = Q(**{f"{column}__lte": at})
    if "last_days" in where:
        found &= Q(**{f"{column}__gte": at - timedelta(days=where["last_days"])})
    if "longer_ago" in where:
        found &= Q(**{f"{column}__lt": at - timedelta(days=where["longer_ago"])})
    return found


def orders(where: Mapping[str, Any], at: datetime) -> QuerySet[Order]:
    """
    Return the orders that `where` describes, neither cancelled nor deleted in the shop. What is said of
    goods must be true of one and the same line.
    """
    found = Order.objects.filter(within(where, "placed_at", at), cancelled_at=None, removed_at=None)
    found = found.filter(**{lookup: where[name] for name, lookup in _ORDER.items() if name in where})
    if "postcode" in where:
        found = found.filter(postcode_key__startswith=postcode_key(where["postcode"]))
    if "order_tag" in where:
        found = found.filter(HoldsWord("tags", where["order_tag"]))
    if "code" in where:
        found = found.filter(HoldsWord("discount_codes", where["code"]))
    goods = {lookup: where[name] for name, lookup in _LINE.items() if name in where}
    if goods or "product_tag" in where:
        lines = OrderLine.objects.filter(order=OuterRef("pk"), quantity__gt=0, **goods)
        if "product_tag" in where:
            tagged = Product.objects.filter(HoldsWord("tags", where["product_tag"]))
            lines = lines.filter(product__in=tagged.values("pk"))
        found = found.filter(Exists(lines))
    return found


def events(where: Mapping[str, Any], at: datetime) -> QuerySet[Event]:
    """Return the events that `where` describes."""
    found = Event.objects.filter(within(where, "occurred_at", at), kind=where["kind"])
    return found.filter(store__slug=where["store"]) if "store" in where else found


def by_person(happened: QuerySet[Event]) -> QuerySet[Event]:
    """Name the person of each event as `who`: the kept profile, if theirs was merged since."""
    return happened.filter(customer__isnull=False).annotate(
        who=Coalesce("customer__merged_into_id", "customer_id")
    )


def at_least(found: QuerySet[Any], who: str, times: int) -> QuerySet[Any]:
    """Return the keys `who` that stand in at least `times` of the rows."""
    people = found.filter(**{f"{who}__isnull": False}).values(who)
    return people.annotate(found=Count("pk")).filter(found__gte=times).values(who)


def consent(channel: str, word: str, person: OuterRef) -> Q:
    """Return whether somebody said yes, no, or nothing ('unset') to marketing by `channel`."""
    said = Consent.objects.filter(customer=person, channel=channel, purpose=Consent.Purpose.MARKETING)
    if word == "unset":
        return ~Q(Exists(said))
    return Q(Exists(said.filter(granted=word == "yes")))
