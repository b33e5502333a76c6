"""
The built-in carrier: moves parcels along realistic routes with no account and no network.

Everything it says is a pure function of the parcel's number, start, origin and destination, of the account's
`config` and of the time asked for. `config` may hold

- `speed`: how much faster than the real clock parcels live (600: ten hours in a minute), or
- `clock`: [[ISO time, speed], …], when the speed was changed; it was 1 before the first entry, and
- `scenarios`: {tracking number: "late"} or {tracking number: {"scenario": "late", "since": ISO time}}.

Numbers may also ask for a scenario themselves: SBXL… is late (`tracking.sandbox_routes.SCENARIOS`). Its
webhooks are JSON signed with HMAC-SHA256; see `body` and `sign`, which make them.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any, ClassVar

from config.lib import clock
from tracking.carriers.base import (
    BadPayload,
    BadSignature,
    Carrier,
    CarrierError,
    Parcel,
    ParcelData,
    Place,
    ScanData,
    Window,
)
from tracking.sandbox_routes import WORDS, Step, Story, tell
from tracking.vocabulary import Reason, Status

FASTEST = 100_000
# A window this short is told with its hours; a longer one in days.
HOURS_MATTER = timedelta(hours=3)


class Clock:
    """Lays a parcel's own time on the real one. Both run together until the speed changes."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        """Raises: BadPayload when `speed` or `clock` cannot be read."""
        self.first = _speed(config.get("speed", 1))
        self.changes: list[tuple[datetime, float]] = []
        for entry in config.get("clock") or ():
            try:
                since, speed = entry
                at = clock.aware(since)
            except (TypeError, ValueError) as exc:
                raise BadPayload(f"{entry!r} is not a time and a speed") from exc
            if at is None:
                raise BadPayload(f"{entry!r} names no time")
            self.changes.append((at, _speed(speed)))
        self.changes.sort()
        if self.changes:
            self.first = 1.0

    def _spans(self, start: datetime) -> list[tuple[datetime, float]]:
        """Return the stretches of one speed from `start` on, as (real start, speed)."""
        speed = self.first
        later = []
        for at, changed in self.changes:
            if at <= start:
                speed = changed
            else:
                later.append((at, changed))
        return [(start, speed), *later]

    def lived(self, start: datetime, at: datetime) -> datetime:
        """Return how late it is in the life of a parcel that began at `start` when it is really `at`."""
        spans = self._spans(start)
        own = start
        for (since, speed), (until, _) in pairwise([*spans, (max(at, spans[-1][0]), 1.0)]):
            own += max(min(at, until) - since, timedelta()) * speed
        return own

    def real(self, start: datetime, own: datetime) -> datetime:
        """Return when the real clock shows `own`, a time in the life of a parcel that began at `start`."""
        spans = self._spans(start)
        left = own - start
        for (since, speed), (until, _) in pairwise(spans):
            lasts = (until - since) * speed
            if left < lasts:
                return since + left / speed
            left -= lasts
        since, speed = spans[-1]
        return since + left / speed


