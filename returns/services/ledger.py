"""
The ledger of money that goes back for returns: a row per attempt.

What goes through a shop or a provider is carried out by tracking's ledger (`ShopAction`), which tells the
shop once whatever happens in between; a row here follows it. A row that failed is never tried again by
itself: a person chooses how, and that is another row for the same money.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from config.lib.money import Money
from customers.models import User
from customers.services.alerts import end_alert, raise_alert
from returns import clock, events
from returns.models import Exchange, Refund, Return, ReturnUnit
from returns.refunders.stripe import is_payment
from returns.services import moves
from returns.services.credits import give_credit
from returns.vocabulary import Outcome, State
from tracking.models import Order, OrderRefund, ShopAction
from tracking.services import shop_staff
from tracking.services.refundable import bare
from tracking.services.shop_actions import TooMuch, request_action
from tracking.services.shop_clients import client_of, refunder_of
from tracking.services.shop_staff import NotNow
from tracking.shops.client import Ability, RefundOrder

Provider, Standing = Refund.Provider, Refund.State
KIND = "returns.refund"
DEAD = (State.CANCELLED, State.REJECTED, State.EXPIRED)
FOLLOWED = {
    ShopAction.State.WAITING: Standing.PENDING,
    ShopAction.State.UNKNOWN: Standing.UNKNOWN,
    ShopAction.State.DONE: Standing.SUCCEEDED,
    ShopAction.State.CANCELLED: Standing.FAILED,
}


@dataclass(frozen=True)
class Parts:
    """What a sum is made of: goods, shipping, the fee that was taken off, and [unit, minor units] of it."""

    goods_minor: int = 0
    shipping_minor: int = 0
    fee_minor: int = 0
    units: tuple[tuple[int, int], ...] = field(default=())
    lines: tuple[tuple[str, int, bool], ...] = field(default=())


# --- what is told to others
def given_beside(order: Order) -> int:
    """
    Return how much of an order's money went elsewhere than back through a shop or provider: into credit (its
    bonus is not the order's money), by hand, or into something else that was sent for it. What a person gave
    in the shop counts there once the shop has told of it.
    """
    rows = Refund.objects.filter(order=order, provider__in=(Provider.CREDIT, Provider.MANUAL))
    given = list(rows.exclude(state=Standing.FAILED).values_list("external_id", "amount_minor"))
    told: set[str] = set()
    if any(number for number, _minor in given):
        refunds = OrderRefund.objects.filter(order=order, removed_at=None)
        told = {bare(number) for number in refunds.values_list("external_id", flat=True)}
    elsewhere = sum(minor for number, minor in given if not number or bare(number) not in told)
    return elsewhere + exchanged(ReturnUnit.objects.filter(ret__order=order))


def exchanged(units: QuerySet[ReturnUnit]) -> int:
    """Return how much of what was paid for units went into what is sent out for them."""
    rows = units.filter(active=True, outcome=Outcome.EXCHANGE, exchange__isnull=False)
    rows = rows.exclude(ret__state__in=DEAD).exclude(exchange__state=Exchange.State.CANCELLED)
    rows = rows.exclude(stage__in=(ReturnUnit.Stage.MISSING, ReturnUnit.Stage.DROPPED))
    sums = rows.values_list("value_minor", "deduction_minor", "exchange__price_minor")
    return sum(max(min(value - less, price), 0) for value, less, price in sums)


def standing(refund: Refund) -> str:
    """Return how a refund stands at this moment: tracking's ledger may be further than ours."""
    action = refund.action
    if action is None or refund.state in (Standing.SUCCEEDED, Standing.FAILED):
        return refund.state
    return _of(action)


def _of(action: ShopAction) -> str:
    if action.state == ShopAction.State.STAFF:  # not begun: it was certainly not done
        return Standing.STAFF if action.started_at else Standing.FAILED
    return FOLLOWED[ShopAction.State(action.state)]


def chain_of(refund: Refund) -> str:
    """Return the purpose of the first attempt at the same money."""
    return ":".join(refund.purpose.split(":")[:4])


def newest(refunds: Sequence[Refund]) -> list[Refund]:
    """Return the last attempt at each sum, oldest sum first."""
    found: dict[str, Refund] = {}
    for refund in sorted(refunds, key=lambda row: row.attempt):
        found[chain_of(refund)] = refund
    return sorted(found.values(), key=lambda row: row.pk)


# --- who gives it
def can_give(order: Order, provider: str) -> bool:
    """Say whether a provider could give money back for an order, as far as is known without asking it."""
    if provider == Provider.MANUAL:
        return True
    if provider == Provider.STRIPE:
        ours = order.payment_provider == Provider.STRIPE and is_payment(order.payment_reference)
        return ours and refunder_of(order.store, provider) is not None
    client = client_of(order.store)
    same = provider == order.store.platform and provider in Provider.values
    return same and client is not None and Ability.REFUND in client.can


def provider_for(order: Order, through: str) -> str:
    """
    Return who is to give an order's money back: `through` is ReturnSettings.refund_through.

    The shop first: its books then know of it. What is wished and cannot is left to a person.
    """
    wished = {"AUTO": (order.store.platform, Provider.STRIPE), "shop": (order.store.platform,)}
    for provider in wished.get(through, (through,)):
        if can_give(order, provider):
            return str(provider)
    return Provider.MANUAL


