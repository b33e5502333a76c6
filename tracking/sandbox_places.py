"""The sandbox carrier's map: cities, sorting centres, gateways, where they lie and what time it is there."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from tracking.carriers.base import Place

# city|region|country|latitude|longitude|time zone|kind (G gateway to abroad, H sorting centre, - city)
_TABLE = """
Newark|NJ|US|40.7|-74.2|America/New_York|G
Louisville|KY|US|38.2|-85.7|America/Kentucky/Louisville|H
Memphis|TN|US|35.1|-90.0|America/Chicago|H
Chicago|IL|US|41.9|-87.7|America/Chicago|H
Dallas|TX|US|32.8|-96.8|America/Chicago|H
Atlanta|GA|US|33.7|-84.4|America/New_York|H
Denver|CO|US|39.7|-105.0|America/Denver|H
Salt Lake City|UT|US|40.8|-111.9|America/Denver|H
Ontario|CA|US|34.1|-117.6|America/Los_Angeles|G
Sacramento|CA|US|38.6|-121.5|America/Los_Angeles|H
Springfield|MA|US|42.1|-72.6|America/New_York|H
Portland|ME|US|43.7|-70.3|America/New_York|-
Portland|OR|US|45.5|-122.7|America/Los_Angeles|-
Seattle|WA|US|47.6|-122.3|America/Los_Angeles|-
San Francisco|CA|US|37.8|-122.4|America/Los_Angeles|-
Los Angeles|CA|US|34.0|-118.2|America/Los_Angeles|-
Phoenix|AZ|US|33.4|-112.1|America/Phoenix|-
Austin|TX|US|30.3|-97.7|America/Chicago|-
Minneapolis|MN|US|45.0|-93.3|America/Chicago|-
New Orleans|LA|US|30.0|-90.1|America/Chicago|-
Miami|FL|US|25.8|-80.2|America/New_York|-
New York|NY|US|40.7|-74.0|America/New_York|-
Philadelphia|PA|US|40.0|-75.2|America/New_York|-
Boston|MA|US|42.4|-71.1|America/New_York|-
Burlington|VT|US|44.5|-73.2|America/New_York|-
Anchorage|AK|US|61.2|-149.9|America/Anchorage|-
Honolulu|HI|US|21.3|-157.9|Pacific/Honolulu|-
Mississauga|ON|CA|43.6|-79.6|America/Toronto|G
Winnipeg|MB|CA|49.9|-97.1|America/Winnipeg|H
Toronto|ON|CA|43.7|-79.4|America/Toronto|-
Montréal|QC|CA|45.5|-73.6|America/Toronto|-
Halifax|NS|CA|44.6|-63.6|America/Halifax|-
Vancouver|BC|CA|49.3|-123.1|America/Vancouver|-
Toluca||MX|19.3|-99.7|America/Mexico_City|G
Mexico City||MX|19.4|-99.1|America/Mexico_City|-
Campinas|SP|BR|-22.9|-47.1|America/Sao_Paulo|G
São Paulo|SP|BR|-23.6|-46.6|America/Sao_Paulo|-
Derby||GB|52.9|-1.5|Europe/London|G
Tamworth||GB|52.6|-1.7|Europe/London|H
London||GB|51.5|-0.1|Europe/London|-
Bristol||GB|51.5|-2.6|Europe/London|-
Manchester||GB|53.5|-2.2|Europe/London|-
Edinburgh||GB|55.9|-3.2|Europe/London|-
Dublin||IE|53.3|-6.3|Europe/Dublin|G
Leipzig||DE|51.3|12.4|Europe/Berlin|G
Kassel||DE|51.3|9.5|Europe/Berlin|H
Hannover||DE|52.4|9.7|Europe/Berlin|H
Nürnberg||DE|49.5|11.1|Europe/Berlin|H
Berlin||DE|52.5|13.4|Europe/Berlin|-
Hamburg||DE|53.6|10.0|Europe/Berlin|-
Bremen||DE|53.1|8.8|Europe/Berlin|-
Köln||DE|50.9|7.0|Europe/Berlin|-
München||DE|48.1|11.6|Europe/Berlin|-
Dresden||DE|51.1|13.7|Europe/Berlin|-
Freiburg||DE|48.0|7.8|Europe/Berlin|-
Wien||AT|48.2|16.4|Europe/Vienna|G
Zürich||CH|47.4|8.5|Europe/Zurich|G
Roissy||FR|49.0|2.5|Europe/Paris|G
Lyon||FR|45.8|4.8|Europe/Paris|H
Paris||FR|48.9|2.4|Europe/Paris|-
Nantes||FR|47.2|-1.6|Europe/Paris|-
Marseille||FR|43.3|5.4|Europe/Paris|-
Strasbourg||FR|48.6|7.8|Europe/Paris|-
Utrecht||NL|52.1|5.1|Europe/Amsterdam|G
Brussel||BE|50.9|4.4|Europe/Brussels|G
Malmö||SE|55.6|13.0|Europe/Stockholm|G
Oslo||NO|59.9|10.8|Europe/Oslo|G
København||DK|55.7|12.6|Europe/Copenhagen|G
Warszawa||PL|52.2|21.0|Europe/Warsaw|G
Bergamo||IT|45.7|9.7|Europe/Rome|G
Milano||IT|45.5|9.2|Europe/Rome|-
Vitoria-Gasteiz||ES|42.8|-2.7|Europe/Madrid|G
Madrid||ES|40.4|-3.7|Europe/Madrid|-
Lisboa||PT|38.7|-9.1|Europe/Lisbon|G
Dubai||AE|25.2|55.3|Asia/Dubai|G
Bengaluru|KA|IN|13.0|77.6|Asia/Kolkata|G
Singapore||SG|1.3|103.8|Asia/Singapore|G
Narita||JP|35.8|140.3|Asia/Tokyo|G
Tokyo||JP|35.7|139.7|Asia/Tokyo|-
Osaka||JP|34.7|135.5|Asia/Tokyo|-
Sydney|NSW|AU|-33.9|151.2|Australia/Sydney|G
Melbourne|VIC|AU|-37.8|145.0|Australia/Melbourne|-
Auckland||NZ|-36.8|174.8|Pacific/Auckland|G
Cape Town||ZA|-33.9|18.4|Africa/Johannesburg|G
Nairobi||KE|-1.3|36.8|Africa/Nairobi|G
Lagos||NG|6.5|3.4|Africa/Lagos|G
"""
# The middle of every American state and its zone: for a town that is not in the table.
_STATES = """
AL 33 -87 C|AK 62 -150 K|AZ 34 -112 P|AR 35 -92 C|CA 37 -120 W|CO 39 -105 M|CT 42 -73 E
DE 39 -75 E|DC 39 -77 E|FL 28 -82 E|GA 33 -83 E|HI 21 -157 H|ID 44 -115 M|IL 40 -89 C
IN 40 -86 E|IA 42 -93 C|KS 38 -98 C|KY 38 -85 E|LA 31 -92 C|ME 45 -69 E|MD 39 -77 E
MA 42 -72 E|MI 44 -85 E|MN 46 -94 C|MS 33 -90 C|MO 38 -92 C|MT 47 -110 M|NE 41 -100 C
NV 39 -117 W|NH 44 -72 E|NJ 40 -75 E|NM 34 -106 M|NY 43 -75 E|NC 35 -79 E|ND 47 -100 C
OH 40 -83 E|OK 36 -97 C|OR 44 -121 W|PA 41 -78 E|RI 42 -72 E|SC 34 -81 E|SD 44 -100 C
TN 36 -86 C|TX 31 -99 C|UT 39 -112 M|VT 44 -73 E|VA 38 -78 E|WA 47 -120 W|WV 39 -81 E
WI 44 -90 C|WY 43 -108 M
"""
_ZONES = {
    "E": "America/New_York",
    "C": "America/Chicago",
    "M": "America/Denver",
    "P": "America/Phoenix",
    "W": "America/Los_Angeles",
    "K": "America/Anchorage",
    "H": "Pacific/Honolulu",
}
# Between these nobody looks at a customs form.
_UNION = frozenset(
    ("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK").split()  # noqa: SIM905
)


@dataclass(frozen=True)
class Spot:
    """A place on the map. Degrees; `zone` is an IANA name."""

    city: str
    region: str
    country: str
    latitude: float
    longitude: float
    zone: str
    kind: str = "-"

    @property
    def place(self) -> Place:
        """How a scan names it."""
        return Place(city=self.city, region=self.region, country=self.country)

    def local(self, at: datetime) -> datetime:
        """Return the aware time `at` on the clock of this place."""
        return at.astimezone(ZoneInfo(self.zone))

    def km(self, other: "Spot") -> float:
        """Return the distance as the crow flies."""
        a, b = math.radians(self.latitude), math.radians(other.latitude)
        dx, dy = math.radians(other.longitude - self.longitude), b - a
        h = math.sin(dy / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(dx / 2) ** 2
        return 12_742 * math.asin(math.sqrt(min(h, 1.0)))


def _read(row: str) -> Spot:
    city, region, country, latitude, longitude, zone, kind = row.split("|")
    return Spot(city, region, country, float(latitude), float(longitude), zone, kind)


SPOTS = tuple(_read(row) for row in _TABLE.strip().splitlines())
HOME = SPOTS[
    1
]  # where parcels of unknown origin and destination begin: in the middle of the table's first country


@cache
def _states() -> dict[str, tuple[float, float, str]]:
    rows = (cell.split() for cell in _STATES.replace("\n", "|").split("|") if cell)
    return {
        state: (float(latitude), float(longitude), _ZONES[zone]) for state, latitude, longitude, zone in rows
    }


def gateways(country: str) -> list[Spot]:
    """Return where parcels enter and leave `country`, [] for one that is not on the map."""
    return [spot for spot in SPOTS if spot.country == country and spot.kind == "G"]


def nearest(spots: Iterable[Spot], spot: Spot) -> Spot | None:
    """Return the one of `spots` next to `spot`."""
    return min(spots, key=spot.km, default=None)


@lru_cache(maxsize=2048)
def locate(place: Place, default_country: str = "") -> Spot:
    """
    Find `place` on the map: by city, else by American state, else by country.

    A town that is not on it keeps its name and borrows the position and the clock of its state or country.
    """
    country = (place.country or default_country).upper()
    same = [spot for spot in SPOTS if spot.country == country]
    for spot in same:
        if spot.city.casefold() == place.city.casefold() and place.region in ("", spot.region):
            return spot
    if country == "US" and place.region.upper() in _states():
        latitude, longitude, zone = _states()[place.region.upper()]
        return Spot(place.city or place.region, place.region, country, latitude, longitude, zone)
    near = next((spot for spot in same if place.region and spot.region == place.region), None)
    near = near or next((spot for spot in same if spot.kind == "G"), HOME)
    if not place.city:
        return near
    return Spot(place.city, place.region, country, near.latitude, near.longitude, near.zone)


def borders(a: Spot, b: Spot) -> bool:
    """Whether customs look at a parcel from `a` to `b`."""
    return a.country != b.country and not (a.country in _UNION and b.country in _UNION)


def hubs(origin: Spot, destination: Spot) -> list[Spot]:
    """Return the sorting centres on the way: none in town, one to three by distance, gateways at a border."""
    if origin.country == destination.country:
        return _inland(origin, destination)
    leave = nearest(gateways(origin.country), origin)
    enter = nearest(gateways(destination.country), origin if origin.country == "US" else destination)
    way = [spot for spot in (leave, enter) if spot]
    if enter and enter.km(destination) > 450:
        way += _inland(enter, destination)[:1]
    return [spot for spot in dict.fromkeys(way) if spot not in (origin, destination)]


def _inland(origin: Spot, destination: Spot) -> list[Spot]:
    """Return the sorting centres nearest to equal parts of the way."""
    km = origin.km(destination)
    if km < 60:
        return []
    centres = [
        s for s in SPOTS if s.country == origin.country and s.kind != "-" and s not in (origin, destination)
    ]
    count = 1 if km < 900 else 2 if km < 2600 else 3
    found: list[Spot] = []
    for part in range(1, count + 1):
        share = part / (count + 1)
        point = Spot(
            "",
            "",
            origin.country,
            origin.latitude + (destination.latitude - origin.latitude) * share,
            origin.longitude + (destination.longitude - origin.longitude) * share,
            "UTC",
        )
        near = nearest((spot for spot in centres if spot not in found), point)
        if near:
            found.append(near)
    return sorted(found, key=origin.km)
