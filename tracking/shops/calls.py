"""
One call to a shop's API: only to https addresses of the open Internet, answers of a bounded size, and a
failure always says whether the call may have been carried out.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import NewConnectionError

from config.lib import guarded
from tracking import reading
from tracking.carriers.base import BadPayload
from tracking.shops.client import ShopClient, ShopError

C = TypeVar("C", bound=ShopClient)
P = ParamSpec("P")
R = TypeVar("R")

TIMEOUT = (5.0, 30.0)  # seconds to connect, seconds between bytes: shops are slower than carriers
LARGEST = 20 * 1024 * 1024
LONGEST = 60.0
LONGEST_WAIT = 24 * 3600.0
_ADDRESS = re.compile(r"[^\s@<>\"',;:()]+@[^\s@<>\"',;:()]+")
_NUMBER = re.compile(r"\+\d[\d ().-]{6,}\d")
UNTOLD_WAIT = 60.0  # when a shop says "too many" and not for how long


@dataclass(frozen=True)
class Reply:
    """What came back; header names in lower case."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300


def origin(url: str, label: str) -> str:
    """Return `url` without a slash at its end. Raises: ShopError unless it is an https address."""
    found = url.strip().rstrip("/")
    if urlsplit(found).scheme != "https" or not urlsplit(found).hostname:
        raise ShopError(f"the address of {label} has to begin with https://", permanent=True)
    return found


def send(
    http: requests.Session,
    label: str,
    method: str,
    url: str,
    *,
    effect: bool,
    hide: Sequence[str] = (),
    judge: Callable[[Reply], ShopError | None] = lambda reply: None,
    **what: Any,
) -> Reply:
    """
    Call `url` (network). `effect`: carrying it out twice would do something twice. `hide`: secrets that must
    not stand in an error. `judge` knows better than its status what an error answer means, or returns None.

    Returns: the reply, good or not found (404). Raises: ShopError for everything else.
    """
    try:
        got = http.request(method, url, timeout=TIMEOUT, allow_redirects=False, stream=True, **what)
    except guarded.Refused as exc:
        raise ShopError(f"{label}: {exc}", permanent=True) from exc
    except requests.RequestException as exc:
        raise _not_answered(exc, label, effect) from exc
    except ValueError as exc:
        raise ShopError(f"the address of {label} or its key cannot be used", permanent=True) from exc
    try:
        body = guarded.read_at_most(got, LARGEST, LONGEST)
    except guarded.Refused as exc:
        raise ShopError(f"{label}: {exc}", unknown=effect) from exc
    except (requests.RequestException, OSError) as exc:
        raise ShopError(f"{label} broke off its answer: {type(exc).__name__}", unknown=effect) from exc
    reply = Reply(got.status_code, body, {name.lower(): value for name, value in got.headers.items()})
    if reply.good or reply.status == 404:
        return reply
    raise judge(reply) or failure(reply, label, effect=effect, hide=hide)


def _not_answered(exc: requests.RequestException, label: str, effect: bool) -> ShopError:
    """Tell a call that never left from one that got no answer."""
    reason = getattr(exc.args[0] if exc.args else None, "reason", None)
    never_left = isinstance(exc, requests.ConnectTimeout | requests.exceptions.InvalidURL) or isinstance(
        reason, NewConnectionError
    )
    words = "could not be reached" if never_left else "did not answer"
    return ShopError(f"{label} {words}: {type(exc).__name__}", unknown=effect and not never_left)


def failure(reply: Reply, label: str, *, effect: bool, hide: Sequence[str] = ()) -> ShopError:
    """Return what an error answer means for the next try; no secret stands in it."""
    words = f"{label} answered {reply.status}"
    said = error_words(reply.body)
    for secret in hide:
        said = said.replace(secret, "…") if secret else said
    words += f": {said}" if said else ""
    if reply.status in (401, 402, 403, 423):
        return ShopError(words, permanent=True, denied=True)
    if 300 <= reply.status < 400:
        words += ": it sends on to another address; is this the shop's own?"
        return ShopError(words, permanent=True, denied=True)
    if reply.status == 429:
        return ShopError(words, retry_after=retry_after(reply.headers) or UNTOLD_WAIT)
    if reply.status >= 500 or reply.status in (408, 409, 425):
        return ShopError(words, unknown=effect, retry_after=retry_after(reply.headers))
    return ShopError(words, permanent=True)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """
    Return the seconds a Retry-After asks for (RFC 9110: seconds, or a date by the shop's own clock), at most
    a day; None without one.
    """
    asked = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d{1,6})?", asked, re.ASCII):
        return min(float(asked), LONGEST_WAIT)
    until, now = _date(asked), _date(headers.get("date", ""))
    if until is None or now is None:
        return None
    return min(max((until - now).total_seconds(), 0.0), LONGEST_WAIT)


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def error_words(body: bytes) -> str:
    """Return the sentence in a JSON error of either platform, '' when there is none."""
    try:
        told = reading.document(body)
        if isinstance(told, dict):
            told = told.get("message") or told.get("errors") or told.get("error") or ""
        if isinstance(told, list) and told:
            told = told[0]
        if isinstance(told, dict):
            told = told.get("message") or ""
        return nobodys(reading.text(told, "message", 300))
    except BadPayload:
        return ""


def nobodys(words: str) -> str:
    """Return a shop's words without e-mail addresses and phone numbers: they are kept and shown to staff."""
    return _NUMBER.sub("…", _ADDRESS.sub("…", words))


def document(reply: Reply, label: str, *, effect: bool) -> Any:
    """Return the JSON of a reply. Raises: ShopError; after a call with an effect nobody knows what came."""
    try:
        return reading.document(reply.body)
    except BadPayload as exc:
        raise ShopError(f"{label}'s answer could not be read: {exc}", unknown=effect) from exc


def understood(*, effect: bool) -> Callable[[Callable[Concatenate[C, P], R]], Callable[Concatenate[C, P], R]]:
    """
    Have a client's method raise ShopError for an answer that is JSON and yet makes no sense.

    `effect`: what was asked may have been carried out; nobody can tell from such an answer.
    """

    def wrapped(ask: Callable[Concatenate[C, P], R]) -> Callable[Concatenate[C, P], R]:
        @wraps(ask)
        def asked(self: C, *args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return ask(self, *args, **kwargs)
            except BadPayload as exc:
                words = f"{self.label}'s answer could not be read: {exc}"
                raise ShopError(words, unknown=effect) from exc

        return asked

    return wrapped
