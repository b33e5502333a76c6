"""
What a message says, gathered when it is sent: its ids -> plain dicts, in the reader's language and the
store's time.

The link it carries is made here and goes into the mail alone; no table ever holds it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from babel import Locale
from django.conf import settings
from django.db.models import Prefetch

from customers.models import Customer, Store
from engagement import extras, marketing, return_context, trouble, words
from engagement.models import Message
from engagement.rendering import absolute
from tracking import access
from tracking.carriers.detect import carrier_label
from tracking.models import (
    AccessCode,
    Flag,
    Incident,
    Link,
    MakeGood,
    Order,
    OrderLine,
    Shipment,
    ShipmentLine,
)

ITEMS_SHOWN = 12
OVER = frozenset({Shipment.Status.DELIVERED, Shipment.Status.RETURNING, Shipment.Status.RETURNED})
WINDOW_MEANS_NOTHING = OVER | {Shipment.Status.READY_FOR_PICKUP, Shipment.Status.EXCEPTION}
# A link that lets its holder in has a token at its end; the shop's own address has none.
_HAS_TOKEN = re.compile(r"/[or]/[^/]|/survey/[^/]")
# A "name" that is an address or an offer would be made clickable by mail programs: it is not used to greet.
_NOT_A_NAME = re.compile(r"[/:@<>\[\]{}|\\]|\d|\w\.\w{2,}|www", re.IGNORECASE)


@dataclass(frozen=True)
class Facts:
    """The rows behind a message, as they stand now."""

    message: Message
    store: Store
    order: Order | None
    customer: Customer | None
    shipments: list[Shipment]  # of the order, in the order they were made; also those the shop took back
    code: AccessCode | None = None
    flag: Flag | None = None
    make_good: MakeGood | None = None
    incident: Incident | None = None
    back: return_context.Back | None = None

    @property
    def parcels(self) -> list[Shipment]:
        """Those this message is about."""
        wanted = set(self.message.context.get("shipments", ()))
        return [shipment for shipment in self.shipments if shipment.pk in wanted]

    @property
    def address(self) -> str:
        """Where it goes. What lets somebody in goes to the order's own address only."""
        if self.back is not None:
            return self.back.address
        theirs = self.customer.email.strip() if self.customer else ""
        if self.order is None:
            return theirs
        own = self.order.email.strip()
        if own or self.message.kind.startswith("access_"):
            return own
        return theirs

    @property
    def languages(self) -> tuple[str, str]:
        """The reader's language and the store's; either may be ''."""
        if self.back is not None:
            return self.back.language, self.store.language
        theirs = (self.order.language if self.order else "") or (
            self.customer.language if self.customer else ""
        )
        return theirs, self.store.language


def load(message: Message) -> Facts:
    """Read the rows behind `message`: five queries, six with a code."""
    lines = Prefetch("lines", OrderLine.objects.order_by("position", "pk"))
    parcels = Prefetch("shipments", Shipment.objects.filter(is_return=False).order_by("pk").prefetch_related(
        Prefetch("lines", ShipmentLine.objects.order_by("line__position", "line_id"))
    ))  # fmt: skip
    order = (
        Order.objects.filter(pk=message.order_id or 0)
        .select_related("store", "customer")
        .prefetch_related(lines, parcels)
        .first()
    )
    code_id = message.context.get("code_id")
    return Facts(
        message=message,
        store=order.store if order and order.store_id == message.store_id else message.store,
        order=order,
        customer=order.customer if order else message.customer,
        shipments=list(order.shipments.all()) if order else [],
        code=AccessCode.objects.filter(pk=code_id, link__order=order).first() if code_id and order else None,
        **trouble.load(message),
        **return_context.load(message),
    )


def base_url(store: Store) -> str:
    """Return where this store's portal is, without a slash at the end."""
    return f"https://{store.domain}" if store.domain else settings.BASE_URL


def secrets_of(data: dict[str, Any]) -> list[str]:
    """Return what of `data` must not be written into any table: the link's token and the code."""
    links = [str(data.get(name) or "") for name in ("url", "survey_url")]
    tokens = [link.rstrip("/").rsplit("/", 1)[-1] for link in links if _HAS_TOKEN.search(link)]
    tokens += extras.secrets(data)
    return [secret for secret in (*tokens, str(data.get("code", ""))) if secret]


