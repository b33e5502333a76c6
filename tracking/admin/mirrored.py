"""What the shop told of an order beside its lines and parcels: refunds, returns and edits made there."""

from typing import Any

from config.lib.staff import cells
from tracking.models import Order, OrderEdit, OrderLine, OrderRefund, ShopReturn

_RETURNS: dict[str, str] = {
    ShopReturn.Status.REQUESTED: cells.WARN,
    ShopReturn.Status.OPEN: cells.BUSY,
    ShopReturn.Status.CLOSED: cells.GOOD,
    ShopReturn.Status.DECLINED: cells.QUIET,
    ShopReturn.Status.CANCELLED: cells.QUIET,
    ShopReturn.Status.UNKNOWN: cells.WARN,
}


def shown(order: Order, lines: list[OrderLine]) -> dict[str, Any]:
    """Return refunds, returns and edits of `order` as the staff's page shows them, in three queries."""
    titles = {line.external_id: line.title for line in lines}
    return {
        "shop_refunds": [_refund(row, titles) for row in order.shop_refunds.order_by("-made_at", "-pk")],
        "shop_returns": [_return(row, titles) for row in order.shop_returns.order_by("-told_at", "-pk")],
        "shop_edits": [_edit(row, titles) for row in order.edits.order_by("-made_at", "-pk")],
    }


def _refund(row: OrderRefund, titles: dict[str, str]) -> dict[str, Any]:
    return {
        "row": row,
        "amount": cells.sum_of(row.amount_minor, row.currency),
        "shipping": cells.sum_of(row.shipping_minor, row.currency) if row.shipping_minor else "",
        "lines": [
            {
                "quantity": line["quantity"],
                "title": titles.get(line["line"], f"line {line['line']}"),
                "restocked": line.get("restocked"),
            }
            for line in row.lines
        ],
    }


def _return(row: ShopReturn, titles: dict[str, str]) -> dict[str, Any]:
    return {
        "row": row,
        "pill": cells.pill(row.get_status_display(), _RETURNS.get(row.status, cells.QUIET)),
        "lines": [
            {**line, "title": titles.get(line["line"], f"line {line['line']}")} for line in row.current_lines
        ],
        "disposed": ", ".join(f"{count} × {word.replace('_', ' ')}" for word, count in row.disposed.items()),
        # Anything else a shop may have sent as an address is not made a link.
        "tracking_url": row.tracking_url if row.tracking_url.startswith(("https://", "http://")) else "",
    }


def _edit(row: OrderEdit, titles: dict[str, str]) -> dict[str, Any]:
    return {
        "row": row,
        "changes": [
            {"delta": f"{delta:+d}", "title": titles.get(line, f"line {line}")}
            for line, delta in row.changes.items()
        ],
    }
