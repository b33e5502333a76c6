"""
Edits of orders in the shop: units added or taken away after the order was placed.

The order's own next message has them in. Until it comes, what the lines say is what the newest message said,
plus every edit made since: in whatever order the messages arrive.
"""

from datetime import datetime

from django.db import transaction

from customers import outbox
from customers.models import Store
from tracking import events
from tracking.models import Order, OrderEdit
from tracking.reading import LARGEST_COUNT
from tracking.services.progress import refresh_order
from tracking.services.refunds import locked_order
from tracking.shops.facts import EditData
from tracking.versions import told_at


@transaction.atomic
def record_edit(*, store: Store, data: EditData, at: datetime) -> OrderEdit:
    """
    Note an edit, once, and bring the quantities up to date.

    A line that the edit adds is not described by it: it comes with the order's own message. Publishes:
    ORDER_EDITED once. Raises: Missing when the order has not arrived yet.
    """
    order = locked_order(store, data.order_external_id)
    changes = dict(data.changes)
    edit, made = OrderEdit.objects.get_or_create(
        order=order,
        external_id=data.external_id,
        defaults={"made_at": data.at, "changes": changes, "note": data.note},
    )
    if not made:
        return edit
    apply_edits(order)
    refresh_order(order.pk)
    outbox.publish(
        events.ORDER_EDITED,
        key=f"order-edit:{edit.pk}",
        occurred_at=data.at,
        store=order.store,
        customer=order.customer,
        subject=order,
        data={
            "order_id": order.pk,
            "edit_id": edit.pk,
            "added": sum(delta for delta in changes.values() if delta > 0),
            "removed": -sum(delta for delta in changes.values() if delta < 0),
        },
    )
    return edit


def apply_edits(order: Order) -> None:
    """Add to the lines what was edited after the order's newest message. The caller holds its lock."""
    known_until = told_at(order.source_version)
    changes: dict[str, int] = {}
    for edit in order.edits.all():
        if known_until is None or edit.made_at > known_until:
            for line_id, delta in edit.changes.items():
                changes[line_id] = changes.get(line_id, 0) + delta
    for line in order.lines.filter(external_id__in=changes):
        if line.told_quantity is None:
            line.told_quantity = line.quantity
        line.quantity = min(max(line.told_quantity + changes[line.external_id], 0), LARGEST_COUNT)
        line.save(update_fields=["quantity", "told_quantity"])
