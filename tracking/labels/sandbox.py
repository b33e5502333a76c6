"""
The built-in seller: labels of the built-in carrier, drawn by us, with no account and no network.

Everything is a pure function of the request and the key: asked twice, it sells the same label. Its parcels
live as `tracking.carriers.sandbox` tells. `config` may hold `labels_currency`, an ISO 4217 code for its
prices, where the store's own is not wanted.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from config.lib.money import BadMoney, exponent
from tracking.labels import drawing
from tracking.labels.base import (
    BoughtLabel,
    Cancellation,
    Cancelling,
    DocumentData,
    Kind,
    LabelError,
    LabelRequest,
    LabelSeller,
    Prepared,
    Rate,
    check,
    choose,
    crosses_customs,
)
from tracking.labels.words import Words

CARRIER = "sandbox"
HEAVIEST_G = 31_500
LIVES = timedelta(days=28)
_MEDIA = {Kind.QR_PNG: "image/png", Kind.QR_SVG: "image/svg+xml"}


@dataclass(frozen=True)
class _Service:
    """A price list: the first kilogram and each one more, in units of 0.01, and how many days it takes."""

    name: str
    base: int
    per_kg: int
    days: int


SERVICES = {
    "economy": _Service("Economy", 420, 60, 5),
    "standard": _Service("Standard", 590, 80, 3),
    "express": _Service("Express", 1490, 210, 1),
}


class Sandbox(LabelSeller):
    """See the module."""

    code = "sandbox"
    label = "Sandbox"
    buys_once = True
    offers_qr = True

    @classmethod
    def check_config(cls, config: Mapping[str, Any]) -> list[str]:
        """See LabelSeller.check_config."""
        found = super().check_config(config)
        told = config.get("labels_currency")
        if told is not None:
            try:
                exponent(str(told))
            except BadMoney:
                found.append(f"labels_currency: “{told}” is not a currency such as EUR.")
        return found

    def rates(self, request: LabelRequest, *, at: datetime) -> Sequence[Rate]:
        """See LabelSeller.rates."""
        check(request)
        if request.weight_g > HEAVIEST_G:
            raise LabelError("Sandbox takes parcels up to 31.5 kg", permanent=True)
        currency = str(self.credentials.config.get("labels_currency") or request.currency)
        more_kg = -(-request.weight_g // 1000) - 1
        border = 3 if crosses_customs(request) else 1
        found = [
            Rate(
                service=code,
                carrier=CARRIER,
                name=service.name,
                amount_minor=_scaled((service.base + service.per_kg * more_kg) * border, currency),
                currency=currency,
                days=service.days * border,
            )
            for code, service in SERVICES.items()
        ]
        return sorted(found, key=lambda rate: rate.amount_minor)

    def prepare(self, request: LabelRequest, *, key: str, at: datetime) -> Prepared:
        """See LabelSeller.prepare."""
        return Prepared("", choose(self.rates(request, at=at), request.service, self.label))

    def buy(self, request: LabelRequest, *, key: str, prepared: Prepared, at: datetime) -> BoughtLabel:
        """See LabelSeller.buy."""
        number = number_for(key)
        codes = (Kind.QR_PNG, Kind.QR_SVG, Kind.QR_PAGE) if request.qr else ()
        return BoughtLabel(
            external_id=f"sandbox-{key}",
            tracking_number=number,
            carrier=CARRIER,
            carrier_name=self.label,
            service=prepared.rate.name,
            cost_minor=prepared.rate.amount_minor,
            currency=prepared.rate.currency,
            kinds=(Kind.LABEL, Kind.A4, *codes),
            qr_payload=f"SBX-DROP-OFF:{number}" if request.qr else "",
            expires_at=at + LIVES if request.is_return else None,
        )

    def find(
        self, request: LabelRequest, *, key: str, prepared: Prepared, at: datetime
    ) -> BoughtLabel | None:
        """Return None: it remembers nothing, and buying again gives the same label."""
        return None

    def cancel(self, bought: BoughtLabel, *, at: datetime) -> Cancellation:
        """See LabelSeller.cancel."""
        return Cancellation(Cancelling.ACCEPTED)

    def cancellation(self, bought: BoughtLabel, *, at: datetime) -> Cancellation | None:
        """Return None: it remembers nothing, and cancelling again changes nothing."""
        return None

    def document(
        self, bought: BoughtLabel, kind: Kind, *, request: LabelRequest, words: Words, at: datetime
    ) -> DocumentData:
        """See LabelSeller.document."""
        sheet = drawing.sheet_of(bought, request, words, specimen=True)
        if kind == Kind.LABEL:
            body = drawing.label_4x6(sheet)
        elif kind == Kind.A4:
            body = drawing.label_a4(sheet)
        elif kind == Kind.QR_PAGE:
            body = drawing.qr_page(sheet, bought.qr_payload)
        elif kind == Kind.QR_PNG:
            body = drawing.qr_png(bought.qr_payload)
        elif kind == Kind.QR_SVG:
            body = drawing.qr_svg(bought.qr_payload)
        else:
            raise LabelError(f"Sandbox has no {kind} of a label", permanent=True)
        return DocumentData(kind, _MEDIA.get(kind, "application/pdf"), body)


def number_for(key: str) -> str:
    """
    Return the tracking number of the label bought with `key`: SBX0, twelve digits and a check digit (Luhn).

    The 0 asks for no scenario of its own (`tracking.sandbox_routes.SCENARIOS`).
    """
    digits = f"{int(hashlib.sha256(f'label:{key}'.encode()).hexdigest(), 16) % 10**12:012d}"
    doubled = (int(d) * (1 + i % 2) for i, d in enumerate(reversed(digits), start=1))
    return f"SBX0{digits}{-sum(value // 10 + value % 10 for value in doubled) % 10}"


def _scaled(hundredths: int, currency: str) -> int:
    """Return a price given in 0.01 as minor units of `currency`."""
    decimals = exponent(currency)
    if decimals >= 2:
        return hundredths * int(10 ** (decimals - 2))
    return -(-hundredths // int(10 ** (2 - decimals)))
