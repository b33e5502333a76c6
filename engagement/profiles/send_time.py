"""At which hour of their own day a person is best written to. Pure: no database, no clock."""

from collections import Counter
from collections.abc import Iterable

from engagement.models import Profile

# Orders and clicks below which an hour would be chance. Seen from 3 on, a habit stands out of 24 hours.
LEAST = 3
# For who has shown no habit: the working morning, after the first mail of the day has been cleared away.
USUAL = 10
# What we would ever choose ourselves; who orders at three in the morning is not written to then.
FIRST, LAST = 8, 20


def best_hour(hours: Iterable[int]) -> int | None:
    """
    Return the hour (0-23) around which most of `hours` lie, None with fewer than LEAST of them.

    An hour counts twice what its neighbours count for it, so that 18:55 and 19:05 speak for each other. Of
    equals the one that was met itself more often, then the earlier one.
    """
    seen = Counter(hour % 24 for hour in hours)
    if seen.total() < LEAST:
        return None
    near = {hour: 2 * seen[hour] + seen[(hour - 1) % 24] + seen[(hour + 1) % 24] for hour in range(24)}
    return max(range(24), key=lambda hour: (near[hour], seen[hour], -hour))


def hour_for(profile: Profile | None) -> int:
    """
    Return the local hour at which to write to somebody when any hour would do: their own, moved into the day
    (FIRST to LAST), or USUAL where none is known.
    """
    if profile is None or profile.send_hour is None:
        return USUAL
    return min(max(profile.send_hour, FIRST), LAST)
