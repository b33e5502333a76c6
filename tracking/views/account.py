"""The orders of whoever is logged in."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from customers.models import User
from customers.services.accounts import customer_of
from customers.storefront import speak
from tracking import access as tokens
from tracking.models import Link, Order
from tracking.presentation import Material, voice_for
from tracking.presentation.answer import Answer
from tracking.presentation.goods import Item, Till, items_for
from tracking.presentation.whole import answer_for_order
from tracking.querysets import OrderQuerySet
from tracking.views.loading import load

PER_PAGE = 10
PICTURES = 4


@dataclass(frozen=True)
class Row:
    """One order in the list. `items` are the first few, `more` how many kinds of goods are left out."""

    order: Order
    number: str
    placed: str
    total: str
    answer: Answer
    items: list[Item]
    more: int


def _own(request: HttpRequest) -> OrderQuerySet:
    """Return the orders of the customer this log-in belongs to; none while that cannot be known."""
    assert isinstance(request.user, User)  # noqa: S101 (login_required)
    customer = customer_of(request.user)
    return Order.objects.for_customer(customer) if customer else Order.objects.none()


@login_required
@require_safe
def orders(request: HttpRequest) -> HttpResponse:
    """All orders, newest first."""
    at = timezone.now()
    language = speak(request)
    own = _own(request).select_related("store").order_by("-placed_at", "-pk")
    found = Paginator(own, PER_PAGE).get_page(request.GET.get("page"))
    rows = [_row(material, language, at) for material in load(list(found))]
    return render(request, "account/orders.html", {"rows": rows, "found": found})


def _row(material: Material, language: str, at: datetime) -> Row:
    order = material.order
    country = str(order.ship_to.get("country", "")) or order.store.country
    voice = voice_for(language=language, country=country, zone=order.store.zone, at=at)
    lines = [(line, line.quantity) for line in material.lines if line.quantity]
    return Row(
        order=order,
        number=order.number.lstrip("#"),
        placed=voice.day(voice.date_of(order.placed_at)),
        total=voice.money(order.total_minor, order.currency),
        answer=answer_for_order(material, voice, names=True),
        items=items_for(lines[:PICTURES], order, voice, Till()),
        more=max(len(lines) - PICTURES, 0),
    )


@login_required
@require_POST
def open_order(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Go to the page of one of one's own orders. A POST, because it may make the link."""
    order = get_object_or_404(_own(request), public_id=public_id)
    return redirect("order", tokens.token(tokens.link_for(order, Link.Purpose.ACT, at=timezone.now())))
