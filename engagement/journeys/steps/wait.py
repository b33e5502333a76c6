"""Wait: days, hours and minutes, then an hour of the person's own day, perhaps on a working day."""

from datetime import datetime

from engagement.journeys.running import Group
from engagement.journeys.waiting import Place, length, until
from engagement.models import Enrolment

# Settings that ask for the person's calendar; without them a wait is an exact span.
CALENDAR = ("days", "hour", "business", "best_hour")


def run(group: Group) -> None:
    """
    Let runs stay until their wait is over. It counts from when they came to the step, and is worked out anew
    when they are looked at again, so that a pause takes nothing from it and gives nothing to it.
    """
    if all(group.settings.get(name) in ("", None, False) for name in CALENDAR):
        span = length(group.settings)
        for one in group.runs:
            _stay(group, one, one.stepped_at + span, None)
        return
    group.book.people.load(group.runs)
    for one in group.runs:
        place = group.book.people.place(one)
        _stay(group, one, until(one.stepped_at, group.settings, place), place)


def _stay(group: Group, one: Enrolment, end: datetime, place: Place | None) -> None:
    if end <= group.at:
        group.go(one)
    else:
        group.wait(one, end, f"Until {place.local(end) if place else f'{end:%Y-%m-%d %H:%M} UTC'}")
