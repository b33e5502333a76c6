"""Filters of the list of returns, and what each key may see."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from rest_framework import serializers

from customers.api.base import Filters, QueryInstant, Text
from customers.models import ApiKey
from returns.api.inputs import key_may_see
from returns.models import Exchange, Refund, Return, ReturnParcel, ReturnUnit, UnexpectedItem
from returns.vocabulary import Kind, State
from tracking.services.orders import number_key


class ReturnFilters(Filters):
    """Which returns. Several filters narrow each other."""

    number = Text(required=False, max_length=16, help_text="The return's, e.g. R-7K3Q9DM2.")
    order = serializers.UUIDField(required=False, help_text="The order's `id`.")
    order_number = Text(required=False, max_length=60, help_text="As the shopper knows it.")
    kind = serializers.ChoiceField(choices=Kind.choices, required=False)
    state = serializers.ChoiceField(choices=State.choices, required=False)
    store = Text(required=False, max_length=50, help_text="The store's slug.")
    updated_since = QueryInstant(required=False, help_text="Changed at or after this time.")


def returns_of(key: ApiKey) -> QuerySet[Return]:
    """Return the returns a key may see, with everything an answer shows."""
    units = ReturnUnit.objects.select_related("line", "variant", "part__part", "parcel").order_by("pk")
    exchanges = Exchange.objects.select_related("variant").order_by("pk")
    others = UnexpectedItem.objects.select_related("variant").order_by("pk")
    parcels = ReturnParcel.objects.order_by("position").prefetch_related(Prefetch("unexpected", others))
    rows = Return.objects.filter(**key_may_see(key)).select_related("store", "order")
    return rows.prefetch_related(
        Prefetch("units", units),
        Prefetch("exchanges", exchanges),
        Prefetch("parcels", parcels),
        Prefetch("refunds", Refund.objects.order_by("pk")),
    )


def filter_returns(rows: QuerySet[Return], given: dict[str, Any]) -> QuerySet[Return]:
    """Narrow returns by what ReturnFilters read."""
    plain: dict[str, Any] = {name: given[name] for name in ("kind", "state") if name in given}
    if "number" in given:
        plain["number"] = given["number"].strip().upper()
    if "order" in given:
        plain["order__public_id"] = given["order"]
    if "order_number" in given:
        plain["order__number_key"] = number_key(given["order_number"])
    if "store" in given:
        plain["store__slug"] = given["store"]
    if "updated_since" in given:
        plain["updated_at__gte"] = given["updated_since"]
    return rows.filter(**plain)
