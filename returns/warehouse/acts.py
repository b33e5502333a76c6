"""What one does at a parcel. Each is one service call, then back to the page that says what came of it."""

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from returns.models import ReturnParcel
from returns.services import corrections, finishing, holding, inspection, receiving
from returns.services.finding import LONGEST, Found, find
from returns.services.inspection import Refused
from returns.vocabulary import Condition
from returns.warehouse.access import leads, station_view, user_of
from returns.warehouse.forms import has_photo, keep_photo, look_of, number_of, token_of
from returns.warehouse.pages import parcel_of, return_of
from returns.warehouse.presentation import KEYS
from returns.warehouse.station import BAD, GOOD, go_to, parcel_url

Act = Callable[[HttpRequest, ReturnParcel], HttpResponse]
BY_KEY = dict(KEYS)


def act(view: Act) -> Callable[..., HttpResponse]:
    """Make a view of something one does at a parcel: what is refused is said on the parcel's page."""

    @station_view
    @require_POST
    @wraps(view)
    def done(request: HttpRequest, number: str, position: int) -> HttpResponse:
        parcel = parcel_of(number, position)
        try:
            return view(request, parcel)
        except holding.Held as exc:
            messages.add_message(request, BAD, f"{exc.who} has this parcel open. Nothing was changed.")
        except (Refused, receiving.NothingToCome, holding.NoteNeeded) as exc:
            messages.add_message(request, BAD, str(exc))
            unit, field = number_of(request, "unit"), getattr(exc, "field", "")
            if unit:
                return _back(parcel, unit=unit, want=request.POST.get("condition", ""), wrong=field)
            return _back(parcel, wrong=field)
        return _back(parcel)

    return done


def _back(parcel: ReturnParcel, **query: object) -> HttpResponse:
    words = urlencode({name: value for name, value in query.items() if value})
    return redirect(f"{parcel_url(parcel)}?{words}" if words else parcel_url(parcel))


def _say(request: HttpRequest, words: str) -> None:
    messages.add_message(request, GOOD, words)


@act
def receive(request: HttpRequest, parcel: ReturnParcel) -> HttpResponse:
    """Take the parcel in and open it."""
    user = user_of(request)
    holding.hold(parcel.pk, by=user)
    receiving.receive(parcel.pk, at=timezone.now(), by=str(user))
    _say(request, "Taken in. Scan what is in it.")
    return _back(parcel)


@act
def scan(request: HttpRequest, parcel: ReturnParcel) -> HttpResponse:
    """
    Take whatever was scanned or typed at a parcel: a condition's key for the chosen unit, an item, the parcel
    itself (it is taken in), or another parcel or return (it opens).
    """
    user, at = user_of(request), timezone.now()
    code = request.POST.get("code", "").strip()[:LONGEST]
    unit_id = number_of(request, "unit")
    if not code:
        return _back(parcel, unit=unit_id)
    if code in BY_KEY and unit_id:
        return _look(request, parcel, unit_id, condition=BY_KEY[code])
    # What is in one's hands is likelier an item of this parcel than an order of the same number.
    variants = inspection.variants_of(code, parcel.ret.store)
    found = Found() if variants else find(code)
    if parcel in found.parcels or parcel.ret in found.returns:
        if parcel.arrived_at is None:
            return receive(request, parcel.ret.number, parcel.position)
        _say(request, "This is the parcel that is open. Scan what is in it.")
        return _back(parcel)
    if found:
        words = f"Parcel {parcel.position} of {parcel.ret.number} is still open."
        messages.add_message(request, messages.WARNING, words)
        return go_to(request, code, found)
    unit = inspection.spot(parcel.pk, code, token=token_of(request), by=user, at=at)
    if unit is None:
        name = f"{variants[0].product} ({code})" if variants else code
        messages.add_message(request, BAD, f"{name} was not announced. Note it below, or scan again.")
        return _back(parcel, unexpected=code[:120])
    words = "was looked at already. One more of it? Note it as unexpected." if unit.condition else "is here."
    messages.add_message(request, BAD if unit.condition else GOOD, f"{unit.line.title} {words}")
    return _back(parcel, unit=unit.pk)


@act
def lay_in(request: HttpRequest, parcel: ReturnParcel) -> HttpResponse:
    """Say by hand that a unit (or a piece of the order, where nothing was announced) is in the parcel."""
    user, at, piece = user_of(request), timezone.now(), request.POST.get("piece", "")
    if piece:
        unit = inspection.add(piece, parcel_id=parcel.pk, by=user, at=at)
    else:
        unit = inspection.lay_in(number_of(request, "unit") or 0, parcel_id=parcel.pk, by=user, at=at)
    _say(request, f"{unit.line.title} is here.")
    return _back(parcel, unit=unit.pk)


