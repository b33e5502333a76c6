"""What a person may do with an action in a shop: say it is done, have it tried again, give it up."""

from datetime import datetime

from django.db import transaction

from customers.models import User
from customers.services.alerts import end_alert
from customers.worker import wake
from tracking import events
from tracking.models import OrderRefund, ShopAction
from tracking.services.refundable import bare
from tracking.services.shop_actions import WORK, alert_key, tell
from tracking.services.shop_requests import without_person
from tracking.services.shop_thoughts import GIVE_UP

State = ShopAction.State


class NotNow(Exception):
    """It cannot be changed like this as it stands; the message says why, for staff."""


@transaction.atomic
def mark_done(
    *, action_id: int, by: User | str, at: datetime, external_id: str = "", external_name: str = ""
) -> ShopAction:
    """
    Note that a person has done it in the shop. `external_id`: the shop's number for it, where there is one.

    Returns: the action, DONE; one that is done already stays as it is. Raises: NotNow; DoesNotExist.
    """
    action = _open(action_id)
    if action.state == State.DONE:
        return action
    if action.state != State.STAFF:
        raise NotNow("The worker is still at it. Wait until it is for a person.")
    _must_be_its_own(action, external_id)
    action.external_id, action.external_name = external_id[:120], external_name[:120]
    _end(action, State.DONE, by, at)
    tell(action, events.SHOP_ACTION_DONE, "done", at=at)
    return action


@transaction.atomic
def cancel(*, action_id: int, by: User | str, at: datetime) -> ShopAction:
    """
    Give an action up that is certainly not done. Returns: the action, CANCELLED.

    Raises: NotNow when it is done, may be done, or is being done; DoesNotExist.
    """
    action = _open(action_id)
    if action.state == State.CANCELLED:
        return action
    if action.state != State.STAFF and (action.state != State.WAITING or action.started_at or action.claim):
        raise NotNow("It is done, or may be done at this moment.")
    _end(action, State.CANCELLED, by, at)
    tell(action, events.SHOP_ACTION_CANCELLED, "cancelled", at=at)
    return action


@transaction.atomic
def try_again(*, action_id: int, by: User | str, at: datetime, not_done: bool = False) -> ShopAction:
    """
    Give an action back to the worker, which looks first whether it was done after all.

    `not_done`: the person has looked in the shop and it was not, so that it is simply done again.
    Returns: the action. Raises: NotNow unless it is for a person; DoesNotExist.
    """
    action = _open(action_id)
    if action.state != State.STAFF:
        raise NotNow("Only what is for a person can be given back to the worker.")
    if not_done:
        action.started_at = None
    action.state = State.UNKNOWN if action.started_at else State.WAITING
    action.due_at, action.give_up_at, action.attempts, action.failures = at, at + GIVE_UP, 0, 0
    action.last_error = f"Tried again by {by}"
    action.save()
    end_alert(key=alert_key(action), at=at, why=f"Tried again ({by})")
    wake(WORK)
    return action


def _must_be_its_own(action: ShopAction, external_id: str) -> None:
    """A number that stands for something else would make the books count it once for both."""
    number = bare(external_id)
    if not number:
        return
    others = ShopAction.objects.filter(store=action.store_id, kind=action.kind).exclude(pk=action.pk)
    if any(bare(known) == number for known in others.filter(external_id__endswith=number).values_list(
        "external_id", flat=True
    )):  # fmt: skip
        raise NotNow(f"{number} belongs to something else that was done in the shop.")
    refunds = OrderRefund.objects.filter(order__store=action.store_id, removed_at=None).exclude(
        order=action.order_id
    )
    told = refunds.filter(external_id__endswith=number).values_list("external_id", flat=True)
    if action.kind == ShopAction.Kind.REFUND and any(bare(known) == number for known in told):
        raise NotNow(f"{number} is a refund of another order.")


def _open(action_id: int) -> ShopAction:
    rows = ShopAction.objects.select_for_update(of=("self",)).select_related("store", "order__customer")
    return rows.get(pk=action_id)


def _end(action: ShopAction, state: str, by: User | str, at: datetime) -> None:
    action.state, action.settled_at, action.settled_by = state, at, str(by)[:160]
    action.due_at, action.claim, action.leased_until = None, None, None
    action.wanted = without_person(action.wanted)
    action.save()
