"""Many parcels, one trouble: which place or reason flagged parcels of a store and carrier share. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tracking.watch.kinds import NOT_SHARED

# So many of the parcels at a place share a reason: it is the place's trouble too.
ALIKE = 0.9
# A place with more than this part of a reason's parcels explains them better than the reason.
MOST = 0.5


@dataclass(frozen=True)
class Sighting:
    """One flagged parcel: where it was and why it stopped, as its flags say."""

    shipment_id: int
    place: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Explanation:
    """What parcels have in common; '' says nothing about it."""

    place: str
    reason: str
    parcels: frozenset[int] = field(default_factory=frozenset)


def explain(sightings: Iterable[Sighting], least: int) -> list[Explanation]:
    """
    Return the troubles that at least `least` parcels have in common, the largest first; no parcel is in two.

    Where a place and a reason both explain many, the narrower one is taken: the place, once most of the
    reason's parcels are there (and with the reason, when nearly all there have it), else the reason.
    """
    seen = list(sightings)
    places = _groups((s.place, s.shipment_id) for s in seen if s.place)
    reasons = _groups((s.reason, s.shipment_id) for s in seen if s.reason not in NOT_SHARED)
    names = [(groups, _inverted(groups)) for groups in (places, reasons)]
    found: list[Explanation] = []
    while best := _best(places, reasons, max(least, 1)):
        found.append(best)
        # Taken out one by one: counted anew each time, a thousand troubles at once would take minutes.
        for groups, named in names:
            for pk in best.parcels:
                for name in named.get(pk, ()):
                    groups[name].discard(pk)
                    if not groups[name]:
                        del groups[name]
    return found


def _inverted(groups: Mapping[str, set[int]]) -> dict[int, list[str]]:
    """{parcel: the groups it is in}"""
    found: dict[int, list[str]] = {}
    for name, parcels in groups.items():
        for pk in parcels:
            found.setdefault(pk, []).append(name)
    return found


def _best(places: Mapping[str, set[int]], reasons: Mapping[str, set[int]], least: int) -> Explanation | None:
    place, there = _largest(places)
    reason, alike = _largest(reasons)
    if len(there) < least and len(alike) < least:
        return None
    if len(alike) >= least and len(alike) > len(there):
        # The largest place may be another trouble: the one to weigh is where most of these are.
        where, held = _largest({name: parcels & alike for name, parcels in places.items()})
        if len(held) < least or len(held) <= MOST * len(alike):
            return Explanation("", reason, frozenset(alike))
        place, there = where, places[where]
    return _sharpened(place, there, reasons, least)


def _sharpened(place: str, there: set[int], reasons: Mapping[str, set[int]], least: int) -> Explanation:
    """The place alone, or with the reason that nearly all have there."""
    reason, alike = _largest({name: parcels & there for name, parcels in reasons.items()})
    if len(alike) >= max(least, ALIKE * len(there)):
        return Explanation(place, reason, frozenset(alike))
    return Explanation(place, "", frozenset(there))


def _groups(pairs: Iterable[tuple[str, int]]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for name, pk in pairs:
        found.setdefault(name, set()).add(pk)
    return found


def _largest(groups: Mapping[str, set[int]]) -> tuple[str, set[int]]:
    """The largest group; of equal ones the first by name, so that every look-round says the same."""
    if not groups:
        return "", set()
    name = min(groups, key=lambda each: (-len(groups[each]), each))
    return name, groups[name]
