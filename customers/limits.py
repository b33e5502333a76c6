"""Rate limits whose counters all web processes share. Keys are digests, so no address is stored."""

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.http import HttpRequest

from config.lib.secrets import derive
from customers.models import Throttle


@dataclass(frozen=True)
class Limit:
    """At most `times` within `per`, for everything that shares `name` and the caller's key."""

    name: str
    times: int
    per: timedelta


def count(limit: Limit, key: str, *, at: datetime) -> int:
    """
    Count one more and return how many that makes in this window. Windows are fixed, aligned to the epoch.
    """
    seconds = limit.per.total_seconds()
    window = datetime.fromtimestamp(at.timestamp() // seconds * seconds, UTC)
    digest = hashlib.blake2b(
        f"{limit.name}:{key}".encode(), key=derive("throttle"), digest_size=32
    ).hexdigest()
    rows = Throttle.objects.filter(key=digest, window=window)
    if not rows.update(count=F("count") + 1):
        try:
            with transaction.atomic():
                Throttle.objects.create(key=digest, window=window, count=1)
        except IntegrityError:
            rows.update(count=F("count") + 1)
    return rows.values_list("count", flat=True).get()


def hit(limit: Limit, key: str, *, at: datetime) -> bool:
    """
    Count one more and say whether it is still within `limit`.

    Returns: False from the first hit over the limit on.
    """
    return count(limit, key, at=at) <= limit.times


def forget(*, before: datetime) -> int:
    """Delete counters whose window began before `before`. Returns how many."""
    return Throttle.objects.filter(window__lt=before).delete()[0]


def client_network(request: HttpRequest) -> str:
    """
    Return the caller's network (/24 or /64) as seen by the outermost trusted proxy.

    With TRUSTED_PROXIES=0 the X-Forwarded-For header is not believed.
    """
    address = request.META.get("REMOTE_ADDR", "")
    hops = settings.TRUSTED_PROXIES
    forwarded = [
        part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()
    ]
    if hops and len(forwarded) >= hops:
        address = forwarded[-hops]
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network((ip, 24 if ip.version == 4 else 64), strict=False))
