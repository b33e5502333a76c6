"""
Which carrier a tracking number can belong to, by its form and check digit.

Forms and check digits are the carriers' published ones (facts: tracking_number_data, MIT). Where there is a
check digit, only numbers that pass it count: a wrong carrier is worse than none.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from tracking.carriers.posts import POSTS

Passes = Callable[[re.Match[str]], bool]


def compact_number(number: str) -> str:
    """Return a tracking number without the spaces and dashes people write into it, upper case."""
    return re.sub(r"[\s.\-]", "", number).upper()


# --- check digits: the last digit of a form's group `n`, else of the whole number
def _digits(match: re.Match[str]) -> str:
    return match["n"] if "n" in match.re.groupindex else match[0]


def _weighted(digits: str, weights: tuple[int, ...]) -> int:
    """Sum the digits from the right, each times its weight (the weights repeat)."""
    return sum(int(d) * weights[i % len(weights)] for i, d in enumerate(reversed(digits)))


def _mod10(match: re.Match[str]) -> bool:
    """GS1's: every second digit from the right counts three times."""
    digits = _digits(match)
    return -_weighted(digits[:-1], (3, 1)) % 10 == int(digits[-1])


def _mod11(match: re.Match[str]) -> bool:
    """FedEx Express: weights 1, 3, 7 from the right, modulo 11, of that the last digit."""
    digits = _digits(match)
    return _weighted(digits[:-1], (1, 3, 7)) % 11 % 10 == int(digits[-1])


def _mod7(match: re.Match[str]) -> bool:
    """DHL Express: the number before the last digit, modulo 7."""
    digits = _digits(match)
    return int(digits[:-1]) % 7 == int(digits[-1])


