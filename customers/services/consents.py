"""What a person allows: the last word per channel stands in `Consent`, all of them in the stream."""

from datetime import datetime

from django.db import transaction

from customers import events, outbox
from customers.models import Consent, Customer

MARKETING = Consent.Purpose.MARKETING


@transaction.atomic
def say(
    customer: Customer,
    *,
    channel: str,
    granted: bool,
    source: str,
    at: datetime,
    words: str = "",
    dated: bool = True,
) -> bool:
    """
    Keep what `customer` said about marketing on `channel` at `at` (aware): the latest word stands, of two at
    the same moment the refusal.

    `words` is what they saw; `source` where they said it. `dated=False`: the source does not know when it was
    said. Such a yes never undoes a no, or every later message of a shop would switch an unsubscribed person
    on again. Returns: whether the row says something else, or is new. Publishes: CONSENT_SAID then.
    """
    held = _hold(customer.pk)
    row = Consent.objects.filter(customer=held, channel=channel, purpose=MARKETING).first()
    if row is not None:
        if at < row.said_at or (at == row.said_at and granted >= row.granted):
            return False
        if not dated and (granted == row.granted or not row.granted):
            return False
    Consent.objects.update_or_create(
        customer=held,
        channel=channel,
        purpose=MARKETING,
        defaults={"granted": granted, "source": source[:120], "words": words, "said_at": at},
    )
    if row is not None and row.granted == granted:
        return False
    outbox.publish(
        events.CONSENT_SAID,
        key=f"consent:{held.pk}:{channel}:{at.isoformat()}:{'yes' if granted else 'no'}",
        occurred_at=at,
        customer=held,
        subject=held,
        data={"channel": channel, "granted": granted, "source": source[:120]},
    )
    return True


def _hold(customer_id: int) -> Customer:
    """Return the profile, or the one it was merged into, locked: two words at once wait for each other."""
    held = Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
    return held if held.merged_into_id is None else _hold(held.merged_into_id)


def granted(customer: Customer | None, channel: str) -> bool:
    """Say whether `customer` allows marketing on `channel`. Nobody, and silence, mean no."""
    if customer is None:
        return False
    rows = Consent.objects.filter(customer=customer, channel=channel, purpose=MARKETING)
    return rows.filter(granted=True).exists()
