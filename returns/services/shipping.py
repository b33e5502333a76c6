"""What a return's label is asked for with: from where, to where, what is in it, and for customs."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from returns.models import Return, ReturnUnit
from returns.vocabulary import Method
from tracking.labels.base import CustomsItem, LabelRequest, Paper, Party, crosses_customs
from tracking.models import CarrierAccount
from tracking.services.label_requests import GUESSED_G, sender_of, shopper_of


@dataclass(frozen=True)
class Goods:
    """Equal units that travel together: `weight_g` and `worth_minor` of all of them, 0 g when not known."""

    title: str
    sku: str
    count: int
    weight_g: int
    worth_minor: int


def to_send(ret: Return) -> list[ReturnUnit]:
    """Return the units that are to be sent and have not come yet, in the order of their lines."""
    rows = ret.units.filter(active=True, keep=False, stage=ReturnUnit.Stage.EXPECTED)
    rows = rows.select_related("line__variant", "part__part__product", "variant__product")
    return list(rows.order_by("line__position", "line_id", "index", "part_key", "part_index"))


def goods_of(units: Iterable[ReturnUnit]) -> list[Goods]:
    """Return units as what is written on a slip, equal ones together. Needs the rows of `to_send`."""
    found: dict[tuple[int, int], Goods] = {}
    for unit in units:
        key = (unit.line_id, unit.part_key)
        title, sku, weight = _piece(unit)
        was = found.get(key, Goods(title, sku, 0, 0, 0))
        found[key] = replace(
            was,
            count=was.count + 1,
            weight_g=was.weight_g + weight,
            worth_minor=was.worth_minor + unit.value_minor,
        )
    return list(found.values())


def _piece(unit: ReturnUnit) -> tuple[str, str, int]:
    """Return what one unit is called, its SKU, and what it weighs in grams."""
    if unit.part is not None:
        part = unit.part.part
        return _named(part.product.title, part.title), part.sku, part.weight_g
    line = unit.line
    variant = unit.variant or line.variant
    return _named(line.title, line.variant_title), line.sku, variant.weight_g if variant else 0


def _named(title: str, variant: str) -> str:
    return " · ".join(part for part in (title, variant) if part)


def contents_of(goods: Iterable[Goods]) -> tuple[str, ...]:
    """Return goods as lines of a slip."""
    return tuple(f"{each.count} × {each.title}" for each in goods)


def request_for(ret: Return, units: Iterable[ReturnUnit], account: CarrierAccount) -> LabelRequest:
    """Return what to ask the seller behind `account` for."""
    goods = goods_of(units)
    request = LabelRequest(
        from_=shipped_from(ret),
        to=shipped_to(ret, account),
        weight_g=sum(each.weight_g for each in goods) or GUESSED_G,
        is_return=True,
        reference=ret.number,
        currency=ret.currency,
        contents=contents_of(goods),
        qr=ret.method == Method.QR,
        paper=Paper.A4,
    )
    return replace(request, customs=_declared(ret, goods)) if crosses_customs(request) else request


def _declared(ret: Return, goods: Iterable[Goods]) -> tuple[CustomsItem, ...]:
    """Return goods as customs want them: what was paid, and a guess where nobody knows what they weigh."""
    return tuple(
        CustomsItem(
            description=each.title or each.sku or "Returned goods",
            quantity=each.count,
            value_minor=max(each.worth_minor, 1),
            currency=ret.currency,
            weight_g=each.weight_g or GUESSED_G,
            sku=each.sku,
        )
        for each in goods
    )


def shipped_from(ret: Return) -> Party:
    """
    Return where the parcel starts: the address of who was given a gift, else the order's. A gift's label
    says nothing of the buyer.
    """
    told = ret.ship_from
    if not told:
        party = shopper_of(ret.order)
        return replace(party, email="", phone="") if ret.is_gift else party
    lines = told.get("lines")
    return Party(
        name=str(told.get("name", "")),
        company=str(told.get("company", "")),
        lines=tuple(str(line) for line in lines) if isinstance(lines, list | tuple) else (),
        city=str(told.get("city", "")),
        region=str(told.get("region", "")),
        postcode=str(told.get("postcode", "")),
        country=str(told.get("country", "")),
        phone=str(told.get("phone", "")),
        email=ret.email,
    )


def shipped_to(ret: Return, account: CarrierAccount | None) -> Party:
    """
    Return where the parcel goes: the address that the account's `config["locations"]` has for the return's
    destination ({the location's external id: the fields of a Party}), else where the store's parcels come
    back to.
    """
    known = account.config.get("locations") if account else None
    told = known.get(ret.destination.external_id) if isinstance(known, dict) and ret.destination else None
    if not isinstance(told, dict):
        return sender_of(ret.store, account)
    fields = {name: str(told.get(name, "")) for name in Party.__dataclass_fields__ if name != "lines"}
    lines = told.get("lines")
    return Party(**fields, lines=tuple(map(str, lines)) if isinstance(lines, list) else ())
