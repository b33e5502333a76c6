"""
What every shop platform is to us: a pure translator from a webhook's bytes to our frozen dataclasses.

No ORM, no settings, no clock. Ids are opaque strings; money is minor units; times are aware UTC. See
docs/adding-a-shop.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from tracking.carriers.base import BadPayload, BadSignature, Place, ScanData
from tracking.shops.facts import (
    EditData,
    MergeData,
    PrivacyData,
    RemovedData,
    ReturnData,
    UninstalledData,
    VariantStockData,
)

__all__ = [
    "AddressData",
    "BadPayload",
    "BadSignature",
    "ConsentData",
    "CustomerData",
    "Fact",
    "FulfillmentData",
    "Ignored",
    "LineData",
    "OrderData",
    "ProductData",
    "RefundData",
    "RefundLineData",
    "ScanFact",
    "Shop",
    "StockData",
    "VariantData",
]


@dataclass(frozen=True)
class AddressData:
    """A postal address. `country` is ISO 3166-1 alpha-2, '' when unknown."""

    name: str = ""
    lines: tuple[str, ...] = ()
    city: str = ""
    region: str = ""
    postcode: str = ""
    country: str = ""


@dataclass(frozen=True)
class ConsentData:
    """What the person said about marketing on one channel ('email', 'sms')."""

    channel: str
    granted: bool
    said_at: datetime | None = None


@dataclass(frozen=True)
class CustomerData:
    """A person as the shop knows them. '' where it does not; `external_id` '' for guests."""

    external_id: str = ""
    email: str = ""
    email_verified: bool = False
    phone: str = ""
    name: str = ""
    language: str = ""
    consents: tuple[ConsentData, ...] = ()
    version: str = ""


@dataclass(frozen=True)
class LineData:
    """An order line. `quantity` is what is still wanted, `ordered_quantity` what was bought."""

    external_id: str
    title: str
    quantity: int
    ordered_quantity: int
    unit_price_minor: int
    discount_minor: int = 0
    tax_minor: int = 0
    variant_title: str = ""
    sku: str = ""
    vendor: str = ""
    product_external_id: str = ""
    variant_external_id: str = ""
    requires_shipping: bool = True
    gift_card: bool = False
    image_url: str = ""


@dataclass(frozen=True)
class FulfillmentData:
    """
    A hand-over of lines to a carrier, with none, one or several tracking numbers.

    `lines` are (order line id, quantity). `tracking_urls` has one entry per number, '' where the shop gave
    none. `cancelled`: the shop took it back. `carrier` is our code for the carrier where the source knows
    it, '' to find out from `carrier_name` and the number.
    """

    external_id: str
    order_external_id: str
    version: str
    lines: tuple[tuple[str, int], ...] = ()
    tracking_numbers: tuple[str, ...] = ()
    tracking_urls: tuple[str, ...] = ()
    carrier: str = ""
    carrier_name: str = ""
    service: str = ""
    created_at: datetime | None = None
    cancelled: bool = False
    destination: Place = field(default_factory=Place)
    origin: Place = field(default_factory=Place)


@dataclass(frozen=True)
class OrderData:
    """
    An order. Money in minor units of `currency`; times aware UTC; `version` sorts by age
    (tracking.versions).

    `names_all`: how the ids of hand-overs begin that this order names completely, so that one it no longer
    names was taken back; '' where hand-overs are taken back by a message of their own.
    `names_all_refunds`: the same of refunds.
    `payment_method` is a plain word (card, paypal, …), `payment_reference` the provider's id of the payment;
    all '' where the shop does not say.
    """

    external_id: str
    number: str
    version: str
    placed_at: datetime
    currency: str
    lines: tuple[LineData, ...]
    customer: CustomerData = field(default_factory=CustomerData)
    email: str = ""
    phone: str = ""
    language: str = ""
    subtotal_minor: int = 0
    discount_minor: int = 0
    shipping_minor: int = 0
    tax_minor: int = 0
    total_minor: int = 0
    payment_status: str = ""
    payment_method: str = ""
    payment_provider: str = ""
    payment_reference: str = ""
    cancelled_at: datetime | None = None
    cancel_reason: str = ""
    ship_to: AddressData = field(default_factory=AddressData)
    tags: tuple[str, ...] = ()
    discount_codes: tuple[str, ...] = ()
    note: str = ""
    fulfillments: tuple[FulfillmentData, ...] = ()
    names_all: str = ""
    refunds: tuple["RefundData", ...] = ()
    names_all_refunds: bool = False


@dataclass(frozen=True)
class VariantData:
    """One variant of a product. Money in minor units of the store's currency."""

    external_id: str
    title: str = ""
    sku: str = ""
    barcode: str = ""
    options: tuple[str, ...] = ()
    price_minor: int = 0
    weight_g: int = 0
    image_url: str = ""
    inventory_item_id: str = ""
    position: int = 0


