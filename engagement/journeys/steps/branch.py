"""Yes or no: a rule about the person, the event or the order decides."""

from engagement.journeys.facts import asked_of, holding
from engagement.journeys.running import Group, Outcome


def run(group: Group) -> None:
    """Send runs of which the rule holds one way, the others the other. Settings: rule."""
    group.book.people.load_events(group.runs)
    answers = holding(group.settings.get("rule"), [asked_of(one) for one in group.runs], at=group.at)
    for one, yes in zip(group.runs, answers, strict=True):
        if yes:
            group.go(one, outcome=Outcome.YES, branch="yes")
        else:
            group.other(one)