def _speed(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= FASTEST:
        raise BadPayload(f"{value!r} is not a speed between 0 and {FASTEST}")
    return float(value)


class Sandbox(Carrier):
    """See the module."""

    code: ClassVar[str] = "sandbox"
    label: ClassVar[str] = "Sandbox"
    batch: ClassVar[int] = 500
    statuses: ClassVar[Mapping[str, Status]] = {code: status for code, (status, _) in WORDS.items()}

    # --- asked ---

    def fetch(self, parcels: Sequence[Parcel], *, at: datetime) -> Sequence[ParcelData]:
        """Tell what happened to `parcels` until `at`; one without a start is unknown. Raises CarrierError."""
        try:
            told = [self._until(parcel, at) for parcel in parcels]
        except (BadPayload, clock.BadTime) as exc:
            raise CarrierError(f"the account's config is wrong: {exc}", permanent=True) from exc
        return [data for data in told if data]

    def next_move(self, parcel: Parcel, *, after: datetime) -> datetime | None:
        """Return when (real, aware) the next scan after `after` is due, None when the story is over."""
        start = parcel.created_at
        if start is None:
            return None
        clock_ = Clock(self.credentials.config)
        times = (clock_.real(start, step.at) for step in self.story(parcel).steps)
        return min((time for time in times if time > after), default=None)

    def story(self, parcel: Parcel) -> Story:
        """Return the whole life of a parcel that has a start, in its own time."""
        start = parcel.created_at
        assert start is not None  # noqa: S101 (callers have looked)
        scenario, since = self._scenario(parcel.tracking_number)
        return tell(
            parcel.tracking_number,
            start=start,
            origin=parcel.origin,
            destination=parcel.destination,
            scenario=scenario,
            turned=Clock(self.credentials.config).lived(start, max(since, start)) if since else None,
        )

    def _scenario(self, number: str) -> tuple[str, datetime | None]:
        entry = (self.credentials.config.get("scenarios") or {}).get(number, "")
        if isinstance(entry, Mapping):
            return str(entry.get("scenario", "")), clock.aware(entry.get("since"))
        return str(entry), None

    def _until(self, parcel: Parcel, at: datetime) -> ParcelData | None:
        start = parcel.created_at
        if start is None or start > at:
            return None
        story, clock_ = self.story(parcel), Clock(self.credentials.config)
        real = [clock_.real(start, step.at) for step in story.steps]
        seen = [(when, step) for when, step in zip(real, story.steps, strict=True) if when <= at]
        signed = [step.signed_by for _, step in seen if step.signed_by]
        return ParcelData(
            tracking_number=parcel.tracking_number,
            scans=tuple(_scan(step, when) for when, step in seen),
            carrier=self.code,
            service=story.service,
            eta=_window(story, len(seen), start, clock_),
            signed_by=signed[-1] if signed else "",
            origin=story.steps[0].spot.place,
            destination=parcel.destination,
            told_at=max(when for when, _ in seen),
        )

    # --- told ---

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Check `X-Sandbox-Signature: sha256=<hex HMAC of the raw body>`; without a secret refuse all."""
        given = headers.get("x-sandbox-signature", "")
        secret = self.credentials.secret
        if not secret or not hmac.compare_digest(given.encode(), sign(secret, body).encode()):
            raise BadSignature("X-Sandbox-Signature does not match the body")

    def topic(self, headers: Mapping[str, str], body: bytes) -> str:
        """Return the topic header, e.g. parcels.moved."""
        return headers.get("x-sandbox-topic", "")

    def delivery_id(self, headers: Mapping[str, str], body: bytes) -> str:
        """Return the sender's id of this delivery."""
        return headers.get("x-sandbox-delivery", "")

    def parse(self, body: bytes) -> Sequence[ParcelData]:
        """
        Translate {"parcels": [{"tracking_number", "scans": [{"code", "at" or "local", …}], "eta", …}]}.

        A code nobody knows is kept with the status UNKNOWN. Returns [] without "parcels". Raises: BadPayload.
        """
        try:
            data = json.loads(body)
        except (ValueError, RecursionError) as exc:
            raise BadPayload("this is not JSON") from exc
        if not isinstance(data, dict):
            raise BadPayload("a JSON object was expected")
        return [_parcel(item) for item in _list(data.get("parcels"), "parcels")]


def sign(secret: str, body: bytes) -> str:
    """Return the value of X-Sandbox-Signature for a raw body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def body(parcels: Iterable[ParcelData]) -> bytes:
    """Return the webhook body that says `parcels`; `Sandbox.parse` reads it back."""
    return json.dumps({"parcels": [_dump(parcel) for parcel in parcels]}, ensure_ascii=False).encode()


# --- from a story to what is told


def _scan(step: Step, when: datetime) -> ScanData:
    return ScanData(
        status=step.status,
        at=when,
        reason=step.reason,
        action_required=step.action_required,
        place=step.spot.place,
        code=step.code,
        message=step.words,
    )


def _window(story: Story, seen: int, start: datetime, clock_: Clock) -> Window | None:
    """
    Return the window as it is told after `seen` steps, None when the parcel will not arrive.

    Until the turn of the story the promise is the ordinary one; afterwards the new day, if there is one.
    """
    turned = story.turn is not None and seen > story.turn
    arrives = story.arrives if turned else story.promised
    if arrives is None:
        return None
    door = story.door
    begins, ends = _width(door.local(arrives), [step.code for step in story.steps[:seen]])
    from_at = clock_.real(start, begins.astimezone(UTC))
    to_at = clock_.real(start, ends.astimezone(UTC))
    hours = to_at - from_at <= HOURS_MATTER
    return Window(
        from_date=door.local(from_at).date(),
        to_date=door.local(to_at).date(),
        from_at=from_at if hours else None,
        to_at=to_at if hours else None,
    )


def _width(arrives: datetime, codes: Sequence[str]) -> tuple[datetime, datetime]:
    """Return a window around `arrives` (local): three days at first, then two, one, then three hours."""
    if codes[-1] == "DELIVERED" or "OUT" in codes[-2:]:
        begins = arrives.replace(minute=0, second=0) - timedelta(hours=1)
        return begins, begins + HOURS_MATTER
    near = "DEPOT" in codes or codes.count("DEPARTED") > 1
    days = 2 if len(codes) == 1 else 0 if near else 1
    begins = arrives.replace(hour=9, minute=0, second=0)
    return begins, begins.replace(hour=20) + timedelta(days=days)


# --- our webhook's JSON


def _dump(parcel: ParcelData) -> dict[str, Any]:
    eta = parcel.eta
    return {
        "tracking_number": parcel.tracking_number,
        "service": parcel.service,
        "signed_by": parcel.signed_by,
        "told_at": parcel.told_at.isoformat() if parcel.told_at else None,
        "eta": {
            "from_date": eta.from_date.isoformat(),
            "to_date": eta.to_date.isoformat(),
            "from_at": eta.from_at.isoformat() if eta.from_at else None,
            "to_at": eta.to_at.isoformat() if eta.to_at else None,
        }
        if eta
        else None,
        "scans": [
            {
                "code": scan.code,
                **(
                    {"at": scan.at.isoformat()}
                    if scan.at
                    else {"local": scan.local.isoformat() if scan.local else ""}
                ),
                "reason": str(scan.reason),
                "action_required": scan.action_required,
                "message": scan.message,
                "place": {name: getattr(scan.place, name) for name in _PLACE},
            }
            for scan in parcel.scans
        ],
    }


_PLACE = ("city", "region", "country", "postcode")


def _parcel(item: Any) -> ParcelData:
    data = _object(item, "a parcel")
    number = _text(data, "tracking_number", 80)
    if not number:
        raise BadPayload("a parcel has no tracking_number")
    return ParcelData(
        tracking_number=number,
        scans=tuple(_read_scan(scan) for scan in _list(data.get("scans"), "scans")),
        carrier=Sandbox.code,
        service=_text(data, "service", 120),
        eta=_read_window(data.get("eta")),
        signed_by=_text(data, "signed_by", 120),
        told_at=_time(data, "told_at"),
    )


def _read_scan(item: Any) -> ScanData:
    data = _object(item, "a scan")
    code = _text(data, "code", 80)
    status, words = WORDS.get(code, (Status.UNKNOWN, ""))
    at, local = _time(data, "at"), _local(data)
    reason = _text(data, "reason", 24)
    return ScanData(
        status=status,
        at=at,
        local=local if at is None else None,
        reason=Reason(reason) if reason in Reason.values else Reason.UNKNOWN if reason else "",
        action_required=data.get("action_required") is True,
        place=_read_place(data.get("place")),
        code=code,
        message=_text(data, "message", 500) or words,
    )


def _read_place(item: Any) -> Place:
    data = _object(item or {}, "place")
    return Place(**{name: _text(data, name, 120) for name in _PLACE})


def _read_window(item: Any) -> Window | None:
    if item is None:
        return None
    data = _object(item, "eta")
    try:
        first, last = (date.fromisoformat(_text(data, name, 10)) for name in ("from_date", "to_date"))
    except ValueError as exc:
        raise BadPayload("eta needs from_date and to_date as YYYY-MM-DD") from exc
    return Window(min(first, last), max(first, last), _time(data, "from_at"), _time(data, "to_at"))


def _object(item: Any, name: str) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise BadPayload(f"{name} is not an object")
    return item


def _list(item: Any, name: str) -> list[Any]:
    if item is None:
        return []
    if not isinstance(item, list):
        raise BadPayload(f"{name} is not a list")
    return item


def _text(data: Mapping[str, Any], name: str, longest: int) -> str:
    value = data.get(name)
    if value is None:
        return ""
    # What no database stores: NUL, and halves of characters.
    if not isinstance(value, str) or any(char == "\x00" or "\ud800" <= char <= "\udfff" for char in value):
        raise BadPayload(f"{name} is not a text")
    return value.strip()[:longest]


def _time(data: Mapping[str, Any], name: str) -> datetime | None:
    value = _any_time(data, name)
    if value is not None and value.tzinfo is None:
        raise BadPayload(f"{name} has no offset; a time without one belongs into local")
    return value


def _local(data: Mapping[str, Any]) -> datetime | None:
    value = _any_time(data, "local")
    if value is not None and value.tzinfo is not None:
        raise BadPayload("local has an offset; such a time belongs into at")
    return value


def _any_time(data: Mapping[str, Any], name: str) -> datetime | None:
    try:
        return clock.parse(data.get(name))
    except clock.BadTime as exc:
        raise BadPayload(str(exc)) from exc
