"""
`PolicyVersion.body` to `Body` and back. What cannot be read is said rule by rule and field by field; nothing
is guessed. A version that was published can always be read: `publish` lets nothing else in.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

from returns.policy.base import Body, Condition, Fee, HolidayWindow, Rule, Terms
from returns.policy.facts import COUNTRY, DATE, FACTS, OF_WORDS, REASON, REASONS, YES_NO, Fact
from returns.vocabulary import Method, Outcome

MOST_DAYS = 3650
MOST_RULES = 200
MOST_MINOR = 10**15
LONGEST = 300
WINDOWS_FROM = ("order", "fulfilment", "delivery")
FEES = ("none", "flat", "percent", "label")
SHIPPING = ("never", "ours", "whole")
ALL = 10_000  # basis points


@dataclass(frozen=True)
class Problem:
    """What is wrong: where ("Base", "Rule 2 “Sale”"), in which field, in words for staff."""

    where: str
    field: str
    words: str

    def __str__(self) -> str:
        return f"{self.where}, {self.field}: {self.words}" if self.field else f"{self.where}: {self.words}"


class BadPolicy(ValueError):
    """A policy that cannot be read. `problems` names all that is wrong with it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(" ".join(str(problem) for problem in problems))
        self.problems = problems


class _Wrong(ValueError):
    """A value that does not fit its field."""


def read(told: Any) -> Body:
    """Return the policy that JSON says. Raises: BadPolicy with everything that is wrong."""
    problems: list[Problem] = []
    if not isinstance(told, Mapping):
        raise BadPolicy([Problem("Policy", "", "This is not a policy.")])
    _strangers(told, {"base", "rules", "holidays"}, "Policy", problems)
    base = _terms(told.get("base", {}), "Base", problems)
    rules = _rules(told.get("rules", []), problems)
    holidays = _holidays(told.get("holidays", []), problems)
    if problems:
        raise BadPolicy(problems)
    return Body(base, rules, holidays)


def as_json(body: Body) -> dict[str, Any]:
    """Return a policy as JSON, as `read` takes it: what is not said is left out."""
    return {
        "base": terms_json(body.base),
        "rules": [
            {
                "code": rule.code,
                "name": rule.name,
                "when": [{"fact": one.fact, "op": one.op, "value": _plain(one.value)} for one in rule.when],
                "then": terms_json(rule.then),
            }
            for rule in body.rules
        ],
        "holidays": [
            {
                "name": one.name,
                "start": one.start.isoformat(),
                "end": one.end.isoformat(),
                "until": one.until.isoformat(),
            }
            for one in body.holidays
        ],
    }


def terms_json(terms: Terms) -> dict[str, Any]:
    """Return what terms set as JSON, without what they say nothing about."""
    said = {field.name: getattr(terms, field.name) for field in fields(Terms)}
    return {name: _plain(value) for name, value in said.items() if value is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, Fee):
        return asdict(value)
    if isinstance(value, tuple | list):
        return list(value)
    return value.isoformat() if isinstance(value, date) else value


# --- parts ---
def _rules(told: Any, problems: list[Problem]) -> tuple[Rule, ...]:
    if not isinstance(told, list) or len(told) > MOST_RULES:
        problems.append(Problem("Rules", "", f"Must be a list of at most {MOST_RULES} rules."))
        return ()
    rules, codes = [], set[str]()
    for number, one in enumerate(told, 1):
        name = str(one.get("name", "")) if isinstance(one, Mapping) else ""
        where = f"Rule {number} “{name}”" if name else f"Rule {number}"
        rule = _rule(one, where, problems)
        if rule and rule.code in codes:
            problems.append(Problem(where, "code", f"There is another rule “{rule.code}”."))
        if rule:
            codes.add(rule.code)
            rules.append(rule)
    return tuple(rules)


