"""End."""

from engagement.journeys.running import Group, Outcome


def run(group: Group) -> None:
    """Let every run end here."""
    for one in group.runs:
        group.lead(one, "", outcome=Outcome.PASSED)
