"""
What everyone who sells labels is to us: a pure translator from our frozen dataclasses to their API and back.

No ORM, no settings, no clock: credentials are passed in. Nothing here retries what may have had an effect:
`LabelError.unknown` says that a label may have been bought, and the caller looks it up by its key before it
asks again. See docs/labels.md.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

import requests

from tracking.carriers.base import Credentials
from tracking.labels.words import Words

__all__ = ["Credentials", "LabelSeller", "Words"]

HEAVIEST_G = 70_000  # no parcel service takes more in one piece
LONGEST_MM = 3_000
# Goods move freely within: no customs declaration between two of these (the EU's customs territory).
CUSTOMS_UNION = frozenset(
    {
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
        *("IE", "IT", "LT", "LU", "LV", "MC", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
    }
)


class LabelError(Exception):
    """
    A call to a seller failed, or a request cannot be carried out; the message is for staff, in plain words.

    `permanent`: asking again will not help (bad address, unknown service, wrong key). `unknown`: the label
    may have been bought, or cancelled, all the same. `retry_after`: seconds the seller asked us to wait.
    """

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        unknown: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.unknown = unknown
        self.retry_after = retry_after


class Kind(StrEnum):
    """The documents a label can come as. The value is stored and stands in addresses; never renamed."""

    LABEL = "4x6"  # PDF, 101.6 × 152.4 mm
    A4 = "a4"  # PDF, the label on the upper half, instructions below
    QR_PNG = "qr-png"
    QR_SVG = "qr-svg"
    QR_PAGE = "qr-page"  # PDF, a page with the code and what to do with it
    INVOICE = "invoice"  # the customs invoice, PDF


class Paper(StrEnum):
    """What the label is to be printed on; asked where the seller sells one size at a time."""

    LABEL = "4x6"
    A4 = "a4"


@dataclass(frozen=True)
class Party:
    """Who sends or receives. `country` is ISO 3166-1 alpha-2; `lines` are street and what goes with it."""

    name: str = ""
    company: str = ""
    lines: tuple[str, ...] = ()
    city: str = ""
    region: str = ""
    postcode: str = ""
    country: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True)
class CustomsItem:
    """
    One kind of goods in a parcel that crosses a border: `quantity` pieces together worth `value_minor` of
    `currency` and weighing `weight_g`. `origin_country`: where it was made (alpha-2).
    """

    description: str
    quantity: int
    value_minor: int
    currency: str
    weight_g: int
    hs_code: str = ""
    origin_country: str = ""
    sku: str = ""


@dataclass(frozen=True)
class LabelRequest:
    """
    A parcel to be labelled. `from_` is where it really starts and `to` where it really goes, for returns too:
    a seller that wants them the other way round swaps them itself.

    `service` is a `Rate.service`, '' for the cheapest. `currency` is what the store counts in. `contents`
    (one line each) are printed on the slip below an A4 label. `qr`: a code for handing in without a printer
    is wanted. `most_minor` of `most_currency` is what may be paid, None for any price.
    """

    from_: Party
    to: Party
    weight_g: int
    length_mm: int = 0
    width_mm: int = 0
    height_mm: int = 0
    service: str = ""
    is_return: bool = False
    reference: str = ""
    currency: str = "USD"
    customs: tuple[CustomsItem, ...] = ()
    contents: tuple[str, ...] = ()
    qr: bool = False
    paper: Paper = Paper.LABEL
    most_minor: int | None = None
    most_currency: str = ""


@dataclass(frozen=True)
class Rate:
    """What a service costs, in minor units of `currency`, and how many days it takes (None: not told)."""

    service: str
    carrier: str
    name: str
    amount_minor: int
    currency: str
    days: int | None = None


@dataclass(frozen=True)
class Prepared:
    """
    A purchase made ready, for nothing: `handle` names it at the seller ('' where there is no such step).

    Kept in the database before the money is spent, so that a purchase that may have happened can be found.
    """

    handle: str
    rate: Rate


@dataclass(frozen=True)
class DocumentData:
    """A document, as it is stored and served."""

    kind: Kind
    media_type: str
    body: bytes


@dataclass(frozen=True)
class BoughtLabel:
    """
    A label that was bought. `carrier` is our code for who moves the parcel; `kinds` the documents there are;
    `links` where the seller keeps them (they may expire), `files` those it handed over with the sale. Cost in
    minor units. `expires_at` aware, None when the seller does not say.
    """

    external_id: str
    tracking_number: str
    carrier: str
    carrier_name: str = ""
    service: str = ""
    cost_minor: int = 0
    currency: str = ""
    kinds: tuple[Kind, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    files: tuple[DocumentData, ...] = ()
    tracking_url: str = ""
    qr_payload: str = ""
    expires_at: datetime | None = None


class Cancelling(StrEnum):
    """What a seller says to a cancellation. Carriers may take weeks to decide."""

    PENDING = "PENDING"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"


@dataclass(frozen=True)
class Cancellation:
    """How a cancellation stands, and the seller's words about it."""

    state: Cancelling
    words: str = ""


