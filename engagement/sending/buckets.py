"""Token buckets: no more a second than a provider takes (settings.SEND_RATE), over all workers together."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from engagement.models import Bucket


def rate(channel: str) -> float:
    """Return how many messages a second `channel` may take, 0 for as many as there are."""
    return float(settings.SEND_RATE.get(channel, 0))


def take(channel: str, wanted: int, *, at: datetime) -> int:
    """
    Take up to `wanted` tokens at `at` and commit that. A bucket holds what a second brings, one at least.

    Returns: how many there were. Must run outside a transaction: others wait for the row.
    """
    speed = rate(channel)
    if not speed or wanted <= 0:
        return wanted
    with transaction.atomic():
        bucket = _filled(channel, speed, at)
        given = min(int(bucket.tokens), wanted)
        bucket.tokens -= given
        bucket.save(update_fields=["tokens", "filled_at"])
    return given


def give_back(channel: str, unused: int) -> None:
    """Put back tokens of messages that were held or not sent."""
    if not rate(channel) or unused <= 0:
        return
    with transaction.atomic():
        bucket = Bucket.objects.select_for_update().filter(name=channel).first()
        if bucket is not None:
            bucket.tokens = min(bucket.tokens + unused, max(rate(channel), 1.0))
            bucket.save(update_fields=["tokens"])


def wait(channel: str, *, at: datetime) -> timedelta:
    """Return how long it is until there is a token for `channel`; zero when there is one or no limit."""
    speed = rate(channel)
    if not speed:
        return timedelta(0)
    with transaction.atomic():
        tokens = _filled(channel, speed, at).tokens
    return timedelta(0) if tokens >= 1 else timedelta(seconds=(1 - tokens) / speed + 0.001)


def _filled(channel: str, speed: float, at: datetime) -> Bucket:
    """Return the bucket, locked, filled up to `at`. A worker whose clock is behind fills nothing."""
    size = max(speed, 1.0)
    rows = Bucket.objects.select_for_update()
    bucket = rows.filter(name=channel).first()
    if bucket is None:
        Bucket.objects.bulk_create([Bucket(name=channel, tokens=size, filled_at=at)], ignore_conflicts=True)
        bucket = rows.get(name=channel)
    passed = (at - bucket.filled_at).total_seconds()
    if passed > 0:
        bucket.tokens, bucket.filled_at = min(size, bucket.tokens + passed * speed), at
    return bucket
