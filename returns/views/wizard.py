"""
Making a return: what goes back, and why (the first two of four pages). Each page takes its form, keeps it in
the session and leads on; nothing is written before the last one is confirmed, but for pictures.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from returns.models import ReturnPhoto
from returns.policy.shopper import for_shopper
from returns.presentation.faces import face
from returns.presentation.stops import stop_for
from returns.presentation.wizard import Head, bar_for, lines_for, prompts, reasons_for
from returns.services import photos
from returns.services.photos import PhotoRefused
from returns.services.policies import body_of
from returns.views.bench import Bench, bench_of
from returns.views.doors import Door, behind_a_door
from returns.views.draft import MOST_WORDS, Slot, name_of, write
from returns.views.photos import shown

METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(METHODS)
@behind_a_door
def items(request: HttpRequest, door: Door) -> HttpResponse:
    """What goes back: GET shows what can and what cannot, POST takes the choice."""
    bench = bench_of(request, door)
    stop = stop_for(bench.assessment, door.order, door.settings, door.voice, gift=door.gift, home=door.home)
    if stop:
        return render(request, "portal/return/stop.html", {**frame(door, "items"), "stop": stop})
    errors = _take_items(request, bench) if request.method == "POST" else []
    if request.method == "POST" and not errors:
        write(request, door.place, bench.draft, at=door.at)
        return redirect(door.url("reasons"))
    draft, prices = bench.draft, {} if door.gift else bench.paid()
    can, cannot = lines_for(bench.items, draft.quantities, draft.apart, prices, door.order, door.voice)
    context = {
        **frame(door, "items", errors=errors),
        "can": can,
        "cannot": cannot,
        "policy": for_shopper(body_of(bench.assessment.version), door.order.currency),
    }
    return render(request, "portal/return/items.html", context)


def _take_items(request: HttpRequest, bench: Bench) -> list[str]:
    """Note what was chosen. Returns what is wrong with it."""
    quantities, apart = {}, []
    for item in bench.items:
        name = name_of(item)
        given = request.POST.get(f"quantity-{name}", "")
        count = int(given) if given.isdecimal() and len(given) < 6 else 0
        if item.verdict.allowed and count:
            quantities[name] = min(count, len(item.free))
        if quantities.get(name, 0) > 1 and f"apart-{name}" in request.POST:
            apart.append(name)
    bench.draft.quantities, bench.draft.apart = quantities, apart
    return [] if quantities else [_("Choose at least one item.")]


@require_http_methods(METHODS)
@behind_a_door
def reasons(request: HttpRequest, door: Door) -> HttpResponse:
    """Why it goes back: a reason for each, words and pictures where they help or are needed."""
    bench = bench_of(request, door)
    if not bench.slots:
        return redirect(door.url("items"))
    errors: dict[str, str] = {}
    if request.method == "POST":
        removing = request.POST.get("remove", "")
        errors = _take_reasons(request, bench)
        _remove(removing, bench)
        write(request, door.place, bench.draft, at=door.at)
        if not errors and (removing or "add" in request.POST):
            return redirect(door.url("reasons"))
        if not errors:
            bench = bench_of(request, door, bench.draft)
            errors = _reason_problems(bench)
        if not errors:
            return redirect(door.url("outcome"))
    slots = [_reason_view(n, slot, bench, errors) for n, slot in enumerate(bench.slots)]
    context = {
        **frame(door, "reasons", errors=list(dict.fromkeys(errors.values()))),
        "slots": slots,
        "most": MOST_WORDS,
    }
    return render(request, "portal/return/reasons.html", context)


def _take_reasons(request: HttpRequest, bench: Bench) -> dict[str, str]:
    """Note what was entered and keep the pictures. Returns {slot: why a picture is refused}."""
    refused = {}
    for slot in bench.slots:
        entered = {**slot.entered}
        entered["reason"] = request.POST.get(f"reason-{slot.key}", "")[:20]
        entered["words"] = request.POST.get(f"words-{slot.key}", "").strip()[:MOST_WORDS]
        kept = list(slot.photos)
        for file in request.FILES.getlist(f"photo-{slot.key}"):
            try:
                line = slot.item.line
                by, at = ReturnPhoto.By.SHOPPER, bench.door.at
                photo = photos.store(bench.door.order, file, by=by, at=at, line=line)
            except PhotoRefused as why:
                refused[slot.key] = str(why)
            else:
                kept.append(str(photo.public_id))
        entered["photos"] = list(dict.fromkeys(kept))
        slot.entered = bench.draft.slots[slot.key] = entered
    return refused


def _remove(what: str, bench: Bench) -> None:
    key, _colon, public_id = what.rpartition(":")
    entered = bench.draft.slots.get(key)
    if entered and public_id in entered.get("photos", []):
        entered["photos"] = [each for each in entered["photos"] if each != public_id]
        photos.forget(bench.door.order, public_id)


def _reason_problems(bench: Bench) -> dict[str, str]:
    """Return {slot: what is missing}."""
    problems = {}
    offered = bench.door.settings.reasons
    for slot in bench.slots:
        codes = {option.code for option in reasons_for(slot.item, offered, slot.reason)} - {""}
        verdict = slot.item.verdict
        if slot.reason not in codes:
            problems[slot.key] = _("Choose a reason.")
        elif not verdict.allowed:
            problems[slot.key] = verdict.words
        elif verdict.photo and not bench.photos_of(slot):
            problems[slot.key] = _("Please add a picture: with it we can decide at once.")
    return problems


def _reason_view(number: int, slot: Slot, bench: Bench, errors: dict[str, str]) -> dict[str, Any]:
    door = bench.door
    return {
        **slot_face(number, slot),
        "reasons": reasons_for(slot.item, door.settings.reasons, slot.reason),
        "words": slot.entered.get("words", ""),
        "prompt": prompts(slot.reason) or _("Anything we should know?"),
        "photos": [shown(door, photo, slot.key) for photo in bench.photos_of(slot)],
        "photo_needed": bool(slot.reason) and slot.item.verdict.photo,
        "error": errors.get(slot.key, ""),
    }


def slot_face(number: int, slot: Slot) -> dict[str, Any]:
    """Return how a choice is headed on each page, and the names of its fields (`key`) and ids (`id`)."""
    title, detail, image = face(slot.item)
    if "~" in slot.key:
        title = _("%(title)s, number %(number)s") % {"title": title, "number": slot.key.split("~")[1]}
    return {
        "key": slot.key,
        "id": f"slot-{number + 1}",
        "title": title,
        "detail": detail,
        "image": image,
        "count": len(slot.units),
    }


def frame(door: Door, page: str, errors: list[str] | None = None) -> dict[str, Any]:
    """Return what every page of the wizard needs."""
    titles = {
        "items": (_("What would you like to change?") if door.ret else _("What goes back?"), ""),
        "reasons": (_("Why does it go back?"), ""),
        "outcome": (_("What would you like for it?"), ""),
        "confirm": (_("Check it and send it off"), ""),
    }
    title, words = titles[page]
    urls = [door.url(name) for name in ("items", "reasons", "outcome", "confirm")]
    number = door.ret.number if door.ret else "" if door.gift else door.order.number.lstrip("#")
    return {
        "store": door.order.store,
        "door": door,
        "gift": door.gift,
        "head": Head(title, words, bar_for(page, urls), number),
        "errors": errors or [],
        "here": door.url(page),
        "back": door.home
        if page == "items"
        else urls[("items", "reasons", "outcome", "confirm").index(page) - 1],
        "language_tag": door.voice.tag,
    }
