"""
What we do in shops: asked for in the transaction that decides it, carried out by a worker, at most once.

The order of things is what makes that hold. A row is claimed; "it is being told now" is committed; then the
shop is called, outside any transaction; then the row is settled. Whoever finds a row that was begun and not
settled looks in the shop before anything else. docs/make-good.md tells it in full.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F

from config.lib import claims
from config.lib.money import Money
from customers import outbox
from customers.models import Store
from customers.services.alerts import end_alert, raise_alert
from customers.worker import wake
from tracking import events
from tracking.models import Order, ShopAction
from tracking.services.refundable import left_to_refund
from tracking.services.shop_clients import client_of, note_failure, note_success, refunder_of
from tracking.services.shop_requests import ABILITY, SHOP, Wanted, from_json, to_json, without_person
from tracking.services.shop_thoughts import GIVE_UP, second_thoughts
from tracking.shops.client import Done, NewDiscount, RefundOrder, ShopClient, ShopError

log = logging.getLogger(__name__)

WORK = "shop"
Kind, State = ShopAction.Kind, ShopAction.State
# One call may take several requests of 18 s each; nobody else may think us dead meanwhile.
LEASE = timedelta(minutes=5)
# A call that was cut off may still be under way in the shop, and a shop's search may lag behind what it has
# made: only a look this long after the call can say that nothing came of it.
SURE_AFTER = timedelta(minutes=10)
FIRST_LOOK = timedelta(minutes=1)
# What a provider has taken on and not done yet (money on its way from a bank account, say) takes days.
STILL_AT_IT, MOST_PATIENCE = timedelta(hours=1), timedelta(days=10)
MAX_DEATHS = 3
IN_PERSON = "Do it in the shop, then mark it as done."
WORKER = "worker"


class TooMuch(Exception):
    """More than what was paid and has not gone back."""


@dataclass(frozen=True)
class _Try:
    """One turn at one action: the row, its shop, and the time as it passes from the caller's `at`."""

    action: ShopAction
    at: datetime
    begun: float = field(default_factory=time.monotonic)

    @property
    def store(self) -> Store:
        return self.action.store

    @property
    def who(self) -> str:
        return self.action.provider.capitalize() or "The shop"

    def now(self) -> datetime:
        return self.at + timedelta(seconds=time.monotonic() - self.begun)


def request_action(
    *,
    purpose: str,
    kind: str,
    store: Store,
    wanted: Wanted | Mapping[str, Any],
    at: datetime,
    order: Order | None = None,
    amount_minor: int = 0,
    currency: str = "",
    provider: str = "",
) -> ShopAction:
    """
    Have something done in a shop, in the caller's transaction; a worker does it after the commit.

    `purpose` names the intention ("make-good:7"): asked for twice it is one, and the first row is returned.
    `amount_minor` of `currency`: what it costs us. `wanted`: a request of tracking/shops/client.py.
    `provider`: who gives a refund instead of the shop (settings.REFUNDERS); `wanted` then names its payment.
    Raises: outbox.NotInTransaction; TooMuch for a refund above what is left of the order's money;
    TypeError, KeyError or ValueError when `wanted` is no request of that kind.
    """
    if not connection.in_atomic_block:
        raise outbox.NotInTransaction(f"{purpose} needs the transaction that decides it")
    fields = to_json(wanted)
    from_json(kind, fields)
    fields[SHOP] = provider or store.platform
    if order is not None:  # whoever asks for this order's money waits here, so that sums are true
        Order.objects.select_for_update(of=("self",)).only("pk").get(pk=order.pk)
    found = ShopAction.objects.filter(purpose=purpose).first()
    if found:
        return found
    if kind == Kind.REFUND and order is not None and amount_minor > left_to_refund(order):
        raise TooMuch(f"{purpose}: more than what is left of the order's money")
    try:
        with transaction.atomic():
            action = ShopAction.objects.create(
                purpose=purpose,
                kind=kind,
                store=store,
                order=order,
                wanted=fields,
                amount_minor=amount_minor,
                currency=currency,
                provider=provider,
                created_at=at,
                due_at=at,
                give_up_at=at + GIVE_UP,
            )
    except IntegrityError:  # asked for at this very moment by another
        return ShopAction.objects.get(purpose=purpose)
    wake(WORK)
    return action


