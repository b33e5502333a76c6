"""
What goes out in place of what came back: what can be had, and the order for it in the shop.

The order is an action in the shop's ledger (tracking.services.shop_actions): asked for in the transaction
that decides it, made at most once. Functions that take a Return need it locked (moves.locked).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from customers.models import Identity
from customers.services.alerts import end_alert, raise_alert
from returns import events
from returns.models import Exchange, Return, ReturnSettings, ReturnUnit
from returns.services import holds, moves
from returns.services.moves import settings_of
from returns.sizes import next_label, rank
from returns.states import ROAD
from returns.vocabulary import WITH_LABEL, Condition, Kind, Outcome, Reason, State
from tracking.models import Product, ShopAction, Variant
from tracking.services import shop_staff
from tracking.services.shop_actions import request_action
from tracking.services.shop_clients import client_of
from tracking.shops.base import AddressData
from tracking.shops.client import Ability, NewLine, NewOrder

X, Ships, Stage = Exchange.State, ReturnSettings.Ships, ReturnUnit.Stage
OPEN = (X.HELD, X.UNPAID, X.ORDERING, X.STAFF)
ALERT = "returns.exchange"
# What in a parcel means that nothing is owed for it before a person has looked.
NOT_THEIRS = frozenset({Condition.MISSING, Condition.NOT_OURS, Condition.WRONG_ITEM})
# The shop's words for products that are not on sale.
HIDDEN = frozenset({"draft", "archived", "private", "trash"})
FOUND = 24


@dataclass(frozen=True)
class Offer:
    """A variant that could be had instead. `free`: how many, None where the shop does not count them."""

    variant: Variant
    free: int | None

    @property
    def available(self) -> bool:
        """Whether one could be promised now."""
        return self.free is None or self.free > 0


def offers(variant: Variant, *, wider: bool = False) -> list[Offer]:
    """Return what of the same product could be had, in the shop's order; `wider`: out of stock, too."""
    return [offer for offer in _same_product(variant) if wider or offer.available]


def _same_product(variant: Variant) -> list[Offer]:
    if _hidden(variant.product):
        return []
    rows = Variant.objects.filter(product=variant.product_id, removed_at=None).select_related("product")
    return _with_stock(rows.order_by("position", "pk"))


def _with_stock(variants: Iterable[Variant]) -> list[Offer]:
    rows = list(variants)
    free = holds.free_stock(rows)
    return [Offer(row, free[row.pk]) for row in rows]


def _hidden(product: Product) -> bool:
    return product.removed_at is not None or product.status.lower() in HIDDEN


def search(store_id: int, words: str) -> list[Offer]:
    """Return variants in stock, of known price, whose product, name or number has all of `words`."""
    asked = words.split()[:6]
    if not asked:
        return []
    rows = Variant.objects.filter(store=store_id, removed_at=None, product__removed_at=None)
    rows = rows.filter(price_minor__gt=0)
    for word in asked:
        in_words = Q(product__title__icontains=word) | Q(title__icontains=word)
        rows = rows.filter(in_words | Q(sku__iexact=word))
    rows = rows.select_related("product").order_by("product__title", "position", "pk")
    near = [row for row in rows[: FOUND * 2] if not _hidden(row.product)]
    return [offer for offer in _with_stock(near) if offer.available][:FOUND]


def can_be_had(variant: Variant, quantity: int = 1) -> bool:
    """Say whether so many of a variant could be promised now."""
    free = holds.free_stock([variant])[variant.pk]
    return not _hidden(variant.product) and (free is None or free >= quantity)


def next_size(variant: Variant, reason: str) -> Variant | None:
    """
    Return the next larger size for "too small", the next smaller for "too large", all else equal.

    None where there is none, it is out of stock, or nobody can tell sizes and order apart.
    """
    if reason not in (Reason.SIZE_TOO_SMALL, Reason.SIZE_TOO_LARGE):
        return None
    larger = reason == Reason.SIZE_TOO_SMALL
    others = [offer for offer in _same_product(variant) if offer.variant.pk != variant.pk]
    return _by_ladder(variant, others, larger) or _by_order(variant, others, larger)


def _by_ladder(variant: Variant, others: Sequence[Offer], larger: bool) -> Variant | None:
    mine = list(variant.options) or [variant.title]
    for place, label in enumerate(mine):
        if rank(str(label)) is None:
            continue
        sizes = {}
        for offer in others:
            theirs = list(offer.variant.options) or [offer.variant.title]
            if len(theirs) == len(mine) and _equal_but(mine, theirs, place):
                sizes[str(theirs[place])] = offer
        wanted = next_label(str(label), list(sizes), larger=larger)
        if wanted is not None:
            return sizes[wanted].variant if sizes[wanted].available else None
    return None


