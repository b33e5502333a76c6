"""
The worker's side of payments: have the page made, ask whether it was paid, remind, close it.

One row is claimed at a time; the provider is called outside any transaction; what came of it is written under
the return's lock, and only while the row is still ours. Killed anywhere, the row is taken up again: every
call can be repeated.
"""

import logging
from datetime import datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from config.lib import claims
from customers.services.alerts import raise_alert
from returns import events, tokens
from returns.models import PaymentRequest, Return
from returns.payments.base import PaymentError, PaymentProvider, Stand, Standing, Wanted
from returns.services import payments
from returns.services.payments import ALERT, State, alert_key, locked, take, tell_of, till_of, unpaid

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
FIRST_REMINDER = timedelta(days=2)
LAST_REMINDER = timedelta(days=1)  # before it has to be paid
PATIENCE = timedelta(days=14)  # beyond `pay_by`, for money that is under way
MAX_TRIES = 12  # with an hour between the later ones: most of a working day
ALIVE = (State.WANTED, State.OPEN, State.CANCELLED)


def carry_out_due(*, at: datetime) -> int:
    """Claim one payment that is due and deal with it. Must run outside a transaction. Returns 0 or 1."""
    rows = PaymentRequest.objects.filter(state__in=ALIVE)
    claimed = claims.claim(rows, at=at, limit=1, lease=LEASE)
    for row in claimed:
        payment = PaymentRequest.objects.select_related("ret__store", "ret__order").get(pk=row.pk)
        if payment.claim != row.claim:
            continue
        try:
            _deal_with(payment, at)
        except PaymentError as exc:
            _failed(payment, exc, at)
        except Exception as exc:  # a fault of ours must not stop the others, nor be tried for ever
            log.exception("payment %s cannot be dealt with", payment.pk)
            _failed(payment, PaymentError(f"It cannot be dealt with ({type(exc).__name__})."), at)
    return len(claimed)


def _deal_with(payment: PaymentRequest, at: datetime) -> None:
    till = till_of(payment.ret.store, payment.provider)
    if payment.state == State.CANCELLED:
        _close(payment, till, at)
    elif payment.state == State.WANTED:
        _make_page(payment, till, at)
    else:
        _look(payment, till, at)


def _make_page(payment: PaymentRequest, till: PaymentProvider, at: datetime) -> None:
    if not till.online:
        _opened(payment, "", "", at)
        return
    asked = till.ask(_wanted(payment), at=at)
    _opened(payment, asked.external_id, asked.url, at)


def _wanted(payment: PaymentRequest) -> Wanted:
    ret = payment.ret
    back = reverse("return_pay", args=[tokens.token(ret), payment.public_id])
    language = ret.language or ret.order.language or ret.store.language
    with translation.override(language):
        title = gettext("Exchange %(number)s") if payment.why == payments.DIFFERENCE else gettext(
            "Goods not sent back %(number)s"
        )  # fmt: skip
    return Wanted(
        key=str(payment.key),
        reference=str(payment.public_id),
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        title=f"{ret.store.name}: {title % {'number': ret.number}}",
        email=ret.email or ("" if ret.is_gift else ret.order.email),
        language=language.split("-")[0],
        back_url=settings.BASE_URL + back,
        until=payment.pay_by,
    )


def _ours(claimed: PaymentRequest) -> tuple[Return, PaymentRequest] | None:
    """Return the row and its return locked, while this worker holds it; None when another took it over."""
    ret, payment = locked(claimed.pk)
    if payment.claim is None or payment.claim != claimed.claim:
        return None
    payment.claim, payment.leased_until, payment.attempts, payment.last_error = None, None, 0, ""
    return ret, payment


@transaction.atomic
def _opened(claimed: PaymentRequest, external_id: str, url: str, at: datetime) -> None:
    """Write down where it can be paid. What was cancelled meanwhile is closed in the next turn."""
    mine = _ours(claimed)
    if mine is None:
        return
    _ret, payment = mine
    payment.external_id, payment.url = external_id[:120], url[:1000]
    if payment.state != State.WANTED:
        payment.due_at = at
        payment.save()
        return
    payment.state = State.OPEN
    payment.due_at = _next(payment, at)
    payment.save()
    tell_of(payment, events.EXCHANGE_PAYMENT_DUE, "payment_due", at=at)


def _look(payment: PaymentRequest, till: PaymentProvider, at: datetime) -> None:
    """Ask how it stands; then remind, or give it up when its time is over."""
    asks = till.online and till.ask_every is not None and payment.external_id
    stand = till.stand(payment.external_id) if asks else None
    over = at >= payment.pay_by and _gives_up(payment)
    if over and till.online and payment.external_id and (stand is None or stand.standing == Standing.OPEN):
        stand = till.withdraw(payment.external_id)  # nobody shall pay for what is cancelled in a moment
    if stand is not None and stand.standing == Standing.PAID:
        heard(payment, stand, at=at)
        _let_go(payment)
        return
    _go_on(payment, stand, at)


