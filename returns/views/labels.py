"""What a shopper prints or shows to send a return back: the label, the code, the slip."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from babel.dates import format_date
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from config.lib.downloads import document_response
from customers.storefront import speak
from returns.models import Return
from returns.services import moves
from returns.services.parcels import GIVEN_UP, current
from returns.services.shipping import contents_of, goods_of, shipped_to, to_send
from returns.slips import Slip, draw
from returns.states import WITH_SHOPPER
from returns.tokens import open_token
from returns.vocabulary import WITH_LABEL, Kind, Method, State
from tracking.models import Label
from tracking.presentation import Voice, voice_for
from tracking.services.label_requests import default_account
from tracking.services.labels import document

UNDECIDED = (State.REQUESTED, State.REVIEW)
PAPERS: Mapping[str, str] = {"": "pdf", "a4": "a4", "4x6": "4x6"}


@dataclass(frozen=True)
class Visit:
    """One request for what belongs to a return, spoken to in the reader's language."""

    ret: Return
    token: str
    voice: Voice
    at: datetime


def _visit(request: HttpRequest, token: str) -> Visit:
    """Return the visit a token allows. Raises Http404 for one that opens nothing, and for claims."""
    at = timezone.now()
    ret = open_token(token)
    if ret is None or ret.kind != Kind.RETURN:
        raise Http404
    language = speak(request, ret.language, ret.order.language, ret.store.language)
    country = str(ret.order.ship_to.get("country", "")) or ret.store.country
    return Visit(ret, token, voice_for(language=language, country=country, zone=ret.store.zone, at=at), at)


@require_safe
def label_pdf(request: HttpRequest, token: str) -> HttpResponse:
    """The label as a PDF: A4 where there is one, or `?paper=4x6`; `?save` to keep it."""
    visit = _visit(request, token)
    kind = PAPERS.get(request.GET.get("paper", ""))
    if kind is None:
        raise Http404
    return _document(request, visit, kind, "label")


@require_safe
def qr_png(request: HttpRequest, token: str) -> HttpResponse:
    """The code for handing in without a printer, as a picture."""
    return _document(request, _visit(request, token), "qr-png", "code")


@require_safe
def qr_svg(request: HttpRequest, token: str) -> HttpResponse:
    """The same as a drawing that stays sharp."""
    return _document(request, _visit(request, token), "qr-svg", "code")


@require_safe
def qr_page(request: HttpRequest, token: str) -> HttpResponse:
    """A page to be shown at the drop-off point, on the phone; `?paper=a4` is one to print."""
    visit = _visit(request, token)
    if request.GET.get("paper") == "a4":
        return _document(request, visit, "qr-page", "code")
    label = _label(visit)
    if isinstance(label, str):
        return _words(request, visit, label)
    shown = "qr-svg" if document(label=label, kind="qr-svg") else "qr-png"
    if document(label=label, kind=shown) is None:
        return _words(request, visit, "none")
    context = {
        "image": reverse("return_qr_svg" if shown == "qr-svg" else "return_qr_png", args=[token]),
        "number": label.tracking_number,
        "carrier": label.carrier_name,
        "until": _last_day(visit),
        "paper": document(label=label, kind="qr-page") is not None,
    }
    return _page(request, visit, "returns/qr.html", context)


@require_safe
def slip_pdf(request: HttpRequest, token: str) -> HttpResponse:
    """The slip that goes into a parcel without our label, its number as a code for the warehouse."""
    visit = _visit(request, token)
    ret = visit.ret
    if ret.method in WITH_LABEL or ret.method == Method.NONE:
        raise Http404
    if ret.state in GIVEN_UP:
        return _words(request, visit, _ended(visit))
    if ret.state in UNDECIDED or ret.state not in WITH_SHOPPER:
        return _words(request, visit, "review" if ret.state in UNDECIDED else "used")
    return document_response(draw(_slip(visit)), "application/pdf", f"return-{ret.number}")


