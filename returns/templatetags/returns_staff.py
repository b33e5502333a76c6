"""What this app adds to back-office pages of the apps below."""

from typing import Any

from django import template
from django.urls import reverse

from config.lib.staff.story import Entry
from returns import story
from returns.models import Return
from tracking.models import Order

register = template.Library()


@register.simple_tag
def return_entries(order: Order) -> list[Entry]:
    """Return what happened to an order's returns and claims as lines of its timeline, in two queries."""
    return story.of_order(order)


@register.simple_tag
def order_returns(order: Order, user: Any) -> dict[str, Any]:
    """Return an order's returns and claims for its page, and where `user` makes one ('' if they may not)."""
    if not user.has_perm("returns.view_return"):
        return {}
    may_make = user.has_perm("returns.add_return") and not order.cancelled_at and not order.removed_at
    return {
        "rows": list(Return.objects.filter(order=order).order_by("-requested_at")),
        "make": f"{reverse('admin:returns_return_create')}?order={order.pk}" if may_make else "",
    }
