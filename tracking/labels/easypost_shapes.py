"""EasyPost's shapes: our words into theirs, and theirs into ours. See easypost.py."""

from config.lib.money import major
from tracking import reading
from tracking.carriers import detect
from tracking.carriers.base import BadPayload
from tracking.labels.base import (
    Cancellation,
    Cancelling,
    CustomsItem,
    LabelError,
    LabelRequest,
    Party,
    Rate,
)
from tracking.labels.calls import listed
from tracking.reading import Record

OUNCE_G, INCH_MM = 28.349523125, 25.4
_REFUNDS = {
    "submitted": Cancelling.PENDING,
    "refunded": Cancelling.ACCEPTED,
    "rejected": Cancelling.REJECTED,
    "not_applicable": Cancelling.REJECTED,
}


# --- our words into theirs
def address(party: Party) -> Record:
    """Return an address; what is empty is left out."""
    lines = [line for line in party.lines if line.strip()]
    fields = {
        "name": party.name,
        "company": party.company,
        "street1": lines[0] if lines else "",
        "street2": ", ".join(lines[1:]),
        "city": party.city,
        "state": party.region,
        "zip": party.postcode,
        "country": party.country.upper(),
        "phone": party.phone,
        "email": party.email,
    }
    return {name: value for name, value in fields.items() if value}


def parcel(request: LabelRequest) -> Record:
    """Return the parcel in ounces and inches, which is what they count in."""
    sides = {"length": request.length_mm, "width": request.width_mm, "height": request.height_mm}
    found: Record = {name: round(side / INCH_MM, 2) for name, side in sides.items() if side}
    return found | {"weight": ounces(request.weight_g)}


def ounces(grams: int) -> float:
    """Return a weight as they count it: tenths of an ounce."""
    return max(round(grams / OUNCE_G, 1), 0.1)


def item(goods: CustomsItem, origin: str) -> Record:
    """Return a line of the declaration; value and weight are of all its pieces."""
    fields = {
        "description": goods.description[:255],
        "quantity": goods.quantity,
        "value": float(major(goods.value_minor, goods.currency)),
        "currency": goods.currency,
        "weight": ounces(goods.weight_g),
        "hs_tariff_number": goods.hs_code.replace(" ", ""),
        "origin_country": (goods.origin_country or origin).upper(),
        "code": goods.sku,
    }
    return {name: value for name, value in fields.items() if value}


# --- their words into ours
def told(record: Record, name: str) -> str:
    """Return a text of an answer, '' for null. Raises: LabelError."""
    try:
        return reading.text(record.get(name), name)
    except BadPayload as exc:
        raise LabelError(f"EasyPost's answer could not be read: {exc}", unknown=True) from exc


def part(record: Record, name: str) -> Record:
    """Return an object in an answer, {} where there is none."""
    found = record.get(name)
    return found if isinstance(found, dict) else {}


def offers(shipment: Record) -> list[Record]:
    """Return a shipment's rates."""
    return listed(shipment, "rates")


def service(rate: Record) -> str:
    """Return how we name a service: carrier/service."""
    return f"{told(rate, 'carrier')}/{told(rate, 'service')}"


def cheapest_first(shipment: Record) -> list[Rate]:
    """Return the rates; without any, say why as the carriers told it. Raises: LabelError."""
    found = []
    for rate in offers(shipment):
        currency = told(rate, "currency") or "USD"
        try:
            cost = reading.amount(rate.get("rate"), currency, "rate")
            days = reading.whole(rate.get("est_delivery_days") or rate.get("delivery_days"), "days")
        except BadPayload:
            continue
        carrier = told(rate, "carrier")
        name = told(rate, "service")
        found.append(Rate(service(rate), carrier_of(carrier) or carrier, name, cost, currency, days or None))
    if not found:
        said = [told(m, "message") for m in listed(shipment, "messages")]
        why = "; ".join(dict.fromkeys(words for words in said if words))
        raise LabelError(f"EasyPost offers no service for this parcel. {why}"[:500].strip(), permanent=True)
    return sorted(found, key=lambda rate: (rate.amount_minor, rate.service))


def carrier_of(name: str) -> str:
    """Return our code for a carrier they name, '' for none."""
    return (detect.carrier_code(name) or detect.slug(name)) if name else ""


def links(shipment: Record) -> dict[str, str]:
    """Return where the label is, by format (png, pdf)."""
    label = part(shipment, "postage_label")
    found = {"png": label.get("label_url"), "pdf": label.get("label_pdf_url")}
    if str(label.get("label_file_type", "")).endswith("pdf"):
        found = {"pdf": label.get("label_url"), "png": None}
    return {name: str(url) for name, url in found.items() if url}


def form_url(shipment: Record, kind: str) -> str:
    """Return where a form of this kind is, '' when there is none."""
    forms = (form for form in listed(shipment, "forms") if form.get("form_type") == kind)
    return next((str(form.get("form_url") or "") for form in forms), "")


def refund(shipment: Record) -> Cancellation | None:
    """Return how a refund stands, None when none was asked for."""
    status = told(shipment, "refund_status")
    if not status:
        return None
    state = _REFUNDS.get(status, Cancelling.PENDING)
    said = f"the carrier says “{status.replace('_', ' ')}”" if state == Cancelling.REJECTED else ""
    return Cancellation(state, said)


def error(body: bytes) -> tuple[str, str]:
    """Return code and words of an error; ('', '') for anything else."""
    try:
        found = reading.optional(reading.record(reading.document(body), "the answer").get("error"), "error")
        words = [reading.text(found.get("message"), "message")]
        more = found.get("errors")
        for each in more if isinstance(more, list) else ():
            if isinstance(each, dict):
                field = reading.text(each.get("field"), "field")
                said = reading.text(each.get("message"), "message")
                words.append(": ".join(part for part in (field, said) if part))
            elif isinstance(each, str):
                words.append(each[:200])
        return reading.text(found.get("code"), "code"), "; ".join(part for part in words if part)[:400]
    except BadPayload:
        return "", ""


def error_words(body: bytes) -> str:
    """Return the words of an error, '' for anything else."""
    return error(body)[1]
