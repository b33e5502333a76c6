"""Something is wrong with a parcel: what, which items, and what is to be done. Nothing has to come back."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from returns import tokens
from returns.models import Return, ReturnPhoto
from returns.presentation import words
from returns.presentation.faces import face
from returns.presentation.sums import quote_rows
from returns.presentation.wizard import Option
from returns.services import photos
from returns.services.assess import Assessment, Item, assess
from returns.services.claims import create_claim
from returns.services.photos import PhotoRefused
from returns.services.quoting import quote_for
from returns.services.refusals import Changed, Refused
from returns.views.confirming import about, seen_sums
from returns.views.doors import OWN, Door, behind_a_door
from returns.views.draft import MOST_WORDS, Draft, Slot, finish, made, name_of, read, write
from returns.views.photos import shown
from returns.vocabulary import OF_CLAIMS, Kind, Method, Outcome, Reason
from returns.wishes import Wish
from tracking.models import Shipment

ALL = "all"  # the one choice of a claim: what is wrong, and what is wished, holds for all of it
METHODS = ["GET", "HEAD", "POST"]
WRONG = tuple(reason for reason in Reason if reason in OF_CLAIMS)
WISHED = (Outcome.EXCHANGE, Outcome.REFUND, Outcome.CREDIT)


@dataclass
class Case:
    """One claim in the making: about which parcel, what has been entered, and what may be claimed."""

    door: Door
    shipment: Shipment
    draft: Draft
    told: Assessment
    items: list[Item]

    @property
    def place(self) -> str:
        """Where the draft is kept in the session."""
        return f"{self.door.order.pk}:claim:{self.shipment.public_id}"

    @property
    def entered(self) -> dict[str, Any]:
        """What was entered for all of it."""
        return self.draft.slots.setdefault(ALL, {})

    def slots(self) -> list[Slot]:
        """Return what is claimed, part by part."""
        chosen = self.draft.chosen(self.items)
        for slot in chosen:
            slot.entered = self.entered
        return chosen

    def photos(self) -> list[ReturnPhoto]:
        """Return the pictures sent for it."""
        return photos.of_draft(self.door.order, [str(each) for each in self.entered.get("photos", [])])

    def wishes(self) -> list[Wish]:
        """Return one wish per unit that is claimed."""
        sent = [photo.pk for photo in self.photos()]
        return [wish for slot in self.slots() for wish in slot.wishes(sent)]

    def url(self, name: str) -> str:
        """Return the address of one of its two pages."""
        return reverse(name, args=[self.door.token, self.shipment.public_id])


def _case(request: HttpRequest, door: Door, public_id: uuid.UUID) -> Case:
    """Return the visitor's claim about one of their own parcels. Raises Http404."""
    shipment = Shipment.objects.current().filter(order=door.order, public_id=public_id).first()
    if shipment is None or not door.settings.enabled or door.kind != OWN:
        raise Http404
    draft = read(request, f"{door.order.pk}:claim:{public_id}")
    entered = draft.slots.get(ALL, {})
    reason = str(entered.get("reason", ""))
    told = assess(door.order, at=door.at, kind=Kind.CLAIM)
    reasons = {item.line.pk: reason for item in told.items} if reason in OF_CLAIMS else {}
    told = assess(door.order, at=door.at, kind=Kind.CLAIM, reasons=reasons) if reasons else told
    legs = told.judge.material.legs
    inside = {
        (piece.line.pk, piece.part.pk if piece.part else None)
        for key, piece in told.judge.pieces.items()
        if key not in legs or shipment.pk in legs[key].parcels
    }
    items = [item for item in told.items if (item.line.pk, item.part.pk if item.part else None) in inside]
    return Case(door, shipment, draft, told, items)


@require_http_methods(METHODS)
@behind_a_door
def claim(request: HttpRequest, door: Door, public_id: uuid.UUID) -> HttpResponse:
    """What is wrong and with which items: POST takes it and leads to the sums."""
    case = _case(request, door, public_id)
    can = [item for item in case.items if item.verdict.allowed and item.free]
    if not can:
        return render(request, "portal/return/claim_stop.html", {**_frame(case), "why": _why(case)})
    errors: list[str] = []
    if request.method == "POST":
        removing = request.POST.get("remove", "").rpartition(":")[2]
        errors = _take(request, case, can)
        if removing in case.entered["photos"]:
            case.entered["photos"] = [each for each in case.entered["photos"] if each != removing]
            photos.forget(door.order, removing)
        write(request, case.place, case.draft, at=door.at)
        if removing and not errors:
            return redirect(case.url("return_claim"))
        errors = errors or _problems(case)
        if not errors:
            return redirect(case.url("return_claim_confirm"))
    context = {
        **_frame(case, errors),
        "lines": [_line(item, case) for item in can],
        "reasons": [
            Option(code, words.reason(code), taken=case.entered.get("reason") == code) for code in WRONG
        ],
        "outcomes": [
            Option(code, _wished(code), taken=case.entered.get("outcome") == code)
            for code in WISHED
            if any(code in item.verdict.outcomes for item in can)
        ],
        "words": case.entered.get("words", ""),
        "most": MOST_WORDS,
        "photos": [shown(door, photo, ALL) for photo in case.photos()],
    }
    return render(request, "portal/return/claim.html", context)


def _why(case: Case) -> str:
    told = dict.fromkeys(item.verdict.words for item in case.items if item.verdict.words)
    return " ".join(told) or _("There is nothing left of this parcel to report.")