def _rule(told: Any, where: str, problems: list[Problem]) -> Rule | None:
    if not isinstance(told, Mapping):
        problems.append(Problem(where, "", "This is not a rule."))
        return None
    _strangers(told, {"code", "name", "when", "then"}, where, problems)
    code, name = told.get("code"), told.get("name", "")
    if not isinstance(code, str) or not 0 < len(code) <= 60:
        problems.append(Problem(where, "code", "Needs a code of at most 60 characters."))
        code = ""
    if not isinstance(name, str) or not 0 < len(name.strip()) <= LONGEST:
        problems.append(Problem(where, "name", "Give the rule a name."))
        name = ""
    when = told.get("when", [])
    if not isinstance(when, list):
        problems.append(Problem(where, "when", "Must be a list of conditions."))
        when = []
    conditions = [
        _condition(one, f"{where}, condition {number}", problems) for number, one in enumerate(when, 1)
    ]
    then = _terms(told.get("then", {}), where, problems)
    if then == Terms() and not problems:
        problems.append(Problem(where, "", "The rule decides nothing. Say at least one thing it sets."))
    return Rule(code, name.strip(), tuple(one for one in conditions if one), then)


def _condition(told: Any, where: str, problems: list[Problem]) -> Condition | None:
    fact = FACTS.get(str(told.get("fact"))) if isinstance(told, Mapping) else None
    if fact is None:
        problems.append(Problem(where, "fact", "Nobody knows such a fact."))
        return None
    op = told.get("op")
    if op not in fact.ops:
        problems.append(Problem(where, "op", f"The {fact.words} cannot be compared like that."))
        return None
    try:
        return Condition(fact.code, op, _value(fact, op, told.get("value")))
    except _Wrong as exc:
        problems.append(Problem(where, "value", str(exc)))
        return None


def _value(fact: Fact, op: str, told: Any) -> Any:
    if op in ("any", "none"):
        if not isinstance(told, list) or not told:
            raise _Wrong("Name at least one value.")
        return tuple(_word(fact, one) for one in told)
    if fact.kind == YES_NO:
        return _yes_no(told)
    if fact.kind == DATE:
        return _day(told)
    return _word(fact, told) if fact.ops == OF_WORDS else _whole(MOST_MINOR)(told)


def _word(fact: Fact, told: Any) -> str:
    if not isinstance(told, str) or not 0 < len(told.strip()) <= LONGEST:
        raise _Wrong("Must be a word.")
    if fact.kind == REASON and told not in REASONS:
        raise _Wrong(f"“{told}” is not a reason.")
    if fact.kind == COUNTRY and not (len(told) == 2 and told.isalpha()):
        raise _Wrong(f"“{told}” is not a two-letter country code.")
    return told.strip()


def _terms(told: Any, where: str, problems: list[Problem]) -> Terms:
    if not isinstance(told, Mapping):
        problems.append(Problem(where, "", "Must say what it sets."))
        return Terms()
    _strangers(told, set(_READ), where, problems)
    found: dict[str, Any] = {}
    for name, one in _READ.items():
        if told.get(name) is None:
            continue
        try:
            found[name] = one(told[name])
        except _Wrong as exc:
            problems.append(Problem(where, name, str(exc)))
    if found.get("refuse") and found.setdefault("allow", False):
        problems.append(Problem(where, "refuse", "It cannot let in and refuse at once."))
    return Terms(**found)


def _holidays(told: Any, problems: list[Problem]) -> tuple[HolidayWindow, ...]:
    if not isinstance(told, list) or len(told) > MOST_RULES:
        problems.append(Problem("Holiday windows", "", "Must be a list."))
        return ()
    found = [_holiday(one, f"Holiday window {number}", problems) for number, one in enumerate(told, 1)]
    return tuple(one for one in found if one)


