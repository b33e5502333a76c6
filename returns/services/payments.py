"""
What shoppers owe: asked for by a link, reminded of, taken, given up.

A row is wanted in the transaction that decides it; a worker has the provider make the page, outside any
transaction, under a key that makes asking twice one. A report of the provider or our own asking says that it
is paid; both end in `take`, which is harmless when told again. What comes too late goes to a person.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from config.lib.money import Money
from customers.models import Store
from customers.services.alerts import end_alert, raise_alert
from customers.worker import wake
from returns import events
from returns.models import Exchange, PaymentRequest, Return
from returns.payments.base import PaymentProvider
from returns.services import exchanges, moves
from returns.services.moves import settings_of

WORK = "payment"
State, Provider = PaymentRequest.State, PaymentRequest.Provider
X = Exchange.State
DIFFERENCE, GOODS = "difference", "goods"
ALERT = "returns.payment"
LIVING = (State.WANTED, State.OPEN)


# --- providers
def provider_for(store: Store) -> str:
    """Return who takes money for a store: Stripe with a key, the sandbox in a demo, else a person."""
    if settings_of(store).stripe_key:
        return Provider.STRIPE
    return Provider.SANDBOX if settings.DEMO else Provider.MANUAL


def till_of(store: Store, provider: str) -> PaymentProvider:
    """Return the provider with a store's own keys."""
    own = settings_of(store)
    made: PaymentProvider = import_string(settings.PAYMENTS[provider])(
        key=own.stripe_key, webhook_secret=own.stripe_webhook_secret
    )
    return made


# --- asking
def ask_for(
    ret: Return, *, amount_minor: int, why: str, at: datetime, of: Iterable[Exchange] = ()
) -> PaymentRequest:
    """
    Want `amount_minor` (above 0) from the shopper of a locked return, because of `why`: DIFFERENCE, GOODS.

    `of`: the exchanges that wait until it is paid. Returns: the request, WANTED; a worker makes the link.
    """
    number = ret.payments.count() + 1
    days = settings_of(ret.store).unpaid_days
    made = PaymentRequest.objects.create(
        ret=ret,
        purpose=f"return:{ret.pk}:pay:{number}",
        provider=provider_for(ret.store),
        amount_minor=amount_minor,
        currency=ret.currency,
        why=why,
        pay_by=at + timedelta(days=days),
        created_at=at,
        due_at=at,
    )
    for exchange in of:
        exchange.state, exchange.payment = X.UNPAID, made
        exchange.save(update_fields=["state", "payment"])
    wake(WORK)
    return made


def withdraw(payment: PaymentRequest, *, at: datetime) -> None:
    """
    Say that a payment of a locked return is not wanted any more; a worker closes the provider's page.

    One that was paid stays: the money has to be given back by a person.
    """
    if payment.state == State.PAID:
        # Not PAID any more: what came counts towards nothing until a person has given it back.
        payment.state = State.STAFF
        payment.save(update_fields=["state"])
        too_late(payment, "It was paid, and is not wanted any more.", at=at)
    elif payment.state in LIVING or (payment.state == State.STAFF and payment.paid_at is None):
        payment.state, payment.due_at = State.CANCELLED, at
        payment.save(update_fields=["state", "due_at"])
        end_alert(key=alert_key(payment), at=at, why="Not wanted any more")
        wake(WORK)


# --- taking
@transaction.atomic
def take(
    *,
    payment_id: int,
    at: datetime,
    by: str = "",
    external_id: str = "",
    amount_minor: int | None = None,
    currency: str = "",
) -> PaymentRequest:
    """
    Note that a payment came, and let go on what waited for it. Told again, it changes nothing.

    `by`: the person who says so. `amount_minor` of `currency`: what the provider says it took. Money that
    is not wanted any more, or is not what was asked for, goes to a person. Returns: the payment.
    Raises: PaymentRequest.DoesNotExist.
    """
    ret, payment = locked(payment_id)
    if payment.paid_at is not None:
        if external_id and payment.external_id and external_id != payment.external_id:
            too_late(payment, f"It was paid a second time ({external_id}).", at=at)
        return payment
    payment.paid_at, payment.settled_by = at, by[:160]
    payment.external_id = external_id[:120] or payment.external_id
    wanted_still = payment.state != State.CANCELLED
    as_asked = amount_minor is None or (amount_minor, currency) == (payment.amount_minor, payment.currency)
    if not wanted_still or not as_asked:
        payment.state, payment.due_at = State.STAFF, None
        payment.save()
        why = "It is not wanted any more." if not wanted_still else _other_sum(amount_minor or 0, currency)
        too_late(payment, why, at=at)
        return payment
    payment.state, payment.due_at, payment.claim, payment.leased_until = State.PAID, None, None, None
    payment.save()
    end_alert(key=alert_key(payment), at=at, why="Paid")
    _go_on(ret, payment, at)
    return payment


def _other_sum(amount_minor: int, currency: str) -> str:
    return f"{Money(amount_minor, currency)} came, which is not what was asked for."


def _go_on(ret: Return, payment: PaymentRequest, at: datetime) -> None:
    waiting = list(payment.exchanges.filter(state=X.UNPAID).select_related("variant__product").order_by("pk"))
    for exchange in waiting:
        exchange.ret = ret
        exchange.state = X.HELD
        exchange.save(update_fields=["state"])
    if waiting:
        exchanges.tell(
            waiting[0], events.EXCHANGE_PAID, f"paid:{payment.pk}", at=at, due_minor=payment.amount_minor
        )
    exchanges.order_when_ready(ret, at=at)
    moves.ring(ret, at=at)
    moves.save(ret)


