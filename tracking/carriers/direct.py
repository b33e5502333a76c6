"""
What the translators of single carriers share: asking over HTTP, days and hours, and a carrier's words in
ours.

A translator of a single carrier subclasses `Direct` (key or password) or `WithToken` (OAuth), says how one
parcel is asked for, and translates the answer in `parse`.
"""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any, ClassVar
from urllib.parse import quote

import requests

from config.lib import clock
from config.lib import http as outside
from tracking import reading
from tracking.carriers import oauth
from tracking.carriers.base import (
    BadPayload,
    Carrier,
    CarrierError,
    Parcel,
    ParcelData,
    Place,
    ScanData,
    Window,
)
from tracking.carriers.numbers import compact_number
from tracking.carriers.phrases import classify
from tracking.fold import moment as moment_of
from tracking.places import country
from tracking.vocabulary import Reason, Status

log = logging.getLogger(__name__)

LONGEST_WAIT = 24 * 3600.0
# Carriers use numbers again after some months.
STALE = timedelta(days=120)
SURE = 0.6  # how sure the phrase classifier has to be to be believed
_PASSING = (408, 409, 425, 429)
_ZONED = re.compile(r"[+-]\d{2}:?\d{2}(?::?\d{2})?$")


# --- words
@dataclass(frozen=True)
class Meaning:
    """A carrier's code in our words. `known`: False when nobody could make anything of it."""

    status: Status
    reason: Reason | str = ""
    action_required: bool = False
    known: bool = True


NOT_KNOWN = Meaning(Status.UNKNOWN, known=False)


def guessed(message: str, code: str = "") -> Meaning:
    """Return what the phrase classifier makes of free words; NOT_KNOWN when it is not sure enough."""
    guess = classify(message, code=code)
    if guess.confidence < SURE or guess.status == Status.UNKNOWN:
        return NOT_KNOWN
    return Meaning(guess.status, guess.reason, guess.action_required)


def told(meaning: Meaning, carrier: str, code: str, message: str) -> Meaning:
    """Return `meaning`; leave a line in the log when nobody knows it."""
    if not meaning.known:
        guess = classify(message, code=code)
        perhaps = f"; perhaps {guess.status} ({guess.confidence:.2f})" if guess.confidence else ""
        log.warning("%s: code %r (%r) is not known%s", carrier, code, message[:120], perhaps)
    return meaning


# --- times and places
def moment(text: str) -> datetime | None:
    """Return a time as told (aware in UTC, or naive when it has no offset), None when it cannot be read."""
    try:
        found = clock.parse(text)
        return found if found is None or 1990 <= found.year < 2200 else None
    except clock.BadTime:
        return None


def scan(
    when: datetime, meaning: Meaning, *, place: Place | None = None, code: str = "", message: str = ""
) -> ScanData:
    """Build a scan; `when` goes into `at` or `local` by whether it has an offset."""
    return ScanData(
        status=meaning.status,
        reason=meaning.reason,
        action_required=meaning.action_required,
        at=when.astimezone(UTC) if when.tzinfo else None,
        local=None if when.tzinfo else when,
        place=place or Place(),
        code=code[:80],
        message=message,
    )


def place_of(city: str = "", region: str = "", land: str = "", postcode: str = "") -> Place:
    """Return a place in the carrier's spelling, its country as ISO 3166-1 alpha-2 where it is one."""
    return Place(city[:120], region[:120], country(land) or land[:60], postcode[:20])


def some(place: Place) -> Place | None:
    """Return `place`, None when it names nothing."""
    return place if place != Place() else None


def window(first: str, last: str = "", *, zulu: bool = False) -> Window | None:
    """
    Return a delivery window from one or two ISO 8601 dates or times; None when none can be read.

    The day is the one written (at the destination). Hours only where an offset is written with them; midnight
    is a day. `zulu`: believe a bare Z to be an offset (some put one behind local time).
    """
    begins, ends = _end(first, zulu), _end(last, zulu) if last else None
    if begins is None or ends is None:
        only = begins or ends
        return Window(only[0], only[0], None, only[1]) if only else None
    (from_day, from_at), (to_day, to_at) = begins, ends
    if from_day > to_day or (from_at and to_at and from_at > to_at):
        return Window(min(from_day, to_day), max(from_day, to_day))
    return Window(from_day, to_day, from_at, to_at)


