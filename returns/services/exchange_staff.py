"""What a person may do with an exchange: say it is ordered, have it tried again, give it up."""

from datetime import datetime

from django.db import transaction

from customers.services.alerts import end_alert
from returns.models import Exchange, Return
from returns.services import exchanges, moves, payments
from returns.services.exchanges import OPEN, X, alert_key, order, ordered
from tracking.models import ShopAction


class NotNow(Exception):
    """It cannot be changed like this as it stands; the message says why, for staff."""


@transaction.atomic
def mark_ordered(*, exchange_id: int, name: str, by: str, at: datetime) -> Exchange:
    """
    Note that a person has ordered the new item. `name`: as the shop calls the order.

    Returns: the exchange, ORDERED; one that is stays as it is. Raises: NotNow; Exchange.DoesNotExist.
    """
    ret, exchange = _locked(exchange_id)
    if exchange.state == X.ORDERED:
        return exchange
    if exchange.state not in (X.HELD, X.STAFF):
        raise NotNow("It waits for its payment, is being ordered, or is over.")
    _not_in_the_shop(exchange)
    ordered(exchange, name, at=at, by=by)
    _go_on(ret, at)
    return exchange


@transaction.atomic
def order_now(*, exchange_id: int, by: str, at: datetime) -> Exchange:
    """
    Have an exchange ordered in the shop now, whatever it waits for: a person has decided it.

    Returns: the exchange. Raises: NotNow; Exchange.DoesNotExist.
    """
    ret, exchange = _locked(exchange_id)
    if exchange.state not in (X.HELD, X.STAFF):
        raise NotNow("It waits for its payment, is being ordered, or is over.")
    _not_in_the_shop(exchange)
    end_alert(key=alert_key(exchange), at=at, why=f"Ordered anew ({by})")
    order(exchange, at=at)
    if exchange.state == X.STAFF:
        raise NotNow(exchange.words)
    _go_on(ret, at)
    return exchange


@transaction.atomic
def give_up(*, exchange_id: int, by: str, at: datetime) -> Exchange:
    """
    Give an exchange up: its goods are paid back when they come. A difference that was paid goes to a person.

    Returns: the exchange, CANCELLED. Raises: NotNow; Exchange.DoesNotExist.
    """
    ret, exchange = _locked(exchange_id)
    if exchange.state == X.CANCELLED:
        return exchange
    if exchange.state not in OPEN or not exchanges.cancel(exchange, "staff", at=at):
        raise NotNow("It is ordered, or may be at this moment: see “Shop actions”.")
    payment = exchange.payment
    if payment is not None and not payment.exchanges.filter(state__in=(*OPEN, X.ORDERED)).exists():
        payment.ret = ret
        payments.withdraw(payment, at=at)
    _go_on(ret, at)
    return exchange


def _locked(exchange_id: int) -> tuple[Return, Exchange]:
    ret_id = Exchange.objects.values_list("ret_id", flat=True).get(pk=exchange_id)
    ret = moves.locked(ret_id)
    rows = Exchange.objects.select_for_update(of=("self",)).select_related(
        "variant__product", "action", "payment"
    )
    exchange = rows.get(pk=exchange_id)
    exchange.ret = ret
    return ret, exchange


def _not_in_the_shop(exchange: Exchange) -> None:
    action = exchange.action
    if action is not None and action.state != ShopAction.State.CANCELLED:
        raise NotNow("It was begun in the shop: settle it under “Shop actions”.")


def _go_on(ret: Return, at: datetime) -> None:
    moves.ring(ret, at=at)
    moves.save(ret)
