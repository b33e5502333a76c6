"""
What every carrier and aggregator is to us: a pure translator from their bytes to our frozen dataclasses.

No ORM, no settings, no clock in a translator; credentials and time are passed in. See
docs/adding-a-carrier.md.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

import requests

from tracking.vocabulary import Reason, Status

# Where the door puts `?token=` of a webhook's address: no header that travels can have this name.
QUERY_TOKEN = ":token"  # noqa: S105 (a name, not a secret)
# The time of a scan that is there to be told `at_time`.
ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)
# What carriers write where a name would stand: "Signature not required", "SIGNATURE RELEASE ON FILE".
_NOBODY = re.compile(
    r"no signature|signature\b.*\b(not|release|waived?|unavailable|exempt)\b"
    r"|not (req|available)|unavailable|n/a$",
    re.IGNORECASE,
)


class BadSignature(Exception):
    """A webhook that was not signed with the secret we share with its sender."""


class BadPayload(ValueError):
    """Bytes that are not what this sender sends. The message says what is wrong, in words for staff."""


class CarrierError(Exception):
    """
    A call to a carrier failed.

    `permanent`: asking again will not help (wrong key, unknown number). `retry_after`: seconds the carrier
    asked for.
    """

    def __init__(self, message: str, *, permanent: bool = False, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.retry_after = retry_after


@dataclass(frozen=True)
class Place:
    """
    Where a scan happened, as far as it was told. `country` is ISO 3166-1 alpha-2 where that can be known.
    """

    city: str = ""
    region: str = ""
    country: str = ""
    postcode: str = ""

    def __str__(self) -> str:
        return self.words

    @cached_property
    def words(self) -> str:
        """The place as people write it, without its postcode."""
        return ", ".join(part for part in (self.city, self.region, self.country) if part)


class Kept(NamedTuple):
    """What is kept of a scan's words: each cut to what its column holds (see tracking.models.Scan)."""

    status: str
    reason: str
    action_required: bool
    city: str
    region: str
    country: str
    postcode: str
    code: str
    message: str


@dataclass(frozen=True)
class ScanData:
    """
    One thing a carrier said.

    Exactly one of `at` (aware, UTC) and `local` (naive: the carrier named no offset) is set. `code` and
    `message` are the carrier's own; `status` and `reason` are ours.
    """

    status: Status
    at: datetime | None = None
    local: datetime | None = None
    reason: Reason | str = ""
    action_required: bool = False
    place: Place = field(default_factory=Place)
    code: str = ""
    message: str = ""

    def __post_init__(self) -> None:
        if (self.at is None) == (self.local is None):
            raise BadPayload("a scan needs one time: with an offset, or local")

    def at_time(self, when: datetime) -> "ScanData":
        """
        Return the same said of another time: aware (UTC), or naive when the carrier named no offset.

        What follows from the words alone is worked out once for all that are made of one: carriers say few
        things, and each of them millions of times.
        """
        self.words, self.kept, self.is_kept_whole  # noqa: B018 (from now on they are in __dict__)
        told = self.__dict__.copy()
        told["at"], told["local"] = (None, when) if when.tzinfo is None else (when, None)
        made = object.__new__(ScanData)
        object.__setattr__(made, "__dict__", told)
        return made

    @property
    def when(self) -> str:
        """Return its time as text: ISO 8601, after "local " when it has no offset."""
        return self.at.isoformat() if self.at else f"local {self.local.isoformat() if self.local else ''}"

    @property
    def fingerprint(self) -> str:
        """Identify this scan among its parcel's: told twice in the same words it is the same scan."""
        return self.fingerprint_at(self.when)

    def fingerprint_at(self, when: str) -> str:
        """Return the fingerprint for whoever has written out its time already (see `when`)."""
        return hashlib.sha1(f"{when}\x1f{self.words}".encode(), usedforsecurity=False).hexdigest()

    @cached_property
    def words(self) -> str:
        """What makes two scans of one moment different facts, as one text."""
        said = " ".join(self.message.lower().split())
        place = (self.place.city.lower(), self.place.region.lower(), self.place.country, self.place.postcode)
        meaning = (self.status.value, str(self.reason), str(self.action_required))
        return "\x1f".join((*meaning, self.code, said, *place))

    @cached_property
    def kept(self) -> Kept:
        """What is kept of its words."""
        place = self.place
        return Kept(
            status=self.status.value,
            reason=str(self.reason),
            action_required=self.action_required,
            city=place.city[:120],
            region=place.region[:120],
            country=place.country[:60],
            postcode=place.postcode[:20],
            code=self.code[:80],
            message=self.message[:500],
        )

    @cached_property
    def is_kept_whole(self) -> bool:
        """Whether nothing of its words is cut off when it is kept."""
        place, kept = self.place, self.kept
        return (kept.code, kept.message) == (self.code, self.message) and (
            place == Place(kept.city, kept.region, kept.country, kept.postcode)
        )


