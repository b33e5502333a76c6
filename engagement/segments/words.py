"""A rule in plain words, for staff."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from config.lib.money import BadMoney, Money
from engagement.models import Segment
from engagement.segments.facts import OPS, Fact, Takes, Type
from engagement.segments.rules import All, BadRule, Leaf, Not, Rule, leaves, parse
from tracking.models import Product

MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)


def summary(rule: Any, *, run: bool = False) -> str:
    """
    Return what a rule says as one sentence, e.g. “Everybody with orders at least 2, and who …”.

    `run`: it may ask about a journey's own event and order. A rule that means nothing is said to be one.
    Segments and products are named by what they are called now: at most two queries.
    """
    try:
        read = parse(rule, run=run)
    except BadRule as refused:
        return f"Not a rule: {refused}"
    if isinstance(read, All) and not read.rules:
        return "Everybody."
    said = _say(read, _names(read), top=True)
    return f"{said[:1].upper()}{said[1:]}."


def _names(rule: Rule) -> dict[Any, str]:
    """Return {public id of a segment, or number of a product: what it is called}."""
    segments = {leaf.value for leaf in leaves(rule) if leaf.fact.name == "customer.segment"}
    products = {leaf.where["product"] for leaf in leaves(rule) if "product" in leaf.where}
    found: dict[Any, str] = {}
    if segments:
        rows = Segment.objects.filter(public_id__in=segments).values_list("public_id", "name")
        found |= {str(public_id): name for public_id, name in rows}
    if products:
        found |= dict(Product.objects.filter(pk__in=products).values_list("pk", "title"))
    return found


def _say(rule: Rule, names: Mapping[Any, str], *, top: bool = False) -> str:
    if isinstance(rule, Leaf):
        return question(rule, names)
    if isinstance(rule, Not):
        return f"not ({_say(rule.rule, names)})"
    joined = (" and " if isinstance(rule, All) else " or ").join(_say(one, names) for one in rule.rules)
    return joined if top or len(rule.rules) < 2 else f"({joined})"


def question(leaf: Leaf, names: Mapping[Any, str]) -> str:
    """Return one question in words; `names` as summary() finds them."""
    fact, op = leaf.fact, leaf.op
    if fact.type == Type.HAS:
        return _rows(leaf, names)
    label = fact.label[:1].lower() + fact.label[1:]
    if fact.type == Type.YES:
        return label if leaf.value else f"not: {label}"
    if fact.name == "customer.segment":
        where = "is in" if op == "has" else "is not in"
        return f"{where} “{names.get(leaf.value, 'a segment that is gone')}”"
    if fact.type == Type.TAGS:
        word = f"“{leaf.value}”"
        return f"{label} {word}" if op == "has" else f"no {label} {word}"
    return f"{label} {OPS[op].words}{_value(leaf)}"


def _value(leaf: Leaf) -> str:
    fact, takes = leaf.fact, OPS[leaf.op].takes
    if takes == Takes.NOTHING:
        return ""
    if takes == Takes.DAYS:
        return f" {days(leaf.value)}"
    if takes == Takes.MONTH:
        return f" {MONTHS[leaf.value - 1]}"
    if takes == Takes.DATE:
        return f" {_day(leaf.value)}"
    if takes == Takes.VALUES:
        return " " + ", ".join(_one(fact, one) for one in leaf.value)
    if fact.type == Type.MONEY:
        return f" {money(leaf.value, leaf.where.get('currency', ''))}"
    return f" {_one(fact, leaf.value)}"


def _one(fact: Fact, value: Any) -> str:
    if fact.type == Type.CHOICE:
        return f"“{dict(fact.choices).get(value, value)}”"
    if fact.type == Type.SHARE:
        return f"{value:g} %"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value) if isinstance(value, int) else f"“{value}”" if value else "empty"


def money(minor: int, currency: str) -> str:
    """Return minor units as an amount of `currency`; without one, or for a code nobody knows, as they are."""
    try:
        return Money(minor, currency).format()
    except BadMoney:
        return f"{minor:,} (in minor units, of any currency)"


def days(number: int) -> str:
    """Return a number of days in words."""
    return "1 day" if number == 1 else f"{number} days"


def _day(value: date) -> str:
    return f"{value.day} {value:%b %Y}"


def _rows(leaf: Leaf, names: Mapping[Any, str]) -> str:
    """Return a question about orders or events in words."""
    where = dict(leaf.where)
    if leaf.fact.name == "event":
        what = f"“{where.pop('kind')}”"
        begins = "has" if leaf.op == "has" else "has not"
        often = "had" if leaf.times == 1 else f"had at least {leaf.times} times"
        said = f"{begins} {often} {what}"
    else:
        count = "an order" if leaf.times == 1 else f"at least {leaf.times} orders"
        said = f"has {count}" if leaf.op == "has" else f"has not {count}"
    if {"min_minor", "max_minor"} & set(where):
        names = {**names, "currency": where.pop("currency")}
    return " ".join([said, *(_part(leaf.fact, name, value, names) for name, value in where.items())])


def _part(fact: Fact, name: str, value: Any, names: Mapping[Any, str]) -> str:
    part = fact.where[name]
    if part.takes == "days":
        return part.label.replace("…", str(value)) if value != 1 else part.label.replace("… days", "1 day")
    if part.takes == "money":
        return f"{part.label} {money(value, names['currency'])}"
    if part.takes == "product":
        return f"{part.label} “{names.get(value, f'number {value}')}”"
    return f"{part.label} “{value}”" if part.takes == "text" else f"{part.label} {value}"
