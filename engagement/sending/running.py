"""A worker's round: tier after tier, message after message."""

import logging
import time
from collections import Counter
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F

from config.lib import claims
from engagement import context, liquid, permission
from engagement.channels.base import Channel, ChannelError
from engagement.models import Message
from engagement.sending import buckets, bulk, claiming
from engagement.sending.batch import (
    MAX_DEATHS,
    Batch,
    State,
    fail,
    hold,
    once,
    settle,
    try_later,
)
from engagement.sending.claiming import BATCH, TIERS, Tier
from engagement.sending.reserving import reserve
from engagement.sending.settling import not_taken, sent
from engagement.sending.writing import NoTemplate, Written, write
from engagement.vocabulary import Hold

log = logging.getLogger(__name__)

# When the way out is closed, everything waits this long; messages do not lose an attempt by it.
CLOSED = timedelta(minutes=1)
# A worker waits so long for a provider that takes only so many a second; then it looks what is due.
BREATH = timedelta(seconds=1)


def send_due(*, at: datetime, limit: int = BATCH) -> int:
    """
    Claim and carry out what is due at `at`, about `limit` messages of each tier. Must run outside a
    transaction.

    Returns: how many were dealt with; 0 ends the worker's round, also when the way out is closed.
    """
    begun = time.monotonic()
    done = claiming.give_up_on_the_dead(at=at)
    for tier in TIERS:
        done += _serve(tier, at=at + timedelta(seconds=time.monotonic() - begun), limit=limit)
    if not done and (wait := _until_a_token(at)):
        time.sleep(wait.total_seconds())
        at += timedelta(seconds=time.monotonic() - begun)
        done = sum(_serve(tier, at=at, limit=limit) for tier in TIERS)
    return done


def _serve(tier: Tier, *, at: datetime, limit: int) -> int:
    spent = [code for code in settings.SEND_RATE if buckets.wait(code, at=at)]
    messages = claiming.claim(tier, at=at, limit=tier.size if tier.bulk else limit, without=spent)
    batch = Batch(messages, at)
    try:
        granted = _within_rates(batch)
        serve = bulk.serve if tier.bulk else _one_by_one
        done = serve(batch, patience=tier.patience)
    finally:
        batch.close()
    for code, tokens in granted.items():
        buckets.give_back(code, tokens)
    return done


def _until_a_token(at: datetime) -> timedelta:
    """Return how long to wait for a provider that has had enough for now, zero when nothing waits for one."""
    waits = {code: wait for code in settings.SEND_RATE if (wait := buckets.wait(code, at=at))}
    others = [code for code in settings.CHANNELS if code not in waits]
    if not waits or not any(claiming.due(tier, at=at, without=others).exists() for tier in TIERS):
        return timedelta(0)
    return min(*waits.values(), BREATH)


def _within_rates(batch: Batch) -> Counter[str]:
    """
    Take a token for each message whose provider takes only so many a second, and put back those that get
    none. Returns the tokens held per channel.
    """
    granted: Counter[str] = Counter()
    for code, wanted in Counter(message.channel for message in batch.messages).items():
        if buckets.rate(code):
            granted[code] = buckets.take(code, wanted, at=batch.now())
            these = [message for message in batch.messages if message.channel == code][granted[code] :]
            for message in these:
                claims.settle(message, attempts=F("attempts") - 1)
            batch.messages = [message for message in batch.messages if message not in these]
    return granted


def _one_by_one(batch: Batch, *, patience: timedelta) -> int:
    done = 0
    while batch.messages:
        if batch.now() - batch.at > patience:
            batch.release(due_at=batch.at)
            break
        message = batch.messages[0]
        if not batch.still_ours():
            log.warning("message %s: the lease is gone, another worker has it", message.pk)
        elif not _carry_out(message, batch):
            batch.release(due_at=claims.backoff(1, at=batch.now(), first=CLOSED))
            break
        batch.messages = batch.messages[1:]
        done += 1
    return done


def _carry_out(message: Message, batch: Batch) -> bool:
    """
    Deal with one message that is ours. Returns: False when its channel is closed and the rest should wait.
    """
    deaths = message.attempts - 1 - message.failures
    if deaths >= MAX_DEATHS:
        return fail(message, f"The worker died {deaths} times on it.")
    asked_at = batch.now()
    try:
        facts = context.load(message)
        objection = permission.first_look(facts, at=asked_at)
        if objection:
            return hold(message, objection, at=asked_at)
        written = write(facts, at=asked_at)
    except (liquid.TemplateError, NoTemplate) as exc:
        return fail(message, f"The template cannot be used. {exc}")
    except Exception as exc:  # a row or a template nobody foresaw: it must not stop the others
        log.exception("message %s cannot be written", message.pk)
        return try_later(message, f"It cannot be written ({type(exc).__name__}).", at=batch.now())
    try:
        channel = batch.channel(message.channel)
        channel.open()
    except ChannelError as exc:
        if exc.permanent:
            return fail(message, str(exc))
        log.warning("channel %s is closed: %s", message.channel, exc)
        return False
    if once(message, channel) and not _reserved(facts, batch):
        return True
    return _hand_over(message, channel, written, batch, asked_at)


def _reserved(facts: context.Facts, batch: Batch) -> bool:
    """Say whether a message that may not go out twice may go now; held and settled where not."""
    message = facts.message
    going, refused = reserve([permission.question(facts)], batch)
    objection = refused.get(message.pk)
    if objection is not None and objection.hold == Hold.ADDRESS:
        hold(message, objection, at=batch.now())
    return message.pk in going


def _hand_over(
    message: Message, channel: Channel, written: Written, batch: Batch, asked_at: datetime
) -> bool:
    try:
        provider_id = channel.send(written.outgoing)
    except ChannelError as exc:
        return not_taken(message, channel, written.outgoing, exc, batch)
    settle(
        message,
        **sent(written, provider_id, at=batch.now()),
        claimed_at=message.claimed_at if message.state == State.SENDING else asked_at,
        segments=channel.parts(written.outgoing),
    )
    return True
