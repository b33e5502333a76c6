"""Ask a carrier about a parcel at once, because a person wants to know."""

from datetime import datetime

from customers.worker import wake
from tracking.models import Shipment


class CannotAsk(Exception):
    """There is nobody to ask about this parcel. The text says why, in words for staff."""


def ask_now(shipment: Shipment, *, at: datetime) -> None:
    """
    Make `shipment` due at `at` and ring for a worker. Raises: CannotAsk.

    A parcel that a worker is asking about at this moment is left to it. An account that its carrier wants
    left alone is not called before its `resume_at` all the same.
    """
    if shipment.replaced_at:
        raise CannotAsk("the shop took this number back")
    if shipment.account is None or not shipment.tracking_number:
        raise CannotAsk("no carrier account follows it")
    if not shipment.account.enabled:
        raise CannotAsk(f"the account {shipment.account} is switched off")
    Shipment.objects.filter(pk=shipment.pk).update(due_at=at, attempts=0)
    wake("poll")
