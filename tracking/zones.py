"""
A best guess at the time zone of a place, for carriers that name no offset. Used for sorting, never shown.
"""

from datetime import UTC, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.core import get_global


@lru_cache(maxsize=512)
def zone_of(country: str, home_country: str = "", home_zone: str = "UTC") -> tzinfo:
    """
    Return the zone of `country` (ISO alpha-2): the store's own when it is at home there, else the country's
    first one.

    Unknown countries get the store's zone.
    """
    if country and country != home_country:
        zones = [zone for zone, where in get_global("zone_territories").items() if where == country]
        for name in sorted(zones):
            try:
                return ZoneInfo(name)
            except (KeyError, ValueError):
                continue
    try:
        return ZoneInfo(home_zone)
    except (KeyError, ValueError):
        return UTC
