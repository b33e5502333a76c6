"""The whole order page, ready for a template that only lays it out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tracking.models import Order
from tracking.presentation.answer import Answer, answer_for
from tracking.presentation.arrival import still_to_come
from tracking.presentation.choice import Offer
from tracking.presentation.goods import Item, Sum, Till, bill_for, items_for, without_parcel
from tracking.presentation.material import Level, Material, ParcelMaterial
from tracking.presentation.route import Route, route_for
from tracking.presentation.steps import Step, steps_for
from tracking.presentation.timeline import SHOWN, Entry, entries_for
from tracking.presentation.voice import Voice
from tracking.presentation.whole import answer_for_order, leading
from tracking.vocabulary import Status


@dataclass(frozen=True)
class ParcelView:
    """
    One parcel's card. `proof` is how it was handed over; `shared` says that its items travel in several
    parcels.
    """

    key: str
    title: str
    answer: Answer
    carrier: str
    carrier_name: str
    number: str
    url: str
    checked: str
    items: list[Item]
    count: str
    shared: str
    latest: list[Entry]
    earlier: list[Entry]
    route: Route | None
    delivered: bool
    offer: Offer | None = None


@dataclass(frozen=True)
class Destination:
    """Where it goes, as far as the visitor may see. `email` is masked below the act level."""

    name: str = ""
    lines: tuple[str, ...] = ()
    place: str = ""
    email: str = ""


@dataclass(frozen=True)
class OrderPage:
    """Everything the page says."""

    level: Level
    answer: Answer
    steps: tuple[Step, ...]
    title: str
    number: str
    placed: str
    parcels: list[ParcelView]
    waiting: list[Item]
    without_parcel: list[Item]
    bill: list[Sum]
    going_to: Destination
    zone: str
    windows: bool
    lead: ParcelView | None = None
    delivered: bool = False
    under_way: bool = False


def build_page(
    material: Material, voice: Voice, level: Level, offers: Mapping[int, Offer] | None = None
) -> OrderPage:
    """Return what a visitor of `level` may see of an order; `offers` by parcel (choice.offers_for)."""
    order, lead = material.order, leading(material)
    answer = answer_for_order(material, voice, names=level == Level.ACT)
    live, till = material.live, Till()
    parcels = [_parcel(parcel, i, material, voice, level, till) for i, parcel in enumerate(live)]
    if offers:
        shown = zip(parcels, live, strict=True)
        parcels = [_with_offer(view, offers.get(parcel.shipment.pk)) for view, parcel in shown]
        if lead and lead.shipment.pk in offers:
            answer = replace(answer, doing="")
    shared = level == Level.SHARE
    waiting = (
        material.waiting() if not order.cancelled_at else [(line, line.quantity) for line in material.goods()]
    )
    return OrderPage(
        level=level,
        answer=answer,
        steps=steps_for(material, lead, voice, answer.tone),
        title=_("Your parcel") if shared else _("Order %(number)s") % {"number": order.number.lstrip("#")},
        number="" if shared else order.number.lstrip("#"),
        placed="" if shared else voice.day(voice.date_of(order.placed_at)),
        parcels=parcels,
        waiting=[] if shared else items_for(waiting, order, voice, till),
        without_parcel=[] if shared else items_for(without_parcel(material), order, voice, till),
        bill=[] if shared else bill_for(order, voice),
        going_to=destination(order, voice, level),
        zone=voice.zone_name(),
        windows=not order.cancelled_at and any(map(partial(still_to_come, voice=voice), live)),
        lead=parcels[live.index(lead)] if lead else None,
        delivered=any(parcel.status == Status.DELIVERED for parcel in live),
        under_way=any(parcel.status != Status.DELIVERED for parcel in live),
    )


def _parcel(
    parcel: ParcelMaterial, index: int, material: Material, voice: Voice, level: Level, till: Till
) -> ParcelView:
    shipment, total = parcel.shipment, len(material.live)
    entries = list(entries_for(parcel, voice, level))
    return ParcelView(
        key=f"parcel-{index + 1}",
        title=_("Parcel %(number)s of %(all)s") % {"number": index + 1, "all": total}
        if total > 1
        else _("Your parcel"),
        answer=answer_for(parcel, voice, names=level == Level.ACT),
        carrier=" ".join(dict.fromkeys(f"{parcel.carrier} {shipment.service}".split())),
        carrier_name=parcel.carrier,
        number=shipment.tracking_number,
        url=shipment.tracking_url if shipment.tracking_url.startswith("https://") else "",
        checked=voice.when(shipment.checked_at) if shipment.checked_at else "",
        items=[] if level == Level.SHARE else items_for(parcel.contents, material.order, voice, till),
        count=_count(parcel) if level == Level.SHARE else "",
        shared=_shared(parcel),
        latest=entries[:SHOWN],
        earlier=entries[SHOWN:],
        route=route_for(parcel, voice),
        delivered=parcel.status == Status.DELIVERED,
    )


def _with_offer(view: ParcelView, offer: Offer | None) -> ParcelView:
    """Let an offer speak for what is done about the parcel: the usual words would contradict it."""
    return replace(view, offer=offer, answer=replace(view.answer, doing="")) if offer else view


def _count(parcel: ParcelMaterial) -> str:
    units = sum(quantity for _line, quantity in parcel.contents)
    return ngettext("%(count)s item", "%(count)s items", units) % {"count": units} if units else ""


def _shared(parcel: ParcelMaterial) -> str:
    if parcel.companions < 2:
        return ""
    if parcel.contents:
        return _("These items travel in %(count)s parcels.") % {"count": parcel.companions}
    return _("This parcel carries a part of the same items.")


def destination(order: Order, voice: Voice, level: Level) -> Destination:
    """Return the address as far as `level` may see it: all of it, or the town alone."""
    to = order.ship_to or {}
    city, region, country = (str(to.get(part, "")) for part in ("city", "region", "country"))
    home = order.store.country
    if level != Level.ACT:
        place = voice.place(city, region, country, home=home)
        return Destination(place=place, email=mask(order.email) if level == Level.VIEW else "")
    return Destination(
        name=str(to.get("name", "")),
        lines=tuple(str(line) for line in to.get("lines", []) if line),
        place=_town(city, region, str(to.get("postcode", "")), country, voice, home),
        email=order.email,
    )


def _town(city: str, region: str, postcode: str, country: str, voice: Voice, home: str) -> str:
    """
    Return town, region and postcode in the order usual in `country`, then the country unless it is `home`.
    """
    if country.upper() in ("US", "CA", "AU", "GB", "IE", "NZ"):
        town = ", ".join(part for part in (city, f"{region} {postcode}".strip()) if part)
    else:
        town = f"{postcode} {city}".strip()
    abroad = voice.country(country) if country.upper() != home.upper() else ""
    return ", ".join(part for part in (town, abroad) if part)


def mask(email: str) -> str:
    """Return an address that its owner recognises and nobody else can use: 'a•••@e•••.com'."""
    name, _at, host = email.partition("@")
    if not host:
        return ""
    first, dot, end = host.rpartition(".")
    return f"{name[:1]}•••@{first[:1]}•••{dot}{end}"
