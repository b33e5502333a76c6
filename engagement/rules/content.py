"""A message must have something to say: a guide, goods, a question, a code that is on its way."""

from datetime import datetime, timedelta

from engagement import marketing, offers
from engagement.context import Facts, reader_of
from engagement.kinds import AGAIN, CARE, GOODS, GUIDES, KINDS, SURVEY
from engagement.rules.base import Objection
from engagement.vocabulary import Hold

# A shop makes a code within minutes; how often a message looks whether it is there.
LOOK_AGAIN = timedelta(minutes=10)
MAKING = "Its discount code is still being made in the shop."
_SAID = {
    GUIDES: ("guides", "Nothing to say: no guide is for what they bought."),
    CARE: ("guides", "Nothing to say: the guide is not there any more."),
    GOODS: ("goods", "Nothing to say: nothing in stock goes well with what they bought."),
    AGAIN: ("goods", "Nothing to say: what they usually buy cannot be had."),
    SURVEY: ("survey_url", "Nothing to ask: they were asked in the last 90 days."),
}


def objection(facts: Facts, *, at: datetime) -> Objection | None:
    """
    Hold a message that waits for its code (until it is made, or cannot be), and for good a built-in one that
    has nothing to say. Kinds that staff named are said as they are.
    """
    message = facts.message
    if message.context.get("offer") and offers.waits(message):
        return Objection(Hold.MOOD, MAKING, at + LOOK_AGAIN)
    kind = KINDS.get(message.kind)
    if kind is None or not kind.needs.intersection(_SAID):
        return None
    data = marketing.build(reader_of(facts, at=at))
    for need, (name, words) in _SAID.items():
        if need in kind.needs and not data[name]:
            return Objection(Hold.OVERTAKEN, words)
    return None
