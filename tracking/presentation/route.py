"""The picture of a parcel's way: from, over, to. A drawing of the order of places, not a map."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from tracking.presentation.material import ParcelMaterial
from tracking.presentation.voice import Voice, tidy
from tracking.vocabulary import Status

# The arc in per cent of the picture: start, handle, end of a quadratic curve that climbs to the door.
START, HANDLE, END = (5.0, 72.0), (46.0, -8.0), (95.0, 50.0)
MOST_STOPS = 7
LONGEST = 24


@dataclass(frozen=True)
class Stop:
    """
    A place on the arc. `x`, `y` in per cent as text; `kind`: passed, here or ahead; `label` '' for a silent
    stop.
    """

    x: str
    y: str
    kind: str
    label: str = ""
    anchor: str = "middle"
    above: bool = False


@dataclass(frozen=True)
class Route:
    """`whole` and `done` are SVG paths in a 100 × 100 box; `words` say what the picture shows."""

    whole: str
    done: str
    stops: tuple[Stop, ...]
    words: str


def route_for(parcel: ParcelMaterial, voice: Voice) -> Route | None:
    """
    Return the picture, or None where fewer than two places are known or the parcel is not on its way here.
    """
    if parcel.status in (Status.RETURNING, Status.RETURNED, Status.CANCELLED, Status.EXPIRED):
        return None
    places, here = _places(parcel)
    if len(places) < 2:
        return None
    at = _fraction(parcel, here, len(places))
    stops = [_stop(i / (len(places) - 1), name, i, here, at, len(places)) for i, name in enumerate(places)]
    if 0 < at < 1 and not any(stop.kind == "here" for stop in stops):
        stops.append(_marker(at))
    return Route(_curve(1.0), _curve(at), tuple(stops), _words(places, here, parcel.status))


def _places(parcel: ParcelMaterial) -> tuple[list[str], int]:
    """Return the places in order and the index of where the parcel is (-1 before its first scan)."""
    shipment = parcel.shipment
    seen = [
        tidy(scan.city)
        for scan in reversed(parcel.scans)
        if scan.city and scan.status != Status.INFO_RECEIVED
    ]
    origin, goal = tidy(shipment.origin.get("city", "")), tidy(shipment.destination.get("city", ""))
    places: list[str] = [origin] if origin else []
    for name in seen:
        if not places or places[-1].casefold() != name.casefold():
            places.append(name)
    here = len(places) - 1 if seen else -1
    if goal and (not places or places[-1].casefold() != goal.casefold()):
        places.append(goal)
    if len(places) > MOST_STOPS:
        cut = len(places) - MOST_STOPS
        places, here = [places[0], *places[1 + cut :]], max(here - cut, 0)
    return places, here


def _fraction(parcel: ParcelMaterial, here: int, count: int) -> float:
    """Return how far along the arc the parcel is drawn, 0 to 1."""
    if parcel.status == Status.DELIVERED:
        return 1.0
    if here < 0:
        return 0.0
    if here == count - 1:  # in its town, but not at the door
        return (count - 1.25) / (count - 1)
    return here / (count - 1)


def _point(t: float) -> tuple[float, float]:
    (x0, y0), (x1, y1), (x2, y2) = START, HANDLE, END
    u = 1 - t
    return u * u * x0 + 2 * u * t * x1 + t * t * x2, u * u * y0 + 2 * u * t * y1 + t * t * y2


def _curve(t: float) -> str:
    """Return the arc's part from its start to `t` (de Casteljau)."""
    hx, hy = START[0] + (HANDLE[0] - START[0]) * t, START[1] + (HANDLE[1] - START[1]) * t
    x, y = _point(t)
    return f"M{START[0]:g} {START[1]:g}Q{hx:.1f} {hy:.1f} {x:.1f} {y:.1f}"


def _stop(t: float, name: str, index: int, here: int, at: float, count: int) -> Stop:
    first, last = index == 0, index == count - 1
    is_here = abs(t - at) < 1e-9 and here >= 0
    labelled = first or last or is_here
    x, y = _point(t)
    return Stop(
        x=f"{x:.1f}%",
        y=f"{y:.1f}%",
        kind="here" if is_here else "passed" if t < at else "ahead",
        label=_short(name) if labelled else "",
        anchor="start"
        if first
        else "end"
        if last
        else "middle"
        if 0.2 < t < 0.8
        else "start"
        if t <= 0.2
        else "end",
        above=is_here and not first and not last,
    )


def _short(name: str) -> str:
    """Return a name that fits beside another on a small phone; the timeline has it in full."""
    return name if len(name) <= LONGEST else name[: LONGEST - 1].rstrip("- ") + "…"


def _marker(at: float) -> Stop:
    x, y = _point(at)
    return Stop(x=f"{x:.1f}%", y=f"{y:.1f}%", kind="here")


def _words(places: list[str], here: int, status: str) -> str:
    ends = {"origin": places[0], "goal": places[-1]}
    if status == Status.DELIVERED:
        return _("From %(origin)s to %(goal)s. It has arrived.") % ends
    if here < 0:
        return _("From %(origin)s to %(goal)s. It has not left yet.") % ends
    return _("From %(origin)s to %(goal)s. Now in %(here)s.") % {**ends, "here": places[here]}
