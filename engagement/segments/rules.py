"""
Rules: what they look like, and whether they make sense. Pure: no database, no clock.

As JSON: {"all": [RULE, …]}, {"any": [RULE, …]}, {"not": RULE}, or a question:

    {"fact": "profile.orders", "op": "at_least", "value": 2}
    {"fact": "order", "op": "has", "at_least": 2, "where": {"product_type": "Lantern", "last_days": 90}}

{} holds of everybody. docs/segments.md lists every fact.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from engagement.segments.facts import FACTS, OPS, Fact, Part, Takes, Type, fact_of

__all__ = ["ALL", "FACTS", "All", "BadRule", "Leaf", "Not", "Rule", "Some", "leaves", "parse", "segments_in"]

MAX_DEPTH = 8
MAX_LEAVES = 100
MAX_VALUES = 200
MAX_TEXT = 200
MAX_DAYS = 3660
MAX_NUMBER = 10**15


class BadRule(ValueError):
    """A rule that means nothing. Its text says where in the tree, and what is wrong, to whoever edits it."""

    def __init__(self, words: str, place: tuple[int, ...] = ()) -> None:
        self.place = place
        self.words = words
        where = f"Rule {'.'.join(str(number) for number in place)}: " if place else ""
        super().__init__(f"{where}{words}")


@dataclass(frozen=True)
class Leaf:
    """
    One question. Days are ISO dates read into `date`. `where` and `times` are of HAS facts; money of a
    profile may name its currency in `where`, and then whoever pays in another is not meant.
    """

    fact: Fact
    op: str
    value: Any = None
    where: Mapping[str, Any] = field(default_factory=dict)
    times: int = 1


@dataclass(frozen=True)
class All:
    """Every one of `rules`; with none it holds of everybody."""

    rules: tuple["Rule", ...] = ()


@dataclass(frozen=True)
class Some:
    """At least one of `rules`; with none it holds of nobody (settling leaves that, nobody saves it)."""

    rules: tuple["Rule", ...] = ()


@dataclass(frozen=True)
class Not:
    """What `rule` does not hold of."""

    rule: "Rule"


Rule = All | Some | Not | Leaf
ALL = All()


def parse(data: Any, *, run: bool = False) -> Rule:
    """
    Return the rule that JSON describes; {} and None hold of everybody.

    `run`: a journey's own facts, `event.…` and `order.…`, may be asked too. Raises: BadRule.
    """
    if data is None or data == {}:
        return ALL
    rule = _read(data, (), run)
    if sum(1 for _ in leaves(rule)) > MAX_LEAVES:
        raise BadRule(f"At most {MAX_LEAVES} questions.")
    return rule


def leaves(rule: Rule) -> Iterator[Leaf]:
    """Yield every question of a rule, in order."""
    if isinstance(rule, Leaf):
        yield rule
    elif isinstance(rule, Not):
        yield from leaves(rule.rule)
    else:
        for one in rule.rules:
            yield from leaves(one)


def segments_in(rule: Rule) -> set[str]:
    """Return the public ids of the segments a rule asks about."""
    return {leaf.value for leaf in leaves(rule) if leaf.fact.name == "customer.segment"}


def _read(data: Any, place: tuple[int, ...], run: bool) -> Rule:
    if len(place) > MAX_DEPTH:
        raise BadRule(f"Groups may lie in each other at most {MAX_DEPTH} deep.", place)
    if not isinstance(data, Mapping):
        raise BadRule("This is no rule but something else.", place)
    if "fact" in data:
        return _leaf(data, place, run)
    known = [name for name in ("all", "any", "not") if name in data]
    if len(known) != 1 or len(data) != 1:
        raise BadRule("A group is one of “all”, “any” and “not”, and nothing else.", place)
    name, inner = known[0], data[known[0]]
    if name == "not":
        return Not(_read(inner, (*place, 1), run))
    if not isinstance(inner, Sequence) or isinstance(inner, str):
        raise BadRule(f"“{name}” holds a list of rules.", place)
    if not inner and (name == "any" or place):
        raise BadRule("The group is empty: add a rule, or remove it.", place)
    found = tuple(_read(one, (*place, number), run) for number, one in enumerate(inner, 1))
    return All(found) if name == "all" else Some(found)


# What a question holds beside fact and op, where that is not just a value.
_OWN = {Type.HAS: {"where", "at_least"}, Type.MONEY: {"value", "currency"}}


def _leaf(data: Mapping[str, Any], place: tuple[int, ...], run: bool) -> Leaf:
    name = data["fact"]
    fact = fact_of(name) if isinstance(name, str) else None
    if fact is None:
        raise BadRule(f"There is no fact “{str(name)[:60]}”.", place)
    if fact.run and not run:
        raise BadRule(f"“{fact.name}” is known only within a journey.", place)
    op = data.get("op")
    if not isinstance(op, str) or op not in fact.ops:
        raise BadRule(f"{fact.label} can be asked: {', '.join(fact.ops)}.", place)
    allowed = {"fact", "op"} | _OWN.get(fact.type, {"value"})
    more = sorted(str(one) for one in set(data) - allowed)
    if more:
        raise BadRule(f"There is no “{more[0][:60]}” in such a rule.", place)
    if fact.type == Type.HAS:
        times = _whole(data.get("at_least", 1), 1, 1000, "How often", place)
        return Leaf(fact, op, where=_where(fact, data.get("where", {}), place), times=times)
    takes = OPS[op].takes
    if takes == Takes.NOTHING:
        return Leaf(fact, op)
    if "value" not in data:
        raise BadRule(f"{fact.label}: what it is compared with is missing.", place)
    where = {}
    if data.get("currency"):
        where["currency"] = _part(Part("in the currency", "currency"), data["currency"], place)
    return Leaf(fact, op, _value(fact, takes, data["value"], place), where)


def _value(fact: Fact, takes: Takes, given: Any, place: tuple[int, ...]) -> Any:
    """Return the value as it is compared. Raises: BadRule."""
    if takes == Takes.DAYS:
        most = 31 if fact.type == Type.BIRTHDAY else MAX_DAYS
        return _whole(given, 0, most, fact.label, place)
    if takes == Takes.MONTH:
        return _whole(given, 1, 12, fact.label, place)
    if takes == Takes.DATE:
        return _day(given, fact.label, place)
    if takes == Takes.WORD:
        return _segment(given, place) if fact.name == "customer.segment" else _text(given, fact.label, place)
    if takes == Takes.VALUES:
        if not isinstance(given, Sequence) or isinstance(given, str) or not 0 < len(given) <= MAX_VALUES:
            raise BadRule(f"{fact.label}: give 1 to {MAX_VALUES} of them, as a list.", place)
        return tuple(_single(fact, one, place) for one in given)
    return _single(fact, given, place)


def _single(fact: Fact, given: Any, place: tuple[int, ...]) -> Any:
    if fact.type == Type.YES:
        if not isinstance(given, bool):
            raise BadRule(f"{fact.label}: yes or no (true or false).", place)
        return given
    if fact.type == Type.MONEY:
        return _whole(given, -MAX_NUMBER, MAX_NUMBER, f"{fact.label}, in minor units,", place)
    if fact.type in (Type.NUMBER, Type.SHARE):
        return _number(given, fact, place)
    if fact.type == Type.FREE:
        if isinstance(given, bool | int | float) and given == given and abs(given) <= MAX_NUMBER:
            return given
        return _text(given, fact.label, place)
    if fact.type == Type.CHOICE:
        if given not in [value for value, _ in fact.choices]:
            known = ", ".join(f"“{value}”" for value, _ in fact.choices)
            raise BadRule(f"{fact.label} is one of {known}.", place)
        return given
    text = _text(given, fact.label, place, blank=True)
    return text.upper() if fact.name.endswith((".country", ".currency")) else text


def _segment(given: Any, place: tuple[int, ...]) -> str:
    """Return a segment's public id. Whether there is such a segment is asked where rules are saved."""
    try:
        return str(UUID(given))
    except (TypeError, ValueError, AttributeError) as exc:
        raise BadRule("A segment is named by its public id.", place) from exc


