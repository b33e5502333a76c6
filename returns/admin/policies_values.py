"""What a condition compares with, as staff write it and as a policy holds it."""

from typing import Any

from config.lib.money import major, minor
from returns.policy.base import Condition
from returns.policy.facts import DATE, FACTS, MONEY, NUMBER, PERCENT, REASON, YES_NO, Fact
from returns.vocabulary import Reason

_REASONS = {label.casefold(): code for code, label in Reason.choices} | {
    code.casefold(): code for code in Reason.values
}


def conditions_shown(when: tuple[Condition, ...], currency: str) -> dict[str, Any]:
    """Return the fields' values for conditions."""
    shown: dict[str, Any] = {}
    for n, one in enumerate(when):
        shown |= {f"c{n}_fact": one.fact, f"c{n}_op": one.op}
        shown[f"c{n}_value"] = _written(FACTS[one.fact], one.value, currency)
    return shown


def _written(fact: Fact, value: Any, currency: str) -> str:
    if isinstance(value, tuple | list):
        return ", ".join(_written(fact, one, currency) for one in value)
    if fact.kind == MONEY:
        return str(major(value, currency))
    if fact.kind == YES_NO:
        return "yes" if value else "no"
    if fact.kind == REASON:
        return str(Reason(value).label)
    return value.isoformat() if fact.kind == DATE else str(value)


def value_of(fact: Fact, op: str, text: str, currency: str) -> Any:
    """Read what was written for a fact. Raises: ValueError in words for staff."""
    if not text:
        raise ValueError("Say what it is compared with.")
    if op in ("any", "none"):
        return [_one(fact, part.strip(), currency) for part in text.split(",") if part.strip()]
    return _one(fact, text, currency)


def _one(fact: Fact, text: str, currency: str) -> Any:
    if fact.kind == MONEY:
        try:
            return minor(text, currency)
        except ValueError as exc:
            raise ValueError(f"“{text}” is not a sum such as {major(5000, currency)}.") from exc
    if fact.kind in (NUMBER, PERCENT):
        if not text.isdecimal():
            raise ValueError(f"“{text}” is not a whole number.")
        return int(text)
    if fact.kind == YES_NO:
        if text.casefold() not in ("yes", "no"):
            raise ValueError("Write yes or no.")
        return text.casefold() == "yes"
    if fact.kind == REASON:
        if text.casefold() not in _REASONS:
            raise ValueError(f"“{text}” is not a reason. They are listed below the conditions.")
        return _REASONS[text.casefold()]
    return text
