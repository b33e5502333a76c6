"""
Shopify's webhooks.

Bodies are the REST resources; signature, headers and retries: https://shopify.dev/docs/apps/build/webhooks.
Ids are numbers above 2^53 and are kept as text. The state in a body decides, never the topic: orders/updated
may arrive first.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from config.lib import clock
from tracking import reading
from tracking.reading import Record
from tracking.shops.base import BadSignature, Fact, Ignored, Shop
from tracking.shops.shopify import changes, privacy, returns
from tracking.shops.shopify.catalogue import product, stock
from tracking.shops.shopify.fulfillments import fulfillment, passed_on_scan
from tracking.shops.shopify.orders import order
from tracking.shops.shopify.people import customer
from tracking.shops.shopify.refunds import refund
from tracking.shops.shopify.topics import why_ignored

__all__ = ["Shopify"]

# topic -> how its body is read, given the body and the store's currency.
_READERS: dict[str, Callable[[Record, str], Fact]] = {
    "app/uninstalled": changes.uninstalled,
    "customers/create": customer,
    "customers/data_request": privacy.data_request,
    "customers/delete": changes.removed_customer,
    "customers/disable": customer,
    "customers/enable": customer,
    "customers/merge": privacy.merge,
    "customers/redact": privacy.customer_redact,
    "customers/update": customer,
    "customers_email_marketing_consent/update": privacy.email_consent,
    "customers_marketing_consent/update": privacy.sms_consent,
    "fulfillment_events/create": passed_on_scan,
    "fulfillment_events/delete": changes.taken_back_scan,
    "fulfillments/create": fulfillment,
    "fulfillments/update": fulfillment,
    "inventory_levels/connect": stock,
    "inventory_levels/disconnect": changes.disconnected,
    "inventory_levels/update": stock,
    "orders/cancelled": order,
    "orders/create": order,
    "orders/delete": changes.removed_order,
    "orders/deleted": changes.removed_order,
    "orders/edited": changes.edit,
    "orders/fulfilled": order,
    "orders/link_requested": order,
    "orders/paid": order,
    "orders/partially_fulfilled": order,
    "orders/updated": order,
    "products/create": product,
    "products/delete": changes.removed_product,
    "products/update": product,
    "refunds/create": refund,
    "returns/approve": returns.shop_return,
    "returns/cancel": returns.shop_return,
    "returns/close": returns.shop_return,
    "returns/decline": returns.shop_return,
    "returns/process": returns.processed,
    "returns/reopen": returns.shop_return,
    "returns/request": returns.shop_return,
    "returns/update": returns.shop_return,
    "reverse_deliveries/attach_deliverable": returns.way_back,
    "reverse_fulfillment_orders/dispose": returns.disposed,
    "shop/redact": privacy.shop_redact,
    "variants/in_stock": changes.variant_stock,
    "variants/out_of_stock": changes.variant_stock,
}
# The API versions whose bodies this translator was checked against. Shopify keeps one for a year.
OLDEST, NEWEST = "2024-04", "2026-07"
_VERSION = re.compile(r"20\d\d-\d\d")


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
        told = _header(headers, "hmac-sha256").encode()
        matches = [hmac.compare_digest(_signature(secret, body), told) for secret in self.secrets]
        if not any(matches):
            missing = "X-Shopify-Hmac-SHA256 is missing"
            raise BadSignature("X-Shopify-Hmac-SHA256 does not match" if told else missing)

    def topic(self, headers: Mapping[str, str]) -> str:
        """Return X-Shopify-Topic, e.g. orders/create."""
        return _header(headers, "topic").lower()

    def delivery_id(self, headers: Mapping[str, str]) -> str:
        """
        Return X-Shopify-Webhook-Id, the same over retries.

        Without it, the event's id with the topic: one event may speak through several topics.
        """
        webhook, event = _header(headers, "webhook-id"), _header(headers, "event-id")
        return webhook or (f"{event}:{self.topic(headers)}" if event else "")

    def triggered_at(self, headers: Mapping[str, str]) -> datetime | None:
        """Return X-Shopify-Triggered-At (aware UTC), None when it is missing or no time."""
        try:
            return clock.aware(_header(headers, "triggered-at") or None)
        except clock.BadTime:
            return None

    def doubt(self, headers: Mapping[str, str]) -> tuple[str, str]:
        """Say when X-Shopify-API-Version is none of those this was checked against. See Shop.doubt."""
        told = _header(headers, "api-version").lower()
        if not told or (_VERSION.fullmatch(told) and OLDEST <= told <= NEWEST):
            return "", ""
        old = _VERSION.fullmatch(told) is not None and told < OLDEST
        return told[:40], (
            f"Webhooks come in version {told[:40]} of Shopify's API, {'older' if old else 'newer'} than "
            f"those this was checked against ({OLDEST} to {NEWEST}). They are read all the same; choose a "
            "version among those in the app's settings in Shopify, or look at what could not be read."
        )

    def parse(self, topic: str, body: bytes) -> Sequence[Fact]:
        """Translate one webhook. See Shop.parse."""
        read = _READERS.get(topic)
        if read is None:
            return [Ignored(why_ignored(topic))]
        return [read(reading.record(reading.document(body), f"the body of {topic}"), self.currency)]


def _header(headers: Mapping[str, str], name: str) -> str:
    """Return a header of Shopify's, in its long-standing spelling (X-Shopify-…) or the newer (Shopify-…)."""
    return (headers.get(f"x-shopify-{name}") or headers.get(f"shopify-{name}") or "").strip()


def _signature(secret: str, body: bytes) -> bytes:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest())
