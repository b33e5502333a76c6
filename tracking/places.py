"""
What people write about where they are, made comparable: countries to ISO 3166-1, phone numbers to E.164.
"""

import functools
import re
import unicodedata

import phonenumbers
from babel import Locale
from babel.core import get_global

_CODE = re.compile(r"[A-Z]{2}")
_NO_COUNTRY = {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}
# Names in use that CLDR's English does not list.
_ALSO = {
    "america": "US",
    "england": "GB",
    "great britain": "GB",
    "holland": "NL",
    "scotland": "GB",
    "south korea": "KR",
    "the netherlands": "NL",
    "united states of america": "US",
    "usa": "US",
    "uk": "GB",
    "wales": "GB",
}


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.lower())
    return " ".join(
        re.sub(r"[^a-z ]", " ", "".join(c for c in letters if not unicodedata.combining(c))).split()
    )


@functools.cache
def _territories() -> dict[str, str]:
    """Every country's alpha-2 code and its English name."""
    named = {str(code): str(name) for code, name in Locale("en").territories.items()}
    return {code: name for code, name in named.items() if _CODE.fullmatch(code) and code not in _NO_COUNTRY}


@functools.cache
def _names() -> dict[str, str]:
    return {_plain(name): code for code, name in _territories().items()} | _ALSO


@functools.cache
def _codes() -> dict[str, str]:
    """Every code of a country that CLDR knows, alpha-3 included, to its alpha-2."""
    codes = {code: code for code in _territories()}
    for alias, targets in get_global("territory_aliases").items():
        if len(targets) == 1 and targets[0] in codes:
            codes.setdefault(str(alias), targets[0])
    return codes


@functools.lru_cache(maxsize=4096)
def country(*told: str) -> str:
    """
    Return the ISO 3166-1 alpha-2 code of the first of `told` (codes or English names) that is a country, or
    ''.
    """
    for word in told:
        found = _codes().get(word.strip().upper()) or _names().get(_plain(word))
        if found:
            return found
    return ""


def phone(told: str, *countries: str) -> str:
    """
    Return a telephone number in E.164, '' when it is none.

    `countries`: alpha-2 codes to read a number without a country code in, the first that makes a valid number
    wins.
    """
    for region in (*countries, None) if not told.startswith("+") else (None,):
        try:
            number = phonenumbers.parse(told[:40], region or None)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return ""
