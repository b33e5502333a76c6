"""
Stripe: a Checkout Session per try, one line in it. https://docs.stripe.com/api/checkout/sessions

A session lives for at most a day; whoever asks makes the next one once this one has ended. Reports are signed
(https://docs.stripe.com/webhooks#verify-manually): HMAC-SHA256 over "<t>.<body>".
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import requests

from config.lib import http
from config.lib.money import BadMoney
from returns.payments.base import Asked, BadSignature, PaymentError, PaymentProvider, Stand, Standing, Wanted
from returns.stripe_units import NotInStripe, from_stripe, to_stripe

API = "https://api.stripe.com/v1/checkout/sessions"
# Stripe takes 30 minutes to 24 hours from its own clock; some way within, so that ours may differ.
SHORTEST, LONGEST = timedelta(minutes=35), timedelta(hours=23)
TOLERANCE = timedelta(minutes=5)
REPORTS = frozenset(
    {
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed",
        "checkout.session.expired",
    }
)
# What Checkout speaks, of our languages; it chooses by the browser otherwise.
LANGUAGES = frozenset({"en", "de", "fr"})


class Stripe(PaymentProvider):
    """`key`: a secret or restricted key that may write Checkout Sessions."""

    code: ClassVar[str] = "stripe"
    label: ClassVar[str] = "Stripe"
    ask_every: ClassVar[timedelta | None] = timedelta(minutes=15)

    def ask(self, wanted: Wanted, *, at: datetime) -> Asked:
        """Make a session. The same key gives the same session."""
        try:
            amount = to_stripe(wanted.amount_minor, wanted.currency)
        except (NotInStripe, BadMoney) as exc:
            raise PaymentError(str(exc), permanent=True) from exc
        ends_at = at + max(SHORTEST, min(LONGEST, wanted.until - at))
        form = {
            "mode": "payment",
            "client_reference_id": wanted.reference,
            "metadata[reference]": wanted.reference,
            "payment_intent_data[metadata][reference]": wanted.reference,
            "success_url": wanted.back_url,
            "cancel_url": wanted.back_url,
            "expires_at": str(int(ends_at.timestamp())),
            "line_items[0][quantity]": "1",
            "line_items[0][price_data][currency]": wanted.currency.lower(),
            "line_items[0][price_data][unit_amount]": str(amount),
            "line_items[0][price_data][product_data][name]": wanted.title,
        }
        if wanted.email:
            form["customer_email"] = wanted.email
        if wanted.language in LANGUAGES:
            form["locale"] = wanted.language
        told = self._call("POST", API, form, key=wanted.key)
        session_id, url = told.get("id"), told.get("url")
        if not isinstance(session_id, str) or not isinstance(url, str):
            raise PaymentError("Stripe's answer names no page.")
        return Asked(session_id, url, _time(told.get("expires_at")) or ends_at)

    def stand(self, external_id: str) -> Stand:
        """Ask for a session."""
        return _stand(self._call("GET", f"{API}/{external_id}"))

    def withdraw(self, external_id: str) -> Stand:
        """Expire a session; one that is not open any more says how it stands."""
        try:
            return _stand(self._call("POST", f"{API}/{external_id}/expire", {}))
        except PaymentError as exc:
            if not exc.permanent:
                raise
        return self.stand(external_id)

    def told(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> Stand | None:
        """Verify a report over its raw bytes and read it."""
        self._verify(headers.get("stripe-signature", ""), body, at)
        try:
            event = json.loads(body)
            kind, session = event["type"], event["data"]["object"]
        except (ValueError, KeyError, TypeError):
            return None
        if kind not in REPORTS or not isinstance(session, dict):
            return None
        # A bank that refused days later leaves a session that looks as if it were still being waited for.
        failed = kind == "checkout.session.async_payment_failed"
        return replace(_stand(session), standing=Standing.ENDED) if failed else _stand(session)

    def _verify(self, signature: str, body: bytes, at: datetime) -> None:
        parts = [part.partition("=") for part in signature.split(",")]
        stamp = next((value.strip() for name, _, value in parts if name.strip() == "t"), "")
        if not self.webhook_secret or not stamp.isdecimal() or len(stamp) > 12:
            raise BadSignature("no secret, or no time in the signature")
        if abs(at.timestamp() - int(stamp)) > TOLERANCE.total_seconds():
            raise BadSignature("it was signed too long ago")
        mac = hmac.new(self.webhook_secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        given = [value.strip() for name, _, value in parts if name.strip() == "v1"]
        if not any(hmac.compare_digest(mac.encode(), one.encode()) for one in given):
            raise BadSignature("the signature is another")

    def _call(
        self, method: str, url: str, form: Mapping[str, str] | None = None, *, key: str = ""
    ) -> dict[str, Any]:
        """Call Stripe. Repeating a call is harmless: with its key, or because it only asks or ends."""
        headers = {"Authorization": f"Bearer {self.key}"} | ({"Idempotency-Key": key} if key else {})
        try:
            with http.session() as session:
                answer = session.request(method, url, data=form, headers=headers)
        except requests.RequestException as exc:
            raise PaymentError(f"Stripe did not answer ({type(exc).__name__}).") from exc
        try:
            told = answer.json()
        except ValueError as exc:
            raise PaymentError(f"Stripe's answer could not be read (HTTP {answer.status_code}).") from exc
        if answer.status_code == 200 and isinstance(told, dict):
            return told
        raise _refusal(answer, told)


def _refusal(answer: requests.Response, told: Any) -> PaymentError:
    """409 is a key in use at this moment; 429 and 5xx pass."""
    error = told.get("error") if isinstance(told, dict) else None
    words = error.get("code") or error.get("type") or "" if isinstance(error, dict) else ""
    wait = answer.headers.get("Retry-After", "")
    return PaymentError(
        f"Stripe refused (HTTP {answer.status_code} {words}).".replace(" )", ")"),
        permanent=400 <= answer.status_code < 500 and answer.status_code not in (409, 429),
        retry_after=float(wait) if wait.isdecimal() else None,
    )


def _time(value: Any) -> datetime | None:
    return datetime.fromtimestamp(value, UTC) if isinstance(value, int) and value > 0 else None


def _stand(session: Mapping[str, Any]) -> Stand:
    """Read a session: open, complete or expired; paid, unpaid or no_payment_required."""
    currency = str(session.get("currency") or "").upper()
    amount = session.get("amount_total")
    try:
        minor = from_stripe(amount, currency) if isinstance(amount, int) else 0
    except BadMoney:
        minor = 0
    status, payment = session.get("status"), session.get("payment_status")
    standing = Standing.OPEN
    if payment == "paid":
        standing = Standing.PAID
    elif status == "complete":
        standing = Standing.PENDING
    elif status == "expired":
        standing = Standing.ENDED
    return Stand(
        external_id=str(session.get("id") or ""),
        standing=standing,
        reference=str(session.get("client_reference_id") or ""),
        amount_minor=minor,
        currency=currency,
    )