def _luhn(match: re.Match[str]) -> bool:
    digits = _digits(match)
    doubled = (int(d) * (1 if i % 2 else 2) for i, d in enumerate(reversed(digits[:-1])))
    return -sum(value // 10 + value % 10 for value in doubled) % 10 == int(digits[-1])


def _doubled(match: re.Match[str], before: str = "") -> bool:
    """UPS and OnTrac: every second character from the left twice; letters count as (ASCII - 3) mod 10."""
    signs = before + _digits(match)
    values = [int(sign) if sign.isdigit() else (ord(sign) - 3) % 10 for sign in signs[:-1]]
    return -sum(value * (2 if i % 2 else 1) for i, value in enumerate(values)) % 10 == int(signs[-1])


def _ontrac(match: re.Match[str]) -> bool:
    """OnTrac: the letter counts as the digit it stands for on a telephone's keys, unless it is told twice."""
    key = {"C": "4", "D": "5"}[match[0][0]]
    return _doubled(match, "" if _digits(match).startswith(key) else key)


def _usps_legacy(match: re.Match[str]) -> bool:
    """USPS before IMpb: 91 stands before the number, printed or not."""
    digits = _digits(match)
    digits = digits if digits.startswith("91") else f"91{digits}"
    return -_weighted(digits[:-1], (3, 1)) % 10 == int(digits[-1])


def _mod37(match: re.Match[str]) -> bool:
    """DPD: ISO 7064 mod 37,36 over digits and letters."""
    signs = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    check = 36
    for sign in match[0][:-1]:
        check = (check + signs.index(sign)) % 36 or 36
        check = check * 2 % 37
    return signs[(37 - check) % 36] == match[0][-1]


def _s10(match: re.Match[str]) -> bool:
    """Check a postal item number (UPU standard S10)."""
    digits = _digits(match)
    total = sum(int(d) * w for d, w in zip(digits[:8], (8, 6, 4, 2, 3, 5, 9, 7), strict=True))
    check = 11 - total % 11
    return {10: 0, 11: 5}.get(check, check) == int(digits[8])


def _always(match: re.Match[str]) -> bool:
    return True


# --- forms
@dataclass(frozen=True)
class _Form:
    """
    A form of a carrier's numbers. `sure`: seldom met by chance, so that alone it names the carrier.

    Without it (digits with no check digit or a weak one) the carrier is only one that the number can be of.
    """

    code: str
    pattern: re.Pattern[str]
    passes: Passes
    sure: bool = True


def _form(code: str, pattern: str, passes: Passes = _always, *, sure: bool = True) -> _Form:
    return _Form(code, re.compile(pattern, re.ASCII), passes, sure)


# Before a USPS number can stand 420 and the ZIP code it goes to: 5 digits, or 9 where 22 follow.
_ZIP = r"(?:420\d{5}(?:\d{4}(?=\d{22}$))?)?"

_FORMS: tuple[_Form, ...] = (
    _form("ups", r"1Z(?P<n>[A-Z0-9]{15}\d)", _doubled),
    _form("ups", r"[AHJKTV](?P<n>\d{10})", _doubled, sure=False),
    # The mailer's number has 9 digits from 9 on, else 6: only after the longer one can 30 stand in all.
    _form("usps", rf"{_ZIP}(?P<n>94(?:\d{{20}}|\d{{24}}))", _mod10),
    _form("usps", r"94\d{3}9\d{24}", _mod10),
    _form("usps", rf"{_ZIP}(?P<n>(?:92\d{{3}}9|93\d{{3}}[0-8]|95\d{{4}})(?:\d{{16}}|\d{{20}}))", _mod10),
    _form("usps", rf"{_ZIP}(?P<n>91\d{{20}})", _usps_legacy),
    _form("usps", r"(?:420\d{5}(?:\d{4})?)(?P<n>\d{20})", _usps_legacy),
    _form("usps", r"\d{20}", _usps_legacy, sure=False),
    _form("usps", r"\d{20}", _mod10, sure=False),
    _form("fedex", r"\d{12}", _mod11),
    _form("fedex", r"\d{15}", _mod10),
    _form("fedex", r"\d{2}(?P<n>\d{16})", _mod10, sure=False),
    _form("fedex", r"96\d{5}(?P<n>\d{15})", _mod10),
    _form("fedex", r"96\d{18}(?P<n>\d{14})", _mod11),
    _form("fedex", r"[0-8]\d{19}(?P<n>\d{14})", _mod11),
    _form("fedex", r"3\d{15}(?P<n>\d{12})\d{4}", _mod11),
    _form("canada_post", r"\d{16}", _mod10),
    _form("purolator", r"[0-5]\d{11}", _luhn),
    _form("purolator", r"[A-Z]{3}\d{9}", sure=False),
    _form("canpar", r"[CDKLSUXZ]\d{21}"),
    _form("amazon", r"TB[ACM]\d{12}"),
    _form("amazon", r"[AFC]\d{10}", sure=False),
    _form("lasership", r"L[AIEHNX][1-3]\d{7}"),
    _form("lasership", r"1LS(?:7[12]\d{10}|7[12]\d{2}01[1-4]\d{6}1|CX[A-Z0-9]{10})"),
    _form("ontrac", r"[CD](?P<n>\d{14})", _ontrac),
    _form("old_dominion", r"(?:77[78]|072|780)\d{8}", _luhn),
    _form("old_dominion", r"80\d{9}", _luhn),
    _form("speedee", r"SP\d{18}"),
    _form("gofo", r"GFUS\d{14}"),
    _form("landmark", r"LTN\d{8}N1"),
    _form("dhl_express", r"\d{10,11}", _mod7, sure=False),
    _form("dhl_express", r"J(?:VGL|JD|D)\d{9,20}"),
    _form("dhl_express", r"J[A-Z]{2,3}\d{9,10}", sure=False),
    _form("dhl_ecommerce", r"(?:GM|LX|RX|UV|CN|SG|TH|IN|HK|MY)(?=[A-Z]*\d)[A-Z0-9]{10,39}", sure=False),
    _form("dhl_ecommerce", r"\d{14}", sure=False),
    _form("dpd", r"\d{27}[A-Z0-9]", _mod37),
    _form("dpd", r"\d{14}[A-Z0-9]", _mod37),
    _form("dpd", r"\d{14}", sure=False),  # as DPD prints it for people, without the check digit
    _form("yodel", r"JJ?D\d{16}"),
    _form("yunexpress", r"YT\d{16}"),
)


_POSTAL = re.compile(r"[A-Z]{2}(?P<n>\d{9})(?P<land>[A-Z]{2})", re.ASCII)


def _forms_of(number: str) -> list[_Form]:
    compact = compact_number(number)
    # 000000000000 passes every check digit; digits of other scripts pass for digits here, but no
    # carrier prints them.
    if len(compact) > 60 or len(set(compact)) == 1 or not compact.isascii():
        return []
    found = []
    for form in _FORMS:
        match = form.pattern.fullmatch(compact)
        if match and form.passes(match):
            found.append(form)
    item = _POSTAL.fullmatch(compact)
    if item and item["land"] in POSTS and _s10(item):
        found.append(_Form(POSTS[item["land"]][0], _POSTAL, _s10))
    return found


def carriers_of_number(number: str) -> frozenset[str]:
    """Return the carriers whose number this can be, check digit included."""
    return frozenset(form.code for form in _forms_of(number))


def carrier_of_number(number: str) -> str:
    """Return the one carrier whose number this must be, '' when it can be several's or proves nothing."""
    sure = {form.code for form in _forms_of(number) if form.sure}
    return sure.pop() if len(sure) == 1 else ""
