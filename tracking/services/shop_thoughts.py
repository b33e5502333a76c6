"""What may have changed between a decision and the call that carries it out: asked right before each call."""

from datetime import timedelta

from tracking.models import MakeGood, ShopAction
from tracking.services.refundable import promised_too_much
from tracking.vocabulary import Status

State = ShopAction.State
GIVE_UP = timedelta(hours=24)


def second_thoughts(action: ShopAction) -> tuple[str, bool]:
    """
    Return why an action should not be carried out as things stand now, in words for staff, and whether that
    may pass by itself; ("", False) when nothing speaks against it.

    What a person has had tried again is not doubted again, but for sums above what was paid.
    """
    order = action.order
    if order is None:
        return "", False
    if action.kind == ShopAction.Kind.REFUND and promised_too_much(order):
        # One that the shop knows of and we have not settled yet counts twice for a moment.
        others = ShopAction.objects.filter(order=order, kind=action.kind).exclude(pk=action.pk)
        passing = others.filter(state__in=(State.WAITING, State.UNKNOWN), started_at__isnull=False).exists()
        return "The shop has given money back for this order: what is left is less than this.", passing
    made = MakeGood.objects.select_related("shipment").filter(action=action).first()
    if made is None or action.give_up_at > action.created_at + GIVE_UP:  # only trying again moves that
        return "", False
    shipment = made.shipment
    if (
        shipment.status == Status.DELIVERED
        and (shipment.delivered_at or action.created_at) > action.created_at
    ):
        return "The parcel has come since this was chosen.", False
    if action.kind == ShopAction.Kind.ORDER and (order.cancelled_at or order.removed_at):
        return "The order was cancelled since this was chosen.", False
    return "", False
