"""
Money back through Stripe: https://docs.stripe.com/api/refunds.

A refund is made on a PaymentIntent (pi_…) or a Charge (ch_…, py_…): the order's payment reference. Our key
goes along as Idempotency-Key, which Stripe remembers for a day, and in the refund's metadata, which it keeps:
what may have been made is looked for there before anything is asked again.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import requests

from config.lib import guarded
from config.lib.money import BadMoney
from customers.models import Store
from returns.models import ReturnSettings
from returns.stripe_units import NotInStripe, from_stripe, to_stripe
from tracking import reading
from tracking.reading import Record
from tracking.shops import calls
from tracking.shops.calls import Reply, understood
from tracking.shops.client import Ability, Done, RefundOrder, ShopClient, ShopCredentials, ShopError

LABEL = "Stripe"
URL = "https://api.stripe.com"
VERSION = "2024-06-20"  # the shapes this file was written for
KEY = "porchlight_key"
PAGES = 20  # of 100 refunds: one payment has few
_PAYMENT = re.compile(r"(pi|ch|py)_[A-Za-z0-9]{4,100}", re.ASCII)
# What became of a refund at Stripe. Once it waits for the shopper, it is out of our hands.
DONE = frozenset({"succeeded", "requires_action"})
UNDER_WAY = "pending"
CAME_TO_NOTHING = frozenset({"failed", "canceled"})


def refunder(store: Store) -> ShopClient | None:
    """Return what speaks to a store's Stripe account; None when no key is set."""
    key = ReturnSettings.objects.filter(store=store).values_list("stripe_key", flat=True).first()
    return StripeRefunder(ShopCredentials(URL, secret=key, currency=store.currency)) if key else None


def is_payment(reference: str) -> bool:
    """Say whether Stripe could have given this number to a payment."""
    return bool(_PAYMENT.fullmatch(reference))


class StripeRefunder(ShopClient):
    """
    One Stripe account, by a secret or restricted key (Refunds: write; Charges, PaymentIntents: read).

    `RefundOrder.order_external_id` is the payment's number; its lines mean nothing here.
    """

    code = "stripe"
    label = LABEL
    can = frozenset({Ability.REFUND})
    sure_after = timedelta(minutes=1)

    def __init__(self, credentials: ShopCredentials, http: requests.Session | None = None) -> None:
        super().__init__(credentials, http)

    @understood(effect=True)
    def refund(self, wanted: RefundOrder, *, key: str) -> Done:
        """Give money back on a payment, in the payment's own currency."""
        name, payment = _payment(wanted.order_external_id)
        try:
            amount = to_stripe(wanted.amount_minor, wanted.currency)
        except (NotInStripe, BadMoney) as exc:
            raise ShopError(str(exc), permanent=True) from exc
        self._must_be_in(wanted.currency, name, payment)
        form = {
            name: payment,
            "amount": str(amount),
            "reason": "requested_by_customer",
            f"metadata[{KEY}]": key,
        }
        if wanted.note:
            form["metadata[note]"] = wanted.note[:500]
        told = self._call("POST", "/v1/refunds", effect=True, data=form, headers={"Idempotency-Key": key})
        return _done(told, effect=True)

    @understood(effect=False)
    def find_refund(self, order_external_id: str, *, key: str) -> Done | None:
        """Look through the payment's refunds for the one that carries our key."""
        name, payment = _payment(order_external_id)
        params = {name: payment, "limit": "100"}
        for _page in range(PAGES):
            page = self._call("GET", "/v1/refunds", params=params)
            found = reading.records(page.get("data"), "data")
            for told in found:
                if reading.optional(told.get("metadata"), "metadata").get(KEY) == key:
                    return _done(told, effect=False)
            if page.get("has_more") is not True or not found:
                return None
            params = params | {"starting_after": reading.identifier(found[-1].get("id"), "a refund's id")}
        raise ShopError(f"{LABEL} has more refunds of this payment than we look through")

    def _must_be_in(self, currency: str, name: str, payment: str) -> None:
        """Refuse a payment in another currency: Stripe takes the sum in the payment's, whatever we mean."""
        kind = "payment_intents" if name == "payment_intent" else "charges"
        told = self._call("GET", f"/v1/{kind}/{payment}")
        theirs = reading.text(told.get("currency"), "currency").upper()
        if theirs != currency:
            raise ShopError(f"the payment is in {theirs or 'no currency'}, not in {currency}", permanent=True)

    def _call(
        self, method: str, path: str, *, effect: bool = False, headers: Mapping[str, str] = {}, **what: Any
    ) -> Record:
        key = self.credentials.secret.strip()
        if not key or not key.isascii() or not key.isprintable():
            raise ShopError(f"the API key for {LABEL} is missing or damaged", permanent=True, denied=True)
        self.http = self.http or guarded.guarded_session()
        said = {"Authorization": f"Bearer {key}", "Stripe-Version": VERSION, **headers}
        reply = calls.send(
            self.http,
            LABEL,
            method,
            self.credentials.url + path,
            effect=effect,
            hide=(key,),
            judge=lambda reply: _judge(reply, effect),
            headers=said,
            **what,
        )
        if reply.status == 404:
            raise ShopError(f"{LABEL} does not know this payment: {_words(reply)}", permanent=True)
        return reading.record(calls.document(reply, LABEL, effect=effect), "the answer")