# --- the worker ---
def carry_out_due(*, at: datetime) -> int:
    """
    Claim one action that is due at `at` and deal with it. Must run outside a transaction.

    Returns: 1, or 0 when none is due. One at a time: what waits for a slow shop keeps no other's lease.
    """
    open_ = ShopAction.objects.filter(state__in=(State.WAITING, State.UNKNOWN))
    claimed = claims.claim(open_, at=at, limit=1, lease=LEASE)
    for action in claimed:
        turn = _Try(ShopAction.objects.select_related("store", "order").get(pk=action.pk), at)
        if turn.action.claim != action.claim:
            continue  # a person was faster
        try:
            _deal_with(turn)
        except Exception as exc:  # a fault of ours must not stop the others, nor be tried for ever
            log.exception("shop action %s cannot be dealt with", action.pk)
            _for_staff(turn, f"It cannot be carried out ({type(exc).__name__}). {IN_PERSON}")
    return len(claimed)


def _deal_with(turn: _Try) -> None:
    action, store, at = turn.action, turn.store, turn.at
    if action.attempts - 1 - action.failures >= MAX_DEATHS:
        return _for_staff(turn, f"The worker died {MAX_DEATHS} times on it. {IN_PERSON}")
    client = refunder_of(store, action.provider) if action.provider else client_of(store)
    if client is None:
        where = f"to {action.provider}" if action.provider else "into its shop"
        return _for_staff(turn, f"{store.name} has no way {where} set up. {IN_PERSON}")
    if not action.provider and action.wanted.get(SHOP, store.platform) != store.platform:
        return _for_staff(turn, f"{store.name} has moved to another platform since. {IN_PERSON}")
    if ABILITY[Kind(action.kind)] not in client.can:
        return _for_staff(turn, f"{client.label} has no API for this. {IN_PERSON}")
    pause = None if action.provider else store.api_resume_at
    if pause and at < pause < action.give_up_at:
        claims.settle(action, due_at=pause, attempts=F("attempts") - 1)
        return None
    if action.started_at is not None:
        return _look_up(turn, client)
    if at >= action.give_up_at:
        return _for_staff(turn, f"It could not be done within a day. {action.last_error} {IN_PERSON}")
    return _call(turn, client)


def _call(turn: _Try, client: ShopClient) -> None:
    """Tell the shop, having written down that we do."""
    action, now = turn.action, turn.now()
    wanted = from_json(action.kind, action.wanted)
    why, may_pass = second_thoughts(action)
    if why and may_pass:
        return _later(turn, now + FIRST_LOOK, why)
    if why:
        return _for_staff(turn, f"{why} {IN_PERSON}")
    held = ShopAction.objects.filter(pk=action.pk, claim=action.claim)
    if not held.update(started_at=now, state=State.WAITING):
        return None  # the lease is gone: another worker has it
    action.started_at = now
    try:
        done = _method(client, action.kind)(wanted, key=str(action.key))
    except ShopError as exc:
        _failed(turn, exc)
    except Exception as exc:  # an answer nobody foresaw: it may have been done
        log.exception("shop action %s: unexpected answer", action.pk)
        _failed(turn, ShopError(f"An unexpected answer ({type(exc).__name__}).", unknown=True))
    else:
        _answered(turn)
        _done(turn, done)
    return None


def _method(client: ShopClient, kind: str) -> Callable[..., Done]:
    methods: dict[str, Callable[..., Done]] = {
        Kind.REFUND: client.refund,
        Kind.ORDER: client.create_order,
        Kind.STOCK: client.adjust_stock,
        Kind.DISCOUNT: client.create_discount,
    }
    return methods[kind]


def _failed(turn: _Try, exc: ShopError) -> None:
    """Settle a call that ended badly: certainly not done, or perhaps."""
    action, now = turn.action, turn.now()
    if exc.begun:
        return _later(turn, now + STILL_AT_IT, str(exc))
    if not exc.permanent:
        _not_answered(turn, exc)
    if exc.unknown:
        _later(turn, now + FIRST_LOOK, str(exc), state=State.UNKNOWN)
    elif exc.permanent:
        _for_staff(turn, f"{turn.who} refused: {exc} {IN_PERSON}", started_at=None)
    else:
        _later(turn, _next(action, exc, now), str(exc), started_at=None)


def _next(action: ShopAction, exc: ShopError, now: datetime) -> datetime:
    later = claims.backoff(action.failures + 1, at=now, first=timedelta(seconds=30))
    if not exc.retry_after:
        return later
    asked = now + timedelta(seconds=min(exc.retry_after, GIVE_UP.total_seconds()))
    return max(later, min(asked, action.give_up_at))  # a person is to hear of it in time