class LabelSeller:
    """
    Someone who sells labels. Subclass, add a line to config/wiring.py (LABELS).

    Every `key` is ours, the same over all tries of one purchase; it is sent to the seller where that takes
    one and left in the made thing otherwise, so that `find` recognises it.
    """

    code: ClassVar[str]
    label: ClassVar[str]
    finds: ClassVar[bool] = True  # find() is available: a purchase that may have happened can be looked up
    # Buying the same prepared thing twice charges once, at the seller's own word.
    buys_once: ClassVar[bool] = False
    offers_qr: ClassVar[bool] = False
    papers: ClassVar[tuple[Paper, ...]] = (Paper.LABEL, Paper.A4)

    @classmethod
    def check_config(cls, config: Mapping[str, Any]) -> list[str]:
        """Return what is wrong with an account's `config`, one sentence each, in words for staff."""
        return list(_unusable(config))

    def __init__(
        self,
        credentials: Credentials,
        http: requests.Session | None = None,
        files: requests.Session | None = None,
    ) -> None:
        """`http` talks to the seller's API, `files` fetches documents; by default our own sessions."""
        self.credentials = credentials
        self.http = http
        self.files = files

    def rates(self, request: LabelRequest, *, at: datetime) -> Sequence[Rate]:
        """Ask what services there are and what each costs, cheapest first (network). Raises: LabelError."""
        raise LabelError(f"{self.label} tells no prices", permanent=True)

    def prepare(self, request: LabelRequest, *, key: str, at: datetime) -> Prepared:
        """
        Make a purchase ready and choose its service; costs nothing and may be repeated (network).

        Raises: LabelError, permanent for a bad address and for a service that is not offered.
        """
        raise LabelError(f"{self.label} sells no labels", permanent=True)

    def buy(self, request: LabelRequest, *, key: str, prepared: Prepared, at: datetime) -> BoughtLabel:
        """Buy what was prepared (network). Raises: LabelError; `unknown` when it may have been bought."""
        raise LabelError(f"{self.label} sells no labels", permanent=True)

    def find(
        self, request: LabelRequest, *, key: str, prepared: Prepared, at: datetime
    ) -> BoughtLabel | None:
        """
        Look up a purchase made with `key` (network). Returns: it, None when it certainly was not made.

        Raises: LabelError; `unknown` when the seller is still at it.
        """
        raise LabelError(f"{self.label} cannot look purchases up", permanent=True)

    def cancel(self, bought: BoughtLabel, *, at: datetime) -> Cancellation:
        """Ask for the money back for a label nobody used (network). Raises: LabelError."""
        raise LabelError(f"{self.label} cannot cancel labels", permanent=True)

    def cancellation(self, bought: BoughtLabel, *, at: datetime) -> Cancellation | None:
        """Ask how a cancellation stands; None when none was asked for (network). Raises: LabelError."""
        raise LabelError(f"{self.label} cannot look cancellations up", permanent=True)

    def document(
        self, bought: BoughtLabel, kind: Kind, *, request: LabelRequest, words: Words, at: datetime
    ) -> DocumentData:
        """
        Return one of `bought.kinds`, drawn by us or fetched from the seller (network) and checked to be what
        it says; a seller that sends a page where a picture was asked for gives the page, under its own kind.
        `words`: what we print ourselves, in the shopper's language. Raises: LabelError.
        """
        raise LabelError(f"{self.label} has no {kind} of this label", permanent=True)


