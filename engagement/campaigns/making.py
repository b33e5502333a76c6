"""
A running campaign makes its messages in batches, in the order of the customers' keys, never many more ahead
than are sent: the queue stays short for everybody, and stopping is quick.

Each batch commits with the cursor, and each message's key is the campaign and the customer: a worker that
dies anywhere, or two at once, make no second one.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from config.lib import claims
from customers import outbox
from customers.models import Store
from customers.worker import wake
from engagement import events
from engagement.models import Campaign, Membership, Message
from engagement.profiles.zones import named
from engagement.sending.claiming import WAITING
from engagement.vocabulary import Purpose

log = logging.getLogger(__name__)

BATCH = 2_000
AHEAD = 20_000  # messages due and not sent
BREATH = timedelta(seconds=1)  # until it looks again whether those have gone
AFTER_ALL = timedelta(minutes=1)  # and whether the last has
UTC = ZoneInfo("UTC")
State = Campaign.State
LIVE = (State.SCHEDULED, State.RUNNING)


def advance_due(*, at: datetime) -> int:
    """
    Take each campaign that is due one batch further. Must run outside a transaction.

    Returns: how many messages were made, at least 1 for a campaign that began.
    """
    done = 0
    for campaign in claims.claim(Campaign.objects.filter(state__in=LIVE), at=at, limit=10):
        try:
            done += _advance(campaign, at)
        except Exception as exc:
            log.exception("campaign %s cannot go on", campaign.pk)
            later = claims.backoff(campaign.attempts, at=at, first=timedelta(minutes=1))
            claims.settle(campaign, due_at=later, last_error=claims.words(exc))
    return done


def _advance(claimed: Campaign, at: datetime) -> int:
    with transaction.atomic():
        # Whoever paused or stopped it meanwhile has taken the claim away, and is waited for here.
        rows = Campaign.objects.select_for_update(of=("self",)).select_related("store", "segment")
        campaign = rows.filter(pk=claimed.pk, claim=claimed.claim, state__in=LIVE).first()
        if campaign is None:
            return 0
        if campaign.state == State.SCHEDULED:
            _begin(campaign, at)
        room = _room(campaign, at)
        people = _next(campaign, room) if room else []
        made = _make(campaign, people, at)
        if room and not people:
            _after_all(campaign, at)
            return 0
        due_at = _when_next(campaign, len(people), at) if room else at + BREATH
        claims.settle(
            campaign,
            due_at=due_at,
            state=campaign.state,
            started_at=campaign.started_at,
            total=campaign.total,
            made=campaign.made + made,
            cursor=people[-1][0] if people else campaign.cursor,
            attempts=0,
            last_error="",
        )
        wake("send")
    return len(people)


def _begin(campaign: Campaign, at: datetime) -> None:
    campaign.state, campaign.started_at = State.RUNNING, at
    campaign.total = Membership.objects.filter(segment=campaign.segment_id).count()
    outbox.publish(
        events.CAMPAIGN_STARTED,
        key=f"campaign:{campaign.pk}:started",
        occurred_at=at,
        subject=campaign,
        store=campaign.store,
        data={"campaign_id": campaign.pk, "total": campaign.total},
    )


def _room(campaign: Campaign, at: datetime) -> int:
    """Return how many messages may be made now, 0 while those made before wait to be sent."""
    ready = campaign.messages.filter(state=Message.State.QUEUED, due_at__lte=at)
    if ready.order_by()[:AHEAD].count() >= AHEAD:
        return 0
    return min(BATCH, max(campaign.per_hour // 60, 1)) if campaign.per_hour else BATCH


def _when_next(campaign: Campaign, made: int, at: datetime) -> datetime:
    """Spread the batches evenly over the hour; a pause is not caught up with."""
    return at + timedelta(hours=made / campaign.per_hour) if campaign.per_hour else at


def _next(campaign: Campaign, limit: int) -> list[tuple[int, str, str]]:
    """Return key, own zone and profile's zone of the next people in the segment."""
    rows = Membership.objects.filter(segment=campaign.segment_id, customer__gt=campaign.cursor)
    found = rows.filter(customer__merged_into=None).order_by("customer_id")
    return list(found.values_list("customer_id", "customer__timezone", "customer__profile__zone")[:limit])


def _make(campaign: Campaign, people: Sequence[tuple[int, str, str | None]], at: datetime) -> int:
    late = timedelta(hours=campaign.lateness_hours)
    rows = []
    for customer, own, profile in people:
        due_at = when(campaign, own, profile or "", at)
        rows.append(
            Message(
                dedupe_key=f"{campaign.kind}:customer:{customer}",
                kind=campaign.kind,
                channel=campaign.channel,
                topic=campaign.topic,
                purpose=Purpose.MARKETING,
                store_id=campaign.store_id,
                customer_id=customer,
                campaign_id=campaign.pk,
                context={},
                due_at=due_at,
                expires_at=due_at + late,
            )
        )
    Message.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    return len(rows)


def when(campaign: Campaign, own: str, profile: str, at: datetime) -> datetime:
    """
    Return when a message to somebody is due: at once, or at the campaign's hour of their own day, the next
    time it comes. An hour that the clock skips comes an hour later.
    """
    if campaign.local_hour is None:
        return at
    zone = named(own) or named(profile) or _home(campaign.store)
    local = at.astimezone(zone)
    day = local.date() + timedelta(days=local.hour > campaign.local_hour)
    due = datetime.combine(day, time(campaign.local_hour), tzinfo=zone).astimezone(UTC)
    return max(due, at)


def _home(store: Store) -> ZoneInfo:
    return named(store.timezone) or UTC


def _after_all(campaign: Campaign, at: datetime) -> None:
    """End a campaign once nothing of it is to be sent any more (pitfall: "finished" before all were)."""
    left = campaign.messages.filter(
        Q(state__in=WAITING, due_at__isnull=False) | Q(state=Message.State.SENDING)
    )
    if left.exists():
        claims.settle(
            campaign, due_at=at + AFTER_ALL, attempts=0, state=campaign.state, total=campaign.total,
            started_at=campaign.started_at,
        )  # fmt: skip
        return
    claims.settle(
        campaign, due_at=None, attempts=0, state=State.DONE, ended_at=at, total=campaign.total,
        started_at=campaign.started_at,
    )  # fmt: skip
    data: dict[str, Any] = {"campaign_id": campaign.pk, "total": campaign.made}
    outbox.publish(
        events.CAMPAIGN_DONE,
        key=f"campaign:{campaign.pk}:done",
        occurred_at=at,
        subject=campaign,
        store=campaign.store,
        data=data,
    )


def progress(campaign: Campaign) -> int:
    """Return how far a campaign is, in per cent of the people it began with: those it need not see again."""
    if campaign.state == State.DONE:
        return 100
    left = campaign.messages.filter(
        Q(state__in=WAITING, due_at__isnull=False) | Q(state=Message.State.SENDING)
    ).count()
    done = max(campaign.made - left, 0)
    return min(ceil(100 * done / campaign.total), 99) if campaign.total else 0
