"""How much of an order's money can still go back: never more than was paid and has not gone back already."""

from django.conf import settings
from django.utils.module_loading import import_string

from tracking.models import Order, OrderRefund, ShopAction

# The shop's words for money that never came.
NOT_PAID = frozenset({"pending", "authorized", "voided", "failed", "expired", "unpaid"})


def left_to_refund(order: Order) -> int:
    """
    Return how many minor units of an order's currency may still be given back.

    Counts what the shop told of (unless taken back), what we have asked for and it has not told of yet, and
    what went elsewhere (settings.MONEY_BESIDE).
    Call it with the order's row locked when money depends on it. 0 for an order that was never paid.
    """
    return max(_left(order), 0) if was_paid(order) else 0


def promised_too_much(order: Order) -> bool:
    """
    Say whether what the shop has given back and what we have asked for are more than the order's money: the
    shop gave some back after we had asked.
    """
    return _left(order) < 0 or not was_paid(order)


def _left(order: Order) -> int:
    told = dict(
        OrderRefund.objects.filter(order=order, removed_at=None).values_list("external_id", "amount_minor")
    )
    asked = (
        ShopAction.objects.filter(order=order, kind=ShopAction.Kind.REFUND)
        .exclude(state=ShopAction.State.CANCELLED)
        .values_list("external_id", "amount_minor")
    )
    known = {bare(external_id) for external_id in told}
    pending = sum(
        amount for external_id, amount in asked if not external_id or bare(external_id) not in known
    )
    beside: int = sum(import_string(path)(order) for path in settings.MONEY_BESIDE)
    return order.total_minor - sum(told.values()) - pending - beside


def given_back_by_others(order: Order) -> bool:
    """Say whether money went back for an order that we did not send: nobody told us for which parcel."""
    ours = ShopAction.objects.filter(order=order, kind=ShopAction.Kind.REFUND)
    known = {bare(external_id) for external_id in ours.values_list("external_id", flat=True) if external_id}
    told = OrderRefund.objects.filter(order=order, removed_at=None, amount_minor__gt=0)
    return any(bare(external_id) not in known for external_id in told.values_list("external_id", flat=True))


def was_paid(order: Order) -> bool:
    """Say whether money came for an order, as far as its shop has told; silence is taken for yes."""
    return order.total_minor > 0 and order.payment_status.lower() not in NOT_PAID


def bare(external_id: str) -> str:
    """Return the number at the end of an id that an API writes as an address (gid://…/Refund/7)."""
    return external_id.rsplit("/", 1)[-1]