def _wished(code: str) -> str:
    return {
        Outcome.EXCHANGE: _("Send it again"),
        Outcome.REFUND: _("Give me my money back"),
        Outcome.CREDIT: _("Give me store credit"),
    }[Outcome(code)]


def _line(item: Item, case: Case) -> dict[str, Any]:
    title, detail, image = face(item)
    name = name_of(item)
    return {
        "name": name,
        "title": title,
        "detail": detail,
        "image": image,
        "counts": tuple(range(len(item.free) + 1)),
        "several": len(item.free) > 1,
        "chosen": min(case.draft.quantities.get(name, 0), len(item.free)),
    }


def _take(request: HttpRequest, case: Case, can: list[Item]) -> list[str]:
    """Note what was entered and keep the pictures. Returns why one is refused."""
    quantities, refused = {}, []
    for item in can:
        given = request.POST.get(f"quantity-{name_of(item)}", "")
        count = int(given) if given.isdecimal() and len(given) < 6 else 0
        if count:
            quantities[name_of(item)] = min(count, len(item.free))
    reason = request.POST.get("reason", "")[:20]
    if reason == Reason.LOST and not quantities:
        quantities = {name_of(item): len(item.free) for item in can}
    kept = [str(each) for each in case.entered.get("photos", [])]
    for file in request.FILES.getlist("photo"):
        try:
            photo = photos.store(case.door.order, file, by=ReturnPhoto.By.SHOPPER, at=case.door.at)
        except PhotoRefused as why:
            refused.append(str(why))
        else:
            kept.append(str(photo.public_id))
    case.draft.quantities = quantities
    case.draft.slots[ALL] = {
        "reason": reason,
        "outcome": request.POST.get("outcome", "")[:10],
        "words": request.POST.get("words", "").strip()[:MOST_WORDS],
        "photos": list(dict.fromkeys(kept)),
    }
    return refused


def _problems(case: Case) -> list[str]:
    """Return what is missing, in words."""
    entered, found = case.entered, []
    if entered["reason"] not in OF_CLAIMS:
        found.append(_("Say what is wrong."))
    if not case.draft.quantities:
        found.append(_("Choose at least one item."))
    if entered["reason"] in (Reason.DAMAGED, Reason.WRONG_ITEM) and not case.photos():
        found.append(_("Please add a picture: with it we can decide at once."))
    if entered["outcome"] not in WISHED:
        found.append(_("Say what we should do."))
    return found


@require_http_methods(METHODS)
@behind_a_door
def confirm_claim(request: HttpRequest, door: Door, public_id: uuid.UUID) -> HttpResponse:
    """What it comes to, and the button that reports it, once."""
    if request.method == "POST":
        before = made(request, request.POST.get("key", ""))
        if before:
            return _to(Return.objects.get(pk=before))
    case = _case(request, door, public_id)
    slots = case.slots()
    if not slots or _problems(case):
        return redirect(case.url("return_claim"))
    errors: list[str] = []
    if request.method == "POST":
        answer = _report(request, case)
        if isinstance(answer, HttpResponse):
            return answer
        errors = [answer]
    told = quote_for(door.order, case.wishes(), method=Method.NONE, at=door.at, kind=Kind.CLAIM)
    wanted = _wished(case.entered["outcome"])
    pieces = []
    for slot in slots:
        title, detail, image = face(slot.item)
        pieces.append(
            {
                "title": title,
                "detail": detail,
                "image": image,
                "quantity": len(slot.units),
                "reason": words.reason(slot.reason),
                "wanted": wanted,
                "words": "",
            }
        )
    context = {
        **_frame(case, errors or [problem.words for problem in told.problems]),
        "pieces": pieces,
        "sums": []
        if case.entered["outcome"] == Outcome.EXCHANGE
        else quote_rows(told.quote, told.pieces.values(), door.order, door.voice),
        "words": case.entered["words"],
        "photos": [{**shown(door, photo, ALL), "removable": False} for photo in case.photos()],
        "seen": ",".join(str(minor) for minor in told.quote.seen_minor),
        "about": about(case.wishes()),
        "key": case.draft.key,
    }
    return render(request, "portal/return/claim_confirm.html", context)


def _report(request: HttpRequest, case: Case) -> HttpResponse | str:
    door, wishes = case.door, case.wishes()
    if request.POST.get("about", about(wishes)) != about(wishes):
        return _("Something has changed since you saw this page. Please look at the sums again.")
    try:
        ret = create_claim(
            door.order,
            case.shipment,
            wishes=wishes,
            at=door.at,
            words=case.entered["words"],
            language=str(door.voice.locale.language),
            photos=[photo.pk for photo in case.photos()],
            seen_minor=seen_sums(request.POST.get("seen", "")),
            key=case.draft.key,
        )
    except Changed:
        return _("Something has changed since you saw this page. Please look at the sums again.")
    except Refused as why:
        return str(why)
    finish(request, case.place, case.draft.key, ret.pk)
    return _to(ret)


def _to(ret: Return) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("return_status", args=[tokens.token(ret)]))


def _frame(case: Case, errors: list[str] | None = None) -> dict[str, Any]:
    return {
        "store": case.door.order.store,
        "door": case.door,
        "number": case.door.order.number.lstrip("#"),
        "errors": list(dict.fromkeys(errors or [])),
        "here": case.url("return_claim"),
        "confirm_url": case.url("return_claim_confirm"),
        "language_tag": case.door.voice.tag,
    }
