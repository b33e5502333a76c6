"""What is learned from: ways of parcels, as rows of a History."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from config.lib.business_days import next_working_day
from tracking.eta import lanes
from tracking.eta.days import DAY, on_the_wall, part_of_day
from tracking.eta.lanes import Lane
from tracking.eta.learning import History, Place
from tracking.eta.where import calendar_region, zone_at

CUT_OFF = time(14)


@dataclass(frozen=True)
class Shop:
    """Where parcels leave from. `cut_off`: what is ordered by then is packed the same day (its own clock)."""

    slug: str
    country: str = ""
    zone_name: str = "UTC"
    cut_off: time = CUT_OFF

    @property
    def zone(self) -> tzinfo:
        """Its time zone."""
        return zone_at(self.country, "", self.country, self.zone_name)

    @property
    def place(self) -> Place:
        """Whose working days its own work is counted in."""
        return Place(f"store:{self.slug}", self.country.upper())

    def ready(self, placed_at: datetime) -> date:
        """Return the working day on which work on an order of `placed_at` (aware) begins: its cut-off."""
        placed = on_the_wall(placed_at, self.zone)
        day = placed.date() + (DAY if placed.time() >= self.cut_off else timedelta(0))
        return next_working_day(day, self.country)

    def lane(self, carrier: str, service: str, origin: dict[str, str], destination: dict[str, str]) -> Lane:
        """Return the lane of a parcel; what leaves from nowhere in particular leaves from the store."""
        return Lane(
            carrier,
            service,
            origin.get("country", "") or self.country,
            origin.get("region", ""),
            destination.get("country", ""),
            destination.get("region", ""),
            destination.get("postcode", ""),
        )

    def zone_to(self, lane: Lane) -> tzinfo:
        """Return the time zone at the door."""
        return zone_at(lane.to_country, lane.to_region, self.country, self.zone_name)

    def zone_from(self, lane: Lane) -> tzinfo:
        """Return the time zone of the hand-over."""
        return zone_at(lane.from_country, lane.from_region, self.country, self.zone_name)

    def handed_over(self, lane: Lane, at: datetime) -> date:
        """Return the day of a hand-over at `at` (aware), on the clock where it took place."""
        return on_the_wall(at, self.zone_from(lane)).date()


def place_of(lane: Lane) -> Place:
    """Return whose days are counted, where, on a parcel's way."""
    region = calendar_region(lane.to_country, lane.to_region)
    return Place(lane.carrier.lower(), lane.to_country.upper(), region)


@dataclass(frozen=True)
class Seen:
    """
    What is known of one parcel at some moment. Times aware. `arrived_at`: when it was at the door first (or
    ready to be collected); None while it is on its way.
    """

    shop: Shop
    lane: Lane
    placed_at: datetime | None
    handed_over_at: datetime | None
    arrived_at: datetime | None
    out_at: datetime | None = None


def add(history: History, seen: Seen, *, known_at: datetime) -> None:
    """
    Add the legs of a parcel's way to `history` as they were known at `known_at` (aware): a leg whose end lies
    later was still being gone then.
    """
    if seen.handed_over_at is None or seen.handed_over_at >= known_at:
        _handling(history, seen, known_at, done=False)
        return
    _handling(history, seen, seen.handed_over_at, done=True)
    done = seen.arrived_at is not None and seen.arrived_at < known_at
    until = on_the_wall(
        seen.arrived_at if done and seen.arrived_at else known_at, seen.shop.zone_to(seen.lane)
    )
    since = seen.shop.handed_over(seen.lane, seen.handed_over_at)
    place = place_of(seen.lane)
    history.add(lanes.transit(seen.lane, since), place, since, until.date(), part_of_day(until), done)
    if seen.out_at and seen.out_at < known_at:
        left = on_the_wall(seen.out_at, seen.shop.zone_to(seen.lane)).date()
        history.add(lanes.last_leg(seen.lane), place, left, until.date(), part_of_day(until), done)


def _handling(history: History, seen: Seen, until: datetime, *, done: bool) -> None:
    if seen.placed_at is None or seen.placed_at >= until:
        return
    ready, wall = seen.shop.ready(seen.placed_at), on_the_wall(until, seen.shop.zone)
    keys = lanes.handling(seen.shop.slug, ready)
    history.add(keys, seen.shop.place, ready, wall.date(), part_of_day(wall), done)


def utc(day: date) -> datetime:
    """Return the first moment of `day` in UTC (aware)."""
    return datetime.combine(day, time(), UTC)
