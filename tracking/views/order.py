"""One order's page, its calendar file, and the code that opens the rest of it."""

import hashlib
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tracking import access as tokens
from tracking.beside import living_links
from tracking.forms import CodeForm
from tracking.models import Link, MakeGood, Order
from tracking.presentation import Level, Voice, build_page
from tracking.presentation.calendar import calendar_for
from tracking.presentation.choice import Offer, offers_for
from tracking.presentation.page import mask
from tracking.services import access
from tracking.services.access import TooMany
from tracking.views.gate import Visit, open_visit, remember_act, too_many, voice_of
from tracking.views.loading import load

FRESH_SECONDS = 300  # "last checked" moves without a new version: an open page learns of it this often


@require_safe
def page(request: HttpRequest, token: str) -> HttpResponse:
    """The order page; 304 when the visitor's copy still says all there is to say."""
    at = timezone.now()
    visit = open_visit(request, token, at=at)
    voice = voice_of(request, visit.order, at=at)
    links = _links(visit)
    shared = links.get(Link.Purpose.SHARE)
    etag = _etag(visit, voice, shared)
    unchanged = get_conditional_response(request, etag=etag)
    if unchanged is not None:
        return unchanged
    context = {
        "store": visit.order.store,
        "order": visit.order,
        "voice": voice,
        "page": build_page(load([visit.order])[0], voice, visit.level, _offers(visit, voice)),
        "language_tag": voice.tag,
        "token": token,
        "etag": etag,
        "can_write": bool(visit.order.email_key),
        "share_url": _address(request, shared) if shared else "",
        "links": links,
    }
    response = render(request, "portal/order.html", context)
    response["ETag"] = etag
    return response


def _links(visit: Visit) -> dict[str, Link]:
    """Return {purpose: the living link that can be handed on}, for who may do that."""
    if visit.level != Level.ACT or not visit.order.beside["links"]:
        return {}
    return {link.purpose: link for link in reversed(living_links(visit.order))}


def _offers(visit: Visit, voice: Voice) -> dict[int, Offer]:
    """Return {parcel: what is offered for it, or became of that}."""
    if visit.level == Level.SHARE or not visit.order.beside["offers"]:
        return {}
    rows = MakeGood.objects.filter(order=visit.order).exclude(choices=[])
    return offers_for(rows.select_related("shipment", "order", "action"), voice, visit.level)


def _etag(visit: Visit, voice: Voice, shared: Link | None) -> str:
    """Name this very page: whose, how much of it, in which version, language and moment."""
    store, order = visit.order.store, visit.order
    moving = order.status not in (Order.Status.DELIVERED, Order.Status.CANCELLED)
    parts = (
        visit.link.key,
        visit.level,
        order.version,
        store.updated_at.timestamp(),
        voice.tag,
        voice.today,
        int(voice.at.timestamp() // FRESH_SECONDS) if moving else "",
        shared.pk if shared else "",
        sorted(order.beside.items()),  # what apps above show on it
    )
    return f'"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'


def _address(request: HttpRequest, link: Link) -> str:
    return request.build_absolute_uri(reverse("order", args=[tokens.token(link)]))


@require_safe
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    """The delivery windows as a file for a calendar; 404 when there is none."""
    at = timezone.now()
    visit = open_visit(request, token, at=at)
    text = calendar_for(load([visit.order])[0], voice_of(request, visit.order, at=at))
    if not text:
        raise Http404
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="parcel.ics"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest, token: str) -> HttpResponse:
    """Send a code to the order's address (POST), then take it (POST with `code`)."""
    at = timezone.now()
    visit = open_visit(request, token, at=at)
    order = visit.order
    voice_of(request, order, at=at)
    if visit.level == Level.SHARE or not order.email_key:
        raise Http404
    if visit.level == Level.ACT:
        return redirect("order", token)
    form = CodeForm(request.POST if "code" in request.POST else None)
    try:
        if request.method == "POST" and "code" not in request.POST:
            access.request_code(visit.link, at=at)
            return redirect("order_code", token)
        if form.is_valid() and _accepted(request, visit, form, at):
            return redirect("order", token)
    except TooMany as limit:
        return too_many(request, limit, store=order.store, token=token)
    waiting = visit.link.codes.filter(used_at=None, expires_at__gt=at, tries__lt=tokens.CODE_TRIES).exists()
    context = {
        "store": order.store,
        "token": token,
        "form": form,
        "email": mask(order.email),
        "sent": waiting,
    }
    return render(request, "portal/code.html", context)


def _accepted(request: HttpRequest, visit: Visit, form: CodeForm, at: datetime) -> bool:
    """Open the page for this session when the code is right; else say so in the form."""
    if access.enter_code(visit.link, form.cleaned_data["code"], at=at):
        remember_act(request, visit.link, at=at)
        return True
    form.add_error("code", _("This code does not work. Take the newest message, or have a new code sent."))
    return False


@require_POST
def send_link(request: HttpRequest, token: str) -> HttpResponse:
    """Have the full link sent to the order's own address."""
    at = timezone.now()
    visit = open_visit(request, token, at=at)
    order = visit.order
    voice_of(request, order, at=at)
    if visit.level == Level.SHARE or not order.email_key:
        raise Http404
    try:
        access.send_link(order, at=at)
    except TooMany as limit:
        return too_many(request, limit, store=order.store, token=token)
    return render(
        request, "portal/link_sent.html", {"store": order.store, "token": token, "email": mask(order.email)}
    )
