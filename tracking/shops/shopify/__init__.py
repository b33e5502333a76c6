"""
Shopify's webhooks.

Bodies are the REST resources; signature, headers and retries: https://shopify.dev/docs/apps/build/webhooks.
Ids are numbers above 2^53 and are kept as text. The state in a body decides, never the topic: orders/updated
may arrive first.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from config.lib import clock
from tracking import reading
from tracking.reading import Record
from tracking.shops.base import BadSignature, Fact, Ignored, Shop
from tracking.shops.shopify.catalogue import product, stock
from tracking.shops.shopify.fulfillments import fulfillment, passed_on_scan
from tracking.shops.shopify.orders import order
from tracking.shops.shopify.people import customer
from tracking.shops.shopify.topics import why_ignored

__all__ = ["Shopify"]

# topic -> how its body is read, given the body and the store's currency.
_READERS: dict[str, Callable[[Record, str], Fact]] = {
    "customers/create": customer,
    "customers/disable": customer,
    "customers/enable": customer,
    "customers/update": customer,
    "fulfillment_events/create": passed_on_scan,
    "fulfillments/create": fulfillment,
    "fulfillments/update": fulfillment,
    "inventory_levels/connect": stock,
    "inventory_levels/update": stock,
    "orders/cancelled": order,
    "orders/create": order,
    "orders/fulfilled": order,
    "orders/link_requested": order,
    "orders/paid": order,
    "orders/partially_fulfilled": order,
    "orders/updated": order,
    "products/create": product,
    "products/update": product,
}


class Shopify(Shop):
    """A Shopify store, through the webhooks of an app or of its notification settings."""

    code = "shopify"
    label = "Shopify"

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """
        Check X-Shopify-Hmac-SHA256: base64 of HMAC-SHA256 over the raw body. Raises BadSignature.

        For an hour after a rotation the old secret still signs, so any live one may match; all are always
        computed.
        """
        if not self.secrets:
            raise BadSignature("this store has no webhook secret")
        told = headers.get("x-shopify-hmac-sha256", "").strip().encode()
        matches = [hmac.compare_digest(_signature(secret, body), told) for secret in self.secrets]
        if not any(matches):
            missing = "X-Shopify-Hmac-SHA256 is missing"
            raise BadSignature("X-Shopify-Hmac-SHA256 does not match" if told else missing)

    def topic(self, headers: Mapping[str, str]) -> str:
        """Return X-Shopify-Topic, e.g. orders/create."""
        return headers.get("x-shopify-topic", "").strip().lower()

    def delivery_id(self, headers: Mapping[str, str]) -> str:
        """
        Return X-Shopify-Webhook-Id, the same over retries.

        Without it, the event's id with the topic: one event may speak through several topics.
        """
        webhook = headers.get("x-shopify-webhook-id", "").strip()
        event = headers.get("x-shopify-event-id", "").strip()
        return webhook or (f"{event}:{self.topic(headers)}" if event else "")

    def triggered_at(self, headers: Mapping[str, str]) -> datetime | None:
        """Return X-Shopify-Triggered-At (aware UTC), None when it is missing or no time."""
        try:
            return clock.aware(headers.get("x-shopify-triggered-at"))
        except clock.BadTime:
            return None

    def parse(self, topic: str, body: bytes) -> Sequence[Fact]:
        """Translate one webhook. See Shop.parse."""
        read = _READERS.get(topic)
        if read is None:
            return [Ignored(why_ignored(topic))]
        return [read(reading.record(reading.document(body), f"the body of {topic}"), self.currency)]


def _signature(secret: str, body: bytes) -> bytes:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest())