# --- giving
def ask(ret: Return, amount_minor: int, parts: Parts, *, at: datetime) -> Refund:
    """
    Have money go back for a locked return, in the caller's transaction. Never for a gift: whoever paid would
    learn of it. Returns: the new row. Raises: TooMuch; ValueError for a gift.
    """
    if ret.is_gift:
        raise ValueError("a gift gives no money back to whoever paid")
    provider = provider_for(ret.order, moves.settings_of(ret.store).refund_through)
    return _attempt(ret, _next_purpose(ret), 1, provider, amount_minor, parts, at)


def credit(ret: Return, amount_minor: int, bonus_minor: int, parts: Parts, *, at: datetime) -> Refund:
    """Give store credit for a locked return; done with the caller's transaction. Returns: the new row."""
    purpose = _next_purpose(ret)
    give_credit(ret, amount_minor=amount_minor, bonus_minor=bonus_minor, purpose=purpose, at=at)
    refund = _row(ret, purpose, 1, Provider.CREDIT, amount_minor, parts, at)
    _succeed(ret, refund, at=at)
    return refund


def _next_purpose(ret: Return) -> str:
    made = {chain_of(refund) for refund in ret.refunds.all()}
    return f"return:{ret.pk}:refund:{len(made) + 1}"


def _attempt(
    ret: Return, purpose: str, attempt: int, provider: str, amount: int, parts: Parts, at: datetime
) -> Refund:
    refund = _row(ret, purpose, attempt, provider, amount, parts, at)
    tell(ret, refund, events.REFUND_BEGUN, "begun", at=at)
    if provider == Provider.MANUAL:
        refund.state = Standing.STAFF
        refund.words = "Give it back by hand, then note it as done."
        _for_person(ret, refund, at=at)
    else:
        refund.action = request_action(
            purpose=refund.purpose,
            kind=ShopAction.Kind.REFUND,
            store=ret.store,
            order=ret.order,
            wanted=_wanted(ret, refund, parts),
            amount_minor=amount,
            currency=ret.currency,
            provider=provider if provider == Provider.STRIPE else "",
            at=at,
        )
    refund.save()
    return refund


def _row(
    ret: Return, purpose: str, attempt: int, provider: str, amount: int, parts: Parts, at: datetime
) -> Refund:
    return Refund.objects.create(
        ret=ret,
        order=ret.order,
        purpose=purpose,
        attempt=attempt,
        provider=provider,
        amount_minor=amount,
        currency=ret.currency,
        goods_minor=parts.goods_minor,
        shipping_minor=parts.shipping_minor,
        fee_minor=parts.fee_minor,
        units=[list(unit) for unit in parts.units],
        created_at=at,
    )


def _wanted(ret: Return, refund: Refund, parts: Parts) -> RefundOrder:
    stripe = refund.provider == Provider.STRIPE
    return RefundOrder(
        order_external_id=ret.order.payment_reference if stripe else ret.order.external_id,
        amount_minor=refund.amount_minor,
        currency=refund.currency,
        lines=() if stripe else parts.lines,
        shipping_minor=refund.shipping_minor,
        note=f"Return {ret.number}",
    )


# --- following what became of it
@transaction.atomic
def follow(refund_id: int, *, at: datetime) -> Refund:
    """
    Bring a row up to what tracking's ledger says of it, and tell what is new. Harmless when repeated.

    Returns: the row. Raises: Refund.DoesNotExist.
    """
    ret, refund = _locked(refund_id)
    if refund.action is None or refund.state == Standing.SUCCEEDED:
        return refund
    state = _of(refund.action)
    refund.external_id = refund.action.external_id
    if state == Standing.SUCCEEDED:
        refund.by = refund.action.settled_by if refund.action.settled_by != "worker" else ""
        _succeed(ret, refund, at=refund.action.settled_at or at)
    elif state != refund.state:
        refund.state = state
        refund.words = refund.action.last_error[:500]
        if state == Standing.FAILED and refund in newest(list(ret.refunds.all())):
            _failed(ret, refund, at=at)
        elif state == Standing.STAFF:
            tell(ret, refund, events.REFUND_FOR_STAFF, "staff", at=at)
        refund.save()
    moves.save(ret)
    return refund


def _succeed(ret: Return, refund: Refund, *, at: datetime) -> None:
    store, order = ret.store, ret.order
    refund.state, refund.settled_at, refund.words = Standing.SUCCEEDED, at, ""
    refund.arrives_by = clock.arrives(at, order.payment_method, refund.provider, store.zone, store.country)[1]
    refund.save()
    end_alert(key=alert_key(refund), at=at, why="Done")
    tell(ret, refund, events.REFUND_DONE, "done", at=at)


def _failed(ret: Return, refund: Refund, *, at: datetime) -> None:
    """Tell it. Whatever tracking's ledger asks a person about has its alert there; else there is one here."""
    tell(ret, refund, events.REFUND_FAILED, "failed", at=at)
    if refund.action is None or refund.action.state != ShopAction.State.STAFF:
        _alert(ret, refund, f"It did not work. {refund.words} Choose how to give it back.", at=at)


