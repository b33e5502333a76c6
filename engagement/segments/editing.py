"""
A rule while staff write it: rows with whatever is typed in them, from JSON or from a form, and back. Pure.

A row's path is how its fields are called: `r` is the outermost group, `r-2` the second row in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from config.lib.money import BadMoney, exponent, major, minor
from engagement.segments.facts import FACTS, OPS, Fact, Takes, Type
from engagement.segments.rules import MAX_DEPTH, MAX_LEAVES

ROOT = "r"
ALL, ANY, NONE, NOT_ALL, FACT = "all", "any", "none", "not_all", "fact"
GROUPS = (
    (ALL, "All of these"),
    (ANY, "At least one of these"),
    (NONE, "None of these"),
    (NOT_ALL, "Not all of these"),
)
FIRST = "profile.orders"


@dataclass
class Row:
    """A group with its rows, or a question with what is typed. Money is typed as an amount."""

    kind: str
    rows: list["Row"] = field(default_factory=list)
    fact: str = ""
    op: str = ""
    values: list[str] = field(default_factory=list)
    currency: str = ""
    times: str = "1"
    where: dict[str, str] = field(default_factory=dict)

    @property
    def known(self) -> Fact:
        """The fact it asks about; the first one where there is no such fact."""
        return FACTS.get(self.fact) or FACTS[FIRST]


def question(fact: str = FIRST) -> Row:
    """Return a new question."""
    return Row(FACT, fact=fact, op=FACTS[fact].ops[0])


# --- from what is stored ---
def from_rule(rule: Any) -> Row:
    """Return the rows of a stored rule, in a group. What cannot be shown becomes a question anew."""
    if not isinstance(rule, Mapping) or not rule:
        return Row(ALL)
    found = _group(rule)
    return found if found.kind != FACT else Row(ALL, [found])


def _group(rule: Mapping[str, Any]) -> Row:
    if "fact" in rule:
        return _question(rule)
    for name in (ALL, ANY):
        if isinstance(rule.get(name), list):
            return Row(name, [_group(one) for one in rule[name] if isinstance(one, Mapping)])
    inner = rule.get("not")
    if not isinstance(inner, Mapping):
        return question()
    found = _group(inner)
    if found.kind == ANY:
        return Row(NONE, found.rows)
    return Row(NOT_ALL, found.rows) if found.kind == ALL else Row(NONE, [found])


def _question(rule: Mapping[str, Any]) -> Row:
    fact = FACTS.get(str(rule["fact"]))
    if fact is None:
        return question()
    row = Row(FACT, fact=fact.name, op=str(rule.get("op", "")), times=str(rule.get("at_least", 1)))
    where = rule.get("where") or {}
    row.currency = str(rule.get("currency") or where.get("currency") or "").upper()
    value = rule.get("value")
    given = value if isinstance(value, list) else [] if value is None else [value]
    row.values = [_shown(fact, one, row.currency) for one in given]
    for name, one in where.items():
        takes = fact.where[name].takes if name in fact.where else ""
        row.where[name] = _amount(one, row.currency) if takes == "money" else str(one)
    return row


def _shown(fact: Fact, value: Any, currency: str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _amount(value, currency) if fact.type == Type.MONEY else str(value)


def _amount(value: Any, currency: str) -> str:
    try:
        return f"{major(value, currency):.{exponent(currency)}f}"
    except (BadMoney, TypeError, ValueError):
        return str(value)


# --- from what was typed ---
def from_form(data: Any) -> Row:
    """Return the rows of a form (a QueryDict), as far as they go: at most so many and so deep as a rule."""
    left = [MAX_LEAVES * 2]
    return _read(data, ROOT, 0, left) or Row(ALL)


def _read(data: Any, path: str, depth: int, left: list[int]) -> Row | None:
    kind = data.get(f"{path}.kind", "")
    left[0] -= 1
    if left[0] < 0 or depth > MAX_DEPTH:
        return None
    if kind == FACT:
        return _typed(data, path)
    if kind not in dict(GROUPS):
        return None
    row, number = Row(kind), 1
    while f"{path}-{number}.kind" in data:
        inner = _read(data, f"{path}-{number}", depth + 1, left)
        row.rows += [inner] if inner else []
        number += 1
    return row


def _typed(data: Any, path: str) -> Row:
    def said(name: str) -> str:
        return str(data.get(f"{path}.{name}", "")).strip()

    fact = FACTS.get(said("fact"), FACTS[FIRST])
    fact = FACTS[FIRST] if fact.run else fact
    op = said("op")
    if said("was") and said("was") != fact.name:  # another fact was chosen: what was typed was of the old one
        return question(fact.name)
    values = [str(one).strip() for one in data.getlist(f"{path}.value")]
    where = {name: said(f"where-{name}") for name in fact.where if said(f"where-{name}")}
    times = said("times") or "1"
    op = op if op in fact.ops else fact.ops[0]
    return Row(FACT, [], fact.name, op, values, said("currency").upper(), times, where)


def change(root: Row, act: str, path: str) -> None:
    """Add a question or a group to the group at `path`, or remove what is there. Others change nothing."""
    found = _find(root, path)
    if found is None:
        return
    if act == "remove":
        around = _find(root, path.rpartition("-")[0])
        if around is not None:
            around.rows.remove(found)
    elif found.kind != FACT and act == "add":
        found.rows.append(question())
    elif found.kind != FACT and act == "group" and path.count("-") < MAX_DEPTH - 1:
        found.rows.append(Row(ANY, [question()]))


def _find(root: Row, path: str) -> Row | None:
    if not path or path.partition("-")[0] != ROOT:
        return None
    row = root
    for part in path.split("-")[1:]:
        if not part.isdecimal() or not 0 < int(part) <= len(row.rows):
            return None
        row = row.rows[int(part) - 1]
    return row


# --- to what is stored ---
def to_rule(row: Row) -> dict[str, Any]:
    """
    Return the JSON of what was typed. It may mean nothing: `rules.parse` says so, and where. What is no
    number stays a text, so that it is refused there.
    """
    if row.kind == FACT:
        return _fact(row)
    inner = [to_rule(one) for one in row.rows]
    if row.kind in (ALL, ANY):
        return {row.kind: inner}
    return {"not": {ANY if row.kind == NONE else ALL: inner}}


def _fact(row: Row) -> dict[str, Any]:
    fact = row.known
    made: dict[str, Any] = {"fact": fact.name, "op": row.op}
    if fact.type == Type.HAS:
        return {**made, "at_least": _number(row.times), "where": _where(fact, row)}
    takes = OPS[row.op].takes
    if takes == Takes.NOTHING:
        return made
    if fact.type == Type.MONEY and row.currency:
        made["currency"] = row.currency
    if takes == Takes.VALUES:
        several = row.values if fact.type == Type.CHOICE else _several(row.values)
        return {**made, "value": [_value(fact, takes, one, row.currency) for one in several]}
    return {**made, "value": _value(fact, takes, row.values[0] if row.values else "", row.currency)}


def _several(values: Sequence[str]) -> list[str]:
    return [one.strip() for value in values for one in value.split(",") if one.strip()]


def _value(fact: Fact, takes: Takes, text: str, currency: str) -> Any:
    if takes in (Takes.DAYS, Takes.MONTH):
        return _number(text)
    if takes in (Takes.DATE, Takes.WORD):
        return text
    if fact.type == Type.YES:
        return {"yes": True, "no": False}.get(text, text)
    if fact.type == Type.MONEY:
        return _minor(text, currency)
    return _number(text) if fact.type in (Type.NUMBER, Type.SHARE) else text


def _where(fact: Fact, row: Row) -> dict[str, Any]:
    money = row.where.get("currency", "").upper()
    made: dict[str, Any] = {}
    for name, text in row.where.items():
        takes = fact.where[name].takes
        if takes == "money":
            made[name] = _minor(text, money)
        else:
            made[name] = _number(text) if takes in ("days", "product") else text
    return made


def _number(text: str) -> Any:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return text


def _minor(text: str, currency: str) -> Any:
    """Return an amount in minor units of `currency`; without one it is read as minor units."""
    if not currency:
        return _number(text)
    try:
        return minor(text.replace(",", ".") or "-", currency)
    except BadMoney:
        return text
