"""What a unit loses of its worth for the condition it came back in. Pure: from rows to a sum."""

from typing import Protocol

from returns.vocabulary import OUR_FAULT, Condition

WHOLE = 10_000  # hundredths of a per cent
# House rules, in hundredths of a per cent. A store may set its own (ReturnSettings.deductions).
DEFAULTS: dict[str, int] = {
    Condition.AS_NEW: 0,
    Condition.OPENED: 0,
    Condition.WORN: 2_000,
    Condition.DAMAGED: 5_000,
    Condition.WRONG_ITEM: WHOLE,
    Condition.MISSING: WHOLE,
    Condition.NOT_OURS: WHOLE,
}
# Nothing of ours came back: then it does not matter whose fault the return was.
NOTHING_CAME = frozenset({Condition.MISSING, Condition.NOT_OURS})


class Inspected(Protocol):
    """What of a ReturnUnit matters here."""

    condition: str
    reason: str
    keep: bool
    value_minor: int


class Rules(Protocol):
    """What of ReturnSettings matters here."""

    deductions: dict[str, int]


def share(condition: str, rules: Rules) -> int:
    """
    Return what a condition costs, in hundredths of a per cent, 0 to 10,000.

    The store's own figure where it has a whole number of that range, else the house's; 0 for no condition.
    """
    own = rules.deductions.get(condition)
    if isinstance(own, int) and not isinstance(own, bool) and 0 <= own <= WHOLE:
        return own
    return DEFAULTS.get(condition, 0)


def deduction(unit: Inspected, rules: Rules) -> int:
    """
    Return what is taken off a unit's worth, in minor units of its order: 0 to `unit.value_minor`.

    Nothing for a unit that stays with the shopper, and nothing where the return is our fault, unless nothing
    of ours came back. A part of a minor unit is the shopper's.
    """
    if unit.keep or not unit.condition:
        return 0
    if unit.reason in OUR_FAULT and unit.condition not in NOTHING_CAME:
        return 0
    return unit.value_minor * share(unit.condition, rules) // WHOLE
