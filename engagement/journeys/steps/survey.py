"""Ask a question (engagement/surveys.py); the next message carries the link to it."""

from engagement import surveys
from engagement.journeys.running import Group, Outcome


def run(group: Group) -> None:
    """Put the question to every run's person. Settings: kind. Who was asked lately is not asked."""
    asked = surveys.ask(group.runs, group.settings, at=group.at)
    for one in group.runs:
        found = asked.get(one.pk) or {}
        group.keep(one, **found)
        if any(found.values()):
            group.go(one)
        else:
            group.go(one, outcome=Outcome.SKIPPED, why="They were asked such a thing in the last 90 days.")