def _holiday(told: Any, where: str, problems: list[Problem]) -> HolidayWindow | None:
    if not isinstance(told, Mapping):
        problems.append(Problem(where, "", "This is not a holiday window."))
        return None
    days: dict[str, date] = {}
    for name in ("start", "end", "until"):
        try:
            days[name] = _day(told.get(name))
        except _Wrong as exc:
            problems.append(Problem(where, name, str(exc)))
    called = told.get("name")
    if not isinstance(called, str) or not 0 < len(called.strip()) <= LONGEST:
        problems.append(Problem(where, "name", "Give it a name."))
        return None
    if len(days) < 3:
        return None
    if days["end"] < days["start"]:
        problems.append(Problem(where, "end", "It ends before it begins."))
    if days["until"] < days["end"]:
        problems.append(Problem(where, "until", "What was bought on its last day could not be returned."))
    return HolidayWindow(called.strip(), days["start"], days["end"], days["until"])


# --- single values ---
def _strangers(told: Mapping[str, Any], known: set[str], where: str, problems: list[Problem]) -> None:
    problems.extend(
        Problem(where, str(name), "There is no such field.") for name in told if name not in known
    )


def _whole(most: int, least: int = 0) -> Callable[[Any], int]:
    def one(told: Any) -> int:
        if not isinstance(told, int) or isinstance(told, bool) or not least <= told <= most:
            raise _Wrong(f"Must be a whole number from {least} to {most:,}.")
        return told

    return one


def _yes_no(told: Any) -> bool:
    if not isinstance(told, bool):
        raise _Wrong("Must be yes or no.")
    return told


def _text(told: Any) -> str:
    if not isinstance(told, str) or len(told) > LONGEST:
        raise _Wrong(f"Must be text of at most {LONGEST} characters.")
    return told.strip()


def _day(told: Any) -> date:
    try:
        return date.fromisoformat(str(told))
    except ValueError as exc:
        raise _Wrong("Must be a day such as 2026-12-24.") from exc


def _one_of(known: tuple[str, ...]) -> Callable[[Any], str]:
    def one(told: Any) -> str:
        if told not in known:
            raise _Wrong(f"Must be one of {', '.join(known)}.")
        return str(told)

    return one


def _several(known: Iterator[str]) -> Callable[[Any], tuple[str, ...]]:
    names = tuple(known)

    def several(told: Any) -> tuple[str, ...]:
        if not isinstance(told, list) or not told or any(one not in names for one in told):
            raise _Wrong(f"Choose at least one of {', '.join(names)}.")
        return tuple(name for name in names if name in told)  # one order, whatever was ticked first

    return several


def _fee(told: Any) -> Fee:
    if not isinstance(told, Mapping) or set(told) - {"kind", "amount_minor", "bp"}:
        raise _Wrong("Must be a fee.")
    kind = _one_of(FEES)(told.get("kind"))
    fee = Fee(kind, _whole(MOST_MINOR)(told.get("amount_minor", 0)), _whole(ALL)(told.get("bp", 0)))
    if kind == "flat" and not fee.amount_minor:
        raise _Wrong("Say how much the fee is.")
    if kind == "percent" and not fee.bp:
        raise _Wrong("Say how many per cent the fee is.")
    return Fee(kind, fee.amount_minor if kind == "flat" else 0, fee.bp if kind == "percent" else 0)


_READ: Mapping[str, Callable[[Any], Any]] = {
    "allow": _yes_no,
    "refuse": _text,
    "window_days": _whole(MOST_DAYS),
    "window_from": _one_of(WINDOWS_FROM),
    "fee": _fee,
    "free_over_minor": _whole(MOST_MINOR),
    "outcomes": _several(iter(Outcome.values)),
    "methods": _several(one for one in Method.values if one != Method.NONE),
    "destination": _text,
    "photo": _yes_no,
    "keep_under_minor": _whole(MOST_MINOR),
    "credit_bonus_bp": _whole(ALL),
    "exchange_bonus_bp": _whole(ALL),
    "review": _yes_no,
    "refund_shipping": _one_of(SHIPPING),
}
