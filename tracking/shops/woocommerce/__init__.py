"""
WooCommerce's webhooks.

Bodies are the REST resources (wc/v1 to v3); headers and signature:
https://woocommerce.github.io/woocommerce-rest-api-docs/#webhooks. What that leaves out is read from
WooCommerce's own class-wc-webhook.php: the ping, what a deleted thing sends, how delivery ids are made.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from tracking import reading
from tracking.reading import Record
from tracking.shops.base import BadPayload, BadSignature, Fact, Ignored, Shop
from tracking.shops.facts import Kind
from tracking.shops.woocommerce.catalogue import product
from tracking.shops.woocommerce.orders import order
from tracking.shops.woocommerce.people import customer
from tracking.shops.woocommerce.removals import removed, restored
from tracking.shops.woocommerce.topics import why_ignored

__all__ = ["WooCommerce"]

# topic -> how its body is read, given the body and the store's currency.
_READERS: dict[str, Callable[[Record, str], Sequence[Fact]]] = {
    "customer.created": customer,
    "customer.deleted": partial(removed, Kind.CUSTOMER),
    "customer.updated": customer,
    "order.created": order,
    "order.deleted": partial(removed, Kind.ORDER),
    "order.restored": partial(restored, Kind.ORDER, order),
    "order.updated": order,
    "product.created": product,
    "product.deleted": partial(removed, Kind.PRODUCT),
    "product.published": product,
    "product.restored": partial(restored, Kind.PRODUCT, product),
    "product.updated": product,
}
_PING = re.compile(rb"webhook_id=[0-9]{1,20}")


class WooCommerce(Shop):
    """A WooCommerce shop, through the webhooks of its settings (Advanced, Webhooks)."""

    code = "woocommerce"
    label = "WooCommerce"

    def is_ping(self, headers: Mapping[str, str], body: bytes) -> bool:
        """
        Say whether this is the call by which WooCommerce tries an address before it uses it.

        It carries `webhook_id=<number>` as a form and no signature; any answer but 200 is a failure to
        WooCommerce.
        """
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        return kind == "application/x-www-form-urlencoded" and _PING.fullmatch(body) is not None

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """
        Check X-WC-Webhook-Signature: base64 of HMAC-SHA256 over the raw body. Raises BadSignature.

        While the secret is changed, webhook by webhook, any live one may match; all are always computed.
        """
        if not self.secrets:
            raise BadSignature("this store has no webhook secret")
        told = headers.get("x-wc-webhook-signature", "").strip().encode()
        matches = [hmac.compare_digest(_signature(secret, body), told) for secret in self.secrets]
        if not any(matches):
            missing = "X-WC-Webhook-Signature is missing"
            raise BadSignature("X-WC-Webhook-Signature does not match" if told else missing)

    def topic(self, headers: Mapping[str, str]) -> str:
        """Return X-WC-Webhook-Topic, e.g. order.updated."""
        return headers.get("x-wc-webhook-topic", "").strip().lower()

    def delivery_id(self, headers: Mapping[str, str]) -> str:
        """
        Return '': deliveries are told apart by their content.

        X-WC-Webhook-Delivery-ID is a hash of the webhook's number and the current second, so two orders that
        change in one second share it; and WooCommerce never sends a delivery again, it makes a new one.
        """
        return ""

    def occasion(self, headers: Mapping[str, str]) -> str:
        """
        Return the delivery's id for what is deleted, '' otherwise.

        Such a body is an id and nothing else: deleted, brought back and deleted again must not be taken for
        once. Whatever else changes has its time in the body.
        """
        deleted = self.topic(headers).endswith(".deleted")
        return headers.get("x-wc-webhook-delivery-id", "").strip()[:100] if deleted else ""

    def parse(self, topic: str, body: bytes) -> Sequence[Fact]:
        """Translate one webhook. See Shop.parse."""
        read = _READERS.get(topic)
        if read is None:
            return [Ignored(why_ignored(topic))]
        told = reading.record(reading.document(body), f"the body of {topic}")
        _refuse_others(told, topic.partition(".")[0])
        return read(told, self.currency)


def _refuse_others(told: Record, noun: str) -> None:
    """Refuse, in words that help, what shops send when a webhook is not set up right. Raises: BadPayload."""
    if "id" in told:
        return
    if isinstance(told.get(noun), dict):
        raise BadPayload(
            "this webhook speaks the legacy API: choose “WP REST API Integration v3” as its API version"
        )
    if "code" in told and "message" in told:
        said = reading.text(told["message"], "message")
        raise BadPayload(f"the webhook's user may not see it, so WooCommerce sent an error instead: {said}")


def _signature(secret: str, body: bytes) -> bytes:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest())
