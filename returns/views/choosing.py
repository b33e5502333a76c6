"""Making a return, the third page: what the shopper gets for each, with every sum before the choice."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from returns.presentation import words
from returns.presentation.faces import image_of, name_of_variant
from returns.presentation.wizard import Option, outcome_more
from returns.quote import Quote
from returns.services import exchanges
from returns.services.exchanges import Offer
from returns.services.quoting import price_of
from returns.views.bench import Bench, bench_of, outcome_problem
from returns.views.doors import Door, behind_a_door
from returns.views.draft import Slot, write
from returns.views.wizard import METHODS, frame, slot_face
from returns.vocabulary import Method, Outcome
from tracking.models import Variant

FEW = 3  # so few left is said


@require_http_methods(METHODS)
@behind_a_door
def outcome(request: HttpRequest, door: Door) -> HttpResponse:
    """What is wanted for each: GET shows every way with its sum, POST takes the choice or a search."""
    bench = bench_of(request, door)
    missing = bench.missing()
    if missing in ("items", "reasons"):
        return redirect(door.url(missing))
    errors: dict[str, str] = {}
    if request.method == "POST":
        _take(request, bench)
        write(request, door.place, bench.draft, at=door.at)
        looking = request.POST.get("find", "") or _pressed_enter(request, bench)
        slot = next((slot for slot in bench.slots if slot.key == looking), None)
        if slot:
            asked = {"find": slot.key, "q": request.POST.get(f"q-{slot.key}", "")[:80]}
            number = bench.slots.index(slot) + 1
            return redirect(f"{door.url('outcome')}?{urlencode(asked)}#slot-{number}")
        errors = _problems(bench)
        if not errors:
            return redirect(door.url("confirm"))
    find, asked_for = request.GET.get("find", ""), request.GET.get("q", "").strip()[:80]
    quotes = _quotes(bench)
    slots = [
        _view(n, slot, bench, quotes, errors, asked_for if slot.key == find else "")
        for n, slot in enumerate(bench.slots)
    ]
    fee = "" if door.gift else _fee_words(quotes, door)
    context = {
        **frame(door, "outcome", errors=list(dict.fromkeys(errors.values()))),
        "slots": slots,
        "fee": fee,
    }
    return render(request, "portal/return/outcome.html", context)


def _take(request: HttpRequest, bench: Bench) -> None:
    for slot in bench.slots:
        entered = {**slot.entered, "outcome": request.POST.get(f"outcome-{slot.key}", "")[:10]}
        variant = request.POST.get(f"variant-{slot.key}", "")
        entered["variant"] = int(variant) if variant.isdecimal() and len(variant) < 18 else None
        slot.entered = bench.draft.slots[slot.key] = entered


def _pressed_enter(request: HttpRequest, bench: Bench) -> str:
    """Return the choice in whose search field something stands while nothing is chosen yet; '' for none."""
    for slot in bench.slots:
        if (
            request.POST.get(f"q-{slot.key}", "").strip()
            and slot.outcome == Outcome.EXCHANGE
            and not slot.variant_id
        ):
            return slot.key
    return ""


def _problems(bench: Bench) -> dict[str, str]:
    """Return {slot: what is wrong}."""
    problems = {}
    for slot in bench.slots:
        if slot.outcome == Outcome.EXCHANGE and slot.outcome in slot.item.verdict.outcomes:
            if not slot.variant_id:
                problems[slot.key] = _("Choose what you would like instead.")
            elif not _there(slot, bench):
                problems[slot.key] = _("There are not enough of it any more. Choose another one.")
        elif outcome_problem(slot):
            problems[slot.key] = _("Choose what you would like for it.")
    return problems


def _there(slot: Slot, bench: Bench) -> bool:
    """Say whether what is wanted in exchange can be had; what a return that is changed holds, it keeps."""
    ret = bench.door.ret
    if ret and ret.exchanges.filter(variant=slot.variant_id, hold__released_at=None).exists():
        return True
    variant = (
        Variant.objects.filter(store=bench.door.order.store_id, pk=slot.variant_id or 0, removed_at=None)
        .select_related("product")
        .first()
    )
    return variant is not None and exchanges.can_be_had(variant, len(slot.units))


def _quotes(bench: Bench) -> dict[str, Quote]:
    """Return {outcome: what all of it would come to if that were chosen throughout}."""
    offered = {code for slot in bench.slots for code in slot.item.verdict.outcomes} - {Outcome.EXCHANGE}
    method = bench.draft.method or next(
        (m for slot in bench.slots for m in slot.item.verdict.methods), Method.LABEL
    )
    return {code: bench.quoted(method, outcome=code).quote for code in sorted(offered)}


def _fee_words(quotes: dict[str, Quote], door: Door) -> str:
    """Return what is taken off once per return, in a sentence; '' where nothing is."""
    fee = max((quote.flat_fee_minor for quote in quotes.values()), default=0)
    amount = {"amount": door.voice.money(fee, door.order.currency)}
    return _("A return costs %(amount)s. It is taken off once, on the next page.") % amount if fee else ""


def _view(
    number: int, slot: Slot, bench: Bench, quotes: dict[str, Quote], errors: dict[str, str], asked_for: str
) -> dict[str, Any]:
    chosen = slot.outcome or (slot.item.verdict.outcomes[0] if len(slot.item.verdict.outcomes) == 1 else "")
    offers = _offers(slot) if Outcome.EXCHANGE in slot.item.verdict.outcomes else []
    suggested = _suggested(slot)
    if suggested and not slot.outcome:
        chosen = Outcome.EXCHANGE
    keep = slot.item.verdict.keep
    return {
        **slot_face(number, slot),
        "options": [
            _option(code, slot, bench, quotes.get(code), chosen == code)
            for code in slot.item.verdict.outcomes
            if code != Outcome.EXCHANGE or offers or slot.variant_id or not bench.door.gift
        ],
        "keep": _("You may keep it: nothing has to be sent.") if keep else "",
        "variants": _variants(slot, offers, suggested, bench),
        "suggested": name_of_variant(suggested, within=slot.item.line.product_id) if suggested else "",
        "found": _found(slot, asked_for, bench) if asked_for else [],
        "asked": asked_for,
        "error": errors.get(slot.key, ""),
    }


def _option(code: str, slot: Slot, bench: Bench, quote: Quote | None, taken: bool) -> Option:
    voice, currency = bench.door.voice, bench.door.order.currency
    total, bonus = "", ""
    if quote and not bench.door.gift:
        keys = {wish.key for wish in slot.wishes()}
        units = [unit for unit in quote.units if unit.key in keys]
        if code in (Outcome.REFUND, Outcome.CREDIT):
            total = voice.money(sum(u.value_minor + u.bonus_minor - u.fee_minor for u in units), currency)
        extra = sum(unit.bonus_minor for unit in units)
        bonus = voice.money(extra, currency) if extra else ""
    return Option(code, words.outcome(code), total, outcome_more(code, bonus=bonus), taken)


def _stocked(slot: Slot) -> Variant | None:
    return slot.item.variant


def _offers(slot: Slot) -> list[Offer]:
    variant = _stocked(slot)
    return exchanges.offers(variant, wider=True) if variant else []


def _suggested(slot: Slot) -> Variant | None:
    """Return the size that is likely to fit."""
    variant = _stocked(slot)
    return exchanges.next_size(variant, slot.reason) if variant else None


def _variants(slot: Slot, offers: list[Offer], suggested: Variant | None, bench: Bench) -> list[Option]:
    """Return the product's own variants, and what was found and chosen before beside them."""
    chosen = int(slot.entered.get("variant") or (suggested.pk if suggested else 0))
    found = [_variant(offer, slot, bench, offer.variant.pk == chosen) for offer in offers]
    if chosen and not any(option.taken for option in found):
        rows = Variant.objects.filter(store=bench.door.order.store_id, pk=chosen).select_related("product")
        found += [_variant(Offer(row, None), slot, bench, True) for row in rows]
    return found


