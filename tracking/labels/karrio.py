"""
karrio: labels of some sixty carriers with the store's own contracts, through the karrio library.

karrio is LGPL-3 and heavy, so it is not installed by default: `pip install "porchlight[carriers]"` brings the
library, and each carrier is a package of its own beside it (`pip install karrio-ups`). An account's `api_key`
holds the settings of that carrier as a JSON object; `config` holds

- `karrio_carrier`: karrio's name of the carrier, e.g. ups, dhl_parcel_de (required), and
- `return_options`: options sent with returns only.

karrio has no look-up: a purchase that may have happened goes to a person.
"""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from config.lib.money import BadMoney, exponent, major
from config.lib.money import minor as in_minor
from tracking.carriers import detect
from tracking.labels import calls
from tracking.labels.base import (
    BoughtLabel,
    Cancellation,
    Cancelling,
    DocumentData,
    Kind,
    LabelError,
    LabelRequest,
    LabelSeller,
    Paper,
    Party,
    Prepared,
    Rate,
    check,
    choose,
    crosses_customs,
)
from tracking.labels.words import Words

try:
    import karrio.sdk as library
except ImportError:  # the optional extra is not installed: say so when somebody uses it, not at start
    library = None

INSTALL = (
    'karrio is not installed here. Install it with: pip install "porchlight[carriers]", and the carrier\'s '
    "own package, for instance: pip install karrio-ups"
)
# The library's word for a failure nobody foresaw, in the middle of a call perhaps.
_INSIDE = "SHIPPING_SDK_INTERNAL_ERROR"


class Karrio(LabelSeller):
    """See the module."""

    code = "karrio"
    label = "karrio"
    finds = False
    papers = (Paper.LABEL,)

    @classmethod
    def check_config(cls, config: Mapping[str, Any]) -> list[str]:
        """See LabelSeller.check_config."""
        named = "karrio_carrier: karrio's name of the carrier, such as ups or dhl_parcel_de."
        return super().check_config(config) + ([] if config.get("karrio_carrier") else [named])

    def rates(self, request: LabelRequest, *, at: datetime) -> Sequence[Rate]:
        """See LabelSeller.rates."""
        check(request)
        sdk, gateway = self._gateway()
        payload = self._payload(request)
        found, messages = sdk.Rating.fetch(payload).from_(gateway).parse()
        rates = [rate for rate in map(_rate, found or ()) if rate is not None]
        if not rates:
            raise LabelError(
                f"karrio offers no service for this parcel. {_words(messages)}".strip(), permanent=True
            )
        return sorted(rates, key=lambda rate: (rate.amount_minor, rate.service))

    def prepare(self, request: LabelRequest, *, key: str, at: datetime) -> Prepared:
        """See LabelSeller.prepare."""
        return Prepared("", choose(self.rates(request, at=at), request.service, self.label))

    def buy(self, request: LabelRequest, *, key: str, prepared: Prepared, at: datetime) -> BoughtLabel:
        """See LabelSeller.buy."""
        check(request)
        sdk, gateway = self._gateway()
        payload = self._payload(request) | {
            "service": prepared.rate.service,
            "label_type": "PDF",
            "is_return": request.is_return,
            "reference": request.reference or key,
            "metadata": {"porchlight": key},
        }
        if request.is_return:
            # A return is told with the addresses of the way out: karrio turns them round itself.
            payload["shipper"], payload["recipient"] = payload["recipient"], payload["shipper"]
            payload["options"] = dict(self.credentials.config.get("return_options") or {})
        details, messages = sdk.Shipment.create(payload).from_(gateway).parse()
        if details is None:
            raise _failure(messages, effect=True)
        return self._bought(details, prepared)

    def cancel(self, bought: BoughtLabel, *, at: datetime) -> Cancellation:
        """See LabelSeller.cancel."""
        sdk, gateway = self._gateway()
        asked = {"shipment_identifier": bought.external_id, "service": bought.service}
        done, messages = sdk.Shipment.cancel(asked).from_(gateway).parse()
        if done is not None and done.success:
            return Cancellation(Cancelling.ACCEPTED)
        failure = _failure(messages, effect=True)
        if failure.unknown:
            raise failure
        return Cancellation(Cancelling.REJECTED, _words(messages))

    def document(
        self, bought: BoughtLabel, kind: Kind, *, request: LabelRequest, words: Words, at: datetime
    ) -> DocumentData:
        """Return nothing: the carrier hands its documents over with the sale, and only then."""
        found = next((document for document in bought.files if document.kind == kind), None)
        if found is None:
            raise LabelError(f"the carrier handed over no {kind} of this label", permanent=True)
        return found

    def _gateway(self) -> tuple[Any, Any]:
        """Return the library and the carrier's gateway. Raises: LabelError (permanent)."""
        if library is None:
            raise LabelError(INSTALL, permanent=True)
        name = str(self.credentials.config.get("karrio_carrier") or "")
        try:
            settings = json.loads(self.credentials.api_key or "{}")
        except ValueError as exc:
            raise LabelError("the key of a karrio account has to be a JSON object", permanent=True) from exc
        try:
            return library, library.gateway[name].create(settings)
        except Exception as exc:  # the library raises whatever its carrier's package raises
            raise LabelError(
                f"karrio cannot set up “{name}”: is its package installed, and are the settings complete? "
                f"({type(exc).__name__})",
                permanent=True,
            ) from exc

    def _payload(self, request: LabelRequest) -> dict[str, Any]:
        parcel: dict[str, Any] = {"weight": request.weight_g / 1000, "weight_unit": "KG"}
        if request.length_mm:
            parcel |= {
                "length": request.length_mm / 10,
                "width": request.width_mm / 10,
                "height": request.height_mm / 10,
                "dimension_unit": "CM",
            }
        payload: dict[str, Any] = {
            "shipper": _address(request.from_),
            "recipient": _address(request.to),
            "parcels": [parcel],
            "reference": request.reference,
        }
        if crosses_customs(request):
            payload["customs"] = _customs(request)
        return payload

    def _bought(self, details: Any, prepared: Prepared) -> BoughtLabel:
        number = str(details.tracking_number or "")
        if not number:
            raise LabelError("the carrier sold a label but told no number", unknown=True)
        files = _files(details.docs)
        charged = _rate(details.selected_rate) if details.selected_rate else None
        rate = charged or prepared.rate
        name = str(details.carrier_name or "")
        return BoughtLabel(
            external_id=str(details.shipment_identifier or number),
            tracking_number=number,
            carrier=detect.carrier_code(name.replace("_", " ")) or name,
            carrier_name=name,
            service=prepared.rate.service,
            cost_minor=rate.amount_minor,
            currency=rate.currency,
            kinds=tuple(document.kind for document in files),
            files=files,
        )