@lru_cache(maxsize=1024)
def _end(text: str, zulu: bool) -> tuple[date, datetime | None] | None:
    try:
        stamp = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text.strip()))
    except ValueError:
        return None
    if not 2000 <= stamp.year < 2200:
        return None
    certain = bool(_ZONED.search(text.strip())) or zulu
    hour = stamp.tzinfo is not None and certain and stamp.time() != time(0)
    return stamp.date(), stamp.astimezone(UTC) if hour else None


def newest(parcels: Sequence[ParcelData]) -> ParcelData | None:
    """Return the parcel whose last scan is the youngest: numbers are used again."""
    return max(parcels, key=_last_word, default=None)


def is_stale(data: ParcelData, parcel: Parcel) -> bool:
    """Say whether `data` is about an earlier parcel with the number: it fell silent long before ours left."""
    return bool(data.scans and parcel.created_at and _last_word(data) < parcel.created_at - STALE)


def _last_word(parcel: ParcelData) -> datetime:
    """Return the time of the last scan; one without an offset is good enough to compare by."""
    return max((moment_of(found) for found in parcel.scans), default=datetime.min.replace(tzinfo=UTC))


# --- asking
@dataclass(frozen=True)
class Answer:
    """
    What came back: HTTP status, raw body, and how long the carrier asked us to wait ('' when it did not).
    """

    status: int
    body: bytes
    retry_after: str = ""

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300


class Direct(Carrier):
    """
    A carrier asked about one parcel at a time. Set `base_url`; implement `ask` and `parse`.

    `unknown`: statuses that say no more than that the carrier does not know the number (yet).
    """

    base_url: ClassVar[str]
    unknown: ClassVar[frozenset[int]] = frozenset({404})

    def ask(self, number: str, parcel: Parcel, at: datetime) -> Answer:
        """Send the question about `number` (without spaces, safe in a path). Raises: CarrierError."""
        raise NotImplementedError

    def fetch(self, parcels: Sequence[Parcel], *, at: datetime) -> Sequence[ParcelData]:
        """Ask about each parcel. See Carrier.fetch."""
        self.ready()
        found = []
        for parcel in parcels:
            answer = self.ask(quote(compact_number(parcel.tracking_number), safe=""), parcel, at)
            if answer.status in self.unknown or self.not_ours(answer):
                continue
            data = self._ours(self.read(answer, at), parcel)
            if data is not None:
                found.append(data)
        return found

    def not_ours(self, answer: Answer) -> bool:
        """Say whether an error answer is about the number only, and not about us."""
        return False

    def ready(self) -> None:
        """Raise CarrierError (permanent) when there is nothing to ask with."""
        if not self.credentials.api_key:
            raise CarrierError(f"this account has no key for {self.label}", permanent=True)

    def pair(self) -> tuple[str, str]:
        """
        Return the two halves of an API key written `id:secret`. Raises: CarrierError when it is not a pair.
        """
        first, colon, second = self.credentials.api_key.partition(":")
        if not (first.strip() and colon and second.strip()):
            raise CarrierError(f"the API key for {self.label} has to be written as id:secret", permanent=True)
        return first.strip(), second.strip()

    def send(self, method: str, path: str, at: datetime, **what: Any) -> Answer:
        """Call `path` under the account's `config["base_url"]` or the carrier's own. Raises: CarrierError."""
        base = str(self.credentials.config.get("base_url") or self.base_url).rstrip("/")
        try:
            got = (self.http or outside.session()).request(
                method, base + path, timeout=outside.TIMEOUT, allow_redirects=False, **what
            )
            return Answer(got.status_code, got.content, got.headers.get("Retry-After", ""))
        except ValueError as exc:  # requests' own errors about addresses and headers are ValueErrors too
            raise CarrierError(
                f"the address of {self.label} or its API key cannot be used", permanent=True
            ) from exc
        except requests.RequestException as exc:
            raise CarrierError(f"{self.label} could not be reached: {type(exc).__name__}") from exc

    def read(self, answer: Answer, at: datetime) -> Sequence[ParcelData]:
        """Translate a good answer. Raises: CarrierError for any other and for one that cannot be read."""
        if not answer.good:
            raise self.failure(answer, at)
        try:
            return self.parse(answer.body)
        except BadPayload as exc:
            raise CarrierError(f"{self.label}'s answer could not be read: {exc}") from exc

    def failure(self, answer: Answer, at: datetime) -> CarrierError:
        """Return what an answer with an error status means for the next try; no credential stands in it."""
        words = error_words(answer.body)
        for half in self.credentials.api_key.split(":"):
            words = words.replace(half.strip(), "…") if half.strip() else words
        message = f"{self.label} answered {answer.status}" + (f": {words}" if words else "")
        passing = answer.status in _PASSING or answer.status >= 500 or answer.status < 400
        wait = retry_after(answer.retry_after, at) if passing else None
        return CarrierError(message, permanent=not passing, retry_after=wait)

    def _ours(self, answers: Sequence[ParcelData], parcel: Parcel) -> ParcelData | None:
        """Return the answer about `parcel`, under the number it was asked for by."""
        wanted = compact_number(parcel.tracking_number)
        same = [data for data in answers if compact_number(data.tracking_number) == wanted]
        # Some answer with their own number of the item, or with its older one, to a question about one item.
        data = newest(same or (answers if len(answers) == 1 else ()))
        if data is None or is_stale(data, parcel):
            return None
        return replace(data, tracking_number=parcel.tracking_number)