def _variant(offer: Offer, slot: Slot, bench: Bench, taken: bool) -> Option:
    enough = offer.free is None or offer.free >= len(slot.units) or taken
    left = ""
    if not enough:
        left = _("not in stock")
    elif offer.free is not None and 0 < offer.free <= FEW:
        left = ngettext("%(count)s left", "%(count)s left", offer.free) % {"count": offer.free}
    return Option(
        code=str(offer.variant.pk),
        label=name_of_variant(offer.variant, within=slot.item.line.product_id),
        sum=_difference(offer.variant, slot, bench),
        more=left,
        taken=taken,
        disabled=not enough,
        image=image_of(offer.variant),
    )


def _difference(variant: Variant, slot: Slot, bench: Bench) -> str:
    """Return what a variant costs more, or gives back, each; '' when nothing."""
    minor = price_of(slot.item, variant, slot.units[0], at=bench.door.at)
    amount = {"amount": bench.door.voice.money(abs(minor), bench.door.order.currency)}
    if minor > 0:
        return _("%(amount)s more") % amount
    return _("%(amount)s back") % amount if minor < 0 and not bench.door.gift else ""


def _found(slot: Slot, asked_for: str, bench: Bench) -> list[Option]:
    mine = slot.item.line.product_id
    offers = exchanges.search(bench.door.order.store_id, asked_for)
    others = [offer for offer in offers if offer.variant.product_id != mine]
    enough = [offer for offer in others if offer.free is None or offer.free >= len(slot.units)]
    return [_variant(offer, slot, bench, False) for offer in enough]