def _slip(visit: Visit) -> Slip:
    ret = visit.ret
    until = _last_day(visit)
    ends = _("Please use it by {day}.").replace("{day}", until) if until else ""
    steps = [
        _("Pack the items so that nothing can fall out."),
        _("Put this page into the parcel. The code tells us whose return it is."),
    ]
    to, words = shipped_to(ret, default_account("RETURN")), ""
    if ret.method == Method.DROP_OFF:
        steps.append(_("Bring the parcel to us."))
        words, to_shown = moves.settings_of(ret.store).drop_off_words, None
    elif ret.method == Method.COLLECTION:
        steps.append(_("Keep the parcel ready. It is collected at your door."))
        to_shown = to
    else:
        steps.append(_("Send the parcel to the address below, and keep the receipt."))
        steps.append(_("Enter its tracking number on the page of your return."))
        to_shown = to
    return Slip(
        number=ret.number,
        title=_("Your return to %(store)s") % {"store": ret.store.name},
        steps=steps,
        contents=contents_of(goods_of(to_send(ret))),
        contents_title=_("What is in this parcel"),
        to=to_shown,
        to_title=_("To"),
        words=words,
        until=ends,
    )


# --- the label there is, or why there is none
def _label(visit: Visit) -> Label | str:
    """Return the label that can be used now, or why there is none: a key of WHY."""
    ret = visit.ret
    if ret.state in GIVEN_UP:
        return _ended(visit)
    if ret.method not in WITH_LABEL:
        return "none"
    if ret.state in UNDECIDED or ret.state not in WITH_SHOPPER:
        return "review" if ret.state in UNDECIDED else "used"
    parcel = current(ret)
    label = parcel.label if parcel else None
    if label is None or label.state in (Label.State.CANCELLING, Label.State.CANCELLED) or not label.is_ready:
        return "wait"
    return "expired" if label.has_expired(visit.at) else label


def _ended(visit: Visit) -> str:
    return "expired" if visit.ret.state == State.EXPIRED else "cancelled"


def _document(request: HttpRequest, visit: Visit, kind: str, name: str) -> HttpResponse:
    label = _label(visit)
    if isinstance(label, str):
        return _words(request, visit, label)
    row = document(label=label, kind=kind)
    if row is None:
        return _words(request, visit, "none")
    name = f"return-{visit.ret.number}-{name}"
    return document_response(bytes(row.body), row.media_type, name, save="save" in request.GET)


def _words(request: HttpRequest, visit: Visit, why: str) -> HttpResponse:
    """Say in words why there is nothing to print (any more)."""
    told: dict[str, tuple[str, str, int]] = {
        "expired": (
            _("This label has expired."),
            _("It can no longer be used. Start a new return, or write to us."),
            410,
        ),
        "cancelled": (
            _("This label is not valid any more."),
            _("The return was cancelled or not accepted. Please do not send anything with it."),
            410,
        ),
        "used": (_("Your parcel is on its way."), _("You do not need this any more."), 410),
        "review": (
            _("Your return is being looked at."),
            _("You can send it as soon as it is approved. Please do not send anything yet."),
            404,
        ),
        "wait": (
            _("Your label is not ready yet."),
            _("It is usually here within a few minutes. If it is not, we look after it ourselves."),
            404,
        ),
        "none": (
            _("There is no such label for this return."),
            _("The page of your return says how to send it."),
            404,
        ),
    }
    title, more, status = told[why]
    return _page(request, visit, "returns/label_none.html", {"title": title, "more": more}, status=status)


def _page(
    request: HttpRequest, visit: Visit, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    shared = {
        "store": visit.ret.store,
        "ret": visit.ret,
        "token": visit.token,
        "home": reverse("return_qr", args=[visit.token]).removesuffix("qr/"),
        "language_tag": visit.voice.tag,
    }
    response = render(request, template, shared | context, status=status)
    patch_cache_control(response, private=True, no_store=True)
    return response


def _last_day(visit: Visit) -> str:
    """Return the last day the parcel may be handed over, as the reader writes days; '' when there is none."""
    ends = visit.ret.expires_at
    if ends is None:
        return ""
    day = ends.astimezone(visit.ret.store.zone).date()
    return str(format_date(day, "long", locale=visit.voice.locale))
