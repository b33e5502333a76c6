"""What pages of lower apps show of the conversation."""

from typing import Any

import nh3
from django import template
from django.utils.safestring import SafeString, mark_safe

from engagement import guides, inbox, webpush
from engagement.guides import text
from engagement.models import Guide, InboxItem, Message
from tracking.models import Order, Shipment

register = template.Library()

GUIDES_SHOWN = 6


@register.simple_tag
def order_messages(order: Order) -> list[Message]:
    """
    Return the messages about an order, newest first: sent, waiting, held and failed ones, each with its state
    and reason.
    """
    return list(Message.objects.filter(order=order).order_by("-created_at", "-pk"))


# What a card in the inbox may be made of: it is cleaned when it is written, and again when it is shown.
CARD_TAGS = {"a", "b", "blockquote", "br", "code", "em", "h2", "h3", "hr", "li", "ol", "p", "strong", "ul"}
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}


@register.filter
def card(item: InboxItem) -> SafeString:
    """Return the words of a message in the inbox as HTML without anything that could do harm."""
    clean = nh3.clean(
        item.html, tags=CARD_TAGS, attributes=_ATTRIBUTES, url_schemes={"http", "https", "mailto", "tel"}
    )
    return mark_safe(clean)  # noqa: S308 (nh3 has cleaned it)


@register.simple_tag
def inbox_of(order: Order, level: str) -> dict[str, Any]:
    """
    Return `items` (newest first) and `new` (how many are unread) of an order's page. Only who may see all of
    the page sees them; asked for only where there are any (`order.beside`).
    """
    beside = getattr(order, "beside", {})
    if level != "act" or not beside.get("inbox"):
        return {"items": [], "new": 0}
    return {"items": list(inbox.of_order(order)[: inbox.ON_ORDER]), "new": beside.get("inbox_new") or 0}


@register.simple_tag
def guides_of(order: Order, level: str, language: str) -> list[Guide]:
    """
    Return the guides for what was ordered, once some of it is there. One query, and only where the store has
    guides (`order.beside`); who follows a shared link does not learn what is inside.
    """
    if level == "share" or not getattr(order, "beside", {}).get("guides"):
        return []
    delivered = Shipment.Status.DELIVERED
    here = order.status == Order.Status.DELIVERED or any(
        shipment.status == delivered for shipment in order.shipments.all()
    )
    return guides.for_order(order, [language, order.language], limit=GUIDES_SHOWN) if here else []


@register.filter
def guide_html(guide: Guide) -> SafeString:
    """Return the words of a guide as HTML that runs nothing."""
    return text.html(guide.body)


@register.simple_tag
def push_key() -> str:
    """Return the key a browser subscribes to our pushes with."""
    return webpush.public_key()
