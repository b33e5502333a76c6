"""
What time does to returns: warnings, expiries, goods that never came, decisions that wait too long.

Rows are claimed one by one. All that is done to one is a transaction of its own that also lets go of the
claim, so a worker that is killed leaves it as it was, and the next one begins again.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max

from config.lib import claims
from config.lib.money import Money
from customers.services.alerts import end_alert, raise_alert
from returns import events
from returns.models import Exchange, Return, ReturnUnit
from returns.services import cancelling, exchanges, holds, moves, payments, receiving
from returns.services.deciding import ask_for_difference, ask_person
from returns.services.moves import settings_of
from returns.services.settling import settle
from returns.states import OVER
from returns.vocabulary import Kind, State

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
WARN_BEFORE = timedelta(days=3)
GRACE = timedelta(days=7)  # after the last day, where the new item is out already
REVIEW_PATIENCE = timedelta(days=2)
WAY_PATIENCE = timedelta(days=21)  # from the first scan back to our door
REST_PATIENCE = timedelta(days=14)  # from one parcel to the next, where more was to come
MAX_TRIES = 8
WAITING = (State.REQUESTED, State.REVIEW)
READY = (State.APPROVED, State.LABEL_READY)
KIND = "returns.goods"
X, Stage = Exchange.State, ReturnUnit.Stage


def look_after_due(*, at: datetime) -> int:
    """Claim one return that is due and look after it. Must run outside a transaction. Returns 0 or 1."""
    claimed = claims.claim(Return.objects.all(), at=at, limit=1, lease=LEASE)
    for row in claimed:
        try:
            settle(row.pk, at=at)
            look_after(row, at=at)
        except Exception as exc:  # a fault of ours must not stop the others, nor be tried for ever
            log.exception("return %s cannot be looked after", row.pk)
            _failed(row, exc, at)
    return len(claimed)


@transaction.atomic
def look_after(claimed: Return, *, at: datetime) -> None:
    """
    Do what time asks of a claimed return, and say when to look at it again. Does nothing once another worker
    has taken it over. Raises: Return.DoesNotExist.
    """
    ret = moves.locked(claimed.pk)
    if ret.claim is None or ret.claim != claimed.claim:
        return
    rung = ret.due_at != claimed.due_at  # somebody has rung since: once more, then
    before = ret.version
    if ret.state in WAITING:
        _remind_staff(ret, at)
    elif ret.kind == Kind.RETURN and ret.state in READY:
        _watch_the_label(ret, at)
    elif ret.state == State.IN_TRANSIT:
        _watch_the_way(ret, at)
    elif ret.state == State.RECEIVED:
        _watch_the_rest(ret, at)
    if ret.state not in OVER:
        ask_for_difference(ret, at=at)
        exchanges.order_when_ready(ret, at=at)
    if ret.state in (State.EXPIRED, State.CANCELLED, State.REJECTED):
        _tidy(ret, at)
    ret.due_at = ret.due_at if rung else next_look(ret, at)
    ret.claim, ret.leased_until, ret.attempts, ret.last_error = None, None, 0, ""
    if ret.version == before:
        ret.save(update_fields=["due_at", "claim", "leased_until", "attempts", "last_error"])
    else:
        ret.save()


def next_look(ret: Return, at: datetime) -> datetime | None:
    """Return when time will have something to do with a return next; None for never."""
    times: list[datetime] = []
    if ret.state in WAITING:
        times = [ret.requested_at + REVIEW_PATIENCE, ret.requested_at + 2 * REVIEW_PATIENCE]
    elif ret.kind == Kind.RETURN and ret.state in READY and ret.expires_at:
        times = [ret.expires_at - WARN_BEFORE] if ret.expiry_told_at is None else []
        times += [ret.expires_at, ret.expires_at + GRACE]
    elif ret.state == State.IN_TRANSIT:
        times = [(ret.handed_over_at or at) + WAY_PATIENCE]
    elif ret.state == State.RECEIVED:
        since = _rest_since(ret)
        times = [since + REST_PATIENCE] if since else []
    return min((time for time in times if time > at), default=None)


# --- decisions
def _remind_staff(ret: Return, at: datetime) -> None:
    """A shopper who waits for a decision waits for us: say so, louder the longer it takes."""
    days = (at - ret.requested_at) // timedelta(days=1)
    if at >= ret.requested_at + REVIEW_PATIENCE:
        ask_person(ret, at=at, waiting=f"waits for {days} days")


# --- the label
def _watch_the_label(ret: Return, at: datetime) -> None:
    """Warn three days before the last day, end the return after it."""
    if ret.expires_at is None or not ret.units.filter(active=True, keep=False).exists():
        return
    if ret.parcels.filter(first_scan_at__isnull=False).exists():
        return  # it is on its way, and the return is about to hear of it
    out = _out(ret)
    if at >= ret.expires_at + (GRACE if out else timedelta(0)):
        expire(ret, at=at)
    elif at >= ret.expires_at - WARN_BEFORE and ret.expiry_told_at is None:
        ret.expiry_told_at = at
        moves.save(ret)
        date = ret.expires_at.isoformat()
        moves.tell(ret, events.EXPIRING, "expiring", at=at, expires_at=date)
    if out and at >= ret.expires_at and ret.state in READY:
        # The new one is with them: one more word before its price is asked for.
        exchanges.tell(out[0], events.EXCHANGE_REMINDED, "reminded:goods", at=at, about="goods")


def _out(ret: Return) -> list[Exchange]:
    """Return the exchanges of a return whose new item has gone out, or is going at this moment."""
    found = list(ret.exchanges.filter(state__in=(X.ORDERED, X.ORDERING)).order_by("pk"))
    for exchange in found:
        exchange.ret = ret
    return found


def expire(ret: Return, *, at: datetime) -> None:
    """
    End a locked return of which nothing was ever sent: what is not exchanged already is free again, and the
    price of what went out is asked for, or a person is, by the store's rule.
    """
    out = _out(ret)
    cancelling.give_up_exchanges(ret, "expired", at=at)
    # What was made good already cannot come back a second time.
    ret.units.filter(active=True, keep=False).exclude(exchange__in=out).update(active=False)
    moves.advance(ret, State.EXPIRED, at=at)
    if out:
        _never_came(ret, out, at)


def _never_came(ret: Return, out: list[Exchange], at: datetime) -> None:
    owed = owed_for_goods(ret, out)
    sum_ = Money(owed, ret.currency)
    if settings_of(ret.store).never_came_then == "CHARGE" and owed > 0:
        asked = payments.ask_for(ret, amount_minor=owed, why=payments.GOODS, at=at)
        detail = f"Its price of {sum_} is asked for ({asked.purpose})."
    else:
        detail = f"It cost {sum_}. Talk to the shopper, or ask for it by hand."
    raise_alert(
        kind=KIND,
        key=goods_key(ret),
        title=f"The exchange of return {ret.number} went out, its goods never came back",
        detail=detail,
        store=ret.store,
        subject=ret,
        at=at,
    )


def owed_for_goods(ret: Return, out: list[Exchange]) -> int:
    """Return what went out for goods that did not come costs, less what was paid of it; minor units."""
    never = ret.units.filter(exchange__in=out, keep=False, arrived_at=None)
    price = sum(never.values_list("exchange__price_minor", flat=True))
    asked = ret.payments.filter(state=payments.State.PAID, why=payments.DIFFERENCE)
    return max(price - sum(asked.values_list("amount_minor", flat=True)), 0)


def goods_key(ret: Return) -> str:
    """Return the key of the alert about goods that never came."""
    return f"return:{ret.pk}:goods"


# --- the way
def _watch_the_way(ret: Return, at: datetime) -> None:
    """The shopper has handed it over: what is lost then is between us and the carrier."""
    if ret.handed_over_at is None or at < ret.handed_over_at + WAY_PATIENCE:
        return
    raise_alert(
        kind=KIND,
        key=goods_key(ret),
        title=f"Return {ret.number} is on its way for {(at - ret.handed_over_at).days} days",
        detail="Ask the carrier, and settle it with the shopper: they have handed it over.",
        store=ret.store,
        subject=ret,
        at=at,
    )


def _watch_the_rest(ret: Return, at: datetime) -> None:
    """More was to come: after two weeks without it a person asks the shopper, or ends the wait."""
    since = _rest_since(ret)
    if since is None or at < since + REST_PATIENCE:
        return
    raise_alert(
        kind=KIND,
        key=goods_key(ret),
        title=f"The rest of return {ret.number} has not come for {(at - since).days} days",
        detail="Ask the shopper. “Nothing more comes” on its page settles it with what is here.",
        store=ret.store,
        subject=ret,
        at=at,
    )


def _rest_since(ret: Return) -> datetime | None:
    """Return when the last parcel was inspected, None unless all that came is, and more is awaited."""
    if not receiving.rest_awaited(ret):
        return None
    return ret.parcels.aggregate(last=Max("inspected_at"))["last"]


def goods_came(ret: Return, *, at: datetime) -> None:
    """Forget that a locked return's goods were missed: they are here, and nobody owes their price."""
    end_alert(key=goods_key(ret), at=at, why="The goods came")
    asked = ret.payments.filter(why=payments.GOODS)
    for payment in asked.exclude(state=payments.State.CANCELLED).order_by("pk"):
        payment.ret = ret
        payments.withdraw(payment, at=at)


def _tidy(ret: Return, at: datetime) -> None:
    """Let go of stock that an ended return still holds: a new order that was given up in the shop, say."""
    for exchange in ret.exchanges.filter(hold__released_at=None).exclude(state__in=exchanges.OPEN):
        exchange.ret = ret
        holds.release(exchange, at=at, sent=exchange.state == X.ORDERED)


def _failed(row: Return, exc: Exception, at: datetime) -> None:
    """Try again later; what fails for hours is shown to staff, and tried on once a day."""
    tired = row.attempts >= MAX_TRIES
    later = at + timedelta(days=1) if tired else claims.backoff(row.attempts, at=at)
    claims.settle(row, due_at=later, last_error=claims.words(exc))
    if tired:
        raise_alert(
            kind="returns.fault",
            key=f"return:{row.pk}:fault",
            title=f"Return {row.number} cannot be looked after",
            detail=f"{claims.words(exc)} Nothing of it goes on by itself until this is mended.",
            store=row.store,
            subject=row,
            at=at,
        )