@dataclass(frozen=True)
class Window:
    """A delivery window: days at the destination, and the hours (aware, UTC) where the carrier gave them."""

    from_date: date
    to_date: date
    from_at: datetime | None = None
    to_at: datetime | None = None


@dataclass(frozen=True)
class ParcelData:
    """
    Everything one message says about one parcel.

    `told_at` orders messages about the same parcel (aware; None when the carrier does not say). `carrier`
    is the carrier that moves the parcel, '' when it is the sender of the message. `signed_by` is a name:
    words that say that nobody signed are left out.
    """

    tracking_number: str
    scans: tuple[ScanData, ...] = ()
    carrier: str = ""
    service: str = ""
    eta: Window | None = None
    signed_by: str = ""
    origin: Place | None = None
    destination: Place | None = None
    told_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.signed_by and _NOBODY.match(self.signed_by.strip()):
            object.__setattr__(self, "signed_by", "")


@dataclass(frozen=True)
class Credentials:
    """What an account lets us use. `config` is whatever else its carrier needs."""

    secret: str = ""
    api_key: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Parcel:
    """What a carrier needs to know of a parcel to be asked about it. Times aware, UTC."""

    tracking_number: str
    carrier: str = ""
    created_at: datetime | None = None
    origin: Place = field(default_factory=Place)
    destination: Place = field(default_factory=Place)


class Carrier:
    """
    One carrier or aggregator. Subclass, fill the tables, add a line to config/wiring.py.

    `aggregates` carriers follow parcels of any carrier; the others only those whose carrier is their own
    code.
    """

    code: ClassVar[str]
    label: ClassVar[str]
    aggregates: ClassVar[bool] = False
    polls: ClassVar[bool] = True  # fetch() is available
    batch: ClassVar[int] = 1  # parcels per fetch()
    statuses: ClassVar[Mapping[str, Status]] = {}
    verified: ClassVar[bool] = True  # False: no real delivery has proved our reading of its signature yet

    # When the webhook under examination came in (aware); set by the door, for senders who sign a time.
    received_at: datetime | None = None

    @classmethod
    def check_config(cls, config: Mapping[str, Any]) -> list[str]:
        """Return what is wrong with an account's `config`, one sentence each, in words for staff."""
        return []

    def __init__(self, credentials: Credentials, http: requests.Session | None = None) -> None:
        self.credentials = credentials
        self.http = http

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Check the signature over the raw bytes; `headers` has lower-case names. Raises BadSignature."""
        raise BadSignature(f"{self.label} sends no webhooks")

    def topic(self, headers: Mapping[str, str], body: bytes) -> str:
        """Return what this webhook is about, as the sender names it; '' when that stands only in the body."""
        return ""

    def delivery_id(self, headers: Mapping[str, str], body: bytes) -> str:
        """Return the sender's id of this delivery, the same over its retries; '' when it has none."""
        return ""

    def parse(self, body: bytes) -> Sequence[ParcelData]:
        """
        Translate a raw webhook body or a raw answer to a look-up. Pure: no network, no clock, no database.

        Returns: one ParcelData per parcel; [] when the message is about something else.
        Raises: BadPayload when the bytes are not what this carrier sends.
        """
        raise BadPayload(f"{self.label} has no translator")

    def fetch(self, parcels: Sequence[Parcel], *, at: datetime) -> Sequence[ParcelData]:
        """
        Ask the carrier about up to `batch` parcels (network).

        Returns: what it knows; parcels it does not know are left out. Raises: CarrierError.
        """
        raise CarrierError(f"{self.label} cannot be asked", permanent=True)
