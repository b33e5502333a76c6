"""Give a discount code (engagement/offers.py)."""

from engagement import offers
from engagement.journeys.running import Group, Outcome

NONE = "No code: the budget is used up, or the shop makes none."


def run(group: Group) -> None:
    """Ask for a code for every run; who gets none (budget, no API) goes on without, and the log says so."""
    given = offers.give(group.runs, group.settings, at=group.at)
    for one in group.runs:
        found = given.get(one.pk) or {}
        if found:
            group.keep(one, **found)
            group.go(one)
        else:
            group.go(one, outcome=Outcome.SKIPPED, why=NONE)