def _look_up(turn: _Try, client: ShopClient) -> None:
    """It was begun and has no end: see in the shop what came of it, before anything else is done."""
    action, now = turn.action, turn.now()
    started = action.started_at or now
    over = now >= max(action.give_up_at, started + GIVE_UP)
    if action.kind == Kind.STOCK:
        return _for_staff(turn, "It may have been done, and a shop cannot be asked. Look at the stock there.")
    wanted = from_json(action.kind, action.wanted)
    try:
        done = _find(client, wanted, str(action.key))
    except ShopError as exc:
        if exc.undone:
            return _for_staff(turn, f"{turn.who} has taken it on, and {exc}. {IN_PERSON}", started_at=None)
        if exc.begun and now < started + MOST_PATIENCE:
            return _later(turn, now + STILL_AT_IT, str(exc), state=State.WAITING)
        if not exc.permanent and not exc.begun:
            _not_answered(turn, exc)
        if exc.permanent or over:
            words = f"It may have been done, and the shop cannot be asked: {exc} Look there first."
            return _for_staff(turn, words)
        return _later(turn, _next(action, exc, now), str(exc), state=State.UNKNOWN)
    _answered(turn)
    if done is not None:
        return _done(turn, done)
    sure = started + max(SURE_AFTER, client.sure_after)
    if now < sure:
        return _later(turn, sure, "The shop does not show it yet.", state=State.UNKNOWN)
    if now >= action.give_up_at:
        return _for_staff(
            turn, f"It was begun more than a day ago and the shop does not show it. {IN_PERSON}"
        )
    return _call(turn, client)


def _find(client: ShopClient, wanted: Wanted, key: str) -> Done | None:
    if isinstance(wanted, RefundOrder):
        return client.find_refund(wanted.order_external_id, key=key)
    if isinstance(wanted, NewDiscount):
        found = client.find_discount(wanted.code)
        if found and found.name.casefold() not in ("", wanted.code.casefold(), wanted.title.casefold()):
            raise ShopError(f"the code {wanted.code} is there, but it is not ours", permanent=True)
        return found
    return client.find_order(key=key)


def _answered(turn: _Try) -> None:
    if not turn.action.provider:  # how a payment provider is doing says nothing of the shop
        note_success(turn.store)


def _not_answered(turn: _Try, exc: ShopError) -> None:
    if not turn.action.provider:
        note_failure(turn.store, exc, at=turn.now())


def _later(turn: _Try, due_at: datetime, words: str, **changes: Any) -> None:
    claims.settle(turn.action, due_at=due_at, failures=F("failures") + 1, last_error=words[:2000], **changes)


def _done(turn: _Try, done: Done) -> None:
    action = turn.action
    with transaction.atomic():
        external_id = done.external_id[:120]
        ended: dict[str, Any] = {
            "external_id": external_id,
            "external_name": done.name[:120],
            "wanted": without_person(action.wanted),
        }
        if claims.settle(action, **_end(State.DONE, WORKER, turn.now()), **ended):
            action.external_id = external_id
            tell(action, events.SHOP_ACTION_DONE, "done", at=turn.now())


def _end(state: str, who: str, at: datetime) -> dict[str, Any]:
    return {"state": state, "settled_at": at, "settled_by": who[:160], "due_at": None, "last_error": ""}


def _for_staff(turn: _Try, words: str, **changes: Any) -> None:
    """Put it before a person, with what to do; what is not known to be undone stays marked as begun."""
    action, at = turn.action, turn.now()
    if action.started_at and "started_at" not in changes and "may have been done" not in words:
        words = f"It may have been done already: look in the shop first. {words}"
    with transaction.atomic():
        if claims.settle(action, state=State.STAFF, due_at=None, last_error=words[:2000], **changes):
            tell(action, events.SHOP_ACTION_FOR_STAFF, f"staff:{at.isoformat()}", at=at)
            raise_alert(
                kind="tracking.shop_action",
                key=alert_key(action),
                title=what(action),
                detail=words,
                store=action.store,
                subject=action,
                at=at,
            )


# --- words and news ---
def what(action: ShopAction) -> str:
    """Return what is to be done, in words for staff, without personal data."""
    about = f" for order {action.order.number}" if action.order else ""
    money = f" of {Money(action.amount_minor, action.currency)}" if action.amount_minor else ""
    return f"{action.get_kind_display()}{money}{about}"


def alert_key(action: ShopAction) -> str:
    """Return the key of the alert that asks a person to do this."""
    return f"shop-action:{action.pk}"


def tell(action: ShopAction, kind: str, suffix: str, *, at: datetime) -> None:
    """Publish what became of an action, and end its alert when it needs nobody any more."""
    outbox.publish(
        kind,
        key=f"shop-action:{action.pk}:{suffix}",
        occurred_at=at,
        store=action.store,
        customer=action.order.customer if action.order else None,
        subject=action,
        data={
            "order_id": action.order_id,
            "action_id": action.pk,
            "action": action.kind,
            "purpose": action.purpose,
            "external_id": action.external_id,
        },
    )
    if kind != events.SHOP_ACTION_FOR_STAFF:
        end_alert(key=alert_key(action), at=at, why="Settled")
