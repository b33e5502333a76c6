"""What becomes of a message that was handed over, or was not taken."""

from datetime import datetime
from typing import Any

from engagement.channels.base import Channel, ChannelError, Outgoing
from engagement.models import Message, Suppression
from engagement.sending.batch import Batch, State, elsewhere, fail, leave_open, once, try_later
from engagement.sending.writing import Written


def sent(written: Written, provider_id: str, *, at: datetime) -> dict[str, Any]:
    """Return the columns of a message that was taken at `at`."""
    return {
        "state": State.SENT,
        "due_at": None,
        "sent_at": at,
        "reason": "",
        "hold": "",
        "last_error": "",
        "subject": written.masked(written.outgoing.subject)[:300],
        "language": written.language,
        "template": written.template,
        "template_version": written.template.version,
        "provider_id": provider_id,
    }


def not_taken(
    message: Message, channel: Channel, outgoing: Outgoing, exc: ChannelError, batch: Batch
) -> bool:
    """Deal with a message its channel did not take. Returns: False when the rest should wait."""
    at = batch.now()
    if exc.bad_address and outgoing.to:
        Suppression.add(outgoing.to, Suppression.Reason.BOUNCE, detail=str(exc), channel=message.channel)
    if exc.permanent:
        bounced = {"bounced_at": at} if exc.bad_address else {}
        return fail(message, str(exc) + (elsewhere(message, at=at) if exc.bad_address else ""), **bounced)
    if exc.uncertain and once(message, channel):
        return leave_open(message, str(exc))
    try_later(message, str(exc), at=at)
    if exc.unavailable:
        batch.messages = batch.messages[1:]
        return False
    return True