def _number(given: Any, fact: Fact, place: tuple[int, ...]) -> int | float:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise BadRule(f"{fact.label} is a number.", place)
    if given != given or abs(given) > MAX_NUMBER:
        raise BadRule(f"{fact.label}: that number is out of all bounds.", place)
    if fact.type == Type.SHARE and not 0 <= given <= 100:
        raise BadRule(f"{fact.label} is per cent, 0 to 100.", place)
    return given


def _whole(given: Any, least: int, most: int, label: str, place: tuple[int, ...]) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or not least <= given <= most:
        raise BadRule(f"{label}: a whole number from {least} to {most}.", place)
    return given


def _day(given: Any, label: str, place: tuple[int, ...]) -> date:
    try:
        found = date.fromisoformat(given)
    except (TypeError, ValueError):
        found = None
    if found is None or not 1900 <= found.year <= 2200:
        raise BadRule(f"{label}: a day such as 2026-03-10.", place)
    return found


def _text(given: Any, label: str, place: tuple[int, ...], *, blank: bool = False) -> str:
    if not isinstance(given, str) or len(given) > MAX_TEXT or "\x00" in given:
        raise BadRule(f"{label}: a text of at most {MAX_TEXT} characters.", place)
    text = given.strip()
    if not text and not blank:
        raise BadRule(f"{label}: it is empty.", place)
    return text


# --- what rows are narrowed by ---
def _where(fact: Fact, given: Any, place: tuple[int, ...]) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise BadRule("“where” holds conditions by name.", place)
    found = {}
    for name, value in given.items():
        part = fact.where.get(name)
        if part is None:
            raise BadRule(f"{fact.label} has no “{str(name)[:60]}”; it has {', '.join(fact.where)}.", place)
        found[name] = _part(part, value, place)
    if fact.name == "event" and "kind" not in found:
        raise BadRule("Which kind of event is missing.", place)
    if {"min_minor", "max_minor"} & set(found) and "currency" not in found:
        raise BadRule("An order's worth needs its currency.", place)
    return found


def _part(part: Part, given: Any, place: tuple[int, ...]) -> Any:
    label = f"“{part.label}”"
    if part.takes == "days":
        return _whole(given, 0, MAX_DAYS, label, place)
    if part.takes == "money":
        return _whole(given, 0, MAX_NUMBER, f"{label}, in minor units", place)
    if part.takes == "product":
        return _whole(given, 1, 2**62, label, place)
    text = _text(given, label, place)
    length = {"country": 2, "currency": 3}.get(part.takes)
    if length:
        if len(text) != length or not (text.isascii() and text.isalpha()):
            raise BadRule(f"{label}: {length} letters.", place)
        return text.upper()
    return text
