"""
What becomes of a unit that came back: proposed by rules, first match first. Pure.

A store's own rules (ReturnSettings.dispositions) stand before the house's. One is written
{"when": {<fact>: [<values>]}, "then": <disposition>}; every named fact has to be among its values, compared
without regard to case. Facts: condition, reason, outcome, type (of the product), vendor, tag (any of them).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from returns.vocabulary import Condition, Disposition, Outcome, Reason

FACTS = ("condition", "reason", "outcome", "type", "vendor", "tag")
# Conditions that are not about the unit itself: nothing of it is on the bench.
NOT_HERE = frozenset({Condition.MISSING})
# What of the unit may go back on the shelf as what it is.
SELLABLE = frozenset({Condition.AS_NEW, Condition.OPENED, Condition.WORN, Condition.DAMAGED})

Rule = Mapping[str, Any]

# Sold once and opened, nobody else can have it (EU Directive 2011/83, article 16 (e)).
HYGIENE = ["cosmetics", "underwear", "swimwear", "earrings", "food", "hygiene", "sealed"]
FAULTY = [Reason.DEFECTIVE]
HOUSE: tuple[Rule, ...] = (
    {"when": {"condition": [Condition.NOT_OURS]}, "then": Disposition.SEND_BACK},
    # We packed the wrong thing: what came back is ours, and can be sold.
    {
        "when": {"condition": [Condition.WRONG_ITEM], "reason": [Reason.WRONG_ITEM]},
        "then": Disposition.RESTOCK,
    },
    {"when": {"condition": [Condition.WRONG_ITEM]}, "then": Disposition.SEND_BACK},
    {"when": {"outcome": [Outcome.REPAIR]}, "then": Disposition.REPAIR},
    {"when": {"condition": [Condition.DAMAGED]}, "then": Disposition.DISPOSE},
    {"when": {"reason": FAULTY}, "then": Disposition.REFURBISH},
    {"when": {"condition": [Condition.OPENED, Condition.WORN], "tag": HYGIENE}, "then": Disposition.DISPOSE},
    {"when": {"condition": [Condition.OPENED, Condition.WORN], "type": HYGIENE}, "then": Disposition.DISPOSE},
    {"when": {"condition": [Condition.WORN]}, "then": Disposition.LIQUIDATE},
    {"when": {"condition": [Condition.AS_NEW, Condition.OPENED]}, "then": Disposition.RESTOCK},
)


@dataclass(frozen=True)
class Facts:
    """What rules look at. `tags`: the product's."""

    condition: str
    reason: str = ""
    outcome: str = ""
    type: str = ""
    vendor: str = ""
    tags: tuple[str, ...] = ()

    def of(self, fact: str) -> tuple[str, ...]:
        """Return the values of a fact."""
        return self.tags if fact == "tag" else (getattr(self, fact),)


def propose(facts: Facts, own: Sequence[Any] = ()) -> str:
    """
    Return what is proposed for a unit, '' where nothing of it is there. `own`: the store's rules.

    A rule of the store's that makes no sense is passed over: a slip in the settings must not stop the dock.
    """
    if facts.condition in NOT_HERE or not facts.condition:
        return ""
    for rule in (*own, *HOUSE):
        if _is_rule(rule) and _holds(rule["when"], facts):
            return str(rule["then"])
    return str(Disposition.DISPOSE)


def _is_rule(rule: Any) -> bool:
    if not isinstance(rule, Mapping) or rule.get("then") not in Disposition.values:
        return False
    when = rule.get("when")
    return isinstance(when, Mapping) and all(
        fact in FACTS and isinstance(values, list | tuple) for fact, values in when.items()
    )


def _holds(when: Mapping[str, Sequence[Any]], facts: Facts) -> bool:
    return all(_any(values, facts.of(fact)) for fact, values in when.items())


def _any(values: Sequence[Any], those: Sequence[str]) -> bool:
    wanted = {str(value).casefold() for value in values}
    return any(each.casefold() in wanted for each in those if isinstance(each, str))


def wrong_rules(own: Any) -> list[int]:
    """Return the places (from 1) of the rules that make no sense, for whoever writes them."""
    if not isinstance(own, list):
        return [1]
    return [place for place, rule in enumerate(own, 1) if not _is_rule(rule)]
