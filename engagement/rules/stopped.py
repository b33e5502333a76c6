"""What staff paused or stopped is not sent, however far it had come."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from engagement.models import Campaign, Enrolment, Journey
from engagement.rules.base import Answers, Objection, Question
from engagement.vocabulary import Hold

PAUSED_WORDS, STOPPED_WORDS = "The campaign is paused.", "The campaign was stopped."
AGAIN_AFTER = timedelta(minutes=15)
ENDED = (Enrolment.State.GOAL, Enrolment.State.EXITED)


def objections(asked: Sequence[Question], *, at: datetime) -> Answers:
    """
    Hold messages of a paused journey or campaign (looked at again every 15 min), and for good those of a
    stopped one, or of a run that reached its goal or left meanwhile. Two queries at most.
    """
    return _campaigns(asked, at) | _journeys(asked, at)


def _campaigns(asked: Sequence[Question], at: datetime) -> Answers:
    wanted = {one.message.campaign_id for one in asked if one.message.campaign_id}
    if not wanted:
        return {}
    states = dict(Campaign.objects.filter(pk__in=wanted).values_list("pk", "state"))
    answers: Answers = {}
    for one in asked:
        state = states.get(one.message.campaign_id or 0)
        if state == Campaign.State.PAUSED:
            answers[one.pk] = Objection(Hold.PAUSED, PAUSED_WORDS, at + AGAIN_AFTER)
        elif state == Campaign.State.STOPPED:
            answers[one.pk] = Objection(Hold.STOPPED, STOPPED_WORDS)
    return answers


def _journeys(asked: Sequence[Question], at: datetime) -> Answers:
    wanted = {one.message.enrolment_id for one in asked if one.message.enrolment_id}
    if not wanted:
        return {}
    rows = Enrolment.objects.filter(pk__in=wanted).values_list("pk", "state", "journey__state")
    states = {pk: (state, journey) for pk, state, journey in rows}
    answers: Answers = {}
    for one in asked:
        state, journey = states.get(one.message.enrolment_id or 0, ("", ""))
        if journey == Journey.State.PAUSED:
            answers[one.pk] = Objection(Hold.PAUSED, "The journey is paused.", at + AGAIN_AFTER)
        elif journey == Journey.State.STOPPED or state == Enrolment.State.STOPPED:
            answers[one.pk] = Objection(Hold.STOPPED, "The journey was stopped.")
        elif state in ENDED and one.marketing:
            answers[one.pk] = Objection(Hold.OVERTAKEN, "Overtaken: their journey has ended.")
    return answers