def build(facts: Facts, *, language: str, at: datetime) -> dict[str, Any]:
    """
    Return the data of a message in `language` at `at` (see docs/messages.md for every name in it).

    Makes the order's link when there is none yet; a message about a return leads to the return's page, one
    about no order to the shop. What is said of an order is empty then.
    """
    order, store, back = facts.order, facts.store, facts.back
    base = language.split("-")[0]
    locale = words.locale(
        *(code for code in facts.languages if code and words.locale(code).language == base), language
    )
    if order is None:
        return _without_order(facts, locale, at) | extras.data(facts.message, base_url(store))
    maker = _Maker(facts, order, locale, words.labels(language), at)
    url = return_context.page(base_url(store), back.ret) if back else _order_page(facts, order, at)
    parcels = [maker.parcel(shipment) for shipment in facts.parcels]
    data: dict[str, Any] = {
        "first_name": greeting_name(back.name if back else _name(facts, order)),
        "store": _store(store),
        "order": nothing_of_it() if back and back.ret.is_gift else maker.order_data(),
        "parcel": parcels[0] if parcels else {},
        "parcels": parcels,
        "to_come": maker.to_come(),
        "was": maker.former_day(),
        "url": url,
        "code": access.digits(facts.code) if facts.code else "",
    }
    if back:
        data |= return_context.build(back, url, maker.picture_at, locale, store.zone)
    data |= trouble.build(facts.flag, facts.make_good, _offer(facts), data["url"], locale, store.zone)
    data |= marketing.build(reader_of(facts, at=at, locale=locale, page=url))
    return data | extras.data(facts.message, base_url(store))


def _store(store: Store) -> dict[str, str]:
    return {
        "name": store.name,
        "shop_url": store.shop_url,
        "support_email": store.support_email,
        "support_phone": store.support_phone,
    }


def _without_order(facts: Facts, locale: Locale, at: datetime) -> dict[str, Any]:
    """Return the data of a message that is about no order: the person, the shop, what journeys add."""
    store, page = facts.store, base_url(facts.store)
    return {
        "first_name": greeting_name(facts.customer.first_name if facts.customer else ""),
        "store": _store(store),
        "order": nothing_of_it(),
        "parcel": {},
        "parcels": [],
        "to_come": 0,
        "was": "",
        "url": store.shop_url or f"{page}/",
        "code": "",
        "offer": trouble.offer(None, locale),
    } | marketing.build(reader_of(facts, at=at, locale=locale))


def nothing_of_it() -> dict[str, Any]:
    """What a message says of an order that is not its reader's, or that it is not about."""
    return {"number": "", "placed": "", "items": [], "more": "", "sums": [], "total": ""}


def reader_of(
    facts: Facts, *, at: datetime, locale: Locale | None = None, page: str = ""
) -> marketing.Reader:
    """Return who a message is for, as `engagement.marketing` asks; `page` is the order's, '' for none."""
    theirs, stores = facts.languages
    words_in = locale or words.locale(theirs, stores)
    return marketing.Reader(
        message=facts.message,
        store=facts.store,
        customer=facts.customer,
        order=facts.order,
        languages=[code for code in (str(words_in), theirs, stores) if code],
        locale=words_in,
        home=base_url(facts.store),
        page=page,
        at=at,
    )


def _order_page(facts: Facts, order: Order, at: datetime) -> str:
    link = access.link_for(order, Link.Purpose.ACT, at=at)
    return f"{base_url(facts.store)}/o/{access.token(link)}/"


def _name(facts: Facts, order: Order) -> str:
    return facts.customer.first_name if facts.customer else str(order.ship_to.get("name", ""))


def _offer(facts: Facts) -> Incident | None:
    """Return the incident whose offer goes with this message, None without one."""
    incident = facts.incident
    return incident if incident and incident.offer_code and facts.message.context.get("offer") else None


def greeting_name(name: str) -> str:
    """Return the first of a person's names, '' for what is none."""
    first = name.split()[0] if name.split() else ""
    return "" if len(first) > 40 or _NOT_A_NAME.search(first) else first


