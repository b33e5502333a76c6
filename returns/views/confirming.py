"""Making a return, the last page: every sum and every date, and the one button that makes it."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from returns import tokens
from returns.clock import arrives
from returns.forms import GiftForm
from returns.models import Refund, Return
from returns.pieces import Piece, pieces_of
from returns.presentation import words
from returns.presentation.sums import quote_rows
from returns.presentation.wizard import Summary, Way
from returns.quote import Quote
from returns.services.moves import refund_moment
from returns.services.quoting import Quoted
from returns.services.requests import Changed, Refused, change, create
from returns.states import WrongState
from returns.views.bench import Bench, bench_of
from returns.views.doors import GIFT, Door, behind_a_door
from returns.views.draft import finish, made, write
from returns.views.wizard import METHODS, frame, slot_face
from returns.vocabulary import Method, Outcome, RefundAt
from returns.wishes import Wish

MOST_NOTE = 1000


@require_http_methods(METHODS)
@behind_a_door
def confirm(request: HttpRequest, door: Door) -> HttpResponse:
    """GET shows what it comes to, for the way back in `?method=`; POST makes the return, once."""
    if request.method == "POST":
        before = made(request, request.POST.get("key", ""))
        if before:
            return _to(Return.objects.get(pk=before))
    bench = bench_of(request, door)
    missing = bench.missing()
    if missing:
        return redirect(door.url(missing))
    form = GiftForm(request.POST if request.method == "POST" else None, initial=bench.draft.person)
    errors: list[str] = []
    if request.method == "POST":
        errors = _take(request, bench, form)
        if not errors:
            made_or_not = _confirmed(request, bench, form)
            if isinstance(made_or_not, HttpResponse):
                return made_or_not
            errors = [made_or_not]
    methods = _methods(bench)
    asked = request.POST.get("method") or request.GET.get("method") or bench.draft.method
    method = asked if asked in methods else methods[0]
    quotes = {code: bench.quoted(code) for code in methods}
    told = quotes[method]
    context = {
        **frame(
            door, "confirm", errors=list(dict.fromkeys(errors or [each.words for each in told.problems]))
        ),
        "slots": _slots(bench, told.quote),
        "ways": _ways(bench, quotes, method) if len(methods) > 1 else [],
        "method": method,
        "method_words": words.method(method),
        "method_more": _method_more(door, method),
        "summary": _summary(bench, told.quote, method),
        "seen": ",".join(str(minor) for minor in told.quote.seen_minor),
        "about": about(bench.wishes()),
        "key": bench.draft.key,
        "note": bench.draft.words,
        "form": form if door.kind == GIFT else None,
        "ready": not told.problems,
    }
    return render(request, "portal/return/confirm.html", context)


def _take(request: HttpRequest, bench: Bench, form: GiftForm) -> list[str]:
    """Keep what was entered on this page. Returns what is wrong with it."""
    draft, door = bench.draft, bench.door
    draft.words = request.POST.get("words", "").strip()[:MOST_NOTE]
    draft.method = request.POST.get("method", "")[:10]
    wrong = []
    if door.kind == GIFT:
        if form.is_valid():
            draft.person = {name: str(value) for name, value in form.cleaned_data.items()}
        else:
            wrong = [_("Please check what is marked below.")]
    if draft.method not in _methods(bench):
        wrong.append(_("Choose how it comes back."))
    write(request, door.place, draft, at=door.at)
    return wrong


def _confirmed(request: HttpRequest, bench: Bench, form: GiftForm) -> HttpResponse | str:
    """Make the return (or change it) and lead to its page. Returns why not, in words, when it cannot be."""
    door, draft = bench.door, bench.draft
    if request.POST.get("about", about(bench.wishes())) != about(bench.wishes()):
        return _("Something has changed since you saw this page. Please look at the sums again.")
    seen = seen_sums(request.POST.get("seen", ""))
    said: dict[str, Any] = {"words": draft.words}
    try:
        if door.ret:
            ret = change(
                door.ret.pk, wishes=bench.wishes(), method=draft.method, at=door.at, seen_minor=seen, **said
            )
        else:
            if door.kind == GIFT:
                said |= {"email": form.cleaned_data["email"], "ship_from": form.ship_from()}
            said["language"] = str(door.voice.locale.language)
            source = Return.Source.GIFT if door.kind == GIFT else Return.Source.PORTAL
            ret = create(
                door.order, wishes=bench.wishes(), method=draft.method, at=door.at, source=source,
                seen_minor=seen, key=draft.key, **said,
            )  # fmt: skip
    except Changed:
        return _("Something has changed since you saw this page. Please look at the sums again.")
    except (Refused, WrongState) as why:
        return str(why)
    finish(request, door.place, draft.key, ret.pk)
    return _to(ret)


def about(wishes: Sequence[Wish]) -> str:
    """Return what names the choices shown: another tab may have changed them, for the same sums."""
    return hashlib.sha256(repr(wishes).encode()).hexdigest()[:16]


def _to(ret: Return) -> HttpResponseRedirect:
    """Lead to a return's page."""
    return HttpResponseRedirect(reverse("return_status", args=[tokens.token(ret)]))


def seen_sums(text: str) -> tuple[int, int, int]:
    """Return the sums a form was shown with; a sum that was never shown for what is none."""
    parts = text.split(",")
    if len(parts) != 3 or not all(part.isdecimal() and len(part) < 16 for part in parts):
        return (-1, -1, -1)
    return int(parts[0]), int(parts[1]), int(parts[2])


