"""
Which carrier a tracking number can belong to, by its form and check digit.

Forms and check digits are the carriers' published ones. Where there is a check digit, only numbers that pass
it count: a wrong carrier is worse than none.
"""

import re
from collections.abc import Callable


def compact_number(number: str) -> str:
    """Return a tracking number without the spaces and dashes people write into it, upper case."""
    return re.sub(r"[\s.\-]", "", number).upper()


def _weighted(digits: str, weights: tuple[int, ...]) -> int:
    """Sum the digits from the right, each times its weight (the weights repeat)."""
    return sum(int(d) * weights[i % len(weights)] for i, d in enumerate(reversed(digits)))


def _mod10(digits: str, weights: tuple[int, ...] = (3, 1)) -> bool:
    return -_weighted(digits[:-1], weights) % 10 == int(digits[-1])


def _ups(number: str) -> bool:
    """Check a 1Z number: letters count as (position in ASCII - 3) mod 10, every second character twice."""
    values = [int(char) if char.isdigit() else (ord(char) - 3) % 10 for char in number[2:-1]]
    total = sum(value * (2 if i % 2 else 1) for i, value in enumerate(values))
    return -total % 10 == int(number[-1])


def _fedex_express(number: str) -> bool:
    return _weighted(number[:-1], (1, 3, 7)) % 11 % 10 == int(number[-1])


def _s10(number: str) -> bool:
    """Check a postal item number (UPU standard S10)."""
    total = sum(int(d) * w for d, w in zip(number[2:10], (8, 6, 4, 2, 3, 5, 9, 7), strict=True))
    check = 11 - total % 11
    return {10: 0, 11: 5}.get(check, check) == int(number[10])


def _always(number: str) -> bool:
    return True


_FORMATS: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
    ("ups", re.compile(r"1Z[A-Z0-9]{15}\d"), _ups),
    ("usps", re.compile(r"(?:420(?:\d{5}|\d{9}))?(9[1-5]\d{20}|9[1-5]\d{24})"), _mod10),
    ("fedex", re.compile(r"\d{12}"), _fedex_express),
    ("fedex", re.compile(r"\d{15}"), _mod10),
    ("fedex", re.compile(r"96\d{20}"), _mod10),
    ("canada_post", re.compile(r"\d{16}"), _mod10),
    ("amazon", re.compile(r"TB[ACM]\d{12}"), _always),
    ("lasership", re.compile(r"1LS(?:7[12]\d{10}|CX[A-Z0-9]{10})"), _always),
    ("dhl_express", re.compile(r"J(?:VGL|JD|D)\d{9,20}"), _always),
    ("yunexpress", re.compile(r"YT\d{16}"), _always),
)
_POSTAL = re.compile(r"[A-Z]{2}\d{9}([A-Z]{2})")
_POSTS = {
    "AT": "austrian_post",
    "AU": "australia_post",
    "BE": "bpost",
    "CA": "canada_post",
    "CH": "swiss_post",
    "CN": "china_post",
    "DE": "deutsche_post",
    "DK": "postnord",
    "ES": "correos",
    "FR": "la_poste",
    "GB": "royal_mail",
    "IE": "an_post",
    "IT": "poste_italiane",
    "JP": "japan_post",
    "NL": "postnl",
    "NZ": "new_zealand_post",
    "PT": "ctt",
    "SE": "postnord",
    "SG": "singapore_post",
    "US": "usps",
}


def carriers_of_number(number: str) -> frozenset[str]:
    """Return the carriers whose number this can be, check digit included."""
    compact = compact_number(number)
    # 000000000000 passes every check digit; digits of other scripts pass for digits here, but no
    # carrier prints them.
    if len(set(compact)) == 1 or not compact.isascii():
        return frozenset()
    found = set()
    for code, form, passes in _FORMATS:
        match = form.fullmatch(compact)
        if match and passes(match.group(match.lastindex or 0)):
            found.add(code)
    postal = _POSTAL.fullmatch(compact)
    if postal and postal.group(1) in _POSTS and _s10(compact):
        found.add(_POSTS[postal.group(1)])
    return frozenset(found)


def carrier_of_number(number: str) -> str:
    """Return the one carrier whose number this can be, '' when there is none or several."""
    found = carriers_of_number(number)
    return next(iter(found)) if len(found) == 1 else ""
