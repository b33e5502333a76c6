"""Money that went back in the shop, mirrored: told by itself, in its order or asked for, the same rows."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Coalesce

from customers import outbox
from customers.models import Store
from tracking import events
from tracking.models import Order, OrderRefund
from tracking.services.missing import Missing
from tracking.services.progress import refresh_order
from tracking.services.shipments import order_waits_for
from tracking.shops.base import RefundData


@transaction.atomic
def record_refund(*, store: Store, data: RefundData, at: datetime) -> OrderRefund:
    """
    Create or update one refund of an order; older news than what we hold is ignored.

    Publishes: ORDER_REFUNDED once, when money went back. Raises: Missing when the order has not arrived yet.
    """
    order = locked_order(store, data.order_external_id)
    row, changed = apply_refund(order, data, at=at)
    if changed:
        refresh_order(order.pk)
    return row


def locked_order(store: Store, external_id: str) -> Order:
    """Return an order, locked for this transaction. Raises: Missing when it has not arrived yet."""
    order = (
        Order.objects.select_for_update(of=("self",))
        .select_related("store", "customer")
        .filter(store=store, external_id=external_id)
        .first()
    )
    if order is None:
        raise Missing(order_waits_for(store, external_id), f"waits for order {external_id}")
    return order


def apply_refunds(
    order: Order, refunds: Sequence[RefundData], *, version: str, names_all: bool, at: datetime
) -> None:
    """
    Bring the refunds that a message of the order names up to date; the caller holds the order's lock.

    `version`: that of the message. `names_all`: one it does not name was taken back, unless it is younger.
    Otherwise the order says no more of a refund than its own message does.
    """
    known = dict(order.shop_refunds.values_list("external_id", "named_version")) if names_all else {}
    newest = _overruled_by(order.source_version)
    for data in refunds:
        # A newer message was here before and did not name it: it is gone by now.
        gone = names_all and version < newest and known.get(data.external_id, "") < newest
        named = order.source_version if gone else version if names_all else data.version
        apply_refund(order, data, at=at, named=named, gone=gone)
    if known and version == order.source_version:
        rest = order.shop_refunds.exclude(external_id__in=[data.external_id for data in refunds])
        rest.filter(named_version__lt=_overruled_by(version)).update(
            removed_at=Coalesce("removed_at", Value(at)), named_version=version
        )


def _overruled_by(version: str) -> str:
    """
    Return what a version must be below for a message of `version` to take back what it named.

    A refund changes the order in the second in which it is made: within one second only an answer that was
    asked for later and insists (tracking.versions.insisted) knows better.
    """
    return version if "|~" in version else version.partition("|")[0]


def apply_refund(
    order: Order, data: RefundData, *, at: datetime, named: str = "", gone: bool = False
) -> tuple[OrderRefund, bool]:
    """
    Do the work of `record_refund` for an order whose lock the caller holds.

    `named`: the version of the message that says whether it stands (default: the refund's own); `gone`: it
    says that it does not. Returns: the row, and whether it changed.
    """
    row = order.shop_refunds.filter(external_id=data.external_id).first()
    new = row is None
    if row is None:
        row = OrderRefund(
            order=order, external_id=data.external_id, whole=False, made_at=data.created_at or at
        )
    changed = _describe(row, data, at) or new
    named = named or data.version
    if named > row.named_version:
        removed_at = at if gone or data.removed else None
        changed = changed or (removed_at is None) is not (row.removed_at is None)
        row.removed_at = (row.removed_at or removed_at) if removed_at else None
        row.named_version = named
        row.save()
    elif changed:
        row.save()
    if changed and row.amount_minor > 0:
        _publish(order, row)
    return row, changed


def _describe(row: OrderRefund, data: RefundData, at: datetime) -> bool:
    """Write down what a message says of a refund, unless we know better. Returns whether it was news."""
    if data.partial:
        if row.whole:
            return False
        # The first message that names it is the nearest to when it was made.
        earlier = data.created_at is not None and data.created_at < row.made_at
        row.made_at = data.created_at if earlier and data.created_at else row.made_at
        if data.version <= row.source_version:
            return earlier
    elif row.whole and data.version <= row.source_version:
        return False
    else:
        row.made_at = data.created_at or row.made_at
    row.whole = not data.partial
    row.source_version = data.version
    row.amount_minor, row.shipping_minor, row.currency = data.amount_minor, data.shipping_minor, data.currency
    row.note = data.note
    row.lines = [
        {
            "line": line.line_external_id,
            "quantity": line.quantity,
            "amount_minor": line.amount_minor,
            "tax_minor": line.tax_minor,
            "restocked": line.restocked,
        }
        for line in data.lines
    ]
    return True


def _publish(order: Order, row: OrderRefund) -> None:
    outbox.publish(
        events.ORDER_REFUNDED,
        key=f"refund:{row.pk}:made",
        occurred_at=row.made_at,
        store=order.store,
        customer=order.customer,
        subject=order,
        data={
            "order_id": order.pk,
            "refund_id": row.pk,
            "amount_minor": row.amount_minor,
            "currency": row.currency,
        },
    )