def _for_person(ret: Return, refund: Refund, *, at: datetime) -> None:
    _alert(ret, refund, refund.words, at=at)
    tell(ret, refund, events.REFUND_FOR_STAFF, "staff", at=at)


def _alert(ret: Return, refund: Refund, words: str, *, at: datetime) -> None:
    raise_alert(
        kind=KIND,
        key=alert_key(refund),
        title=f"Refund of {Money(refund.amount_minor, refund.currency)} for return {ret.number}",
        detail=words,
        store=ret.store,
        subject=refund,
        at=at,
    )


def alert_key(refund: Refund) -> str:
    """Return the key of the alert that asks a person to deal with a refund."""
    return f"refund:{refund.pk}"


def tell(ret: Return, refund: Refund, kind: str, suffix: str, *, at: datetime) -> None:
    """Publish what became of a refund, in the caller's transaction."""
    moves.tell(
        ret,
        kind,
        suffix,
        at=at,
        key=f"refund:{refund.pk}",
        refund_id=refund.pk,
        amount_minor=refund.amount_minor,
        currency=refund.currency,
        provider=refund.provider,
    )


# --- what a person does
@transaction.atomic
def retry(refund_id: int, provider: str, *, by: User, at: datetime) -> Refund:
    """
    Give the same money by the same or another provider: a new row, the old one stays as it ended.

    Returns: the new attempt. Raises: NotNow, with words for staff, unless it is certain that the old one was
    not done; Refund.DoesNotExist.
    """
    ret, refund = _locked(refund_id)
    return _again(ret, refund, provider, by, at)


def _again(ret: Return, refund: Refund, provider: str, by: User, at: datetime) -> Refund:
    if refund not in newest(list(ret.refunds.all())):
        raise NotNow("There is a later attempt at the same money.")
    waits = refund.provider == Provider.MANUAL and refund.state == Standing.STAFF
    if not waits and standing(refund) != Standing.FAILED:
        raise NotNow("It is done, under way, or may have been done: look there first.")
    if provider not in Provider.values or provider == Provider.CREDIT or not can_give(ret.order, provider):
        raise NotNow(f"{provider.capitalize()} cannot give money back for this order.")
    if refund.action and refund.action.state != ShopAction.State.CANCELLED:
        shop_staff.cancel(action_id=refund.action.pk, by=by, at=at)
    refund.state, refund.by = Standing.FAILED, str(by)[:160]
    refund.save()
    end_alert(key=alert_key(refund), at=at, why=f"Given another way ({by})")
    lines = () if provider == Provider.STRIPE else _lines_asked(refund)
    units = tuple((unit, minor) for unit, minor in refund.units)
    parts = Parts(refund.goods_minor, refund.shipping_minor, refund.fee_minor, units, lines)
    purpose = f"{chain_of(refund)}:{refund.attempt + 1}"
    try:
        new = _attempt(ret, purpose, refund.attempt + 1, provider, refund.amount_minor, parts, at)
    except TooMuch as exc:
        raise NotNow("Less than this is left of the order's money: it went back another way.") from exc
    moves.save(ret)
    return new


def _lines_asked(refund: Refund) -> tuple[tuple[str, int, bool], ...]:
    asked = refund.action.wanted.get("lines", ()) if refund.action else ()
    return tuple((str(line), int(quantity), False) for line, quantity, _back in asked)


@transaction.atomic
def done_by_hand(refund_id: int, *, by: User, reference: str, at: datetime) -> Refund:
    """
    Note that a person has given the money back: by hand, or in the shop where the machine could not.

    `reference`: the number of the transfer, or of the shop's refund. Returns: the row, SUCCEEDED; one that is
    done stays as it is. Raises: NotNow; Refund.DoesNotExist.
    """
    ret, refund = _locked(refund_id)
    if refund.state == Standing.SUCCEEDED:
        return refund
    if refund not in newest(list(ret.refunds.all())):
        raise NotNow("There is a later attempt at the same money.")
    if refund.action and refund.action.state == ShopAction.State.STAFF:
        shop_staff.mark_done(action_id=refund.action.pk, by=by, at=at, external_id=reference)
        return follow(refund.pk, at=at)
    if refund.provider != Provider.MANUAL and refund.state == Standing.FAILED:
        refund = _again(ret, refund, Provider.MANUAL, by, at)
    if refund.provider != Provider.MANUAL:
        raise NotNow("The worker is still at it. Wait until it is for a person.")
    refund.external_id, refund.by = reference[:120], str(by)[:160]
    _succeed(ret, refund, at=at)
    moves.save(ret)
    return refund


def _locked(refund_id: int) -> tuple[Return, Refund]:
    """Return a refund and its return, the order's row locked before theirs."""
    ret = moves.locked(Refund.objects.values_list("ret_id", flat=True).get(pk=refund_id))
    rows = Refund.objects.select_for_update(of=("self",)).select_related("action", "order__store")
    return ret, rows.get(pk=refund_id)
