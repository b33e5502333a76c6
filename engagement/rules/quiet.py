"""Nobody's telephone rings at night: SMS and push wait for the morning where their reader lives."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from django.conf import settings

from engagement.rules.base import UTC, Answers, Objection, Question
from engagement.vocabulary import Channel, Hold

RINGS = frozenset({Channel.SMS, Channel.PUSH})


def objections(asked: Sequence[Question], *, at: datetime) -> Answers:
    """
    Hold SMS and push between settings.QUIET_FROM and QUIET_TO (hours of the reader's own day) until it ends.

    Codes to get in are exempt: who asked for one a minute ago is awake.
    """
    answers: Answers = {}
    for one in asked:
        if one.message.channel not in RINGS or one.message.kind.startswith("access_"):
            continue
        morning = ends(at, one)
        if morning is not None:
            said = f"{settings.QUIET_FROM}:00 to {settings.QUIET_TO}:00 where they live ({one.zone.key})"
            answers[one.pk] = Objection(Hold.QUIET, f"Quiet hours: {said}.", morning)
    return answers


def ends(at: datetime, one: Question) -> datetime | None:
    """
    Return when the quiet hours end that `at` falls into, None outside them. On the night the clock changes
    the morning is what clocks show: 8:00 there, whatever has passed.
    """
    begin, end = settings.QUIET_FROM, settings.QUIET_TO
    if begin == end:
        return None
    local = at.astimezone(one.zone)
    quiet = (local.hour >= begin or local.hour < end) if begin > end else begin <= local.hour < end
    if not quiet:
        return None
    day = local.date() + timedelta(days=1) if begin > end and local.hour >= begin else local.date()
    return datetime.combine(day, time(end), tzinfo=one.zone).astimezone(UTC)
