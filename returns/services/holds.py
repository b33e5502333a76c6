"""
Stock that is held for an exchange while the parcel travels: nobody else is promised it.

What is free is what the shop says can be sold, less what is held and the shop's own numbers do not show yet.
Where the shop's API can, the pieces are set aside there, too; they are given back when the exchange ends, and
right after the new order is made, which takes pieces of its own.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db.models import F, Sum

from returns.models import Exchange, StockHold
from tracking.models import Location, ShopAction, StockLevel, Variant
from tracking.services import shop_staff
from tracking.services.shop_actions import request_action
from tracking.services.shop_clients import client_of
from tracking.shops.client import Ability, StockChange

State = ShopAction.State
BY = "returns"


class OutOfStock(Exception):
    """Fewer pieces are free than wanted. `free`: how many there are."""

    def __init__(self, variant: Variant, free: int) -> None:
        super().__init__(f"{variant}: {free} left")
        self.variant, self.free = variant, free


def free_stock(variants: Iterable[Variant]) -> dict[int, int | None]:
    """
    Return {variant: how many of it may be promised now}; None where its shop does not count it.

    A variant that is sold no more has none. Two queries.
    """
    chosen = {variant.pk: variant for variant in variants}
    items = {v.inventory_item_id for v in chosen.values() if v.inventory_item_id}
    stores = {v.store_id for v in chosen.values()}
    levels = StockLevel.objects.filter(location__store__in=stores, inventory_item_id__in=items)
    there = {
        (store, item): count
        for store, item, count in levels.filter(removed_at=None)
        .values("location__store", "inventory_item_id")
        .annotate(count=Sum("available"))
        .values_list("location__store", "inventory_item_id", "count")
    }
    held = _held(chosen)
    found: dict[int, int | None] = {}
    for pk, variant in chosen.items():
        count = there.get((variant.store_id, variant.inventory_item_id))
        if variant.removed_at is not None:
            found[pk] = 0
        else:
            found[pk] = None if count is None else max(count - held.get(pk, 0), 0)
    return found


def _held(variants: Mapping[int, Variant]) -> dict[int, int]:
    """Return how many pieces of each variant are held that the shop's numbers do not show yet."""
    open_ = StockHold.objects.filter(variant__in=list(variants), released_at=None)
    found: dict[int, int] = {}
    for hold in open_.select_related("action"):
        if not _shown(hold, variants[hold.variant_id]):
            found[hold.variant_id] = found.get(hold.variant_id, 0) + hold.quantity
    return found


def _shown(hold: StockHold, variant: Variant) -> bool:
    """Say whether the shop has set the pieces aside and has told us its numbers since."""
    action = hold.action
    if action is None or action.state != State.DONE or action.started_at is None:
        return False
    levels = StockLevel.objects.filter(location=hold.location_id, inventory_item_id=variant.inventory_item_id)
    return levels.filter(updated_at__gte=action.started_at).exists()


def lasting(label_days: int) -> timedelta:
    """Return how long pieces are held: as long as the label, and two weeks for the parcel's way."""
    return timedelta(days=label_days + 14)


def hold(exchange: Exchange, *, at: datetime, until: datetime) -> StockHold:
    """
    Hold the pieces of an exchange, in the caller's transaction; whoever else wants the last one waits here.

    Returns: the hold. Raises: OutOfStock.
    """
    variant = Variant.objects.select_for_update(of=("self",)).get(pk=exchange.variant_id)
    free = free_stock([variant])[variant.pk]
    if free is not None and free < exchange.quantity:
        raise OutOfStock(variant, free)
    store = exchange.ret.store
    place = _place(variant, exchange.quantity)
    made = StockHold.objects.create(
        exchange=exchange,
        store=store,
        variant=variant,
        location=place,
        quantity=exchange.quantity,
        held_at=at,
        until=until,
    )
    client = client_of(store)
    if place is not None and client is not None and Ability.STOCK in client.can:
        made.action = _move(made, -made.quantity, "aside", at)
        made.save(update_fields=["action"])
    return made


def _place(variant: Variant, quantity: int) -> Location | None:
    """Return where to take the pieces from: where there are most; None where no place has as many."""
    levels = StockLevel.objects.filter(
        location__store=variant.store_id,
        inventory_item_id=variant.inventory_item_id,
        removed_at=None,
        available__gte=quantity,
    )
    best = levels.select_related("location").order_by("-available", "pk").first()
    return best.location if best and variant.inventory_item_id else None


def _move(held: StockHold, delta: int, what: str, at: datetime) -> ShopAction:
    variant, place = held.variant, held.location
    if place is None:
        raise ValueError("pieces that stand nowhere cannot be moved")
    return request_action(
        purpose=f"stock-hold:{held.exchange_id}:{what}",
        kind=ShopAction.Kind.STOCK,
        store=held.store,
        wanted=StockChange(
            inventory_item_id=variant.inventory_item_id,
            location_external_id=place.external_id,
            delta=delta,
            reason="reservation_created" if delta < 0 else "reservation_deleted",
            product_external_id=variant.product.external_id,
            variant_external_id=variant.external_id,
        ),
        at=at,
    )


def release(exchange: Exchange, *, at: datetime, sent: bool = False) -> bool:
    """
    Let go of an exchange's pieces, in the caller's transaction. `sent`: they went out to the shopper.

    What was set aside in the shop is given back there; a new order took its own. Returns whether there was
    something to let go of.
    """
    held = (
        StockHold.objects.select_for_update(of=("self",))
        .select_related("action", "store", "variant__product", "location")
        .filter(exchange=exchange, released_at=None)
        .first()
    )
    if held is None:
        return False
    held.released_at = at
    held.save(update_fields=["released_at"])
    if held.action is not None:
        _undo(held, held.action, at)
    elif sent and held.store.platform == held.store.Platform.NONE and held.location_id:
        # Without a shop our numbers are the only ones; nobody else counts what was sent.
        levels = StockLevel.objects.filter(
            location=held.location_id, inventory_item_id=held.variant.inventory_item_id
        )
        levels.update(available=F("available") - held.quantity, updated_at=at)
    return True


def _undo(held: StockHold, action: ShopAction, at: datetime) -> None:
    """Give back what was set aside; what the shop was not told yet, it need not be told."""
    if action.state == State.DONE:
        _move(held, held.quantity, "back", at)
    elif action.started_at is None:
        try:
            shop_staff.cancel(action_id=action.pk, by=BY, at=at)
        except shop_staff.NotNow:
            return  # it may be done at this moment: `settled` gives it back once that is known


def settled(action: ShopAction, *, at: datetime) -> None:
    """Give back what was set aside after its hold had ended. Hears of every stock action that is done."""
    rows = StockHold.objects.select_related("store", "variant__product", "location")
    held = rows.filter(action=action, released_at__isnull=False).first()
    if held is not None and action.state == State.DONE:
        _move(held, held.quantity, "back", at)
