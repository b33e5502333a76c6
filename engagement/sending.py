"""
Carry queued messages out: claim a batch, ask permission for each now, render, hand over, settle at once.

Nothing here runs inside a transaction but the short updates themselves. The lease's token decides who may
settle a row, and is asked again right before each message leaves: who lost it sends nothing.
"""

import logging
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.db.models import DateTimeField, ExpressionWrapper, F, QuerySet
from django.db.models.functions import Now
from django.utils.module_loading import import_string

from config.lib import claims
from customers.models import Store
from customers.worker import wake
from engagement import context, liquid, rendering, words
from engagement.channels.base import Channel, ChannelError, Outgoing
from engagement.kinds import KINDS
from engagement.models import Message, Suppression, Template
from engagement.permission import objection

log = logging.getLogger(__name__)

BATCH = 50
LEASE = timedelta(minutes=2)
# A batch ends well before the cluster's time limit: who is killed for slowness may send a message twice.
ENOUGH = timedelta(seconds=40)
MAX_FAILURES = 8
# A message that takes its worker along (out of memory, killed) this often is not tried again.
MAX_DEATHS = 3
# When the way out is closed, everything waits this long; messages do not lose an attempt by it.
CLOSED = timedelta(minutes=1)
_SENDER = re.compile(r"^\s*(.*?)\s*<\s*([^<>\s]+@[^<>\s]+)\s*>\s*$")


class NoTemplate(Exception):
    """There are no words for this kind of message."""


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


def send_due(*, at: datetime, limit: int = BATCH) -> int:
    """
    Claim and carry out up to `limit` messages due at `at`. Must run outside a transaction.

    Returns: how many were dealt with; 0 ends the worker's round, also when the way out is closed.
    """
    queued = Message.objects.filter(state=Message.State.QUEUED)
    batch = Batch(claims.claim(queued, at=at, limit=limit, lease=LEASE), at)
    done = 0
    try:
        while batch.messages:
            if batch.now() - at > ENOUGH:
                _release(batch, due_at=at)
                break
            message = batch.messages[0]
            if not _still_ours(batch):
                log.warning("message %s: the lease is gone, another worker has it", message.pk)
            elif not _carry_out(message, batch):
                _release(batch, due_at=claims.backoff(1, at=batch.now(), first=CLOSED))
                break
            batch.messages = batch.messages[1:]
            done += 1
    finally:
        batch.close()
    return done


def _still_ours(batch: Batch) -> bool:
    """
    Renew the lease on the first message, and on the rest of the batch when a third of it is gone.

    Returns: whether the first is still ours. A slow server thus cannot let the leases of unsent messages
    lapse unnoticed.
    """
    first = batch.messages[0]
    if time.monotonic() - batch.extended > LEASE.total_seconds() / 3:
        batch.extended = time.monotonic()
        _extend([message.pk for message in batch.messages], first.claim)
    return bool(_extend([first.pk], first.claim))


def _extend(pks: list[int], token: Any) -> int:
    until = ExpressionWrapper(Now() + LEASE, output_field=DateTimeField())
    return Message.objects.filter(pk__in=pks, claim=token, state=Message.State.QUEUED).update(
        leased_until=until
    )


def _release(batch: Batch, *, due_at: datetime) -> None:
    """Put back what was not tried, because the way out is closed or slow; it counts no attempt."""
    for message in batch.messages:
        claims.settle(message, due_at=due_at, attempts=F("attempts") - 1)


def _carry_out(message: Message, batch: Batch) -> bool:
    """
    Deal with one message that is ours. Returns: False when its channel is closed and the rest should wait.
    """
    deaths = message.attempts - 1 - message.failures
    if deaths >= MAX_DEATHS:
        return _fail(message, f"The worker died {deaths} times on it.")
    try:
        facts = context.load(message)
        held = objection(facts, at=batch.now())
        if held:
            return _settle(message, state=Message.State.HELD, reason=held, due_at=None)
        written = write(facts, at=batch.now())
    except (liquid.TemplateError, NoTemplate) as exc:
        return _fail(message, f"The template cannot be used. {exc}")
    except Exception as exc:  # a row or a template nobody foresaw: it must not stop the others
        log.exception("message %s cannot be written", message.pk)
        return _try_later(message, batch, f"It cannot be written ({type(exc).__name__}).")
    return _hand_over(message, facts, written, batch)


@dataclass(frozen=True)
class Written:
    """A message ready to go, the template it was made with, and what of it no table may hold."""

    outgoing: Outgoing
    template: Template
    secrets: Sequence[str]

    def masked(self, text: str) -> str:
        """Return `text` without the link's token and the code."""
        for secret in self.secrets:
            text = text.replace(secret, "•" * 6)
        return text


