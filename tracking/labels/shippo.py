"""
Shippo sells labels of many carriers.

A Shipment is made (for nothing), which tells rates; a Transaction buys one of them. Shippo takes no key that
would keep it from buying a rate twice: our key stands in the transaction's `metadata`, and a purchase that
may have happened is looked up by its rate. Shapes: Shippo's own client libraries and
https://docs.goshippo.com/shippoapi/public-api/. `config` may hold

- `carrier_accounts`: only these of the account's carriers (ids),
- `prepaid_returns`: true buys a return as an ordinary label from the shopper's address (Shippo's own returns
  are paid when used, and only USPS, FedEx and UPS know them),
- `customs_signer`: who certifies customs declarations (else: the sender),
- `base_url` and `document_hosts`: for a proxy or a test double.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from config.lib.money import major
from tracking import reading
from tracking.carriers import detect
from tracking.carriers.base import BadPayload
from tracking.labels import calls, drawing
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
from tracking.labels.calls import listed
from tracking.labels.words import Words
from tracking.reading import Record

BASE_URL = "https://api.goshippo.com"
VERSION = "2018-02-08"
HOSTS = (
    r"shippo-delivery(?:-east|-west)?\.s3(?:[.-]us-(?:east|west)-[12])?\.amazonaws\.com",
    r"(?:[a-z0-9-]+\.)*goshippo\.com",
)
PAGE, PAGES = 100, 3
# Seconds until a purchase in the making is worth looking at again.
SOON = 10.0
_WORKING = ("QUEUED", "WAITING")
_MADE = ("SUCCESS", "REFUNDED", "REFUNDPENDING", "REFUNDREJECTED")
_REFUNDS = {
    "REFUNDED": Cancelling.ACCEPTED,
    "REFUNDPENDING": Cancelling.PENDING,
    "REFUNDREJECTED": Cancelling.REJECTED,
    "SUCCESS": Cancelling.ACCEPTED,
    "PENDING": Cancelling.PENDING,
    "QUEUED": Cancelling.PENDING,
    "ERROR": Cancelling.REJECTED,
}


class Shippo(LabelSeller):
    """See the module."""

    code = "shippo"
    label = "Shippo"
    offers_qr = True

    @classmethod
    def check_config(cls, config: Mapping[str, Any]) -> list[str]:
        """See LabelSeller.check_config."""
        accounts = config.get("carrier_accounts", [])
        good = isinstance(accounts, list) and all(isinstance(one, str) for one in accounts)
        return super().check_config(config) + ([] if good else ["carrier_accounts: a list of Shippo's ids."])

    def rates(self, request: LabelRequest, *, at: datetime) -> Sequence[Rate]:
        """See LabelSeller.rates."""
        return [rate for rate, _ in self._offers(request, "", at)]

    def prepare(self, request: LabelRequest, *, key: str, at: datetime) -> Prepared:
        """See LabelSeller.prepare. The handle is the rate's id: each try makes rates of its own."""
        offers = self._offers(request, key, at)
        rate = choose([rate for rate, _ in offers], request.service, self.label)
        return Prepared(next(handle for offered, handle in offers if offered is rate), rate)

    def buy(self, request: LabelRequest, *, key: str, prepared: Prepared, at: datetime) -> BoughtLabel:
        """See LabelSeller.buy."""
        made = self._api(at).call(
            "POST",
            "/transactions",
            effect=True,
            json={
                "rate": prepared.handle,
                "async": False,
                "label_file_type": "PDF_A4" if request.paper == Paper.A4 else "PDF_4x6",
                "metadata": key,
            },
        )
        status = _told(made, "status")
        if status == "ERROR":
            why = _messages(made)
            late = any("timeout" in _told(told, "code").lower() for told in listed(made, "messages"))
            raise LabelError(f"Shippo could not buy the label: {why}"[:500], permanent=not late)
        if status in _WORKING or status not in _MADE:
            raise LabelError("Shippo is still buying the label", unknown=True, retry_after=SOON)
        return self._bought(made, request, prepared)

    def find(
        self, request: LabelRequest, *, key: str, prepared: Prepared, at: datetime
    ) -> BoughtLabel | None:
        """See LabelSeller.find. Looks for our key among the rate's transactions; failed ones do not count."""
        mine = self._transactions(key, prepared, at)
        made = next((one for one in mine if _told(one, "status") in _MADE), None)
        if made is not None:
            return self._bought(made, request, prepared)
        if any(_told(one, "status") != "ERROR" for one in mine):
            raise LabelError("Shippo is still buying the label", unknown=True, retry_after=SOON)
        return None

    def cancel(self, bought: BoughtLabel, *, at: datetime) -> Cancellation:
        """See LabelSeller.cancel."""
        asked = {"transaction": bought.external_id, "async": False}
        answer = self._api(at).call("POST", "/refunds", effect=True, json=asked)
        state = _REFUNDS.get(_told(answer, "status"), Cancelling.PENDING)
        return Cancellation(state, "Shippo refused the refund" if state == Cancelling.REJECTED else "")

    def cancellation(self, bought: BoughtLabel, *, at: datetime) -> Cancellation | None:
        """See LabelSeller.cancellation."""
        status = _told(self._api(at).call("GET", f"/transactions/{bought.external_id}"), "status")
        if not status.startswith("REFUND"):
            return None
        state = _REFUNDS.get(status, Cancelling.PENDING)
        return Cancellation(state, "the carrier rejected it" if state == Cancelling.REJECTED else "")

    def document(
        self, bought: BoughtLabel, kind: Kind, *, request: LabelRequest, words: Words, at: datetime
    ) -> DocumentData:
        """See LabelSeller.document. The links end after a while: new ones are asked for then."""
        links = bought.links or _links(self._api(at).call("GET", f"/transactions/{bought.external_id}"))
        if kind in (Kind.LABEL, Kind.A4):
            return calls.needed(self._fetch(links.get("label", ""), kind), "application/pdf", self.label)
        if kind == Kind.INVOICE:
            return self._fetch(links.get("invoice", ""), kind)
        if kind not in (Kind.QR_PNG, Kind.QR_PAGE):
            return super().document(bought, kind, request=request, words=words, at=at)
        code = self._fetch(links.get("qr", ""), Kind.QR_PNG)
        if code.media_type == "application/pdf":
            return DocumentData(Kind.QR_PAGE, code.media_type, code.body)
        if kind == Kind.QR_PNG:
            return code
        sheet = drawing.sheet_of(bought, request, words, specimen=False)
        return DocumentData(kind, "application/pdf", drawing.qr_page(sheet, "", code.body))

    # --- talking to the API
    def _api(self, at: datetime) -> calls.Api:
        key = self.credentials.api_key
        if not key:
            raise LabelError("this account has no Shippo API token", permanent=True)
        return calls.Api(
            self.label,
            str(self.credentials.config.get("base_url") or BASE_URL),
            http=self.http,
            at=at,
            secrets=(key,),
            words=_error_words,
            headers={"Authorization": f"ShippoToken {key}", "SHIPPO-API-VERSION": VERSION},
        )

    def _offers(self, request: LabelRequest, key: str, at: datetime) -> list[tuple[Rate, str]]:
        """Return the rates with their ids, cheapest first. Raises: LabelError."""
        check(request)
        if not request.length_mm:
            raise LabelError("Shippo wants to know the parcel's three sides.", permanent=True)
        shipment = self._api(at).call("POST", "/shipments", json=self._wanted(request, key))
        found = []
        for told in listed(shipment, "rates"):
            rate = _rate(told)
            if rate is not None:
                found.append((rate, _told(told, "object_id")))
        if not found:
            why = _messages(shipment)
            raise LabelError(f"Shippo offers no service for this parcel. {why}"[:500].strip(), permanent=True)
        return sorted(found, key=lambda offer: (offer[0].amount_minor, offer[0].service))

    def _wanted(self, request: LabelRequest, key: str) -> Record:
        returns = request.is_return and not self.credentials.config.get("prepaid_returns")
        # A return is told with the addresses of the way out: Shippo turns them round itself.
        ends = (request.to, request.from_) if returns else (request.from_, request.to)
        extra: Record = {"reference_1": request.reference[:50]}
        if returns:
            extra["is_return"] = True
        if request.qr:
            extra["qr_code_requested"] = True
        wanted: Record = {
            "address_from": _address(ends[0]),
            "address_to": _address(ends[1]),
            "parcels": [_parcel(request)],
            "extra": extra,
            "metadata": key,
            "async": False,
        }
        if self.credentials.config.get("carrier_accounts"):
            wanted["carrier_accounts"] = list(self.credentials.config["carrier_accounts"])
        if crosses_customs(request):
            signer = str(self.credentials.config.get("customs_signer") or "")
            wanted["customs_declaration"] = _customs(request, signer)
        return wanted

    def _transactions(self, key: str, prepared: Prepared, at: datetime) -> list[Record]:
        """
        Return our transactions. Raises: LabelError (unknown) when others' crowd the list, so that ours, if it
        exists, may be further down than we look.
        """
        api, mine = self._api(at), []
        for page in range(1, PAGES + 1):
            params = {"rate": prepared.handle, "results": str(PAGE), "page": str(page)}
            answer = api.call("GET", "/transactions", params=params)
            found = listed(answer, "results")
            mine += [one for one in found if _told(one, "metadata") == key]
            if mine or not answer.get("next"):
                return mine
        raise LabelError("Shippo lists too many purchases to find this one", unknown=True)

    def _fetch(self, url: str, kind: Kind) -> DocumentData:
        if not url:
            raise LabelError(f"Shippo has no {kind} of this label", permanent=True)
        hosts = calls.hosts_of(self.credentials.config, HOSTS)
        return calls.fetch(url, kind, hosts=hosts, label=self.label, files=self.files)

    def _bought(self, made: Record, request: LabelRequest, prepared: Prepared) -> BoughtLabel:
        number = _told(made, "tracking_number")
        if not number:
            raise LabelError("Shippo bought a label but told no number yet", unknown=True, retry_after=SOON)
        links = _links(made)
        kinds = [Kind.A4 if request.paper == Paper.A4 else Kind.LABEL]
        kinds += [Kind.QR_PNG, Kind.QR_PAGE] if "qr" in links else []
        kinds += [Kind.INVOICE] if "invoice" in links else []
        rate = prepared.rate
        return BoughtLabel(
            external_id=_told(made, "object_id"),
            tracking_number=number,
            carrier=rate.carrier,
            service=rate.name,
            cost_minor=rate.amount_minor,
            currency=rate.currency,
            kinds=tuple(kinds),
            links=links,
            tracking_url=reading.link(made.get("tracking_url_provider"), "tracking_url_provider"),
        )


