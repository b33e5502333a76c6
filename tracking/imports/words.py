"""Words in cells: yes and no, countries, phone numbers, addresses, what a parcel's status is called."""

import functools

from babel import Locale

from tracking import places
from tracking.carriers import phrases
from tracking.imports.errors import BadValue
from tracking.imports.shape import header_key
from tracking.vocabulary import Status

_YES = {"yes", "y", "true", "t", "1", "x", "ja", "j", "wahr", "oui", "o", "vrai", "on"}
_YES |= {"subscribed", "opted in", "accepted", "granted"}
_NO = {"no", "n", "false", "f", "0", "nein", "falsch", "non", "faux", "off", "none"}
_NO |= {"unsubscribed", "not subscribed", "opted out", "denied", "refused", "rejected"}
_STATUSES = {
    "pre transit": Status.INFO_RECEIVED,
    "label created": Status.INFO_RECEIVED,
    "label made": Status.INFO_RECEIVED,
    "shipped": Status.IN_TRANSIT,
    "versendet": Status.IN_TRANSIT,
    "versandt": Status.IN_TRANSIT,
    "expedie": Status.IN_TRANSIT,
    "on its way": Status.IN_TRANSIT,
    "in transit": Status.IN_TRANSIT,
    "unterwegs": Status.IN_TRANSIT,
    "en transit": Status.IN_TRANSIT,
    "failed attempt": Status.ATTEMPTED,
    "attempt fail": Status.ATTEMPTED,
    "available for pickup": Status.READY_FOR_PICKUP,
    "return to sender": Status.RETURNING,
    "failure": Status.EXCEPTION,
    "error": Status.EXCEPTION,
    "delivered": Status.DELIVERED,
    "zugestellt": Status.DELIVERED,
    "livre": Status.DELIVERED,
}
SURE = 0.5


def flag(told: object) -> bool:
    """Return yes or no, in English, German or French. Raises: BadValue."""
    if isinstance(told, bool):
        return told
    word = header_key(str(told))
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise BadValue(f"“{str(told)[:40]}” is neither yes nor no.")


@functools.cache
def _countries() -> dict[str, str]:
    """Every country's name in the languages of our pages, as `header_key` makes it, to its alpha-2 code."""
    found: dict[str, str] = {}
    for language in ("fr", "de"):
        for code, name in Locale(language).territories.items():
            if len(str(code)) == 2 and str(code).isalpha() and places.country(str(code)) == code:
                found[header_key(str(name))] = str(code)
    return found


@functools.lru_cache(maxsize=1024)
def country(told: str) -> str:
    """Return the ISO 3166-1 alpha-2 code of a code or a name (en, de, fr). Raises: BadValue."""
    found = places.country(told) or _countries().get(header_key(told), "")
    if not found:
        raise BadValue(f"“{told[:40]}” is not a country.")
    return found


@functools.lru_cache(maxsize=4096)
def status(told: str) -> Status:
    """
    Return what a parcel's status is called with us: our own words, others' words, or a carrier's phrase.

    What nobody understands is UNKNOWN: kept, and changing nothing.
    """
    word = header_key(told)
    for known in Status:
        if word in (header_key(known.value), header_key(str(known.label))):
            return known
    if word in _STATUSES:
        return _STATUSES[word]
    guess = phrases.classify(told)
    return guess.status if guess.confidence >= SURE else Status.UNKNOWN