def locked(payment_id: int) -> tuple[Return, PaymentRequest]:
    """Return a payment's return and the payment, both locked. Raises: PaymentRequest.DoesNotExist."""
    ret_id = PaymentRequest.objects.values_list("ret_id", flat=True).get(pk=payment_id)
    ret = moves.locked(ret_id)
    payment = PaymentRequest.objects.select_for_update(of=("self",)).get(pk=payment_id)
    payment.ret = ret
    return ret, payment


# --- not paid in time
def unpaid(payment: PaymentRequest, *, at: datetime) -> None:
    """
    Do with a locked return's payment that did not come what the store's rule says: never silently.

    Its page at the provider is closed by then, or asks on where a person decides.
    """
    ret = payment.ret
    rule = settings_of(ret.store).unpaid_then
    if payment.why == DIFFERENCE and rule == "CANCEL":
        payment.state, payment.due_at = State.CANCELLED, None
        payment.save(update_fields=["state", "due_at"])
        for exchange in payment.exchanges.filter(state=X.UNPAID).order_by("pk"):
            exchange.ret = ret
            exchanges.cancel(exchange, "unpaid", at=at)
        end_alert(key=alert_key(payment), at=at, why="The exchange was cancelled: it was not paid")
        moves.ring(ret, at=at)
        moves.save(ret)
        return
    sum_ = Money(payment.amount_minor, payment.currency)
    raise_alert(
        kind=ALERT,
        key=alert_key(payment),
        title=f"{sum_} were not paid (return {ret.number})",
        detail="The shopper was reminded twice. Talk to them, mark it as paid, or give it up.",
        store=ret.store,
        subject=payment,
        at=at,
    )


def too_late(payment: PaymentRequest, why: str, *, at: datetime) -> None:
    """Put money before a person that has to be given back, or does not fit."""
    raise_alert(
        kind=ALERT,
        key=alert_key(payment),
        title=f"Money came for return {payment.ret.number} that has to be looked at",
        detail=f"{why} Give it back at {payment.get_provider_display()} "
        f"({payment.external_id or 'by hand'}), then mark it as settled.",
        store=payment.ret.store,
        subject=payment,
        at=at,
    )


def alert_key(payment: PaymentRequest) -> str:
    """Return the key of the alert that asks a person to deal with a payment."""
    return f"payment:{payment.pk}"


def tell_of(payment: PaymentRequest, kind: str, suffix: str, *, at: datetime, **data: str) -> None:
    """Publish something about a payment, as of the first exchange that waits for it (or that went out)."""
    ret = payment.ret
    found = payment.exchanges.order_by("pk").first() or ret.exchanges.order_by("pk").first()
    if found is None:
        return
    found.ret = ret
    suffix = f"{suffix}:{payment.pk}"
    exchanges.tell(found, kind, suffix, at=at, due_minor=payment.amount_minor, **data)


# --- what staff do
class NotNow(Exception):
    """It cannot be changed like this as it stands; the message says why, for staff."""


@transaction.atomic
def mark_paid(*, payment_id: int, by: str, at: datetime) -> PaymentRequest:
    """Note that the money came another way. Raises: NotNow when it is not wanted; DoesNotExist."""
    payment = PaymentRequest.objects.get(pk=payment_id)
    if payment.state == State.CANCELLED:
        raise NotNow("It is not wanted any more.")
    if payment.state == State.STAFF and payment.paid_at:
        raise NotNow("Its money came already: settle it.")
    return take(payment_id=payment_id, at=at, by=by)


@transaction.atomic
def try_again(*, payment_id: int, by: str, at: datetime) -> PaymentRequest:
    """Have the link made anew. Raises: NotNow unless it waits for a person and is unpaid; DoesNotExist."""
    _ret, payment = locked(payment_id)
    if payment.state != State.STAFF or payment.paid_at is not None:
        raise NotNow("Only what could not be asked for can be tried again.")
    payment.state, payment.key, payment.external_id, payment.url = State.WANTED, uuid4(), "", ""
    payment.attempts, payment.due_at, payment.last_error = 0, at, f"Tried again by {by}"
    payment.provider = provider_for(payment.ret.store)
    payment.save()
    end_alert(key=alert_key(payment), at=at, why=f"Tried again ({by})")
    wake(WORK)
    return payment


@transaction.atomic
def settle_by_hand(*, payment_id: int, by: str, at: datetime) -> PaymentRequest:
    """
    Note that a person has dealt with it: the money went back, or nobody asks for it any more.

    Exchanges that waited for it are cancelled. Raises: NotNow when it is paid and in order; DoesNotExist.
    """
    ret, payment = locked(payment_id)
    if payment.state == State.PAID:
        raise NotNow("It is paid and nothing is wrong with it.")
    if payment.state != State.CANCELLED:
        payment.state, payment.due_at = State.CANCELLED, (at if payment.paid_at is None else None)
        payment.settled_by = by[:160]
        payment.save(update_fields=["state", "due_at", "settled_by"])
        for exchange in payment.exchanges.filter(state=X.UNPAID).order_by("pk"):
            exchange.ret = ret
            exchanges.cancel(exchange, "staff", at=at)
        moves.ring(ret, at=at)
        moves.save(ret)
        wake(WORK)
    end_alert(key=alert_key(payment), at=at, why=f"Settled ({by})")
    return payment
