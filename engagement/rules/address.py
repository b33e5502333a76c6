"""There must be a way to them, and it must not be blocked."""

from collections.abc import Sequence

from engagement.channels.base import ADDRESS, PHONE
from engagement.extras import SMS_ANSWER
from engagement.models import Suppression
from engagement.rules.base import Answers, Objection, Question
from engagement.vocabulary import Channel, Hold

_MISSING = {
    Channel.EMAIL: "No address: the order and the customer have none.",
    Channel.SMS: "No telephone number: the order and the customer have none.",
    Channel.PUSH: "No browser of theirs takes pushes.",
    Channel.INAPP: "There is no page of theirs to show it on.",
}
_SHAPES = {Channel.EMAIL: ADDRESS, Channel.SMS: PHONE}
_WRONG = {
    Channel.EMAIL: "The address is not an e-mail address.",
    Channel.SMS: "The telephone number is not complete (+49 …).",
}


def objections(asked: Sequence[Question]) -> Answers:
    """Hold what has no way to its reader, or a blocked one: one query."""
    answers: Answers = {}
    ways: dict[tuple[str, str], list[int]] = {}
    for question in asked:
        channel, address = question.message.channel, question.address
        shape = _SHAPES.get(channel)  # type: ignore[call-overload]
        if not address:
            answers[question.pk] = Objection(Hold.ADDRESS, _MISSING.get(channel, "No way to them."))  # type: ignore[call-overload]
        elif shape and not shape.fullmatch(address):
            answers[question.pk] = Objection(Hold.ADDRESS, _WRONG[channel])  # type: ignore[index]
        elif shape:
            ways.setdefault((channel, address.lower()), []).append(question.pk)
    answers_to_stop = {one.pk for one in asked if one.message.kind == SMS_ANSWER}
    if ways:
        for block in Suppression.objects.filter(address__in={address for _, address in ways}):
            for pk in ways.get((block.channel, block.address), ()):
                if block.reason == Suppression.Reason.STOP and pk in answers_to_stop:
                    continue  # the word that it has been heard
                words = f"Address blocked: {block.get_reason_display()}."
                answers[pk] = Objection(Hold.ADDRESS, words)
    return answers
