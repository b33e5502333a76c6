"""In which time zone a person lives, as well as we know."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from customers.models import Customer, Store
from tracking.eta.where import zone_at
from tracking.models import Order


def zone_of(customer: Customer | None, order: Order | None = None, store: Store | None = None) -> ZoneInfo:
    """
    Return the zone of a person: their own where they told it, else that of the place `order` goes to, else
    that of their profile, else that of `store` (default: the order's), else UTC. A name nobody knows is
    passed over.

    Asks the database for nothing but the order's store. The profile counts where it has been loaded with the
    customer (`select_related("profile")`).
    """
    own = named(customer.timezone) if customer else None
    if own:
        return own
    home = store or (order.store if order else None)
    country, region = (order.ship_to.get(name) or "" for name in ("country", "region")) if order else ("", "")
    if country:
        return there(country, region, home.country if home else "", home.timezone if home else "UTC")
    kept = customer._state.fields_cache.get("profile") if customer else None
    return (named(kept.zone) if kept else None) or (named(home.timezone) if home else None) or ZoneInfo("UTC")


@lru_cache(maxsize=1024)
def named(name: str) -> ZoneInfo | None:
    """Return the zone of an IANA name, None for '' and for what is none."""
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):  # OSError: a name that is a folder, or too long for one
        return None


@lru_cache(maxsize=4096)
def there(country: str, region: str, home_country: str, home_zone: str) -> ZoneInfo:
    """Return the zone of a place (tracking.eta.where), as an IANA zone; UTC where it has none."""
    zone = zone_at(country, region, home_country, home_zone)
    return zone if isinstance(zone, ZoneInfo) else ZoneInfo("UTC")


def measured(timezone: str, ship_to: Mapping[str, Any] | None, home_country: str, home_zone: str) -> str:
    """
    Return the name of the zone a profile is kept in: as `zone_of`, of the newest order's address and the
    store it was bought in. '' for who has no zone and no order.
    """
    if own := named(timezone):
        return own.key
    if ship_to is None:
        return ""
    country, region = (str(ship_to.get(name) or "") for name in ("country", "region"))
    return there(country, region, home_country, home_zone).key
