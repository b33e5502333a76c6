"""Reading our messages on our own pages: under the account, and marking those of an order's page."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from customers.models import User
from customers.services.accounts import customer_of
from engagement import inbox
from engagement.models import InboxItem
from engagement.portal.pages import hello
from tracking import access
from tracking.models import Link

PER_PAGE = 20


def _mine(request: HttpRequest) -> QuerySet[InboxItem]:
    assert isinstance(request.user, User)  # noqa: S101 (login_required)
    customer = customer_of(request.user)
    return inbox.of_customer(customer) if customer else InboxItem.objects.none()


@login_required
@require_safe
def messages(request: HttpRequest) -> HttpResponse:
    """All messages of whoever is logged in, newest first. Looking marks nothing as read."""
    hello(request, None, None)
    mine = _mine(request)
    found = Paginator(mine, PER_PAGE).get_page(request.GET.get("page"))
    new = mine.order_by().filter(read_at=None).count()
    return render(request, "account/messages.html", {"found": found, "new": new})


@login_required
@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Mark one message (`item`) as read, or all. 404 for one that is not one's own."""
    rows = _mine(request)
    if request.POST.get("item"):
        named = request.POST["item"]
        pk = int(named) if named.isdecimal() and len(named) < 18 else 0
        rows = rows.filter(pk=get_object_or_404(rows, pk=pk).pk)
    inbox.read(rows, at=timezone.now())
    return redirect("account_messages")


@require_POST
def read_on_order(request: HttpRequest, token: str) -> HttpResponse:
    """Mark the messages of an order's page as read; only a link that opens all of it may."""
    at = timezone.now()
    link = access.open_token(token, at=at)
    if link is None or link.purpose != Link.Purpose.ACT:
        raise Http404
    inbox.read(inbox.of_order(link.order), at=at)
    return redirect(reverse("order", args=[token]) + "#inbox")