# --- our words into theirs
def _address(party: Party) -> Record:
    lines = [line for line in party.lines if line.strip()]
    fields = {
        "name": party.name or party.company,
        "company": party.company,
        "street1": lines[0] if lines else "",
        "street2": ", ".join(lines[1:]),
        "city": party.city,
        "state": party.region,
        "zip": party.postcode,
        "country": party.country.upper(),
        "phone": party.phone,
        "email": party.email,
    }
    return {name: value for name, value in fields.items() if value}


def _parcel(request: LabelRequest) -> Record:
    return {
        "length": str(request.length_mm),
        "width": str(request.width_mm),
        "height": str(request.height_mm),
        "distance_unit": "mm",
        "weight": str(request.weight_g),
        "mass_unit": "g",
    }


def _customs(request: LabelRequest, signer: str) -> Record:
    ends = (request.from_.country.upper(), request.to.country.upper())
    filed = {}
    if ends[0] == "US":
        filed["eel_pfc"] = "NOEEI_30_36" if ends[1] == "CA" else "NOEEI_30_37_a"
    return filed | {
        "contents_type": "RETURN_MERCHANDISE" if request.is_return else "MERCHANDISE",
        "non_delivery_option": "RETURN",
        "certify": True,
        "certify_signer": signer or request.from_.name or request.from_.company,
        "items": [
            {
                "description": item.description[:255],
                "quantity": item.quantity,
                "net_weight": str(item.weight_g),
                "mass_unit": "g",
                "value_amount": f"{major(item.value_minor, item.currency):f}",
                "value_currency": item.currency,
                "tariff_number": item.hs_code.replace(" ", ""),
                "origin_country": (item.origin_country or ends[0]).upper(),
            }
            for item in request.customs
        ],
    }


