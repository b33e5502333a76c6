"""What messages about returns say, gathered when they are sent: the return's rows -> plain dicts."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from itertools import groupby
from typing import Any

from babel import Locale
from django.db.models import Sum

from engagement import words
from engagement.models import Message
from returns import tokens
from returns.models import (
    CreditEntry,
    Exchange,
    PaymentRequest,
    Refund,
    Return,
    ReturnParcel,
    ReturnUnit,
    StoreCredit,
)
from returns.vocabulary import Condition, Method, Outcome
from tracking.models import Label

ITEMS_SHOWN = 12
WAITS_FOR_MONEY = (PaymentRequest.State.WANTED, PaymentRequest.State.OPEN)
WENT_OUT = (Exchange.State.ORDERING, Exchange.State.ORDERED)
AS_SENT = ("", Condition.AS_NEW, Condition.OPENED)
Stage = ReturnUnit.Stage


@dataclass(frozen=True)
class Back:
    """The rows behind a message about a return, as they stand now."""

    ret: Return
    about: str = ""  # of a reminder: payment, goods; of an exchange that is given up: why
    units: list[ReturnUnit] = field(default_factory=list)
    parcels: list[ReturnParcel] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    exchange: Exchange | None = None
    payment: PaymentRequest | None = None
    refund: Refund | None = None
    credit: StoreCredit | None = None
    paid: bool = False  # money or credit went out for it

    @property
    def address(self) -> str:
        """Where it goes. News of a gift goes to who was given it, or nowhere."""
        own = self.ret.email.strip()
        if own or self.ret.is_gift:
            return own
        order, customer = self.ret.order, self.ret.customer
        return order.email.strip() or (customer.email.strip() if customer else "")

    @property
    def name(self) -> str:
        """The whole name of who gets it, '' when nobody said."""
        if self.ret.is_gift:
            return str(self.ret.ship_from.get("name", ""))
        customer = self.ret.customer
        return customer.first_name if customer else str(self.ret.order.ship_to.get("name", ""))

    @property
    def language(self) -> str:
        """Theirs, '' when nobody said."""
        order, customer = self.ret.order, self.ret.customer
        theirs = "" if self.ret.is_gift else order.language or (customer.language if customer else "")
        return self.ret.language or theirs


def load(message: Message) -> dict[str, Any]:
    """Return {"back": …} for a message about a return of its order, {} for another one."""
    wanted = message.context
    if not wanted.get("return_id"):
        return {}
    rows = Return.objects.select_related("store", "order__customer", "customer", "destination")
    ret = rows.filter(pk=wanted["return_id"], order_id=message.order_id or 0).first()
    if ret is None:
        return {}
    units = ret.units.select_related("line", "part__part__product", "variant", "exchange__variant__product")
    exchanges = list(ret.exchanges.select_related("variant__product", "payment").order_by("pk"))
    exchange = next((one for one in exchanges if one.pk == wanted.get("exchange_id")), None)
    return {
        "back": Back(
            ret=ret,
            about=str(wanted.get("about", "")),
            units=list(units.order_by("line__position", "line_id", "part_key", "index", "part_index")),
            parcels=list(ret.parcels.select_related("label", "shipment").order_by("position")),
            exchanges=exchanges,
            exchange=exchange,
            payment=_payment(ret, exchange, paid=message.kind == "exchange_paid"),
            refund=ret.refunds.filter(pk=wanted.get("refund_id") or 0).first(),
            credit=ret.credits.filter(pk=wanted.get("credit_id") or 0).first(),
            paid=ret.refunds.filter(state=Refund.State.SUCCEEDED).exists() or ret.credits.exists(),
        )
    }


def _payment(ret: Return, exchange: Exchange | None, *, paid: bool) -> PaymentRequest | None:
    """Return what is to be paid, the last thing asked for; the exchange's own where nothing is, or `paid`."""
    own = exchange.payment if exchange else None
    if paid and own:
        return own
    return ret.payments.filter(state__in=WAITS_FOR_MONEY).order_by("-pk").first() or own


def page(base_url: str, ret: Return) -> str:
    """Return the address of a return's page, with the token that opens it."""
    return f"{base_url}/r/{tokens.token(ret)}/"


