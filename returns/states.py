"""
What follows what. A return walks its road step by step: a parcel that is first heard of when it arrives has
been on its way, too, and the stream says so.
"""

from collections.abc import Mapping
from itertools import pairwise

from returns.vocabulary import State

S = State

# The road of goods that come back.
ROAD = (S.REQUESTED, S.APPROVED, S.LABEL_READY, S.IN_TRANSIT, S.RECEIVED, S.INSPECTED, S.SETTLED)

# Where else each state may go.
ELSEWHERE: Mapping[State, frozenset[State]] = {
    S.REQUESTED: frozenset({S.REVIEW, S.REJECTED, S.CANCELLED}),
    S.REVIEW: frozenset({S.APPROVED, S.REJECTED, S.CANCELLED}),
    # Settled at once: nothing has to come back (kept items, claims).
    S.APPROVED: frozenset({S.SETTLED, S.CANCELLED, S.EXPIRED}),
    S.LABEL_READY: frozenset({S.CANCELLED, S.EXPIRED}),
    # Goods come whatever was written: they are taken in, and the return goes on.
    S.EXPIRED: frozenset({S.IN_TRANSIT, S.CANCELLED}),
    S.CANCELLED: frozenset({S.IN_TRANSIT}),
    S.REJECTED: frozenset({S.IN_TRANSIT, S.REVIEW}),
    # A parcel that was lost on its way, or one that is found after all.
    S.IN_TRANSIT: frozenset({S.EXPIRED}),
    # A second parcel of it arrives after the first was dealt with.
    S.INSPECTED: frozenset({S.RECEIVED}),
    S.SETTLED: frozenset({S.RECEIVED}),
}

OPEN = frozenset({S.REQUESTED, S.REVIEW, S.APPROVED, S.LABEL_READY, S.IN_TRANSIT, S.RECEIVED, S.INSPECTED})
# Still in the shopper's hands: may be changed and cancelled by them.
WITH_SHOPPER = frozenset({S.REQUESTED, S.REVIEW, S.APPROVED, S.LABEL_READY})
OVER = frozenset({S.REJECTED, S.SETTLED, S.EXPIRED, S.CANCELLED})


class WrongState(ValueError):
    """A return cannot go there from where it is."""

    def __init__(self, state: str, to: str) -> None:
        super().__init__(f"A return that is “{S(state).label}” cannot become “{S(to).label}”.")
        self.state, self.to = state, to


def may_follow(state: str, to: str) -> bool:
    """Say whether `to` is one step from `state`."""
    return (state, to) in _STEPS or to in ELSEWHERE.get(S(state), frozenset())


_STEPS = frozenset((str(a), str(b)) for a, b in pairwise(ROAD))


def way(state: str, to: str) -> list[State]:
    """
    Return the states walked through from `state` to `to`, `to` last; [] when it is there already.

    One step where there is one; else along the road, which a parcel may be far down before it is heard of.
    Raises: WrongState.
    """
    if state == to:
        return []
    if may_follow(state, to):
        return [S(to)]
    start = S.APPROVED if state == S.REVIEW else S(state)
    if start in (S.EXPIRED, S.CANCELLED, S.REJECTED) and to in ROAD[ROAD.index(S.IN_TRANSIT) :]:
        return [S.IN_TRANSIT, *way(S.IN_TRANSIT, to)]
    if start in ROAD and to in ROAD and ROAD.index(start) < ROAD.index(S(to)):
        ahead = list(ROAD[ROAD.index(start) + 1 : ROAD.index(S(to)) + 1])
        return [S.APPROVED, *ahead] if state == S.REVIEW else ahead
    raise WrongState(state, to)
