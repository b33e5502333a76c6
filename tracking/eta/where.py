"""The time zone of a place a parcel goes to, closer than its country where that has several."""

from datetime import tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from tracking.zones import zone_of

# The zone most people of a country with several live in.
_MAIN = {
    "AU": "Australia/Sydney", "BR": "America/Sao_Paulo", "CA": "America/Toronto", "CL": "America/Santiago",
    "CN": "Asia/Shanghai", "DE": "Europe/Berlin", "EC": "America/Guayaquil", "ES": "Europe/Madrid",
    "ID": "Asia/Jakarta", "KZ": "Asia/Almaty", "MX": "America/Mexico_City", "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland", "PT": "Europe/Lisbon", "RU": "Europe/Moscow", "UA": "Europe/Kyiv",
    "US": "America/New_York", "AR": "America/Argentina/Buenos_Aires", "UZ": "Asia/Tashkent",
    "CY": "Asia/Nicosia", "PS": "Asia/Hebron", "VN": "Asia/Ho_Chi_Minh", "MN": "Asia/Ulaanbaatar",
}  # fmt: skip
_STATES = {
    "US": {
        "America/New_York": "CT DC DE FL GA IN KY MA MD ME MI NC NH NJ NY OH PA RI SC VA VT WV",
        "America/Chicago": "AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI",
        "America/Denver": "CO ID MT NM UT WY",
        "America/Phoenix": "AZ",
        "America/Los_Angeles": "CA NV OR WA",
        "America/Anchorage": "AK",
        "Pacific/Honolulu": "HI",
        "America/Puerto_Rico": "PR VI",
        "Pacific/Guam": "GU MP",
    },
    "CA": {
        "America/Toronto": "ON QC",
        "America/Vancouver": "BC",
        "America/Edmonton": "AB NT",
        "America/Regina": "SK",
        "America/Winnipeg": "MB",
        "America/Halifax": "NS NB PE",
        "America/St_Johns": "NL",
        "America/Whitehorse": "YT",
    },
    "AU": {
        "Australia/Sydney": "NSW ACT",
        "Australia/Melbourne": "VIC",
        "Australia/Brisbane": "QLD",
        "Australia/Adelaide": "SA",
        "Australia/Darwin": "NT",
        "Australia/Perth": "WA",
        "Australia/Hobart": "TAS",
    },
}
_BY_STATE = {
    (country, state): zone
    for country, zones in _STATES.items()
    for zone, states in zones.items()
    for state in states.split()
}
# Where public holidays of a state or province stop the carriers too.
_OWN_HOLIDAYS = {"AT", "AU", "CA", "CH", "DE", "ES", "GB"}


@lru_cache(maxsize=4096)
def zone_at(country: str, region: str = "", home_country: str = "", home_zone: str = "UTC") -> tzinfo:
    """
    Return the zone of a place: by its state or province, else the store's own when the store is at home in
    that country, else the one most of the country lives in; an unknown country gets the store's zone.
    """
    country, region = country.upper(), region.upper().rpartition("-")[2]
    name = _BY_STATE.get((country, region))
    if name is None and country != home_country.upper():
        name = _MAIN.get(country)
    return ZoneInfo(name) if name else zone_of(country, home_country, home_zone)


def calendar_region(country: str, region: str) -> str:
    """Return the region by whose holidays a carrier's days are counted, '' for the whole country's."""
    short = region.upper().rpartition("-")[2]
    return short if country.upper() in _OWN_HOLIDAYS and len(short) <= 3 else ""
