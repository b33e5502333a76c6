"""A partner's system that handles returns."""

from itertools import count
from typing import Any

from tests.factories.api import Api
from tracking.models import Order

_keys = count(1)


class Returning(Api):
    """One key's view of the API; each POST comes with a key of its own unless one is given."""

    def do(self, path: str, body: Any, *, key: str = "") -> Any:
        return self.post(path, body, headers={"Idempotency-Key": key or f"test-{next(_keys)}"})

    def create(self, order: Order, *items: dict[str, Any], key: str = "", **more: Any) -> Any:
        return self.do("returns/", body(order, *items, **more), key=key)

    def act(self, ret: dict[str, Any], name: str, key: str = "", **given: Any) -> Any:
        """Do something to a return that the API answered with."""
        return self.do(f"returns/{ret['id']}/{name}/", given, key=key)

    def made(self, order: Order, *items: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Return a return that was just made."""
        answer = self.create(order, *items, **more)
        assert answer.status_code == 201, answer.content
        return dict(answer.json())


def item(order: Order, line: int = 0, **given: Any) -> dict[str, Any]:
    """Return one unit of the order's `line`-th line: money back, not wanted any more."""
    name = order.lines.order_by("position")[line].external_id
    return {"line": name, "reason": "UNWANTED", "outcome": "REFUND", **given}


def body(order: Order, *items: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return what is posted for a return of an order: sent by the shopper's own means."""
    rows = list(items) or [item(order)]
    return {"order": str(order.public_id), "items": rows, "method": "OWN", **more}
