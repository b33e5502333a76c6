"""What pages of lower apps show of the conversation."""

from django import template

from engagement.models import Message
from tracking.models import Order

register = template.Library()


@register.simple_tag
def order_messages(order: Order) -> list[Message]:
    """
    Return the messages about an order, newest first: sent, waiting, held and failed ones, each with its state
    and reason.
    """
    return list(Message.objects.filter(order=order).order_by("-created_at", "-pk"))
