"""Doubles of EasyPost and Shippo: small servers with a memory, so that what was bought twice would show."""

import io
import json
import re
from urllib.parse import parse_qs, urlsplit

import requests
import responses
from PIL import Image

PDF = b"%PDF-1.4 a label"


def picture(size=(40, 60)) -> bytes:
    """Return a small PNG."""
    out = io.BytesIO()
    Image.new("L", size, 255).save(out, "PNG")
    return out.getvalue()


class Double:
    """What both share: calls that are counted, answers that can be broken (`faults` by name of the call)."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.bodies: list[dict] = []
        self.faults: dict[str, list] = {}
        self.refunded = 0
        self.mock = responses.RequestsMock(assert_all_requests_are_fired=False)
        self.tick = lambda: None  # called before and after every call: a place to be killed at

    def __enter__(self):
        self.mock.start()
        self.wire()
        return self

    def __exit__(self, *exc) -> None:
        self.mock.stop(allow_assert=False)
        self.mock.reset()

    def on(self, method, url, name, act) -> None:
        """Answer `method url` by `act(request, match)`, unless a fault is waiting for it."""
        pattern = re.compile(url)

        def answer(request):
            self.calls.append(name)
            body = json.loads(request.body) if request.body else {}
            self.bodies.append(body)
            fault = self.faults.get(name, [])
            found = fault.pop(0) if fault else None
            if isinstance(found, tuple):
                return found
            self.tick()
            done = act(body, pattern.match(request.url), parse_qs(urlsplit(request.url).query))
            self.tick()
            if isinstance(found, Exception):  # it was done, but the answer was lost
                raise found
            status, told = done
            return status, {}, told if isinstance(told, bytes) else json.dumps(told)

        self.mock.add_callback(method, pattern, callback=answer)

    def count(self, name) -> int:
        return self.calls.count(name)


def lost() -> Exception:
    """The answer never came; what was asked for was done."""
    return requests.ReadTimeout("timed out")


class EasyPostDouble(Double):
    """EasyPost: shipments that are made, bought once, refunded."""

    def __init__(self) -> None:
        super().__init__()
        self.shipments: dict[str, dict] = {}
        self.bought = 0
        self.refund = "submitted"

    def wire(self) -> None:
        base = r"https://api\.easypost\.com/v2/shipments"
        self.on("POST", base + r"$", "create", self._create)
        self.on("POST", base + r"/(\w+)/buy$", "buy", self._buy)
        self.on("POST", base + r"/(\w+)/refund$", "refund", self._refund)
        self.on("POST", base + r"/(\w+)/forms$", "form", self._form)
        self.on("GET", base + r"/(\w+)/label", "convert", self._convert)
        self.on("GET", base + r"/([\w-]+)$", "get", self._get)
        files = r"https://easypost-files\.s3\.us-west-2\.amazonaws\.com/"
        self.on("GET", files + r".*\.pdf", "pdf", lambda *_: (200, PDF))
        self.on("GET", files + r".*\.png", "png", lambda *_: (200, picture()))

    def _create(self, body, match, query):
        pk = f"shp_{len(self.shipments) + 1}"
        rates = [
            {
                "id": "rate_1",
                "carrier": "USPS",
                "service": "Priority",
                "rate": "6.95",
                "currency": "USD",
                "est_delivery_days": 2,
            },
            {
                "id": "rate_2",
                "carrier": "USPS",
                "service": "GroundAdvantage",
                "rate": "5.93",
                "currency": "USD",
                "delivery_days": 3,
            },
        ]
        made = {
            "id": pk,
            "object": "Shipment",
            "reference": body["shipment"].get("reference"),
            "rates": rates,
            "messages": [],
            "tracking_code": None,
            "postage_label": None,
            "forms": [],
            "refund_status": None,
            "selected_rate": None,
        }
        self.shipments[pk] = made
        return 201, made

    def _buy(self, body, match, query):
        made = self.shipments[match[1]]
        if made["postage_label"]:
            error = {"code": "SHIPMENT.POSTAGE.EXISTS", "message": "Postage already exists", "errors": []}
            return 422, {"error": error}
        self.bought += 1
        made["tracking_code"] = f"940010010936111590{self.bought:04d}"
        made["selected_rate"] = next(r for r in made["rates"] if r["id"] == body["rate"]["id"])
        made["postage_label"] = {
            "label_url": "https://easypost-files.s3.us-west-2.amazonaws.com/files/1.png",
            "label_pdf_url": None,
            "label_file_type": "image/png",
        }
        return 200, made

    def _get(self, body, match, query):
        found = self.shipments.get(match[1])
        return (200, found) if found else (404, {"error": {"code": "NOT_FOUND", "message": "not found"}})

    def _convert(self, body, match, query):
        made = self.shipments[match[1]]
        url = "https://easypost-files.s3.us-west-2.amazonaws.com/files/1.pdf"
        return 200, {**made, "postage_label": {**made["postage_label"], "label_pdf_url": url}}

    def _form(self, body, match, query):
        made = self.shipments[match[1]]
        url = "https://easypost-files.s3.us-west-2.amazonaws.com/files/form/qr.png"
        made["forms"] = [{"form_type": body["form"]["type"], "form_url": url}]
        return 201, made

    def _refund(self, body, match, query):
        self.refunded += 1
        self.shipments[match[1]]["refund_status"] = self.refund
        return 200, self.shipments[match[1]]


class ShippoDouble(Double):
    """Shippo: shipments with rates, transactions that buy them as often as they are asked to."""

    def __init__(self) -> None:
        super().__init__()
        self.transactions: list[dict] = []
        self.shipments = 0
        self.refund = "QUEUED"
        self.next_status = "SUCCESS"

    @property
    def bought(self) -> int:
        return sum(made["status"] != "ERROR" for made in self.transactions)

    def wire(self) -> None:
        base = r"https://api\.goshippo\.com"
        self.on("POST", base + r"/shipments$", "create", self._create)
        self.on("POST", base + r"/transactions$", "buy", self._buy)
        self.on("GET", base + r"/transactions/(\w+)$", "get", self._get)
        self.on("GET", base + r"/transactions\?", "list", self._list)
        self.on("POST", base + r"/refunds$", "refund", self._refund)
        files = r"https://shippo-delivery\.s3\.amazonaws\.com/"
        self.on("GET", files + r".*\.pdf", "pdf", lambda *_: (200, PDF))
        self.on("GET", files + r".*\.png", "png", lambda *_: (200, picture()))

    def _create(self, body, match, query):
        self.shipments += 1
        rates = [
            {
                "object_id": f"rate{self.shipments}{n}",
                "amount": amount,
                "currency": "USD",
                "provider": "USPS",
                "servicelevel": {"name": name, "token": token},
                "estimated_days": days,
            }
            for n, (amount, name, token, days) in enumerate(
                [
                    ("7.75", "Priority Mail", "usps_priority", 2),
                    ("5.50", "Ground Advantage", "usps_ground", 4),
                ]
            )
        ]
        return 201, {"object_id": f"ship{self.shipments}", "rates": rates, "messages": []}

    def _buy(self, body, match, query):
        pk = f"tx{len(self.transactions) + 1}"
        url = "https://shippo-delivery.s3.amazonaws.com/"
        made = {
            "object_id": pk,
            "status": self.next_status,
            "rate": body["rate"],
            "metadata": body["metadata"],
            "tracking_number": f"92055901755477000000{len(self.transactions):02d}",
            "label_url": f"{url}{pk}.pdf?Signature=x",
            "qr_code_url": f"{url}{pk}_qr.png",
            "commercial_invoice_url": "",
            "tracking_url_provider": "https://tools.usps.com/go/1",
            "messages": [{"source": "USPS", "code": "", "text": "Address not found"}],
        }
        self.transactions.append(made)
        return 201, made

    def _get(self, body, match, query):
        return 200, next(made for made in self.transactions if made["object_id"] == match[1])

    def _list(self, body, match, query):
        found = [made for made in self.transactions if made["rate"] == query["rate"][0]]
        return 200, {"next": None, "results": found}

    def _refund(self, body, match, query):
        self.refunded += 1
        made = next(made for made in self.transactions if made["object_id"] == body["transaction"])
        made["status"] = {"QUEUED": "REFUNDPENDING", "SUCCESS": "REFUNDED", "ERROR": "REFUNDREJECTED"}[
            self.refund
        ]
        return 201, {"object_id": "ref1", "status": self.refund, "transaction": body["transaction"]}
