"""What a return's page shows of its goods, its way and its decision."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from config.lib.staff import cells
from config.lib.staff.pages import StaffAdmin
from config.lib.staff.story import Entry, newest_first
from returns import story
from returns.admin.return_parts import money_panel
from returns.models import Return, ReturnParcel, ReturnPhoto, ReturnUnit
from returns.services.staff import TO_DECIDE, plan
from returns.vocabulary import Condition, Kind, RefundAt
from returns.wishes import unit_key
from tracking.models import Scan
from tracking.vocabulary import Status

MOST = 100
STAGES = {
    "EXPECTED": cells.BUSY,
    "ARRIVED": cells.WARN,
    "INSPECTED": cells.GOOD,
    "MISSING": cells.BAD,
    "KEPT": cells.QUIET,
    "DROPPED": cells.QUIET,
}
CONDITIONS = {
    Condition.AS_NEW: cells.GOOD,
    Condition.OPENED: cells.GOOD,
    Condition.WORN: cells.WARN,
    Condition.DAMAGED: cells.BAD,
    Condition.WRONG_ITEM: cells.BAD,
    Condition.MISSING: cells.BAD,
    Condition.NOT_OURS: cells.BAD,
}
SCANS = {
    Status.DELIVERED: cells.GOOD,
    Status.EXCEPTION: cells.BAD,
    Status.RETURNED: cells.WARN,
}


def shown(ret: Return, user: Any, *, at: datetime) -> dict[str, Any]:
    """Return what the page shows of a return, at the moment `at`, to `user`."""
    units = list(
        ret.units.select_related(
            "line__product",
            "line__variant__product",
            "part__part__product",
            "variant__product",
            "location",
            "parcel",
            "exchange__variant__product",
        ).order_by("line__position", "line_id", "index", "part_key", "part_index", "pk")
    )
    parcels = list(ret.parcels.select_related("label", "shipment", "held_by").order_by("position"))
    photos = list(ret.photos.defer("body", "thumbnail").order_by("pk"))
    url = reverse("admin:returns_return_photo", args=[ret.pk])
    return {
        "now": at,
        "claim": ret.kind == Kind.CLAIM,
        "to_decide": ret.state in TO_DECIDE,
        "plan": plan(ret),
        "reasons": _reasons(units),
        "units": [_unit(ret, unit, photos, url, user) for unit in units],
        "photos": [_photo(each, url) for each in photos if each.unit_id is None],
        "parcels": [_parcel(each, user) for each in parcels],
        "exchanges": [
            {"row": each, "quantity": each.quantity, "pill": each.get_state_display()}
            for each in ret.exchanges.select_related("variant__product").order_by("pk")
        ],
        "money": money_panel(ret, units, user),
        "why": _why(ret, units),
        "risk": [str(words) for _code, words in ret.risk],
        "held_why": ret.why.get("held_why", ""),
        "granted": _granted(ret),
        "refund_at": RefundAt(ret.refund_at).label,
        "entries": newest_first(story.of_return(ret), _scans(ret, parcels), _staff(ret)),
    }


def _reasons(units: Iterable[ReturnUnit]) -> str:
    counted: dict[str, int] = {}
    for unit in units:
        counted[unit.get_reason_display()] = counted.get(unit.get_reason_display(), 0) + 1
    return ", ".join(f"{count} × {reason}" for reason, count in counted.items())


def _unit(ret: Return, unit: ReturnUnit, photos: list[ReturnPhoto], url: str, user: Any) -> dict[str, Any]:
    line, variant = unit.line, unit.variant or unit.line.variant
    product = unit.part.part.product if unit.part else line.product
    station = ""
    if unit.parcel and unit.condition and user.has_perm("returns.lead_warehouse"):
        station = reverse("warehouse_parcel", args=[ret.number, unit.parcel.position]) + f"?unit={unit.pk}"
    return {
        "row": unit,
        "title": product.title if unit.part and product else line.title,
        "detail": " · ".join(
            part
            for part in (
                variant.title if unit.part and variant else line.variant_title,
                (variant.sku if variant else "") or line.sku,
                f"part of {line.title}" if unit.part else "",
            )
            if part and part != "Default Title"
        ),
        "product": product,
        "picture": (variant.image_url if variant else "")
        or line.image_url
        or (product.image_url if product else ""),
        "worth": cells.sum_of(unit.value_minor, ret.currency),
        "deduction": cells.sum_of(-unit.deduction_minor, ret.currency) if unit.deduction_minor else "",
        "stage": cells.pill(unit.get_stage_display(), STAGES.get(unit.stage, cells.QUIET)),
        "condition": cells.pill(
            unit.get_condition_display(), CONDITIONS.get(Condition(unit.condition), cells.QUIET)
        )
        if unit.condition
        else "",
        "photos": [_photo(each, url) for each in photos if each.unit_id == unit.pk],
        "station": station,
    }


def _photo(photo: ReturnPhoto, url: str) -> dict[str, str]:
    address = f"{url}?id={photo.public_id}"
    return {"url": address, "small": f"{address}&small", "by": photo.get_by_display()}


def _parcel(parcel: ReturnParcel, user: Any) -> dict[str, Any]:
    shipment = parcel.shipment
    tone = SCANS.get(Status(shipment.status), cells.BUSY) if shipment else cells.QUIET
    station = ""
    if user.has_perm("returns.use_warehouse"):
        station = reverse("warehouse_parcel", args=[parcel.ret.number, parcel.position])
    return {
        "row": parcel,
        "pill": cells.pill(shipment.get_status_display() if shipment else "Nothing heard yet", tone),
        "label_pill": parcel.label.get_state_display() if parcel.label else "",
        "station": station,
    }


def _why(ret: Return, units: Iterable[ReturnUnit]) -> list[dict[str, Any]]:
    """Return how it was decided: once per verdict, with the names of what it holds for."""
    told = ret.why.get("units", {})
    groups: dict[str, dict[str, Any]] = {}
    for unit in units:
        verdict = told.get(unit_key(unit.line_id, unit.index, unit.part_id, unit.part_index))
        if not verdict:
            continue
        steps = [(str(step.get("name", "")), str(step.get("words", ""))) for step in verdict.get("steps", ())]
        key = repr((steps, verdict.get("allowed"), verdict.get("words"), verdict.get("version")))
        group = groups.setdefault(
            key,
            {
                "names": [],
                "allowed": verdict.get("allowed", True),
                "words": verdict.get("words", ""),
                "version": verdict.get("version", 0),
                "steps": steps,
            },
        )
        if unit.line.title not in group["names"]:
            group["names"].append(unit.line.title)
    return list(groups.values())


def _granted(ret: Return) -> list[str]:
    """Return what people decided beside the policy, as sentences."""
    why = ret.why
    found = []
    if why.get("beyond"):
        found.append(f"Let in beyond the policy by {why.get('by') or 'staff'}: {why['beyond']}")
    if why.get("fee_waived_by"):
        found.append(f"The fee was let go by {why['fee_waived_by']}.")
    if why.get("shipping_given_by"):
        found.append(f"Shipping was given back by {why['shipping_given_by']}.")
    if why.get("released_by") and not ret.refund_held:
        found.append(f"The refund was let go by {why['released_by']}.")
    return found


def _scans(ret: Return, parcels: Iterable[ReturnParcel]) -> Iterable[Entry]:
    """Yield what carriers said of its parcels."""
    numbers = {parcel.shipment_id: parcel for parcel in parcels if parcel.shipment_id}
    for scan in Scan.objects.filter(shipment__in=numbers).order_by("-order_at")[:MOST]:
        yield Entry(
            at=scan.order_at,
            kind="scan",
            title=scan.message or scan.get_status_display(),
            tone=SCANS.get(Status(scan.status), cells.BUSY),
            source=f"Parcel {numbers[scan.shipment_id]}, told by {scan.source}",
            why=scan.place,
            url=reverse("admin:tracking_shipment_change", args=[scan.shipment_id]),
            local="" if scan.at else scan.local,
        )


def _staff(ret: Return) -> Iterable[Entry]:
    """Yield what people did to it here, notes among them."""
    content = ContentType.objects.get_for_model(Return)
    log = LogEntry.objects.filter(content_type=content, object_id=str(ret.pk))
    for row in log.select_related("user").order_by("-action_time")[:MOST]:
        yield Entry(
            at=row.action_time,
            kind="staff",
            title=row.get_change_message() or "Changed",
            source=str(row.user),
            url=reverse("admin:returns_return_history", args=[ret.pk]),
        )


def photo_response(page: StaffAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """Answer with a picture of a return to who may see it. Raises: Http404; PermissionDenied."""
    ret = page.get_object(request, object_id)
    if not page.has_view_permission(request, ret):
        raise PermissionDenied
    try:
        found = ReturnPhoto.objects.filter(ret=ret, public_id=request.GET.get("id", "")).first()
    except ValidationError:
        found = None
    if ret is None or found is None:
        raise Http404
    body = found.thumbnail if "small" in request.GET else found.body
    response = HttpResponse(bytes(body), content_type="image/jpeg")
    response["Content-Disposition"] = 'inline; filename="photo.jpg"'
    response["Cache-Control"] = "private, no-store"
    return response
