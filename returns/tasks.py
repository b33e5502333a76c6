"""What workers run for returns: each does what is due at `at` and says how much that was."""

from datetime import datetime

from django.utils import timezone

from returns.services import payment_rounds, photos, rounds
from returns.services.credits import end_over
from returns.services.insight import find_tasks


def look_after_returns(*, at: datetime) -> int:
    """Do what time asks of returns: warn, end, settle, order, remind."""
    return rounds.look_after_due(at=at)


def take_payments(*, at: datetime) -> int:
    """Have pages made on which shoppers pay, ask whether they did, remind them."""
    return payment_rounds.carry_out_due(at=at)


def end_credits() -> int:
    """End store credits whose time is over."""
    return end_over(at=timezone.now())


def forget_photos() -> int:
    """Drop pictures that were sent for returns nobody asked for in the end."""
    return photos.forget_waiting(before=timezone.now() - photos.WAITS)


def learn_from_returns() -> int:
    """Make tasks of products that come back far more often than others."""
    return find_tasks(at=timezone.now())
