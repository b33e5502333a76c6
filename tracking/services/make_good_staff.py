"""What a person may do with an offer: approve the choice, say it is done, take it back."""

from datetime import datetime

from django.db import transaction

from config.lib.money import Money
from customers.models import User
from customers.services.alerts import end_alert
from tracking.models import MakeGood, ShopAction
from tracking.services.make_goods import (
    Changed,
    Choice,
    Ended,
    State,
    alert_key,
    carry_out,
    cost_of,
    done,
    end,
    locked,
    note_terms,
    terms_for,
)


class NotNow(Exception):
    """It cannot be changed like this as it stands; the message says why, for staff."""


@transaction.atomic
def approve(*, make_good_id: int, by: User, at: datetime) -> MakeGood:
    """
    Let the worker carry out a choice that waits for a person; it does not count against the budget.

    Returns: the offer, CHOSEN. Raises: NotNow; MakeGood.DoesNotExist.
    """
    make_good = locked(make_good_id)
    _must_wait_for_staff(make_good)
    order = make_good.order
    terms = terms_for(make_good.shipment)
    if make_good.choice not in terms.choices:
        raise NotNow("It cannot be done any more: it is out of stock, or the money is back already.")
    if make_good.choice == Choice.REFUND and terms.amount_minor < make_good.amount_minor:
        left = Money(terms.amount_minor, make_good.currency)
        raise NotNow(f"Only {left} of what they chose can still go back: settle it with them by hand.")
    if make_good.choice == Choice.REPLACEMENT and (order.cancelled_at or order.removed_at):
        raise NotNow("The order was cancelled meanwhile: settle it with them by hand.")
    note_terms(make_good, terms)
    make_good.cost_minor = cost_of(make_good.choice, terms)
    make_good.settled_by = str(by)[:160]
    try:
        carry_out(make_good, terms, at=at)
    except Changed as exc:
        raise NotNow("Nobody knows what is in this parcel: do it by hand.") from exc
    end_alert(key=alert_key(make_good), at=at, why=f"Approved ({by})")
    return make_good


@transaction.atomic
def done_by_hand(*, make_good_id: int, by: User, at: datetime) -> MakeGood:
    """
    Note that a person has made it good, and tell the shopper.

    Returns: the offer, DONE. Raises: NotNow; MakeGood.DoesNotExist.
    """
    make_good = locked(make_good_id)
    if make_good.state == State.DONE:
        return make_good
    _must_wait_for_staff(make_good)
    done(make_good, at=at, by=str(by))
    return make_good


@transaction.atomic
def retract(*, make_good_id: int, by: User, at: datetime) -> MakeGood:
    """
    Take an offer back that was not chosen, or that a person settled with the shopper in another way.

    Returns: the offer, WITHDRAWN. Raises: NotNow while the shop is being told, or it is done; DoesNotExist.
    """
    make_good = locked(make_good_id)
    if make_good.state == State.WITHDRAWN:
        return make_good
    if make_good.state not in (State.OFFERED, State.STAFF):
        raise NotNow("It is done, or being done.")
    _not_in_the_shop(make_good)
    end(make_good, Ended.RETRACTED, at=at, by=str(by))
    return make_good


def _must_wait_for_staff(make_good: MakeGood) -> None:
    if make_good.state != State.STAFF:
        raise NotNow("It does not wait for a person.")
    if make_good.choice not in (Choice.REPLACEMENT, Choice.REFUND):
        raise NotNow("The shopper was offered nothing: settle it with them, then take it back.")
    _not_in_the_shop(make_good)


def _not_in_the_shop(make_good: MakeGood) -> None:
    action = make_good.action
    if action is not None and action.state != ShopAction.State.CANCELLED:
        raise NotNow("It was begun in the shop: settle it under “Shop actions”.")
