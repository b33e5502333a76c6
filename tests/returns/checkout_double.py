"""A double of Stripe's Checkout Sessions: forms in, JSON out, keys remembered, reports signed."""

import hashlib
import hmac
import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.factories.tracking import NOON
from tests.returns.scenes import ask, bought, conf, sibling, swap
from tests.tracking.shop_double import Answer, Double

KEY, SECRET = "rk_test_Checkout", "whsec_test"


class CheckoutDouble(Double):
    """`sessions`: by id, as Stripe tells them."""

    def __init__(self) -> None:
        super().__init__()
        self.sessions: dict[str, dict[str, Any]] = {}
        self.remembered: dict[str, Answer] = {}

    def at(self, mock: Any) -> "CheckoutDouble":
        """Answer at Stripe's address."""
        address = re.compile(r"https://api\.stripe\.com/v1/checkout/sessions.*")
        for method in ("GET", "POST"):
            mock.add_callback(method, address, callback=self._called)
        return self

    def _called(self, request: Any) -> Answer:
        path = urlsplit(request.url).path.removeprefix("/v1/checkout/sessions").strip("/")
        body = request.body.decode() if isinstance(request.body, bytes) else request.body or ""
        form = {name: values[0] for name, values in parse_qs(body).items()}
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return _json({"error": {"type": "invalid_request_error", "message": f"Invalid key {KEY}"}}, 401)
        number, _, verb = path.partition("/")
        name = verb or ("ask" if number else "create")
        key = request.headers.get("Idempotency-Key", "")
        return self.answer(name, form, lambda: self._route(number, verb, form, key))

    def _route(self, number: str, verb: str, form: dict[str, str], key: str) -> Answer:
        if not number:
            if key not in self.remembered:
                self.remembered[key] = self._create(form)
            return self.remembered[key]
        if number not in self.sessions:
            return _json({"error": {"type": "invalid_request_error", "code": "resource_missing"}}, 404)
        if verb == "expire":
            if self.sessions[number]["status"] != "open":
                return _json({"error": {"type": "invalid_request_error"}}, 400)
            self.sessions[number]["status"] = "expired"
        return _json(self.sessions[number])

    def _create(self, form: dict[str, str]) -> Answer:
        number = f"cs_test_{next(self.ids)}"
        self.sessions[number] = {
            "id": number,
            "object": "checkout.session",
            "status": "open",
            "payment_status": "unpaid",
            "client_reference_id": form["client_reference_id"],
            "amount_total": int(form["line_items[0][price_data][unit_amount]"]),
            "currency": form["line_items[0][price_data][currency]"],
            "customer_email": form.get("customer_email"),
            "expires_at": int(form["expires_at"]),
            "url": f"https://checkout.stripe.com/c/pay/{number}",
        }
        return _json(self.sessions[number])

    def pay(self, number: str = "", status: str = "paid") -> dict[str, Any]:
        """Let the shopper pay a session (the newest), and return it."""
        session = self.sessions[number or list(self.sessions)[-1]]
        session.update(status="complete", payment_status=status)
        return session


def report(
    session: dict[str, Any], kind: str = "checkout.session.completed", secret: str = SECRET
) -> tuple[bytes, str]:
    """Return a report about a session as Stripe posts it, and its signature, made at NOON."""
    body = json.dumps({"id": "evt_1", "type": kind, "data": {"object": session}}).encode()
    stamp = int(NOON.timestamp())
    mac = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return body, f"t={stamp},v1={'0' * 64},v1={mac}"


def _json(body: Any, status: int = 200) -> Answer:
    return status, {"Content-Type": "application/json"}, json.dumps(body)


def dearer(**given: Any) -> Any:
    """Ask for something that costs 12.00 more, in a store with Stripe; return the return and what is owed."""
    order = bought()
    conf(order, **({"stripe_key": KEY, "stripe_webhook_secret": SECRET, "exchange_ships": "AT_ONCE"} | given))
    wanted = sibling(order, price_minor=6000)
    ret = ask(order, swap(order, wanted))
    return ret, ret.payments.get()
