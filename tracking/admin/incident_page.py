"""What an incident's page shows: how many, where, how long, and what the offer costs."""

from collections import Counter
from typing import Any

from django.utils import timezone

from config.lib.money import Money
from config.lib.staff import cells
from customers.models import Event
from tracking.admin import tones
from tracking.models import Flag, Incident, Order, Shipment
from tracking.services.incidents.apology import Standing, apology_key, left_to_offer
from tracking.services.incidents.clustering import held_parcels
from tracking.services.incidents.matching import parcels_of

SHOWN = 100
COUNTRIES = 8


def figures(incident: Incident) -> dict[str, Any]:
    """Return the numbers at the head of the page."""
    parcels = parcels_of([incident.pk])[incident.pk]
    orders = Order.objects.filter(pk__in=Flag.objects.filter(incident=incident).values("order"))
    sums: Counter[str] = Counter()
    places: Counter[str] = Counter()
    for total, currency, ship_to in orders.values_list("total_minor", "currency", "ship_to"):
        sums[currency] += total
        places[str((ship_to or {}).get("country") or "?")] += 1
    ended = incident.closed_at or timezone.now()
    hours = round((ended - incident.opened_at).total_seconds() / 3600)
    return {
        "parcels": len(parcels),
        "held": len(held_parcels(incident)),
        "orders": sum(places.values()),
        "worth": [cells.sum_of(total, currency) for currency, total in sums.most_common()],
        "countries": ", ".join(f"{code} {n}" for code, n in places.most_common(COUNTRIES)),
        "more_countries": max(len(places) - COUNTRIES, 0),
        "lasted": f"{hours} h" if hours < 48 else f"{round(hours / 24)} days",
    }


def affected(incident: Incident) -> dict[str, Any]:
    """Return the first parcels it holds or held, the longest waiting first, and what each was told."""
    flags = Flag.objects.filter(incident=incident, shipment__isnull=False).order_by("since", "pk")
    first: dict[int, Flag] = {}
    for flag in flags.select_related("order", "shipment")[: SHOWN * 4]:
        first.setdefault(flag.shipment_id or 0, flag)
    shown = list(first.values())[:SHOWN]
    keys = [apology_key(incident.pk, flag.order_id) for flag in shown]
    told = dict(Event.objects.filter(key__in=keys).values_list("key", "data"))
    held = held_parcels(incident)
    return {
        "affected": [
            {
                "flag": flag,
                "order": flag.order,
                "parcel": flag.shipment,
                "pill": _pill(flag.shipment),
                "held": flag.shipment_id in held,
                "country": (flag.order.ship_to or {}).get("country", ""),
                "told": _told(told.get(apology_key(incident.pk, flag.order_id))),
            }
            for flag in shown
        ]
    }


def _pill(parcel: Shipment | None) -> str:
    return (
        cells.pill(parcel.get_status_display(), tones.PARCEL.get(parcel.status, cells.WARN)) if parcel else ""
    )


def _told(data: dict[str, Any] | None) -> str:
    if data is None:
        return "No"
    return "Yes, with the offer" if data.get("offer") else "Yes"


def offer_words(incident: Incident, found: Standing) -> str:
    """Return the offer and what it costs at most: '120 × $5.00 = $600.00, with $600.00 left of $600.00'."""
    if not found.has_offer:
        return "No offer goes with it."

    def money(amount: int) -> str:
        return Money(amount, incident.store.currency).format()

    left = left_to_offer(incident, found.action)
    off = f"{incident.offer_percent} % off, at most " if incident.offer_percent else ""
    return (
        f"{found.with_offer} × {off}{money(incident.offer_minor)} = {money(found.cost)}"
        f" of the {money(left)} left in the budget of {money(incident.budget_minor)}."
    )


def customers_words(order_ids: tuple[int, ...]) -> str:
    """Return how many people that is: '120 customers', '118 customers (120 orders)'."""
    buyers = Order.objects.filter(pk__in=order_ids).values_list("customer", flat=True)
    known = {pk for pk in buyers if pk}
    people = len(known) + sum(pk is None for pk in buyers)
    words = "1 customer" if people == 1 else f"{people} customers"
    return words if people == len(order_ids) else f"{words} ({len(order_ids)} orders)"
