"""What a person grants beside the policy: a fee let go, shipping given back."""

from datetime import datetime

from django.db import transaction

from customers.models import User
from returns.models import Return
from returns.services import moves
from returns.services.quoting import shipping_left
from returns.services.settling import settle


class NotGranted(Exception):
    """It cannot be granted; the message says why, for staff."""


@transaction.atomic
def waive_fee(return_id: int, *, by: User, at: datetime) -> Return:
    """
    Let go of a return's fee; what was taken off already goes back.

    Returns: the return as it stands. Raises: NotGranted when there is none; Return.DoesNotExist.
    """
    ret = moves.locked(return_id)
    if not ret.fee_minor and not ret.quote.get("flat_fee_minor"):
        raise NotGranted("No fee is asked for this return.")
    ret.fee_minor = 0
    no_fee = [{**unit, "fee_minor": 0} for unit in ret.quote.get("units", ())]
    ret.quote = {**ret.quote, "fee_minor": 0, "flat_fee_minor": 0, "fee_kind": "none", "units": no_fee}
    return _granted(ret, "fee_waived_by", by, at)


@transaction.atomic
def give_shipping(return_id: int, amount_minor: int, *, by: User, at: datetime) -> Return:
    """
    Give a part of the order's shipping back, whatever comes back; `amount_minor` in all, for this return.

    Returns: the return as it stands. Raises: NotGranted above what is left of it, or for a gift, whose giver
    would learn of it; Return.DoesNotExist.
    """
    ret = moves.locked(return_id)
    given = sum(refund.shipping_minor for refund in ret.refunds.filter(attempt=1))
    if ret.is_gift:
        raise NotGranted("Money of a gift would go back to whoever gave it.")
    if not given <= amount_minor <= given + shipping_left(ret.order, but=ret.pk):
        raise NotGranted("That is more shipping than was paid and has not gone back, or less than has.")
    ret.shipping_minor = amount_minor
    ret.quote = {**ret.quote, "shipping_why": ""}
    return _granted(ret, "shipping_given_by", by, at)


def _granted(ret: Return, what: str, by: User, at: datetime) -> Return:
    ret.why = {**ret.why, what: str(by)[:160], f"{what}_at": at.isoformat()}
    moves.save(ret)
    settle(ret.pk, at=at)
    return Return.objects.get(pk=ret.pk)