# --- their words into ours
def _told(record: Record, name: str) -> str:
    try:
        return reading.text(record.get(name), name)
    except BadPayload as exc:
        raise LabelError(f"Shippo's answer could not be read: {exc}", unknown=True) from exc


def _rate(told: Record) -> Rate | None:
    """Return a rate, None for one nobody can read."""
    level = told.get("servicelevel")
    level = level if isinstance(level, dict) else {}
    token, currency = _told(level, "token"), _told(told, "currency")
    try:
        cost = reading.amount(told.get("amount"), currency, "amount")
        days = reading.whole(told.get("estimated_days"), "estimated_days")
    except BadPayload:
        return None
    provider = _told(told, "provider")
    carrier = detect.carrier_code(provider) or detect.slug(provider)
    name = " ".join(part for part in (provider, _told(level, "name")) if part)
    return Rate(token, carrier, name, cost, currency, days or None) if token else None


def _links(made: Record) -> dict[str, str]:
    names = {"label": "label_url", "qr": "qr_code_url", "invoice": "commercial_invoice_url"}
    return {ours: str(made[theirs]) for ours, theirs in names.items() if made.get(theirs)}


def _messages(record: Record) -> str:
    told = [_told(message, "text") for message in listed(record, "messages")]
    return "; ".join(dict.fromkeys(words for words in told if words))


def _error_words(body: bytes) -> str:
    """Return the sentences of a refusal: {field: ["…"]}, {"detail": "…"} or a bare list of them."""
    try:
        found = _sentences(reading.document(body), "", 4)
    except BadPayload:
        return ""
    return "; ".join(dict.fromkeys(found))[:400]


def _sentences(told: Any, field: str, depth: int) -> list[str]:
    if depth and isinstance(told, dict):
        hidden = ("detail", "non_field_errors", "__all__")
        parts = ((field if name in hidden else name, value) for name, value in told.items())
        return [line for name, value in parts for line in _sentences(value, str(name), depth - 1)]
    if depth and isinstance(told, list):
        return [line for value in told for line in _sentences(value, field, depth - 1)]
    words = told.strip()[:200] if isinstance(told, str) else ""
    return [f"{field}: {words}" if field else words] if words else []