def _equal_but(mine: Sequence[object], theirs: Sequence[object], place: int) -> bool:
    return [*mine[:place], *mine[place + 1 :]] == [*theirs[:place], *theirs[place + 1 :]]


def _by_order(variant: Variant, others: Sequence[Offer], larger: bool) -> Variant | None:
    """Go by the shop's own order, where variants differ in one thing only and no label is on a ladder."""
    everyone = [list(variant.options), *(list(offer.variant.options) for offer in others)]
    if any(len(options) != 1 or rank(str(options[0])) is not None for options in everyone):
        return None
    steps = [offer for offer in others if (offer.variant.position > variant.position) == larger]
    steps.sort(key=lambda offer: offer.variant.position, reverse=not larger)
    same = steps and steps[0].variant.position == variant.position
    return steps[0].variant if steps and steps[0].available and not same else None


# --- the order in the shop
def order_when_ready(ret: Return, *, at: datetime) -> int:
    """
    Have every exchange of a locked return ordered whose moment has come and that is paid. Returns how many.
    """
    waiting = ret.exchanges.filter(state=X.HELD).select_related("variant__product").order_by("pk")
    settings, ordered = settings_of(ret.store), 0
    for exchange in waiting:
        units = list(exchange.units.filter(active=True))
        if not units or not _moment(ret, units, settings):
            continue
        if any(unit.condition in NOT_THEIRS or unit.stage == Stage.MISSING for unit in units):
            for_staff(exchange, "What came back is not what was to come back.", at=at)
            continue
        order(exchange, at=at)
        ordered += 1
    return ordered


def _moment(ret: Return, units: Sequence[ReturnUnit], settings: ReturnSettings) -> bool:
    """Say whether the new item may go out. Signals of risk make it wait for the inspection."""
    if ret.state not in ROAD[ROAD.index(State.APPROVED) :]:
        return False
    if ret.kind == Kind.CLAIM or all(unit.keep for unit in units):
        return not ret.refund_held
    when = Ships.INSPECTION if ret.refund_held else settings.exchange_ships
    sent = [unit for unit in units if not unit.keep]
    if when == Ships.AT_ONCE:
        return True
    if when == Ships.FIRST_SCAN and ret.method in WITH_LABEL:
        return ret.handed_over_at is not None
    if when in (Ships.FIRST_SCAN, Ships.RECEIPT):
        return all(unit.stage in (Stage.ARRIVED, Stage.INSPECTED, Stage.MISSING) for unit in sent)
    return all(unit.stage in (Stage.INSPECTED, Stage.MISSING) for unit in sent)


def order(exchange: Exchange, *, at: datetime) -> None:
    """Have an exchange's order made in the shop, in the caller's transaction; by a person where it cannot."""
    ret = exchange.ret
    client = client_of(ret.store)
    if client is None or Ability.ORDER not in client.can:
        for_staff(exchange, "The shop has no way to be told.", at=at)
        return
    if not _address(ret).get("lines"):
        for_staff(exchange, "We have no address to send it to.", at=at)
        return
    tries = ShopAction.objects.filter(purpose__startswith=f"exchange:{exchange.pk}:").count()
    exchange.action = request_action(
        purpose=f"exchange:{exchange.pk}:{tries + 1}",
        kind=ShopAction.Kind.ORDER,
        store=ret.store,
        order=ret.order,
        wanted=_new_order(ret, exchange),
        at=at,
    )
    exchange.state, exchange.words = X.ORDERING, ""
    exchange.save(update_fields=["action", "state", "words"])


def _address(ret: Return) -> dict[str, object]:
    return ret.ship_from or ret.order.ship_to or {}


def _new_order(ret: Return, exchange: Exchange) -> NewOrder:
    """
    Return the order as the shop shall make it: for nothing. What was paid stays with the first order, and a
    difference was paid to us.
    """
    order, to, variant = ret.order, _address(ret), exchange.variant
    buyer = Identity.objects.filter(
        customer=order.customer_id, kind=Identity.Kind.EXTERNAL, store=order.store
    ).order_by("pk")
    names = ("name", "city", "region", "postcode", "country")
    lines = to.get("lines", ())
    return NewOrder(
        # Who was given it is nobody the shop knows, and the buyer must not hear of it.
        customer_external_id="" if ret.is_gift else buyer.values_list("value", flat=True).first() or "",
        email=ret.email if ret.is_gift else ret.email or order.email,
        phone="" if ret.is_gift else order.phone,
        currency=order.currency,
        lines=(
            NewLine(
                variant_external_id=variant.external_id,
                quantity=exchange.quantity,
                product_external_id=variant.product.external_id,
                price_minor=0,
            ),
        ),
        ship_to=AddressData(
            lines=tuple(str(line) for line in lines) if isinstance(lines, list | tuple) else (),
            **{name: str(to.get(name, "")) for name in names},
        ),
        note=f"Exchange for return {ret.number}",
        tags=("exchange",),
    )


