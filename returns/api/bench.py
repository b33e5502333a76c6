"""What a warehouse's own system says of parcels and what was in them, as the services take it."""

import uuid
from datetime import datetime
from typing import Any

from rest_framework.exceptions import ValidationError

from customers.api.errors import ApiProblem
from returns.models import Return, ReturnParcel
from returns.services import inspection, receiving
from returns.services.holding import System
from returns.services.inspection import Look, Refused
from tracking.models import Location
from tracking.services.shipments import tracking_key


def to_receive(ret: Return, number: str, *, unannounced: bool, at: datetime) -> ReturnParcel:
    """
    Return the parcel that has arrived, by its tracking number where there is one; `unannounced`: written down
    if need be. Raises ValidationError; ApiProblem 409 when none is on its way; receiving.NothingToCome.
    """
    if number:
        known = _numbered(ret, number)
        if known is not None:
            return known
        if not unannounced:
            raise _no_such(number)
    if unannounced:
        return receiving.another_parcel(ret.pk, at=at, number=number)
    coming = list(receiving.on_their_way(ret).order_by("position"))
    if not coming:
        words = "No parcel of this return is on its way. One of which we do not know is `unannounced`."
        raise ApiProblem("conflict", words)
    return _only(coming)


def to_inspect(ret: Return, number: str) -> ReturnParcel:
    """
    Return the parcel that was looked into: the one that is here and not finished, else one that is to come.
    Raises ValidationError; ApiProblem 409 when every one is finished.
    """
    if number:
        known = _numbered(ret, number)
        if known is None:
            raise _no_such(number)
        return known
    here = list(ret.parcels.filter(arrived_at__isnull=False, inspected_at=None).order_by("position"))
    open_ = here or list(receiving.on_their_way(ret).order_by("position"))
    if not open_:
        raise ApiProblem("conflict", "No parcel of this return is left to be inspected.")
    return _only(open_)


def _numbered(ret: Return, number: str) -> ReturnParcel | None:
    """Return the newest parcel with a number: one whose label was taken back may have an older one."""
    key = tracking_key(number)
    return ret.parcels.filter(tracking_key=key).order_by("-position").first() if key else None


def _only(parcels: list[ReturnParcel]) -> ReturnParcel:
    if len(parcels) > 1:
        numbers = ", ".join(parcel.tracking_number or f"position {parcel.position}" for parcel in parcels)
        raise ValidationError({"tracking_number": [f"There are several: {numbers}. Say which."]})
    return parcels[0]


def _no_such(number: str) -> ValidationError:
    return ValidationError({"tracking_number": [f"This return has no parcel “{number}”."]})


def look_into(ret: Return, parcel: ReturnParcel, given: dict[str, Any], *, by: System, at: datetime) -> None:
    """
    Write down what was seen of a parcel's units, and what nobody announced.

    Raises ValidationError naming the unit; as inspection.at_bench.
    """
    for number, seen in enumerate(given.get("units", ())):
        try:
            look = _look(ret, seen)
            inspection.inspect(seen["unit"], look, parcel_id=parcel.pk, by=by, at=at)
        except Refused as exc:
            raise _named("units", number, exc) from exc
    for number, seen in enumerate(given.get("unexpected", ())):
        try:
            inspection.note_unexpected(parcel.pk, _seen(seen), code=seen["code"], by=by, at=at)
        except Refused as exc:
            raise _named("unexpected", number, exc) from exc


def _look(ret: Return, seen: dict[str, Any]) -> Look:
    if not ret.units.filter(pk=seen["unit"]).exists():
        raise Refused("This return has no such unit.", "unit")
    place = None
    if seen["location"]:
        place = Location.objects.filter(store=ret.store_id, external_id=seen["location"]).first()
        if place is None:
            raise Refused("The store has no such place.", "location")
    return _seen(seen, location_id=place.pk if place else None, really=seen["instead"])


def _seen(seen: dict[str, Any], **more: Any) -> Look:
    """Return a look. Repeats are the Idempotency-Key's business: each one has a token of its own."""
    return Look(
        condition=seen["condition"],
        token=uuid.uuid4(),
        disposition=seen.get("disposition", ""),
        note=seen["note"],
        **more,
    )


def _named(field: str, number: int, exc: Refused) -> Exception:
    """Return a refusal as the problem it is: about one thing in the body, or about a parcel that is done."""
    if isinstance(exc, inspection.Finished):
        return ApiProblem("conflict", exc.words)
    told = {exc.field or "non_field_errors": [exc.words]}
    return ValidationError({field: [*({} for _ in range(number)), told]})
