"""
The last question before what may not be said twice is handed over, and the answer committed: SENDING.

The customers' rows are locked meanwhile, as an unsubscription locks them (customers/services/consents.py):
each sees the other or waits for it. So no message has a `claimed_at` later than a no that was committed, and
two workers never find the same last place under a cap.
"""

from collections.abc import Sequence

from django.db import transaction

from customers.models import Customer
from engagement import permission
from engagement.models import Message
from engagement.rules.base import Question, customers_of
from engagement.sending.batch import Batch, State
from engagement.sending.claiming import WAITING
from engagement.vocabulary import Hold

Refused = dict[int, permission.Objection]
_COLUMNS = ["state", "hold", "reason", "due_at", "attempts", "claim", "leased_until"]


def reserve(asked: Sequence[Question], batch: Batch) -> tuple[set[int], Refused]:
    """
    Ask permission for claimed messages and commit the answers: SENDING and `claimed_at`, or HELD.

    Returns: the keys of those that may go now, and what stood against others. Those in neither were not ours
    any more. Held for want of an address is left to the caller, who looks for another way. About 15
    queries, however many messages.
    """
    messages = {one.pk: one.message for one in asked}
    with transaction.atomic():
        _lock([one for one in asked if one.marketing])
        at = batch.now()
        ours = set(
            Message.objects.select_for_update(of=("self",))
            .filter(pk__in=messages, claim__in={row.claim for row in messages.values()}, state__in=WAITING)
            .values_list("pk", flat=True)
        )
        refused = permission.last_look([one for one in asked if one.pk in ours], at=at)
        going = ours - set(refused)
        # `due_at` stays: it keeps the row in the index that finds what its worker left behind.
        Message.objects.filter(pk__in=going).update(state=State.SENDING, claimed_at=at, hold="", reason="")
        _hold([messages[pk] for pk in refused if refused[pk].hold != Hold.ADDRESS], refused)
    for pk in going:
        messages[pk].state, messages[pk].claimed_at = State.SENDING, at
    return going, refused


def _lock(asked: Sequence[Question]) -> None:
    """Lock the customers' rows until the transaction ends, in the order of their keys."""
    rows = Customer.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=customers_of(asked))
    list(rows.order_by("pk").values_list("pk"))


def _hold(messages: Sequence[Message], refused: Refused) -> None:
    for message in messages:
        for name, value in permission.held(message, refused[message.pk]).items():
            setattr(message, name, value)
        message.attempts, message.claim, message.leased_until = message.failures, None, None
    Message.objects.bulk_update(messages, _COLUMNS, batch_size=200)
