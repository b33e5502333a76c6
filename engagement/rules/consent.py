"""Marketing needs a yes for the way it takes, whoever wants to send it (pitfall: only campaigns asked)."""

from collections.abc import Sequence

from customers.models import Consent
from engagement.rules.base import Answers, Objection, Question, customers_of
from engagement.vocabulary import Channel, Hold

# The inbox on our own pages is looked into by who comes for it: nothing is sent to anybody.
NEEDS_NONE = frozenset({Channel.INAPP})


def objections(asked: Sequence[Question]) -> Answers:
    """Hold marketing to who did not say yes to it on its channel: one query."""
    wanted = [one for one in asked if one.marketing and one.message.channel not in NEEDS_NONE]
    if not wanted:
        return {}
    rows = Consent.objects.filter(
        customer__in=customers_of(wanted), purpose=Consent.Purpose.MARKETING
    ).values_list("customer_id", "channel", "granted")
    said = {(customer, channel): granted for customer, channel, granted in rows}
    answers: Answers = {}
    for one in wanted:
        granted = said.get((one.message.customer_id or 0, one.message.channel))
        if not granted:
            words = "They said no to marketing here." if granted is False else "They never said yes to it."
            answers[one.pk] = Objection(Hold.CONSENT, words)
    return answers
