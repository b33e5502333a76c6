"""What mail providers report about messages we handed over (django-anymail's normalised events)."""

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason
from django.utils import timezone

from engagement.context import load
from engagement.models import Message, Suppression

# Reports that anymail calls bounces although the provider means "not now". Read from its raw event.
_SOFT: dict[str, Callable[[Any], bool]] = {
    "Amazon SES": lambda raw: raw["bounce"]["bounceType"] != "Permanent",
    "Postmark": lambda raw: raw["Type"] == "SoftBounce",
    "SendGrid": lambda raw: raw.get("type") == "blocked",
}


def note_tracking(sender: Any, event: AnymailTrackingEvent, esp_name: str, **kwargs: Any) -> None:
    """
    Keep what a provider reports: delivered, bounced, complained. The rest (deferred, opened, …) changes
    nothing.

    Reports may come twice, late and in any order: each sets its own field, once. An address that bounces for
    good or complains is blocked even when the message is not ours.
    """
    if event.event_type in (EventType.SENT, EventType.DELIVERED, EventType.OPENED, EventType.CLICKED):
        _went_out(event)
    if event.event_type == EventType.DELIVERED:
        _stamp(event, "delivered_at")
    elif event.event_type == EventType.COMPLAINED:
        _suppress(event, Suppression.Reason.COMPLAINT)
    elif event.event_type in (EventType.BOUNCED, EventType.REJECTED):
        _stamp(event, "bounced_at")
        if is_hard(event, esp_name):
            _suppress(event, Suppression.Reason.BOUNCE)


def is_hard(event: AnymailTrackingEvent, esp_name: str) -> bool:
    """Say whether the address itself will never take mail. A provider's unclear word counts as no."""
    if event.reject_reason not in (RejectReason.BOUNCED, RejectReason.INVALID):
        return False
    try:
        soft = _SOFT.get(esp_name, lambda raw: False)(event.esp_event)
    except (KeyError, TypeError, AttributeError, IndexError):
        soft = False
    return not soft


def _message(event: AnymailTrackingEvent) -> Message | None:
    """Return the message a report is about, by our key or by the provider's id."""
    metadata = event.metadata if isinstance(event.metadata, Mapping) else {}
    try:
        found = Message.objects.filter(public_id=uuid.UUID(str(metadata.get("message", "")))).first()
    except ValueError:
        found = None
    if found is None and event.message_id:
        found = Message.objects.filter(provider_id=str(event.message_id)).select_related("order").first()
    return found


def _went_out(event: AnymailTrackingEvent) -> None:
    """
    Make SENT what was perhaps sent: its worker died before it could say so, and the provider now does.

    While the message is still being handed over its worker will say so itself.
    """
    message = _message(event)
    if message is not None and message.state == Message.State.UNKNOWN:
        Message.objects.filter(pk=message.pk, state=Message.State.UNKNOWN).update(
            state=Message.State.SENT,
            sent_at=message.claimed_at or event.timestamp or timezone.now(),
            provider_id=str(event.message_id or "")[:200],
            reason="",
        )


def _stamp(event: AnymailTrackingEvent, field: str) -> None:
    message = _message(event)
    if message is not None:
        at: datetime = event.timestamp or timezone.now()
        Message.objects.filter(pk=message.pk, **{field: None}).update(**{field: at})


def _suppress(event: AnymailTrackingEvent, reason: str) -> None:
    address = (event.recipient or "").strip().lower()
    if not address:
        message = _message(event)  # where it went: a gift's message not to the order's address
        address = load(message).address.lower() if message else ""
    detail = " ".join(filter(None, [event.description, event.mta_response]))[:2000]
    Suppression.add(address, reason, detail=detail)
