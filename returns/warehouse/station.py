"""The station's first page: one field that takes any code, and what there is to do."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from customers.storefront import host_of, store_for_host
from returns.models import Return, ReturnParcel
from returns.services import receiving
from returns.services.finding import LONGEST, Found, find
from returns.vocabulary import Kind
from returns.warehouse.access import station_view, user_of
from returns.warehouse.forms import token_of
from returns.warehouse.queue import desk_for
from tracking.models import Order
from tracking.services.orders import number_key

BAD, GOOD = messages.ERROR, messages.SUCCESS


@station_view
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """Show what waits, what comes, and the field."""
    store = store_for_host(host_of(request))
    zone = store.timezone if store else "UTC"
    context = {"desk": desk_for(user_of(request), zone=zone, at=timezone.now())}
    return render(request, "warehouse/desk.html", context)


def parcel_url(parcel: ReturnParcel) -> str:
    """Return the address of a parcel's page. Needs `ret`."""
    return reverse("warehouse_parcel", args=[parcel.ret.number, parcel.position])


def return_url(ret: Return) -> str:
    """Return the address of a return at the station."""
    return reverse("warehouse_return", args=[ret.number])


@station_view
@require_POST
def scan(request: HttpRequest) -> HttpResponse:
    """Go where a code leads; say so when nobody knows it. Changes nothing."""
    code = request.POST.get("code", "").strip()[:LONGEST]
    if not code:
        return redirect("warehouse")
    return go_to(request, code, find(code))


def go_to(request: HttpRequest, code: str, found: Found) -> HttpResponse:
    """Return the one page a code leads to, or the page that asks which, or what to do with the unknown."""
    if len(found.parcels) == 1:
        return redirect(parcel_url(found.parcels[0]))
    if len(found.returns) == 1:
        return redirect(return_url(found.returns[0]))
    if found:
        return render(request, "warehouse/choose.html", {"code": code, "found": found})
    return render(request, "warehouse/unknown.html", {"code": code})


@station_view
@require_POST
def unknown(request: HttpRequest) -> HttpResponse:
    """Take an unknown parcel: for an order that is named, else put aside for the back-office."""
    code, note = request.POST.get("code", "").strip()[:LONGEST], request.POST.get("note", "")
    number = request.POST.get("order", "").strip()
    if not number:
        receiving.keep_unknown(code, note=note, at=timezone.now(), by=str(user_of(request)))
        messages.add_message(request, GOOD, "Put aside. The back-office has been told.")
        return redirect("warehouse")
    key = number_key(number)
    orders = list(Order.objects.filter(number_key=key).select_related("store")[:12]) if key else []
    if not orders:
        messages.add_message(request, BAD, f"There is no order {number[:60]}.")
        return render(request, "warehouse/unknown.html", {"code": code, "note": note, "order": number})
    found = Return.objects.filter(order__in=orders, kind=Kind.RETURN).select_related("order", "store")
    returns = tuple(found.order_by("-requested_at")[:12])
    open_orders = () if returns else tuple(orders)
    context = {"code": code, "found": Found(returns=returns, orders=open_orders), "always": True}
    return render(request, "warehouse/choose.html", context)


@station_view
@require_POST
def unasked(request: HttpRequest) -> HttpResponse:
    """Take a parcel in for an order of which nothing was announced."""
    order = Order.objects.filter(public_id=token_of(request, "order")).first()
    if order is None:
        messages.add_message(request, BAD, "That order is not there any more.")
        return redirect("warehouse")
    with transaction.atomic():
        parcel = receiving.take_in_unasked(
            order.pk,
            code=request.POST.get("code", "")[:LONGEST],
            at=timezone.now(),
            by=str(user_of(request)),
        )
    messages.add_message(request, GOOD, f"Taken in for order {order.number}. Scan what is in it.")
    return redirect(parcel_url(parcel))