def _payment(reference: str) -> tuple[str, str]:
    """Return a payment's number and the name Stripe takes it by. Raises: ShopError."""
    if not is_payment(reference):
        raise ShopError(f"{reference[:40]!r} is not the number of a payment at {LABEL}", permanent=True)
    return ("payment_intent" if reference.startswith("pi_") else "charge"), reference


def _done(told: Record, *, effect: bool) -> Done:
    status = reading.text(told.get("status"), "status", 40)
    number = reading.identifier(told.get("id"), "the refund's id")
    if status in CAME_TO_NOTHING:
        why = reading.text(told.get("failure_reason"), "failure_reason", 80)
        words = f"refund {number} came to nothing ({why or status})"
        raise ShopError(words, permanent=True, undone=True)
    if status == UNDER_WAY:
        raise ShopError(f"refund {number} is under way at {LABEL}", begun=True)
    if status not in DONE:  # a word of theirs we do not know: a person looks
        raise ShopError(f"refund {number} is “{status}”, which we do not know", unknown=effect)
    currency = reading.text(told.get("currency"), "currency").upper()
    return Done(number, status, from_stripe(reading.whole(told.get("amount"), "amount"), currency))


def _judge(reply: Reply, effect: bool) -> ShopError | None:
    """
    Tell what Stripe refused from what it could not do now. Source: https://docs.stripe.com/api/errors.

    409: the same key is being worked on at this moment. 402: the payment cannot be refunded.
    """
    told = _error(reply)
    words = f"{LABEL} answered {reply.status}: {_words(reply)}"
    if told.get("code") in ("lock_timeout", "rate_limit"):
        return ShopError(words, retry_after=calls.retry_after(reply.headers) or calls.UNTOLD_WAIT)
    if reply.status == 409:
        return ShopError(words, unknown=effect)
    if reply.status in (401, 403):
        return ShopError(words, permanent=True, denied=True)
    if reply.status in (400, 402):
        return ShopError(words, permanent=True)
    return None


def _error(reply: Reply) -> Mapping[str, Any]:
    try:
        told = reading.document(reply.body)
    except reading.BadPayload:
        return {}
    error = told.get("error") if isinstance(told, dict) else None
    return error if isinstance(error, dict) else {}


def _words(reply: Reply) -> str:
    """Return the code and sentence of an error, without keys, addresses and numbers of people."""
    told = _error(reply)
    said = [str(told.get(name) or "")[:300] for name in ("code", "message")]
    hidden = re.sub(r"\b(?:sk|rk)_\w+", "…", ": ".join(filter(None, said)))
    return calls.nobodys(hidden) or "no reason given"
