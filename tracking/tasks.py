"""What workers run for this app: each does what is due at `at` and says how much that was."""

from datetime import datetime

from tracking.services import access, inbound, polling


def process_inbound(*, at: datetime) -> int:
    """Read deliveries from shops and carriers."""
    return inbound.process_due(at=at)


def poll_carriers(*, at: datetime) -> int:
    """Ask carriers about parcels."""
    return polling.poll_due(at=at)


def expire_quiet_shipments(*, at: datetime) -> int:
    """Mark parcels nobody has heard of for 30 days."""
    return polling.expire_quiet(at=at)


def answer_lookups(*, at: datetime) -> int:
    """Answer guests who asked for the link to their order."""
    return access.answer_lookups(at=at)
