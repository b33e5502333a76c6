"""Returns made in the shop, mirrored for staff. Each message tells a part; none has a time of its own."""

import logging
from collections.abc import Iterator
from datetime import datetime

from django.db import transaction

from customers import outbox
from customers.models import Store
from tracking import events
from tracking.models import Order, ShopReturn
from tracking.services.missing import Missing, release
from tracking.services.refunds import locked_order
from tracking.shops.facts import ReturnData
from tracking.versions import version

log = logging.getLogger(__name__)

# https://shopify.dev/docs/api/admin-graphql/latest/enums/ReturnStatus
_STATUS = {
    "requested": ShopReturn.Status.REQUESTED,
    "open": ShopReturn.Status.OPEN,
    "closed": ShopReturn.Status.CLOSED,
    "declined": ShopReturn.Status.DECLINED,
    "canceled": ShopReturn.Status.CANCELLED,
    "cancelled": ShopReturn.Status.CANCELLED,
}
# Of two words at the same moment the later stage of its life counts.
_STAGE: dict[str, int] = {status: stage for stage, status in enumerate(dict.fromkeys(_STATUS.values()))}


def return_waits_for(store: Store, external_id: str) -> str:
    """Name a return that messages may wait for."""
    return f"shop-return:{store.slug}:{external_id}"


@transaction.atomic
def record_shop_return(*, store: Store, data: ReturnData, told_at: datetime, at: datetime) -> ShopReturn:
    """
    Take over what a message says of a return; each part from the newest message that names it.

    `told_at` is when the shop told. Publishes: RETURN_MIRRORED once per state and telling. Raises: Missing
    when its order, or (for messages that do not name that) the return, has not arrived yet.
    """
    order = locked_order(store, data.order_external_id or _order_of(store, data.external_id))
    row, made = ShopReturn.objects.get_or_create(
        order=order, external_id=data.external_id, defaults={"told_at": told_at}
    )
    status = _status(data.status)
    told = version(told_at, repr(data), _STAGE.get(status, 0))
    for part, values in _parts(data, status):
        if told > row.versions.get(part, ""):
            row.versions[part] = told
            for name, value in values.items():
                setattr(row, name, value)
    if data.removals:
        row.removals[told] = dict(data.removals)
    if data.dispositions:
        row.dispositions[told] = dict(data.dispositions)
    row.told_at = max(row.told_at, told_at)
    row.save()
    if made:
        release([return_waits_for(store, data.external_id)], at=at)
    if data.status:
        _publish(order, row, status, data.name or row.name, told_at)
    return row


def _order_of(store: Store, external_id: str) -> str:
    """Return the order of a return that is here. Raises: Missing."""
    rows = ShopReturn.objects.filter(order__store=store, external_id=external_id)
    found = rows.values_list("order__external_id", flat=True).first()
    if found is None:
        raise Missing(return_waits_for(store, external_id), f"waits for return {external_id}")
    return str(found)


def _status(word: str) -> str:
    known = _STATUS.get(word.lower())
    if word and known is None:
        log.warning("the status %r of a return made in the shop is not known", word)
    return known or ShopReturn.Status.UNKNOWN


def _parts(data: ReturnData, status: str) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield (part, its fields) for what a message names."""
    if data.status:
        yield "status", {"status": status, "status_told": data.status}
    if data.name:
        yield "name", {"name": data.name}
    if data.lines is not None:
        lines = [
            {
                "id": line.external_id,
                "line": line.line_external_id,
                "quantity": line.quantity,
                "reason": line.reason,
                "note": line.note,
            }
            for line in data.lines
        ]
        yield "lines", {"lines": lines}
    if data.decline_reason or data.decline_note:
        yield "decline", {"decline_reason": data.decline_reason, "decline_note": data.decline_note}
    if data.tracking is not None:
        carrier, number, url = data.tracking
        yield "tracking", {"carrier_name": carrier, "tracking_number": number, "tracking_url": url}


def _publish(order: Order, row: ShopReturn, status: str, name: str, told_at: datetime) -> None:
    outbox.publish(
        events.RETURN_MIRRORED,
        key=f"shop-return:{row.pk}:{status}:{told_at.isoformat()}",
        occurred_at=told_at,
        store=order.store,
        customer=order.customer,
        subject=order,
        data={"order_id": order.pk, "shop_return_id": row.pk, "status": status, "name": name},
    )