@dataclass(frozen=True)
class _Maker:
    """Turns rows into the plain data of one message."""

    facts: Facts
    order: Order
    locale: Locale
    labels: dict[str, str]
    at: datetime

    @property
    def today(self) -> date:
        return self.at.astimezone(self.facts.store.zone).date()

    def money(self, minor: int) -> str:
        return words.money(minor, self.order.currency, self.locale)

    def picture(self, line: OrderLine) -> str:
        return self.picture_at(line.image_url)

    def picture_at(self, url: str) -> str:
        return absolute(url, base_url(self.facts.store))

    def order_data(self) -> dict[str, Any]:
        wanted = [line for line in self.order.lines.all() if line.quantity]
        items = [
            self.item(line, line.quantity) | {"price": self.money(line.total_minor)}
            for line in wanted[:ITEMS_SHOWN]
        ]
        return {
            "number": self.order.number,
            "placed": words.day(self.order.placed_at.astimezone(self.facts.store.zone).date(), self.locale),
            "items": items,
            "more": self.more(len(wanted)),
            "sums": self.sums(),
            "total": self.money(self.order.total_minor),
        }

    def item(self, line: OrderLine, quantity: int) -> dict[str, Any]:
        return {
            "title": line.title,
            "variant": line.variant_title,
            "quantity": quantity,
            "image": self.picture(line),
        }

    def more(self, count: int) -> str:
        return self.labels["and_more"].format(count=count - ITEMS_SHOWN) if count > ITEMS_SHOWN else ""

    def sums(self) -> list[dict[str, Any]]:
        """
        The rows from the goods down to the total. Tax that is in the prices already is told after it.

        Shops give the goods before or after the discount; where neither adds up, only the total is told.
        """
        order = self.order
        total = {"label": self.labels["total"], "amount": self.money(order.total_minor), "total": True}
        for goods in (order.subtotal_minor, order.subtotal_minor + order.discount_minor):
            rest = order.total_minor - (goods - order.discount_minor + order.shipping_minor)
            if rest in (0, order.tax_minor):
                rows = [self.sum_row("subtotal", goods)]
                rows += [self.sum_row("discount", -order.discount_minor)] if order.discount_minor else []
                rows += self.shipping_row()
                rows += [self.sum_row("tax", order.tax_minor)] if rest else []
                inside = [self.sum_row("tax_inside", order.tax_minor)] if order.tax_minor and not rest else []
                return [*rows, total, *inside]
        return [total]

    def sum_row(self, label: str, minor: int) -> dict[str, Any]:
        return {"label": self.labels[label], "amount": self.money(minor), "total": False}

    def shipping_row(self) -> list[dict[str, Any]]:
        row = self.sum_row("shipping", self.order.shipping_minor)
        if self.order.shipping_minor:
            return [row]
        sent = any(line.requires_shipping for line in self.order.lines.all())
        return [row | {"amount": self.labels["free"]}] if sent else []

    def parcel(self, shipment: Shipment) -> dict[str, Any]:
        current = [one for one in self.facts.shipments if one.replaced_at is None]
        title = self.labels["parcel"]
        if len(current) > 1 and shipment in current:
            title = f"{title} {current.index(shipment) + 1} {self.labels['of']} {len(current)}"
        lines = {line.pk: line for line in self.order.lines.all()}
        inside = [(lines[row.line_id], row.quantity) for row in shipment.lines.all() if row.line_id in lines]
        return {
            "title": title,
            "carrier": shipment.carrier_name or carrier_label(shipment.carrier),
            "number": shipment.tracking_number,
            "window": self.window(shipment),
            "status": shipment.status,
            "reason": shipment.reason,
            "place": "" if shipment.status in OVER else shipment.last_place,
            "signed_by": shipment.signed_by,
            "items": [self.item(line, quantity) for line, quantity in inside[:ITEMS_SHOWN]],
            "more": self.more(len(inside)),
        }

    def window(self, shipment: Shipment) -> str:
        first, last, status = shipment.eta_from_date, shipment.eta_to_date, shipment.status
        if trouble.will_not_come(self.facts.make_good):
            return ""
        if status in WINDOW_MEANS_NOTHING:
            return ""
        if status == Shipment.Status.OUT_FOR_DELIVERY:
            first = last = self.today  # whatever was promised before: it is on the van
        if status == Shipment.Status.ATTEMPTED and last and last <= self.today:
            return ""  # that was the try that failed
        return words.window(
            first, last, shipment.eta_from_at, shipment.eta_to_at,
            language=self.locale, zone=self.facts.store.zone, today=self.today,
        )  # fmt: skip

    def to_come(self) -> int:
        """
        How many pieces are neither in this message's parcels nor brought already; 0 where nobody told what is
        where.
        """
        told = {shipment.pk for shipment in self.facts.parcels}
        if not told or not all(_pieces([shipment]) for shipment in self.facts.parcels):
            return 0
        ordered = sum(line.quantity for line in self.order.lines.all() if line.requires_shipping)
        here = [
            one for one in self.facts.shipments if one.pk in told or one.status == Shipment.Status.DELIVERED
        ]
        return max(ordered - _pieces(here), 0)

    def former_day(self) -> str:
        """The last day that was promised before, in words; '' when none was."""
        was = str(self.facts.message.context.get("was_to") or "")
        return words.day(date.fromisoformat(was), self.locale) if was else ""


def _pieces(shipments: Sequence[Shipment]) -> int:
    return sum(row.quantity for shipment in shipments for row in shipment.lines.all())
