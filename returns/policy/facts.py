"""
The facts a rule may ask about one piece, and when a condition holds.

A fact that nobody knows (the reason before it was chosen, the buyer of an order without one) makes every
condition on it fail, also "is not": a rule never speaks because of what is not known.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from returns.policy.base import Condition
from returns.vocabulary import Reason

Known = Mapping[str, Any]
TEXT, TAGS, NUMBER, MONEY, PERCENT, DATE, REASON, YES_NO, COUNTRY = (
    "text",
    "tags",
    "number",
    "money",
    "percent",
    "date",
    "reason",
    "yes_no",
    "country",
)
OF_WORDS = ("is", "is_not", "any", "none")
OF_NUMBERS = ("is", "is_not", "at_least", "at_most")


@dataclass(frozen=True)
class Fact:
    """One thing a rule can ask. `words` continue "the …"; `kind` says how its value is written and read."""

    code: str
    words: str
    kind: str

    @property
    def ops(self) -> tuple[str, ...]:
        """The comparisons that make sense of it."""
        if self.kind == YES_NO:
            return ("is",)
        return OF_WORDS if self.kind in (TEXT, TAGS, REASON, COUNTRY) else OF_NUMBERS


# Codes stand in stored versions: never renamed.
FACTS: Mapping[str, Fact] = {
    fact.code: fact
    for fact in (
        Fact("reason", "reason", REASON),
        Fact("product.tag", "product's tags", TAGS),
        Fact("product.type", "product's type", TEXT),
        Fact("product.vendor", "product's vendor", TEXT),
        Fact("product.sku", "SKU", TEXT),
        Fact("product.title", "product's title", TEXT),
        Fact("product.worth", "price paid for the piece", MONEY),
        Fact("product.discount", "discount on the item in per cent", PERCENT),
        Fact("customer.new", "buyer's first order", YES_NO),
        Fact("customer.returns", "number of the buyer's earlier returns", NUMBER),
        Fact("customer.return_rate", "per cent of the buyer's earlier orders that had a return", PERCENT),
        Fact("order.country", "country it was sent to", COUNTRY),
        Fact("order.placed", "day of the order", DATE),
        Fact("order.value", "order's total", MONEY),
        Fact("order.discount", "discount on the order in per cent", PERCENT),
        Fact("order.tag", "order's tags", TAGS),
        Fact("order.code", "discount codes used", TAGS),
        Fact("gift", "gift return", YES_NO),
    )
}


def holds(condition: Condition, known: Known) -> bool:
    """Say whether a condition holds. Words are compared without case; `*` stands for any letters."""
    seen = known.get(condition.fact)
    if seen is None or seen == "":
        return False
    return _COMPARE[condition.op](seen, condition.value)


def _word_in(seen: Any, wanted: Any) -> bool:
    """`seen` is one value or several; `wanted` is one pattern or several."""
    have = [str(one).casefold() for one in (seen if isinstance(seen, list | tuple) else [seen])]
    patterns = wanted if isinstance(wanted, list | tuple) else [wanted]
    return any(_pattern(str(text).casefold()).fullmatch(one) for text in patterns for one in have)


@lru_cache(maxsize=1024)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in text.split("*")), re.DOTALL)


def _equal(seen: Any, wanted: Any) -> bool:
    if isinstance(seen, bool) or isinstance(wanted, bool):
        return bool(seen) == bool(wanted)
    if isinstance(seen, int | date):
        return bool(seen == wanted)
    return _word_in(seen, wanted)


_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "is": _equal,
    "is_not": lambda seen, wanted: not _equal(seen, wanted),
    "any": _word_in,
    "none": lambda seen, wanted: not _word_in(seen, wanted),
    "at_least": lambda seen, wanted: bool(seen >= wanted),
    "at_most": lambda seen, wanted: bool(seen <= wanted),
}
OPS = tuple(_COMPARE)
REASONS = frozenset(Reason.values)
