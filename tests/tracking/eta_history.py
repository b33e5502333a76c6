"""Histories of deliveries as rows, for tests of what is learned from them."""

from datetime import UTC, datetime, timedelta

from tests.factories.customers import StoreFactory
from tracking.eta.simulate import ways
from tracking.models import Order, Promise, Shipment
from tracking.vocabulary import Status

ZONES = {"US": "America/New_York", "DE": "Europe/Berlin"}


def store(way):
    return StoreFactory(
        slug=way.store,
        name=way.store.title(),
        country=way.store_country,
        timezone=ZONES[way.store_country],
    )


def import_ways(count, *, seed, known_at=None, **more):
    """Write `count` simulated parcels as they were known at `known_at` (default: when all had come)."""
    found = list(ways(count, seed=seed, **more))
    known_at = known_at or max(way.handed_over_at for way in found) + timedelta(days=60)
    stores = {}
    found = [way for way in found if way.placed_at < known_at]
    for way in found:
        if way.store not in stores:
            stores[way.store] = store(way)
    start = Order.objects.count()
    orders = Order.objects.bulk_create(
        Order(
            store=stores[way.store],
            external_id=str(start + n),
            number=str(start + n),
            number_key=str(start + n),
            currency="USD",
            placed_at=way.placed_at,
        )
        for n, way in enumerate(found)
    )
    pairs = list(zip(found, orders, strict=True))
    parcels = Shipment.objects.bulk_create(_parcel(way, order, known_at) for way, order in pairs)
    Promise.objects.bulk_create(
        Promise(
            shipment=parcel,
            from_date=way.told.from_date,
            to_date=way.told.to_date,
            made_at=way.told.told_at,
            source=way.lane.carrier,
        )
        for way, parcel in zip(found, parcels, strict=True)
        if way.told.told_at < known_at
    )
    return found, parcels


def _parcel(way, order, known_at):
    handed = way.handed_over_at if way.handed_over_at < known_at else None
    came = way.delivered_at if handed and way.delivered_at and way.delivered_at < known_at else None
    quiet = known_at - way.handed_over_at > timedelta(days=45)
    on_its_way = Status.EXPIRED if quiet else Status.IN_TRANSIT
    return Shipment(
        order=order,
        carrier=way.lane.carrier,
        service=way.lane.service,
        tracking_number=f"P{order.external_id}",
        tracking_key=f"P{order.external_id}",
        status=Status.DELIVERED if came else on_its_way if handed else Status.INFO_RECEIVED,
        shipped_at=handed,
        delivered_at=came,
        arrived_at=came,
        checked_at=known_at,
        handed_over_at=way.placed_at,
        origin={"country": way.lane.from_country, "region": way.lane.from_region},
        destination={
            "country": way.lane.to_country,
            "region": way.lane.to_region,
            "postcode": way.lane.to_postcode,
        },
    )


def at(day, hour=12, minute=0):
    """Return a moment in UTC."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