class WithToken(Direct):
    """A carrier that wants an OAuth token. `credentials.api_key` is written `client id:client secret`."""

    token_path: ClassVar[str]
    token_scope: ClassVar[str] = ""
    token_basic: ClassVar[bool] = False

    def ready(self) -> None:
        """See Direct.ready."""
        super().ready()
        self.pair()

    def authorised(self, method: str, path: str, at: datetime, **what: Any) -> Answer:
        """Send with a token; a token that was refused is replaced once. Raises: CarrierError."""
        grant = self._grant()
        headers = what.pop("headers", {})
        answer = Answer(0, b"")
        for _ in range(2):
            token = oauth.TOKENS.get(grant, at, lambda: self._obtain(grant, at))
            answer = self.send(
                method, path, at, headers=headers | {"Authorization": f"Bearer {token}"}, **what
            )
            if answer.status != 401:
                break
            oauth.TOKENS.forget(grant, token)
        return answer

    def _grant(self) -> oauth.Grant:
        client_id, client_secret = self.pair()
        base = str(self.credentials.config.get("base_url") or self.base_url).rstrip("/")
        return oauth.Grant(
            base + self.token_path, client_id, client_secret, self.token_scope, self.token_basic
        )

    def _obtain(self, grant: oauth.Grant, at: datetime) -> bytes:
        auth = (grant.client_id, grant.client_secret) if grant.basic else None
        answer = self.send("POST", self.token_path, at, data=grant.form(), auth=auth)
        if not answer.good:
            raise self.failure(answer, at)
        return answer.body


def retry_after(asked: str, at: datetime) -> float | None:
    """
    Return the seconds a Retry-After asks for (RFC 9110: seconds or a date), at most a day; None without one.
    """
    if re.fullmatch(r"\d{1,9}", asked.strip(), re.ASCII):
        return min(float(asked), LONGEST_WAIT)
    try:
        when = parsedate_to_datetime(asked)
    except ValueError:
        return None
    return min(max((when.replace(tzinfo=when.tzinfo or UTC) - at).total_seconds(), 0.0), LONGEST_WAIT)


_SENTENCES = (
    "message",
    "detail",
    "description",
    "errorDescription",
    "error_description",
    "httpMessage",
    "title",
)
_INSIDE = ("errors", "error", "response", "fault")


def error_words(body: bytes) -> str:
    """Return the sentence in a carrier's JSON error, wherever it puts it; '' when there is none."""
    try:
        return reading.text(_sentence(reading.document(body), 4), "message", 300)
    except BadPayload:
        return ""


def _sentence(found: Any, depth: int) -> str:
    """Return the innermost sentence of an error: the outer ones only say that there is one."""
    if isinstance(found, list):
        found = found[0] if found else None
    if not isinstance(found, dict):
        return ""
    inner = (_sentence(found.get(name), depth - 1) for name in _INSIDE) if depth else iter(())
    own = (found[name] for name in _SENTENCES if isinstance(found.get(name), str))
    return next((words for words in (*inner, *own) if words), "")
