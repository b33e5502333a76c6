"""The choice for a parcel in trouble: look (GET), choose one (GET), say yes (POST), see what became of it."""

import uuid
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from tracking.models import MakeGood
from tracking.presentation import Level
from tracking.presentation.choice import choice_page
from tracking.services.make_goods import (
    ANSWER_DAYS,
    Changed,
    Over,
    Terms,
    bring_up_to_date,
    choose,
    terms_for,
    wait_days,
    working_day,
)
from tracking.views.gate import Visit, open_visit, voice_of

NOT_SEEN = -1  # no sum that was ever shown


@require_http_methods(["GET", "HEAD", "POST"])
def choice(request: HttpRequest, token: str, public_id: uuid.UUID) -> HttpResponse:
    """
    One offer. GET changes nothing: `?way=` shows one way with its button, which POSTs it.

    Shared links and other people's orders get 404; who may only look is asked for the code first.
    """
    at = timezone.now()
    visit = open_visit(request, token, at=at)
    if visit.level == Level.SHARE:
        raise Http404
    make_good = _offer(visit, public_id)
    if visit.level != Level.ACT:
        return redirect("order_code", token)
    here = reverse("order_choice", args=[token, public_id])
    if request.method == "POST":
        return redirect(here + _carry(request, make_good, at))
    voice = voice_of(request, visit.order, at=at)
    open_ = make_good.state == MakeGood.State.OFFERED
    page = choice_page(
        make_good,
        terms_for(make_good.shipment) if open_ else Terms(),
        working_day(make_good, wait_days(make_good.order.store), at),
        working_day(make_good, ANSWER_DAYS, at),
        voice,
    )
    context = {
        "store": visit.order.store,
        "page": page,
        "way": page.way(request.GET.get("way", "")),
        "changed": "changed" in request.GET and bool(page.ways),
        "token": token,
        "here": here,
        "number": visit.order.number.lstrip("#"),
        "language_tag": voice.tag,
    }
    response = render(request, "portal/choice.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


def _offer(visit: Visit, public_id: uuid.UUID) -> MakeGood:
    """Return the visitor's own offer. Raises Http404, the same for another's and for none."""
    found = (
        MakeGood.objects.filter(order=visit.order, public_id=public_id)
        .exclude(choices=[])
        .select_related("shipment__order__store", "order__store", "action")
        .first()
    )
    if found is None:
        raise Http404
    return found


def _carry(request: HttpRequest, make_good: MakeGood, at: datetime) -> str:
    """Take the choice. Returns what to add to the address: '' when all is well."""
    seen = request.POST.get("seen", "")
    try:
        choose(
            make_good_id=make_good.pk,
            choice=request.POST.get("way", ""),
            seen_minor=int(seen) if seen.isdecimal() and len(seen) < 16 else NOT_SEEN,
            at=at,
        )
    except Over:
        return ""
    except Changed:
        bring_up_to_date(make_good_id=make_good.pk, at=at)
        return "?changed"
    return ""
