"""Topics people switched off in the preference centre."""

from collections.abc import Sequence

from customers.models import Preference
from engagement.rules.base import Answers, Objection, Question, customers_of
from engagement.vocabulary import Hold, Topic


def objections(asked: Sequence[Question]) -> Answers:
    """Hold marketing about a topic its reader muted: one query."""
    wanted = [one for one in asked if one.marketing and one.message.topic]
    if not wanted:
        return {}
    rows = Preference.objects.filter(customer__in=customers_of(wanted)).exclude(muted=[])
    muted = {row.customer_id: set(row.muted) for row in rows}
    return {
        one.pk: Objection(Hold.MUTED, f"They switched off “{_label(one.message.topic)}”.")
        for one in wanted
        if one.message.topic in muted.get(one.message.customer_id or 0, ())
    }


def _label(topic: str) -> str:
    return Topic(topic).label if topic in Topic else topic
