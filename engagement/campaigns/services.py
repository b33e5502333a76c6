"""What staff do with a campaign: schedule, start, pause, resume, stop. Its messages: making.py."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from customers.worker import wake
from engagement import sending
from engagement.models import Campaign, Message, Template
from engagement.rules.stopped import PAUSED_WORDS, STOPPED_WORDS
from engagement.sending.claiming import WAITING
from engagement.vocabulary import Channel, Hold

WORK = "campaign"
State = Campaign.State


class NotReady(ValueError):
    """A campaign cannot do that now. The text says why, in words for staff."""


def problems(campaign: Campaign) -> list[str]:
    """Return what keeps a campaign from being scheduled, in words; [] when nothing does. Three queries."""
    found = []
    if campaign.segment.archived_at is not None:
        found.append(f"The segment “{campaign.segment}” is in the archive.")
    if campaign.channel not in settings.CHANNELS:
        found.append(f"Nothing is set up to send by {campaign.get_channel_display()}.")
    if campaign.channel == Channel.EMAIL and not campaign.store.postal_address.strip():
        found.append("Marketing must name the sender's postal address: the store has none.")
    have = set(Template.objects.filter(kind=campaign.kind).values_list("language", flat=True))
    base = campaign.store.language.split("-")[0].lower()
    if not have & {base, campaign.store.language, "en"}:
        found.append(f"There are no words in the store's language ({campaign.store.language}).")
    return found


def schedule(campaign_id: int, *, at: datetime, starts_at: datetime | None = None, by: str = "") -> Campaign:
    """
    Let a draft begin at `starts_at`, or at once.

    Raises: NotReady, with everything that is missing, and for what is no draft. A time that is past is now.
    """
    with transaction.atomic():
        campaign = _held(campaign_id)
        if campaign.state not in (State.DRAFT, State.SCHEDULED):
            raise NotReady(f"It is {campaign.get_state_display().lower()}.")
        missing = problems(campaign)
        if missing:
            raise NotReady(" ".join(missing))
        campaign.starts_at = max(starts_at or at, at)
        campaign.made_by = campaign.made_by or by[:254]
        _to(campaign, State.SCHEDULED, due_at=campaign.starts_at)
    return campaign


def pause(campaign_id: int, *, at: datetime) -> Campaign:
    """
    Stop making and sending for now. What a worker is handing over at this moment still goes.

    Raises: NotReady.
    """
    with transaction.atomic():
        campaign = _held(campaign_id)
        if campaign.state not in (State.SCHEDULED, State.RUNNING):
            raise NotReady(f"It is {campaign.get_state_display().lower()}.")
        _to(campaign, State.PAUSED, due_at=None)
        campaign.messages.filter(state=Message.State.QUEUED, claim=None).update(
            state=Message.State.HELD, hold=Hold.PAUSED, reason=PAUSED_WORDS
        )
    return campaign


def resume(campaign_id: int, *, at: datetime) -> Campaign:
    """Go on where it was paused; what has become too late meanwhile is held. Raises: NotReady."""
    with transaction.atomic():
        campaign = _held(campaign_id)
        if campaign.state != State.PAUSED:
            raise NotReady(f"It is {campaign.get_state_display().lower()}.")
        if campaign.started_at:
            _to(campaign, State.RUNNING, due_at=at)
        else:
            _to(campaign, State.SCHEDULED, due_at=max(campaign.starts_at or at, at))
        sending.look_again(campaign.messages.filter(hold=Hold.PAUSED), at=at)
        wake("send")
    return campaign


def stop(campaign_id: int, *, at: datetime) -> int:
    """
    End a campaign for good: what is not sent is held STOPPED. Returns: how many messages that were.

    Raises: NotReady.
    """
    with transaction.atomic():
        campaign = _held(campaign_id)
        if campaign.state not in (State.SCHEDULED, State.RUNNING, State.PAUSED):
            raise NotReady(f"It is {campaign.get_state_display().lower()}.")
        campaign.ended_at = at
        _to(campaign, State.STOPPED, due_at=None)
        # What a worker holds just now it asks about once more (engagement/rules/stopped.py).
        left = campaign.messages.filter(state__in=WAITING, due_at__isnull=False, claim=None)
        return left.update(state=Message.State.HELD, hold=Hold.STOPPED, reason=STOPPED_WORDS, due_at=None)


def _held(campaign_id: int) -> Campaign:
    """Return the campaign, locked. Raises: Campaign.DoesNotExist."""
    rows = Campaign.objects.select_for_update(of=("self",)).select_related("segment", "store")
    return rows.get(pk=campaign_id)


def _to(campaign: Campaign, state: str, *, due_at: datetime | None) -> None:
    """Change its state; whoever is making messages of it has lost it."""
    campaign.state, campaign.due_at = state, due_at
    campaign.claim, campaign.leased_until, campaign.attempts = None, None, 0
    campaign.save()
    if due_at is not None:
        wake(WORK)
