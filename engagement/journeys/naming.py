"""What ids in a journey's graph are called: segments, messages, rules in words."""

from collections.abc import Mapping
from typing import Any

from engagement.journeys.words import Names
from engagement.kinds import KINDS
from engagement.models import Journey, Segment
from engagement.segments import words

MESSAGES = {"": "no message yet"} | {code: kind.label for code, kind in KINDS.items()}


def rule_words(rule: Mapping[str, Any]) -> str:
    """Return what a rule of a journey says, to stand within a sentence."""
    said = words.summary(rule, run=True).removesuffix(".")
    return said[:1].lower() + said[1:]


def names_of(journey: Journey) -> Names:
    """Return what ids in a journey's graph mean."""
    found = {}
    for row in Segment.objects.only("pk", "public_id", "name"):
        found[str(row.public_id)] = found[str(row.pk)] = row.name
    currency = journey.store.currency if journey.store else ""
    return Names(segments=found, messages=MESSAGES, rule=rule_words, currency=currency)
