"""Numbers as people and programs write them: two conventions for the same two marks, one of them per file."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from config.lib import money
from tracking.imports.errors import BadValue
from tracking.reading import LARGEST_AMOUNT, LARGEST_COUNT

POINT, COMMA = ".", ","
_SPACES = re.compile(r"(?<=\d)[ \u00a0\u202f\u2009'\u2019](?=\d{3}(?!\d))")
_AROUND = re.compile(r"[\s\u00a0\u202f]+")
_WORD = re.compile(r"^(?P<before>[^\d.,+\-(]*)(?P<number>.*?)(?P<after>[^\d.,\-)]*)$", re.DOTALL)
_DASH_CENTS = re.compile(r"(?<=\d)[.,](?:-+|\u2013|\u2014)$")
_FORMS = {
    POINT: re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|\.\d+"),
    COMMA: re.compile(r"(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d*)?|,\d+"),
}
_PLAIN = re.compile(r"\d+")
_SYMBOLS = {
    "€": {"EUR"},
    "£": {"GBP"},
    "¥": {"JPY", "CNY"},
    "$": {"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "ARS", "CLP", "COP", "TWD"},
    "₹": {"INR"},
    "zł": {"PLN"},
    "kr": {"SEK", "NOK", "DKK", "ISK"},
    "₺": {"TRY"},
    "₩": {"KRW"},
}


@dataclass(frozen=True)
class Finding:
    """What a sample says about how its values are written. `choice` is '' when it does not say."""

    choice: str = ""
    ambiguous: bool = False
    words: str = ""


def decimal(told: object, mark: str) -> Decimal:
    """
    Return a number. `mark` is the decimal mark of the file, '' while nobody has said.

    Takes 1,234.50 (point), 1.234,50 (comma), 1 234,50, 1'234.50, 12-, (12), 12.–. Raises: BadValue, also for
    what the other convention would read otherwise.
    """
    if isinstance(told, int | Decimal) and not isinstance(told, bool):
        value = Decimal(told)
        if not value.is_finite():
            raise BadValue(f"“{told}” is not a number.")
        return value
    return _read(str(told), mark, str(told))


def _read(text: str, mark: str, told: str) -> Decimal:
    shown = told if len(told) <= 40 else f"{told[:40]}…"
    bare = _SPACES.sub("", text.strip().replace("\u2212", "-"))
    bare = _AROUND.sub("", bare)
    negative = False
    for before, after in (("(", ")"), ("-", ""), ("", "-")):
        if len(bare) > 1 and bare.startswith(before) and bare.endswith(after):
            bare, negative = bare[len(before) : len(bare) - len(after)], True
            break
    bare = bare.removeprefix("+") if not negative else bare
    if not bare or not re.search(r"\d", bare):
        raise BadValue(f"“{shown}” is not a number.")
    if len(bare) > 40:
        raise BadValue(f"“{shown}” is too long to be a number.")
    if not mark:
        if not _PLAIN.fullmatch(bare):
            raise BadValue(f"“{shown}” can be read in two ways: choose the file's decimal mark.")
    elif not _FORMS[mark].fullmatch(bare):
        other = COMMA if mark == POINT else POINT
        if _FORMS[other].fullmatch(bare):
            name = "point" if mark == POINT else "comma"
            raise BadValue(f"“{shown}” does not fit the file's decimal {name}.")
        raise BadValue(f"“{shown}” is not a number.")
    plain = bare.replace("," if mark == POINT else ".", "").replace(",", ".") if mark else bare
    return -Decimal(plain) if negative else Decimal(plain)


def minor(told: object, currency: str, mark: str) -> int:
    """
    Return an amount in minor units of `currency`; its symbol or code may stand beside it.

    Raises: BadValue, also for a symbol of another currency and for decimals a currency does not have.
    """
    if isinstance(told, int | Decimal) and not isinstance(told, bool):
        value = decimal(told, mark)
    else:
        text = str(told).strip()
        if not re.search(r"\d", text):
            raise BadValue(f"“{text[:40]}” is not an amount.")
        text = _DASH_CENTS.sub("", text)
        sign = "-" if text[:1] in ("-", "\u2212") else ""
        match = _WORD.match(text.removeprefix("-").removeprefix("\u2212"))
        if match is None:
            raise BadValue(f"“{text[:40]}” is not an amount.")
        for word in (match["before"], match["after"]):
            _same_currency(word.strip(" \u00a0\u202f."), currency, text)
        value = _read(sign + match["number"], mark, text)
    if abs(value) > LARGEST_AMOUNT:
        raise BadValue(f"“{told}” is too large to be an amount.")
    if money.exponent(currency) == 0 and value != value.to_integral_value():
        raise BadValue(f"“{told}” has decimals, and {currency} has none.")
    found = int(value.scaleb(money.exponent(currency)).quantize(Decimal(1), ROUND_HALF_UP))
    if abs(found) > LARGEST_AMOUNT:
        raise BadValue(f"“{told}” is too large to be an amount.")
    return found


def _same_currency(word: str, currency: str, told: str) -> None:
    """Refuse an amount that says it is in another currency."""
    if not word or word.upper() == currency:
        return
    of = _SYMBOLS.get(word) or _SYMBOLS.get(word[-1:]) or _SYMBOLS.get(word.lower())
    if of is None and re.fullmatch(r"[A-Za-z]{3}", word):
        of = {word.upper()}
    if of is None:
        raise BadValue(f"“{told[:40]}” is not an amount.")
    if currency not in of:
        raise BadValue(f"“{told[:40]}” is not in {currency}, the currency of this row.")


def count(told: object, mark: str) -> int:
    """Return a whole number, negative allowed. Raises: BadValue."""
    value = decimal(told, mark or POINT) if _is_simple(told) else decimal(told, mark)
    if value != value.to_integral_value() or abs(value) > LARGEST_COUNT:
        raise BadValue(f"“{told}” is not a whole number of a sensible size.")
    return int(value)


def _is_simple(told: object) -> bool:
    """Say whether it is read alike in both conventions."""
    return not isinstance(told, str) or bool(re.fullmatch(r"[+-]?\d+(?:\.0)?", told.strip()))


def detect(values: Iterable[object]) -> Finding:
    """
    Return which decimal mark numbers of a sample show.

    1,234.50 and 12.5 say point, 1.234,50 and 12,5 say comma; 1,234 alone says nothing, and a sample of only
    such is ambiguous. Numbers of JSON are no evidence: they are always written with a point.
    """
    seen: dict[str, str] = {}
    unclear = ""
    for value in values:
        if not isinstance(value, str):
            continue
        text = re.sub(r"[^\d.,]", "", _SPACES.sub("", value)).strip(".,")
        if not re.search(r"[.,]", text):
            continue
        fits = [mark for mark in (POINT, COMMA) if _FORMS[mark].fullmatch(text)]
        if len(fits) == 1:
            seen.setdefault(fits[0], value.strip()[:40])
        elif fits:
            unclear = unclear or value.strip()[:40]
    if len(seen) == 2:
        return Finding(
            ambiguous=True,
            words=f"Both “{seen[POINT]}” and “{seen[COMMA]}” occur. Which mark is the decimal one?",
        )
    if seen:
        mark = next(iter(seen))
        return Finding(mark, words=f"Seen: “{seen[mark]}”.")
    if unclear:
        return Finding(ambiguous=True, words=f"“{unclear}” can be read in two ways.")
    return Finding(words="No number in the first rows has a decimal mark.")
