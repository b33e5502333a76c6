"""
Stock moves with what becomes of a unit, and with nothing else: never because money went back.

A unit is one stocked piece, so a bundle comes back part by part (each part is a unit of its own variant).
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from django.db.models import F

from customers.models import Store
from customers.services.alerts import raise_alert
from returns.dispositions import SELLABLE
from returns.models import Return, ReturnParcel, ReturnUnit, UnexpectedItem
from returns.services import moves
from returns.vocabulary import Disposition
from tracking.models import Location, ShopAction, StockLevel, Variant
from tracking.services.shop_actions import request_action
from tracking.services.shop_clients import client_of
from tracking.shops.client import Ability, StockChange

REASON = "restock"
Place = tuple[Variant, Location]


def default_location(ret: Return) -> Location | None:
    """Return where a return's goods go on the shelf: where they were sent, else the store's only place."""
    if ret.destination:
        return ret.destination
    settled = moves.settings_of(ret.store).destination
    if settled:
        return settled
    places = list(Location.objects.filter(store=ret.store).order_by("pk")[:2])
    return places[0] if len(places) == 1 else None


def goes_on_shelf(unit: ReturnUnit) -> bool:
    """Say whether a unit itself is to be sold again as what it is."""
    return unit.disposition == Disposition.RESTOCK and unit.condition in SELLABLE


def shelve(
    ret: Return,
    parcel: ReturnParcel,
    units: Iterable[ReturnUnit],
    others: Iterable[UnexpectedItem],
    *,
    at: datetime,
) -> None:
    """
    Put the units and the unexpected items of an inspected parcel on the shelf, by variant and place, in the
    caller's transaction. `parcel.inspections` numbers the move: asked for twice it is one.

    What has no place or is no variant we know goes to a person.
    """
    sums: Counter[tuple[int, int]] = Counter()
    known: dict[tuple[int, int], Place] = {}
    of: dict[tuple[int, int], list[ReturnUnit]] = {}
    lost = 0
    default = default_location(ret)
    wanted = [(unit, unit.variant, unit.location or default) for unit in units if goes_on_shelf(unit)]
    for row, variant, location in [
        *wanted,
        *((None, item.variant, default) for item in others if item.disposition == Disposition.RESTOCK),
    ]:
        if variant is None or location is None:
            lost += 1
            continue
        key = (variant.pk, location.pk)
        sums[key] += 1
        known[key] = (variant, location)
        if row:
            of.setdefault(key, []).append(row)
    for key, count in sorted(sums.items()):
        purpose = f"return-parcel:{parcel.pk}:stock:{key[0]}:{key[1]}:{parcel.inspections}"
        action = move(ret, *known[key], count, purpose=purpose, at=at)
        if action:
            ReturnUnit.objects.filter(pk__in=[unit.pk for unit in of.get(key, [])]).update(
                stock_action=action
            )
    if lost and keeps_stock(ret.store):
        _tell_staff(ret, parcel, lost, at)


def keeps_stock(store: Store) -> bool:
    """Say whether there is stock of a store that we can change: in its shop, or here."""
    return store.platform == Store.Platform.NONE or _client_can(store)


def _client_can(store: Store) -> bool:
    client = client_of(store)
    return client is not None and Ability.STOCK in client.can


def move(
    ret: Return, variant: Variant, location: Location, delta: int, *, purpose: str, at: datetime
) -> ShopAction | None:
    """
    Add `delta` to what a location can sell of a variant, in the caller's transaction.

    In the shop where it can be told, by the ledger, once per `purpose`; in our own rows for a store without
    a shop, where the caller sees to it that it is once. Returns: the action in the shop, None without one.
    """
    if _client_can(ret.store):
        return request_action(
            purpose=purpose,
            kind=ShopAction.Kind.STOCK,
            store=ret.store,
            order=ret.order,
            wanted=StockChange(
                inventory_item_id=variant.inventory_item_id,
                location_external_id=location.external_id,
                delta=delta,
                reason=REASON,
                product_external_id=variant.product.external_id,
                variant_external_id=variant.external_id,
            ),
            at=at,
        )
    if ret.store.platform == Store.Platform.NONE and variant.inventory_item_id:
        level, _ = StockLevel.objects.get_or_create(
            location=location, inventory_item_id=variant.inventory_item_id
        )
        StockLevel.objects.filter(pk=level.pk).update(available=F("available") + delta, updated_at=at)
    return None


def _tell_staff(ret: Return, parcel: ReturnParcel, pieces: int, at: datetime) -> None:
    raise_alert(
        kind="returns.stock",
        key=f"return-parcel:{parcel.pk}:stock",
        title=f"Put {pieces} of return {ret.number} in stock by hand",
        detail="It is not known which product it is, or at which location it lies. Nothing was counted.",
        store=ret.store,
        subject=ret,
        at=at,
    )
