"""Wait until a day: a birthday, so many days after the parcels came, …"""

from datetime import date, timedelta

from engagement.journeys.days import NOT_YET, days_of
from engagement.journeys.running import Group, Outcome
from engagement.journeys.waiting import on_day

# What has no day yet (a parcel that is under way) is looked for again, for so long.
AGAIN = timedelta(hours=6)
PATIENCE = timedelta(days=60)


def run(group: Group) -> None:
    """
    Let runs stay until `hour` of the day in their zone; who has no such day goes on, and the log says so.
    """
    group.book.people.load(group.runs)
    days = days_of(group.settings, group.runs, group.book.people)
    for one in group.runs:
        day: date | None = days.get(one.pk)
        place = group.book.people.place(one)
        if day == NOT_YET and group.at < one.stepped_at + PATIENCE:
            group.wait(one, group.at + AGAIN, "Nobody knows the day yet.")
        elif day is None or day == NOT_YET:
            group.go(one, outcome=Outcome.SKIPPED, why="There is no such day for them.")
        elif (moment := on_day(day, group.settings.get("hour"), place)) > group.at:
            group.wait(one, moment, f"Until {place.local(moment)}")
        else:
            group.go(one, why=f"Since {place.local(moment)}")
