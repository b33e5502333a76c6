"""Pages about one return and one parcel. They change nothing."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from returns.models import Return, ReturnParcel, ReturnPhoto
from returns.services import holding
from returns.services.receiving import GONE
from returns.vocabulary import Condition, Disposition, Kind
from returns.warehouse.access import leads, station_view, user_of
from returns.warehouse.presentation import choices_for, minutes_left, parcel_page, place_of
from returns.warehouse.station import parcel_url

UNEXPECTED = tuple(each for each in Condition if each != Condition.MISSING)


def return_of(number: str) -> Return:
    """Return the return with this number. Raises: Http404."""
    return get_object_or_404(Return.objects.select_related("order", "store", "destination"), number=number)


def parcel_of(number: str, position: int) -> ReturnParcel:
    """Return one parcel of a return, with return, order and store. Raises: Http404."""
    rows = ReturnParcel.objects.select_related("ret__order", "ret__store", "ret__destination", "shipment")
    return get_object_or_404(rows, ret__number=number, position=position)


@station_view
@require_safe
def ret(request: HttpRequest, number: str) -> HttpResponse:
    """Show a return's parcels; the one that is still to be dealt with opens at once."""
    found = return_of(number)
    parcels = list(found.parcels.exclude(label__state__in=GONE).order_by("position"))
    open_ = [parcel for parcel in parcels if parcel.inspected_at is None]
    if len(open_) == 1 and found.kind == Kind.RETURN and "all" not in request.GET:
        return redirect("warehouse_parcel", number, open_[0].position)
    context = {"ret": found, "parcels": parcels, "claim": found.kind == Kind.CLAIM}
    return render(request, "warehouse/return.html", context)


@station_view
@require_safe
def parcel(request: HttpRequest, number: str, position: int) -> HttpResponse:
    """Show what should be in a parcel, and one unit of it (`?unit=`) to be looked at."""
    at, user = timezone.now(), user_of(request)
    found = parcel_of(number, position)
    page = parcel_page(found)
    held = holding.holder(found.pk)
    foreign = held if held and held.held_by_id != user.pk else None
    finished = found.inspected_at is not None
    chosen = page.row(request.GET.get("unit", ""))
    want = request.GET.get("want", "")
    context = {
        "page": page,
        "parcel": found,
        "ret": page.ret,
        "here": parcel_url(found),
        "foreign": foreign,
        "minutes": minutes_left(foreign.held_until, at) if foreign else 0,
        "leads": leads(user),
        "finished": finished,
        "working": not finished and not foreign,
        "chosen": chosen,
        "choices": choices_for(page.ret, chosen.unit) if chosen else [],
        "want": want if want in Condition.values else "",
        "wrong": request.GET.get("wrong", ""),
        "place": place_of(page.ret, chosen.unit) if chosen else None,
        "conditions": Condition.choices,
        "dispositions": Disposition.choices,
        "unexpected_conditions": [(each.value, each.label) for each in UNEXPECTED],
        "unexpected_code": request.GET.get("unexpected", "")[:120],
        "token": uuid.uuid4(),
        "tokens": [uuid.uuid4() for _ in range(3)],
    }
    return render(request, "warehouse/parcel.html", context)


@station_view
@require_safe
def photo(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Return a picture of a return (`?size=large`: not the thumbnail)."""
    found = ReturnPhoto.objects.filter(public_id=public_id, ret__isnull=False).first()
    if found is None:
        raise Http404
    body = found.body if request.GET.get("size") == "large" else found.thumbnail
    response = HttpResponse(bytes(body), content_type="image/jpeg")
    response["Content-Disposition"] = "inline"
    return response
