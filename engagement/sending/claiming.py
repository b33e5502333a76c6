"""
Which messages are next: news of orders before marketing, marketing of journeys before campaigns, and in each
of these every store its share.
"""

import random
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from config.lib import claims
from engagement.models import Message
from engagement.vocabulary import Channel, Purpose

BATCH = 50
LEASE = timedelta(minutes=2)
State = Message.State
# What a worker may take when it is due. A held message that is never looked at again has no `due_at`.
WAITING = (State.QUEUED, State.HELD)
_DIED = "Perhaps sent, and not sent again: the worker died while it handed it over."


@dataclass(frozen=True)
class Tier:
    """
    Messages that are served together. `patience`: how long one batch may take before it makes way for what
    comes first; `bulk`: many at once, see sending/bulk.py.
    """

    rows: Q
    size: int = BATCH
    patience: timedelta = timedelta(seconds=5)
    bulk: bool = False


# A batch ends well before the cluster's time limit: who is killed for slowness may send a message twice.
ENOUGH = timedelta(seconds=40)
_IN_BULK = Q(campaign__isnull=False, order__isnull=True, channel=Channel.EMAIL)
TIERS = (
    Tier(Q(purpose=Purpose.TRANSACTIONAL), patience=ENOUGH),
    Tier(Q(purpose=Purpose.MARKETING) & ~_IN_BULK),
    Tier(Q(purpose=Purpose.MARKETING) & _IN_BULK, size=500, patience=timedelta(seconds=10), bulk=True),
)


def due(tier: Tier, *, at: datetime, without: Collection[str] = ()) -> QuerySet[Message]:
    """Return what of a tier may be claimed at `at`, but by the channels `without`."""
    return Message.objects.filter(tier.rows, state__in=WAITING, due_at__lte=at).exclude(channel__in=without)


def claim(tier: Tier, *, at: datetime, limit: int, without: Collection[str] = ()) -> list[Message]:
    """
    Claim up to `limit` due messages of a tier. Must run outside a transaction.

    Where several stores have some, each gets its share of the batch, in an order that chance decides: a
    store's hundred thousand do not hold up another's ten.
    """
    rows = due(tier, at=at, without=without)
    free = rows.filter(Q(leased_until=None) | Q(leased_until__lt=Now()))
    stores = list(free.order_by().values_list("store", flat=True).distinct())
    if len(stores) <= 1:
        return claims.claim(rows, at=at, limit=limit, lease=LEASE) if stores else []
    random.shuffle(stores)
    share = max(limit // len(stores), 1)
    taken: list[Message] = []
    for store in stores[:limit]:
        taken += claims.claim(rows.filter(store=store), at=at, limit=share, lease=LEASE)
    return taken


def give_up_on_the_dead(*, at: datetime) -> int:
    """
    Make UNKNOWN what a worker was handing over when it died: its lease has run out. Never sent again; a
    provider's report may still tell (engagement/receivers.py). Returns how many.
    """
    dead = Message.objects.filter(state=State.SENDING, due_at__lte=at, leased_until__lt=Now())
    return dead.update(state=State.UNKNOWN, reason=_DIED, due_at=None, claim=None, leased_until=None)