def _gives_up(payment: PaymentRequest) -> bool:
    rule = payments.settings_of(payment.ret.store).unpaid_then
    return payment.why == payments.DIFFERENCE and rule == "CANCEL"


@transaction.atomic
def _go_on(claimed: PaymentRequest, stand: Stand | None, at: datetime) -> None:
    mine = _ours(claimed)
    if mine is None:
        return
    _ret, payment = mine
    if payment.state != State.OPEN:
        payment.save()
        return
    on_its_way = stand is not None and stand.standing == Standing.PENDING
    if at >= payment.pay_by and not (on_its_way and at < payment.pay_by + PATIENCE):
        payment.due_at = _next(payment, at) if not _gives_up(payment) else None
        payment.save()
        unpaid(payment, at=at)
        return
    if stand is not None and stand.standing == Standing.ENDED:  # its day is over: the next page
        payment.key, payment.url, payment.external_id = uuid4(), "", ""
        payment.state, payment.due_at = State.WANTED, at
        payment.save()
        return
    if not on_its_way:
        _remind(payment, at)
    payment.due_at = _next(payment, at)
    payment.save()


def _reminders(payment: PaymentRequest) -> list[datetime]:
    """Return when to remind: two days after, and a day before the end; once where these are close."""
    last = payment.pay_by - LAST_REMINDER
    times = [payment.created_at + FIRST_REMINDER, last]
    return [time for time in times if payment.created_at < time <= last]


def _remind(payment: PaymentRequest, at: datetime) -> None:
    """Tell of reminders whose time has come; of several that were missed one is enough."""
    past = sum(time <= at for time in _reminders(payment))
    if past <= payment.reminders:
        return
    payment.reminders = past
    about = "goods" if payment.why == payments.GOODS else "payment"
    tell_of(payment, events.EXCHANGE_REMINDED, f"reminded:{past}", at=at, about=about)


def _next(payment: PaymentRequest, at: datetime) -> datetime | None:
    """Return when there is something to do next: ask, remind, or end."""
    till = till_of(payment.ret.store, payment.provider)
    times = [*_reminders(payment)[payment.reminders :], payment.pay_by]
    if till.ask_every is not None and payment.external_id and at < payment.pay_by + PATIENCE:
        times.append(at + till.ask_every)
    return min((time for time in times if time > at), default=None)


def _close(payment: PaymentRequest, till: PaymentProvider, at: datetime) -> None:
    """Close the page of what is not wanted any more; money that was faster goes to a person."""
    if till.online and payment.external_id:
        stand = till.withdraw(payment.external_id)
        if stand.standing == Standing.PAID:
            heard(payment, stand, at=at)
            _let_go(payment)
            return
        if stand.standing == Standing.PENDING:  # it may still come: look again
            claims.settle(payment, due_at=at + timedelta(hours=6), attempts=0, last_error="")
            return
    claims.settle(payment, due_at=None, attempts=0, last_error="")


def _let_go(payment: PaymentRequest) -> None:
    """End the claim after money came; `take` has ended it already where all was in order."""
    claims.settle(payment, due_at=None, attempts=0, last_error="")


def heard(payment: PaymentRequest, stand: Stand, *, at: datetime) -> None:
    """Take in what a provider said about a payment, in a report or when it was asked."""
    if stand.standing == Standing.PAID:
        take(
            payment_id=payment.pk,
            at=at,
            external_id=stand.external_id,
            amount_minor=stand.amount_minor,
            currency=stand.currency,
        )
    elif stand.standing == Standing.ENDED and stand.external_id == payment.external_id:
        # The worker asks again and makes the next page.
        free = PaymentRequest.objects.filter(pk=payment.pk, state=State.OPEN)
        free.update(due_at=at, claim=None, leased_until=None)


def _failed(payment: PaymentRequest, exc: PaymentError, at: datetime) -> None:
    """Try again later; what will not get better goes to a person. The shopper's row stays as it is."""
    if not exc.permanent and payment.attempts < MAX_TRIES:
        later = claims.backoff(payment.attempts, at=at, first=timedelta(seconds=30))
        if exc.retry_after:
            later = max(later, at + timedelta(seconds=min(exc.retry_after, 3600)))
        claims.settle(payment, due_at=later, last_error=claims.words(exc))
        return
    with transaction.atomic():
        mine = _ours(payment)
        if mine is None:
            return
        ret, row = mine
        row.due_at, row.last_error = None, claims.words(exc)
        if row.state != State.CANCELLED:
            row.state = State.STAFF
        row.save()
        raise_alert(
            kind=ALERT,
            key=alert_key(row),
            title=f"A payment for return {ret.number} needs a person",
            detail=f"{exc} Mark it as paid when the money came another way, or settle it.",
            store=ret.store,
            subject=row,
            at=at,
        )
