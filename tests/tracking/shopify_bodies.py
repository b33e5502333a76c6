"""Shopify bodies for tests: the recorded ones, with changes."""

import json
from pathlib import Path

from tracking.shops.base import Fact
from tracking.shops.shopify import Shopify

PAYLOADS = Path(__file__).parent / "payloads" / "shopify"


def payload(name: str, **changes) -> dict:
    """Return a recorded body with `changes`."""
    return json.loads((PAYLOADS / f"{name}.json").read_text()) | changes


def parse(topic: str, told: object) -> Fact:
    """Return the one fact that a body says."""
    (fact,) = Shopify(["secret"], "USD").parse(topic, json.dumps(told).encode())
    return fact
