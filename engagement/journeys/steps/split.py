"""
Split tests and hold-outs: chance that is the same whenever it is asked.

The draw is a HMAC of the run's key under the journey's own random id: nobody can choose a key to land where
they like, and a run that is moved twice takes the same way twice.
"""

import hashlib
import hmac

from engagement.journeys.running import Group, Outcome
from engagement.models import Enrolment

HELD_OUT = "Held out, to see what the journey changes."


def run(group: Group) -> None:
    """Send each run one of the `ways`, as often as their weights say."""
    ways = group.settings["ways"]
    whole = sum(float(way["weight"]) for way in ways)
    for one in group.runs:
        left = draw(group, one) * whole
        for way in ways:
            left -= float(way["weight"])
            if left < 0:
                break
        group.lead(one, str(way.get("next") or ""), outcome=Outcome.PASSED, branch=str(way["name"]))


def hold_out(group: Group) -> None:
    """Let `percent` of the runs end here, so that they can be compared with the others."""
    percent = float(group.settings.get("percent") or 0)
    for one in group.runs:
        if draw(group, one) * 100 < percent:
            group.end(one, Enrolment.State.EXITED, HELD_OUT, branch="out")
        else:
            group.go(one, branch="in")


def draw(group: Group, one: Enrolment) -> float:
    """Return a number from 0 up to 1 that belongs to this run and step."""
    text = f"{group.step.id}:{group.visit(one)}:{one.key}".encode()
    digest = hmac.new(group.journey.public_id.bytes, text, hashlib.sha256).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
