"""Returns on an order's page: tracking knows nothing of them, so its template asks here."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.urls import reverse

from returns import tokens
from returns.models import Return
from returns.presentation.cards import cards_for, parcels_for
from tracking import access
from tracking.models import Link, Order
from tracking.presentation import Level, Voice

register = template.Library()

LEFT = (Order.Status.SHIPPED, Order.Status.PARTLY_DELIVERED, Order.Status.DELIVERED)


@register.simple_tag
def returns_of(
    order: Order, level: str, token: str, voice: Voice, links: Mapping[str, Link]
) -> dict[str, Any]:
    """
    Return what an order's page shows: `cards`, `entry` (address of the wizard, '' for none), `claims`,
    `gift` ({url, link}), None where it is not offered. Nothing at all for shared links.

    Needs the order's store, `beside` and prefetched shipments. `links`: {purpose: living link}. One query,
    none for an order without returns.
    """
    if level == Level.SHARE:
        return {}
    known = order.beside
    open_ = known["returns_enabled"] and not order.cancelled_at and not order.removed_at
    gone = order.status in LEFT or any(each.delivered_at for each in order.shipments.all())
    told: dict[str, Any] = {
        "entry": reverse("return_items", args=[token]) if open_ and gone else "",
        "elsewhere": "" if known["returns_enabled"] else order.store.returns_url,
    }
    if level != Level.ACT:
        return told
    rets = _made(order) if known["returns_made"] else []
    urls = {ret.pk: reverse("return_status", args=[tokens.token(ret)]) for ret in rets}
    told["cards"] = cards_for(rets, urls, voice)
    if open_:
        shipments = list(order.shipments.all())
        claim = {each.pk: reverse("return_claim", args=[token, each.public_id]) for each in shipments}
        told["claims"] = parcels_for(shipments, claim)
        if gone and known["returns_gifts"]:
            told["gift"] = _gift(links.get(Link.Purpose.GIFT), token)
    return told


def _made(order: Order) -> list[Return]:
    rows = Return.objects.filter(order=order).exclude(source=Return.Source.GIFT)
    return list(rows.select_related("store").order_by("-requested_at", "-pk"))


def _gift(living: Link | None, token: str) -> dict[str, str]:
    link = reverse("gift_items", args=[access.token(living)]) if living else ""
    return {"url": reverse("gift_link", args=[token]), "link": link}
