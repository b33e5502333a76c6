"""A policy as sentences for staff, in plain English; and what differs between two versions."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from datetime import date
from typing import Any

from config.lib.money import Money
from returns.policy.base import Body, Condition, Fee, HolidayWindow, Rule, Terms
from returns.policy.facts import DATE, FACTS, MONEY, PERCENT, REASON, TAGS, YES_NO
from returns.policy.windows import FROM_WORDS
from returns.vocabulary import Method, Outcome, Reason

Places = Mapping[str, str]  # external id of a Location -> its name
_TAGS = {"is": "include", "is_not": "do not include", "any": "include one of", "none": "include none of"}
_OPS = {
    "is": "is",
    "is_not": "is not",
    "any": "is one of",
    "none": "is none of",
    "at_least": "is at least",
    "at_most": "is at most",
}
_DAYS = {**_OPS, "at_least": "is on or after", "at_most": "is on or before"}
_YES_NO = {
    "customer.new": ("it is the buyer’s first order", "it is not the buyer’s first order"),
    "gift": ("who was given it returns it", "the buyer returns it"),
}


def op_words(op: str, kind: str) -> str:
    """Return a comparison in words, as it reads for facts of a kind."""
    return (_TAGS if kind == TAGS else _DAYS if kind == DATE else _OPS)[op]


def per_cent(bp: int) -> str:
    """Return basis points as people write them: 1250 is '12.5 %'."""
    return f"{bp / 100:.2f}".rstrip("0").rstrip(".") + " %"


def day(value: date) -> str:
    """Return a day as staff read it."""
    return f"{value.day} {value:%b %Y}"


def value_words(fact: str, value: Any, currency: str) -> str:
    """Return what a fact is, or is compared with, in words; 'not known' for None."""
    if value is None or value == "":
        return "not known"
    if isinstance(value, tuple | list):
        return ", ".join(value_words(fact, one, currency) for one in value) or "none"
    kind = FACTS[fact].kind
    if kind == MONEY:
        return Money(value, currency).format()
    if kind == PERCENT:
        return f"{value} %"
    if kind == YES_NO:
        return "yes" if value else "no"
    if kind == DATE:
        return day(value)
    if kind == REASON:
        return f"“{Reason(value).label}”"
    return str(value) if isinstance(value, int) else f"“{value}”"


def condition_words(condition: Condition, currency: str) -> str:
    """Return a condition as a clause: 'the order's total is at least $100.00'."""
    fact = FACTS[condition.fact]
    if fact.kind == YES_NO:
        return _YES_NO[fact.code][0 if condition.value else 1]
    words = value_words(fact.code, condition.value, currency)
    return f"the {fact.words} {op_words(condition.op, fact.kind)} {words}"


def fee_words(fee: Fee, currency: str) -> str:
    """Return a fee in words."""
    if fee.kind == "flat":
        return f"a return costs {Money(fee.amount_minor, currency).format()}"
    if fee.kind == "percent":
        return f"a return costs {per_cent(fee.bp)} of its worth"
    return "a return costs what its label costs" if fee.kind == "label" else "a return costs nothing"


def terms_words(terms: Terms, currency: str, places: Places | None = None) -> list[str]:
    """Return what terms set, one clause for each point, without capital and full stop."""
    return list(_clauses(terms, currency, places or {}))


def _clauses(terms: Terms, currency: str, places: Places) -> Iterator[str]:
    if terms.allow is True:
        yield "it may come back, whatever is said further down"
    elif terms.allow is False:
        yield f"it is refused: “{terms.refuse}”" if terms.refuse else "it is refused"
    if terms.window_days is not None and terms.window_from is not None:
        yield f"it may come back within {_days(terms.window_days)} from {FROM_WORDS[terms.window_from]}"
    elif terms.window_days is not None:
        yield f"it may come back within {_days(terms.window_days)}"
    elif terms.window_from is not None:
        yield f"days are counted from {FROM_WORDS[terms.window_from]}"
    if terms.fee is not None:
        yield fee_words(terms.fee, currency)
    if terms.free_over_minor:
        yield f"it costs nothing when at least {Money(terms.free_over_minor, currency).format()} goes back"
    elif terms.free_over_minor == 0:
        yield "no sum makes the return free"
    if terms.outcomes is not None:
        yield f"the shopper may choose {_either(Outcome(one).label for one in terms.outcomes)}"
    if terms.methods is not None:
        yield f"the ways to send it are: {_either(Method(one).label for one in terms.methods)}"
    if terms.destination is not None:
        place = places.get(terms.destination, terms.destination) or "where all returns go"
        yield f"it goes to {place}"
    yield from _yes_no_clauses(terms, currency)


