"""Signed webhooks, as shops and carriers send them."""
# ruff: noqa: S107 (secrets of play shops)

import base64
import hashlib
import hmac
import json
import unicodedata


def shopify(
    client,
    topic,
    body,
    *,
    delivery="d1",
    secret="shop-secret",
    slug="harbour-pine",
    triggered="",
    raw=None,
    spelling="X-Shopify-",
    version="",
):
    """
    Post one Shopify webhook with Django's test client; `raw` overrides the JSON body with bytes, `spelling`
    is how the headers begin, `version` that of the API.
    """
    content = json.dumps(body).encode() if raw is None else raw
    mac = base64.b64encode(hmac.new(secret.encode(), content, hashlib.sha256).digest()).decode()
    told = {"Webhook-Id": delivery, "Triggered-At": triggered, "API-Version": version}
    headers = {f"{spelling}Topic": topic, f"{spelling}Hmac-SHA256": mac} | {
        f"{spelling}{name}": value for name, value in told.items() if value
    }
    return client.post(f"/webhooks/shops/{slug}/", content, content_type="application/json", headers=headers)


def easypost(client, body, *, secret="carrier-secret", slug="easypost"):
    """Post one EasyPost webhook with Django's test client."""
    content = json.dumps(body).encode()
    key = unicodedata.normalize("NFKD", secret).encode()
    mac = hmac.new(key, content, hashlib.sha256).hexdigest()
    return client.post(
        f"/webhooks/carriers/{slug}/",
        content,
        content_type="application/json",
        headers={"X-Hmac-Signature": f"hmac-sha256-hex={mac}"},
    )


def woocommerce(
    client, topic, body, *, secret="shop-secret", slug="harbour-pine", delivery="5f4dcc3b", raw=None
):
    """Post one WooCommerce webhook with Django's test client; `raw` overrides the JSON body with bytes."""
    content = json.dumps(body).encode() if raw is None else raw
    mac = base64.b64encode(hmac.new(secret.encode(), content, hashlib.sha256).digest()).decode()
    headers = {
        "X-WC-Webhook-Source": "https://shop.example/",
        "X-WC-Webhook-Topic": topic,
        "X-WC-Webhook-Resource": topic.partition(".")[0],
        "X-WC-Webhook-Event": topic.partition(".")[2],
        "X-WC-Webhook-Signature": mac,
        "X-WC-Webhook-ID": "3",
        "X-WC-Webhook-Delivery-ID": delivery,
    }
    return client.post(f"/webhooks/shops/{slug}/", content, content_type="application/json", headers=headers)
