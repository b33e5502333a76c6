"""What workers run: each takes a kind or a time, makes one call, and may be run twice or killed anywhere."""

from datetime import datetime, timedelta

from django.utils import timezone

from customers import limits, outbox, worker
from customers.services import alerts, notices
from customers.services.partners import forget_answers


def work(kind: str) -> int:
    """Do the due work of one kind, and what follows from it at once."""
    return worker.run_on(kind)


def sweep() -> None:
    """Find whatever is due that a lost wake-up left behind. Runs every minute."""
    worker.sweep()


def deliver_events(*, at: datetime) -> int:
    """Bring due events to their handlers."""
    return outbox.deliver_due(at=at)


def tell_staff(*, at: datetime) -> int:
    """Wake alerts whose snooze is over and send the notices that are due."""
    return alerts.wake_snoozed(at=at) + notices.tell_due(at=at)


def housekeeping() -> int:
    """Forget what has served its time. Runs every hour."""
    at = timezone.now()
    return limits.forget(before=at - timedelta(days=2)) + forget_answers(before=at - timedelta(days=1))
