"""
May this be said, to this person, now? Asked at the moment of sending, with the facts of that moment.

Every rule is a file in engagement/rules/; an answer is None (yes) or an Objection: why not, and until when.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from engagement import reach
from engagement.context import Facts
from engagement.models import Message
from engagement.profiles.zones import zone_of
from engagement.rules import (
    address,
    caps,
    consent,
    content,
    late,
    merging,
    mood,
    muted,
    overtaken,
    quiet,
    stopped,
)
from engagement.rules.base import Answers, Objection, Question
from engagement.rules.late import TOO_LATE

__all__ = ["TOO_LATE", "Objection", "Question", "first_look", "last_look", "objection", "question"]


def question(facts: Facts) -> Question:
    """Return what the rules are asked about the message behind `facts`."""
    return Question(
        facts.message,
        address=reach.address(facts, facts.message.channel),
        zone=zone_of(facts.customer, facts.order, facts.store),
    )


def objection(facts: Facts, *, at: datetime) -> Objection | None:
    """
    Return why `facts.message` must be held at `at`, None when it may go.

    For what needs no reservation: caps and merging are asked too, but nothing keeps another worker from
    finding the same room (see `last_look`).
    """
    found = first_look(facts, at=at)
    asked = question(facts)
    return found or last_look([asked], at=at).get(asked.pk)


def first_look(facts: Facts, *, at: datetime) -> Objection | None:
    """Return what stands against a message before it is written: too late, stopped, overtaken, no way."""
    found = late.objection(facts.message, at=at)
    if found:
        return found
    asked = question(facts)
    return (
        stopped.objections([asked], at=at).get(asked.pk)
        or overtaken.objection(facts, at=at)
        or address.objections([asked]).get(asked.pk)
        or content.objection(facts, at=at)
        or quiet.objections([asked], at=at).get(asked.pk)
    )


def last_look(asked: Sequence[Question], *, at: datetime) -> Answers:
    """
    Return, by the messages' keys, what stands against them right before they leave. For marketing this runs
    in the transaction that reserves them, while their customers' rows are locked. Set-based: a dozen queries
    however many they are.
    """
    answers: Answers = {}
    left = list(asked)
    for rule in _rules(at):
        found = rule(left)
        answers |= found
        left = [one for one in left if one.pk not in found]
    return answers


def _rules(at: datetime) -> tuple[Callable[[Sequence[Question]], Answers], ...]:
    return (
        lambda asked: _late(asked, at),
        lambda asked: stopped.objections(asked, at=at),
        address.objections,
        consent.objections,
        muted.objections,
        lambda asked: mood.objections(asked, at=at),
        lambda asked: quiet.objections(asked, at=at),
        lambda asked: merging.objections(asked, at=at),
        lambda asked: caps.objections(asked, at=at),
    )


def _late(asked: Sequence[Question], at: datetime) -> Answers:
    found = {one.pk: late.objection(one.message, at=at) for one in asked}
    return {pk: answer for pk, answer in found.items() if answer}


def held(message: Message, objection: Objection) -> dict[str, object]:
    """Return the columns of a message that is held because of `objection`."""
    return {
        "state": Message.State.HELD,
        "hold": objection.hold,
        "reason": objection.words[:300],
        "due_at": objection.due(message),
    }
