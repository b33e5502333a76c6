"""
EasyPost sells labels of a hundred carriers.

A Shipment is made (for nothing), which tells rates; buying is a call on that shipment, so that it is bought
at most once; our key is its `reference`. Shapes: EasyPost's own client libraries and
https://docs.easypost.com/docs/shipments. `config` may hold

- `carrier_accounts`: only these of the account's carriers (["ca_…"]),
- `prepaid_returns`: true buys a return as an ordinary label from the shopper's address, for carriers that
  know no returns of their own,
- `customs_signer`: who certifies customs declarations (else: the sender),
- `base_url` and `document_hosts`: for a proxy or a test double.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from tracking import reading
from tracking.carriers.base import BadPayload
from tracking.labels import calls, drawing
from tracking.labels import easypost_shapes as shapes
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
from tracking.reading import Record

BASE_URL = "https://api.easypost.com/v2"
HOSTS = (
    r"easypost-files\.s3(?:[.-]us-west-2)?\.amazonaws\.com",
    r"(?:[a-z0-9-]+\.)*easypost\.com",
)
# What they say when a purchase is under way, was made, or nobody knows.
_UNDECIDED = frozenset(
    {
        "SHIPMENT.POSTAGE.EXISTS",
        "SHIPMENT.PURCHASE.IN_PROGRESS",
        "SHIPMENT.POSTAGE.TIMED_OUT",
        "SHIPMENT.POSTAGE.NO_RESPONSE",
    }
)
# Worth more than this per tariff code, goods that leave the US (but for Canada) need an export filing.
# Source: 15 CFR 30.37(a).
_FILING_ABOVE = 250_000


class EasyPost(LabelSeller):
    """See the module."""

    code = "easypost"
    label = "EasyPost"
    buys_once = True
    offers_qr = True

    @classmethod
    def check_config(cls, config: Mapping[str, Any]) -> list[str]:
        """See LabelSeller.check_config."""
        accounts = config.get("carrier_accounts", [])
        good = isinstance(accounts, list) and all(isinstance(one, str) for one in accounts)
        return super().check_config(config) + (
            [] if good else ['carrier_accounts: a list of EasyPost\'s ids, such as ["ca_…"].']
        )

    def rates(self, request: LabelRequest, *, at: datetime) -> Sequence[Rate]:
        """See LabelSeller.rates."""
        return shapes.cheapest_first(self._shipment(request, "", at))

    def prepare(self, request: LabelRequest, *, key: str, at: datetime) -> Prepared:
        """See LabelSeller.prepare."""
        shipment = self._shipment(request, key, at)
        handle = shapes.told(shipment, "id")
        return Prepared(handle, choose(shapes.cheapest_first(shipment), request.service, self.label))

    def buy(self, request: LabelRequest, *, key: str, prepared: Prepared, at: datetime) -> BoughtLabel:
        """See LabelSeller.buy. EasyPost refuses to buy the same shipment twice."""
        api = self._api(at)
        shipment = api.call("GET", f"/shipments/{prepared.handle}")
        rate = next((r for r in shapes.offers(shipment) if shapes.service(r) == prepared.rate.service), None)
        if rate is None:
            raise LabelError(f"EasyPost does not offer “{prepared.rate.service}” any more", permanent=True)
        bought = api.call(
            "POST",
            f"/shipments/{prepared.handle}/buy",
            effect=True,
            json={"rate": {"id": shapes.told(rate, "id")}},
        )
        return self._bought(bought, request, prepared)

    def find(
        self, request: LabelRequest, *, key: str, prepared: Prepared, at: datetime
    ) -> BoughtLabel | None:
        """See LabelSeller.find. By the shipment's id, or by our key: either may stand in the address."""
        shipment = self._api(at).call("GET", f"/shipments/{prepared.handle or key}", missing=True)
        if not shipment or not (shipment.get("tracking_code") and shipment.get("postage_label")):
            return None
        return self._bought(shipment, request, prepared)

    def cancel(self, bought: BoughtLabel, *, at: datetime) -> Cancellation:
        """See LabelSeller.cancel. Carriers take up to 30 days to decide."""
        answer = self._api(at).call("POST", f"/shipments/{bought.external_id}/refund", effect=True, json={})
        return shapes.refund(answer) or Cancellation(Cancelling.PENDING)

    def cancellation(self, bought: BoughtLabel, *, at: datetime) -> Cancellation | None:
        """See LabelSeller.cancellation."""
        return shapes.refund(self._api(at).call("GET", f"/shipments/{bought.external_id}"))

    def document(
        self, bought: BoughtLabel, kind: Kind, *, request: LabelRequest, words: Words, at: datetime
    ) -> DocumentData:
        """See LabelSeller.document. A4 and the page with the code are drawn around EasyPost's pictures."""
        sheet = drawing.sheet_of(bought, request, words, specimen=False)
        if kind == Kind.LABEL:
            url = bought.links.get("pdf") or self._as_pdf(bought, at)
            return calls.needed(self._fetch(url, kind), "application/pdf", self.label)
        if kind == Kind.A4:
            picture = calls.needed(self._fetch(bought.links.get("png", ""), kind), "image/png", self.label)
            return DocumentData(kind, "application/pdf", drawing.label_a4(sheet, picture.body))
        if kind == Kind.INVOICE:
            return self._fetch(self._form(bought, "commercial_invoice", at), kind)
        if kind not in (Kind.QR_PNG, Kind.QR_PAGE):
            return super().document(bought, kind, request=request, words=words, at=at)
        code = self._fetch(self._form(bought, "label_qr_code", at), Kind.QR_PNG)
        if code.media_type == "application/pdf":
            return DocumentData(Kind.QR_PAGE, code.media_type, code.body)
        if kind == Kind.QR_PNG:
            return code
        return DocumentData(kind, "application/pdf", drawing.qr_page(sheet, "", code.body))

    # --- talking to the API
    def _api(self, at: datetime) -> calls.Api:
        key = self.credentials.api_key
        if not key:
            raise LabelError("this account has no EasyPost API key", permanent=True)
        base = str(self.credentials.config.get("base_url") or BASE_URL)
        return calls.Api(
            self.label,
            base,
            http=self.http,
            at=at,
            secrets=(key,),
            words=shapes.error_words,
            undecided=lambda body: shapes.error(body)[0] in _UNDECIDED,
            auth=(key, ""),
        )

    def _shipment(self, request: LabelRequest, key: str, at: datetime) -> Record:
        check(request)
        wanted = self._wanted(request)
        if key:
            wanted["reference"] = key
        return self._api(at).call("POST", "/shipments", json={"shipment": wanted})

    def _wanted(self, request: LabelRequest) -> Record:
        returns = request.is_return and not self.credentials.config.get("prepaid_returns")
        # A return is told with the addresses of the way out: EasyPost turns them round itself.
        ends = (request.to, request.from_) if returns else (request.from_, request.to)
        wanted: Record = {
            "from_address": shapes.address(ends[0]),
            "to_address": shapes.address(ends[1]),
            "parcel": shapes.parcel(request),
            "is_return": returns,
            "options": {
                "label_format": "PNG",
                "label_size": "4x6",
                "invoice_number": request.reference[:35],
                "print_custom_1": request.reference[:35],
            },
        }
        if self.credentials.config.get("carrier_accounts"):
            wanted["carrier_accounts"] = list(self.credentials.config["carrier_accounts"])
        if crosses_customs(request):
            wanted["customs_info"] = self._customs(request)
        return wanted

    def _customs(self, request: LabelRequest) -> Record:
        ends = (request.from_.country.upper(), request.to.country.upper())
        filed: Record = {}
        if ends[0] == "US":
            if ends[1] != "CA" and any(item.value_minor > _FILING_ABOVE for item in request.customs):
                raise LabelError(
                    "Goods worth more than 2,500 USD that leave the US need an export filing (AES); "
                    "such a label has to be bought from the carrier.",
                    permanent=True,
                )
            filed["eel_pfc"] = "NOEEI 30.36" if ends[1] == "CA" else "NOEEI 30.37(a)"
        sender = request.from_
        return filed | {
            "contents_type": "returned_goods" if request.is_return else "merchandise",
            "customs_certify": True,
            "customs_signer": str(
                self.credentials.config.get("customs_signer") or sender.name or sender.company
            ),
            "non_delivery_option": "return",
            "restriction_type": "none",
            "customs_items": [shapes.item(item, ends[0]) for item in request.customs],
        }

    def _as_pdf(self, bought: BoughtLabel, at: datetime) -> str:
        shipment = self._api(at).call(
            "GET", f"/shipments/{bought.external_id}/label", params={"file_format": "PDF"}
        )
        return shapes.links(shipment).get("pdf", "")

    def _form(self, bought: BoughtLabel, kind: str, at: datetime) -> str:
        """Return where a form of a shipment is, and have it made if there is none yet. '' if it cannot be."""
        api = self._api(at)
        url = shapes.form_url(api.call("GET", f"/shipments/{bought.external_id}"), kind)
        if not url and kind == "label_qr_code":
            made = api.call("POST", f"/shipments/{bought.external_id}/forms", json={"form": {"type": kind}})
            url = shapes.form_url(made, kind)
        return url

    def _fetch(self, url: str, kind: Kind) -> DocumentData:
        if not url:
            raise LabelError(f"EasyPost has no {kind} of this label", permanent=True)
        hosts = calls.hosts_of(self.credentials.config, HOSTS)
        return calls.fetch(url, kind, hosts=hosts, label=self.label, files=self.files)

    def _bought(self, shipment: Record, request: LabelRequest, prepared: Prepared) -> BoughtLabel:
        number, rate = shapes.told(shipment, "tracking_code"), shapes.part(shipment, "selected_rate")
        if not number:
            raise LabelError("EasyPost bought a label but told no number yet", unknown=True)
        name = shapes.told(rate, "carrier")
        cost, currency = prepared.rate.amount_minor, prepared.rate.currency
        with suppress(BadPayload):  # what was promised stands
            told = shapes.told(rate, "currency") or currency
            if rate:
                cost, currency = reading.amount(rate.get("rate"), told, "rate"), told
        codes = (Kind.QR_PNG, Kind.QR_PAGE) if request.qr else ()
        invoice = (Kind.INVOICE,) if shapes.form_url(shipment, "commercial_invoice") else ()
        return BoughtLabel(
            external_id=shapes.told(shipment, "id"),
            tracking_number=number,
            carrier=shapes.carrier_of(name) or prepared.rate.carrier,
            carrier_name=name or prepared.rate.carrier,
            service=shapes.told(rate, "service") or prepared.rate.name,
            cost_minor=cost,
            currency=currency,
            kinds=(Kind.LABEL, Kind.A4, *codes, *invoice),
            links=shapes.links(shipment),
            tracking_url=reading.link(shapes.part(shipment, "tracker").get("public_url"), "public_url"),
        )
