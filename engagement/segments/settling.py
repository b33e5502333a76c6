"""
Questions answered without the database: of what a journey's event and order carry, and of values as such.

A journey's filter asks both of the event and of the customer. `settle` answers the first kind and leaves the
rest as a rule to compile.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from engagement.segments.facts import OPS, Type
from engagement.segments.rules import All, Leaf, Not, Rule, Some, parse


def settle(rule: Any, facts: Mapping[str, Any], *, at: datetime) -> Rule | bool:
    """
    Answer the questions of a journey's rule that are about its run: `facts` are by name, e.g.
    {"event.reason": "LOST", "order.total_minor": 4800}; what is not among them is missing.

    Takes JSON or a rule that was read. Returns: True or False where that decides it, else what is left for
    `compile.which`. Raises: BadRule.
    """
    read = rule if isinstance(rule, All | Some | Not | Leaf) else parse(rule, run=True)
    if isinstance(read, Leaf):
        return said_of_run(read, facts, at) if read.fact.run else read
    if isinstance(read, Not):
        inner = settle(read.rule, facts, at=at)
        return not inner if isinstance(inner, bool) else Not(inner)
    decides = isinstance(read, Some)  # one yes decides an any, one no an all
    left: list[Rule] = []
    for one in read.rules:
        answer = settle(one, facts, at=at)
        if answer is decides:
            return decides
        if not isinstance(answer, bool):
            left.append(answer)
    if not left:
        return not decides
    return (Some if decides else All)(tuple(left)) if len(left) > 1 else left[0]


def said_of_run(leaf: Leaf, facts: Mapping[str, Any], at: datetime) -> bool:
    """Answer a question about the run from `facts`."""
    return said(leaf, facts.get(leaf.fact.name), at=at)


def said(leaf: Leaf, have: Any, *, at: datetime | None = None) -> bool:
    """
    Answer a question about a value: `have` as the column or the JSON holds it, None where nothing is known.

    Moments may be aware datetimes or ISO text. `at` is needed for questions of time.
    """
    positive = OPS[leaf.op].negates
    if positive:
        return not said(Leaf(leaf.fact, positive, leaf.value, leaf.where, leaf.times), have, at=at)
    if leaf.op == "known":
        return have is not None
    if have is None:
        return False
    if leaf.op == "has":
        return isinstance(have, list | tuple | set | frozenset) and leaf.value in have
    if leaf.op == "is":
        same = isinstance(have, bool) == isinstance(leaf.value, bool)  # 1 is not True here
        return same and bool(have == leaf.value)
    if leaf.op == "one_of":
        return any(said(Leaf(leaf.fact, "is", one), have, at=at) for one in leaf.value)
    if leaf.op in ("at_least", "at_most"):
        return _size(leaf, have)
    return at is not None and _time(leaf, have, at)


def _size(leaf: Leaf, have: Any) -> bool:
    bound = leaf.value / 100 if leaf.fact.type == Type.SHARE else leaf.value
    numbers = isinstance(have, int | float) and isinstance(bound, int | float)
    if not numbers and not (isinstance(have, str) and isinstance(bound, str)):
        return False
    return bool(have >= bound if leaf.op == "at_least" else have <= bound)


def _time(leaf: Leaf, have: Any, at: datetime) -> bool:
    """Answer a question about a moment or a day."""
    if isinstance(have, str):
        try:
            have = datetime.fromisoformat(have)
        except ValueError:
            return False
    if not isinstance(have, date):
        return False
    day = not isinstance(have, datetime)
    now: Any = at.astimezone(UTC).date() if day else at
    if leaf.op in ("from_day", "before_day"):
        bound = leaf.value if day else datetime.combine(leaf.value, time(), UTC)
        return bool(have >= bound if leaf.op == "from_day" else have < bound)
    span = timedelta(days=leaf.value)
    if leaf.op == "last_days":
        return bool(now - span <= have <= now)
    return bool(have < now - span if leaf.op == "longer_ago" else now <= have <= now + span)
