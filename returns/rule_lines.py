"""
Settings of returns as lines that people write, and back. Pure.

What becomes of goods: `condition: worn, opened; type: shoes -> sell off`, first match first.
Which reasons are offered: `shoes: too small, too large`.
Values may be written as they are shown (“Sell off”) or as codes (LIQUIDATE), in any case.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from returns.dispositions import FACTS
from returns.vocabulary import Condition, Disposition, Outcome, Reason

ARROW = "->"
# Facts whose values are ours; the others are the shop's own words.
OURS: Mapping[str, Any] = {"condition": Condition, "reason": Reason, "outcome": Outcome}


class BadLine(ValueError):
    """A line cannot be read. Its text says which, and why."""


def rules_as_lines(rules: Sequence[Any]) -> str:
    """Return a store's disposition rules as lines. What makes no sense is left out: it never applied."""
    lines = []
    for rule in rules:
        if not isinstance(rule, Mapping) or rule.get("then") not in Disposition.values:
            continue
        when = "; ".join(f"{fact}: {_shown(fact, values)}" for fact, values in rule["when"].items())
        lines.append(f"{when} {ARROW} {Disposition(rule['then']).label}".strip())
    return "\n".join(lines)


def rules_from_lines(text: str) -> list[dict[str, Any]]:
    """Return the rules that lines say (see returns/dispositions.py). Raises: BadLine."""
    rules = []
    for number, line in _lines(text):
        when, arrow, then = line.rpartition(ARROW)
        if not arrow:
            raise BadLine(f"Line {number}: write what becomes of it after “{ARROW}”.")
        rules.append({"when": _when(when, number), "then": _one(Disposition, then, number)})
    return rules


def reasons_as_lines(reasons: Mapping[str, Any]) -> str:
    """Return {product type: [reasons]} as lines."""
    return "\n".join(f"{kind}: {_shown('reason', codes)}" for kind, codes in reasons.items())


def reasons_from_lines(text: str) -> dict[str, list[str]]:
    """Return {product type: [reasons]} that lines say. Raises: BadLine."""
    found: dict[str, list[str]] = {}
    for number, line in _lines(text):
        kind, colon, values = line.rpartition(":")
        if not colon or not kind.strip():
            raise BadLine(f"Line {number}: write a product type, a colon, then its reasons.")
        found[kind.strip()] = [_one(Reason, value, number) for value in _split(values, number)]
    return found


def _lines(text: str) -> list[tuple[int, str]]:
    return [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]


def _when(text: str, number: int) -> dict[str, list[str]]:
    when: dict[str, list[str]] = {}
    for part in filter(str.strip, text.split(";")):
        fact, colon, values = part.partition(":")
        fact = fact.strip().lower()
        if not colon or fact not in FACTS:
            raise BadLine(f"Line {number}: “{part.strip()}” begins with none of {', '.join(FACTS)}.")
        given = _split(values, number)
        when[fact] = [_one(OURS[fact], value, number) for value in given] if fact in OURS else given
    return when


def _split(values: str, number: int) -> list[str]:
    found = [value.strip() for value in values.split(",") if value.strip()]
    if not found:
        raise BadLine(f"Line {number}: nothing stands after the colon.")
    return found


def _one(choices: Any, given: str, number: int) -> str:
    wanted = given.strip().casefold()
    for choice in choices:
        if wanted in (choice.value.casefold(), str(choice.label).casefold()):
            return str(choice.value)
    known = ", ".join(f"“{choice.label}”" for choice in choices)
    raise BadLine(f"Line {number}: “{given.strip()}” is none of {known}.")


def _shown(fact: str, values: Any) -> str:
    choices = OURS.get(fact)
    shown = (choices(value).label if choices and value in choices.values else value for value in values)
    return ", ".join(map(str, shown))