def followed(action: ShopAction, *, at: datetime) -> None:
    """Follow what became of an exchange's order in the shop. The same news twice changes nothing."""
    exchange = Exchange.objects.filter(action=action).only("ret_id").first()
    if exchange is None:
        return
    ret = moves.locked(exchange.ret_id)
    exchange = _locked(exchange.pk)
    if exchange.action_id != action.pk or exchange.state not in (X.ORDERING, X.STAFF):
        return
    if action.state == ShopAction.State.DONE:
        ordered(exchange, action.external_name or action.external_id, at=at)
    elif action.state == ShopAction.State.CANCELLED:
        exchange.action = None
        exchange.save(update_fields=["action"])
        for_staff(exchange, "It was not ordered in the shop.", at=at)
    elif action.state == ShopAction.State.STAFF and exchange.state == X.ORDERING:
        # The action has an alert of its own: settled there, it goes on here.
        exchange.state, exchange.words = X.STAFF, "See what the shop said under “Shop actions”."
        exchange.save(update_fields=["state", "words"])
    moves.ring(ret, at=at)
    moves.save(ret)


def ordered(exchange: Exchange, name: str, *, at: datetime, by: str = "") -> None:
    """Note that the new order is made (`name`: as the shop calls it), let go of the stock, and tell it."""
    exchange.state, exchange.order_name, exchange.ordered_at = X.ORDERED, name[:120], at
    exchange.words = f"Ordered by {by}"[:300] if by else ""
    exchange.save(update_fields=["state", "order_name", "ordered_at", "words"])
    holds.release(exchange, at=at, sent=True)
    end_alert(key=alert_key(exchange), at=at, why="Ordered")
    tell(exchange, events.EXCHANGE_ORDERED, "ordered", at=at)


def cancel(exchange: Exchange, why: str, *, at: datetime) -> bool:
    """
    Give up an exchange of a locked return: its stock is free again, its units go back for money (a gift's
    for credit). `why`: a word for the event: cancelled, changed, rejected, expired, unpaid, staff.

    Returns: False when it is ordered or over already, or the shop may be making the order at this moment.
    """
    if exchange.state not in OPEN or not _not_in_the_shop(exchange, at):
        return False
    exchange.state, exchange.ended_at, exchange.words = X.CANCELLED, at, why
    exchange.save(update_fields=["state", "ended_at", "words"])
    instead = Outcome.CREDIT if exchange.ret.is_gift else Outcome.REFUND
    exchange.units.update(outcome=instead, bonus_minor=0)
    holds.release(exchange, at=at)
    end_alert(key=alert_key(exchange), at=at, why="Not exchanged after all")
    tell(exchange, events.EXCHANGE_CANCELLED, "cancelled", at=at, why=why)
    return True


def _not_in_the_shop(exchange: Exchange, at: datetime) -> bool:
    """Take the order back where the shop has certainly not been told. Returns whether it is not there."""
    action = exchange.action
    if action is None or action.state == ShopAction.State.CANCELLED:
        return True
    if action.started_at is not None:
        return False
    try:
        shop_staff.cancel(action_id=action.pk, by=holds.BY, at=at)
    except shop_staff.NotNow:
        return False
    return True


def _locked(exchange_id: int) -> Exchange:
    rows = Exchange.objects.select_for_update(of=("self",)).select_related(
        "ret__store", "ret__order__store", "ret__customer", "variant__product", "action"
    )
    return rows.get(pk=exchange_id)


def for_staff(exchange: Exchange, why: str, *, at: datetime) -> None:
    """Put an exchange before a person, with an alert."""
    exchange.state, exchange.words = X.STAFF, why[:300]
    exchange.save(update_fields=["state", "words"])
    raise_alert(
        kind=ALERT,
        key=alert_key(exchange),
        title=f"Order the exchange of return {exchange.ret.number}",
        detail=f"{why} Order {exchange.quantity} × {exchange.variant} by hand and mark it as ordered, "
        "have it tried again, or give the exchange up.",
        store=exchange.ret.store,
        subject=exchange,
        at=at,
    )


def alert_key(exchange: Exchange) -> str:
    """Return the key of the alert that asks a person to deal with an exchange."""
    return f"exchange:{exchange.pk}"


def tell(
    exchange: Exchange, kind: str, suffix: str, *, at: datetime, due_minor: int = 0, **data: str
) -> None:
    """Publish what became of an exchange."""
    ret = exchange.ret
    moves.tell(
        ret,
        kind,
        suffix,
        at=at,
        key=f"exchange:{exchange.pk}",
        exchange_id=exchange.pk,
        due_minor=due_minor,
        currency=ret.currency,
        **data,
    )