@dataclass(frozen=True)
class ProductData:
    """
    A product with its variants.

    `undescribed_variants`: ids of variants that exist too, but that this message does not describe (they
    are not gone).
    """

    external_id: str
    title: str
    version: str
    handle: str = ""
    product_type: str = ""
    vendor: str = ""
    tags: tuple[str, ...] = ()
    description: str = ""
    url: str = ""
    image_url: str = ""
    status: str = ""
    variants: tuple[VariantData, ...] = ()
    undescribed_variants: tuple[str, ...] = ()


@dataclass(frozen=True)
class StockData:
    """
    How much of one stock item a location can sell. `removed`: it no longer stocks the item; without a
    `version` that is as old as the message.
    """

    inventory_item_id: str
    location_external_id: str
    available: int
    version: str
    removed: bool = False


@dataclass(frozen=True)
class ScanFact:
    """
    A scan that the shop itself passed on for one hand-over.

    `eta_at` is the shop's estimate of arrival, if it named one. `external_id` is the shop's id of the scan;
    `removed`: the shop took it back.
    """

    order_external_id: str
    fulfillment_external_id: str
    scan: ScanData
    eta_at: datetime | None = None
    external_id: str = ""
    removed: bool = False


@dataclass(frozen=True)
class RefundLineData:
    """Units of one order line whose money went back. `restocked`: the shop put them back on sale."""

    line_external_id: str
    quantity: int
    amount_minor: int = 0
    tax_minor: int = 0
    restocked: bool = False


@dataclass(frozen=True)
class RefundData:
    """
    Money that went back to the buyer, as the shop tells it. `amount_minor` is the whole of it, tax and
    shipping included. `removed`: the shop took the refund back. `partial`: only its total is known; `version`
    and `created_at` are then those of the message that named it.
    """

    external_id: str
    order_external_id: str
    version: str
    currency: str
    amount_minor: int
    lines: tuple[RefundLineData, ...] = ()
    shipping_minor: int = 0
    note: str = ""
    created_at: datetime | None = None
    removed: bool = False
    partial: bool = False


@dataclass(frozen=True)
class Ignored:
    """A message that carries nothing for us; `reason` says so in words for staff."""

    reason: str


Fact = (
    OrderData
    | FulfillmentData
    | ScanFact
    | ProductData
    | StockData
    | CustomerData
    | RefundData
    | EditData
    | RemovedData
    | VariantStockData
    | ReturnData
    | MergeData
    | PrivacyData
    | UninstalledData
    | Ignored
)


class Shop:
    """One shop platform. Subclass, add a line to config/wiring.py."""

    code: ClassVar[str]
    label: ClassVar[str]

    def __init__(self, secrets: Sequence[str] = (), currency: str = "USD") -> None:
        """
        `secrets`: every secret a webhook may be signed with now. `currency`: the store's own, for prices
        without one.
        """
        self.secrets = tuple(secret for secret in secrets if secret)
        self.currency = currency

    def is_ping(self, headers: Mapping[str, str], body: bytes) -> bool:
        """
        Say whether this is no delivery but a platform's unsigned trial of the address: answered, never
        stored.

        Only for a body of one exact form that could carry nothing else.
        """
        return False

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Check the signature over the raw bytes; `headers` has lower-case names. Raises BadSignature."""
        raise BadSignature(f"{self.label} sends no webhooks")

    def topic(self, headers: Mapping[str, str]) -> str:
        """Return the topic as the platform names it, e.g. orders/create."""
        return ""

    def delivery_id(self, headers: Mapping[str, str]) -> str:
        """Return the platform's id of this delivery, the same over its retries; '' when there is none."""
        return ""

    def triggered_at(self, headers: Mapping[str, str]) -> datetime | None:
        """Return when the platform says it happened (aware UTC); None when it does not say."""
        return None

    def occasion(self, headers: Mapping[str, str]) -> str:
        """
        Return what, beside the body, makes two deliveries of the same words two facts; '' for nothing.

        The time the platform names, unless it has something better.
        """
        told = self.triggered_at(headers)
        return told.isoformat() if told else ""

    def doubt(self, headers: Mapping[str, str]) -> tuple[str, str]:
        """
        Return (a short key, words for staff) when a delivery is of a make this translator was not checked
        against; ('', '') when all is well.
        """
        return "", ""

    def parse(self, topic: str, body: bytes) -> Sequence[Fact]:
        """
        Translate one webhook. Pure: no network, no clock, no database.

        Returns: the facts in it; a single Ignored when there is nothing for us (an unknown topic is not an
        error).
        Raises: BadPayload when the bytes are not what this topic carries.
        """
        return [Ignored(f"{self.label} has no translator")]