def _address(party: Party) -> dict[str, Any]:
    lines = [line for line in party.lines if line.strip()]
    fields = {
        "person_name": party.name,
        "company_name": party.company,
        "address_line1": lines[0] if lines else "",
        "address_line2": ", ".join(lines[1:]),
        "city": party.city,
        "state_code": party.region,
        "postal_code": party.postcode,
        "country_code": party.country.upper(),
        "phone_number": party.phone,
        "email": party.email,
    }
    return {name: value for name, value in fields.items() if value}


def _customs(request: LabelRequest) -> dict[str, Any]:
    return {
        "content_type": "return_merchandise" if request.is_return else "merchandise",
        "certify": True,
        "signer": request.from_.name or request.from_.company,
        "commodities": [
            {
                "title": item.description[:100],
                "description": item.description,
                "quantity": item.quantity,
                "weight": item.weight_g / item.quantity / 1000,
                "weight_unit": "KG",
                "value_amount": float(major(item.value_minor, item.currency) / item.quantity),
                "value_currency": item.currency,
                "hs_code": item.hs_code,
                "origin_country": (item.origin_country or request.from_.country).upper(),
                "sku": item.sku,
            }
            for item in request.customs
        ],
    }


def _rate(told: Any) -> Rate | None:
    """Return a rate, None for one without a price. karrio counts money in floats: rounded to the cent."""
    currency = str(told.currency or "")
    try:
        cost = in_minor(f"{float(told.total_charge or 0):.{max(exponent(currency), 0)}f}", currency)
    except (BadMoney, TypeError, ValueError):
        return None
    service = str(told.service or "")
    carrier = str(told.carrier_name or "")
    name = service.replace("_", " ").capitalize()
    return Rate(service, carrier, name, cost, currency, told.transit_days) if service else None


def _files(docs: Any) -> tuple[DocumentData, ...]:
    """Return what the carrier handed over: the label, and the customs invoice if there is one."""
    given = {Kind.LABEL: getattr(docs, "label", None), Kind.INVOICE: getattr(docs, "invoice", None)}
    found = []
    for kind, text in given.items():
        if not text:
            continue
        try:
            body = base64.b64decode(text, validate=True)
            found.append(DocumentData(kind, calls.media_type(body, "the carrier"), body))
        except (binascii.Error, ValueError, LabelError):
            continue  # sold all the same: staff are told that there is no document
    return tuple(found)


def _words(messages: Any) -> str:
    said = [str(getattr(message, "message", "") or "") for message in messages or ()]
    return "; ".join(dict.fromkeys(words for words in said if words))[:400]


def _failure(messages: Any, *, effect: bool) -> LabelError:
    """Return what the library's messages mean: a refusal, or something nobody knows the end of."""
    codes = [str(getattr(message, "code", "") or "") for message in messages or ()]
    lost = not codes or any(code == _INSIDE for code in codes)
    said = _words(messages) or "the carrier gave no reason"
    return LabelError(f"karrio: {said}", permanent=not lost, unknown=lost and effect)
