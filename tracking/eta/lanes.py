"""
The groups a parcel belongs to, from the widest to its own: what is learned in one is lent to those within.

A group's key is its path: 't|abroad|dhl|express|DE>US|10|4' is the transit of DHL Express parcels from
Germany to ZIP codes 10…, handed over on a Friday.
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

TRANSIT, LAST_LEG, HANDLING, RECORD = "t", "o", "h", "e"
_WEEKDAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
_UNSAFE = re.compile(r"[^0-9a-zA-Z_.\- ]+")
# Where a state or province says more of a parcel's way than its country does.
_WIDE = {"US", "CA", "AU", "BR", "CN", "IN", "RU"}


@dataclass(frozen=True)
class Lane:
    """
    Who carries a parcel from where to where. Countries are ISO alpha-2, regions as addresses have them; ''
    where nobody said.
    """

    carrier: str
    service: str = ""
    from_country: str = ""
    from_region: str = ""
    to_country: str = ""
    to_region: str = ""
    to_postcode: str = ""

    @property
    def abroad(self) -> bool:
        """Whether it crosses a border, as far as is known."""
        start, end = self.from_country.upper(), self.to_country.upper()
        return bool(start and end and start != end)

    @property
    def ends(self) -> str:
        """From where to where: 'US-OR>US'."""
        start = _clean(self.from_country.upper())[:12] or "?"
        if start in _WIDE and self.from_region:
            start += f"-{_clean(self.from_region.upper())[:12]}"
        return f"{start}>{_clean(self.to_country.upper())[:12] or '?'}"


def _clean(text: str) -> str:
    return " ".join(_UNSAFE.sub(" ", text).split())


def service_of(text: str) -> str:
    """Return a carrier's service as it is compared: 'UPS® Ground' and 'ups ground' are the same."""
    return _clean(text).lower()[:40]


def area_of(postcode: str) -> str:
    """
    Return the wider area of a postcode: its letters where it begins with such ('SW' of SW1A 1AA), else its
    first two digits; '' without one.
    """
    key = re.sub(r"[^0-9A-Z]", "", postcode.upper())
    letters = re.match(r"[A-Z]{1,2}", key)
    return letters[0] if letters else key[:2]


@lru_cache(maxsize=65536)
def _stem(lane: Lane) -> tuple[str, ...]:
    scope = "abroad" if lane.abroad else "home"
    carrier = _clean(lane.carrier.lower())[:40] or "?"
    keys = [TRANSIT, f"{TRANSIT}|{scope}", f"{TRANSIT}|{scope}|{carrier}"]
    for part in (service_of(lane.service) or "-", lane.ends, area_of(lane.to_postcode) or "-"):
        keys.append(f"{keys[-1]}|{part}")
    return tuple(keys)


def transit(lane: Lane, handed_over: date) -> tuple[str, ...]:
    """Return the keys of a parcel's way from hand-over to door, widest first."""
    stem = _stem(lane)
    return (*stem, f"{stem[-1]}|{handed_over.weekday()}")


def last_leg(lane: Lane) -> tuple[str, ...]:
    """Return the keys of the way from "out for delivery" to the door, widest first."""
    carrier = _clean(lane.carrier.lower())[:40] or "?"
    return (
        LAST_LEG,
        f"{LAST_LEG}|{carrier}",
        f"{LAST_LEG}|{carrier}|{_clean(lane.to_country.upper())[:12] or '?'}",
    )


def handling(store: str, ready: date) -> tuple[str, ...]:
    """Return the keys of a store's way from order to hand-over, widest first; `ready`: the day it begins."""
    return (HANDLING, f"{HANDLING}|{store}", f"{HANDLING}|{store}|{ready.weekday()}")


def record(source: str, lane: Lane, lead: int) -> tuple[str, ...]:
    """
    Return the keys of a carrier's record with its own windows, widest first. `source`: who said it; `lead`:
    how many counted days before the window's end.
    """
    ahead = "0" if lead <= 0 else "1-2" if lead <= 2 else "3+"
    keys = [RECORD, f"{RECORD}|{_clean(source.lower())[:40]}"]
    for part in (_clean(lane.carrier.lower())[:40] or "?", ahead, service_of(lane.service) or "-"):
        keys.append(f"{keys[-1]}|{part}")
    return tuple(keys)


def words(key: str) -> str:
    """Return a key as staff read it: 'dhl express DE→US, postcodes 10…, handed over on Fridays'."""
    leg, *parts = key.split("|")
    if leg == TRANSIT:
        scope, carrier, service, ends, area, weekday = (*parts, *[""] * (6 - len(parts)))
        where = {"abroad": "across a border", "home": "within one country", "": ""}[scope]
        named = " ".join(p for p in (carrier, service if service != "-" else "", ends.replace(">", "→")) if p)
        more = [named or "all carriers", where if not ends else ""]
        more.append(f"postcodes {area}…" if area and area != "-" else "")
        more.append(f"handed over on {_WEEKDAYS[int(weekday)]}" if weekday else "")
        return ", ".join(part for part in more if part)
    if leg == HANDLING:
        return " ".join(["from order to hand-over:", parts[0] if parts else "all stores"]) + (
            f", {_WEEKDAYS[int(parts[1])]}" if len(parts) > 1 else ""
        )
    if leg == LAST_LEG:
        return "out for delivery: " + (" to ".join(parts) or "all carriers")
    source, carrier, ahead, service = (*parts, *[""] * (4 - len(parts)))
    told = f"windows told by {source or 'anybody'}" + (
        f" for {carrier}" if carrier not in ("", source) else ""
    )
    return (
        told
        + (f", {ahead} days ahead" if ahead else "")
        + (f", {service}" if service not in ("", "-") else "")
    )
