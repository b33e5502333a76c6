"""What these pages share: whose they are, and the language they speak."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from customers.limits import Limit
from customers.models import Customer, Store
from customers.storefront import host_of, speak, store_for_host


def shop_of(request: HttpRequest, store: Store | None) -> Store | None:
    """Return the store a page is dressed as: `store`, else the one of the host."""
    return store or store_for_host(host_of(request))


def hello(request: HttpRequest, customer: Customer | None, store: Store | None, *languages: str) -> str:
    """Activate the language of this page: as the reader's browser, the message or the customer has it."""
    theirs = (*languages, customer.language if customer else "", store.language if store else "")
    return speak(request, *(code for code in theirs if code))


def too_often(request: HttpRequest, limit: Limit, *, at: datetime, **context: object) -> HttpResponse:
    """Say in plain words that it was too often, and when it works again (429)."""
    per = limit.per.total_seconds()
    left = max(1, round(per - at.timestamp() % per))
    response = render(request, "429.html", {**context, "minutes": -(-left // 60)}, status=429)
    response["Retry-After"] = str(left)
    return response
