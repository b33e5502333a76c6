"""WooCommerce bodies for tests: written after the REST documentation and the plug-ins, with changes."""

import json
from collections.abc import Iterator
from pathlib import Path

from tracking.shops.base import Fact, OrderData
from tracking.shops.woocommerce import WooCommerce

PAYLOADS = Path(__file__).parent / "payloads" / "woocommerce"


def payload(name: str, **changes) -> dict:
    """Return a body with `changes`."""
    return json.loads((PAYLOADS / f"{name}.json").read_text()) | changes


def facts(topic: str, told: object) -> list[Fact]:
    """Return what a body says."""
    return list(WooCommerce(["secret"], "USD").parse(topic, json.dumps(told).encode()))


def order(name: str = "order.created", **changes) -> OrderData:
    """Return the order that a body with `changes` says."""
    (fact,) = facts("order.updated", payload(name, **changes))
    assert isinstance(fact, OrderData), fact
    return fact


def documented(shared: Path) -> Iterator[tuple[str, dict]]:
    """Yield (topic, body) for each order, product and customer among the documentation's JSON answers."""
    for noun in ("order", "product", "customer"):
        text = (shared / "woocommerce" / f"_{noun}s.md").read_text()
        for block in text.split("```json\n")[1:]:
            told = json.loads(block.partition("```")[0])
            for number, body in enumerate(_bodies(told)):
                if "id" in body and ("date_created_gmt" in body or "date_created" in body):
                    yield f"{noun}.{'updated' if number else 'created'}", body


def _bodies(told: object) -> list[dict]:
    if isinstance(told, list):
        return [entry for entry in told if isinstance(entry, dict)]
    if isinstance(told, dict) and "id" not in told:
        return [entry for key in ("create", "update") for entry in told.get(key, ())]
    return [told] if isinstance(told, dict) else []
