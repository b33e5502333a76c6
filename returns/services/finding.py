"""What a scanned or typed code means at the dock: a parcel, a return, an order, or a product."""

import re
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from customers.models import Store
from returns.models import Return, ReturnParcel, ReturnUnit
from returns.tokens import KEY_LENGTH, TOKEN, open_token
from returns.vocabulary import Kind
from tracking.models import Order, Shipment, Variant
from tracking.services.orders import number_key
from tracking.services.shipments import tracking_key

LONGEST = 500  # characters; a code with more was read wrongly
MOST = 12  # choices a person can take in
# Crockford's base 32 as people type it: look-alikes mean the digit.
LOOK_ALIKES = str.maketrans("ILO", "110")
RMA = re.compile(r"R?-?([0-9A-Z]{8})")
# Carriers' bar codes hold more than the number that is printed below them:
# USPS IMpb: 420, a ZIP code of 5 or 9 digits, the number (USPS Publication 199).
USPS = re.compile(r"420\d{5}(?:\d{4})?(9\d{21})")
# FedEx Ground 96 and Express: 34 digits that end with the number, 12 to 15 digits of them.
FEDEX = re.compile(r"\d{34}")
# DPD: %, postcode (7), number (14), service (3), country (3).
DPD = re.compile(r"%?[0-9A-Z]{7}(\d{14})\d{6}")


@dataclass(frozen=True)
class Found:
    """What a code means. One of the three is filled; none when nobody knows it. At most MOST of each."""

    parcels: tuple[ReturnParcel, ...] = ()
    returns: tuple[Return, ...] = ()
    orders: tuple[Order, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.parcels or self.returns or self.orders)


def find(code: str) -> Found:
    """
    Return what a code means, by the first that knows it: a return's page or number, a tracking number, an
    order number, then the bar code or SKU of something that is expected back.
    """
    code = code.strip()[:LONGEST]
    if not code:
        return Found()
    ret = _by_page(code) or _by_number(code)
    if ret:
        return Found(returns=(ret,))
    keys = tracking_keys(code)
    parcels = _returns_parcels().filter(tracking_key__in=keys)[:MOST]
    if parcels:
        return Found(parcels=tuple(parcels))
    return _by_shipment(keys) or _by_order(code) or _by_item(code)


def _returns_parcels() -> QuerySet[ReturnParcel]:
    rows = ReturnParcel.objects.select_related("ret__order", "ret__store", "held_by")
    return rows.order_by("-pk")


def _by_page(code: str) -> Return | None:
    """Read the code on a label or slip of ours: the address of the return's page, or its token alone."""
    part = code.partition("/r/")[2].partition("/")[0] if "/r/" in code else code
    return open_token(part) if TOKEN.fullmatch(part) and len(part) == 2 * KEY_LENGTH else None


def _by_number(code: str) -> Return | None:
    typed = RMA.fullmatch(re.sub(r"[\s-]", "", code).upper())
    if not typed:
        return None
    number = "R-" + typed[1].translate(LOOK_ALIKES)
    return Return.objects.select_related("order", "store").filter(number=number).first()


def tracking_keys(code: str) -> list[str]:
    """Return what the tracking number in a carrier's bar code may be, as it is compared, likeliest first."""
    key = tracking_key(code)[:80]
    found = [key] if key else []
    usps, dpd = USPS.fullmatch(key), DPD.fullmatch(code.strip().upper())
    if usps:
        found.append(usps[1])
    if FEDEX.fullmatch(key):
        found += [key[-length:] for length in (12, 14, 15)]
    if dpd:
        found.append(dpd[1])
    return found


def _by_shipment(keys: list[str]) -> Found:
    """A parcel of ours that was never taken, or one that is followed without a row of its own."""
    shipments = Shipment.objects.filter(tracking_key__in=keys).values_list("pk", "order_id")[:MOST]
    parcels = _returns_parcels().filter(shipment__in=[pk for pk, _ in shipments])[:MOST]
    if parcels:
        return Found(parcels=tuple(parcels))
    return _of_orders(list(dict.fromkeys(order for _, order in shipments)))


def _by_order(code: str) -> Found:
    number = number_key(code)
    found = Order.objects.filter(number_key=number) if number else Order.objects.none()
    return _of_orders(list(found.order_by("-placed_at").values_list("pk", flat=True)[:MOST]))


def _of_orders(order_ids: list[int]) -> Found:
    """Return the returns of orders that goods may come for; the orders themselves where there is none."""
    if not order_ids:
        return Found()
    rows = Return.objects.filter(order__in=order_ids, kind=Kind.RETURN).select_related("order", "store")
    returns = list(rows.order_by("-requested_at")[:MOST])
    if returns:
        return Found(returns=tuple(returns))
    orders = Order.objects.filter(pk__in=order_ids).select_related("store").order_by("-placed_at")
    return Found(orders=tuple(orders))


def _by_item(code: str) -> Found:
    """Return the parcels in which a product is expected or lies, those that are here first."""
    variants = variants_of(code)
    if not variants:
        return Found()
    waiting = ReturnUnit.objects.filter(
        variant__in=variants,
        active=True,
        keep=False,
        stage__in=("EXPECTED", "ARRIVED"),
        ret__kind=Kind.RETURN,
    )
    rows = Return.objects.filter(pk__in=waiting.values("ret")).select_related("order", "store")
    return Found(returns=tuple(rows.order_by("received_at", "requested_at")[:MOST]))


def variants_of(code: str, store: Store | None = None) -> list[Variant]:
    """Return the variants with this bar code or SKU, of one store or of all."""
    code = code.strip()
    if not code:
        return []
    # 12 digits (UPC-A) and 13 with a leading 0 (EAN) are the same number; scanners send either.
    codes = {code, code.lstrip("0") or code}
    if code.isdigit() and len(code) in (12, 13):
        codes |= {code.zfill(13), code.removeprefix("0")}
    rows = Variant.objects.filter(Q(barcode__in=codes) | Q(sku=code) | Q(sku=code.upper()))
    rows = rows.filter(store=store) if store else rows
    return list(rows.select_related("product").order_by("pk")[:MOST])