def build(
    back: Back, url: str, picture: Callable[[str], str], locale: Locale, zone: tzinfo
) -> dict[str, Any]:
    """
    Return what templates may say of a return, '' and False for what is not there (docs/messages.md).

    `url`: the return's page. `picture`: makes an address of a picture absolute.
    """
    maker = _Maker(back, picture, locale, words.labels(str(locale)), zone)
    printed = [
        parcel.label for parcel in back.parcels if parcel.label and parcel.label.state == Label.State.BOUGHT
    ]
    data = {"return": maker.ret(), "label_url": ""}
    if printed and back.ret.method == Method.LABEL:
        data["label_url"] = f"{url}label.pdf"
    data["refund"] = maker.refund(back.refund)
    data["credit"] = maker.credit(back.credit)
    data["exchange"] = maker.exchange(back.exchange)
    return data


@dataclass(frozen=True)
class _Maker:
    back: Back
    picture: Callable[[str], str]
    locale: Locale
    labels: dict[str, str]
    zone: tzinfo

    def money(self, minor: int) -> str:
        return words.money(minor, self.back.ret.currency, self.locale)

    def some(self, minor: int) -> str:
        """Return an amount in words, '' for none."""
        return self.money(minor) if minor > 0 else ""

    def day(self, at: datetime | date | None) -> str:
        if at is None:
            return ""
        return words.day(at.astimezone(self.zone).date() if isinstance(at, datetime) else at, self.locale)

    def day_and_year(self, at: datetime | None) -> str:
        return words.day_and_year(at.astimezone(self.zone).date(), self.locale) if at else ""

    def asked(self, name: str) -> int:
        """Return a sum as it was confirmed."""
        return int(self.back.ret.quote.get(f"{name}_minor") or 0)

    # --- the return ---

    def ret(self) -> dict[str, Any]:
        ret, units = self.back.ret, self.back.units
        payment = self.back.payment
        due = payment if payment and payment.state in WAITS_FOR_MONEY else None
        items = list(self.items())
        parcel = self.back.parcels[-1] if self.back.parcels else None
        return {
            "number": ret.number,
            "kind": ret.kind,
            "state": ret.state,
            "method": ret.method,
            "gift": ret.is_gift,
            "items": items[:ITEMS_SHOWN],
            "more": self.labels["return_more"].format(count=len(items) - ITEMS_SHOWN)
            if len(items) > ITEMS_SHOWN
            else "",
            "sums": self.sums(),
            "refund": self.some(self.asked("refund")),
            "credit": self.some(self.asked("credit")),
            "exchange": any(unit.outcome == Outcome.EXCHANGE for unit in units),
            "due": self.money(due.amount_minor) if due else "",
            "pay_by": self.day(due.pay_by) if due else "",
            "send_by": self.day(ret.expires_at),
            "money_at": "" if ret.refund_held else ret.refund_at,
            "words": ret.rejected_words,
            "lost": ret.handed_over_at is not None,
            "went_out": any(one.state in WENT_OUT for one in self.back.exchanges),
            "paid": self.back.paid,
            "deducted": self.some(sum(unit.deduction_minor for unit in units) - ret.overpaid_minor),
            "worse": any(unit.condition not in AS_SENT for unit in units if unit.stage == Stage.INSPECTED),
            "missing": sum(unit.stage == Stage.MISSING for unit in units),
            "carrier": parcel.shipment.carrier_name if parcel and parcel.shipment else "",
            "tracking": parcel.tracking_number if parcel else "",
        }

    def items(self) -> Iterable[dict[str, Any]]:
        """Units that are alike are one item."""
        told = [unit for unit in self.back.units if unit.stage != Stage.DROPPED]
        for _, alike in groupby(sorted(told, key=_alike), key=_alike):
            yield self.item(list(alike))

    def item(self, units: list[ReturnUnit]) -> dict[str, Any]:
        first, worth = units[0], sum(unit.value_minor for unit in units)
        title, variant = first.line.title, first.line.variant_title
        if first.part:
            title, variant = first.part.part.product.title, first.part.part.title
        return {
            "title": title,
            "variant": variant,
            "quantity": len(units),
            "image": self.picture(first.line.image_url),
            "price": "" if self.back.ret.is_gift else self.money(worth),
            "note": self.note(units),
            "outcome": first.outcome,
            "condition": first.condition,
        }

    def note(self, units: list[ReturnUnit]) -> str:
        """What was seen of it, once it was; before that what the shopper gets for it."""
        first = units[0]
        if first.stage == Stage.MISSING:
            return self.labels[f"condition_{Condition.MISSING}"]
        if first.stage == Stage.INSPECTED and first.condition:
            seen = self.labels.get(f"condition_{first.condition}", "")
            less = sum(unit.deduction_minor for unit in units)
            if not less or self.back.ret.is_gift or self.back.ret.overpaid_minor:
                return seen
            return self.labels["less"].format(seen=seen, amount=self.money(less))
        gets = self.labels.get(f"outcome_{first.outcome}", "")
        if first.exchange and first.outcome == Outcome.EXCHANGE:
            gets = self.labels["exchanged_for"].format(what=variant_words(first.exchange))
        return f"{gets} · {self.labels['kept']}" if first.keep else gets

    def sums(self) -> list[dict[str, Any]]:
        """The rows from what comes back down to what they get; only the ends where the rows do not add up."""
        back, ret = self.back, self.back.ret
        ends = [
            self.row(name, self.asked(name), total=True)
            for name in ("refund", "credit", "due")
            if self.asked(name)
        ]
        if ret.is_gift:
            return ends
        for_money = [unit for unit in back.units if unit.outcome != Outcome.REPAIR]
        worth = sum(unit.value_minor for unit in for_money if unit.stage != Stage.DROPPED)
        new = sum(one.price_minor * one.quantity for one in back.exchanges if one.ended_at is None)
        rows = [
            ("worth", worth),
            ("new_goods", -new),
            ("bonus", self.asked("bonus")),
            ("return_fee", -self.asked("fee")),
            ("shipping_back", self.asked("shipping")),
        ]
        told = [self.row(name, minor) for name, minor in rows if minor]
        result = self.asked("refund") + self.asked("credit") - self.asked("due")
        adds_up = sum(minor for _, minor in rows) == result
        return [*told, *ends] if adds_up and len(told) > 1 else ends

    def row(self, name: str, minor: int, *, total: bool = False) -> dict[str, Any]:
        return {"label": self.labels[name], "amount": self.money(minor), "total": total}

    # --- what they get ---

    def refund(self, refund: Refund | None) -> dict[str, Any]:
        if refund is None:
            return {"amount": "", "arrives": "", "manual": False}
        return {
            "amount": self.money(refund.amount_minor),
            "arrives": self.day(refund.arrives_by),
            "manual": refund.provider == Refund.Provider.MANUAL,
        }

    def credit(self, credit: StoreCredit | None) -> dict[str, Any]:
        if credit is None:
            return {"code": "", "amount": "", "bonus": "", "ends": ""}
        given = (CreditEntry.Kind.GIVEN, CreditEntry.Kind.BONUS)
        entries = dict(credit.entries.values_list("kind").annotate(sum=Sum("amount_minor")))
        return {
            "code": credit.code,
            "amount": self.money(sum(entries.get(kind, 0) for kind in given)),
            "bonus": self.some(entries.get(CreditEntry.Kind.BONUS, 0)),
            "ends": self.day_and_year(credit.expires_at),
        }

    def exchange(self, exchange: Exchange | None) -> dict[str, Any]:
        one = exchange or next((row for row in self.back.exchanges if row.ended_at is None), None)
        payment = self.back.payment
        return {
            "what": variant_words(one) if one else "",
            "quantity": one.quantity if one else 0,
            "order": one.order_name if one else "",
            "amount": self.money(payment.amount_minor) if payment else "",
            "pay_by": self.day(payment.pay_by) if payment else "",
            "why": payment.why if payment else "",
            "about": self.back.about,
        }


def variant_words(exchange: Exchange) -> str:
    """Return what goes out in exchange, as people call it: 'Brass lantern, Small'."""
    variant = exchange.variant
    plain = ("", "Default Title", variant.product.title)
    return variant.product.title if variant.title in plain else f"{variant.product.title}, {variant.title}"


def _alike(unit: ReturnUnit) -> tuple[Any, ...]:
    seen = unit.stage if unit.stage in (Stage.INSPECTED, Stage.MISSING) else ""
    what = (unit.line.position, unit.line_id, unit.part_key)
    return (*what, seen, unit.condition if seen else "", unit.outcome, unit.exchange_id or 0, unit.keep)
