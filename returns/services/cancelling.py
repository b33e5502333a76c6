"""Ending returns before their time, and taking them up again when goods come all the same."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from customers.services.alerts import end_alert, raise_alert
from returns.models import Exchange, Refund, Return, ReturnUnit
from returns.services import exchanges, moves, payments
from returns.services.refusals import Refused
from returns.states import WITH_SHOPPER, WrongState
from returns.vocabulary import Outcome, State

X, Stage = Exchange.State, ReturnUnit.Stage
KIND = "returns.revived"


def review_key(ret: Return) -> str:
    """Return the key of the alert that asks a person to decide."""
    return f"return:{ret.pk}:review"


@transaction.atomic
def cancel(return_id: int, *, at: datetime, by: str = "") -> Return:
    """
    Take a return back that was not handed over: its pieces are free again, its stock and its payment are
    given up; its label is taken back by the handlers that hear of it (returns/handlers/parcels.py).
    Cancelled twice it is once.

    Returns: the return. Raises: Refused when something was sent or paid out for it already; WrongState when
    it is on its way or over; Return.DoesNotExist.
    """
    ret = moves.locked(return_id)
    if ret.state == State.CANCELLED:
        return ret
    if ret.state not in WITH_SHOPPER:
        raise WrongState(ret.state, State.CANCELLED)
    refuse_when_bound(ret)
    take_out(ret, "cancelled", at=at)
    ret.due_at = None
    moves.advance(ret, State.CANCELLED, at=at)
    end_alert(key=review_key(ret), at=at, why=f"Cancelled ({by})" if by else "Cancelled")
    return ret


def refuse_when_bound(ret: Return) -> None:
    """
    Refuse to change or cancel a return for which something went out already. Raises: Refused.
    """
    if ret.exchanges.filter(state__in=(X.ORDERED, X.ORDERING)).exists():
        raise Refused(
            "ordered", _("The new item has been ordered for you already. Please send the other one back.")
        )
    if ret.refunds.exclude(state=Refund.State.FAILED).exists() or ret.credits.exists():
        raise Refused("refunded", _("Money has gone back for it already. Please write to us."))


def take_out(ret: Return, why: str, *, at: datetime) -> None:
    """
    Free what a locked return holds: its exchanges with their stock, its payments, its pieces.

    `why`: a word for events (exchanges.cancel). What the shop may be ordering at this moment stays.
    """
    give_up_exchanges(ret, why, at=at)
    ret.units.filter(active=True).update(active=False)


def give_up_exchanges(ret: Return, why: str, *, at: datetime) -> None:
    """Cancel what is not ordered of a locked return's exchanges, and its payments that are open or paid."""
    for payment in ret.payments.filter(state__in=(*payments.LIVING, payments.State.PAID)).order_by("pk"):
        payment.ret = ret
        if payment.why == payments.DIFFERENCE and not payment.exchanges.filter(state=X.ORDERED).exists():
            payments.withdraw(payment, at=at)
    for exchange in ret.exchanges.filter(state__in=exchanges.OPEN).select_related("action").order_by("pk"):
        exchange.ret = ret
        exchanges.cancel(exchange, why, at=at)


@transaction.atomic
def revive(return_id: int, *, at: datetime) -> Return:
    """
    Make the pieces of an ended return count again, because goods came all the same. The state is moved by
    whoever saw them.

    What was to be exchanged goes back for money (a gift's for credit): its stock was given up. Pieces that
    are in another return by now, and goods of a refused one, are for a person. Revived twice it is once.
    Returns: the return. Raises: Return.DoesNotExist.
    """
    ret = moves.locked(return_id)
    if ret.state not in (State.CANCELLED, State.EXPIRED, State.REJECTED):
        return ret
    taken = 0
    for unit in ret.units.filter(active=False, keep=False).select_related("exchange").order_by("pk"):
        unit.active, unit.stage = True, Stage.EXPECTED
        if unit.outcome == Outcome.EXCHANGE and (unit.exchange is None or unit.exchange.state == X.CANCELLED):
            unit.outcome, unit.bonus_minor = (Outcome.CREDIT if ret.is_gift else Outcome.REFUND), 0
        try:
            with transaction.atomic():
                unit.save(update_fields=["active", "stage", "outcome", "bonus_minor"])
        except IntegrityError:
            taken += 1
    if ret.state == State.REJECTED:
        ret.refund_held = True
    for payment in ret.payments.filter(why=payments.GOODS).order_by("pk"):
        payment.ret = ret  # the goods are here: nobody owes their price
        payments.withdraw(payment, at=at)
    if taken or ret.state == State.REJECTED:
        _for_person(ret, taken, at)
    moves.save(ret)
    return ret


def _for_person(ret: Return, taken: int, at: datetime) -> None:
    words = "It was refused: decide what becomes of the goods; no money goes back until you say so."
    if taken:
        words = f"{taken} of its pieces are in another return by now. Decide which of the two counts."
    raise_alert(
        kind=KIND,
        key=f"return:{ret.pk}:revived",
        title=f"Goods of return {ret.number} came after it had ended",
        detail=words,
        store=ret.store,
        subject=ret,
        at=at,
    )
