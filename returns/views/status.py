"""The page of one return: how it stands, taking it back, and its last day for a calendar."""

import hashlib
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers.storefront import speak
from returns.models import Return
from returns.presentation.calendar import send_by_calendar
from returns.presentation.status import ReturnPage, build_status
from returns.services import parcels
from returns.services.requests import Refused, cancel
from returns.states import WITH_SHOPPER, WrongState
from returns.tokens import open_token
from returns.views.loading import load
from returns.views.photos import of_return
from returns.vocabulary import Kind, Method, State
from tracking.presentation import Voice, voice_for

NUMBER_WORDS = {
    "over": lambda: _("The parcel of this return is on its way already, or not to be sent any more."),
    "label": lambda: _("This return has a label of ours: its number is known."),
    "outbound": lambda: _(
        "This is the number of the parcel we sent to you. Enter the one you send back with."
    ),
    "taken": lambda: _("This number belongs to another return."),
    "malformed": lambda: _("This does not look like a tracking number. Please check it."),
}


def opened(token: str) -> Return:
    """Return the return a token opens. Raises Http404, the same for every token that opens none."""
    ret = open_token(token)
    if ret is None:
        raise Http404
    return ret


def voice_of(request: HttpRequest, ret: Return, *, at: datetime) -> Voice:
    """Return how this return's reader is spoken to, and activate their language."""
    order = ret.order
    language = speak(request, ret.language, order.language, order.store.language)
    address = ret.ship_from or ({} if ret.is_gift else order.ship_to) or {}
    country = str(address.get("country", "")) or order.store.country
    return voice_for(language=language, country=country, zone=order.store.zone, at=at)


@require_safe
def status(request: HttpRequest, token: str) -> HttpResponse:
    """How a return stands; 304 when the visitor's copy still says all there is to say."""
    ret = opened(token)
    voice = voice_of(request, ret, at=timezone.now())
    page, links = _page(ret, voice, token)
    told = repr((page, links, voice.tag, ret.store.updated_at, ret.version))
    etag = f'"{hashlib.sha256(told.encode()).hexdigest()[:32]}"'
    unchanged = get_conditional_response(request, etag=etag)
    if unchanged is not None:
        return unchanged
    context = {**_context(ret, page, token, voice), **links, "etag": etag}
    response = render(request, "portal/return/status.html", context)
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    return response


def _page(ret: Return, voice: Voice, token: str) -> tuple[ReturnPage, dict[str, Any]]:
    """Return the page and the addresses it links to."""
    parcel = parcels.current(ret)
    label = parcel.label if parcel else None
    usable = bool(label and label.is_ready and not label.has_expired(voice.at))
    page = build_status(load(ret, voice), voice, label_there=usable)
    sends = ret.state in (State.APPROVED, State.LABEL_READY) and ret.kind == Kind.RETURN
    links: dict[str, Any] = {"label_links": _links(ret, page, token) if sends else [], "number_url": ""}
    if sends and ret.method in (Method.OWN, Method.COLLECTION):
        links["number_url"] = reverse("return_number", args=[token])
        links["number"] = parcel.tracking_number if parcel else ""
    return page, links


def _links(ret: Return, page: ReturnPage, token: str) -> list[dict[str, str]]:
    """Return what is printed or shown to send it: the label, the code, the slip."""
    label, code = reverse("return_label", args=[token]), reverse("return_qr", args=[token])
    if page.label == "qr":
        return [
            {"url": code, "words": _("Show the code")},
            {"url": label, "words": _("Print a label instead")},
        ]
    if page.label == "label":
        small = {"url": f"{label}?paper=4x6", "words": _("For a label printer")}
        return [{"url": label, "words": _("Print the label")}, small]
    if ret.method in (Method.OWN, Method.DROP_OFF, Method.COLLECTION):
        return [{"url": reverse("return_slip", args=[token]), "words": _("Print the slip for the parcel")}]
    return []


def _context(ret: Return, page: ReturnPage, token: str, voice: Voice) -> dict[str, Any]:
    return {
        "store": ret.store,
        "page": page,
        "token": token,
        "photos": of_return(token, page.photos),
        "change_url": reverse("change_items", args=[token]) if page.may_change else "",
        "language_tag": voice.tag,
    }


@require_http_methods(["GET", "HEAD", "POST"])
def cancel_return(request: HttpRequest, token: str) -> HttpResponse:
    """Take a return back: GET asks, POST does it."""
    ret, at = opened(token), timezone.now()
    voice = voice_of(request, ret, at=at)
    if ret.state not in WITH_SHOPPER:
        return redirect("return_status", token)
    refused = ""
    if request.method == "POST":
        try:
            cancel(ret.pk, at=at, by="The shopper")
        except (Refused, WrongState) as why:
            refused = str(why)
        else:
            return redirect("return_status", token)
    page, _links = _page(ret, voice, token)
    return render(
        request, "portal/return/cancel.html", {**_context(ret, page, token, voice), "refused": refused}
    )


@require_POST
def number(request: HttpRequest, token: str) -> HttpResponse:
    """Take the number of a parcel that the shopper has sent on their own."""
    ret, at = opened(token), timezone.now()
    voice = voice_of(request, ret, at=at)
    try:
        parcels.enter_number(ret.pk, number=request.POST.get("number", "").strip()[:80], at=at)
    except parcels.NotEntered as why:
        page, links = _page(ret, voice, token)
        words = NUMBER_WORDS.get(why.code, NUMBER_WORDS["malformed"])()
        context = {**_context(ret, page, token, voice), **links, "number_error": words}
        return render(request, "portal/return/status.html", context)
    return redirect("return_status", token)


@require_safe
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    """The day by which it is to be handed over, as a file for a calendar; 404 when there is none."""
    ret = opened(token)
    voice = voice_of(request, ret, at=timezone.now())
    text = send_by_calendar(ret, voice) if ret.state in WITH_SHOPPER and ret.kind == Kind.RETURN else ""
    if not text:
        raise Http404
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="return.ics"'
    return response
