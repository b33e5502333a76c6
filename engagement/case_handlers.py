"""What cases ask of the conversation: an answer of staff is brought to the person."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from customers.models import CaseMessage, Event
from customers.worker import wake
from engagement.extras import CASE_REPLY
from engagement.models import Message
from engagement.vocabulary import Channel, Purpose
from tracking.models import Order

LATENESS = timedelta(days=7)


def queue_replies(told: Sequence[Event], *, at: datetime) -> None:
    """
    Queue a message for each answer: by SMS where they wrote one and we know no address, else by e-mail.
    """
    said = CaseMessage.objects.select_related("case__store", "case__customer").in_bulk(
        [event.data["message_id"] for event in told]
    )
    orders = {
        row.case.about_id
        for row in said.values()
        if row.case.about_type == "tracking.order" and row.case.about_id.isdecimal()
    }
    known = {str(pk) for pk in Order.objects.filter(pk__in=orders).values_list("pk", flat=True)}
    rows = []
    for event in told:
        row = said.get(event.data["message_id"])
        if row is None:
            continue
        case = row.case
        by_mail = case.email or (case.customer.email if case.customer else "")
        rows.append(
            Message(
                dedupe_key=f"{CASE_REPLY}:{row.pk}",
                kind=CASE_REPLY,
                channel=Channel.EMAIL if by_mail or not case.phone else Channel.SMS,
                purpose=Purpose.TRANSACTIONAL,
                store=case.store,
                customer=case.customer,
                order_id=int(case.about_id)
                if case.about_type == "tracking.order" and case.about_id in known
                else None,
                event=event,
                context={"case_id": case.pk, "message_id": row.pk},
                due_at=at,
                expires_at=event.occurred_at + LATENESS,
            )
        )
    Message.objects.bulk_create(rows, ignore_conflicts=True)
    if rows:
        wake("send")