def _yes_no_clauses(terms: Terms, currency: str) -> Iterator[str]:
    if terms.photo is not None:
        yield "a photo is needed" if terms.photo else "no photo is needed"
    if terms.keep_under_minor:
        yield f"what cost less than {Money(terms.keep_under_minor, currency).format()} need not be sent"
    elif terms.keep_under_minor == 0:
        yield "everything has to be sent"
    for bp, what in ((terms.credit_bonus_bp, "store credit"), (terms.exchange_bonus_bp, "an exchange")):
        if bp is not None:
            yield f"{what} gets {per_cent(bp)} on top" if bp else f"{what} gets nothing on top"
    if terms.review is not None:
        yield "a person looks at it first" if terms.review else "nobody has to look at it first"
    if terms.refund_shipping is not None:
        yield SHIPPING_WORDS[terms.refund_shipping]


SHIPPING_WORDS = {
    "never": "the order’s shipping is never given back",
    "ours": "the order’s shipping is given back when all of it comes back through our fault",
    "whole": "the order’s shipping is given back when all of it comes back",
}


def rule_words(rule: Rule, currency: str, places: Places | None = None) -> str:
    """Return a rule as one sentence."""
    when = " and ".join(condition_words(one, currency) for one in rule.when)
    then = "; ".join(terms_words(rule.then, currency, places))
    return f"When {when}: {then}." if when else f"Always: {then}."


def holiday_words(one: HolidayWindow) -> str:
    """Return a holiday window as one sentence."""
    return f"What was ordered from {day(one.start)} to {day(one.end)} may come back until {day(one.until)}."


def base_words(base: Terms, currency: str, places: Places | None = None) -> list[str]:
    """Return the base as sentences, without what it says nothing special about."""
    first = "Everything may come back unless a rule says otherwise."
    if base.allow is False:
        own = f" They read: “{base.refuse}”" if base.refuse else ""
        first = f"Nothing may come back unless a rule lets it in.{own}"
    said = replace(base, allow=None)
    return [first, *(_sentence(one) for one in special_words(said, currency, places))]


def special_words(base: Terms, currency: str, places: Places | None = None) -> list[str]:
    """Return the clauses of a base that are not simply "no": no photo, no bonus, no review."""
    said = {name: value for name, value in vars(base).items() if value != 0 or name == "window_days"}
    said["allow"] = False if base.allow is False else None
    return terms_words(Terms(**said), currency, places)


def sentences(body: Body, currency: str, places: Places | None = None) -> list[str]:
    """Return a whole policy as sentences: the base, each rule in its place, the holidays."""
    rules = [f"{rule.name}. {rule_words(rule, currency, places)}" for rule in body.rules]
    return [
        *base_words(body.base, currency, places),
        *rules,
        *(f"{one.name}. {holiday_words(one)}" for one in body.holidays),
    ]


def differences(old: Body, new: Body, currency: str, places: Places | None = None) -> list[str]:
    """Return what is different in `new`, one sentence each; [] when they say the same."""
    found = list(_terms_differences("Base", old.base, new.base, currency, places))
    before = {rule.code: rule for rule in old.rules}
    after = {rule.code: rule for rule in new.rules}
    for code, rule in after.items():
        if code not in before:
            found.append(f"New rule “{rule.name}”: {rule_words(rule, currency, places)}")
            continue
        was = before[code]
        if was.name != rule.name:
            found.append(f"Rule “{was.name}” is called “{rule.name}” now.")
        if (was.when, was.then) != (rule.when, rule.then):
            found.append(f"Rule “{rule.name}” was: {rule_words(was, currency, places)}")
            found.append(f"Rule “{rule.name}” is now: {rule_words(rule, currency, places)}")
    found += [
        f"Rule “{rule.name}” is gone: {rule_words(rule, currency, places)}"
        for code, rule in before.items()
        if code not in after
    ]
    if [code for code in before if code in after] != [code for code in after if code in before]:
        found.append("The rules stand in another order: " + ", ".join(r.name for r in new.rules) + ".")
    found += [f"New holiday window “{one.name}”: {holiday_words(one)}" for one in _not_in(new, old)]
    found += [f"Holiday window “{one.name}” is gone: {holiday_words(one)}" for one in _not_in(old, new)]
    return found


def _terms_differences(
    where: str, old: Terms, new: Terms, currency: str, places: Places | None
) -> Iterator[str]:
    for field in fields(Terms):
        was, now = getattr(old, field.name), getattr(new, field.name)
        if was == now:
            continue
        only = Terms(**{field.name: now}), Terms(**{field.name: was})
        words = [("; ".join(terms_words(terms, currency, places)) or "nothing is said") for terms in only]
        if field.name == "refuse":
            words = [f"“{now or ''}”", f"“{was or ''}”"]
        yield f"{where}: {words[0]} (before: {words[1]})."


def _not_in(those: Body, others: Body) -> list[HolidayWindow]:
    return [one for one in those.holidays if one not in others.holidays]


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def _either(labels: Iterator[str]) -> str:
    words = [label[0].lower() + label[1:] if label[1:2].islower() else label for label in labels]
    return " or ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]


def _sentence(clause: str) -> str:
    return clause[:1].upper() + clause[1:] + "."