def write(facts: context.Facts, *, at: datetime) -> Written:
    """
    Render the message behind `facts` as it would leave at `at`.

    Raises: NoTemplate; liquid.TemplateError.
    """
    message, store = facts.message, facts.store
    template = template_for(message.kind, store, facts.languages)
    data = context.build(facts, language=template.language, at=at)
    look = rendering.look_of(store, base_url=context.base_url(store))
    made = rendering.render(
        subject=template.subject,
        body=template.body,
        data=data,
        look=look,
        kind=message.kind,
        language=template.language,
    )
    sender = sender_of(store)
    key = str(message.public_id)
    outgoing = Outgoing(
        key=key,
        kind=message.kind,
        sender=sender,
        to=facts.address,
        subject=made.subject,
        text=made.text,
        html=made.html,
        reply_to=rendering.one_line(store.reply_to or store.support_email),
        headers={
            "Message-ID": f"<{key}@{parseaddr(sender)[1].rpartition('@')[2] or 'localhost'}>",
            "Auto-Submitted": "auto-generated",
            "Feedback-ID": f"{message.kind}:{message.purpose}:{store.slug}:porchlight",
            "X-Entity-Ref-ID": key,
        },
    )
    return Written(outgoing, template, context.secrets_of(data))


def template_for(kind: str, store: Store, languages: Sequence[str]) -> Template:
    """
    Return the words for `kind`: the reader's language before the store's before English, base after dialect
    ('de-AT', 'de'); in each language the store's own before the built-in.

    Raises: NoTemplate.
    """
    wanted = list(words.bases(*languages))
    rows = Template.objects.filter(kind=kind, store=store) | Template.objects.filter(kind=kind, store=None)
    found = {(row.language.replace("_", "-").lower(), row.store_id is None): row for row in rows}
    for language in wanted:
        for builtin in (False, True):
            if (language, builtin) in found:
                return found[language, builtin]
    raise NoTemplate(f"There are no words for “{kind}” in any of: {', '.join(wanted)}.")


def sender_of(store: Store) -> str:
    """Return the From header of a store's messages, always one line and one address."""
    for given in (store.sender, settings.DEFAULT_FROM_EMAIL):
        line = rendering.one_line(given)
        named = _SENDER.match(line)
        if named:
            return formataddr((named[1].strip('"').replace('"', ""), named[2]))
        if re.fullmatch(r"[^\s@<>]+@[^\s@<>]+", line):
            return formataddr((store.name, line))
    return f"no-reply@{parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition('@')[2] or 'localhost'}"


def _hand_over(message: Message, facts: context.Facts, written: Written, batch: Batch) -> bool:
    outgoing = written.outgoing
    try:
        channel = batch.channel(message.channel)
        channel.open()
    except ChannelError as exc:
        if exc.permanent:
            return _fail(message, str(exc))
        log.warning("channel %s is closed: %s", message.channel, exc)
        return False
    try:
        provider_id = channel.send(outgoing)
    except ChannelError as exc:
        return _not_taken(message, outgoing, exc, batch)
    return _settle(
        message,
        state=Message.State.SENT,
        due_at=None,
        sent_at=batch.now(),
        reason="",
        last_error="",
        subject=written.masked(outgoing.subject)[:300],
        language=written.template.language,
        template=written.template,
        template_version=written.template.version,
        provider_id=provider_id,
    )


def _not_taken(message: Message, outgoing: Outgoing, exc: ChannelError, batch: Batch) -> bool:
    if exc.bad_address:
        Suppression.add(outgoing.to, Suppression.Reason.BOUNCE, detail=str(exc), channel=message.channel)
    if exc.permanent:
        bounced = {"bounced_at": batch.now()} if exc.bad_address else {}
        return _fail(message, str(exc), **bounced)
    _try_later(message, batch, str(exc))
    if exc.unavailable:
        batch.messages = batch.messages[1:]
        return False
    return True


def _try_later(message: Message, batch: Batch, error: str) -> bool:
    failures = message.failures + 1
    if failures >= MAX_FAILURES:
        return _fail(message, f"Tried {failures} times. {error}", failures=failures)
    due = claims.backoff(failures, at=batch.now())
    return _settle(message, due_at=due, failures=failures, last_error=error[:2000])


def _fail(message: Message, reason: str, **changes: Any) -> bool:
    log.warning("message %s (%s) failed: %s", message.pk, message.kind, reason)
    return _settle(
        message,
        state=Message.State.FAILED,
        reason=reason[:300],
        last_error=reason[:2000],
        due_at=None,
        **changes,
    )


def _settle(message: Message, **changes: Any) -> bool:
    """Settle and go on; a lease lost on the way is logged, and the other worker's word stands."""
    if not claims.settle(message, **changes):
        log.warning("message %s: the lease was lost before it could be settled", message.pk)
    return True


def retry(messages: QuerySet[Message], *, at: datetime) -> int:
    """
    Queue held and failed messages again, because a person says so: attempts forgotten, and time enough to be
    said.

    Returns: how many.
    """
    stopped = messages.filter(state__in=[Message.State.HELD, Message.State.FAILED])
    count = 0
    for code in set(stopped.order_by().values_list("kind", flat=True)):
        lateness = KINDS[code].lateness if code in KINDS else timedelta(hours=1)
        count += stopped.filter(kind=code).update(
            state=Message.State.QUEUED, reason="", due_at=at, expires_at=at + lateness,
            attempts=0, failures=0, claim=None, leased_until=None,
        )  # fmt: skip
    wake("send")
    return count