def _unusable(config: Mapping[str, Any]) -> Iterator[str]:
    """Tell what is wrong with the settings that every account may have. See docs/labels.md."""
    most = config.get("labels_per_day", 0)
    if not isinstance(most, int) or isinstance(most, bool) or most < 0:
        yield "labels_per_day: how many labels a store may buy in 24 hours, such as 300."
    spend = config.get("labels_spend_per_day", 0)
    if not re.fullmatch(r"\d{1,9}(\.\d{1,3})?", str(spend)):
        yield "labels_spend_per_day: an amount, such as 250.00."
    ways = config.get("labels_for", [])
    if not isinstance(ways, list) or not set(map(str, ways)) <= {"OUTBOUND", "RETURN"}:
        yield 'labels_for: a list of "OUTBOUND" and "RETURN".'
    hosts = config.get("document_hosts", [])
    if not isinstance(hosts, list) or not all(isinstance(host, str) for host in hosts):
        yield "document_hosts: a list of host names."
    sender = config.get("sender", {})
    if not isinstance(sender, dict) or set(sender) - set(Party.__dataclass_fields__):
        yield f"sender: an object with {', '.join(Party.__dataclass_fields__)}."
    elif not isinstance(sender.get("lines", []), list):
        yield "sender: its lines are a list."


# --- what every seller asks of a request
def crosses_customs(request: LabelRequest) -> bool:
    """Say whether the parcel passes a customs border, so that its goods have to be declared."""
    ends = {request.from_.country.upper(), request.to.country.upper()}
    return len(ends) > 1 and not ends <= CUSTOMS_UNION


def problems(request: LabelRequest) -> list[str]:
    """Return what no carrier would accept about a request, one sentence each, in words for staff."""
    found = [*_missing(request.from_, "sender"), *_missing(request.to, "recipient")]
    if not 0 < request.weight_g <= HEAVIEST_G:
        found.append(f"The weight has to be between 1 g and {HEAVIEST_G // 1000} kg.")
    sides = (request.length_mm, request.width_mm, request.height_mm)
    if any(side < 0 or side > LONGEST_MM for side in sides) or any(sides) != all(sides):
        found.append("Give all three sides of the parcel in millimetres (each at most 3 m), or none.")
    if crosses_customs(request):
        if not request.customs:
            found.append("The parcel crosses a border: say what is in it, with values, for customs.")
        found += [f"Customs: {words}" for item in request.customs for words in _undeclared(item)]
    return found


def check(request: LabelRequest) -> None:
    """Raise LabelError (permanent) with everything that is wrong with a request."""
    found = problems(request)
    if found:
        raise LabelError(" ".join(found), permanent=True)


def _missing(party: Party, who: str) -> list[str]:
    lacks = [
        words
        for words, value in (
            ("a name", party.name or party.company),
            ("a street", "".join(party.lines).strip()),
            ("a city", party.city),
        )
        if not value.strip()
    ]
    found = [f"The {who}'s address lacks {' and '.join(lacks)}."] if lacks else []
    if not re.fullmatch(r"[A-Za-z]{2}", party.country):
        found.append(f"The {who}'s country has to be a two-letter code such as US.")
    return found


def _undeclared(item: CustomsItem) -> list[str]:
    name = item.description.strip()[:40] or "an item"
    found = [] if item.description.strip() else ["an item has no description."]
    if item.quantity < 1 or item.value_minor < 1 or item.weight_g < 1:
        found.append(f"“{name}” needs a quantity, a value and a weight.")
    if item.hs_code and not re.fullmatch(r"\d{6,12}", item.hs_code.replace(".", "").replace(" ", "")):
        found.append(f"the tariff code of “{name}” has 6 to 12 digits.")
    return found


def choose(rates: Sequence[Rate], service: str, seller: str) -> Rate:
    """
    Return the rate of `service`, the cheapest for ''. Raises: LabelError (permanent) naming what is offered.
    """
    if not rates:
        raise LabelError(f"{seller} offers no service for this parcel", permanent=True)
    if not service:
        return min(rates, key=lambda rate: (rate.amount_minor, rate.service))
    for rate in rates:
        if rate.service.lower() == service.lower():
            return rate
    offered = ", ".join(dict.fromkeys(rate.service for rate in rates))
    raise LabelError(
        f"{seller} does not offer “{service}” for this parcel; it offers {offered}"[:500], permanent=True
    )
