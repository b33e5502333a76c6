"""The returns and reports of whoever is logged in."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from customers.models import User
from customers.services.accounts import customer_of
from customers.storefront import speak
from returns import tokens
from returns.models import Return
from returns.presentation.cards import Card, card_for
from tracking.presentation import voice_for

PER_PAGE = 10


@login_required
@require_safe
def returns(request: HttpRequest) -> HttpResponse:
    """All returns and reports of one's own orders, newest first; not those of who was given something."""
    assert isinstance(request.user, User)  # noqa: S101 (login_required)
    language, customer = speak(request), customer_of(request.user)
    own = Return.objects.filter(order__customer=customer) if customer else Return.objects.none()
    rows = own.exclude(source=Return.Source.GIFT).select_related("store", "order__store")
    found = Paginator(rows.order_by("-requested_at", "-pk"), PER_PAGE).get_page(request.GET.get("page"))
    cards = [_card(ret, number, language) for number, ret in enumerate(found, 1)]
    return render(request, "account/returns.html", {"cards": cards, "found": found})


def _card(ret: Return, number: int, language: str) -> Card:
    country = str(ret.order.ship_to.get("country", "")) or ret.store.country
    voice = voice_for(language=language, country=country, zone=ret.store.zone, at=timezone.now())
    return card_for(ret, number, reverse("return_status", args=[tokens.token(ret)]), voice)