@act
def take_out(request: HttpRequest, parcel: ReturnParcel) -> HttpResponse:
    """Say that a unit is not in the parcel after all."""
    unit_id = number_of(request, "unit") or 0
    inspection.take_out(unit_id, parcel_id=parcel.pk, by=user_of(request), at=timezone.now())
    _say(request, "Not in this parcel.")
    return _back(parcel)


@act
def look(request: HttpRequest, parcel: ReturnParcel) -> HttpResponse:
    """Write down what a unit is like; in a finished parcel, who leads the warehouse corrects it."""
    return _look(request, parcel, number_of(request, "unit") or 0)


def _look(request: HttpRequest, parcel: ReturnParcel, unit_id: int, *, condition: str = "") -> HttpResponse:
    user, at = user_of(request), timezone.now()
    seen = look_of(request)
    if condition:
        seen = inspection.Look(condition=condition, token=seen.token)
    if parcel.inspected_at is not None:
        if not leads(user):
            raise PermissionDenied
        unit = corrections.correct(unit_id, seen, by=user, at=at)
        _say(request, f"Corrected: {unit.line.title}.")
        return _back(parcel)
    with transaction.atomic():  # a picture of what is refused is not kept
        pictured = parcel.ret.units.select_related("line").filter(pk=unit_id).first()
        keep_photo(request, parcel.ret, pictured, at=at)
        unit = inspection.inspect(unit_id, seen, parcel_id=parcel.pk, by=user, at=at)
    then = f", {unit.get_disposition_display().lower()}" if unit.disposition else ""
    _say(request, f"{unit.line.title}: {unit.get_condition_display().lower()}{then}.")
    if unit.condition == Condition.WRONG_ITEM and not seen.really:
        return _back(parcel, unit=unit.pk, want=unit.condition, wrong="really")
    return _back(parcel)


@act
def unexpected(request: HttpRequest, parcel: ReturnParcel) -> HttpResponse:
    """Note something nobody announced."""
    user, at = user_of(request), timezone.now()
    with transaction.atomic():
        item = inspection.note_unexpected(
            parcel.pk,
            look_of(request),
            code=request.POST.get("code", ""),
            pictured=has_photo(request),
            by=user,
            at=at,
        )
        photo = None if item.photos.exists() else keep_photo(request, parcel.ret, None, at=at)
        if photo:
            item.photos.add(photo)
    _say(request, "Noted.")
    return _back(parcel)


@act
def drop(request: HttpRequest, parcel: ReturnParcel) -> HttpResponse:
    """Take an unexpected item off the list."""
    item = number_of(request, "item") or 0
    inspection.drop_unexpected(item, parcel_id=parcel.pk, by=user_of(request), at=timezone.now())
    _say(request, "Taken off the list.")
    return _back(parcel)


@act
def finish(request: HttpRequest, parcel: ReturnParcel) -> HttpResponse:
    """End the inspection of the parcel."""
    ret = finishing.finish(
        parcel.pk, rest=request.POST.get("rest", ""), by=user_of(request), at=timezone.now()
    )
    more = " More of it is to come." if finishing.still_to_come(ret) else ""
    _say(request, f"Parcel {parcel.position} of {ret.number} is finished.{more}")
    return redirect("warehouse")


@act
def close(request: HttpRequest, parcel: ReturnParcel) -> HttpResponse:
    """Close the parcel without finishing it."""
    holding.let_go(parcel.pk, by=user_of(request))
    _say(request, f"Parcel {parcel.position} of {parcel.ret.number} is closed, not finished.")
    return redirect("warehouse")


@act
def take_over(request: HttpRequest, parcel: ReturnParcel) -> HttpResponse:
    """Take the parcel out of somebody's hands."""
    if not leads(user_of(request)):
        raise PermissionDenied
    holding.take_over(parcel.pk, by=user_of(request), note=request.POST.get("note", ""), at=timezone.now())
    _say(request, "The parcel is yours.")
    return _back(parcel)


@station_view
@require_POST
def another(request: HttpRequest, number: str) -> HttpResponse:
    """Take in one more parcel of a return that is known."""
    user, at, ret = user_of(request), timezone.now(), return_of(number)
    try:
        parcel = receiving.another_parcel(ret.pk, at=at)
        holding.hold(parcel.pk, by=user)
        receiving.receive(parcel.pk, at=at, by=str(user))
    except (receiving.NothingToCome, holding.Held) as exc:
        messages.add_message(request, BAD, str(exc))
        return redirect("warehouse_return", number)
    _say(request, "Taken in. Scan what is in it.")
    return redirect("warehouse_parcel", number, parcel.position)
