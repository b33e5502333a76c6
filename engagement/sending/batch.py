"""What one worker has under way: rows it holds, channels it opened, and how a row is let go of."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import DateTimeField, ExpressionWrapper, F
from django.db.models.functions import Now
from django.utils.module_loading import import_string

from config.lib import claims
from engagement import permission, reach
from engagement.channels.base import Channel, ChannelError
from engagement.models import Message
from engagement.rules.base import Objection
from engagement.sending.claiming import LEASE, WAITING
from engagement.vocabulary import Channel as Code
from engagement.vocabulary import Hold, Purpose

log = logging.getLogger(__name__)

MAX_FAILURES = 8
# A message that takes its worker along (out of memory, killed) this often is not tried again.
MAX_DEATHS = 3
State = Message.State


@dataclass
class Batch:
    """
    What is under way: the rows still held, the open channels, and the time as it passes from the caller's
    `at`.
    """

    messages: list[Message]
    at: datetime
    channels: dict[str, Channel] = field(default_factory=dict)
    begun: float = field(default_factory=lambda: time.monotonic())
    extended: float = field(default_factory=lambda: time.monotonic())

    def now(self) -> datetime:
        """
        The caller's time plus what has passed since: a slow server must not make us believe old answers.
        """
        return self.at + timedelta(seconds=time.monotonic() - self.begun)

    def channel(self, code: str) -> Channel:
        """
        Return the channel, one per batch. Raises: ChannelError, permanent for a code that is not wired.
        """
        if code not in self.channels:
            if code not in settings.CHANNELS:
                raise ChannelError(f"There is no channel called {code}.", permanent=True)
            try:
                self.channels[code] = import_string(settings.CHANNELS[code])()
            except Exception as exc:  # a setting is wrong: no message's fault
                log.exception("channel %s cannot be set up", code)
                raise ChannelError(f"The channel {code} cannot be set up.", unavailable=True) from exc
        return self.channels[code]

    def close(self) -> None:
        """Let go of the channels."""
        for channel in self.channels.values():
            channel.close()

    def still_ours(self) -> bool:
        """
        Renew the lease on the first message, and on the rest of the batch when a third of it is gone.

        Returns: whether the first is still ours. A slow server thus cannot let the leases of unsent messages
        lapse unnoticed.
        """
        if time.monotonic() - self.extended > LEASE.total_seconds() / 3:
            self.extended = time.monotonic()
            extend(self.messages)
        return bool(extend(self.messages[:1]))

    def release(self, *, due_at: datetime) -> None:
        """Put back what was not tried, because the way out is closed or slow; it counts no attempt."""
        rows = Message.objects.filter(
            pk__in=[message.pk for message in self.messages],
            claim__in={message.claim for message in self.messages},
        )
        rows.update(due_at=due_at, attempts=F("attempts") - 1, claim=None, leased_until=None)


def extend(messages: Sequence[Message]) -> int:
    """Renew the leases of those of `messages` that are still ours. Returns how many are."""
    until = ExpressionWrapper(Now() + LEASE, output_field=DateTimeField())
    return Message.objects.filter(
        pk__in=[message.pk for message in messages],
        claim__in={message.claim for message in messages},
        state__in=(*WAITING, State.SENDING),
    ).update(leased_until=until)


def once(message: Message, channel: Channel) -> bool:
    """
    Say whether `message` may never go out twice: marketing, and all of SMS and push. News of an order by
    e-mail is rather told twice than never.
    """
    return message.purpose == Purpose.MARKETING or channel.at_most_once


# --- letting go of a row: each returns True, for "go on with the next" ---
def settle(message: Message, **changes: Any) -> bool:
    """Settle and go on; a lease lost on the way is logged, and the other worker's word stands."""
    if not claims.settle(message, **changes):
        # Who was given up for dead and comes back knows what nobody else does: that it went out.
        rescued = changes.get("state") == State.SENT and Message.objects.filter(
            pk=message.pk, state=State.UNKNOWN
        ).update(**changes)
        if not rescued:
            log.warning("message %s: the lease was lost before it could be settled", message.pk)
    return True


def hold(message: Message, objection: Objection, *, at: datetime) -> bool:
    """
    Hold a message because of `objection`; one without a way to its reader is told another way, if there is.

    A message that is looked at again has not failed: its attempts are forgotten.
    """
    changes = permission.held(message, objection)
    if objection.hold == Hold.ADDRESS:
        changes["reason"] = f"{objection.words}{elsewhere(message, at=at)}"[:300]
    return settle(message, attempts=F("failures"), **changes)


def elsewhere(message: Message, *, at: datetime) -> str:
    """Tell it by another channel if there is one. Returns that in words, '' when there is none."""
    made = reach.fall_back(message, at=at)
    return f" Told by {Code(made.channel).label} instead." if made else ""


def fail(message: Message, reason: str, **changes: Any) -> bool:
    """Give a message up."""
    log.warning("message %s (%s) failed: %s", message.pk, message.kind, reason)
    return settle(
        message,
        state=State.FAILED,
        reason=reason[:300],
        hold="",
        last_error=reason[:2000],
        due_at=None,
        **changes,
    )


def try_later(message: Message, error: str, *, at: datetime) -> bool:
    """Put a message back after a failure that may pass, or give it up after the eighth."""
    failures = message.failures + 1
    if failures >= MAX_FAILURES:
        return fail(message, f"Tried {failures} times. {error}", failures=failures)
    due = claims.backoff(failures, at=at)
    return settle(
        message, state=State.QUEUED, hold="", reason="", due_at=due, failures=failures,
        last_error=error[:2000],
    )  # fmt: skip


def leave_open(message: Message, error: str) -> bool:
    """Note that nobody can say whether a message went out: it is not sent again."""
    words = f"Perhaps sent, and not sent again: {error}"
    log.warning("message %s (%s): %s", message.pk, message.kind, words)
    return settle(message, state=State.UNKNOWN, reason=words[:300], last_error=error[:2000], due_at=None)
