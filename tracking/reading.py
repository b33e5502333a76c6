"""
Reading other people's JSON without trusting it: every value is checked where it is taken, and every doubt is
BadPayload.

Nothing here knows a sender. Numbers with a decimal point arrive as Decimal, so that no amount loses its cent
on the way.
"""

import json
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from functools import wraps
from typing import Any, NoReturn, TypeVar

from config.lib import clock, money
from tracking.carriers.base import BadPayload

Record = dict[str, Any]

# What the widest of our columns hold: more is not a quantity or an amount, it is a mistake.
LARGEST_COUNT = 2**31 - 1
LARGEST_AMOUNT = 2**63 - 1
LONGEST_ID = 64
LONGEST_LINK = 500
# Of words of a sender, how many characters are remembered together, and how many of such sets.
LONGEST_REMEMBERED = 1000
MOST_REMEMBERED = 8192

T = TypeVar("T")

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_LINK = re.compile(r"https?://[^\s\"'<>\\]+", re.IGNORECASE)


def _refuse(constant: str) -> NoReturn:
    raise BadPayload(f"{constant} is not JSON")


# Made once: json.loads would make one for every body, which takes as long as reading it.
_JSON = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse)


def document(body: bytes) -> Any:
    """Return the JSON in `body`. Raises: BadPayload when it is cut short, too deep or not JSON."""
    try:
        return _JSON.decode(body.decode(json.detect_encoding(body), "surrogatepass"))
    except RecursionError as exc:
        raise BadPayload("the JSON is nested too deeply") from exc
    except BadPayload:
        raise
    except ValueError as exc:
        raise BadPayload(f"not JSON: {exc}") from exc


def canonical(value: Any) -> str:
    """
    Return `value` as text that is the same for the same content, however it was written. Raises: BadPayload.
    """
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    except RecursionError as exc:
        raise BadPayload("the JSON is nested too deeply") from exc


def remembered(function: Callable[..., T]) -> Callable[..., T]:
    """
    Remember what `function`, which is pure, makes of a sender's raw words: carriers say few things, and each
    of them millions of times.

    What is no word or none (null) among its arguments, or is long, goes to `function` itself each time.
    """
    known: dict[tuple[Any, ...], T] = {}

    @wraps(function)
    def call(*told: Any) -> T:
        try:
            return known[told]
        except (KeyError, TypeError):  # new, or a list or an object: `function` knows what it wants of that
            found = function(*told)
        if _are_words(told):
            if len(known) >= MOST_REMEMBERED:
                known.clear()
            known[told] = found
        return found

    return call


def _are_words(told: Sequence[Any]) -> bool:
    """Say whether these are words or null, and not many: a 1 would be taken for a true."""
    return all(word is None or type(word) is str for word in told) and (
        sum(len(word) for word in told if word) <= LONGEST_REMEMBERED
    )


def record(value: Any, what: str) -> Record:
    """Return a JSON object. Raises: BadPayload, naming `what` was expected."""
    if not isinstance(value, dict):
        raise BadPayload(f"{what} is not an object")
    return value


def optional(value: Any, what: str) -> Record:
    """Return a JSON object, {} for null. Raises: BadPayload."""
    return {} if value is None else record(value, what)


def records(value: Any, what: str) -> list[Record]:
    """Return a list of JSON objects, [] for null; nulls in it are left out. Raises: BadPayload."""
    if value is not None and not isinstance(value, list):
        raise BadPayload(f"{what} is not a list")
    return [record(item, f"an entry of {what}") for item in value or () if item is not None]


def text(value: Any, what: str, longest: int = 200) -> str:
    """
    Return words, '' for null, without what no database stores (NUL, half characters) and cut to `longest`
    characters.

    Raises: BadPayload.
    """
    if value is None:
        return ""
    if type(value) is str:
        if value.isascii() and "\x00" not in value:  # nearly always, and the quickest to know
            return value.strip()[:longest].rstrip()
    elif isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise BadPayload(f"{what} is not text")
    return _UNSTORABLE.sub("", str(value)).strip()[:longest].rstrip()


def texts(value: Any, what: str, longest: int = 200) -> list[str]:
    """Return the words of a list, in order, '' where there is none; [] for null. Raises: BadPayload."""
    if value is not None and not isinstance(value, list):
        raise BadPayload(f"{what} is not a list")
    return [text(item, f"an entry of {what}", longest) for item in value or ()]


def identifier(value: Any, what: str) -> str:
    """
    Return an id as opaque text.

    Raises: BadPayload for null, true, and for numbers that were floats on the way: they have lost their last
    digits.
    """
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise BadPayload(f"{what} is not an id: {str(value)[:40]}")
    found = text(value, what, LONGEST_ID + 1)
    if not found or len(found) > LONGEST_ID:
        raise BadPayload(f"{what} is not an id: {found[:40]!r}")
    return found


def maybe_identifier(value: Any, what: str) -> str:
    """Like `identifier`, '' for null."""
    return "" if value is None else identifier(value, what)


def whole(value: Any, what: str) -> int:
    """Return a whole number, 0 for null. Raises: BadPayload."""
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise BadPayload(f"{what} is not a number")
    if not -LARGEST_COUNT <= value <= LARGEST_COUNT or value != int(value):
        raise BadPayload(f"{what} is not a whole number of a sensible size")
    return int(value)


def count(value: Any, what: str) -> int:
    """Return a whole number of at least zero, 0 for null. Raises: BadPayload."""
    found = whole(value, what)
    if found < 0:
        raise BadPayload(f"{what} is below zero")
    return found


def currency(value: Any, what: str) -> str:
    """Return an ISO 4217 code, '' for null. Raises: BadPayload."""
    found = text(value, what).upper()
    if found:
        try:
            money.exponent(found)
        except money.BadMoney as exc:
            raise BadPayload(f"{what}: {exc}") from exc
    return found


def amount(value: Any, currency: str, what: str) -> int:
    """Return an amount of money in minor units of `currency`, 0 for null. Raises: BadPayload."""
    if isinstance(value, bool | list | dict):
        raise BadPayload(f"{what} is not an amount")
    try:
        found = money.minor(value, currency)
    except ValueError as exc:
        raise BadPayload(f"{what}: {exc}") from exc
    if abs(found) > LARGEST_AMOUNT:
        raise BadPayload(f"{what} is too large to be an amount")
    return found


def moment(value: Any, what: str) -> datetime | None:
    """
    Return an absolute time (aware, UTC; without an offset it is UTC), None for null. Raises: BadPayload.
    """
    try:
        return clock.aware(value)
    except clock.BadTime as exc:
        raise BadPayload(f"{what}: {exc}") from exc


def link(value: Any, what: str) -> str:
    """Return a web address, '' for null and for anything a page must not link to. Raises: BadPayload."""
    found = text(value, what, LONGEST_LINK + 1)
    if found.startswith("//"):
        found = f"https:{found}"
    return found if len(found) <= LONGEST_LINK and _LINK.fullmatch(found) else ""
