"""Orders that have come, and what shoppers want with them."""

from datetime import timedelta
from typing import Any

from customers.models import Delivery
from customers.outbox import deliver_due
from returns import tasks
from returns.models import Return, ReturnSettings
from returns.services.requests import create
from returns.wishes import Wish
from tests.factories.tracking import NOON, VariantFactory
from tests.tracking.late import order_of, parcel_of
from tests.tracking.memory_shop import connected
from tracking.models import Location, Order, StockLevel, Variant
from tracking.services.shop_actions import carry_out_due
from tracking.vocabulary import Status

WEEK_AGO = NOON - timedelta(days=7)
ADDRESS = {"name": "Bo", "lines": ["1 Elm St"], "city": "Salem", "postcode": "97301", "country": "US"}


def bought(*lines: dict[str, Any], **given: Any) -> Order:
    """Return an order, delivered a week before NOON, of `lines` (see tests.tracking.late.order_of)."""
    order = order_of(*(lines or ({},)), placed_at=NOON - timedelta(days=10), **given)
    packed = [(position, line.quantity) for position, line in enumerate(order.lines.order_by("position"))]
    parcel_of(order, *packed, status=Status.DELIVERED, delivered_at=WEEK_AGO, shipped_at=WEEK_AGO)
    return order


def conf(order: Order, **given: Any) -> ReturnSettings:
    """Set how the order's store handles returns."""
    return ReturnSettings.objects.update_or_create(store=order.store, defaults=given)[0]


def sibling(order: Order, *, stock: int | None = 5, **given: Any) -> Variant:
    """Return another variant of the order's first product, at the same price unless said otherwise."""
    old = order.lines.order_by("position").first().variant
    fields = {"product": old.product, "store": old.store, "price_minor": old.price_minor, "title": "Other"}
    made = VariantFactory(**(fields | given))
    made.inventory_item_id = f"item-{made.pk}"
    made.save()
    if stock is not None:
        place = Location.objects.filter(store=order.store).first()
        StockLevel.objects.create(location=place, inventory_item_id=made.inventory_item_id, available=stock)
    return made


def wish(order: Order, index: int = 0, *, line: int = 0, **given: Any) -> Wish:
    """Return a wish for a unit of the order's `line`-th line: money back, not wanted any more."""
    row = order.lines.order_by("position")[line]
    return Wish(**({"line_id": row.pk, "index": index, "reason": "UNWANTED", "outcome": "REFUND"} | given))


def swap(order: Order, variant: Variant, index: int = 0, **given: Any) -> Wish:
    """Return a wish for another one: too small."""
    return wish(
        order,
        index,
        **({"reason": "SIZE_TOO_SMALL", "outcome": "EXCHANGE", "variant_id": variant.pk} | given),
    )


def ask(order: Order, *wishes: Wish, **given: Any) -> Return:
    """Ask for a return at NOON."""
    return create(order, **({"wishes": wishes or [wish(order)], "method": "LABEL", "at": NOON} | given))


def work(at: Any = NOON) -> None:
    """Let the workers do all that is due at `at`: events, shops, payments, returns."""
    for _ in range(30):
        # Facts are recorded by the real clock, and tests live at NOON.
        Delivery.objects.filter(state=Delivery.State.WAITING).update(due_at=at)
        done = deliver_due(at=at)
        done += carry_out_due(at=at) + tasks.take_payments(at=at) + tasks.look_after_returns(at=at)
        if not done:
            return


def store_with_shop(**given: Any) -> Any:
    """Return a store whose shop can be told things."""
    return connected(country="US", support_email="help@example.com", **given)
