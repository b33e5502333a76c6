"""
Campaigns by the thousand: facts of a chunk in a handful of queries, words filled into a skeleton, one
reservation, one connection, one settlement.

The same rules, words and promises as message by message (running.py): a chunk is reserved, which commits
SENDING for each that may go, before the first of it leaves; what a worker dies over is UNKNOWN.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from config.lib import claims
from customers.models import Customer, Store
from customers.worker import wake
from engagement import context, extras, liquid, rendering, tokens
from engagement.channels.base import ADDRESS, Channel, ChannelError, Outgoing
from engagement.models import Message, Template
from engagement.rules.base import Question
from engagement.sending import skeleton
from engagement.sending.batch import MAX_DEATHS, Batch, State, extend, fail, hold, settle, try_later
from engagement.sending.reserving import reserve
from engagement.sending.settling import not_taken, sent
from engagement.sending.writing import NoTemplate, Written, headers_of, sender_of, template_for, write
from engagement.vocabulary import Hold

log = logging.getLogger(__name__)

CHUNK, LARGEST = 250, 500
QUICK = 10.0  # seconds: a chunk that takes longer lets the next be smaller; a lease is 120
CLOSED = timedelta(minutes=1)


def serve(batch: Batch, *, patience: timedelta) -> int:
    """Deal with a batch of campaign mails, chunk by chunk. Returns how many were dealt with."""
    done, size, writer = 0, CHUNK, Writer()
    while batch.messages:
        if batch.now() - batch.at > patience:
            batch.release(due_at=batch.at)
            break
        chunk, batch.messages = batch.messages[:size], batch.messages[size:]
        begun = time.monotonic()
        if time.monotonic() - batch.extended > 20:
            batch.extended = time.monotonic()
            extend([*chunk, *batch.messages])
        if not _send(chunk, batch, writer):
            batch.release(due_at=claims.backoff(1, at=batch.now(), first=CLOSED))
            break
        done += len(chunk)
        quick = time.monotonic() - begun < QUICK
        size = min(size * 2, LARGEST) if quick else max(size // 2, 25)
    if done:
        wake("campaign")  # which makes no more than are sent
    return done


def _send(chunk: list[Message], batch: Batch, writer: "Writer") -> bool:
    """Deal with one chunk. Returns: False when the way out is closed."""
    try:
        channel = batch.channel(chunk[0].channel)
        channel.open()
    except ChannelError as exc:
        if exc.permanent:
            return all(fail(message, str(exc)) for message in chunk)
        log.warning("channel %s is closed: %s", chunk[0].channel, exc)
        batch.messages = [*chunk, *batch.messages]
        return False
    written = _write(chunk, batch, writer)
    asked = [Question(message, address=facts_address) for message, facts_address in written.asked]
    going, refused = reserve(asked, batch)
    for message, _ in written.asked:
        objection = refused.get(message.pk)
        if objection is not None and objection.hold == Hold.ADDRESS:
            hold(message, objection, at=batch.now())
    ready = [(message, written.made[message.pk]) for message, _ in written.asked if message.pk in going]
    results = channel.send_many([made.outgoing for _, made in ready]) if ready else []
    return _settle(ready, results, channel, batch)


@dataclass
class _Chunk:
    asked: list[tuple[Message, str]] = field(default_factory=list)
    made: dict[int, Written] = field(default_factory=dict)


def _write(chunk: Sequence[Message], batch: Batch, writer: "Writer") -> _Chunk:
    """Write what can be written; what cannot is settled here. Who has no address is asked about as well."""
    found = _Chunk()
    ids = {message.customer_id for message in chunk}
    people = Customer.objects.in_bulk([pk for pk in ids if pk])
    stores = Store.objects.in_bulk({message.store_id for message in chunk})
    at = batch.now()
    for message in chunk:
        deaths = message.attempts - 1 - message.failures
        if deaths >= MAX_DEATHS:
            fail(message, f"The worker died {deaths} times on it.")
            continue
        message.store, customer = stores[message.store_id], people.get(message.customer_id or 0)
        message.customer = customer
        address = customer.email.strip() if customer else ""
        try:
            if ADDRESS.fullmatch(address):
                found.made[message.pk] = writer.write(message, at=at)
            found.asked.append((message, address))
        except (liquid.TemplateError, NoTemplate) as exc:
            fail(message, f"The template cannot be used. {exc}")
        except Exception as exc:  # a row nobody foresaw: it must not stop the others
            log.exception("message %s cannot be written", message.pk)
            try_later(message, f"It cannot be written ({type(exc).__name__}).", at=at)
    return found


class Writer:
    """Writes campaign mails; keeps what it needs for many while a batch lasts."""

    def __init__(self) -> None:
        self.templates: dict[tuple[str, int, tuple[str, str]], Template] = {}
        self.skeletons: dict[tuple[int, str, bool], skeleton.Skeleton | None] = {}
        self.senders: dict[int, str] = {}

    def write(self, message: Message, *, at: datetime) -> Written:
        """
        Return what `write` makes of the same message, its store and customer loaded with it.

        Raises: NoTemplate; liquid.TemplateError.
        """
        store, customer = message.store, message.customer
        facts = context.Facts(message, store, None, customer, [])
        name = context.greeting_name(customer.first_name if customer else "")
        key = (message.kind, store.pk, facts.languages)
        if key not in self.templates:
            self.templates[key] = template_for(message.kind, store, facts.languages, message.channel)
        template = self.templates[key]
        bones = self._bones(facts, template, named=bool(name), at=at) if skeleton.plain(name) else None
        if bones is None or customer is None:
            return write(context.load(message), at=at)
        home = context.base_url(store)
        made = bones.fill(
            message, name=name, preferences=tokens.preferences_token(customer, store), home=home
        )
        return Written(self._outgoing(message, made, bones.language, home), template, (), bones.language)

    def _bones(
        self, facts: context.Facts, template: Template, *, named: bool, at: datetime
    ) -> skeleton.Skeleton | None:
        store = facts.store
        # The reader's own locale decides how days and money are written, which no skeleton holds.
        key = (template.pk, str(store.pk), named)
        if key not in self.skeletons:
            home = context.base_url(store)
            self.skeletons[key] = None
            if skeleton.fits(template.subject, template.body):
                data: dict[str, Any] = context.build(facts, language=template.language, at=at)
                look = rendering.look_of(store, base_url=home)
                self.skeletons[key] = skeleton.make(
                    template,
                    data=data,
                    look=look,
                    kind=facts.message.kind,
                    language=template.language,
                    home=home,
                    named=named,
                )
        return self.skeletons[key]

    def _outgoing(self, message: Message, made: rendering.Rendered, language: str, home: str) -> Outgoing:
        store, key = message.store, str(message.public_id)
        sender = self.senders.setdefault(store.pk, sender_of(store))
        headers = headers_of(key, message.kind, message.purpose, store, sender)
        headers |= extras.headers(message, store, home, sender=sender)
        answers_to = extras.reply_to(message) or rendering.one_line(store.reply_to or store.support_email)
        return Outgoing(
            key=key,
            kind=message.kind,
            sender=sender,
            to=message.customer.email.strip() if message.customer else "",
            subject=made.subject,
            text=made.text,
            html=made.html,
            reply_to=answers_to,
            headers=headers,
            channel=message.channel,
            purpose=message.purpose,
            language=language,
            url=store.shop_url or f"{home}/",
            message_id=message.pk,
            store_id=store.pk,
            customer_id=message.customer_id,
        )


def _settle(
    ready: Sequence[tuple[Message, Written]],
    results: Sequence[str | ChannelError],
    channel: Channel,
    batch: Batch,
) -> bool:
    taken: list[tuple[Message, Written, str]] = []
    open_ = True
    for (message, written), result in zip(ready, results, strict=True):
        if isinstance(result, str):
            taken.append((message, written, result))
            continue
        if result.untried:  # not its fault: it waits with the others and has not failed
            due = claims.backoff(1, at=batch.now(), first=CLOSED)
            settle(message, state=State.QUEUED, due_at=due, attempts=F("attempts") - 1)
            open_ = False
            continue
        held, batch.messages = batch.messages, [message]  # the caller releases what follows
        open_ = not_taken(message, channel, written.outgoing, result, batch) and open_
        batch.messages = held
    _sent(taken, at=batch.now())
    return open_


def _sent(taken: Sequence[tuple[Message, Written, str]], *, at: datetime) -> None:
    """Settle what was taken: one statement per template, and one for subjects and ids that differ."""
    groups: dict[tuple[int, str], list[tuple[Message, Written, str]]] = defaultdict(list)
    for one in taken:
        groups[one[1].template.pk, one[1].language].append(one)
    for rows in groups.values():
        columns = sent(rows[0][1], "", at=at)
        del columns["subject"], columns["provider_id"]
        own = {message.pk: (w.masked(w.outgoing.subject)[:300], id_) for message, w, id_ in rows}
        same = set(own.values())
        if len(same) == 1:
            columns["subject"], columns["provider_id"] = same.pop()
        tokens_ = {message.claim for message, _, _ in rows}
        with transaction.atomic():
            if len(same) > 0 and "subject" not in columns:
                _name(own)
            # UNKNOWN: given up for dead meanwhile; who sent it knows better.
            mine = Message.objects.filter(pk__in=own, state=State.SENDING, claim__in=tokens_)
            lost = len(own) - mine.update(**columns, claim=None, leased_until=None)
            if lost:
                late = Message.objects.filter(pk__in=own, state=State.UNKNOWN)
                log.warning("%s messages: the lease was lost before they could be settled", lost)
                late.update(**columns)


def _name(own: dict[int, tuple[str, str]]) -> None:
    """Write subjects and providers' ids of many messages."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE engagement_message AS m SET subject = t.subject, provider_id = t.id FROM "
                "unnest(%s::bigint[], %s::text[], %s::text[]) AS t(pk, subject, id) WHERE m.id = t.pk",
                [list(own), [s for s, _ in own.values()], [i for _, i in own.values()]],
            )
        return
    rows = [Message(pk=pk, subject=subject, provider_id=id_) for pk, (subject, id_) in own.items()]
    Message.objects.bulk_update(rows, ["subject", "provider_id"], batch_size=200)