def _methods(bench: Bench) -> list[str]:
    """Return the ways back that hold for everything that is sent; NONE alone when nothing is."""
    sent = [slot.item.verdict for slot in bench.slots if not slot.item.verdict.keep]
    if not sent:
        return [Method.NONE]
    common = [code for code in sent[0].methods if all(code in each.methods for each in sent)]
    return common or list(sent[0].methods) or [Method.LABEL]


def _slots(bench: Bench, quote: Quote) -> list[dict[str, Any]]:
    """Return the choices as they are summed up."""
    voice, currency = bench.door.voice, bench.door.order.currency
    found = []
    for number, slot in enumerate(bench.slots):
        keys = {wish.key for wish in slot.wishes()}
        units = [unit for unit in quote.units if unit.key in keys]
        worth = sum(unit.value_minor for unit in units)
        wanted = words.outcome(slot.outcome)
        found.append(
            {
                **slot_face(number, slot),
                "quantity": len(slot.units),
                "reason": words.reason(slot.reason),
                "wanted": bench.wanted(slot) or wanted,
                "words": slot.entered.get("words", ""),
                "worth": "" if bench.door.gift else voice.money(worth, currency),
                "found": _("You keep it") if slot.item.verdict.keep else "",
            }
        )
    return found


def _ways(bench: Bench, quotes: dict[str, Quoted], current: str) -> list[Way]:
    """Return the ways back; their sums only where they differ."""
    door = bench.door
    comes = {code: told.quote.seen_minor for code, told in quotes.items()}
    differ = len(set(comes.values())) > 1 and not door.gift
    return [
        Way(
            code,
            words.method(code),
            words.method_more(code),
            _net(told.quote, door) if differ else "",
            code == current,
        )
        for code, told in quotes.items()
    ]


def _net(quote: Quote, door: Door) -> str:
    """Return what comes of a quote in one sum: back, or left to pay."""
    money = door.voice.money
    if quote.due_minor:
        return _("%(amount)s to pay") % {"amount": money(quote.due_minor, quote.currency)}
    return money(quote.refund_minor + quote.credit_minor, quote.currency)


def _method_more(door: Door, method: str) -> str:
    told = door.settings.drop_off_words if method == Method.DROP_OFF else ""
    return told or words.method_more(method)


def _summary(bench: Bench, quote: Quote, method: str) -> Summary:
    door = bench.door
    pieces = _pieces(bench)
    sums = [] if door.gift else quote_rows(quote, pieces, door.order, door.voice)
    return Summary(
        sums=sums,
        dates=_dates(door, quote, method),
        notes=_notes(bench, quote),
        confirm=_("Change the return") if door.ret else _("Confirm the return"),
    )


def _pieces(bench: Bench) -> Sequence[Piece]:
    keys = {wish.key for wish in bench.wishes()}
    return [piece for piece in pieces_of(bench.door.order) if piece.key in keys]


def _dates(door: Door, quote: Quote, method: str) -> list[str]:
    """Return until when to send it, and by when money is there, in sentences."""
    found = []
    voice = door.voice
    if method != Method.NONE:
        last = voice.day(voice.date_of(door.at + timedelta(days=door.settings.label_days)))
        found.append(
            _("Your label is good until %(day)s.") % {"day": last}
            if method in (Method.LABEL, Method.QR, Method.COLLECTION)
            else _("Hand it over by %(day)s.") % {"day": last}
        )
    if quote.refund_minor and not door.gift:
        found.append(_money_by(door.at, door, method))
    if quote.due_minor:
        by = voice.day(voice.date_of(door.at + timedelta(days=door.settings.unpaid_days)))
        found.append(
            _("We send you a link to pay the %(amount)s. It is open until %(day)s.")
            % {"amount": voice.money(quote.due_minor, quote.currency), "day": by}
        )
    if quote.credit_minor and door.settings.credit_days:
        found.append(_("Store credit can be used for %(days)s days.") % {"days": door.settings.credit_days})
    return found


def _money_by(at: datetime, door: Door, method: str) -> str:
    """Say from when the money goes back, and how long its way takes."""
    order, store = door.order, door.order.store
    first, last = arrives(at, order.payment_method, Refund.Provider.MANUAL, store.zone, store.country)
    days = {"first": (first - door.voice.today).days, "last": (last - door.voice.today).days}
    if method == Method.NONE:
        start = _("Your money leaves us as soon as this is agreed.")
    else:
        start = {
            RefundAt.FIRST_SCAN: _("Your money leaves us as soon as the carrier has your parcel."),
            RefundAt.RECEIPT: _("Your money leaves us as soon as your parcel is here."),
        }.get(
            refund_moment(door.settings.refund_at, method),
            _("Your money leaves us as soon as we have looked at what you sent."),
        )
    return f"{start} " + _("Then it takes %(first)s to %(last)s days until you have it.") % days


def _notes(bench: Bench, quote: Quote) -> list[str]:
    found = []
    if any(slot.item.verdict.review for slot in bench.slots):
        found.append(_("One of us looks at it first and writes to you."))
    if any(slot.outcome == Outcome.EXCHANGE for slot in bench.slots):
        found.append(_("We keep your new item for you from now on."))
    if bench.door.gift and quote.credit_minor:
        found.append(_("Your store credit comes by e-mail once your parcel is here."))
    if bench.door.gift:
        found.append(_("Whoever gave it to you is not told."))
    return found
