"""A double of Stripe's refunds: forms in, JSON out, keys remembered as Stripe does."""

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.tracking.shop_double import Answer, Double

KEY = "rk_test_Sesame1234"


class StripeDouble(Double):
    """`payments`: {id: (currency, amount)} in Stripe's own units. `status`: of refunds made from now on."""

    def __init__(self) -> None:
        super().__init__()
        self.payments: dict[str, tuple[str, int]] = {"pi_0001": ("usd", 100_000), "ch_0001": ("usd", 100_000)}
        self.refunds: list[dict[str, Any]] = []
        self.remembered: dict[str, Answer] = {}
        self.status = "succeeded"

    def at(self, mock: Any) -> "StripeDouble":
        """Answer at Stripe's address."""
        for method in ("GET", "POST"):
            mock.add_callback(method, re.compile(r"https://api\.stripe\.com/v1/.*"), callback=self._called)
        return self

    def _called(self, request: Any) -> Answer:
        parts = urlsplit(request.url)
        path = parts.path.removeprefix("/v1/")
        body = request.body.decode() if isinstance(request.body, bytes) else request.body or ""
        form = {name: values[0] for name, values in parse_qs(body or parts.query).items()}
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return _error(401, "invalid_request_error", "", f"Invalid API Key provided: {KEY}")
        name = f"{request.method} {path.split('/')[0]}"
        key = request.headers.get("Idempotency-Key", "")
        return self.answer(name, form, lambda: self._route(request.method, path, form, key))

    def _route(self, method: str, path: str, form: dict[str, str], key: str) -> Answer:
        if method == "POST" and path == "refunds":
            if key not in self.remembered:
                self.remembered[key] = self._refund(form)
            return self.remembered[key]
        if path == "refunds":
            return self._list(form)
        kind, _, number = path.partition("/")
        if number not in self.payments:
            return _error(404, "invalid_request_error", "resource_missing", f"No such payment: '{number}'")
        currency, amount = self.payments[number]
        return _json({"id": number, "object": kind.removesuffix("s"), "currency": currency, "amount": amount})

    def _refund(self, form: dict[str, str]) -> Answer:
        payment = form.get("payment_intent") or form.get("charge") or ""
        if payment not in self.payments:
            return _error(404, "invalid_request_error", "resource_missing", f"No such payment: '{payment}'")
        currency, whole = self.payments[payment]
        given = sum(
            row["amount"] for row in self.refunds if payment in (row["payment_intent"], row["charge"])
        )
        amount = int(form["amount"])
        if given >= whole:
            words = f"Charge {payment} has already been refunded."
            return _error(400, "invalid_request_error", "charge_already_refunded", words)
        if given + amount > whole:
            return _error(400, "invalid_request_error", "", "Refund amount is greater than unrefunded amount")
        made = {
            "id": f"re_{next(self.ids)}",
            "object": "refund",
            "amount": amount,
            "currency": currency,
            "payment_intent": form.get("payment_intent"),
            "charge": form.get("charge"),
            "metadata": {
                match[1]: value
                for name, value in form.items()
                if (match := re.match(r"metadata\[(\w+)\]", name))
            },
            "reason": form.get("reason"),
            "status": self.status,
            "failure_reason": "lost_or_stolen_card" if self.status == "failed" else None,
        }
        self.refunds.insert(0, made)
        return _json(made)

    def _list(self, form: dict[str, str]) -> Answer:
        payment = form.get("payment_intent") or form.get("charge")
        rows = [row for row in self.refunds if payment in (row["payment_intent"], row["charge"])]
        after = form.get("starting_after")
        if after:
            rows = rows[[row["id"] for row in rows].index(after) + 1 :]
        size = int(form["limit"])
        return _json({"object": "list", "data": rows[:size], "has_more": len(rows) > size})


def _json(body: Any, status: int = 200) -> Answer:
    return status, {"Content-Type": "application/json"}, json.dumps(body)


def _error(status: int, kind: str, code: str, words: str) -> Answer:
    return _json({"error": {"type": kind, "code": code, "message": words}}, status)
